//! `[reponses]`: where what comes back by e-mail arrives.

use super::TOP;
use super::reader::Section;
use std::path::PathBuf;

/// `[reponses]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RepliesConfig {
    /// `maildir`: the mailbox, relative to the project.
    pub maildir: Option<PathBuf>,
}

/// Reads `[reponses]`.
pub(super) fn replies(mut section: Section<'_, '_>) -> RepliesConfig {
    let maildir = section.plain("maildir").map(PathBuf::from);
    section.finish(&TOP, &[]);
    RepliesConfig { maildir }
}
