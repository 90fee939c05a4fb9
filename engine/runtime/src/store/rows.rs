//! What goes into a base and comes out of it, whichever base it is.

use super::chain::{Chain, Link, StoredHead};
use super::document::Document;
use super::ledger::{Ledger, LedgerRow, States};
use super::notice::NoticeRow;
use super::views::{Shown, Views};
use super::{StoreError, Unreadable, instant, micros, read, write};
use crate::import::Messages;
use relance_core::day::Instant;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::event::Entry;
use relance_core::incoming::{Customer, Incoming};
use relance_core::money::Currency;
use relance_core::program::Recipient;
use relance_core::simulate::{Inbox, World};
use relance_core::step::{Departure, Wake};
use std::collections::{BTreeMap, BTreeSet};

/// A client's file in memory.
#[derive(Debug)]
pub struct Loaded {
    /// The file and what is to become known.
    pub world: World,
    /// Ids of the things in the inbox, to mark as taken, by the moment at which they are known.
    pub inbox_ids: Vec<(Instant, String)>,
    /// Where the chain of its journal stands.
    pub chain: Chain,
    /// What lists show of it, as the base has it.
    pub kept: Shown,
}

/// A message whose attempt may have been cut off.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The client.
    pub client: String,
    /// The decision.
    pub message: Departure,
    /// Whether an attempt had begun.
    pub attempted: bool,
}

/// A message of which it is not known whether it left.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Doubt {
    /// The message, as it was decided.
    #[serde(skip)]
    pub message: Departure,
    /// When it was decided; the same key may come back.
    #[serde(skip)]
    pub decided: Instant,
    /// The client.
    pub client: String,
    /// The effect's key.
    #[serde(rename = "cle")]
    pub key: String,
    /// The invoices in it.
    #[serde(rename = "factures")]
    pub invoices: Vec<String>,
    /// The channel's name.
    #[serde(rename = "canal")]
    pub channel: String,
    /// Why, in French.
    pub detail: Option<String>,
}

/// A journal entry with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct JournalRow {
    /// The client.
    pub client: String,
    /// Its position in the client's journal, from 1.
    pub position: u64,
    /// The entry.
    pub entry: Entry,
    /// The invoice's currency.
    pub currency: Currency,
}

/// What stands in line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Backlog {
    /// Clients who have something due.
    pub due: i64,
    /// When the one who waits longest was due.
    pub oldest: Option<Instant>,
    /// Clients in the hands of runners, dead ones included.
    pub claimed: i64,
    /// Messages in doubt.
    pub in_doubt: i64,
}

/// How many messages of the outbox stand where.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct OutboxCounts {
    /// Ready or claimed.
    #[serde(rename = "en_cours")]
    pub pending: i64,
    /// In doubt.
    #[serde(rename = "en_doute")]
    pub in_doubt: i64,
    /// Sent.
    #[serde(rename = "partis")]
    pub sent: i64,
    /// Failed for good.
    #[serde(rename = "echoues")]
    pub failed: i64,
}

/// Where a message of the outbox stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutboxStatus {
    /// Decided, not attempted.
    Ready,
    /// An attempt has begun; its result is not recorded.
    Claimed,
    /// Accepted by the carrier.
    Sent,
    /// Failed for good.
    Failed,
    /// Not sent for now: the decision will be made again.
    Delayed,
    /// Its reason has gone before any attempt.
    Withdrawn,
    /// Whether it left is not known.
    InDoubt,
    /// It has reached its recipient.
    Delivered,
}

impl OutboxStatus {
    /// The word in the base.
    pub fn word(self) -> &'static str {
        match self {
            OutboxStatus::Ready => "prete",
            OutboxStatus::Claimed => "reclamee",
            OutboxStatus::Sent => "partie",
            OutboxStatus::Delivered => "remise",
            OutboxStatus::Failed => "echouee",
            OutboxStatus::Delayed => "differee",
            OutboxStatus::Withdrawn => "retiree",
            OutboxStatus::InDoubt => "doute",
        }
    }

    /// Whether it is not known for good what became of the message.
    pub(super) fn is_open(self) -> bool {
        matches!(self, OutboxStatus::Ready | OutboxStatus::Claimed | OutboxStatus::InDoubt)
    }
}

/// What became of a message of the outbox.
#[derive(Clone, PartialEq, Debug)]
pub struct OutboxChange {
    /// The client.
    pub client: String,
    /// The effect's key.
    pub key: String,
    /// Where it stands now.
    pub status: OutboxStatus,
    /// The carrier's own name for it.
    pub provider: Option<String>,
    /// Why, in French.
    pub detail: Option<String>,
    /// To whom it was handed over, once it was.
    pub recipients: Option<Recipients>,
}

/// To whom a message was handed over, as it was on that day.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Recipients {
    /// Who gets it.
    #[serde(rename = "a")]
    pub to: Vec<Recipient>,
    /// Who gets a copy.
    #[serde(default, rename = "copie", skip_serializing_if = "Vec::is_empty")]
    pub copy: Vec<Recipient>,
}

/// A client's file to be committed.
pub struct DossierRow<'a> {
    /// The file.
    pub dossier: &'a Dossier,
    /// Where the chain of its journal stands after the entries of the batch.
    pub chain: &'a Chain,
    /// When time alone changes something next.
    pub wake: Option<Wake>,
    /// Whether the next import of payments, or a rate that is added, wakes it.
    pub waits_for_payments: bool,
    /// Whether the runner goes on with it, or is done and gives it up.
    pub kept: bool,
}

impl OutboxChange {
    /// The recipients as the base keeps them.
    pub(super) fn recipients(&self) -> Result<Option<String>, StoreError> {
        self.recipients.as_ref().map(|recipients| write("destinataires", recipients)).transpose()
    }
}

impl DossierRow<'_> {
    /// The word in the base for why the file is looked at again.
    pub(super) fn reason(&self) -> Option<String> {
        let word = serde_json::to_value(self.wake?.reason).ok()?;
        word.as_str().map(str::to_owned)
    }
}

/// What a batch of steps changed, to be committed as one.
#[derive(Default)]
pub struct Commit<'a> {
    /// The set of scenarios under which the steps were done: when another is in force by now, the files are looked at again.
    pub program: Option<u64>,
    /// Files that were stepped, by client.
    pub dossiers: Vec<DossierRow<'a>>,
    /// Invoices that changed.
    pub invoices: Vec<(&'a str, &'a str, &'a InvoiceFile)>,
    /// Journal entries with the client, sealed.
    pub entries: Vec<(&'a str, &'a Entry, &'a Link)>,
    /// Incoming things that were taken in: client and id.
    pub taken: Vec<(&'a str, &'a str)>,
    /// Messages that leave.
    pub departures: Vec<(&'a str, Instant, &'a Departure)>,
    /// What became of messages.
    pub outbox: Vec<OutboxChange>,
    /// What the company's systems and people are to be told.
    pub notices: Vec<NoticeRow<'a>>,
    /// What is kept of the messages that left, or may have.
    pub documents: Vec<&'a Document>,
    /// What lists show otherwise. States of invoices that these have are not in `invoices`.
    pub views: Vec<(&'a Views, &'a Dossier)>,
}

impl Commit<'_> {
    /// Since when other scenarios are in force than those of the batch, if they are; of the last publication.
    pub(super) fn superseded(&self, last: Option<(i64, String)>) -> Option<i64> {
        let own = self.program?.to_string();
        last.filter(|(_, digest)| *digest != own).map(|(since, _)| since)
    }

    /// Client, position and text of its journal entries.
    pub(super) fn journal(&self) -> Vec<(&str, i64, &str)> {
        let position = |link: &Link| i64::try_from(link.position).unwrap_or(i64::MAX);
        self.entries.iter().map(|(client, _, link)| (*client, position(link), link.text.as_str())).collect()
    }

    /// The latest moment to which a file of the batch has been moved.
    pub(super) fn clock(&self) -> Option<Instant> {
        self.dossiers.iter().filter_map(|row| row.dossier.clock).max()
    }
}

/// What a base keeps of one client beside the file and the journal.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Record {
    /// What was imported, in the order in which it came.
    pub imports: Vec<Imported>,
    /// Messages that were decided, oldest first.
    pub messages: Vec<Message>,
}

/// One thing that was imported.
#[derive(Clone, PartialEq, Debug)]
pub struct Imported {
    /// The thing.
    pub incoming: Incoming,
    /// When it was imported.
    pub at: Instant,
    /// Whether a run has taken it in.
    pub taken: bool,
}

/// One message of the outbox, from decision to outcome.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// What was decided.
    pub message: Departure,
    /// The word for where it stands.
    pub status: String,
    /// Whether it is not known for good what became of it.
    pub open: bool,
    /// When it was decided.
    pub decided: Instant,
    /// When it was over.
    pub over: Option<Instant>,
    /// To whom it was handed over.
    pub recipients: Option<Recipients>,
    /// The carrier's own name for it.
    pub provider: Option<String>,
    /// Why it did not leave, in French.
    pub detail: Option<String>,
}

/// A row of the imports as it comes from a base: data, moment, whether it was taken in.
pub(super) fn imported((data, at, taken): (String, i64, bool)) -> Result<Imported, StoreError> {
    Ok(Imported { incoming: read("entrée", &data)?, at: instant(at), taken })
}

/// A row of the outbox as it comes from a base.
pub(super) type MessageRow = (String, String, bool, i64, Option<i64>, Option<String>, Option<String>, Option<String>);

/// A message out of its row: message, status, open, decided, over, recipients, provider, detail.
pub(super) fn message(row: MessageRow) -> Result<Message, StoreError> {
    let (message, status, open, decided, over, recipients, provider, detail) = row;
    Ok(Message {
        message: read("message", &message)?,
        status,
        open,
        decided: instant(decided),
        over: over.map(instant),
        recipients: recipients.map(|text| read("destinataires", &text)).transpose()?,
        provider,
        detail,
    })
}

/// Clients' data out of their files; those that cannot be read are told elsewhere.
pub(super) fn customers(files: Vec<(String, String)>) -> Vec<(String, Customer)> {
    let customer =
        |(client, file): (String, String)| Some((client, serde_json::from_str::<Dossier>(&file).ok()?.customer));
    files.into_iter().filter_map(customer).collect()
}

/// The file that is left of a client after an erasure: where the journal stands, nothing else.
pub(super) fn blank(dossier: &Dossier) -> Result<String, StoreError> {
    let blank = Dossier { clock: dossier.clock, entries: dossier.entries, ..Dossier::new(&dossier.client) };
    write("dossier", &blank)
}

/// What an import found.
pub struct Intake<'a> {
    /// The things, each with its id.
    pub incoming: &'a [Incoming],
    /// Whether balances are up to date from `at` on: then the files that waited for that are woken.
    pub payments: bool,
    /// The moment of the import.
    pub at: Instant,
    /// The creditor's time zone.
    pub zone: chrono_tz::Tz,
    /// What people are told of it.
    pub report: &'a serde_json::Value,
}

/// Rows as they come from a base, on their way to files in memory.
#[derive(Default)]
pub(super) struct RawFiles {
    dossiers: BTreeMap<String, (Dossier, Option<Instant>, Chain)>,
    kept: BTreeMap<String, Shown>,
    things: BTreeMap<String, Vec<(Instant, Incoming, Option<Instant>)>>,
    ids: BTreeMap<String, Vec<(Instant, String)>>,
    invoices: BTreeMap<String, BTreeMap<String, InvoiceFile>>,
}

impl RawFiles {
    /// A client's file, its wake-up, the chain of its journal, and the digests of what lists show of it.
    pub(super) fn dossier(
        &mut self,
        client: String,
        state: &str,
        wake: Option<i64>,
        chain: StoredHead,
        [customer, work, words]: [i64; 3],
    ) -> Result<(), StoreError> {
        let dossier = read(&format!("dossier du client {client}"), state)?;
        let kept = self.kept.entry(client.clone()).or_default();
        (kept.customer, kept.work, kept.words) = (customer, work, words);
        self.dossiers.insert(client, (dossier, wake.map(instant), Chain::resume(chain)?));
        Ok(())
    }

    /// Something imported: its id, the moment at which it is known, which the search for what is due goes by too, and that of its import.
    pub(super) fn thing(
        &mut self,
        client: String,
        id: String,
        known: i64,
        imported: i64,
        data: &str,
    ) -> Result<(), StoreError> {
        let known = instant(known);
        let thing = read(&format!("import du client {client}"), data)?;
        self.ids.entry(client.clone()).or_default().push((known, id));
        self.things.entry(client).or_default().push((known, thing, Some(instant(imported))));
        Ok(())
    }

    /// One invoice's file, and the digest of what lists show of it.
    pub(super) fn invoice(&mut self, client: String, number: String, state: &str, view: i64) -> Result<(), StoreError> {
        let file = read(&format!("facture {number} du client {client}"), state)?;
        if view != 0 {
            self.kept.entry(client.clone()).or_default().invoices.insert(number.clone(), view);
        }
        self.invoices.entry(client).or_default().insert(number, file);
        Ok(())
    }

    /// The invoices to load even if nothing can happen to them by itself: those of these messages, and those of the inboxes.
    pub(super) fn concerned<'a>(&'a self, messages: &'a [Departure]) -> BTreeSet<&'a str> {
        let grouped = messages.iter().flat_map(|m| &m.others).map(|other| other.invoice.as_str());
        let inboxes = self.things.values().flatten().filter_map(|(_, incoming, _)| incoming.invoice.as_deref());
        messages.iter().map(|m| m.invoice.as_str()).chain(grouped).chain(inboxes).collect()
    }

    /// The clients' files, in their order.
    pub(super) fn assemble(mut self, clients: &[String]) -> Result<Vec<Loaded>, StoreError> {
        let mut loaded = Vec::with_capacity(clients.len());
        for client in clients {
            let (mut dossier, wake, chain) = match self.dossiers.remove(client) {
                Some(known) => known,
                None => (Dossier::new(client), None, Chain::resume(StoredHead::default())?),
            };
            dossier.invoices = self.invoices.remove(client).unwrap_or_default();
            let inbox = Inbox::known_at(self.things.remove(client).unwrap_or_default());
            let inbox_ids = self.ids.remove(client).unwrap_or_default();
            let kept = self.kept.remove(client).unwrap_or_default();
            loaded.push(Loaded { world: World { dossier, wake, inbox }, inbox_ids, chain, kept });
        }
        Ok(loaded)
    }
}

/// The messages of invoices that may come back, from the rows of their files.
pub(super) fn messages(files: Vec<(String, String)>, until: Option<Instant>) -> Result<Messages, StoreError> {
    let invoices = files.into_iter().map(|(number, state)| {
        let file = read(&format!("facture {number}"), &state)?;
        Ok((number, file))
    });
    Ok(Messages { until, invoices: invoices.collect::<Result<_, StoreError>>()? })
}

/// The letters of this number in invoices' files, those that cannot be read left out.
pub(super) fn letters(files: Vec<(String, String)>, number: &str) -> Vec<(String, String)> {
    let of = |(client, state): (String, String)| {
        let file: InvoiceFile = serde_json::from_str(&state).ok()?;
        let sent = file.sent.iter().find(|sent| sent.number.as_deref() == Some(number))?;
        Some((client, sent.whole().to_owned()))
    };
    files.into_iter().filter_map(of).collect()
}

/// A row of the journal as it comes from a base.
pub(super) fn journal_row(
    client: String,
    position: i64,
    entry: &str,
    currency: Option<&str>,
) -> Result<JournalRow, StoreError> {
    Ok(JournalRow {
        client,
        position: u64::try_from(position).unwrap_or(0),
        entry: read("journal", entry)?,
        currency: currency.and_then(Currency::parse).unwrap_or(Currency::EUR),
    })
}

/// The journals of clients on their way to [`Ledger`]s, and the states beside them.
#[derive(Default)]
pub(super) struct RawLedgers(BTreeMap<String, (Ledger, States)>);

impl RawLedgers {
    fn of(&mut self, client: String) -> &mut (Ledger, States) {
        let new = || (Ledger { client: client.clone(), ..Ledger::default() }, States::default());
        self.0.entry(client.clone()).or_insert_with(new)
    }

    /// The row of a client's file.
    pub(super) fn file(&mut self, client: String, head: StoredHead, state: Option<String>) {
        let (ledger, states) = self.of(client);
        (ledger.head, states.dossier) = (Some(head), state);
    }

    /// A row of the journal; they come by position.
    pub(super) fn entry(&mut self, client: String, row: LedgerRow) {
        self.of(client).0.rows.push(row);
    }

    /// The row of an invoice.
    pub(super) fn invoice(&mut self, client: String, number: String, active: bool, state: String) {
        self.of(client).1.invoices.insert(number, (active, state));
    }

    /// In the order of the clients' codes.
    pub(super) fn assemble(self) -> Vec<(Ledger, States)> {
        self.0.into_values().collect()
    }
}

/// A message in doubt as it comes from a base: client, key, message, moment of the decision, channel, detail.
type RawDoubt = (String, String, String, i64, String, Option<String>);

fn doubt((client, key, message, decided, channel, detail): RawDoubt) -> Result<Doubt, Unreadable> {
    let read_message = read::<Departure>(&format!("message en doute `{key}`"), &message);
    let message = read_message.map_err(|error| Unreadable { client: client.clone(), reason: error.short() })?;
    let others = message.others.iter().map(|other| other.invoice.clone());
    let invoices = std::iter::once(message.invoice.clone()).chain(others).collect();
    Ok(Doubt { message, decided: instant(decided), client, key, invoices, channel, detail })
}

/// The messages in doubt that can be read, and the others.
pub(super) fn doubts(raw: Vec<RawDoubt>) -> (Vec<Doubt>, Vec<Unreadable>) {
    apart(raw.into_iter().map(doubt))
}

/// Everything imported that can be read, and the rest: client, id, data, moment of the import.
pub(super) fn everything(raw: Vec<(String, String, String, i64)>) -> (Vec<(Incoming, Instant)>, Vec<Unreadable>) {
    apart(raw.into_iter().map(|(client, id, data, at)| {
        let thing = read(&format!("entrée `{id}`"), &data);
        thing.map(|thing| (thing, instant(at))).map_err(|error| Unreadable { client, reason: error.short() })
    }))
}

fn apart<T>(all: impl Iterator<Item = Result<T, Unreadable>>) -> (Vec<T>, Vec<Unreadable>) {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for one in all {
        match one {
            Ok(one) => read.push(one),
            Err(one) => unreadable.push(one),
        }
    }
    (read, unreadable)
}

impl Doubt {
    /// The id of a person's answer, which is taken once.
    pub fn answer_id(&self) -> String {
        format!("doute:{}:{}", self.key, micros(self.decided))
    }
}

/// An unfinished message as it comes from a base: client, message, status.
pub(super) fn unfinished((client, message, status): (String, String, String)) -> Result<Unfinished, StoreError> {
    let message = read(&format!("message du client {client}"), &message)?;
    Ok(Unfinished { client, message, attempted: status == "reclamee" })
}

/// A span after a moment, in microseconds.
pub(super) fn after(now: i64, span: std::time::Duration) -> i64 {
    now.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX))
}

/// The counts of each status.
pub(super) fn counts(rows: &[(String, i64)]) -> OutboxCounts {
    let of = |words: &[&str]| rows.iter().filter(|(word, _)| words.contains(&word.as_str())).map(|(_, n)| n).sum();
    OutboxCounts {
        pending: of(&["prete", "reclamee"]),
        in_doubt: of(&["doute"]),
        sent: of(&["partie", "remise"]),
        failed: of(&["echouee"]),
    }
}
