//! What an editor asks about scenario files while they are written, right or broken: plain data in, plain data out. Places
//! are bytes of a file's text; nothing here knows a protocol.

mod around;
mod completion;
mod cursor;
mod fixes;
mod hover;
mod layout;
mod lexicon;
mod names;
mod navigation;
mod outline;
mod places;
mod reading;
mod rename;
mod tokens;
mod workspace;

pub use around::{Around, CurrentValue, Nothing, TemplateCard};
pub use completion::{Completion, CompletionKind, complete};
pub use fixes::{Fix, fixes};
pub use hover::{Hover, hover};
pub use layout::{format_file, format_range};
pub use navigation::{Target, definition, references};
pub use outline::{Fold, Outline, OutlineKind, folds, outline};
pub use rename::{renamable, rename};
pub use tokens::{Paint, Painted, paint};
pub use workspace::Workspace;

use crate::span::Span;

/// A replacement in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The file's path in the project.
    pub file: String,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}
