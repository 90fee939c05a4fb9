//! Sequences: stages that begin, contacts that leave.

use super::life::{Hold, holds};
use super::rules::{reminder_is_old, rung_day, too_little};
use super::schedule::{cap_free_on, is_open, next_opening};
use super::{Departure, MAX_ROUNDS, Worker};
use crate::day::start_of_day;
use crate::dossier::{InvoiceFile, Noted, Origin, Run, Status, contact_unit, effect_key};
use crate::eval::truth;
use crate::event::Event;
use crate::machine::{Action, Branch, Channel, Contact, Nature, Trigger};
use crate::program::{Recipient, Scenario, recipients};
use std::cmp::Reverse;

/// The order in which contacts of a client compete for the cap: reactions first, then the rung furthest from its due date, then
/// delay, amount, number; free rules last.
type Rank = (u8, Reverse<i64>, Reverse<i64>, Reverse<i64>, String, u32, usize);

struct Candidate {
    rank: Rank,
    number: String,
    run: u32,
    item: usize,
    key: String,
    unit: String,
    contact: Contact,
    noted: Option<Noted>,
}

enum Gate {
    Pass,
    Wait,
    Cancel(String),
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
        if !file.taken_over || self.is_held(file, run) {
            return;
        }
        let Some(scenario) = self.scenario(file) else { return };
        let Some(sequence) = scenario.sequence(run.rule) else { return };
        let (calendar, stage_index) = (scenario.settings().calendar, run.stage);
        if let Some(ready) = run.ready {
            if ready > self.today {
                return;
            }
            let Some(stage) = sequence.stages.get(stage_index as usize) else { return };
            let formal = |a: &Action| a.contact().is_some_and(|c| c.nature == Nature::FormalNotice);
            if run.failed && stage.items.iter().any(|item| item.0.iter().any(formal)) {
                // The chain goes on to its next contact, never to a formal notice.
                if sequence.stages.get(stage_index as usize + 1).is_some() {
                    let (stage, ready) = (stage_index + 1, self.today);
                    self.emit(Some(number), Event::StageReached { run: id, stage, ready });
                } else {
                    self.cancel(number, id, "un contact précédent a échoué : pas de mise en demeure à sa suite");
                }
                return;
            }
            let items: Vec<Option<Action>> = stage.items.iter().map(|item| item.0.first().cloned()).collect();
            self.emit(
                Some(number),
                Event::StageStarted { run: id, items: u32::try_from(items.len()).unwrap_or(u32::MAX) },
            );
            for (i, action) in items.into_iter().enumerate() {
                let key = effect_key(number, id, stage_index, i, 0);
                self.begin(number, key, action);
            }
            return;
        }
        // An item that fell back to an action that is no contact begins it here.
        let fallbacks: Vec<(String, Option<Action>)> = run
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.attempt > 0 && matches!(item.status, Status::Waiting { .. }))
            .map(|(i, item)| {
                let action = scenario.action(run.rule, stage_index, i, item.attempt).cloned();
                (effect_key(number, id, stage_index, i, item.attempt), action)
            })
            .collect();
        if run.items.iter().all(|item| item.status.is_over()) {
            let next = stage_index + 1;
            match sequence.stages.get(next as usize) {
                Some(stage) => {
                    let ready = stage.wait.map_or(self.today, |wait| wait.after(self.today, calendar).max(self.today));
                    self.emit(Some(number), Event::StageReached { run: id, stage: next, ready });
                }
                None => self.emit(Some(number), Event::RunEnded { run: id }),
            }
            return;
        }
        for (key, action) in fallbacks {
            self.begin(number, key, action);
        }
    }

    /// Does what needs no carrier; contacts stay waiting for their slot.
    fn begin(&mut self, number: &str, key: String, action: Option<Action>) {
        match action {
            Some(Action::Task { text, to }) => self.emit(Some(number), Event::Task { key, text, to, mend: None }),
            Some(Action::Alert { target }) => self.emit(Some(number), Event::Alert { key, target }),
            Some(Action::Note { text }) => self.emit(Some(number), Event::Note { key, text }),
            Some(Action::Contact(_)) | None => {}
        }
    }

    /// Whether a hold keeps the run from going on. A reaction ignores the hold that its own event created.
    fn is_held(&self, file: &InvoiceFile, run: &Run) -> bool {
        let own = match run.origin {
            Origin::Reaction(Trigger::Stop) => Some(Hold::Stop),
            Origin::Reaction(Trigger::Reply) => Some(Hold::Reply),
            Origin::Reaction(Trigger::DisputeOpened) => Some(Hold::Dispute),
            Origin::Reaction(Trigger::Reversal) => Some(Hold::Reopened),
            Origin::Reaction(Trigger::DueDateMoved) => Some(Hold::DueMoved),
            Origin::Rung(offset) | Origin::InternalRung(offset) if offset < 0 => Some(Hold::DueMoved),
            _ => None,
        };
        // What left nothing but the disputed part is an event's own hold, too, when the suspension began with it.
        let began_with_it = file.suspended_since.is_none_or(|since| since == run.started);
        let own = match run.origin {
            Origin::Reaction(
                Trigger::PartialPayment | Trigger::CreditNote | Trigger::Promise | Trigger::PaymentAnnounced,
            ) if began_with_it => Some(Hold::Dispute),
            _ => own,
        };
        holds(self.dossier, file, self.today).into_iter().any(|hold| Some(hold) != own)
    }

    /// Lets the contacts leave that may, in the order of the cap.
    fn release(&mut self) {
        let mut candidates = Vec::new();
        for (number, file) in &self.dossier.invoices {
            let Some(scenario) = self.scenario(file) else { continue };
            for run in &file.runs {
                let waiting: Vec<Candidate> = self.waiting(number, file, run, scenario);
                if waiting.is_empty() {
                    continue;
                }
                // Read for all of them on the facts as they are before the first one leaves.
                match self.gate(number, file, run, scenario, &waiting) {
                    Gate::Wait => {}
                    Gate::Pass => candidates.extend(waiting.into_iter().map(|c| (c, None))),
                    Gate::Cancel(reason) => candidates.extend(waiting.into_iter().map(|c| (c, Some(reason.clone())))),
                }
            }
        }
        candidates.sort_by(|(a, _), (b, _)| a.rank.cmp(&b.rank));
        for (candidate, cancel) in candidates {
            self.try_to_leave(candidate, cancel);
        }
    }

    fn waiting(&self, number: &str, file: &InvoiceFile, run: &Run, scenario: &Scenario) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (i, item) in run.items.iter().enumerate() {
            let Status::Waiting { from, noted, .. } = item.status else { continue };
            if from > self.now {
                continue;
            }
            let Some(Action::Contact(contact)) = scenario.action(run.rule, run.stage, i, item.attempt) else {
                continue;
            };
            let (class, distance) = match run.origin {
                Origin::Reaction(_) => (0, 0),
                Origin::Rung(offset) | Origin::InternalRung(offset) => (1, offset.abs()),
                Origin::Free => (2, 0),
            };
            let late = (self.today - file.invoice.due).num_days();
            found.push(Candidate {
                rank: (class, Reverse(distance), Reverse(late), Reverse(file.balance), number.to_owned(), run.id, i),
                number: number.to_owned(),
                run: run.id,
                item: i,
                key: effect_key(number, run.id, run.stage, i, item.attempt),
                unit: contact_unit(number, run.id, run.stage),
                contact: contact.clone(),
                noted,
            });
        }
        found
    }

    /// Reads the reason of a run again, just before a contact of it leaves.
    fn gate(&self, number: &str, file: &InvoiceFile, run: &Run, scenario: &Scenario, waiting: &[Candidate]) -> Gate {
        let asks = waiting.iter().any(|c| c.contact.nature != Nature::Information);
        let facts = self.facts(number, file);
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
        // The condition is on rungs: a reaction has its own reason.
        let rule = scenario.rule(run.rule);
        if formal && rule.is_some_and(|rule| !rule.without_prior_reminder) && !reminder_is_old(file, self.today) {
            return Gate::Wait;
        }
        let own_hold = matches!(
            run.origin,
            Origin::Reaction(Trigger::Promise | Trigger::PaymentAnnounced | Trigger::DisputeOpened)
        );
        if asks && !own_hold && too_little(scenario, &facts).is_some() {
            return Gate::Wait;
        }
        if !run.contacted
            && let Some(rule) = rule
        {
            // A due date that was moved takes the rung's day with it.
            let reached = |branch: &Branch| {
                branch.bounds.is_empty() || rung_day(branch, &facts).is_some_and(|day| day <= self.today)
            };
            if !rule.branches.iter().any(reached) {
                return Gate::Wait;
            }
            let holds =
                rule.branches.iter().any(|branch| reached(branch) && truth(&branch.guard, &facts) == Some(true));
            if !holds {
                return Gate::Cancel("la condition de la règle n’est plus vraie".to_owned());
            }
        }
        Gate::Pass
    }

    /// Lets a contact leave if the window is open and the cap allows; only then does a reason that has gone cancel it, and a missing
    /// address fail it: before, both may still change.
    fn try_to_leave(&mut self, candidate: Candidate, cancel: Option<String>) {
        let Candidate { number, run, item, key, unit, contact, noted, .. } = candidate;
        let zone = self.program.zone;
        let still = |file: &InvoiceFile| {
            file.run(run).and_then(|r| r.items.get(item)).is_some_and(|i| matches!(i.status, Status::Waiting { .. }))
        };
        let Some(file) = self.file(&number).filter(|file| still(file)) else { return };
        let Some(scenario) = self.scenario(file) else { return };
        let settings = scenario.settings();
        if !is_open(settings, zone, self.now) {
            if noted.is_none()
                && let Some(until) = next_opening(settings, zone, self.now)
                && crate::day::civil_date(until, zone) > self.today
            {
                self.emit(Some(&number), Event::Postponed { key, until, why: Noted::Window });
            }
            return;
        }
        if contact.nature != Nature::Information
            && let Some(cap) = settings.cap
        {
            // What was started together counts as one, also when a part of it is late.
            let within = |on: chrono::NaiveDate| (self.today - on).num_days() < i64::from(cap.days);
            let counted = self.dossier.contacts.iter().any(|c| c.unit == unit && within(c.on));
            let free = cap_free_on(&self.dossier.contacts, cap, self.today);
            if !counted && free > self.today {
                let until = next_opening(settings, zone, start_of_day(free, zone));
                if noted != Some(Noted::Cap)
                    && let Some(until) = until
                {
                    self.emit(Some(&number), Event::Postponed { key, until, why: Noted::Cap });
                }
                return;
            }
        }
        if let Some(reason) = cancel {
            self.cancel(&number, run, &reason);
            return;
        }
        if let Some(missing) = self.missing_address(&number, &key, &contact) {
            self.fail(&number, &key, contact.channel, contact.template.clone(), missing.to_owned());
            return;
        }
        self.leave(&number, key, unit, contact);
    }

    fn leave(&mut self, number: &str, key: String, unit: String, contact: Contact) {
        let Contact { channel, template, nature, to, copy } = contact;
        match channel {
            Channel::Email | Channel::Sms => {
                self.emit(
                    Some(number),
                    Event::Departed {
                        key: key.clone(),
                        channel,
                        template: template.clone(),
                        nature,
                        unit: unit.clone(),
                    },
                );
                let invoice = number.to_owned();
                self.out.departures.push(Departure { key, invoice, channel, template, nature, unit, to, copy });
            }
            // A call or letter is listed for a person; it counts as a reminder once it is done.
            Channel::Call | Channel::Letter => {
                self.emit(Some(number), Event::Sent { key, channel, template, nature, unit, reminder: false });
            }
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
            Channel::Letter if self.dossier.customer.address.is_none() && self.has_fallback(number, key) => {
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
