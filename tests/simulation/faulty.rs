//! The real base as one process sees it: before and after every call others may go on, calls fail in every way, and a witness sees what
//! was really done.

use crate::desk::Desk;
use crate::weather::{Fault, Weather};
use crate::witness::Witness;
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::incoming::{Customer, Incoming};
use relance_core::machine::{Channel, Machine};
use relance_core::step::Departure;
use relance_engine::import::Messages;
use relance_engine::rate::{Rate, Turns};
use relance_engine::store::{
    Backlog, ClaimedNotice, Commit, Document, DocumentKind, Documents, Doubt, Draft, Fate, Imports, Intake, JournalRow,
    Kept, Ledger, Ledgers, Loaded, Mark, NoticeCount, Notices, OutboxCounts, PastImport, Publication, Publishing,
    PutDown, Reading, Record, States, Store, StoreError, Unfinished, Unreadable, Versions, Work, Workbench,
};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

/// A base, or a carrier, that does not keep its word: the simulation must notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    /// Messages are claimed whatever is known.
    ClaimsWithoutLooking,
    /// A commit is never said to have been done.
    ForgetsCommits,
    /// A claim of which no answer came is not taken back.
    KeepsClaims,
    /// A runner that has lost its clients is told that it has written them.
    HidesLosses,
    /// What another one holds is given to whoever asks.
    GivesWhatIsHeld,
    /// A carrier that cannot know says that nothing has left.
    DeniesSending,
}

/// The base in the hands of one process.
pub struct Faulty<'d> {
    pub base: &'d dyn Store,
    pub desk: &'d Desk,
    pub witness: &'d Witness<'d>,
    pub weather: &'d Weather,
    /// Whose turn it is when a call goes on.
    pub me: usize,
    /// Its name in the trace.
    pub name: &'d str,
    /// One program at a time works on the base, as on a file.
    pub alone: bool,
    pub lie: Option<Lie>,
}

/// A call that the runner repeats by itself while the base is out of reach.
const INSISTED: bool = true;
/// One whose failure ends the run.
const ONCE: bool = false;

impl Faulty<'_> {
    async fn call<T: Debug>(
        &self,
        (what, insisted): (&'static str, bool),
        call: impl Future<Output = Result<T, StoreError>> + Send,
        done: impl FnOnce(&T) + Send,
    ) -> Result<T, StoreError> {
        self.desk.turn(self.me).await;
        let fault = self.weather.strike(self.desk, insisted, what == "claim");
        if let Fault::Slow(before, _) = fault {
            self.desk.tell(|| format!("{} {what} : attend {before} s", self.name));
            self.desk.sleep(self.me, seconds(before)).await;
        }
        if let Fault::Before(trouble) = fault {
            self.desk.tell(|| format!("{} {what} : {trouble:?}, rien n’est fait", self.name));
            return Err(trouble.error());
        }
        let answer = self.desk.calling(self.me, call).await;
        match &answer {
            Ok(answer) => {
                done(answer);
                self.desk.tell(|| format!("{} {what} : {}", self.name, short(answer)));
            }
            Err(error) => self.desk.broken(format!("la base refuse {what} : {error}")),
        }
        match fault {
            Fault::Slow(_, after) => {
                self.desk.sleep(self.me, seconds(after)).await;
                self.desk.tell(|| format!("{} {what} : la réponse a mis {after} s", self.name));
            }
            _ => self.desk.turn(self.me).await,
        }
        if let Fault::After(trouble) = fault {
            self.desk.tell(|| format!("{} {what} : {trouble:?}, la réponse est perdue", self.name));
            return Err(trouble.error());
        }
        answer
    }
}

fn seconds(many: i64) -> Duration {
    Duration::from_secs(many.unsigned_abs())
}

/// An answer in a few letters.
fn short(answer: &impl Debug) -> String {
    let text = format!("{answer:?}");
    if text.len() > 120 { format!("{}…", text.chars().take(120).collect::<String>()) } else { text }
}

#[async_trait]
impl Store for Faulty<'_> {
    fn path(&self) -> Option<&Path> {
        self.alone.then(|| Path::new("relance.db"))
    }

    async fn news(&self) {
        std::future::pending().await
    }

    async fn mark(&self) -> Result<Option<Mark>, StoreError> {
        self.call(("mark", ONCE), self.base.mark(), |_| {}).await
    }

    async fn unmark(&self) -> Result<(), StoreError> {
        self.call(("unmark", ONCE), self.base.unmark(), |_| {}).await
    }

    async fn close(&self) {}
}

#[async_trait]
impl Versions for Faulty<'_> {
    async fn publish(&self, new: &Publishing<'_>) -> Result<bool, StoreError> {
        self.call(("publish", ONCE), self.base.publish(new), |_| {}).await
    }

    async fn publications(&self) -> Result<Vec<Publication>, StoreError> {
        self.call(("publications", ONCE), self.base.publications(), |_| {}).await
    }

    async fn digest_in_force(&self) -> Result<Option<u64>, StoreError> {
        self.call(("digest_in_force", ONCE), self.base.digest_in_force(), |_| {}).await
    }

    async fn machines_in_force(&self) -> Result<Vec<Machine>, StoreError> {
        self.base.machines_in_force().await
    }

    async fn all_machines(&self) -> Result<Vec<Machine>, StoreError> {
        let call = async { self.base.all_machines().await.map(Quiet) };
        self.call(("all_machines", ONCE), call, |_| {}).await.map(|machines| machines.0)
    }
}

#[async_trait]
impl Imports for Faulty<'_> {
    async fn take_in(&self, intake: &Intake<'_>) -> Result<u64, StoreError> {
        self.call(("take_in", ONCE), self.base.take_in(intake), |_| self.witness.imported(intake)).await
    }

    async fn everything_imported(&self) -> Result<(Vec<(Incoming, Instant)>, Vec<Unreadable>), StoreError> {
        self.base.everything_imported().await
    }

    async fn messages(&self, invoices: &BTreeSet<&str>) -> Result<Messages, StoreError> {
        self.base.messages(invoices).await
    }

    async fn payments_imported(&self) -> Result<Option<Instant>, StoreError> {
        self.call(("payments_imported", ONCE), self.base.payments_imported(), |_| {}).await
    }

    async fn rate_added(&self, at: Instant) -> Result<u64, StoreError> {
        self.base.rate_added(at).await
    }
}

#[async_trait]
impl Work for Faulty<'_> {
    async fn count_due(&self, to: Instant) -> Result<usize, StoreError> {
        self.call(("count_due", ONCE), self.base.count_due(to), |_| {}).await
    }

    async fn claim_due(
        &self,
        runner: &str,
        to: Instant,
        limit: usize,
        except: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        let call = async {
            if self.lie == Some(Lie::GivesWhatIsHeld) {
                self.base.bury_runners().await?;
            }
            self.base.claim_due(runner, to, limit, except).await
        };
        self.call(("claim_due", ONCE), call, |clients| self.witness.claimed_clients(runner, clients)).await
    }

    async fn held(&self, to: Instant) -> Result<usize, StoreError> {
        self.call(("held", ONCE), self.base.held(to), |_| {}).await
    }

    async fn give_back(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        let call = self.base.give_back(runner, clients);
        self.call(("give_back", INSISTED), call, |()| self.witness.gave_back(runner, Some(clients))).await
    }

    async fn give_up(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        let call = self.base.give_up(runner, clients);
        self.call(("give_up", ONCE), call, |()| self.witness.gave_up(runner, clients)).await
    }

    async fn release(&self, runner: &str) -> Result<(), StoreError> {
        self.call(("release", ONCE), self.base.release(runner), |()| self.witness.gave_back(runner, None)).await
    }

    async fn left_undone(&self) -> Result<bool, StoreError> {
        self.call(("left_undone", ONCE), self.base.left_undone(), |_| {}).await
    }

    async fn renew(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        let call = self.base.renew(runner, clients);
        self.call(("renew", INSISTED), call, |()| self.witness.renewed(runner, clients)).await
    }

    async fn bury_runners(&self) -> Result<(), StoreError> {
        self.call(("bury_runners", ONCE), self.base.bury_runners(), |()| self.witness.buried()).await
    }

    async fn load(
        &self,
        clients: &[String],
        to: Instant,
        messages: &[Departure],
        whole: bool,
    ) -> Result<Vec<Loaded>, StoreError> {
        self.desk.tell(|| format!("{} charge {clients:?}", self.name));
        let call = async { self.base.load(clients, to, messages, whole).await.map(Quiet) };
        self.call(("load", ONCE), call, |_| {}).await.map(|loaded| loaded.0)
    }

    async fn unfinished(&self, clients: &[String]) -> Result<Vec<Unfinished>, StoreError> {
        self.call(("unfinished", ONCE), self.base.unfinished(clients), |_| {}).await
    }

    async fn commit(&self, runner: &str, batch: &Commit<'_>) -> Result<BTreeSet<String>, StoreError> {
        self.desk.tell(|| said(self.name, batch));
        let done = |lost: &BTreeSet<String>| {
            if lost.is_empty() {
                self.witness.committed(runner, batch);
            }
        };
        let call = async {
            let lost = self.base.commit(runner, batch).await?;
            Ok(if self.lie == Some(Lie::HidesLosses) { BTreeSet::new() } else { lost })
        };
        self.call(("commit", INSISTED), call, done).await
    }

    async fn turns(
        &self,
        channel: Channel,
        rate: Rate,
        wanted: usize,
        patience: Duration,
    ) -> Result<(i64, Turns), StoreError> {
        self.call(("turns", ONCE), self.base.turns(channel, rate, wanted, patience), |_| {}).await
    }

    async fn is_committed(&self, batch: &Commit<'_>) -> Result<bool, StoreError> {
        let call = async { Ok(self.base.is_committed(batch).await? && self.lie != Some(Lie::ForgetsCommits)) };
        self.call(("is_committed", INSISTED), call, |_| {}).await
    }

    async fn claim(
        &self,
        runner: &str,
        wanted: &[(String, String)],
        now: Instant,
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let done = |claimed: &BTreeSet<(String, String)>| {
            self.witness.renewed(runner, wanted.iter().map(|(client, _)| client));
            self.witness.claimed(runner, claimed, now);
        };
        let looked = if self.lie == Some(Lie::ClaimsWithoutLooking) { Instant::UNIX_EPOCH } else { now };
        self.call(("claim", INSISTED), self.base.claim(runner, wanted, looked), done).await
    }

    async fn unclaim(&self, runner: &str, wanted: &[(String, String)]) -> Result<(), StoreError> {
        if self.lie == Some(Lie::KeepsClaims) {
            return Ok(());
        }
        let call = self.base.unclaim(runner, wanted);
        self.call(("unclaim", INSISTED), call, |()| self.witness.unclaimed(runner, wanted)).await
    }
}

/// What is too long to be told.
struct Quiet<T>(T);

impl<T> Debug for Quiet<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("lu")
    }
}

/// What a batch is about to write, in a line.
fn said(name: &str, batch: &Commit<'_>) -> String {
    let clients: Vec<String> = batch
        .dossiers
        .iter()
        .map(|row| format!("{}{}", row.dossier.client, if row.kept { " (gardé)" } else { "" }))
        .collect();
    let entries: Vec<String> = batch
        .entries
        .iter()
        .map(|(_, entry, link)| {
            let kind = serde_json::to_value(&entry.event).ok().and_then(|v| v["quoi"].as_str().map(str::to_owned));
            let key = entry.event.key().unwrap_or_default();
            format!("{}:{} {key}", link.position, kind.unwrap_or_default())
        })
        .collect();
    format!("{name} écrit {} : {}", clients.join(", "), entries.join(", "))
}

#[async_trait]
impl Reading for Faulty<'_> {
    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        self.call(("next_due", ONCE), self.base.next_due(), |_| {}).await
    }

    async fn unread(&self, to: Instant) -> Result<(i64, i64), StoreError> {
        self.base.unread(to).await
    }

    async fn waiting(&self) -> Result<(i64, Option<Instant>), StoreError> {
        self.base.waiting().await
    }

    async fn clock(&self) -> Result<Option<Instant>, StoreError> {
        self.call(("clock", ONCE), self.base.clock(), |_| {}).await
    }

    async fn mails_since(&self, from: Instant) -> Result<Vec<(String, String)>, StoreError> {
        self.base.mails_since(from).await
    }

    async fn customers_with(&self, words: &str) -> Result<Vec<(String, Customer)>, StoreError> {
        self.base.customers_with(words).await
    }

    async fn clients(&self) -> Result<Vec<String>, StoreError> {
        self.base.clients().await
    }

    async fn client_of(&self, invoice: &str) -> Result<Option<String>, StoreError> {
        self.base.client_of(invoice).await
    }

    async fn journal(
        &self,
        client: Option<&str>,
        invoice: Option<&str>,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.base.journal(client, invoice, from, to).await
    }

    async fn latest(&self, client: &str, before: Option<u64>, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        self.base.latest(client, before, limit).await
    }

    async fn in_doubt(&self) -> Result<(Vec<Doubt>, Vec<Unreadable>), StoreError> {
        self.call(("in_doubt", ONCE), self.base.in_doubt(), |_| {}).await
    }

    async fn provider_names(&self, client: &str) -> Result<BTreeSet<String>, StoreError> {
        self.call(("provider_names", ONCE), self.base.provider_names(client), |_| {}).await
    }

    async fn clients_with_letters(&self) -> Result<Vec<String>, StoreError> {
        self.base.clients_with_letters().await
    }

    async fn letters_named(&self, name: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.base.letters_named(name).await
    }

    async fn backlog(&self, at: Instant) -> Result<Backlog, StoreError> {
        self.base.backlog(at).await
    }

    async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        self.base.outbox_counts().await
    }
}

#[async_trait]
impl Ledgers for Faulty<'_> {
    async fn recorded_clients(&self) -> Result<Vec<String>, StoreError> {
        self.base.recorded_clients().await
    }

    async fn ledgers(&self, clients: &[String]) -> Result<Vec<(Ledger, States)>, StoreError> {
        let call = async { self.base.ledgers(clients).await.map(Quiet) };
        self.call(("ledgers", ONCE), call, |_| {}).await.map(|found| found.0)
    }

    async fn record(&self, client: &str) -> Result<Record, StoreError> {
        self.base.record(client).await
    }

    async fn forget(&self, dossier: &Dossier, at: Instant) -> Result<bool, StoreError> {
        let done = |done: &bool| {
            if *done {
                self.witness.erased(&dossier.client);
            }
        };
        self.call(("forget", ONCE), self.base.forget(dossier, at), done).await
    }
}

#[async_trait]
impl Documents for Faulty<'_> {
    async fn keep(&self, documents: &[Document]) -> Result<(), StoreError> {
        self.base.keep(documents).await
    }

    async fn documents(&self, client: &str) -> Result<Vec<Kept>, StoreError> {
        self.base.documents(client).await
    }

    async fn document(&self, c: &str, key: &str, kind: DocumentKind, n: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.base.document(c, key, kind, n).await
    }
}

#[async_trait]
impl Notices for Faulty<'_> {
    async fn claim_notices(&self, who: &str, now: Instant, limit: usize) -> Result<Vec<ClaimedNotice>, StoreError> {
        self.base.claim_notices(who, now, limit).await
    }

    async fn settle_notices(&self, who: &str, fates: &[((String, i64), Fate)]) -> Result<(), StoreError> {
        self.base.settle_notices(who, fates).await
    }

    async fn notice_counts(&self) -> Result<Vec<NoticeCount>, StoreError> {
        self.base.notice_counts().await
    }

    async fn revive_notices(&self, now: Instant) -> Result<u64, StoreError> {
        self.base.revive_notices(now).await
    }
}

/// Runners never come by the table of those who work in the pages.
#[async_trait]
impl Workbench for Faulty<'_> {
    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        self.base.drafts().await
    }

    async fn keep_draft(&self, draft: &Draft, instead_of: Option<Instant>) -> Result<bool, StoreError> {
        self.base.keep_draft(draft, instead_of).await
    }

    async fn drop_draft(&self, file: &str, of: Instant) -> Result<(), StoreError> {
        self.base.drop_draft(file, of).await
    }

    async fn put_down(&self, token: &str, files: &[PutDown], at: Instant) -> Result<(), StoreError> {
        self.base.put_down(token, files, at).await
    }

    async fn picked_up(&self, token: &str) -> Result<Vec<PutDown>, StoreError> {
        self.base.picked_up(token).await
    }

    async fn throw_away(&self, token: &str) -> Result<(), StoreError> {
        self.base.throw_away(token).await
    }

    async fn past_imports(&self, before: Option<i64>, limit: u32) -> Result<Vec<PastImport>, StoreError> {
        self.base.past_imports(before, limit).await
    }
}
