//! Which rules fire: reactions, rungs, free rules, rules that repeat.

use crate::evaluate::{collectable, holds, notice_allowed, value};
use crate::findings::{EARLY_RUNGS_SKIP_BY_THEMSELVES, WAIT_AFTER_REACTION_ENDS};
use crate::model::{Naive, Origin};
use chrono::NaiveDate;
use relance_core::day::{Span, end_of_month};
use relance_core::machine::{Action, Branch, Clock, Expr, Machine, Nature, Reaction, Rule, Sequence, Trigger, Value};

/// Whether a rule takes part in the choice of the rung: it contacts the client or leaves the state.
pub fn chooses(sequence: &Sequence) -> bool {
    sequence.actions().any(|a| a.contact().is_some() || matches!(a, Action::GoTo { .. }))
}

/// Whether the sequence leads to a formal notice before any other contact, also through the entry of a state.
fn leads_to_notice(machine: &Machine, sequence: &Sequence, depth: usize) -> bool {
    for stage in &sequence.stages {
        let contacts: Vec<_> = stage.actions().filter_map(Action::contact).collect();
        if contacts.iter().any(|c| c.nature == Nature::FormalNotice) {
            return true;
        }
        for action in stage.actions() {
            if let (Action::GoTo { state }, true) = (action, depth < 8)
                && let Some(target) = machine.state(state)
                && target.entry.iter().any(|e| leads_to_notice(machine, &e.sequence, depth + 1))
            {
                return true;
            }
        }
        if !contacts.is_empty() {
            return false;
        }
    }
    false
}

impl<'a> Naive<'a> {
    /// The day of a rung; none when a clock has not started or a fact is unknown.
    pub fn day(&self, i: usize, branch: &Branch) -> Option<(NaiveDate, Clock)> {
        let inv = &self.file.invoices[i];
        let calendar = self.settings(i).calendar;
        let mut latest: Option<(NaiveDate, Clock)> = None;
        for bound in &branch.bounds {
            let origin = match bound.clock {
                Clock::Due => inv.due,
                Clock::State => inv.clock?,
            };
            let Some(Value::Duration(span)) = value(&bound.offset, &self.facts, i, &calendar) else { return None };
            let mut day = span.after(origin, &calendar) + chrono::TimeDelta::days(bound.extra_days);
            if bound.end_of_month {
                day = end_of_month(day);
            }
            if latest.is_none_or(|(known, _)| day > known) {
                latest = Some((day, bound.clock));
            }
        }
        latest
    }

    fn offset(&self, i: usize, day: NaiveDate) -> i64 {
        (day - self.file.invoices[i].due).num_days()
    }

    fn true_now(&self, i: usize, guard: &Expr) -> bool {
        holds(guard, &self.facts, i, &self.settings(i).calendar)
    }

    /// Fires the rungs of an invoice that are due, as the scenario's way of catching up says.
    pub fn rungs(&mut self, i: usize) {
        let (Some(machine), Some(state)) = (self.machine(i), self.state(i)) else { return };
        self.skip_before_due(i, &state.rules);
        if state.is_final || self.file.invoices[i].balance == 0 {
            return;
        }
        let today = self.file.today;
        let only_before_due = self.not_yet_due_again(i);
        if self.held(i, Some(Trigger::DueDateMoved), None) {
            return;
        }
        // Rules that take no part in the choice.
        for rule in &state.rules {
            if chooses(&rule.sequence) || rule.repeat.is_some() || self.file.invoices[i].progress.fired.contains(&rule.id) {
                continue;
            }
            for branch in &rule.branches {
                let Some((day, clock)) = self.day(i, branch) else { continue };
                let rung = self.offset(i, day);
                let in_time = if rung < 0 && clock == Clock::Due { today < self.file.invoices[i].due } else { !only_before_due };
                if day <= today && in_time && self.true_now(i, &branch.guard) {
                    self.fire(i, rule.id, Origin::Internal(rung, clock), rule.without_prior_reminder);
                    break;
                }
            }
        }
        // The choice.
        let minimum = machine.settings.minimum.map_or(0, |m| if m.currency == self.file.invoices[i].data.currency() { m.cents } else { 0 });
        if collectable(&self.file, i) <= minimum || self.waits_for_reaction(i) {
            return;
        }
        let position = self.file.invoices[i].progress.position;
        let mut candidates: Vec<(i64, Clock, &Rule)> = vec![];
        for rule in &state.rules {
            if !chooses(&rule.sequence) || rule.repeat.is_some() || self.file.invoices[i].progress.fired.contains(&rule.id) {
                continue;
            }
            let mut best: Option<(i64, Clock)> = None;
            for branch in &rule.branches {
                let Some((day, clock)) = self.day(i, branch) else { continue };
                let rung = self.offset(i, day);
                let in_time = if rung < 0 && clock == Clock::Due { today < self.file.invoices[i].due } else { !only_before_due };
                let reachable = position.is_none_or(|p| rung >= p) || (only_before_due && rung < 0 && clock == Clock::Due);
                if day <= today && in_time && reachable && self.true_now(i, &branch.guard) && self.notice_ready(i, machine, rule) {
                    if best.is_none_or(|(known, _)| rung > known) {
                        best = Some((rung, clock));
                    }
                }
            }
            if let Some((rung, clock)) = best {
                candidates.push((rung, clock, rule));
            }
        }
        let above = candidates.iter().map(|c| c.0).filter(|r| position.is_none_or(|p| *r > p));
        let chosen = if machine.settings.step_by_step { above.min() } else { above.max() };
        let chosen = match chosen {
            Some(rung) if machine.settings.step_by_step && !self.far_enough(i, rung) => return,
            Some(rung) => {
                self.climb(i, rung, &state.rules);
                rung
            }
            None if only_before_due => match candidates.iter().map(|c| c.0).max() {
                Some(rung) => rung,
                None => return,
            },
            None => match position {
                Some(position) => position,
                None => return,
            },
        };
        let name = state.name.clone();
        for (_, clock, rule) in candidates.into_iter().filter(|c| c.0 == chosen) {
            if self.file.invoices[i].state != name {
                return; // an earlier one left the state
            }
            self.fire(i, rule.id, Origin::Rung(chosen, clock), rule.without_prior_reminder);
        }
    }

    /// Step by step, the distance of the plan to the rung before is kept, from what was really sent.
    fn far_enough(&self, i: usize, rung: i64) -> bool {
        let inv = &self.file.invoices[i];
        match (inv.progress.position, inv.stepped_on) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(before), Some(on)) => (self.file.today - on).num_days() >= rung - before,
        }
    }

    fn notice_ready(&self, i: usize, machine: &Machine, rule: &Rule) -> bool {
        rule.without_prior_reminder
            || !leads_to_notice(machine, &rule.sequence, 0)
            || notice_allowed(&self.file.invoices[i], self.file.today)
    }

    /// A reaction's contact goes first: until it is done and the cap has room again.
    fn waits_for_reaction(&mut self, i: usize) -> bool {
        if !self.file.invoices[i].after_reaction {
            return false;
        }
        let pending = self.file.invoices[i].runs.iter().any(|run| {
            matches!(run.origin, Origin::Reaction(_)) && self.contact_ahead(i, run)
        });
        if pending || !self.room(i, None) {
            return true;
        }
        if WAIT_AFTER_REACTION_ENDS {
            self.file.invoices[i].after_reaction = false;
        }
        false
    }

    /// Takes the higher rung: what is pending of lower ones is cancelled, those that never fired are skipped.
    fn climb(&mut self, i: usize, rung: i64, rules: &[Rule]) {
        self.file.invoices[i].progress.position = Some(rung);
        self.file.invoices[i].stepped_on = None;
        self.file.invoices[i].after_reaction = false;
        self.record_skipped(i, rules, |r| r < rung);
        let lower = |origin: Origin| matches!(origin, Origin::Rung(r, _) if r < rung);
        let doomed: Vec<u32> = self.file.invoices[i].runs.iter().filter(|r| lower(r.origin)).map(|r| r.id).collect();
        doomed.into_iter().for_each(|id| self.cancel(i, id));
    }

    /// Rungs below 0 are given up from the due day on.
    fn skip_before_due(&mut self, i: usize, rules: &[Rule]) {
        let inv = &self.file.invoices[i];
        if self.file.today < inv.due || inv.balance == 0 {
            return;
        }
        if EARLY_RUNGS_SKIP_BY_THEMSELVES {
            self.record_skipped(i, rules, |r| r < 0);
        }
    }

    /// Each rung of which no rule ever fired is recorded once.
    fn record_skipped(&mut self, i: usize, rules: &[Rule], below: impl Fn(i64) -> bool) {
        let mut on_rung: Vec<(i64, bool, bool)> = vec![]; // rung, fired, takes part in the choice
        for rule in rules.iter().filter(|r| r.repeat.is_none()) {
            for branch in &rule.branches {
                let Some((day, clock)) = self.day(i, branch) else { continue };
                let fired = self.file.invoices[i].progress.fired.contains(&rule.id);
                let _ = clock;
                on_rung.push((self.offset(i, day), fired, chooses(&rule.sequence)));
            }
        }
        let mut passed: Vec<i64> = on_rung.iter().filter(|r| below(r.0) && r.2).map(|r| r.0).collect();
        passed.sort_unstable();
        passed.dedup();
        for rung in passed {
            let fired = on_rung.iter().any(|r| r.0 == rung && r.1);
            if !fired && !self.file.invoices[i].progress.skipped.contains(&rung) {
                self.file.invoices[i].progress.skipped.push(rung);
                self.note(i, format!("sauté {rung}"));
            }
        }
    }

    /// Rules without a bound on a clock, and those that repeat.
    pub fn free_rules(&mut self, i: usize) {
        let (Some(machine), Some(state)) = (self.machine(i), self.state(i)) else { return };
        let name = state.name.clone();
        for rule in &state.rules {
            let inv = &self.file.invoices[i];
            if inv.state != name || state.is_final || inv.balance == 0 || self.held(i, None, None) {
                return;
            }
            let minimum = machine.settings.minimum.map_or(0, |m| if m.currency == inv.data.currency() { m.cents } else { 0 });
            if chooses(&rule.sequence) && collectable(&self.file, i) <= minimum {
                continue;
            }
            if let Some(repeat) = &rule.repeat {
                let Some(start) = inv.clock else { continue };
                let (last, count) = inv.ticks.iter().find(|t| t.0 == rule.id).map_or((0, 0), |t| (t.1, t.2));
                let pending = inv.runs.iter().any(|r| r.rule == rule.id);
                let mut tick = 0;
                while multiple(repeat.every, tick + 1).after(start, &machine.settings.calendar) <= self.file.today {
                    tick += 1;
                }
                let guard = rule.branches.iter().any(|b| self.true_now(i, &b.guard));
                if tick > last && !pending && guard && repeat.at_most.is_none_or(|most| count < most) {
                    self.file.invoices[i].ticks.retain(|t| t.0 != rule.id);
                    self.file.invoices[i].ticks.push((rule.id, tick, count + 1));
                    self.fire(i, rule.id, Origin::Free, rule.without_prior_reminder);
                }
            } else if !inv.progress.fired.contains(&rule.id)
                && rule.branches.iter().any(|b| b.bounds.is_empty() && self.true_now(i, &b.guard))
                && self.notice_ready(i, machine, rule)
            {
                self.fire(i, rule.id, Origin::Free, rule.without_prior_reminder);
            }
        }
    }

    /// The rules that answer an event: those of the state stand for the scenario's.
    pub fn answering(&self, i: usize, on: Trigger, name: Option<&str>) -> Vec<&'a Reaction> {
        let fits = |r: &&'a Reaction| r.on == on && (on != Trigger::External || r.name.as_deref() == name);
        let own: Vec<&Reaction> = self.state(i).map(|s| s.reactions.iter().filter(fits).collect()).unwrap_or_default();
        if !own.is_empty() {
            return own;
        }
        self.machine(i).map(|m| m.reactions.iter().filter(fits).collect()).unwrap_or_default()
    }

    pub fn react(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        events.sort_by_key(|e| e.0);
        for (i, on, name) in events {
            for reaction in self.answering(i, on, name.as_deref()) {
                if self.true_now(i, &reaction.guard) {
                    self.fire(i, reaction.id, Origin::Reaction(on), false);
                }
            }
        }
    }

    /// The rungs already due are not to fire any more.
    pub fn pass_over(&mut self, i: usize) {
        let Some(state) = self.state(i) else { return };
        self.facts = self.file.clone();
        for rule in state.rules.iter().filter(|r| r.repeat.is_none()) {
            for branch in &rule.branches {
                let Some((day, _)) = self.day(i, branch).filter(|d| d.0 <= self.file.today) else { continue };
                let rung = self.offset(i, day);
                let progress = &mut self.file.invoices[i].progress;
                if !progress.fired.contains(&rule.id) {
                    progress.fired.push(rule.id);
                }
                if chooses(&rule.sequence) {
                    progress.position = progress.position.max(Some(rung));
                }
            }
        }
    }

    /// Which scenario runs the invoice; read again in the plan only, when the segment changed, once a day.
    pub fn select(&mut self, i: usize) {
        let today = self.file.today;
        let inv = &self.file.invoices[i];
        if !inv.reselect || inv.selected_on == Some(today) || inv.state != relance_core::machine::PLAN {
            return;
        }
        let first = inv.selected_on.is_none();
        let takes = |m: &&Machine| m.selection.as_ref().is_none_or(|s| holds(s, &self.file, i, &m.settings.calendar));
        let chosen = self.machines.iter().position(|m| takes(m));
        let inv = &mut self.file.invoices[i];
        inv.selected_on = Some(today);
        inv.reselect = false;
        if first {
            inv.clock = Some(today);
        }
        if inv.scenario != chosen {
            inv.scenario = chosen;
            if !first {
                inv.runs.clear();
                self.pass_over(i);
            }
        }
    }
}


/// A period n times over.
fn multiple(every: Span, n: u32) -> Span {
    let n = i64::from(n);
    match every {
        Span::Days(days) => Span::Days(days * n),
        Span::Months(months) => Span::Months(months * n),
        Span::BusinessDays(days) => Span::BusinessDays(days * n),
    }
}
