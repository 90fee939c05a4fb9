//! One batch of clients' files: step, commit, send, take the outcomes in, until nothing more is due for them.

use super::ahead::Told;
use super::group::Group;
use super::turnstile::Turnstile;
use super::{Carrier, Parcel, RunReport, Runner};
use crate::notify::Notice;
use crate::store::{
    Commit, Document, DossierRow, Doubt, LEASE, Link, Loaded, NoticeRow, OutboxChange, OutboxStatus, StoreError,
    Unfinished, Unreadable, Views, readable,
};
use crate::stretch::stretch;
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::incoming::{Incoming, What};
use relance_core::machine::Channel;
use relance_core::said::Said;
use relance_core::simulate::{MAX_ANSWERS, People, next_moment, work_done};
use relance_core::step::{Departure, Input, Outcome, Step, Wake, step};
use relance_core::tracked::{LetterStatus, Tracked};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use tokio::sync::Notify;

pub(super) struct Batch<'r, 'a, C: Carrier> {
    pub(super) runner: &'r Runner<'a, C>,
    /// By client.
    pub(super) files: Vec<Working>,
    pub(super) from: Instant,
    to: Instant,
    /// When the leases were renewed last.
    renewed: tokio::time::Instant,
    /// The base refused: nothing more leaves, what did leave is written down first.
    refused: Option<StoreError>,
    /// Taken out of their files, and not claimed yet.
    pub(super) queue: VecDeque<Parcel>,
    /// The turns of channels that have a rate.
    pub(super) turns: Turnstile,
    /// How long the base takes of late while a group is on its way.
    pub(super) writing: Duration,
    /// Messages of which a dead runner left it unknown whether they left.
    orphaned: Vec<(String, String)>,
}

/// A client's file at work.
pub(super) struct Working {
    pub(super) loaded: Loaded,
    wake: Option<Wake>,
    /// The moment of the last step.
    pub(super) now: Instant,
    /// How often outcomes have led to another step at this very moment.
    pub(super) answers: usize,
    /// What the next step takes in besides the inbox, and the outbox rows that it settles.
    pub(super) inputs: Vec<Input>,
    pub(super) outbox: Vec<OutboxChange>,
    /// What is kept of the messages that left, written down with their outcomes.
    pub(super) documents: Vec<Document>,
    /// Messages in doubt, of which the outside says something in this run.
    in_doubt: Vec<Departure>,
    /// Not committed yet.
    entries: Vec<Entry>,
    pub(super) departures: Vec<Departure>,
    /// How many of its messages are in the queue or on their way: their outcomes belong to one step, as in a simulation.
    pub(super) out: usize,
    taken: Vec<String>,
    dirty: bool,
    /// Whether anything has been committed for it.
    committed: bool,
    /// Not further in this run: what failed for now would only fail faster.
    pub(super) stalled: bool,
    /// A message could not be claimed: something new is known, which the run's next round reads first.
    pub(super) overtaken: bool,
    waits_for_payments: bool,
}

impl<'r, 'a, C: Carrier> Batch<'r, 'a, C> {
    pub(super) async fn load(
        runner: &'r Runner<'a, C>,
        clients: &[String],
        (from, to): (Instant, Instant),
        until: tokio::time::Instant,
    ) -> Result<(Batch<'r, 'a, C>, Vec<Unreadable>), StoreError> {
        let renewed = tokio::time::Instant::now();
        let load = async |part: &[String]| {
            let recovering = runner.store.unfinished(part).await?;
            let messages: Vec<Departure> = recovering.iter().map(|u| u.message.clone()).collect();
            Ok(vec![(runner.store.load(part, to, &messages, false).await?, recovering)])
        };
        let (parts, unreadable) = readable(clients, load).await?;
        let (mut loaded, mut recovering) = (Vec::with_capacity(clients.len()), Vec::new());
        for (files, messages) in parts {
            loaded.extend(files);
            recovering.extend(messages);
        }
        let mut files: Vec<Working> = loaded
            .into_iter()
            .map(|loaded| Working {
                wake: None,
                now: from,
                answers: 0,
                loaded,
                inputs: Vec::new(),
                outbox: Vec::new(),
                documents: Vec::new(),
                in_doubt: Vec::new(),
                entries: Vec::new(),
                departures: Vec::new(),
                out: 0,
                taken: Vec::new(),
                dirty: false,
                committed: false,
                stalled: false,
                overtaken: false,
                waits_for_payments: false,
            })
            .collect();
        let mut doubts = Vec::new();
        if files.iter().any(|file| !file.seen_outside(to).is_empty()) {
            (doubts, _) = runner.store.in_doubt().await?;
        }
        for Doubt { client, message, .. } in doubts {
            let Some(file) = files.iter_mut().find(|f| f.loaded.world.dossier.client == client) else { continue };
            file.in_doubt.push(message);
        }
        let mut orphaned = Vec::new();
        for Unfinished { client, message, attempted } in recovering {
            let Some(file) = files.iter_mut().find(|f| f.loaded.world.dossier.client == client) else { continue };
            let left = if attempted && file.seen_outside(to).iter().any(|seen| seen.is(&message)) {
                Some(true)
            } else if attempted {
                runner.carrier.was_sent(message.channel, &message.key).await
            } else {
                Some(false)
            };
            let (status, outcome) = match left {
                Some(true) => (OutboxStatus::Sent, Outcome::Accepted),
                Some(false) => (OutboxStatus::Withdrawn, Outcome::Recalled),
                None => {
                    orphaned.push((client.clone(), message.key.clone()));
                    let reason = "arrêt pendant l’envoi : on ne sait pas si le message est parti".to_owned();
                    (OutboxStatus::InDoubt, Outcome::InDoubt(reason))
                }
            };
            file.outbox.push(change(&client, &message.key, status, None, None));
            file.inputs.push(Input::Outcome { message, outcome });
        }
        let batch = Batch {
            runner,
            files,
            from,
            to,
            renewed,
            refused: None,
            queue: VecDeque::new(),
            turns: Turnstile::until(until),
            writing: Duration::ZERO,
            orphaned,
        };
        Ok((batch, unreadable))
    }

    /// Works the batch off. `nearly` is notified when so little is left to be sent that the next batch may be made ready.
    pub(super) async fn work(
        &mut self,
        report: &mut RunReport,
        stalled: &mut BTreeSet<String>,
        seen: &Told<impl FnMut(&Dossier, &Entry)>,
        nearly: &Notify,
        mut progress: impl FnMut(usize),
    ) -> Result<(), StoreError> {
        report.doubts.extend(self.orphaned.drain(..).map(|message| (message, 0)));
        // While a group is on its way, what came of the one before is written down and the next one is claimed.
        let mut group: Option<Group> = None;
        loop {
            let carrier = self.runner.carrier;
            let (told, next) = match &group {
                None => (Vec::new(), self.turn(report, seen, true).await),
                // In this order, always: what happens is the same whenever it is lived again.
                Some(group) => {
                    tokio::join!(biased; carrier.deliver(&group.parcels), self.timed_turn(report, seen))
                }
            };
            progress(self.files.iter().filter(|file| file.out == 0 && file.departures.is_empty()).count());
            let sent = group.take();
            let over = sent.is_none();
            if let Some(sent) = sent {
                self.take_in(sent, told, report);
            }
            match next {
                Ok(next) => match self.still_good(next).await {
                    Ok(next) => group = next,
                    Err(error) => self.refused = Some(error),
                },
                Err(error) if over => return Err(error),
                Err(error) => self.refused = Some(error),
            }
            if self.left() <= carrier.claim_limit(self.writing) * 2 {
                nearly.notify_one();
            }
            if over && group.is_none() && self.queue.is_empty() && !self.files.iter().any(Working::is_answered) {
                break;
            }
        }
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        report.held_by_rate += self.held_by_rate();
        // A message that stays ready is looked at again, by whoever comes first.
        let undone = self.clients(Working::is_undone);
        if !undone.is_empty() {
            self.runner.insist(async || self.runner.store.give_back(self.runner.name, &undone).await).await?;
        }
        // Every other claim ended with a commit, but of what a dead runner had left after its last one.
        let untouched = self.clients(|file| !file.committed && !file.is_undone());
        if !untouched.is_empty() {
            self.runner.in_time(self.runner.store.give_up(self.runner.name, &untouched)).await?;
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

    /// How many messages have not left yet.
    fn left(&self) -> usize {
        self.files.iter().map(|file| file.out + file.departures.len()).sum()
    }

    /// The clients of the files of which something holds.
    fn clients(&self, holds: impl Fn(&Working) -> bool) -> Vec<String> {
        self.files.iter().filter(|file| holds(file)).map(|file| file.loaded.world.dossier.client.clone()).collect()
    }

    async fn commit(&mut self, seen: &Told<impl FnMut(&Dossier, &Entry)>) -> Result<(), StoreError> {
        // Sealed before the base is locked: the journal's texts, and where they take the chains.
        let mut sealed = Vec::new();
        let program = self.runner.program;
        for file in self.files.iter().filter(|f| f.dirty) {
            let mut chain = file.loaded.chain.clone();
            let links = file.entries.iter().map(|entry| chain.append(entry)).collect::<Result<Vec<Link>, _>>()?;
            let entries = file.entries.iter().zip(links.iter().map(|link| link.position));
            let dossier = &file.loaded.world.dossier;
            let views = Views::of(program, dossier, file.now, &file.loaded.kept, entries);
            sealed.push((chain, links, views));
            stretch(sealed.len()).await;
        }
        let mut commit = Commit { program: Some(self.runner.program.digest), ..Commit::default() };
        for (file, (chain, links, views)) in self.files.iter().filter(|f| f.dirty).zip(&sealed) {
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
            commit.views.push((views, dossier));
            for number in changed.into_iter().filter(|number| !views.has(number)) {
                if let Some((number, invoice)) = dossier.invoices.get_key_value(number) {
                    commit.invoices.push((client, number, invoice));
                }
            }
            commit.entries.extend(file.entries.iter().zip(links).map(|(entry, link)| (client, entry, link)));
            commit.notices.extend(self.notices(file, links));
            commit.taken.extend(file.taken.iter().map(|id| (client, id.as_str())));
            commit.departures.extend(file.departures.iter().map(|message| (client, file.now, message)));
            commit.outbox.extend(file.outbox.iter().cloned());
            commit.documents.extend(&file.documents);
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
        for (file, (chain, _, views)) in self.files.iter_mut().filter(|f| f.dirty).zip(sealed) {
            file.loaded.chain = chain;
            views.written(&mut file.loaded.kept);
            for entry in std::mem::take(&mut file.entries) {
                seen.tell(&file.loaded.world.dossier, &entry);
            }
            file.taken.clear();
            file.outbox.clear();
            file.documents.clear();
            file.dirty = false;
            file.committed = true;
        }
        Ok(())
    }

    /// What the company's systems and people are to be told of a file's new entries.
    fn notices<'f>(&self, file: &'f Working, links: &[Link]) -> Vec<NoticeRow<'f>> {
        let Some(directory) = self.runner.carrier.directory() else { return Vec::new() };
        let dossier = &file.loaded.world.dossier;
        let told = file.entries.iter().zip(links).flat_map(|(entry, link)| {
            let position = i64::try_from(link.position).unwrap_or(i64::MAX);
            let row = move |Notice { addressee, body }| NoticeRow {
                client: &dossier.client,
                position,
                addressee,
                body,
                at: entry.at,
            };
            directory.notices(entry, dossier, self.runner.program).into_iter().map(row)
        });
        told.collect()
    }

    /// Renews the leases of files that wait for their turn, well before they run out.
    pub(super) async fn renew(&mut self) -> Result<(), StoreError> {
        if self.renewed.elapsed() < LEASE / 4 {
            return Ok(());
        }
        let kept = self.clients(|_| true);
        self.renewed = tokio::time::Instant::now();
        self.runner.store.renew(self.runner.name, &kept).await
    }

    /// Steps what can be stepped, and writes it down. Returns how many steps that took.
    pub(super) async fn decide(&mut self, seen: &Told<impl FnMut(&Dossier, &Entry)>) -> Result<u64, StoreError> {
        let (runner, from, to) = (self.runner, self.from, self.to);
        let mut steps = 0;
        for (n, file) in self.files.iter_mut().enumerate() {
            steps += file.advance(runner, from, to);
            stretch(n + 1).await;
        }
        self.commit(seen).await?;
        Ok(steps)
    }

    /// A turn while a group is on its way: how long it takes says how many messages leave meanwhile.
    async fn timed_turn(
        &mut self,
        report: &mut RunReport,
        seen: &Told<impl FnMut(&Dossier, &Entry)>,
    ) -> Result<Option<Group>, StoreError> {
        let begun = tokio::time::Instant::now();
        let next = self.turn(report, seen, false).await;
        self.writing = (self.writing + begun.elapsed()) / 2;
        next
    }

    /// Steps what can be stepped, writes it down, and claims the next group; waits for its turn only when nothing is on its way.
    async fn turn(
        &mut self,
        report: &mut RunReport,
        seen: &Told<impl FnMut(&Dossier, &Entry)>,
        may_wait: bool,
    ) -> Result<Option<Group>, StoreError> {
        let ending = self.refused.is_some() || self.runner.is_stopping();
        if ending {
            self.recall();
        }
        report.steps += self.decide(seen).await?;
        if ending || self.runner.is_stopping() {
            return Ok(None);
        }
        // What left before is written down first.
        Ok(self.next_group(may_wait).await.unwrap_or_else(|refused| {
            self.refused = Some(refused);
            None
        }))
    }
}

pub(super) fn change(
    client: &str,
    key: &str,
    status: OutboxStatus,
    provider: Option<String>,
    detail: Option<String>,
) -> OutboxChange {
    OutboxChange { client: client.to_owned(), key: key.to_owned(), status, provider, detail, recipients: None }
}

/// A message of which somebody outside says that it has arrived, or come back: the invoice, its key or else its channel.
struct Seen<'a>(&'a str, Option<&'a str>, Option<Channel>);

impl Seen<'_> {
    fn is(&self, message: &Departure) -> bool {
        let Seen(invoice, key, channel) = *self;
        let named = |part: &str, own: &str| part == invoice && key.is_none_or(|key| key == own);
        let others = message.others.iter().any(|other| named(&other.invoice, &other.key));
        (others || named(&message.invoice, &message.key)) && channel.is_none_or(|channel| channel == message.channel)
    }
}

/// What an incoming thing says of a message that has arrived, or come back.
fn seen(thing: &Incoming) -> Option<Seen<'_>> {
    match &thing.what {
        What::Delivered { key, channel } | What::Bounced { key, channel, .. } => {
            Some(Seen(thing.invoice.as_deref()?, key.as_deref(), *channel))
        }
        // Whatever became of a letter, it had left.
        What::Tracked(Tracked { key, status: Some(_), .. }) => {
            let channel = key.is_none().then_some(Channel::RegisteredLetter);
            Some(Seen(thing.invoice.as_deref()?, key.as_deref(), channel))
        }
        _ => None,
    }
}

/// What somebody's answer about a message in doubt changes in the outbox.
fn settled(client: &str, input: &Input) -> Option<OutboxChange> {
    let Input::Incoming { incoming: Incoming { said, what, .. }, .. } = input else { return None };
    let What::DoubtSettled { message, left, provider } = what else { return None };
    let Said { by, reason } = said.clone().unwrap_or_default();
    let status = if *left { OutboxStatus::Sent } else { OutboxStatus::Withdrawn };
    let by = by.as_deref().unwrap_or("la personne qui a vérifié");
    let reason = reason.as_ref().map(|reason| format!(" : {reason}")).unwrap_or_default();
    Some(change(client, &message.key, status, provider.clone(), Some(format!("dit par {by}{reason}"))))
}

/// Whether the step took a message for sent: what had come back before somebody said that it left stays failed.
fn has_left(answer: &OutboxChange, entries: &[Entry]) -> bool {
    entries.iter().any(|entry| matches!(&entry.event, Event::Sent { key, .. } if *key == answer.key))
}

impl Working {
    /// What the outside says of its messages, up to a moment.
    fn seen_outside(&self, to: Instant) -> Vec<Seen<'_>> {
        let things = self.loaded.world.inbox.iter().filter(|(known, _)| *known <= to);
        things.filter_map(|(_, thing)| seen(thing)).collect()
    }

    /// Who has received a message in doubt, or sent it back, settles the doubt.
    fn settle_doubts(&mut self, news: &[Input]) -> Vec<Input> {
        let things = news.iter().filter_map(|input| match input {
            Input::Incoming { incoming, .. } => seen(incoming),
            _ => None,
        });
        let seen: Vec<Seen<'_>> = things.collect();
        let known = self.in_doubt.extract_if(.., |message| seen.iter().any(|seen| seen.is(message)));
        let client = &self.loaded.world.dossier.client;
        known
            .map(|message| {
                self.outbox.push(change(client, &message.key, OutboxStatus::Sent, None, None));
                Input::Outcome { message, outcome: Outcome::Accepted }
            })
            .collect()
    }

    /// Whether something has come back for the next step to take in. What people have done waits for the file's messages, as in a simulation.
    fn is_answered(&self) -> bool {
        let outcome = |input: &Input| matches!(input, Input::Outcome { .. });
        self.out == 0 && !self.inputs.is_empty() && (self.departures.is_empty() || self.inputs.iter().any(outcome))
    }

    /// Whether a message stays ready: to be sent now, or not by this batch.
    fn is_undone(&self) -> bool {
        self.overtaken || self.answers > MAX_ANSWERS || self.out > 0 || !self.departures.is_empty()
    }

    /// What became of a message that had left, or has just been tried: a row changes once in a commit.
    fn settle(&mut self, key: &str, status: OutboxStatus, detail: Option<&String>) {
        match self.outbox.iter_mut().find(|change| change.key == key) {
            Some(change) => (change.status, change.detail) = (status, detail.cloned()),
            None => {
                let client = &self.loaded.world.dossier.client;
                self.outbox.push(change(client, key, status, None, detail.cloned()));
            }
        }
    }

    /// Steps the file through its moments until a message leaves or nothing more is due. Returns how many steps that took.
    fn advance<C: Carrier>(&mut self, runner: &Runner<'_, C>, from: Instant, to: Instant) -> u64 {
        let mut steps = 0;
        while self.out == 0 {
            let answered = self.is_answered();
            let world = &mut self.loaded.world;
            if answered {
                // What asks for itself again with each answer would go on for ever: it rests until the next run, as in a simulation.
                self.answers += 1;
                self.stalled |= self.answers > MAX_ANSWERS;
            } else {
                if self.stalled || self.overtaken || !self.departures.is_empty() {
                    return steps;
                }
                match next_moment(world.wake, world.inbox.next(), from) {
                    Some(now) if now <= to => (self.now, self.answers) = (now, 0),
                    _ => return steps,
                }
            }
            // A file's time never goes back: what a crash cut off is decided again at its own moment, not at the start of the day.
            self.now = world.dossier.clock.map_or(self.now, |clock| clock.max(self.now));
            let now = self.now;
            let mut inputs = std::mem::take(&mut self.inputs);
            let news = world.inbox.take(now);
            inputs.extend(self.settle_doubts(&news));
            inputs.extend(news);
            let world = &mut self.loaded.world;
            let (taken, later) =
                std::mem::take(&mut self.loaded.inbox_ids).into_iter().partition(|(known, _)| *known <= now);
            self.loaded.inbox_ids = later;
            let client = &world.dossier.client;
            let settled: Vec<OutboxChange> = inputs.iter().filter_map(|input| settled(client, input)).collect();
            self.taken.extend(<Vec<(Instant, String)>>::into_iter(taken).map(|(_, id)| id));
            let Step { entries, departures, withdrawn, wake, waits_for_payments } =
                step(runner.program, &mut world.dossier, now, inputs);
            steps += 1;
            world.wake = wake.map(|w| w.at);
            self.wake = wake;
            self.waits_for_payments = waits_for_payments;
            self.dirty = true;
            self.outbox.extend(
                settled.into_iter().filter(|answer| answer.status != OutboxStatus::Sent || has_left(answer, &entries)),
            );
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
            for entry in &entries {
                match &entry.event {
                    Event::Delivered { key, .. } => self.settle(key, OutboxStatus::Delivered, None),
                    Event::Tracked(news) if news.status == Some(LetterStatus::Delivered) => {
                        self.settle(&news.key, OutboxStatus::Delivered, None);
                    }
                    Event::Failed { key, reason, .. } => self.settle(key, OutboxStatus::Failed, Some(reason)),
                    _ => {}
                }
            }
            self.entries.extend(entries);
            self.departures.extend(departures);
            if !self.departures.is_empty() || self.answers > MAX_ANSWERS {
                return steps;
            }
        }
        steps
    }
}
