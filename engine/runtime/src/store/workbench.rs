//! What lies on the table of those who work in the pages: drafts of scenarios, files put down to be imported, and past imports.

use super::{StoreError, instant};
use async_trait::async_trait;
use relance_core::day::Instant;
use serde_json::Value;

/// How long files that nobody imports are kept, in microseconds: a day.
pub(super) const PUT_DOWN: i64 = 24 * 3_600 * 1_000_000;

/// A scenario file as somebody is writing it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Its path in the project.
    pub file: String,
    /// The whole text; none takes the file away.
    pub text: Option<String>,
    /// Who wrote it last.
    pub by: String,
    /// When; also tells one state of the draft from another.
    pub at: Instant,
}

/// A file that somebody put down.
pub type PutDown = (String, Vec<u8>);

/// An import that was taken in.
#[derive(Clone, PartialEq, Debug)]
pub struct PastImport {
    /// Its number, from 1 on.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// What it found, as `importer --format json` tells it.
    pub report: Value,
}

/// See the module.
#[async_trait]
pub trait Workbench: Send + Sync {
    /// Every draft, by file.
    async fn drafts(&self) -> Result<Vec<Draft>, StoreError>;

    /// Keeps a draft in the place of the one of that moment (`None`: of none). Does nothing and says so when another one lies there.
    async fn keep_draft(&self, draft: &Draft, instead_of: Option<Instant>) -> Result<bool, StoreError>;

    /// Throws a draft away, if it is still the one of that moment.
    async fn drop_draft(&self, file: &str, of: Instant) -> Result<(), StoreError>;

    /// Puts files down under a token that nobody guesses; what has lain for a day is thrown away.
    async fn put_down(&self, token: &str, files: &[PutDown], at: Instant) -> Result<(), StoreError>;

    /// The files under a token, in their order; empty when there are none any more.
    async fn picked_up(&self, token: &str) -> Result<Vec<PutDown>, StoreError>;

    /// Throws the files under a token away.
    async fn throw_away(&self, token: &str) -> Result<(), StoreError>;

    /// The imports before one of that number, newest first.
    async fn past_imports(&self, before: Option<i64>, limit: u32) -> Result<Vec<PastImport>, StoreError>;
}

/// A row: file, text, author, moment.
pub(super) fn draft((file, text, by, at): (String, Option<String>, String, i64)) -> Draft {
    Draft { file, text, by, at: instant(at) }
}

/// A row: number, moment, report.
pub(super) fn past_import((number, at, report): (i64, i64, String)) -> Result<PastImport, StoreError> {
    Ok(PastImport { number, at: instant(at), report: super::read("rapport d’import", &report)? })
}
