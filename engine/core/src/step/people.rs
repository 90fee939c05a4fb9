//! What people do to a client's file: stopping and resuming, comments, segments, waivers, hand-overs, tasks.

use super::Worker;
use super::life::day_after;
use super::selection::Due;
use crate::dossier::OwnTask;
use crate::entry::{ALL_STOPPED, STOPPED};
use crate::event::{Comment, Event, Resuming, SegmentChoice, Stopping, Waiving};
use crate::incoming::{DoneResult, Waived};
use crate::machine::Trigger;
use crate::program::Scenario;
use crate::said;
use chrono::NaiveDate;

impl Worker<'_> {
    /// A person stops the reminders, for good or until a day. The last word counts: what was planned by an earlier one is forgotten.
    pub(super) fn stop(&mut self, number: Option<&str>, until: Option<NaiveDate>) {
        let own = self.saying.as_ref().and_then(|said| said.reason.clone());
        let reason = own.unwrap_or_else(|| if number.is_some() { STOPPED } else { ALL_STOPPED }.to_owned());
        self.emit(number, Event::Stopped(Stopping { reason, until }));
    }

    /// Ends the stop of a whole client; an invoice that is stopped by itself stays so.
    pub(super) fn resume_client(&mut self, catch_up: bool) {
        if self.dossier.stopped.is_none() {
            return;
        }
        self.emit(None, Event::Resumed(Resuming::default()));
        if !catch_up {
            self.pass_over_all(|worker, number, scenario| worker.already_due(number, Some(scenario), false));
        }
        self.trigger_all(Trigger::Resume);
    }

    /// What came due on the invoices that nothing else stops is not to fire any more.
    fn pass_over_all(&mut self, due: impl Fn(&mut Self, &str, &Scenario) -> Due) {
        for number in self.numbers() {
            let running = self.file(&number).filter(|f| f.is_open() && f.taken_over && f.stopped.is_none());
            let Some(scenario) = running.and_then(|file| self.scenario(file)) else { continue };
            let (skipped, rungs, position) = due(self, &number, scenario);
            if !skipped.is_empty() {
                self.emit(Some(&number), Event::PassedOver { skipped, position });
            }
            self.list(&number, rungs);
        }
    }

    fn list(&mut self, number: &str, rungs: Vec<i64>) {
        for rung in rungs {
            self.emit(Some(number), Event::RungSkipped { rung });
        }
    }

    /// A person resumes the reminders of an invoice.
    pub(super) fn resume(&mut self, number: &str, catch_up: bool, history: bool) {
        let Some(file) = self.file(number) else { return };
        if file.stopped.is_none() && !file.rule_hold.as_ref().is_some_and(|hold| hold.holds(self.today)) {
            return;
        }
        let (skipped, rungs, position) = if catch_up {
            (Vec::new(), Vec::new(), file.position)
        } else {
            self.already_due(number, self.scenario(file), false)
        };
        self.emit(Some(number), Event::Resumed(Resuming { skipped, position, ..Resuming::default() }));
        self.list(number, rungs);
        self.trigger(number, Trigger::Resume, history);
    }

    /// Pauses whose last day has gone end: what came due in them is skipped, what comes due from the next day on is not, also when that is
    /// looked at days later.
    pub(super) fn end_pauses(&mut self) {
        if let Some(until) = self.dossier.stopped_until.filter(|until| self.today > *until) {
            self.emit(None, Event::Resumed(Resuming { pause: Some(until), ..Resuming::default() }));
            self.pass_over_all(|worker, number, scenario| worker.due_in_pause(number, Some(scenario), until));
            self.trigger_all(Trigger::Resume);
        }
        for number in self.numbers() {
            let Some(file) = self.file(&number).filter(|file| file.is_open() && file.taken_over) else { continue };
            let Some(until) = file.stopped_until.filter(|until| self.today > *until) else { continue };
            let scenario = self.scenario(file);
            let (skipped, rungs, position) = self.due_in_pause(&number, scenario, until);
            let pause = Some(until);
            self.emit(Some(&number), Event::Resumed(Resuming { skipped, position, reason: None, pause }));
            self.list(&number, rungs);
            self.trigger(&number, Trigger::Resume, false);
        }
    }

    /// What came due by the last day of a pause.
    fn due_in_pause(&mut self, number: &str, scenario: Option<&Scenario>, until: NaiveDate) -> Due {
        let today = std::mem::replace(&mut self.today, until);
        let due = self.due_when_resumed(number, scenario, false, day_after(until));
        self.today = today;
        due
    }

    /// The day from which a pause that ended at this moment no longer held an invoice.
    pub(super) fn pause_ended(&self, number: &str) -> Option<NaiveDate> {
        let about = |own: Option<&str>| own.is_none_or(|own| own == number);
        let ends = self.out.entries.iter().filter(|entry| about(entry.invoice.as_deref()));
        let days = ends.filter_map(|entry| match &entry.event {
            Event::Resumed(Resuming { pause, .. }) => pause.map(day_after),
            _ => None,
        });
        days.max()
    }

    pub(super) fn comment(&mut self, number: Option<&str>, text: &str) {
        if let Some(text) = said::text(text) {
            self.emit(number, Event::Commented(Comment { text }));
        }
    }

    /// A person says in which segment the client is, or that data and rules say it again.
    pub(super) fn choose_segment(&mut self, segment: Option<&str>) {
        let segment = segment.map(str::to_owned);
        if self.dossier.chosen_segment.as_ref().map(|chosen| &chosen.segment) != segment.as_ref() {
            self.emit(None, Event::SegmentChosen(SegmentChoice { segment }));
        }
    }

    pub(super) fn waive(&mut self, number: &str, what: Waived, on: NaiveDate, taken_back: bool) {
        self.emit(Some(number), Event::Waived(Waiving { what, on, taken_back }));
    }

    /// The debt is handed over: as with `transmettre`, whoever got it is told of payments, and nothing else follows. What is pending goes
    /// on, unless the person stops it or moves the invoice to a state that does.
    pub(super) fn hand_over(&mut self, number: &str, target: &str) {
        if !self.file(number).is_some_and(|file| file.is_open()) {
            return self.pointless(number, "transmission");
        }
        self.emit(Some(number), Event::HandedOver { key: String::new(), target: target.to_owned() });
    }

    pub(super) fn ask_colleague(&mut self, number: Option<&str>, id: &str, text: &str, to: Option<&str>) {
        let Some(text) = said::text(text) else { return };
        let (key, to) = (id.to_owned(), to.map(str::to_owned));
        self.emit(number, Event::Task { key, text, to, own: Some(OwnTask::Asked) });
    }

    /// Whether that no rule asked for the task which is said to be done.
    pub(super) fn own_task_meant(&self, number: Option<&str>, key: Option<&str>) -> bool {
        (key.is_some() || number.is_none()) && self.dossier.own_task(number, key).is_some()
    }

    /// A task that no rule asked for is done: nothing waits for it.
    pub(super) fn own_task_done(&mut self, invoice: Option<&str>, key: String, result: DoneResult) {
        let unit = String::new();
        let event = Event::Completed { key, result, over: true, channel: None, reminder: false, unit, told: None };
        self.emit(invoice, event);
    }
}
