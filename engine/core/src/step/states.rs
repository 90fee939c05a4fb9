//! States of the machine: leaving one for another, and the actions of an entry.

use super::Worker;
use super::life::Start;
use crate::dossier::{Origin, OwnTask, Status};
use crate::entry::MOVED;
use crate::eval::truth;
use crate::event::Event;
use crate::facts::{Failure, InvoiceFacts};

/// An invoice that enters more states than this at one moment is in a cycle without time; the compiler refuses those, and this bounds the
/// work on any input.
const MAX_ENTRIES: usize = 50;

impl Worker<'_> {
    /// Leaves the state of an invoice for another: what is pending in the old one is cancelled, but for what `aller à` was joined to by
    /// `et`. `key` names the `aller à`; without one a person moved the invoice. `lifted`: a formal notice needs no earlier reminder.
    pub(super) fn enter(&mut self, number: &str, to: &str, key: Option<String>, reason: Option<String>, lifted: bool) {
        let Some(file) = self.file(number) else { return };
        let Some(scenario) = self.scenario(file).filter(|s| s.state(to).is_some()) else {
            let text = format!("l’étape `{to}` n’existe pas dans le scénario de la facture : sans effet");
            return self.emit(Some(number), Event::Anomaly { text });
        };
        let title = scenario.state(to).and_then(|s| s.title.clone()).unwrap_or_else(|| to.to_owned());
        let entries = self.entered.entry(number.to_owned()).or_default();
        *entries += 1;
        if *entries > MAX_ENTRIES {
            let text = "les étapes de la facture se renvoient l’une à l’autre sans fin : elle est arrêtée".to_owned();
            return self.note_failure(number, text);
        }
        let Some(file) = self.file(number) else { return };
        let from = file.state.clone();
        let leaving = key.as_deref().and_then(crate::dossier::parse_key).map(|(_, run, ..)| run);
        let pending: Vec<u32> = file
            .runs
            .iter()
            .filter(|run| run.visit == file.visit && Some(run.id) != leaving)
            .map(|run| run.id)
            .collect();
        for run in pending {
            self.cancel(number, run, &format!("passage à « {title} »"));
        }
        self.emit(Some(number), Event::StateEntered { key, from, to: to.to_owned(), reason });
        self.start_entry(number, lifted);
        self.start_clock(number);
    }

    /// Starts the clock of a state without actions of an entry.
    pub(super) fn start_clock(&mut self, number: &str) {
        if self.file(number).is_some_and(|f| f.clock.is_none() && !f.entry_pending && !f.enters()) {
            self.emit(Some(number), Event::ClockStarted);
        }
    }

    /// Starts the actions of the entry into the plan, at take-over.
    pub(super) fn enter_actions(&mut self, number: &str) {
        if self.file(number).is_some_and(|f| f.scenario.is_some()) {
            self.start_entry(number, false);
        }
    }

    pub(super) fn start_entry(&mut self, number: &str, lifted: bool) {
        let Some(file) = self.file(number) else { return };
        let Some(scenario) = self.scenario(file) else { return };
        let Some(state) = scenario.state(&file.state) else { return };
        let failure = Failure::default();
        let facts = InvoiceFacts { failure: Some(&failure), ..self.facts(number, file) };
        let origin = Origin::Entry((self.today - file.invoice.due).num_days());
        let starts: Vec<Start> = state
            .entry
            .iter()
            .filter(|entry| truth(&entry.guard, &facts) == Some(true))
            .map(|entry| Start {
                contact: entry.contact,
                lifted: lifted || entry.without_prior_reminder,
                ..Start::new(entry.key, origin)
            })
            .collect();
        let pending = file.entry_pending;
        if let Some(reason) = failure.take() {
            self.note_failure(number, reason);
            if !pending {
                self.emit(Some(number), Event::EntryHeld { held: true });
            }
            return;
        }
        if pending {
            self.emit(Some(number), Event::EntryHeld { held: false });
        }
        for start in starts {
            self.start_run(number, start);
        }
    }

    /// A person moves an invoice.
    pub(super) fn jump(&mut self, number: &str, state: &str) {
        let Some(file) = self.file(number) else { return };
        if !file.is_open() {
            let text = format!("saut à `{state}` de la facture {number}, qui est déjà soldée : sans effet");
            return self.emit(Some(number), Event::Anomaly { text });
        }
        // A scenario that a publication took away leads nowhere: the one that takes the invoice now does.
        if self.scenario(file).is_none() {
            self.follow_selection(number);
        }
        let Some(file) = self.file(number) else { return };
        let wanted = crate::schema::fold(state);
        let known = self.scenario(file).and_then(|s| s.states.iter().find(|s| crate::schema::fold(&s.name) == wanted));
        let Some(target) = known.map(|s| s.name.clone()) else {
            let text =
                format!("saut à `{state}` : le scénario de la facture {number} n’a pas cette étape : sans effet");
            return self.emit(Some(number), Event::Anomaly { text });
        };
        let said = self.saying.as_ref().is_some_and(|said| said.reason.is_some());
        self.enter(number, &target, None, (!said).then(|| MOVED.to_owned()), true);
    }

    /// A sequence of an entry ended: the clock of the state starts when all are done, and not when one failed.
    pub(super) fn entry_ended(&mut self, number: &str, well: bool, why: &str) {
        let Some(file) = self.file(number) else { return };
        if file.state == crate::machine::PLAN {
            return;
        }
        if !well && !file.entry_failed {
            let title = self
                .scenario(file)
                .and_then(|s| s.state(&file.state))
                .map(|s| s.title.clone().unwrap_or_else(|| s.name.clone()))
                .unwrap_or_else(|| file.state.clone());
            let text = format!(
                "Décider de la suite de la facture {number} : l’entrée dans « {title} » n’a pas abouti ({why})"
            );
            self.emit(Some(number), Event::EntryFailed);
            self.ask(Some(number), OwnTask::Decide, text);
            return;
        }
        if !file.enters() && !file.entry_failed && file.clock.is_none() {
            self.emit(Some(number), Event::ClockStarted);
        }
    }
}

pub(super) fn is_entry(origin: Origin) -> bool {
    matches!(origin, Origin::Entry(_))
}

/// Whether an action waits for somebody's approval.
pub(super) fn is_approving(status: &Status) -> bool {
    matches!(status, Status::Approving { .. })
}
