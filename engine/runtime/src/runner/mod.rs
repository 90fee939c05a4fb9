//! Runs what is due: loads clients' files in batches, steps them, commits, hands messages to their carriers, takes the outcomes in.

mod ahead;
mod batch;
mod doubts;
mod group;
mod insist;
mod mailroom;
mod message;
mod recovery;
mod stop;
mod turnstile;

pub use crate::channel::{Answer, Found};
pub use mailroom::{Mailroom, invoice_file, statement_file};
pub use message::{Sender, context};
pub use recovery::Recovery;
pub use stop::Stop;

use crate::notify::Directory;
use crate::paper::Accounts;
use crate::rate::Rate;
use crate::store::{Document, Store, StoreError, Unreadable};
use ahead::{Next, Ready, Told};
pub(crate) use group::STOPPED;
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::machine::Channel;
use relance_core::program::{Program, Recipient};
use relance_core::simulate::People;
use relance_core::step::{Departure, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// The channels that can have a carrier.
pub(crate) const CARRIED: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::RegisteredLetter];

/// How many clients are claimed, loaded and committed together.
pub const CLIENTS_PER_BATCH: usize = 1_000;

/// How long a run goes on for channels with a rate: what does not leave by then is decided again, since hours of sending go by.
pub const LONGEST_SENDING: Duration = Duration::from_secs(15 * 60);
/// Fewer clients are never loaded together, however slow a channel may be.
const FEWEST_CLIENTS: usize = 100;

/// How long a run waits before it asks again for the clients that other runners work on.
const OTHERS_PAUSE: Duration = Duration::from_millis(200);

/// A message on its way to its carrier, with everything that it says.
#[derive(Debug)]
pub struct Parcel {
    /// The decision.
    pub message: Departure,
    /// The client's code.
    pub client: String,
    /// Who gets it.
    pub to: Vec<Recipient>,
    /// Who gets a copy.
    pub copy: Vec<Recipient>,
    /// The keys of earlier e-mails about the same invoice, oldest first: those that a mail program shows together.
    pub thread: Vec<String>,
    /// The moment of sending.
    pub at: Instant,
    /// What its template can say.
    pub context: crate::template::MessageContext,
    /// But for an SMS, the accounts of its invoices: for the annex of a letter, for the statement that goes with an e-mail.
    pub accounts: Accounts,
    /// Of an e-mail: its invoices as they are kept, by number, where its carrier wants them.
    pub papers: BTreeMap<String, Vec<u8>>,
}

/// What became of a parcel.
#[derive(Clone, PartialEq, Debug)]
pub struct Delivery {
    /// For the step function.
    pub outcome: Outcome,
    /// The carrier's own name for the message.
    pub provider: Option<String>,
    /// What is kept of a message that left, or may have.
    pub kept: Vec<Document>,
}

impl Delivery {
    /// A plain acceptance.
    pub fn accepted() -> Delivery {
        Delivery::plain(Outcome::Accepted)
    }

    /// An outcome of which nothing else is known.
    pub fn plain(outcome: Outcome) -> Delivery {
        Delivery { outcome, provider: None, kept: Vec::new() }
    }
}

/// Takes messages out of the house.
pub trait Carrier: Sync {
    /// Sends parcels; gives back one delivery for each, in the same order.
    fn deliver(&self, parcels: &[Parcel]) -> impl Future<Output = Vec<Delivery>> + Send;
    /// Whether a message of this key has left; `None` when the carrier cannot know.
    fn was_sent(&self, channel: Channel, key: &str) -> impl Future<Output = Option<bool>> + Send;
    /// Whether there is somebody behind this channel who can be asked about messages in doubt.
    fn asks(&self, _: Channel) -> bool {
        false
    }
    /// Looks for a message among those that its provider took since a moment, but those of these names.
    fn find(&self, _: &Parcel, _: Instant, _: &BTreeSet<String>) -> impl Future<Output = Answer> + Send {
        std::future::ready(Answer::Nothing)
    }
    /// How many messages may be claimed at a time, on their way or next: what is claimed when the machine fails may be in doubt. `writing`
    /// is how long the base takes of late to write down what became of some and to claim others.
    fn claim_limit(&self, writing: Duration) -> usize;
    /// How fast messages may leave by a channel.
    fn rate(&self, _: Channel) -> Option<Rate> {
        None
    }
    /// Whether the invoices of a message that are kept go with it.
    fn wants_papers(&self, _: &Parcel) -> bool {
        false
    }
    /// Whether nothing leaves by this way, because what is due may have left already: only then may a base run that is marked.
    fn recovers(&self) -> bool {
        false
    }
    /// Who of the company is told of journal lines.
    fn directory(&self) -> Option<&Directory> {
        None
    }
    /// A run begins: a channel that stopped in an earlier one is tried again.
    fn begin(&self) {}
}

/// Everything a run needs.
pub struct Runner<'a, C: Carrier> {
    /// The base.
    pub store: &'a dyn Store,
    /// The runner's own name, like no other's.
    pub name: &'a str,
    /// The scenarios.
    pub program: &'a Program,
    /// The way out.
    pub carrier: &'a C,
    /// What messages say of the creditor.
    pub sender: &'a Sender,
    /// How many clients are claimed together: [`CLIENTS_PER_BATCH`], but in tests of several runners.
    pub batch: usize,
    /// What people do with their lists during the run: nothing, but in tests.
    pub people: People,
    /// Ends the run early, and keeps it alive until then while the base does not answer.
    pub stop: Option<&'a Stop>,
}

/// What a run did, in numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct RunReport {
    /// Clients' files looked at.
    #[serde(rename = "dossiers")]
    pub dossiers: usize,
    /// Messages accepted by their carriers.
    #[serde(rename = "messages_partis")]
    pub sent: usize,
    /// Messages put off, failed or in doubt, with the reason: told once each.
    #[serde(rename = "incidents")]
    pub incidents: Vec<String>,
    /// Messages put off because they could not be sent now, or of which it is not known whether they left.
    #[serde(rename = "messages_en_souffrance")]
    pub unsent: usize,
    /// Messages that had no turn within [`LONGEST_SENDING`], because of the rate of their channel: they are decided again by the next run.
    #[serde(rename = "messages_retenus_par_le_debit", skip_serializing_if = "is_zero")]
    pub held_by_rate: usize,
    /// Channels that stopped during the run, with the reason.
    #[serde(rename = "canaux_arretes")]
    pub stopped: Vec<String>,
    /// Clients who were left out because what the base keeps of them cannot be read.
    #[serde(rename = "dossiers_illisibles")]
    pub unreadable: Vec<Unreadable>,
    /// Steps done.
    #[serde(skip)]
    pub steps: u64,
    /// Messages that came into doubt and of which nobody has been asked yet, by client and key; for how many each counts in `unsent`.
    #[serde(skip)]
    pub(crate) doubts: BTreeMap<(String, String), usize>,
    /// Attempts by channel and result, in the words of the metrics.
    #[serde(skip)]
    pub attempts: BTreeMap<(Channel, &'static str), u64>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl<C: Carrier> Runner<'_, C> {
    /// Does everything due from `from` to `to`, both included: a moment (`from` = `to`), or a day, slot by slot. `seen` gets every
    /// journal entry after it is committed, with the client's file; `progress` the share of clients done, of how many.
    pub async fn run(
        &self,
        (from, to): (Instant, Instant),
        seen: impl FnMut(&Dossier, &Entry),
        mut progress: impl FnMut(usize, usize),
    ) -> Result<RunReport, StoreError> {
        self.carrier.begin();
        self.ask_about_doubts(from, None).await?;
        let mut report = RunReport { dossiers: self.in_time(self.store.count_due(to)).await?, ..RunReport::default() };
        if report.dossiers == 0 {
            // Reading every version that ever ran is not for nothing.
            return self.unmarked().await.map(|()| report);
        }
        let program = self.informed().await?;
        let runner = Runner { program: &program, ..*self };
        // What failed for now is not tried again in this run.
        let mut stalled: BTreeSet<String> = BTreeSet::new();
        let mut done = 0;
        let begun = tokio::time::Instant::now();
        let rates = CARRIED.into_iter().filter_map(|channel| self.carrier.rate(channel));
        let enough = rates.map(|rate| rate.capacity(LONGEST_SENDING).max(FEWEST_CLIENTS)).min();
        let rated = enough.is_some();
        let size = self.batch.min(enough.unwrap_or(self.batch));
        let until = begun + LONGEST_SENDING;
        let seen = Told::new(seen);
        let mut ahead = None;
        loop {
            let next = match ahead.take() {
                // Even to end early: what it has claimed is given back.
                Some(ready) => ready,
                None if self.is_stopping() => break,
                None => runner.prepare((from, to), (size, &stalled), until, &seen).await?,
            };
            let Ready { mut batch, clients, unreadable, steps } = match next {
                Next::Ready(ready) => *ready,
                Next::Nothing if self.store.path().is_none() && self.in_time(self.store.held(to)).await? > 0 => {
                    tokio::time::sleep(OTHERS_PAUSE).await;
                    continue;
                }
                Next::Nothing => {
                    // What this run has left in doubt, as long as it is fresh.
                    let doubts = std::mem::take(&mut report.doubts);
                    let found = runner.ask_about_doubts(from, Some(&doubts)).await?;
                    report.unsent -= found.iter().filter_map(|message| doubts.get(message)).sum::<usize>();
                    if found.is_empty() {
                        break;
                    }
                    continue;
                }
                Next::Replaced => {
                    report.incidents.push(
                        "d’autres scénarios ont été mis en vigueur pendant l’exécution : ce qui reste attend la prochaine"
                            .to_owned(),
                    );
                    break;
                }
            };
            report.steps += steps;
            stalled.extend(unreadable.iter().map(|one| one.client.clone()));
            report.unreadable.extend(unreadable);
            // What of these comes back at once is for the round after the next one.
            let except: BTreeSet<String> = stalled.iter().chain(&clients).cloned().collect();
            let (nearly, over) = (Notify::new(), AtomicBool::new(false));
            let work = async {
                let total = report.dossiers;
                let told = |over: usize| progress((done + over).min(total), total);
                let worked = batch.work(&mut report, &mut stalled, &seen, &nearly, told).await;
                over.store(true, Ordering::Relaxed);
                nearly.notify_one();
                worked
            };
            let prepare = async {
                nearly.notified().await;
                // With a rate, hours of sending go by: nothing is decided before its turn.
                if over.load(Ordering::Relaxed) || self.is_stopping() || rated {
                    return Ok(None);
                }
                runner.prepare((from, to), (size, &except), until, &seen).await.map(Some)
            };
            // In this order, always: what happens is the same whenever it is lived again.
            let (worked, prepared) = tokio::join!(biased; work, prepare);
            worked?;
            ahead = match prepared {
                // Nothing besides these may be something once they are done.
                Ok(next) => next.filter(|next| !matches!(next, Next::Nothing)),
                Err(error) if error.is_passing() => {
                    // Nobody knows what it claimed.
                    self.insist(async || self.store.release(self.name).await).await?;
                    None
                }
                Err(error) => return Err(error),
            };
            done += clients.len();
            progress(done.min(report.dossiers), report.dossiers);
            // Their files are here again at once, and there is no turn for them yet.
            if report.held_by_rate > 0 {
                break;
            }
        }
        Ok(report)
    }

    /// Refuses a base of which a person has to say something first.
    async fn unmarked(&self) -> Result<(), StoreError> {
        match self.in_time(self.store.mark()).await?.filter(|_| !self.carrier.recovers()) {
            Some(mark) => Err(StoreError::Marked(mark)),
            None => Ok(()),
        }
    }

    /// Whether the run is to end early.
    fn is_stopping(&self) -> bool {
        self.stop.is_some_and(Stop::is_asked)
    }

    /// The program, which knows how its publication moves invoices, what earlier versions called their states, and how old the payments are. Before the first import of payments
    /// they are as old as can be: a scenario that wants them up to date sends nothing.
    async fn informed(&self) -> Result<Program, StoreError> {
        let last = self.in_time(self.store.payments_imported()).await?.unwrap_or_default();
        let mut program = self.program.clone();
        program.payments = Some(last);
        let last = self.in_time(self.store.publications()).await?.pop();
        program.catch_up = last.as_ref().is_some_and(|last| last.catch_up);
        program.published = last.map(|last| last.at);
        program.remember(&self.in_time(self.store.all_machines()).await?);
        Ok(program)
    }
}
