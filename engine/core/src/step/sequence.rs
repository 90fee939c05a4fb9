//! Sequences: stages that begin, actions that need no carrier.

use super::life::{Hold, holds};
use super::{MAX_ROUNDS, Worker};
use crate::calendar::FRANCE;
use crate::day::add_days;
use crate::dossier::{InvoiceFile, Origin, Run, Status, effect_key};
use crate::eval::{Length, Val, value};
use crate::event::Event;
use crate::facts::{Failure, InvoiceFacts};
use crate::machine::{Action, Nature, Trigger};
use chrono::NaiveDate;

/// The day of a stage whose wait has no known length yet.
pub(super) const UNDETERMINED: NaiveDate = NaiveDate::MAX;

/// What a chain never goes on to after a contact failed for good.
pub(super) fn never_after_failure(action: &Action) -> bool {
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
        if !file.taken_over || self.failing.contains(number) {
            return;
        }
        let Some(scenario) = self.scenario(file) else { return };
        let Some(sequence) = scenario.sequence(run.rule) else { return };
        let stage_index = run.stage;
        // What answers an event without speaking to the client does not wait for the end of a hold, which it may be there to end;
        // a wait stops with the invoice.
        let held = self.is_held(number, file, run);
        let waited = sequence.stages.get(stage_index as usize).is_some_and(|stage| stage.wait.is_some());
        if held && (waited || !matches!(run.origin, Origin::Reaction(_))) {
            return;
        }
        if let Some(ready) = run.ready {
            if ready == UNDETERMINED {
                if let Some(ready) = self.stage_day(number, id, stage_index).filter(|day| *day != UNDETERMINED) {
                    self.emit(Some(number), Event::StageReached { run: id, stage: stage_index, ready });
                }
                return;
            }
            if ready > self.today || file.awaits_fallback(run) {
                return;
            }
            let Some(stage) = sequence.stages.get(stage_index as usize) else { return };
            let items = u32::try_from(stage.items.len()).unwrap_or(u32::MAX);
            self.emit(Some(number), Event::StageStarted { run: id, items });
            self.begin_items(number, id, held);
            return;
        }
        if run.items.iter().all(|item| item.status.is_over()) {
            let (left, refused, next) = (run.left, run.refused.clone(), stage_index + 1);
            let entry = file.is_entry(run).then_some(run.failed);
            if let Some(reason) = refused {
                self.cancel_run(number, id, &reason);
            } else if !left && sequence.stages.get(next as usize).is_some() {
                if let Some(ready) = self.stage_day(number, id, next) {
                    self.emit(Some(number), Event::StageReached { run: id, stage: next, ready });
                }
            } else {
                self.emit(Some(number), Event::RunEnded { run: id });
                if let Some(failed) = entry {
                    self.entry_ended(number, !failed, "un envoi a échoué");
                }
            }
            return;
        }
        self.begin_items(number, id, held);
    }

    /// Cancels a sequence for a reason of its own; when it is one of an entry, the entry has failed.
    pub(super) fn cancel_run(&mut self, number: &str, id: u32, reason: &str) {
        let entry = self.file(number).and_then(|f| f.run(id).map(|run| f.is_entry(run)));
        self.cancel(number, id, reason);
        if entry == Some(true) {
            self.entry_ended(number, false, reason);
        }
    }

    /// The day on which a stage begins, when the one before is done today; [`UNDETERMINED`] while a script or an unknown fact keeps the
    /// length of its wait from being known.
    pub(super) fn stage_day(&mut self, number: &str, id: u32, stage: u32) -> Option<NaiveDate> {
        let file = self.file(number)?;
        let run = file.run(id)?;
        let scenario = self.scenario(file)?;
        let wait = &scenario.sequence(run.rule)?.stages.get(stage as usize)?.wait;
        let Some(wait) = wait else { return Some(self.today) };
        let failure = Failure::default();
        let length = self.wait_length(number, file, run, stage, Some(&failure));
        let day = length.map(|length| length.after(self.today, &scenario.settings().calendar).max(self.today));
        if day.is_none() {
            let unknown = || format!("la durée de l’attente `{wait}` est inconnue");
            self.note_failure(number, failure.take().unwrap_or_else(unknown));
        }
        Some(day.unwrap_or(UNDETERMINED))
    }

    /// How long a run waits before a stage; `None` without a wait, and while a script or an unknown fact keeps it from being known.
    pub(super) fn wait_length(
        &self,
        number: &str,
        file: &InvoiceFile,
        run: &Run,
        stage: u32,
        failure: Option<&Failure>,
    ) -> Option<Length> {
        let wait = self.scenario(file)?.sequence(run.rule)?.stages.get(stage as usize)?.wait.as_ref()?;
        match value(wait, &InvoiceFacts { failure, state: &run.state, ..self.facts(number, file) })? {
            Val::Duration(length) => Some(length),
            _ => None,
        }
    }

    /// Asks for the approvals that a begun stage needs, unless the invoice is held, and does what needs no carrier; contacts stay waiting
    /// for their slot.
    fn begin_items(&mut self, number: &str, id: u32, held: bool) {
        let Some(file) = self.file(number) else { return };
        let (Some(run), Some(scenario)) = (file.run(id), self.scenario(file)) else { return };
        let mut asked = Vec::new();
        let mut begun = Vec::new();
        let mut left_out = Vec::new();
        for (i, item) in run.items.iter().enumerate() {
            let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) else { continue };
            if !matches!(item.status, Status::Waiting { .. }) {
                continue;
            }
            let key = effect_key(number, id, run.stage, i, item.attempt);
            if run.after_failure && never_after_failure(&attempt.action) {
                left_out.push((key, attempt.action.to_string()));
            } else if Worker::lacks_approval(file, attempt, &item.status) {
                if !held {
                    asked.push((key, attempt));
                }
            } else if attempt.action.contact().is_none() {
                begun.push((key, &attempt.action));
            }
        }
        // What is joined to an `aller à` starts before the state is left.
        begun.sort_by_key(|(_, action)| matches!(action, Action::GoTo { .. }));
        let lifted = run.lifted || matches!(run.origin, Origin::Reaction(_));
        // The chain goes on to its next contact, never to a formal notice, a hand-over or another state.
        for (key, what) in left_out {
            self.emit(Some(number), Event::LeftOut { key, what, reason: None });
        }
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
            Action::Task { text, to } => Event::Task { key, text, to, own: None },
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
    pub(super) fn is_held(&self, number: &str, file: &InvoiceFile, run: &Run) -> bool {
        let own = match run.origin {
            Origin::Reaction(Trigger::Stop) => Some(Hold::Stop),
            Origin::Reaction(Trigger::Reply) => Some(Hold::Reply),
            Origin::Reaction(Trigger::DisputeOpened) => Some(Hold::Dispute),
            Origin::Reaction(Trigger::Reversal) => Some(Hold::Reopened),
            Origin::Reaction(Trigger::DueDateMoved) => Some(Hold::DueMoved),
            _ if run.is_pre_due() => Some(Hold::DueMoved),
            _ => None,
        };
        let suspended_itself = file.rule_hold.as_ref().is_some_and(|hold| hold.run == run.chain());
        // What left nothing but the disputed part is an event's own hold, too, when the suspension began with it.
        let began_with_it = file.suspended_since.is_none_or(|since| since == run.started);
        let own = match run.origin {
            Origin::Reaction(
                Trigger::PartialPayment | Trigger::CreditNote | Trigger::Promise | Trigger::PaymentAnnounced,
            ) if began_with_it => Some(Hold::Dispute),
            _ => own,
        };
        let ignored = |hold: Hold| Some(hold) == own || (hold == Hold::Rule && suspended_itself);
        holds(self.dossier, number, file, self.today).into_iter().any(|hold| !ignored(hold))
    }
}
