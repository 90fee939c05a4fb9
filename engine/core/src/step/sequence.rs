//! Sequences: stages that begin, contacts that leave.

use super::life::{Hold, holds};
use super::rules::{reminder_is_old, rung_day, too_little};
use super::schedule::{cap_free_on, is_open, next_opening, waits_for_payments};
use super::states::is_entry;
use super::{Departure, Grouped, MAX_ROUNDS, Worker};
use crate::calendar::FRANCE;
use crate::day::{Instant, add_days, civil_date, start_of_day};
use crate::dossier::{InvoiceFile, Noted, Origin, Run, Status, contact_unit, effect_key};
use crate::eval::{Val, truth, value};
use crate::event::Event;
use crate::facts::{Failure, InvoiceFacts};
use crate::machine::{Action, Branch, Channel, Clock, Contact, Nature, Trigger};
use crate::money::Currency;
use crate::program::{Recipient, Scenario, recipients};
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// The order in which contacts of a client compete for the cap: reactions first, then the rung furthest from its due date, then
/// delay, amount, number; free rules last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u8, Reverse<i64>, Reverse<i64>, Reverse<i64>, String, u32, usize);

/// A contact that may leave, or is to be cancelled when its slot comes, and why.
type Releasable = (Candidate, Option<String>);

enum Slot {
    Now,
    Later { until: Option<Instant>, why: Noted },
    Gone,
}

struct Candidate {
    rank: Rank,
    number: String,
    run: u32,
    item: usize,
    key: String,
    unit: String,
    contact: Contact,
    noted: Option<Noted>,
    /// With `regrouper par client`: what it can be grouped with.
    group: Option<GroupClass>,
}

/// Contacts of one client that leave in one slot become one when all of this is the same.
#[derive(Clone, PartialEq, Eq)]
struct GroupClass {
    channel: Channel,
    to: Vec<String>,
    copy: Vec<String>,
    currency: Currency,
    kind: GroupKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupKind {
    PreDue,
    Reminder,
    Information,
    FormalNotice,
}

enum Gate {
    Pass,
    Wait,
    Cancel(String),
    Broken(String),
}

/// The day of a stage whose wait has no known length yet.
pub(super) const UNDETERMINED: NaiveDate = NaiveDate::MAX;

/// What a chain never goes on to after a contact failed for good.
fn never_after_failure(action: &Action) -> bool {
    match action {
        Action::GoTo { .. } | Action::HandOver { .. } => true,
        _ => action.contact().is_some_and(|c| c.nature == Nature::FormalNotice),
    }
}

impl Worker<'_> {
    /// Lets sequences go on until nothing more moves at this moment.
    pub(super) fn run_sequences(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let before = self.out.entries.len();
            for number in self.numbers() {
                let runs: Vec<u32> =
                    self.file(&number).map(|f| f.runs.iter().map(|r| r.id).collect()).unwrap_or_default();
                for run in runs {
                    self.advance(&number, run);
                }
            }
            self.release();
            self.react();
            if self.out.entries.len() == before {
                break;
            }
        }
    }

    /// Begins a stage whose day has come, or goes on to the next when all of it is done.
    fn advance(&mut self, number: &str, id: u32) {
        let Some(file) = self.file(number) else { return };
        let Some(run) = file.run(id) else { return };
        if !file.taken_over || file.broken.is_some() || self.is_held(file, run) {
            return;
        }
        let Some(scenario) = self.scenario(file) else { return };
        let Some(sequence) = scenario.sequence(run.rule) else { return };
        let stage_index = run.stage;
        if let Some(ready) = run.ready {
            if ready == UNDETERMINED {
                if let Some(ready) = self.stage_day(number, id, stage_index).filter(|day| *day != UNDETERMINED) {
                    self.emit(Some(number), Event::StageReached { run: id, stage: stage_index, ready });
                }
                return;
            }
            if ready > self.today {
                return;
            }
            let Some(stage) = sequence.stages.get(stage_index as usize) else { return };
            if run.failed && stage.actions().any(never_after_failure) {
                // The chain goes on to its next contact, never to a formal notice, a hand-over or another state.
                if sequence.stages.get(stage_index as usize + 1).is_some() {
                    let (stage, ready) = (stage_index + 1, self.today);
                    self.emit(Some(number), Event::StageReached { run: id, stage, ready });
                } else {
                    self.cancel(number, id, "un contact précédent a échoué : ni mise en demeure, ni transmission, ni changement d’étape à sa suite");
                }
                return;
            }
            let items = u32::try_from(stage.items.len()).unwrap_or(u32::MAX);
            self.emit(Some(number), Event::StageStarted { run: id, items });
            self.begin_items(number, id);
            return;
        }
        if run.items.iter().all(|item| item.status.is_over()) {
            let (left, refused, next) = (run.left, run.refused.clone(), stage_index + 1);
            if let Some(reason) = refused {
                self.cancel(number, id, &reason);
            } else if !left && sequence.stages.get(next as usize).is_some() {
                if let Some(ready) = self.stage_day(number, id, next) {
                    self.emit(Some(number), Event::StageReached { run: id, stage: next, ready });
                }
            } else {
                let entry = (is_entry(run.origin) && run.state == file.state).then_some(run.failed);
                self.emit(Some(number), Event::RunEnded { run: id });
                if let Some(failed) = entry {
                    self.entry_ended(number, !failed, "un envoi a échoué");
                }
            }
            return;
        }
        self.begin_items(number, id);
    }

    /// The day on which a stage begins, when the one before is done today; [`UNDETERMINED`] while a script or an unknown fact keeps the
    /// length of its wait from being known.
    pub(super) fn stage_day(&mut self, number: &str, id: u32, stage: u32) -> Option<NaiveDate> {
        let file = self.file(number)?;
        let run = file.run(id)?;
        let wait = &self.scenario(file)?.sequence(run.rule)?.stages.get(stage as usize)?.wait;
        let Some(wait) = wait else { return Some(self.today) };
        let failure = Failure::default();
        let facts = InvoiceFacts { failure: Some(&failure), state: &run.state, ..self.facts(number, file) };
        let day = match value(wait, &facts) {
            Some(Val::Duration(length)) => Some(length.after(self.today, facts.calendar).max(self.today)),
            _ => None,
        };
        if day.is_none() {
            let unknown = || format!("la durée de l’attente `{wait}` est inconnue");
            self.note_failure(number, failure.take().unwrap_or_else(unknown));
        }
        Some(day.unwrap_or(UNDETERMINED))
    }

    /// Asks for the approvals that a begun stage needs, and does what needs no carrier; contacts stay waiting for their slot.
    fn begin_items(&mut self, number: &str, id: u32) {
        let Some(file) = self.file(number) else { return };
        let (Some(run), Some(scenario)) = (file.run(id), self.scenario(file)) else { return };
        let mut asked = Vec::new();
        let mut begun = Vec::new();
        for (i, item) in run.items.iter().enumerate() {
            let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) else { continue };
            if !matches!(item.status, Status::Waiting { .. }) {
                continue;
            }
            let key = effect_key(number, id, run.stage, i, item.attempt);
            if Worker::lacks_approval(file, attempt, &item.status) {
                asked.push((key, attempt));
            } else if attempt.action.contact().is_none() {
                begun.push((key, &attempt.action));
            }
        }
        // What is joined to an `aller à` starts before the state is left.
        begun.sort_by_key(|(_, action)| matches!(action, Action::GoTo { .. }));
        let lifted = run.lifted || matches!(run.origin, Origin::Reaction(_));
        for (key, attempt) in asked {
            self.ask_approval(number, key, attempt);
        }
        for (key, action) in begun {
            self.begin(number, key, action, lifted);
        }
    }

    fn begin(&mut self, number: &str, key: String, action: &Action, lifted: bool) {
        let event = match action.clone() {
            Action::Contact(_) => return,
            Action::Task { text, to } => Event::Task { key, text, to, mend: None },
            Action::Alert { target } => Event::Alert { key, target, text: None },
            Action::Note { text } => Event::Note { key, text },
            Action::HandOver { target } => Event::HandedOver { key, target },
            Action::Continue => Event::Continued { key },
            Action::Resume => Event::RuleResumed { key: Some(key) },
            Action::Suspend { length } => {
                let calendar =
                    self.file(number).and_then(|f| self.scenario(f)).map_or(&FRANCE, |s| &s.settings().calendar);
                let until = length.map(|length| add_days(length.after(self.today, calendar), -1));
                Event::RuleSuspended { key, until }
            }
            Action::GoTo { state } => return self.enter(number, &state, Some(key), None, lifted),
        };
        self.emit(Some(number), event);
    }

    /// Whether a hold keeps the run from going on. A reaction ignores the hold that its own event created.
    fn is_held(&self, file: &InvoiceFile, run: &Run) -> bool {
        let own = match run.origin {
            Origin::Reaction(Trigger::Stop) => Some(Hold::Stop),
            Origin::Reaction(Trigger::Reply) => Some(Hold::Reply),
            Origin::Reaction(Trigger::DisputeOpened) => Some(Hold::Dispute),
            Origin::Reaction(Trigger::Reversal) => Some(Hold::Reopened),
            Origin::Reaction(Trigger::DueDateMoved) => Some(Hold::DueMoved),
            _ if run.is_pre_due() => Some(Hold::DueMoved),
            _ => None,
        };
        let suspended_itself = file.rule_hold.as_ref().is_some_and(|hold| hold.run == run.id);
        // What left nothing but the disputed part is an event's own hold, too, when the suspension began with it.
        let began_with_it = file.suspended_since.is_none_or(|since| since == run.started);
        let own = match run.origin {
            Origin::Reaction(
                Trigger::PartialPayment | Trigger::CreditNote | Trigger::Promise | Trigger::PaymentAnnounced,
            ) if began_with_it => Some(Hold::Dispute),
            _ => own,
        };
        let ignored = |hold: Hold| Some(hold) == own || (hold == Hold::Rule && suspended_itself);
        holds(self.dossier, file, self.today).into_iter().any(|hold| !ignored(hold))
    }

    /// Lets the contacts leave that may, in the order of the cap.
    fn release(&mut self) {
        let mut candidates = Vec::new();
        let mut failures = Vec::new();
        for (number, file) in self.dossier.invoices.iter().filter(|(_, file)| file.broken.is_none()) {
            let Some(scenario) = self.scenario(file) else { continue };
            for run in &file.runs {
                let waiting: Vec<Candidate> = self.waiting(number, file, run, scenario);
                if waiting.is_empty() {
                    continue;
                }
                // Read for all of them on the facts as they are before the first one leaves.
                match self.gate(number, file, run, scenario, &waiting) {
                    Gate::Wait => {}
                    Gate::Broken(reason) => failures.push((number.clone(), reason)),
                    Gate::Pass => candidates.extend(waiting.into_iter().map(|c| (c, None))),
                    Gate::Cancel(reason) => candidates.extend(waiting.into_iter().map(|c| (c, Some(reason.clone())))),
                }
            }
        }
        candidates.sort_by(|(a, _), (b, _)| a.rank.cmp(&b.rank));
        let mut left = VecDeque::from(candidates);
        while let Some((candidate, cancel)) = left.pop_front() {
            self.try_to_leave(candidate, cancel, &mut left);
        }
        for (number, reason) in failures {
            self.note_failure(&number, reason);
        }
    }

    fn waiting(&self, number: &str, file: &InvoiceFile, run: &Run, scenario: &Scenario) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (i, item) in run.items.iter().enumerate() {
            let Status::Waiting { from, noted, .. } = item.status else { continue };
            if from > self.now {
                continue;
            }
            let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) else { continue };
            let Action::Contact(contact) = &attempt.action else { continue };
            if Worker::lacks_approval(file, attempt, &item.status) {
                continue;
            }
            let (class, distance) = match run.origin {
                Origin::Reaction(_) => (0, 0),
                Origin::Rung(offset) | Origin::InternalRung(offset) | Origin::Entry(offset) => (1, offset.abs()),
                Origin::Free => (2, 0),
            };
            let group = scenario.settings().group.then(|| GroupClass {
                channel: contact.channel,
                to: contact.to.clone(),
                copy: contact.copy.clone(),
                currency: file.invoice.currency(),
                kind: match contact.nature {
                    Nature::Reminder if run.is_pre_due() => GroupKind::PreDue,
                    Nature::Reminder => GroupKind::Reminder,
                    Nature::Information => GroupKind::Information,
                    Nature::FormalNotice => GroupKind::FormalNotice,
                },
            });
            let late = (self.today - file.invoice.due).num_days();
            found.push(Candidate {
                rank: Rank(
                    class,
                    Reverse(distance),
                    Reverse(late),
                    Reverse(file.balance),
                    number.to_owned(),
                    run.id,
                    i,
                ),
                number: number.to_owned(),
                run: run.id,
                item: i,
                key: effect_key(number, run.id, run.stage, i, item.attempt),
                unit: contact_unit(number, run.id, run.stage),
                contact: contact.clone(),
                noted,
                group,
            });
        }
        found
    }

    /// Reads the reason of a run again, just before a contact of it leaves.
    fn gate(&self, number: &str, file: &InvoiceFile, run: &Run, scenario: &Scenario, waiting: &[Candidate]) -> Gate {
        let asks = waiting.iter().any(|c| c.contact.nature != Nature::Information);
        let failure = Failure::default();
        let facts = InvoiceFacts { failure: Some(&failure), state: &run.state, ..self.facts(number, file) };
        if let Origin::Reaction(trigger) = run.origin
            && !run.contacted
            && let Some(reason) = cause_is_gone(trigger, file)
        {
            return Gate::Cancel(reason);
        }
        if !file.is_open() {
            // A cause never cancels its own message: a thank-you does not die of a zero balance.
            let survives =
                matches!(run.origin, Origin::Reaction(Trigger::Settled | Trigger::PromiseKept | Trigger::CreditNote));
            return if survives || (!asks && matches!(run.origin, Origin::Reaction(_))) {
                Gate::Pass
            } else {
                Gate::Cancel("la facture est soldée".to_owned())
            };
        }
        if self.is_held(file, run) {
            return Gate::Wait;
        }
        let formal = waiting.iter().any(|c| c.contact.nature == Nature::FormalNotice);
        // The condition is on rungs, and on the entries that they lead to: a reaction has its own reason.
        let rule = scenario.rule(run.rule);
        let asks_reminder = rule.is_some() || is_entry(run.origin);
        if formal && asks_reminder && !run.lifted && !reminder_is_old(file, self.today) {
            return Gate::Wait;
        }
        let own_hold = matches!(
            run.origin,
            Origin::Reaction(Trigger::Promise | Trigger::PaymentAnnounced | Trigger::DisputeOpened)
        );
        if asks && !own_hold && too_little(scenario, &facts).is_some() {
            return Gate::Wait;
        }
        if !run.contacted {
            // A due date that was moved takes the rung's day with it; the clock of a state has run already.
            let reached = |branch: &Branch| {
                let due_only = branch.bounds.iter().all(|bound| bound.clock == Clock::Due);
                !due_only || branch.bounds.is_empty() || rung_day(branch, &facts).is_some_and(|day| day <= self.today)
            };
            if rule.is_some_and(|rule| !rule.branches.iter().any(reached)) {
                return Gate::Wait;
            }
            let holds = |guard| truth(guard, &facts) == Some(true);
            let holds = match (rule, scenario.entry(run.rule)) {
                (Some(rule), _) => rule.branches.iter().any(|branch| reached(branch) && holds(&branch.guard)),
                (None, Some(entry)) => holds(&entry.guard),
                (None, None) => true,
            };
            if let Some(reason) = failure.take() {
                return Gate::Broken(reason);
            }
            if !holds {
                return Gate::Cancel("la condition de la règle n’est plus vraie".to_owned());
            }
        }
        Gate::Pass
    }

    /// Lets a contact leave if the window is open and the cap allows; only then does a reason that has gone cancel it, and a missing
    /// address fail it: before, both may still change.
    fn try_to_leave(&mut self, candidate: Candidate, cancel: Option<String>, left: &mut VecDeque<Releasable>) {
        match self.slot_for(&candidate) {
            Slot::Now => {}
            Slot::Gone => return,
            Slot::Later { until, why } => {
                self.out.waits_for_payments |= why == Noted::Payments;
                if candidate.noted != Some(why)
                    && (why != Noted::Window || candidate.noted.is_none())
                    && let Some(until) = until
                    && (why != Noted::Window || civil_date(until, self.program.zone) > self.today)
                {
                    let key = candidate.key;
                    self.emit(Some(&candidate.number), Event::Postponed { key, until, why });
                }
                return;
            }
        }
        if let Some(reason) = cancel {
            return self.cancel_for(&candidate, &reason);
        }
        if !self.has_address(&candidate) {
            return;
        }
        let mut together = vec![candidate];
        if let Some(class) = together.first().and_then(|first| first.group.clone()) {
            let others = left.iter().filter(|(c, cancel)| cancel.is_none() && c.group.as_ref() == Some(&class));
            let others: Vec<String> = others.map(|(c, _)| c.key.clone()).collect();
            for key in others {
                let Some(at) = left.iter().position(|(c, _)| c.key == key) else { continue };
                // Its own invoice may wait for what this one does not: other days, or payments.
                let open = left
                    .get(at)
                    .is_some_and(|(c, _)| matches!(self.slot_for(c), Slot::Now | Slot::Later { why: Noted::Cap, .. }));
                if open
                    && let Some((other, _)) = left.remove(at)
                    && self.has_address(&other)
                {
                    together.push(other);
                }
            }
        }
        self.leave(together);
    }

    fn cancel_for(&mut self, candidate: &Candidate, reason: &str) {
        let entry = self
            .file(&candidate.number)
            .and_then(|f| f.run(candidate.run).map(|run| is_entry(run.origin) && run.state == f.state));
        self.cancel(&candidate.number, candidate.run, reason);
        if entry == Some(true) {
            self.entry_ended(&candidate.number, false, reason);
        }
    }

    /// Whether a contact that still waits may leave now, as far as time, payments and the cap go.
    fn slot_for(&self, candidate: &Candidate) -> Slot {
        let zone = self.program.zone;
        let Some(file) = self.file(&candidate.number) else { return Slot::Gone };
        let item = file.run(candidate.run).and_then(|run| run.items.get(candidate.item));
        if !item.is_some_and(|item| matches!(item.status, Status::Waiting { .. })) {
            return Slot::Gone;
        }
        let Some(scenario) = self.scenario(file) else { return Slot::Gone };
        let settings = scenario.settings();
        if !is_open(settings, zone, self.now) {
            return Slot::Later { until: next_opening(settings, zone, self.now), why: Noted::Window };
        }
        if waits_for_payments(&candidate.contact, settings, self.program.payments, self.now, zone) {
            let tomorrow = start_of_day(add_days(self.today, 1), zone);
            return Slot::Later { until: next_opening(settings, zone, tomorrow), why: Noted::Payments };
        }
        if candidate.contact.nature != Nature::Information
            && let Some(cap) = settings.cap
        {
            // What was started together counts as one, also when a part of it is late.
            let within = |on: NaiveDate| (self.today - on).num_days() < i64::from(cap.days);
            let counted = self.dossier.contacts.iter().any(|c| c.unit == candidate.unit && within(c.on));
            let free = cap_free_on(&self.dossier.contacts, cap, self.today);
            if !counted && free > self.today {
                return Slot::Later { until: next_opening(settings, zone, start_of_day(free, zone)), why: Noted::Cap };
            }
        }
        Slot::Now
    }

    /// Whether the contact can reach somebody; when not, it has failed for good.
    fn has_address(&mut self, candidate: &Candidate) -> bool {
        let Candidate { number, key, contact, .. } = candidate;
        let Some(missing) = self.missing_address(number, key, contact) else { return true };
        self.fail(number, key, contact.channel, contact.template.clone(), missing.to_owned());
        false
    }

    /// The template of a contact; a script may choose it.
    fn template(&self, candidate: &Candidate) -> Result<Option<String>, String> {
        let Some(choice) = &candidate.contact.choice else { return Ok(candidate.contact.template.clone()) };
        let Some(file) = self.file(&candidate.number) else { return Ok(None) };
        let failure = Failure::default();
        let facts = InvoiceFacts { failure: Some(&failure), ..self.facts(&candidate.number, file) };
        match value(&choice.call, &facts) {
            Some(Val::Text(name)) if choice.among.iter().any(|known| *known == name) => Ok(Some(name.into_owned())),
            Some(other) => Err(format!(
                "`{}` a choisi le modèle « {} », qui n’est pas dans sa liste : {}",
                choice.call,
                other.french(),
                choice.among.join(", ")
            )),
            None => Err(failure.take().unwrap_or_else(|| format!("`{}` n’a pas choisi de modèle", choice.call))),
        }
    }

    /// Lets contacts of one client leave as one.
    fn leave(&mut self, together: Vec<Candidate>) {
        let mut ready = Vec::new();
        for candidate in together {
            match self.template(&candidate) {
                Ok(template) => ready.push((candidate, template)),
                Err(reason) => self.note_failure(&candidate.number, reason),
            }
        }
        // The highest tone among them speaks; then delay, amount and number decide.
        let rank = |(c, _): &(Candidate, Option<String>)| {
            let Rank(_, _, late, balance, number, run, item) = c.rank.clone();
            (Reverse(c.contact.tone), late, balance, number, run, item)
        };
        ready.sort_by_key(rank);
        let Some((first, template)) = ready.first() else { return };
        let leader = first.key.clone();
        let unit = first.unit.clone();
        let Contact { channel, nature, to, copy, .. } = first.contact.clone();
        let (invoice, template) = (first.number.clone(), template.clone());
        let mut others = Vec::new();
        for (i, (candidate, own)) in ready.iter().enumerate() {
            let within = (i > 0).then(|| leader.clone());
            let (key, template) = (candidate.key.clone(), if i > 0 { own.clone() } else { template.clone() });
            let unit = unit.clone();
            let event = if channel.by_hand() {
                // A call or letter is listed for a person; it counts as a reminder once it is done.
                Event::Sent { key, channel, template, nature, unit, reminder: false, within }
            } else {
                Event::Departed { key, channel, template, nature, unit, within }
            };
            if i > 0 {
                others.push(Grouped { invoice: candidate.number.clone(), key: candidate.key.clone() });
            }
            self.emit(Some(&candidate.number), event);
        }
        if !channel.by_hand() {
            let departure = Departure { key: leader, invoice, channel, template, nature, unit, others, to, copy };
            self.out.departures.push(departure);
        }
    }

    /// Why a contact cannot reach anybody, in French.
    fn missing_address(&self, number: &str, key: &str, contact: &Contact) -> Option<&'static str> {
        let (to, _) = recipients(&self.dossier.customer, &self.program.people, contact);
        let any = |has: fn(&Recipient) -> bool| to.iter().any(has);
        match contact.channel {
            Channel::Email if !any(|r| r.email.is_some()) => Some("aucune adresse électronique n’est connue"),
            Channel::Sms | Channel::Call if !any(|r| r.phone.is_some()) => {
                Some("aucun numéro de téléphone n’est connu")
            }
            // Whoever posts the letter can find an address that the data lacks; a fallback says what to do instead.
            Channel::Letter | Channel::RegisteredLetter
                if self.dossier.customer.address.is_none() && self.has_fallback(number, key) =>
            {
                Some("aucune adresse postale n’est connue")
            }
            _ => None,
        }
    }
}

/// Why the cause of a reaction no longer holds, in French.
fn cause_is_gone(trigger: Trigger, file: &InvoiceFile) -> Option<String> {
    let gone = match trigger {
        Trigger::Settled => file.is_open().then_some("la facture n’est plus soldée"),
        Trigger::DisputeOpened => file.disputes.is_empty().then_some("le litige est clos"),
        Trigger::PartialPayment => (!file.is_open()).then_some("la facture est soldée"),
        Trigger::Promise => file.promise.is_none().then_some("la promesse ne court plus"),
        Trigger::PromiseBroken => file.promise.is_some().then_some("une nouvelle promesse court"),
        Trigger::Stop => file.stopped.is_none().then_some("les relances ont repris"),
        Trigger::Resume => file.stopped.is_some().then_some("les relances sont de nouveau arrêtées"),
        _ => None,
    };
    gone.map(str::to_owned)
}
