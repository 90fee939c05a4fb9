//! The next moment at which time alone can change anything, and why.

use super::Worker;
use super::life::{Hold, day_after, holds};
use super::rules::{FORMAL_NOTICE_DELAY, last_pre_due, rung_at, rung_day, step_day, ticks, too_little};
use super::schedule::{cap_free_on, is_open, next_opening, waits_for_payments};
use crate::day::{Instant, add_days, start_of_day};
use crate::dossier::{InvoiceFile, Origin, Status};
use crate::eval::next_change;
use crate::machine::{Action, Contact, PLAN};
use crate::program::Scenario;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// When to look at a client's file again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Wake {
    /// The moment.
    pub at: Instant,
    /// Why.
    pub reason: WakeReason,
}

/// Why a client's file is looked at again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WakeReason {
    /// An invoice is taken over.
    #[serde(rename = "prise_en_charge")]
    TakeOver,
    /// A promise, an announcement or a hold ends, or an invoice falls due.
    #[serde(rename = "delai")]
    Expiry,
    /// A rung's day comes.
    #[serde(rename = "palier")]
    Rung,
    /// A condition may change with time.
    #[serde(rename = "condition")]
    Condition,
    /// The wait of a sequence ends.
    #[serde(rename = "suite")]
    Sequence,
    /// A contact may leave.
    #[serde(rename = "envoi")]
    Slot,
}

impl Worker<'_> {
    pub(super) fn next_wake(&self) -> Option<Wake> {
        let mut next: Option<Wake> = None;
        let mut offer = |at: Instant, reason: WakeReason| {
            if at > self.now && next.is_none_or(|w| (at, reason) < (w.at, w.reason)) {
                next = Some(Wake { at, reason });
            }
        };
        let zone = self.program.zone;
        if let Some(last) = self.dossier.stopped_until {
            offer(start_of_day(day_after(last), zone), WakeReason::Expiry);
        }
        for (number, file) in &self.dossier.invoices {
            if !file.taken_over {
                offer(file.takeover, WakeReason::TakeOver);
                continue;
            }
            let tomorrow = start_of_day(day_after(self.today), zone);
            if file.broken.is_some() {
                // A script that failed is tried again at the next run, and at the latest the next day.
                offer(tomorrow, WakeReason::Condition);
            }
            if file.reselect && file.is_open() && file.state == PLAN {
                offer(tomorrow, WakeReason::Condition);
            }
            for part in &file.instalments {
                // More can be asked from its day on.
                offer(start_of_day(part.due, zone), WakeReason::Expiry);
            }
            let missed = file.instalments.iter().filter(|part| !part.missed).map(|part| part.due);
            for last in missed.chain(approvals(file)) {
                offer(start_of_day(day_after(last), zone), WakeReason::Expiry);
            }
            let ends = [
                file.rule_hold.as_ref().and_then(|hold| hold.until),
                file.stopped_until,
                file.reply_until,
                file.reopened_until,
                file.promise.as_ref().map(|p| p.until),
                file.announced.as_ref().map(|a| a.until),
                file.is_open().then(|| add_days(file.invoice.due, -1)),
            ];
            for last in ends.into_iter().flatten() {
                offer(start_of_day(day_after(last), zone), WakeReason::Expiry);
            }
            if file.is_open() {
                // Also where no scenario takes the invoice yet: another segment may have one.
                let facts = self.facts(number, file);
                for day in self.program.segments.iter().filter_map(|rule| next_change(&rule.guard, &facts)) {
                    offer(start_of_day(day, zone), WakeReason::Condition);
                }
            }
            let Some(scenario) = self.scenario(file) else { continue };
            let held = holds(self.dossier, number, file, self.today);
            if file.is_open() {
                self.rule_wakes(number, file, scenario, &mut offer);
            }
            let blocked = file.is_open() && too_little(scenario, &self.facts(number, file)).is_some();
            for run in &file.runs {
                if let Some(ready) = run.ready {
                    offer(start_of_day(ready, zone), WakeReason::Sequence);
                }
                // A rung whose day was moved waits for it.
                if file.due_moved
                    && !run.contacted
                    && let Some(rule) = scenario.rule(run.rule)
                {
                    for day in rule.branches.iter().filter_map(|b| rung_day(b, &self.facts(number, file))) {
                        offer(start_of_day(day, zone), WakeReason::Rung);
                    }
                }
                let reaction = matches!(run.origin, Origin::Reaction(_));
                let goes_on =
                    reaction || run.is_pre_due() || file.rule_hold.as_ref().is_some_and(|h| h.run == run.chain());
                if (!held.is_empty() || blocked) && !goes_on {
                    continue;
                }
                for (i, item) in run.items.iter().enumerate() {
                    if let Status::Waiting { from, .. } = item.status
                        && let Some(Action::Contact(contact)) = scenario.action(run.rule, run.stage, i, item.attempt)
                        && let Some(at) = self.slot(number, file, scenario, contact, from)
                    {
                        offer(at, WakeReason::Slot);
                    }
                }
            }
        }
        next
    }

    /// When a waiting contact is looked at again: at its moment or the next opening; when the window is open now and the contact did
    /// not leave, the cap holds it.
    fn slot(
        &self,
        number: &str,
        file: &InvoiceFile,
        scenario: &Scenario,
        contact: &Contact,
        from: Instant,
    ) -> Option<Instant> {
        let (settings, zone) = (scenario.settings(), self.program.zone);
        if from <= self.now && is_open(settings, zone, self.now) {
            let by_hand = self.program.by_hand(self.dossier, file, contact.channel);
            let waits = !by_hand && waits_for_payments(settings, self.program.payments, self.now, zone);
            if waits || self.gap(number, file, scenario, contact).is_some() {
                return next_opening(settings, zone, start_of_day(add_days(self.today, 1), zone));
            }
            let cap = settings.cap?;
            let free = cap_free_on(&self.dossier.contacts, cap, self.today).max(add_days(self.today, 1));
            return next_opening(settings, zone, start_of_day(free, zone));
        }
        next_opening(settings, zone, from.max(self.now))
    }

    fn rule_wakes(
        &self,
        number: &str,
        file: &InvoiceFile,
        scenario: &Scenario,
        offer: &mut impl FnMut(Instant, WakeReason),
    ) {
        let zone = self.program.zone;
        let facts = self.facts(number, file);
        let step_by_step = scenario.settings().step_by_step;
        let before_moved = holds(self.dossier, number, file, self.today) == [Hold::DueMoved];
        let last_pre_due = scenario.state(&file.state).filter(|_| before_moved).map(|s| last_pre_due(file, s, &facts));
        for rule in scenario.rules(&file.state).iter().filter(|rule| !file.fired.contains(&rule.key)) {
            if let Some(repeat) = &rule.repeat {
                let last = file.ticks.get(&rule.key).map_or(0, |ticks| ticks.last);
                if let Some((_, next)) = ticks(repeat, last, &facts) {
                    offer(start_of_day(next, zone), WakeReason::Rung);
                }
            }
            for branch in &rule.branches {
                match rung_at(branch, &facts) {
                    Some(at) => {
                        let step = step_day(file, &at, last_pre_due).filter(|_| step_by_step && rule.takes_part);
                        for day in step.into_iter().chain((at.day > self.today).then_some(at.day)) {
                            offer(start_of_day(day, zone), WakeReason::Rung);
                        }
                        let reachable = !rule.takes_part || at.is_reachable(file) || file.due_moved;
                        if at.day <= self.today
                            && reachable
                            && let Some(day) = next_change(&branch.guard, &facts)
                        {
                            offer(start_of_day(day, zone), WakeReason::Condition);
                        }
                    }
                    None if branch.bounds.is_empty() => {
                        if let Some(day) = next_change(&branch.guard, &facts) {
                            offer(start_of_day(day, zone), WakeReason::Condition);
                        }
                    }
                    // A bound that a script or an unknown fact gives may become known.
                    None if branch.bounds.iter().any(|bound| bound.offset.calls()) => {
                        offer(start_of_day(day_after(self.today), zone), WakeReason::Condition);
                    }
                    None => {}
                }
            }
        }
        // A formal notice, of a rung or waiting in a sequence, may follow a reminder that becomes old enough.
        if scenario.formal
            && let Some((first, _)) = file.reminders.first()
        {
            offer(start_of_day(add_days(*first, FORMAL_NOTICE_DELAY), zone), WakeReason::Rung);
        }
        if file.after_reaction
            && let Some(cap) = scenario.settings().cap
        {
            offer(start_of_day(cap_free_on(&self.dossier.contacts, cap, self.today), zone), WakeReason::Rung);
        }
    }
}

/// The last days on which the approvals that an invoice waits for can be given.
fn approvals(file: &InvoiceFile) -> impl Iterator<Item = NaiveDate> + '_ {
    file.runs.iter().flat_map(|run| &run.items).filter_map(|item| match item.status {
        Status::Approving { until, .. } => Some(until),
        _ => None,
    })
}
