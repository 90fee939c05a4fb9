//! Messages that are claimed and sent together, and what came of them.

use super::batch::{Batch, change};
use super::message::context;
use super::{Carrier, Parcel, RunReport, Runner};
use crate::paper::accounts;
use crate::store::{DocumentKind, INVOICE_NAME, LEASE, OutboxStatus, Recipients, StoreError, invoice_key};
use relance_core::day::civil_date;
use relance_core::dossier::Dossier;
use relance_core::machine::{Channel, Contact, Tone};
use relance_core::program::recipients;
use relance_core::simulate::MAX_ANSWERS;
use relance_core::step::{Departure, Input, Outcome};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// The word of the metrics for an attempt that a stopped channel refused.
pub(crate) const STOPPED: &str = "arrete";

/// How long a claimed group may wait for the one before it. A claim lasts less than a minute: this, and what a carrier may take.
const FRESH: Duration = Duration::from_secs(5);

/// Messages claimed together.
pub(super) struct Group {
    pub(super) parcels: Vec<Parcel>,
    since: Instant,
}

fn key(parcel: &Parcel) -> (String, String) {
    (parcel.client.clone(), parcel.message.key.clone())
}

impl<C: Carrier> Batch<'_, '_, C> {
    /// Claims the next messages; what cannot be claimed stays ready, and the run's next round reads its reason again.
    pub(super) async fn next_group(&mut self, may_wait: bool) -> Result<Option<Group>, StoreError> {
        let limit = self.runner.carrier.claim_limit(self.writing);
        // One group is on its way while the next one is claimed.
        let size = (limit / 2).max(1);
        loop {
            self.take_turns(size).await?;
            self.fill(size);
            let mut parcels = self.together(size);
            if parcels.is_empty() {
                if may_wait && self.wait_for_turns().await? {
                    continue;
                }
                return Ok(None);
            }
            if let Err(refused) = self.papers(&mut parcels).await {
                self.overtaken(parcels);
                return Err(refused);
            }
            let claimed = match self.claim(&parcels).await {
                Ok(claimed) => claimed,
                Err(refused) => {
                    self.overtaken(parcels);
                    return Err(refused);
                }
            };
            let (parcels, lost): (Vec<_>, Vec<_>) =
                parcels.into_iter().partition(|parcel| claimed.contains(&key(parcel)));
            self.overtaken(lost);
            if !parcels.is_empty() {
                return Ok(Some(Group { parcels, since: Instant::now() }));
            }
        }
    }

    /// Takes messages out of their files, a file as a whole but for those that have no turn yet, until there are enough for a group.
    fn fill(&mut self, enough: usize) {
        let runner = self.runner;
        for file in &mut self.files {
            if self.queue.len() >= enough {
                return;
            }
            // What would go on for ever stays ready, and is read again in the next run.
            if file.answers > MAX_ANSWERS || file.overtaken {
                continue;
            }
            for message in std::mem::take(&mut file.departures) {
                if runner.carrier.rate(message.channel).is_some() && !self.turns.pass(message.channel) {
                    file.departures.push(message);
                    continue;
                }
                if let Some(parcel) = parcel(runner, &file.loaded.world.dossier, message, file.now) {
                    file.out += 1;
                    self.queue.push_back(parcel);
                }
            }
        }
    }

    /// The next messages of the queue, of one moment: what becomes known later, for a file that has not come to it, takes nothing from
    /// its message.
    fn together(&mut self, size: usize) -> Vec<Parcel> {
        let Some(now) = self.queue.iter().map(|parcel| parcel.at).min() else { return Vec::new() };
        let (mut now_on, mut rest) = (Vec::new(), VecDeque::with_capacity(self.queue.len()));
        for parcel in self.queue.drain(..) {
            if parcel.at == now && now_on.len() < size {
                now_on.push(parcel);
            } else {
                rest.push_back(parcel);
            }
        }
        self.queue = rest;
        now_on
    }

    /// Fetches the kept invoices that go with messages. One that is no longer what was kept goes with none.
    async fn papers(&self, parcels: &mut [Parcel]) -> Result<(), StoreError> {
        for parcel in parcels.iter_mut().filter(|parcel| self.runner.carrier.wants_papers(parcel)) {
            for invoice in &parcel.context.invoices {
                let key = invoice_key(&invoice.number);
                let kept = self.runner.store.document(&parcel.client, &key, DocumentKind::Invoice, INVOICE_NAME).await;
                match kept {
                    Ok(Some(bytes)) => drop(parcel.papers.insert(invoice.number.clone(), bytes)),
                    Ok(None) | Err(StoreError::Document(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn claim(&mut self, parcels: &[Parcel]) -> Result<BTreeSet<(String, String)>, StoreError> {
        let (runner, mut again) = (self.runner, false);
        let keys: Vec<_> = parcels.iter().map(key).collect();
        let now = parcels.iter().map(|parcel| parcel.at).max().unwrap_or(self.from);
        runner.insist(async || self.renew().await).await?;
        let claim = async || {
            // A claim whose answer got lost would look like an attempt: none of these messages has begun.
            if std::mem::replace(&mut again, true) {
                runner.store.unclaim(runner.name, &keys).await?;
            }
            let asked = Instant::now();
            let claimed = runner.store.claim(runner.name, &keys, now).await?;
            // What such an answer says may be over by now: another runner may have these clients.
            let late = StoreError::Sql(sqlx::Error::PoolTimedOut);
            if asked.elapsed() < LEASE / 8 { Ok(claimed) } else { Err(late) }
        };
        runner.insist(claim).await
    }

    /// A claimed group whose turn has come, unless it waited too long or the run is to end: then the claim is taken back, since none of its
    /// messages has begun, and their reason is read again before the next one.
    pub(super) async fn still_good(&mut self, group: Option<Group>) -> Result<Option<Group>, StoreError> {
        let Some(group) = group else { return Ok(None) };
        let stopping = self.runner.is_stopping();
        if !stopping && group.since.elapsed() < FRESH {
            return Ok(Some(group));
        }
        let runner = self.runner;
        let keys: Vec<_> = group.parcels.iter().map(key).collect();
        runner.insist(async || runner.store.unclaim(runner.name, &keys).await).await?;
        if stopping {
            self.overtaken(group.parcels);
            self.recall();
        } else {
            for parcel in group.parcels.into_iter().rev() {
                self.queue.push_front(parcel);
            }
        }
        Ok(None)
    }

    /// Nothing more leaves: what is in the queue stays ready.
    pub(super) fn recall(&mut self) {
        let left = self.queue.drain(..).collect();
        self.overtaken(left);
    }

    fn overtaken(&mut self, parcels: Vec<Parcel>) {
        for parcel in parcels {
            if let Some(file) = self.file(&parcel.client) {
                file.out -= 1;
                file.overtaken = true;
            }
        }
    }

    /// Takes in what became of a group.
    pub(super) fn take_in(&mut self, group: Group, told: Vec<super::Delivery>, report: &mut RunReport) {
        for (parcel, delivery) in group.parcels.into_iter().zip(told) {
            let (status, word, detail) = match &delivery.outcome {
                Outcome::Accepted => (OutboxStatus::Sent, "parti", None),
                Outcome::Failed(reason) | Outcome::NobodyThere(reason, _) => {
                    (OutboxStatus::Failed, "echoue", Some(reason.clone()))
                }
                Outcome::Retry(reason) | Outcome::Later(reason, _) => {
                    (OutboxStatus::Delayed, "differe", Some(reason.clone()))
                }
                Outcome::Blocked(reason) => (OutboxStatus::Delayed, STOPPED, Some(reason.clone())),
                Outcome::InDoubt(reason) => (OutboxStatus::InDoubt, "en_doute", Some(reason.clone())),
                Outcome::Recalled => (OutboxStatus::Withdrawn, "repris", None),
            };
            *report.attempts.entry((parcel.message.channel, word)).or_default() += 1;
            match &detail {
                None => report.sent += usize::from(status == OutboxStatus::Sent),
                Some(reason) => {
                    let told = format!("{} ({}) : {reason}", invoices(&parcel.message), parcel.message.channel.words());
                    report.incidents.push(told);
                }
            }
            report.unsent += usize::from(matches!(status, OutboxStatus::Delayed | OutboxStatus::InDoubt));
            if status == OutboxStatus::InDoubt {
                report.doubts.insert(key(&parcel), 1);
            }
            if let Outcome::Blocked(reason) = &delivery.outcome
                && !report.stopped.contains(reason)
            {
                report.stopped.push(reason.clone());
            }
            let Some(file) = self.file(&parcel.client) else { continue };
            file.out -= 1;
            file.stalled |= matches!(delivery.outcome, Outcome::Retry(_) | Outcome::Later(..) | Outcome::Blocked(_));
            let mut change = change(&parcel.client, &parcel.message.key, status, delivery.provider, detail);
            if matches!(status, OutboxStatus::Sent | OutboxStatus::Failed | OutboxStatus::InDoubt) {
                change.recipients = Some(Recipients { to: parcel.to, copy: parcel.copy });
            }
            file.outbox.push(change);
            file.documents.extend(delivery.kept);
            file.inputs.push(Input::Outcome { message: parcel.message, outcome: delivery.outcome });
        }
    }

    /// A client's file, unless it is another runner's by now.
    fn file(&mut self, client: &str) -> Option<&mut super::batch::Working> {
        let place = self.files.binary_search_by(|file| file.loaded.world.dossier.client.as_str().cmp(client));
        place.ok().and_then(|place| self.files.get_mut(place))
    }
}

/// The invoices of a message, for people.
fn invoices(message: &Departure) -> String {
    let others = message.others.iter().map(|other| other.invoice.as_str());
    std::iter::once(message.invoice.as_str()).chain(others).collect::<Vec<_>>().join(", ")
}

/// A message with everything that it says; `None` when one of its invoices has vanished, which cannot be.
pub(super) fn parcel<C: Carrier>(
    runner: &Runner<'_, C>,
    dossier: &Dossier,
    message: Departure,
    at: relance_core::day::Instant,
) -> Option<Parcel> {
    let contact = Contact {
        channel: runner.program.addressed_as(message.channel),
        template: message.template.clone(),
        choice: None,
        nature: message.nature,
        tone: Tone::default(),
        language: None,
        variants: Vec::new(),
        to: message.to.clone(),
        copy: message.copy.clone(),
    };
    let (to, copy) = recipients(&dossier.reached_by(contact.channel), &runner.program.people, &contact);
    let today = civil_date(at, runner.program.zone);
    let mut context =
        context(runner.sender, runner.program, dossier, (&message.invoice, &message.others), to.first(), today)?;
    context.answers.clone_from(&message.answers);
    context.language.clone_from(&message.language);
    let thread = thread(dossier, &message);
    let accounts = if message.channel == Channel::Sms { Vec::new() } else { accounts(dossier, &context) };
    Some(Parcel {
        client: dossier.client.clone(),
        message,
        to,
        copy,
        thread,
        at,
        context,
        accounts,
        papers: BTreeMap::new(),
    })
}

/// The e-mails that left about the invoice of a message before it: of a message about several, its own invoice leads.
fn thread(dossier: &Dossier, message: &Departure) -> Vec<String> {
    if message.channel != Channel::Email {
        return Vec::new();
    }
    let Some(file) = dossier.invoices.get(&message.invoice) else { return Vec::new() };
    let earlier = file.sent.iter().filter(|sent| sent.is_in_thread());
    earlier.map(|sent| sent.whole().to_owned()).filter(|key| *key != message.key).collect()
}
