//! One batch of clients' files: step, commit, send, take the outcomes in, until nothing more is due for them.

use super::message::context;
use super::{Carrier, Parcel, RunReport, Runner};
use crate::store::{
    Commit, DossierRow, LEASE, Link, Loaded, OutboxChange, OutboxStatus, Recipients, StoreError, Unfinished,
};
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::incoming::{Incoming, What};
use relance_core::machine::{Contact, Tone};
use relance_core::program::recipients;
use relance_core::simulate::{MAX_ANSWERS, People, next_moment, work_done};
use relance_core::step::{Departure, Input, Outcome, Step, Wake, step};
use std::collections::BTreeSet;

/// The word of the metrics for an attempt that a stopped channel refused.
pub(crate) const STOPPED: &str = "arrete";

pub(super) struct Batch<'r, 'a, C: Carrier> {
    runner: &'r Runner<'a, C>,
    files: Vec<Working>,
    from: Instant,
    to: Instant,
    /// When the leases were renewed last.
    renewed: std::time::Instant,
    /// The base refused a claim: nothing more leaves, what did leave is written down first.
    refused: Option<StoreError>,
}

/// A client's file at work.
struct Working {
    loaded: Loaded,
    wake: Option<Wake>,
    /// The moment of the last step.
    now: Instant,
    /// How often outcomes have led to another step at this very moment.
    answers: usize,
    /// What the next step takes in besides the inbox, and the outbox rows that it settles.
    inputs: Vec<Input>,
    outbox: Vec<OutboxChange>,
    /// Not committed yet.
    entries: Vec<Entry>,
    departures: Vec<Departure>,
    taken: Vec<String>,
    dirty: bool,
    /// Whether anything has been committed for it.
    committed: bool,
    /// Not further in this run: what failed for now would only fail faster.
    stalled: bool,
    /// A message could not be claimed: something new is known, which the run's next round reads first.
    overtaken: bool,
    waits_for_payments: bool,
}

impl<'r, 'a, C: Carrier> Batch<'r, 'a, C> {
    pub(super) async fn load(
        runner: &'r Runner<'a, C>,
        clients: &[String],
        (from, to): (Instant, Instant),
    ) -> Result<Batch<'r, 'a, C>, StoreError> {
        let renewed = std::time::Instant::now();
        let recovering = runner.store.unfinished(clients).await?;
        let messages: Vec<Departure> = recovering.iter().map(|u| u.message.clone()).collect();
        let loaded = runner.store.load(clients, to, &messages, false).await?;
        let mut files: Vec<Working> = loaded
            .into_iter()
            .map(|loaded| Working {
                wake: None,
                now: from,
                answers: 0,
                loaded,
                inputs: Vec::new(),
                outbox: Vec::new(),
                entries: Vec::new(),
                departures: Vec::new(),
                taken: Vec::new(),
                dirty: false,
                committed: false,
                stalled: false,
                overtaken: false,
                waits_for_payments: false,
            })
            .collect();
        for Unfinished { client, message, attempted } in recovering {
            let Some(file) = files.iter_mut().find(|f| f.loaded.world.dossier.client == client) else { continue };
            let left =
                if attempted { runner.carrier.was_sent(message.channel, &message.key).await } else { Some(false) };
            let (status, outcome) = match left {
                Some(true) => (OutboxStatus::Sent, Outcome::Accepted),
                Some(false) => (OutboxStatus::Withdrawn, Outcome::Recalled),
                None => {
                    let reason = "arrêt pendant l’envoi : on ne sait pas si le message est parti".to_owned();
                    (OutboxStatus::InDoubt, Outcome::InDoubt(reason))
                }
            };
            file.outbox.push(change(&client, &message.key, status, None, None));
            file.inputs.push(Input::Outcome { message, outcome });
        }
        Ok(Batch { runner, files, from, to, renewed, refused: None })
    }

    /// Works the batch off.
    pub(super) async fn work(
        &mut self,
        report: &mut RunReport,
        stalled: &mut BTreeSet<String>,
        seen: &mut impl FnMut(&Dossier, &Entry),
    ) -> Result<(), StoreError> {
        loop {
            for file in &mut self.files {
                report.steps += file.advance(self.runner, self.from, self.to);
            }
            self.commit(seen).await?;
            if let Some(refused) = self.refused.take() {
                return Err(refused);
            }
            if self.runner.is_stopping() || !self.send(report).await {
                break;
            }
        }
        // A message that stays ready is looked at again, by whoever comes first.
        let undone = self.clients(Working::is_undone);
        if !undone.is_empty() {
            self.runner.insist(async || self.runner.store.give_back(self.runner.name, &undone).await).await?;
        }
        // Every other claim ended with a commit, but of what a dead runner had left after its last one.
        let untouched = self.clients(|file| !file.committed && !file.is_undone());
        if !untouched.is_empty() {
            self.runner.store.give_up(self.runner.name, &untouched).await?;
        }
        for file in &self.files {
            if file.answers > MAX_ANSWERS {
                report.incidents.push(format!(
                    "{} : anomalie, plus de {MAX_ANSWERS} réponses de suite au même moment ; le reste attend la prochaine exécution \
                     (`relance journal --client {}` montre ce qui se répète)",
                    file.loaded.world.dossier.client, file.loaded.world.dossier.client
                ));
            }
            if file.stalled {
                stalled.insert(file.loaded.world.dossier.client.clone());
            }
        }
        Ok(())
    }

    /// The clients of the files of which something holds.
    fn clients(&self, holds: impl Fn(&Working) -> bool) -> Vec<String> {
        self.files.iter().filter(|file| holds(file)).map(|file| file.loaded.world.dossier.client.clone()).collect()
    }

    async fn commit(&mut self, seen: &mut impl FnMut(&Dossier, &Entry)) -> Result<(), StoreError> {
        // Sealed before the base is locked: the journal's texts, and where they take the chains.
        let mut sealed = Vec::new();
        for file in self.files.iter().filter(|f| f.dirty) {
            let mut chain = file.loaded.chain.clone();
            let links = file.entries.iter().map(|entry| chain.append(entry)).collect::<Result<Vec<Link>, _>>()?;
            sealed.push((chain, links));
        }
        let mut commit = Commit { program: Some(self.runner.program.digest), ..Commit::default() };
        for (file, (chain, links)) in self.files.iter().filter(|f| f.dirty).zip(&sealed) {
            let dossier = &file.loaded.world.dossier;
            let client = dossier.client.as_str();
            let mut changed: BTreeSet<&str> = file.entries.iter().filter_map(|e| e.invoice.as_deref()).collect();
            if file.entries.iter().any(Entry::concerns_every_invoice) {
                changed.extend(dossier.invoices.keys().map(String::as_str));
            }
            commit.dossiers.push(DossierRow {
                dossier,
                chain,
                wake: file.wake,
                waits_for_payments: file.waits_for_payments,
                kept: file.is_undone(),
            });
            for number in changed {
                if let Some((number, invoice)) = dossier.invoices.get_key_value(number) {
                    commit.invoices.push((client, number, invoice));
                }
            }
            commit.entries.extend(file.entries.iter().zip(links).map(|(entry, link)| (client, entry, link)));
            commit.taken.extend(file.taken.iter().map(|id| (client, id.as_str())));
            commit.departures.extend(file.departures.iter().map(|message| (client, file.now, message)));
            commit.outbox.extend(file.outbox.iter().cloned());
        }
        if commit.dossiers.is_empty() {
            return Ok(());
        }
        let (store, mut again) = (self.runner.store, false);
        let lost = self
            .runner
            .insist(async || {
                // The answer may be what got lost, and not the commit.
                if std::mem::replace(&mut again, true) && store.is_committed(&commit).await? {
                    return Ok(BTreeSet::new());
                }
                store.commit(self.runner.name, &commit).await
            })
            .await?;
        drop(commit);
        if !lost.is_empty() {
            // Another runner has them since their lease ran out: what was worked out for them here counts for nothing.
            self.files.retain(|file| !lost.contains(&file.loaded.world.dossier.client));
            return Box::pin(self.commit(seen)).await;
        }
        for (file, (chain, _)) in self.files.iter_mut().filter(|f| f.dirty).zip(sealed) {
            file.loaded.chain = chain;
            for entry in std::mem::take(&mut file.entries) {
                seen(&file.loaded.world.dossier, &entry);
            }
            file.taken.clear();
            file.outbox.clear();
            file.dirty = false;
            file.committed = true;
        }
        Ok(())
    }

    /// Renews the leases of files that wait for their turn, well before they run out.
    async fn renew(&mut self) -> Result<(), StoreError> {
        if self.renewed.elapsed() < LEASE / 4 {
            return Ok(());
        }
        let kept = self.clients(|_| true);
        self.renewed = std::time::Instant::now();
        self.runner.store.renew(self.runner.name, &kept).await
    }

    /// Claims and sends what the last steps let leave, a group of files at a time so that outcomes are written down before more is
    /// claimed; says whether there was anything. What cannot be claimed stays ready, and the run's next round reads its reason again.
    async fn send(&mut self, report: &mut RunReport) -> bool {
        let runner = self.runner;
        let limit = runner.carrier.claim_limit().max(1);
        let mut parcels: Vec<(usize, Parcel)> = Vec::new();
        for (i, file) in self.files.iter_mut().enumerate() {
            // A file goes as a whole: its outcomes belong to one step, as in a simulation.
            if parcels.len() >= limit {
                break;
            }
            // What would go on for ever stays ready, and is read again in the next run.
            if file.answers > MAX_ANSWERS {
                continue;
            }
            let departures = std::mem::take(&mut file.departures);
            let dossier = &file.loaded.world.dossier;
            for message in departures {
                if let Some(parcel) = parcel(runner, dossier, message, file.now) {
                    parcels.push((i, parcel));
                }
            }
        }
        if parcels.is_empty() {
            return false;
        }
        while !parcels.is_empty() {
            let rest = parcels.split_off(parcels.len().min(limit));
            let (owners, group): (Vec<usize>, Vec<Parcel>) = parcels.into_iter().unzip();
            parcels = rest;
            let keys: Vec<(String, String)> = group.iter().map(|p| (p.client.clone(), p.message.key.clone())).collect();
            let now = group.iter().map(|p| p.at).max().unwrap_or(self.from);
            let claimed = self.claim(&keys, now).await;
            let is_claimed = |p: &Parcel| claimed.contains(&(p.client.clone(), p.message.key.clone()));
            let (ours, lost): (Vec<_>, Vec<_>) = owners.into_iter().zip(group).partition(|(_, p)| is_claimed(p));
            for (owner, _) in lost {
                if let Some(file) = self.files.get_mut(owner) {
                    file.overtaken = true;
                }
            }
            let (owners, group): (Vec<usize>, Vec<Parcel>) = ours.into_iter().unzip();
            let deliveries = runner.carrier.deliver(&group).await;
            for ((owner, parcel), delivery) in owners.into_iter().zip(group).zip(deliveries) {
                let (status, word, detail) = match &delivery.outcome {
                    Outcome::Accepted => (OutboxStatus::Sent, "parti", None),
                    Outcome::Failed(reason) => (OutboxStatus::Failed, "echoue", Some(reason.clone())),
                    Outcome::Retry(reason) => (OutboxStatus::Delayed, "differe", Some(reason.clone())),
                    Outcome::Blocked(reason) => (OutboxStatus::Delayed, STOPPED, Some(reason.clone())),
                    Outcome::InDoubt(reason) => (OutboxStatus::InDoubt, "en_doute", Some(reason.clone())),
                    Outcome::Recalled => (OutboxStatus::Withdrawn, "repris", None),
                };
                *report.attempts.entry((parcel.message.channel, word)).or_default() += 1;
                match &detail {
                    None => report.sent += usize::from(status == OutboxStatus::Sent),
                    Some(reason) => {
                        let told =
                            format!("{} ({}) : {reason}", invoices(&parcel.message), parcel.message.channel.name());
                        report.incidents.push(told);
                    }
                }
                report.unsent += usize::from(matches!(status, OutboxStatus::Delayed | OutboxStatus::InDoubt));
                let Some(file) = self.files.get_mut(owner) else { continue };
                if let Outcome::Blocked(reason) = &delivery.outcome
                    && !report.stopped.contains(reason)
                {
                    report.stopped.push(reason.clone());
                }
                file.stalled |= matches!(delivery.outcome, Outcome::Retry(_) | Outcome::Blocked(_));
                let mut change = change(&parcel.client, &parcel.message.key, status, delivery.provider, detail);
                if matches!(status, OutboxStatus::Sent | OutboxStatus::Failed | OutboxStatus::InDoubt) {
                    change.recipients = Some(Recipients { to: parcel.to, copy: parcel.copy });
                }
                file.outbox.push(change);
                file.inputs.push(Input::Outcome { message: parcel.message, outcome: delivery.outcome });
            }
        }
        true
    }

    /// Claims messages. When the base refuses for good, none is claimed, and the batch ends once what left before is written down.
    async fn claim(&mut self, keys: &[(String, String)], now: Instant) -> BTreeSet<(String, String)> {
        let (runner, mut again) = (self.runner, false);
        if self.refused.is_some() {
            return BTreeSet::new();
        }
        let claimed = async {
            runner.insist(async || self.renew().await).await?;
            let claim = async || {
                // A claim whose answer got lost would look like an attempt: none of these messages has begun.
                if std::mem::replace(&mut again, true) {
                    runner.store.unclaim(runner.name, keys).await?;
                }
                runner.store.claim(runner.name, keys, now).await
            };
            runner.insist(claim).await
        };
        claimed.await.unwrap_or_else(|refused| {
            self.refused = Some(refused);
            BTreeSet::new()
        })
    }
}

fn change(
    client: &str,
    key: &str,
    status: OutboxStatus,
    provider: Option<String>,
    detail: Option<String>,
) -> OutboxChange {
    OutboxChange { client: client.to_owned(), key: key.to_owned(), status, provider, detail, recipients: None }
}

/// What a person's answer about a message in doubt changes in the outbox.
fn settled(client: &str, input: &Input) -> Option<OutboxChange> {
    let Input::Incoming { incoming: Incoming { what: What::DoubtSettled { message, left }, .. }, .. } = input else {
        return None;
    };
    let status = if *left { OutboxStatus::Sent } else { OutboxStatus::Withdrawn };
    Some(change(client, &message.key, status, None, Some("dit par la personne qui a vérifié".to_owned())))
}

/// The invoices of a message, for people.
fn invoices(message: &Departure) -> String {
    let others = message.others.iter().map(|other| other.invoice.as_str());
    std::iter::once(message.invoice.as_str()).chain(others).collect::<Vec<_>>().join(", ")
}

/// A message with everything that it says; `None` when one of its invoices has vanished, which cannot be.
fn parcel<C: Carrier>(runner: &Runner<'_, C>, dossier: &Dossier, message: Departure, at: Instant) -> Option<Parcel> {
    let contact = Contact {
        channel: message.channel,
        template: message.template.clone(),
        choice: None,
        nature: message.nature,
        tone: Tone::default(),
        language: None,
        to: message.to.clone(),
        copy: message.copy.clone(),
    };
    let (to, copy) = recipients(&dossier.customer, &runner.program.people, &contact);
    let today = civil_date(at, runner.program.zone);
    let mut context =
        context(runner.sender, runner.program, dossier, (&message.invoice, &message.others), to.first(), today)?;
    context.answers.clone_from(&message.answers);
    Some(Parcel { client: dossier.client.clone(), message, to, copy, at, context })
}

impl Working {
    /// Whether a message stays ready: to be sent now, or not by this batch.
    fn is_undone(&self) -> bool {
        self.overtaken || self.answers > MAX_ANSWERS || !self.departures.is_empty()
    }

    /// Steps the file through its moments until a message leaves or nothing more is due. Returns how many steps that took.
    fn advance<C: Carrier>(&mut self, runner: &Runner<'_, C>, from: Instant, to: Instant) -> u64 {
        let mut steps = 0;
        loop {
            let world = &mut self.loaded.world;
            if self.inputs.is_empty() {
                if self.stalled || self.overtaken || !self.departures.is_empty() {
                    return steps;
                }
                match next_moment(world.wake, world.inbox.next(), from) {
                    Some(now) if now <= to => (self.now, self.answers) = (now, 0),
                    _ => return steps,
                }
            } else {
                // What asks for itself again with each answer would go on for ever: it rests until the next run, as in a simulation.
                self.answers += 1;
                self.stalled |= self.answers > MAX_ANSWERS;
            }
            // A file's time never goes back: what a crash cut off is decided again at its own moment, not at the start of the day.
            self.now = world.dossier.clock.map_or(self.now, |clock| clock.max(self.now));
            let now = self.now;
            let mut inputs = std::mem::take(&mut self.inputs);
            inputs.extend(world.inbox.take(now));
            let (taken, later) =
                std::mem::take(&mut self.loaded.inbox_ids).into_iter().partition(|(known, _)| *known <= now);
            self.loaded.inbox_ids = later;
            let client = &world.dossier.client;
            self.outbox.extend(inputs.iter().filter_map(|input| settled(client, input)));
            self.taken.extend(<Vec<(Instant, String)>>::into_iter(taken).map(|(_, id)| id));
            let Step { entries, departures, withdrawn, wake, waits_for_payments } =
                step(runner.program, &mut world.dossier, now, inputs);
            steps += 1;
            world.wake = wake.map(|w| w.at);
            self.wake = wake;
            self.waits_for_payments = waits_for_payments;
            self.dirty = true;
            if runner.people != People::ABSENT {
                self.inputs = work_done(runner.program, &world.dossier, &entries, runner.people);
            }
            for key in withdrawn {
                self.outbox.push(change(&world.dossier.client, &key, OutboxStatus::Withdrawn, None, None));
                let Some(at) = self.departures.iter().position(|d| d.key == key) else { continue };
                let message = self.departures.remove(at);
                // The invoices of a grouped message that keep their reason leave without the one that lost it.
                if !message.others.is_empty() {
                    self.inputs.push(Input::Outcome { message, outcome: Outcome::Recalled });
                }
            }
            self.entries.extend(entries);
            self.departures.extend(departures);
            if !self.departures.is_empty() || self.answers > MAX_ANSWERS {
                return steps;
            }
        }
    }
}
