//! Message templates: `modeles/<canal>/<nom>.md`, a short head and a body in minijinja and light Markdown.
//!
//! Values from the data are never read as Markdown or HTML, and a variable that does not exist is found when the
//! templates are checked, not when a message is sent.

mod answer;
mod blocks;
mod check;
mod context;
mod filters;
mod front;
mod gsm7;
mod language;
mod layout;
mod library;
mod look;
mod markdown;
mod mentions;
mod pieces;
mod problem;
mod protect;
mod reading;
mod sample;
mod schema;
mod table;
mod transfer;
mod value;
mod weight;

pub use answer::Answers;
pub use blocks::{Block, Span};
pub use check::Called;
pub use context::{
    ClientView, CreditorView, Extras, InvoiceView, MessageContext, OwnerView, PromiseView, RecipientView, Regime,
    RemindersView,
};
pub use filters::{FILTERS, FilterDoc, spoken_phone};
pub(crate) use front::TONES;
pub use gsm7::{SmsSize, measure};
pub use language::Lang;
pub use library::{Asking, CatalogEntry, LetterText, Library, Rendered};
pub use look::{Colour, Logo, Look};
pub use problem::{Severity, TemplateProblem};
pub(crate) use protect::turns;
pub use sample::{SampleKind, sample};
pub use schema::{Shape, VARIABLES, Variable, reference};
pub use transfer::TransferCode;

#[cfg(test)]
mod tests;
