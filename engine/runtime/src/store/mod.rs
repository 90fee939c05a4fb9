//! Where everything is kept: journal, dossiers, outbox. One semantic interface; SQLite or PostgreSQL behind it, each with the
//! statements that suit it.

pub mod accounts;
mod aside;
mod chain;
mod document;
mod error;
mod ledger;
mod listing;
mod mark;
mod notice;
mod postgres;
mod publication;
mod rows;
mod sqlite;
mod views;
mod whole;
mod workbench;

pub use aside::{Unreadable, load_readable, readable};
pub(crate) use chain::hex;
pub use chain::{Chain, Link, StoredHead};
pub use document::{Document, DocumentKind, Documents, INVOICE_NAME, Kept, invoice_key};
pub use error::StoreError;
pub use ledger::{Finding, Ledger, LedgerRow, States};
pub use listing::{
    Aged, Axis, Cursor, CustomerHit, CustomerQuery, CustomerRow, CustomerSort, DepartureRow, Found, InvoiceHit,
    InvoiceQuery, InvoiceRow, InvoiceSort, Listing, Month, Page, PaymentRow, Sum, Totals, WorkRow,
};
pub use mark::{Mark, Why};
pub use notice::{ClaimedNotice, Fate, NoticeCount, NoticeRow, Notices};
pub use publication::{Publication, Publishing};
pub use rows::{
    Backlog, Commit, DossierRow, Doubt, Imported, Intake, JournalRow, Loaded, Message, OutboxChange, OutboxCounts,
    OutboxStatus, Recipients, Record, Unfinished,
};
pub use views::{Shown, Views};
pub use whole::{Inventory, Place, back_up, examine, put_back, put_back_into, transfer};
pub use workbench::{Draft, PastImport, PutDown, Workbench};

use crate::import::{Known, Messages};
use crate::rate::{Rate, Turns};
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::incoming::{Customer, Incoming};
use relance_core::machine::{Channel, Machine};
use relance_core::step::Departure;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a runner keeps the clients' files that it works on without a sign of life. Twice what a message may take.
pub const LEASE: Duration = Duration::from_secs(120);

/// How many rows one statement writes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Opens one creditor's part of a base, creating or migrating it as needed. `url` is `sqlite://path`, a bare path relative to
/// `project`, or `postgres://…`.
pub async fn open(url: &str, project: &Path, entity: &str) -> Result<Arc<dyn Store>, StoreError> {
    match file_of(url)? {
        Some(path) => Ok(Arc::new(sqlite::Sqlite::open(path, project, entity).await?)),
        None => Ok(Arc::new(postgres::Postgres::open(url, entity).await?)),
    }
}

/// The same for those who look at it beside a run: nobody who reads waits for another.
pub async fn open_beside(url: &str, project: &Path, entity: &str) -> Result<Arc<dyn Store>, StoreError> {
    match file_of(url)? {
        Some(path) => Ok(Arc::new(sqlite::Sqlite::open_beside(path, project, entity).await?)),
        None => open(url, project, entity).await,
    }
}

/// The file that a URL names; none when it names a server.
fn file_of(url: &str) -> Result<Option<&str>, StoreError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(None);
    }
    match url.strip_prefix("sqlite:") {
        Some(rest) => Ok(Some(rest.strip_prefix("//").unwrap_or(rest))),
        None if url.contains("://") => Err(StoreError::Kind(url.to_owned())),
        None => Ok(Some(url)),
    }
}

/// One creditor's part of a base. Every method reads and writes rows of this creditor only.
#[async_trait]
pub trait Store: Versions + Imports + Work + Reading + Ledgers + Notices + Documents + Workbench {
    /// The file of the base, if it is one: then one program at a time works on it.
    fn path(&self) -> Option<&Path>;

    /// Waits until another program tells of something new, as far as this kind of base tells: those that do not never answer. It may
    /// answer without a reason.
    async fn news(&self);

    /// Why this creditor's part of the base is not to run by itself, if anything keeps it.
    async fn mark(&self) -> Result<Option<Mark>, StoreError>;

    /// Takes the mark away: whoever does it has seen to what the mark is about.
    async fn unmark(&self) -> Result<(), StoreError>;

    /// Closes the base, so that its file is whole without its companions.
    async fn close(&self);
}

/// The scenarios that ran, and those in force.
#[async_trait]
pub trait Versions: Send + Sync {
    /// Puts a set of machines in force, if it is not already: every dossier is looked at again at its moment. Says whether it is in force
    /// only since now. Sends nothing and moves nothing: the next run does.
    async fn publish(&self, new: &Publishing<'_>) -> Result<bool, StoreError>;

    /// Puts a set of machines in force as a run does that finds them in its folder; see [`Versions::publish`].
    async fn put_in_force(
        &self,
        machines: &[(String, Machine)],
        digest: u64,
        at: Instant,
        catch_up: bool,
    ) -> Result<bool, StoreError> {
        self.publish(&Publishing { machines, digest, at, catch_up, planned: false, replaces: None }).await
    }

    /// What was in force since when, oldest first.
    async fn publications(&self) -> Result<Vec<Publication>, StoreError>;

    /// The digest of the set of machines in force, or none before the first run.
    async fn digest_in_force(&self) -> Result<Option<u64>, StoreError>;

    /// The machines in force, or none before the first run.
    async fn machines_in_force(&self) -> Result<Vec<Machine>, StoreError>;

    /// Every version of every scenario that ever ran.
    async fn all_machines(&self) -> Result<Vec<Machine>, StoreError>;
}

/// What came from outside.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Takes in what an import found; what is known already is left aside. Returns how many were new.
    async fn take_in(&self, intake: &Intake<'_>) -> Result<u64, StoreError>;

    /// Everything imported, in the order in which it came, with the moment of its import; and what of it cannot be read.
    async fn everything_imported(&self) -> Result<(Vec<(Incoming, Instant)>, Vec<Unreadable>), StoreError>;

    /// What earlier imports brought.
    async fn known(&self) -> Result<Known, StoreError> {
        let mut known = Known::default();
        let (imported, unreadable) = self.everything_imported().await?;
        for (incoming, _) in imported {
            known.learn(&incoming);
        }
        known.aside = unreadable.into_iter().map(|one| (one.client, one.reason)).collect();
        Ok(known)
    }

    /// The messages of these invoices that may come back.
    async fn messages(&self, invoices: &BTreeSet<&str>) -> Result<Messages, StoreError>;

    /// When payments were last imported, by an import that left none of them out.
    async fn payments_imported(&self) -> Result<Option<Instant>, StoreError>;

    /// A rate was added: what waits for figures is looked at again, from this moment on. Returns how many clients' files.
    async fn rate_added(&self, at: Instant) -> Result<u64, StoreError>;
}

/// Clients' files at work: claimed by a runner, loaded, committed, and their messages.
#[async_trait]
pub trait Work: Send + Sync {
    /// How many clients have something due at `to`: a wake-up, something that became known, or work that a dead runner left.
    async fn count_due(&self, to: Instant) -> Result<usize, StoreError>;

    /// Claims up to `limit` clients who have something due at `to`, the longest due first, but none of `except`, for [`LEASE`]: no other
    /// runner gets them meanwhile. By client.
    async fn claim_due(
        &self,
        runner: &str,
        to: Instant,
        limit: usize,
        except: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError>;

    /// How many clients with something due at `to` are in the hands of runners whose lease has not run out.
    async fn held(&self, to: Instant) -> Result<usize, StoreError>;

    /// Gives clients back who are to be looked at again, by any runner: something was left undone.
    async fn give_back(&self, runner: &str, clients: &[String]) -> Result<(), StoreError>;

    /// Gives clients up for whom nothing was due after all.
    async fn give_up(&self, runner: &str, clients: &[String]) -> Result<(), StoreError>;

    /// Gives back all that a runner has claimed, when it does not know any more what that is.
    async fn release(&self, runner: &str) -> Result<(), StoreError>;

    /// Whether there is work that a runner left undone, by giving it back or by dying.
    async fn left_undone(&self) -> Result<bool, StoreError>;

    /// Renews the lease of clients.
    async fn renew(&self, runner: &str, clients: &[String]) -> Result<(), StoreError>;

    /// Takes the clients of runners that are known to be dead; only a program that has the base for itself knows that.
    async fn bury_runners(&self) -> Result<(), StoreError>;

    /// Loads clients' files, each with its active invoices, what is to become known until `to`, and the settled invoices that this
    /// or an outbox row (`messages`) concerns. With `whole`, all of it, whenever known and settled or not.
    async fn load(
        &self,
        clients: &[String],
        to: Instant,
        messages: &[Departure],
        whole: bool,
    ) -> Result<Vec<Loaded>, StoreError>;

    /// Messages of these clients whose attempt may have been cut off: ready ones and claimed ones.
    async fn unfinished(&self, clients: &[String]) -> Result<Vec<Unfinished>, StoreError>;

    /// Commits a batch of steps: all of it, or nothing. The clients of the batch must be claimed by `runner`: those that are not any more
    /// are given back, and then nothing was committed.
    async fn commit(&self, runner: &str, batch: &Commit<'_>) -> Result<BTreeSet<String>, StoreError>;

    /// Whether a commit of which no answer came has been done all the same.
    async fn is_committed(&self, batch: &Commit<'_>) -> Result<bool, StoreError>;

    /// Claims messages for sending: those still ready, of clients who are still claimed by `runner` and about whom nothing new is known
    /// at `now`. In the same transaction as this check. Renews the lease of these clients. Returns client and key of those claimed.
    async fn claim(
        &self,
        runner: &str,
        wanted: &[(String, String)],
        now: Instant,
    ) -> Result<BTreeSet<(String, String)>, StoreError>;

    /// Turns for at most `wanted` messages of a channel that leaves at this rate, whoever sends them; none when the first comes later than
    /// `patience` from now. Returns them with the base's moment.
    async fn turns(
        &self,
        channel: Channel,
        rate: Rate,
        wanted: usize,
        patience: Duration,
    ) -> Result<(i64, Turns), StoreError>;

    /// Takes back a claim of which no answer came: none of these messages has been attempted.
    async fn unclaim(&self, runner: &str, wanted: &[(String, String)]) -> Result<(), StoreError>;
}

/// What people ask.
#[async_trait]
pub trait Reading: Send + Sync {
    /// The next moment at which anything is due.
    async fn next_due(&self) -> Result<Option<Instant>, StoreError>;

    /// How many things are known at `to` that no run has taken in, and of how many clients.
    async fn unread(&self, to: Instant) -> Result<(i64, i64), StoreError>;

    /// How many clients have a message that waits for its slot, and the first of these slots.
    async fn waiting(&self) -> Result<(i64, Option<Instant>), StoreError>;

    /// The latest moment that any file has been moved to.
    async fn clock(&self) -> Result<Option<Instant>, StoreError>;

    /// Codes of every client known, with a file or only imported.
    async fn clients(&self) -> Result<Vec<String>, StoreError>;

    /// The client of an invoice, by its number: of one that a run has taken in, or that was imported since.
    async fn client_of(&self, invoice: &str) -> Result<Option<String>, StoreError>;

    /// Journal entries in the public order: time, client, invoice, position. Of one client, of one invoice, or of all.
    async fn journal(
        &self,
        client: Option<&str>,
        invoice: Option<&str>,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Result<Vec<JournalRow>, StoreError>;

    /// The last entries of a client's journal, those before a position if given, the last first.
    async fn latest(&self, client: &str, before: Option<u64>, limit: usize) -> Result<Vec<JournalRow>, StoreError>;

    /// Messages of which it is not known whether they left, but those that somebody has answered for; and those that cannot be read.
    async fn in_doubt(&self) -> Result<(Vec<Doubt>, Vec<Unreadable>), StoreError>;

    /// The carriers' own names for the messages of a client.
    async fn provider_names(&self, client: &str) -> Result<BTreeSet<String>, StoreError>;

    /// The clients with an open invoice for which a registered letter, or one with a number, was sent: more than these, never fewer.
    async fn clients_with_letters(&self) -> Result<Vec<String>, StoreError>;

    /// The letters that a tracking number, or a carrier's own name, may mean: client and key of each.
    async fn letters_named(&self, name: &str) -> Result<Vec<(String, String)>, StoreError>;

    /// The e-mails that were decided since a moment and that a carrier was given: client and key of each.
    async fn mails_since(&self, from: Instant) -> Result<Vec<(String, String)>, StoreError>;

    /// The clients' files in which these words are found, whatever the case: more of them than are meant, never fewer.
    async fn customers_with(&self, words: &str) -> Result<Vec<(String, Customer)>, StoreError>;

    /// What stands in line at a moment.
    async fn backlog(&self, at: Instant) -> Result<Backlog, StoreError>;

    /// How many messages stand where.
    async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError>;
}

/// The journal as evidence, and what is kept of one client.
#[async_trait]
pub trait Ledgers: Send + Sync {
    /// Codes of every client of whom there is a file or a line of the journal.
    async fn recorded_clients(&self) -> Result<Vec<String>, StoreError>;

    /// The journals of these clients, and the states that are kept beside them, as the base has them at one moment.
    async fn ledgers(&self, clients: &[String]) -> Result<Vec<(Ledger, States)>, StoreError>;

    /// What is kept of a client beside the file and the journal.
    async fn record(&self, client: &str) -> Result<Record, StoreError>;

    /// Erases a client for good: the file, the invoices, the imports, the messages, the documents, the texts of the journal, and the salt
    /// of its digests. What is left is where the journal stands. Does nothing and says so when the file is no longer as in `dossier`, or when
    /// somebody works on it, or something waits for it.
    async fn forget(&self, dossier: &Dossier, at: Instant) -> Result<bool, StoreError>;
}

pub(crate) fn micros(at: Instant) -> i64 {
    at.timestamp_micros()
}

pub(crate) fn instant(micros: i64) -> Instant {
    chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Data { what: what.to_owned(), source })
}

pub(crate) fn write<T: serde::Serialize + ?Sized>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Data { what: what.to_owned(), source })
}
