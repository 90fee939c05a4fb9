//! Which rules fire: reactions, rungs, free rules, rules that repeat.

use crate::evaluate::{collectable, holds, notice_allowed, value};
use crate::model::{Naive, Origin, Run};
use chrono::NaiveDate;
use relance_core::day::{Span, add_days, end_of_month};
use relance_core::machine::{
    Action, Branch, Clock, Expr, Machine, Nature, Reaction, Rule, Sequence, State, Trigger, Value,
};

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

/// A rung of an invoice.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rung {
    pub day: NaiveDate,
    /// Days past due.
    pub offset: i64,
    pub clock: Clock,
}

impl Rung {
    /// Below 0 of the due date's clock.
    fn is_early(self) -> bool {
        self.clock == Clock::Due && self.offset < 0
    }
}

impl<'a> Naive<'a> {
    /// Where a branch's rung falls; none when a clock has not started or a fact is unknown.
    pub fn rung(&self, i: usize, branch: &Branch) -> Option<Rung> {
        let inv = &self.file.invoices[i];
        let calendar = self.settings(i).calendar;
        let mut latest: Option<(NaiveDate, Clock)> = None;
        for bound in &branch.bounds {
            let Some(Value::Duration(span)) = value(&bound.offset, &self.facts, i, &calendar) else { return None };
            let origin = match (bound.clock, span) {
                (Clock::Due, _) => inv.due,
                (Clock::State, Span::BusinessDays(_)) => inv.working_clock?,
                (Clock::State, _) => inv.clock?,
            };
            let mut day = span.after(origin, &calendar) + chrono::TimeDelta::days(bound.extra_days);
            if bound.end_of_month {
                day = end_of_month(day);
            }
            if latest.is_none_or(|(known, _)| day > known) {
                latest = Some((day, bound.clock));
            }
        }
        latest.map(|(day, clock)| Rung { day, offset: (day - inv.due).num_days(), clock })
    }

    fn true_now(&self, i: usize, guard: &Expr) -> bool {
        holds(guard, &self.facts, i, &self.settings(i).calendar)
    }

    /// Fires the rungs of an invoice that are due, as the scenario's way of catching up says.
    pub fn rungs(&mut self, i: usize) {
        let (Some(machine), Some(state)) = (self.machine(i), self.state(i)) else { return };
        if state.is_final || self.file.invoices[i].balance == 0 {
            return;
        }
        let only_before_due = self.not_yet_due_again(i);
        if self.held(i, Some(Trigger::DueDateMoved), None) {
            return;
        }
        // Rules that take no part in the choice.
        for rule in &state.rules {
            if chooses(&rule.sequence)
                || rule.repeat.is_some()
                || self.file.invoices[i].progress.fired.contains(&rule.id)
            {
                continue;
            }
            if let Some(rung) = self.qualified(i, rule, only_before_due) {
                self.fire(i, rule.id, Origin::Internal(rung.offset, rung.clock), rule.without_prior_reminder);
            }
        }
        self.skip_before_due(i, &state.rules);
        // The choice.
        let minimum = machine
            .settings
            .minimum
            .map_or(0, |m| if m.currency == self.file.invoices[i].data.currency() { m.cents } else { 0 });
        if collectable(&self.file, i) <= minimum {
            return;
        }
        let mut candidates: Vec<(Rung, &Rule)> = vec![];
        for rule in &state.rules {
            if !chooses(&rule.sequence)
                || rule.repeat.is_some()
                || self.file.invoices[i].progress.fired.contains(&rule.id)
            {
                continue;
            }
            let rung = self.qualified(i, rule, only_before_due);
            if let Some(rung) =
                rung.filter(|r| self.reachable(i, *r, only_before_due) && self.notice_ready(i, machine, rule))
            {
                candidates.push((rung, rule));
            }
        }
        let steps = machine.settings.step_by_step;
        let chosen = if steps {
            candidates.iter().map(|c| c.0).min_by_key(|r| r.day).filter(|r| self.far_enough(i, *r, only_before_due))
        } else {
            candidates.iter().map(|c| c.0).max_by_key(|r| r.day)
        };
        let Some(chosen) = chosen else { return };
        let mut own = candidates.iter().filter(|c| c.0.day == chosen.day);
        let contacts = own.any(|c| speaks(machine, &c.1.sequence, 0));
        if contacts && self.waits_for_reaction(i) {
            return;
        }
        self.climb(i, chosen, &state.rules);
        self.file.invoices[i].after_reaction &= !contacts;
        for (rung, rule) in candidates.into_iter().filter(|c| c.0.day == chosen.day) {
            self.fire(i, rule.id, Origin::Rung(chosen.offset, rung.clock), rule.without_prior_reminder);
        }
    }

    /// The highest rung of a rule that is due and whose guard holds. Before a due date that was moved, only those below 0.
    fn qualified(&self, i: usize, rule: &Rule, only_before_due: bool) -> Option<Rung> {
        let today = self.file.today;
        let mut best: Option<Rung> = None;
        for branch in &rule.branches {
            let Some(rung) = self.rung(i, branch) else { continue };
            let in_time = if rung.is_early() { today < self.file.invoices[i].due } else { !only_before_due };
            let higher = best.is_none_or(|known| rung.day >= known.day);
            if rung.day <= today && in_time && higher && self.true_now(i, &branch.guard) {
                best = Some(rung);
            }
        }
        best
    }

    /// Whether a rung is not below where the invoice stands: by days past due, or by its date for the clock of the state. Before a due
    /// date that was moved the rungs below 0 count among themselves.
    fn reachable(&self, i: usize, rung: Rung, only_before_due: bool) -> bool {
        let progress = &self.file.invoices[i].progress;
        if only_before_due {
            return self.last_early(i).is_none_or(|last| rung.offset > last);
        }
        match rung.clock {
            Clock::Due => progress.position.is_none_or(|p| rung.offset >= p),
            Clock::State => progress.position_day.is_none_or(|p| rung.day >= p),
        }
    }

    /// The highest rung below 0 of which a rule has fired.
    fn last_early(&self, i: usize) -> Option<i64> {
        let fired = &self.file.invoices[i].progress.fired;
        let rules = self.state(i).into_iter().flat_map(|s| &s.rules);
        let rules = rules.filter(|r| chooses(&r.sequence) && fired.contains(&r.id));
        let early = rules.flat_map(|r| &r.branches).filter_map(|b| self.rung(i, b)).filter(|r| r.is_early());
        early.map(|r| r.offset).max()
    }

    /// Step by step, the distance of the plan to the rung before is kept, from what was really sent.
    fn far_enough(&self, i: usize, rung: Rung, only_before_due: bool) -> bool {
        let inv = &self.file.invoices[i];
        let last = if only_before_due {
            self.last_early(i).map(|offset| add_days(inv.due, offset))
        } else {
            inv.progress.position_day
        };
        let Some(before) = last.filter(|before| *before < rung.day) else { return true };
        inv.stepped_on.is_some_and(|on| self.file.today - on >= rung.day - before)
    }

    fn notice_ready(&self, i: usize, machine: &Machine, rule: &Rule) -> bool {
        rule.without_prior_reminder
            || !leads_to_notice(machine, &rule.sequence, 0)
            || notice_allowed(&self.file.invoices[i], self.file.today)
    }

    /// A reaction's contact goes first: until it is done and the cap has room again.
    fn waits_for_reaction(&self, i: usize) -> bool {
        if !self.file.invoices[i].after_reaction {
            return false;
        }
        self.reaction_ahead(i) || !self.room(i, None)
    }

    pub fn reaction_ahead(&self, i: usize) -> bool {
        let runs = &self.file.invoices[i].runs;
        runs.iter().any(|run| matches!(run.origin, Origin::Reaction(_)) && self.contact_ahead(i, run))
    }

    /// Where nothing of that waits any more, rungs do not either, whatever uses the cap afterwards.
    pub fn end_reactions(&mut self) {
        for i in 0..self.file.invoices.len() {
            let waits = self.waits_for_reaction(i);
            self.file.invoices[i].after_reaction &= waits;
        }
    }

    /// Takes the higher rung: what is pending of lower ones is cancelled, those that never fired are skipped.
    fn climb(&mut self, i: usize, rung: Rung, rules: &[Rule]) {
        self.record_skipped(i, rules, |naive, r| {
            let progress = &naive.file.invoices[i].progress;
            r.offset < rung.offset && naive.reachable(i, r, false) && Some(r.offset) != progress.position
        });
        let inv = &mut self.file.invoices[i];
        inv.progress.position = inv.progress.position.max(Some(rung.offset));
        inv.progress.position_day = inv.progress.position_day.max(Some(rung.day));
        inv.stepped_on = None;
        let stay = inv.stay;
        let lower = |r: &&Run| r.stay == stay && matches!(r.origin, Origin::Rung(n, _) if n < rung.offset);
        let doomed: Vec<u32> = inv.runs.iter().filter(lower).map(|r| r.id).collect();
        doomed.into_iter().for_each(|id| self.cancel(i, id));
        self.file.invoices[i].stepped_on = None;
    }

    /// Rungs below 0 are given up from the due day on.
    fn skip_before_due(&mut self, i: usize, rules: &[Rule]) {
        let inv = &self.file.invoices[i];
        if self.file.today < inv.due || inv.balance == 0 {
            return;
        }
        self.record_skipped(i, rules, |_, r| r.is_early());
    }

    /// Each rung of which no rule ever fired is recorded once.
    fn record_skipped(&mut self, i: usize, rules: &[Rule], passed: impl Fn(&Naive<'_>, Rung) -> bool) {
        let mut found: Vec<(i64, bool)> = vec![];
        for rule in rules.iter().filter(|r| r.repeat.is_none()) {
            let fired = self.file.invoices[i].progress.fired.contains(&rule.id);
            for rung in rule.branches.iter().filter_map(|b| self.rung(i, b)) {
                let counts = chooses(&rule.sequence) && passed(self, rung);
                if counts || fired {
                    found.push((rung.offset, fired));
                }
            }
        }
        let mut rungs: Vec<i64> = found.iter().map(|r| r.0).collect();
        rungs.sort_unstable();
        rungs.dedup();
        for rung in rungs {
            let fired = found.contains(&(rung, true));
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
            let minimum =
                machine.settings.minimum.map_or(0, |m| if m.currency == inv.data.currency() { m.cents } else { 0 });
            if chooses(&rule.sequence) && collectable(&self.file, i) <= minimum {
                continue;
            }
            if let Some(repeat) = &rule.repeat {
                let (last, count) = inv.ticks.iter().find(|t| t.0 == rule.id).map_or((0, 0), |t| (t.1, t.2));
                let pending = inv.runs.iter().any(|r| r.rule == rule.id);
                let tick = self.multiples(i, repeat.every);
                let guard = rule.branches.iter().any(|b| self.true_now(i, &b.guard));
                if tick > last
                    && !pending
                    && guard
                    && self.notice_ready(i, machine, rule)
                    && repeat.at_most.is_none_or(|most| count < most)
                {
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

    /// How many multiples of a period have come.
    fn multiples(&self, i: usize, every: Span) -> u32 {
        let inv = &self.file.invoices[i];
        let start = if matches!(every, Span::BusinessDays(_)) { inv.working_clock } else { inv.clock };
        let Some(start) = start else { return 0 };
        let calendar = self.settings(i).calendar;
        (1..).take_while(|n| multiple(every, *n).after(start, &calendar) <= self.file.today).last().unwrap_or(0)
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
            let answers = self.answering(i, on, name.as_deref()).into_iter();
            let fires: Vec<&Reaction> = answers.filter(|r| self.true_now(i, &r.guard)).collect();
            if fires.iter().any(|r| r.sequence.actions().any(Action::replaces_effect)) {
                self.take_back(i, on);
            } else if on == Trigger::Reply {
                self.note(i, "tâche *");
            }
            for reaction in fires {
                self.fire(i, reaction.id, Origin::Reaction(on), false);
            }
        }
    }

    /// The rungs already due are not to fire any more; those of which no rule ever fired are listed. After a move, neither are the free
    /// rules that hold already.
    pub fn pass_over(&mut self, i: usize, moved: bool) {
        self.pass_over_by(i, moved, self.file.today);
    }

    /// The same for an invoice that from a day on nothing suspends.
    pub fn pass_over_by(&mut self, i: usize, moved: bool, from: NaiveDate) {
        let Some(state) = self.state(i) else { return };
        // The clock of the state has stood still while the invoice was suspended: what it brings is not due for that.
        let (clock, working_clock) = (self.file.invoices[i].clock, self.file.invoices[i].working_clock);
        let calendar = self.settings(i).calendar;
        if let Some(since) = self.file.invoices[i].suspended_since.filter(|since| *since < from) {
            self.file.invoices[i].put_clocks_off(since, from, &calendar);
        }
        self.pass_over_due(i, moved, state);
        (self.file.invoices[i].clock, self.file.invoices[i].working_clock) = (clock, working_clock);
    }

    fn pass_over_due(&mut self, i: usize, moved: bool, state: &State) {
        self.facts = self.file.clone();
        let before = self.file.invoices[i].progress.clone();
        let mut listed = vec![];
        let runs = moved && self.file.invoices[i].clock.is_some();
        for (rule, repeat) in state.rules.iter().filter_map(|r| Some((r.id, r.repeat.as_ref().filter(|_| runs)?))) {
            // What repeats goes on with its next multiple.
            let come = self.multiples(i, repeat.every);
            let ticks = &mut self.file.invoices[i].ticks;
            match ticks.iter_mut().find(|t| t.0 == rule) {
                Some(tick) => tick.1 = tick.1.max(come),
                None => ticks.push((rule, come, 0)),
            }
        }
        for rule in state.rules.iter().filter(|r| r.repeat.is_none() && !before.fired.contains(&r.id)) {
            let mut due = vec![];
            for branch in &rule.branches {
                due.extend(self.rung(i, branch).filter(|r| r.day <= self.file.today));
            }
            let free = moved && rule.branches.iter().any(|b| b.bounds.is_empty() && self.true_now(i, &b.guard));
            if due.is_empty() && !free {
                continue;
            }
            self.file.invoices[i].progress.fired.push(rule.id);
            if chooses(&rule.sequence) {
                let progress = &mut self.file.invoices[i].progress;
                progress.position = progress.position.max(due.iter().map(|r| r.offset).max());
            }
            if chooses(&rule.sequence) {
                let above = |r: &Rung| match r.clock {
                    Clock::Due => before.position.is_none_or(|p| r.offset > p),
                    Clock::State => before.position_day.is_none_or(|p| r.day > p),
                };
                due.retain(above);
            }
            listed.extend(due.iter().map(|r| r.offset));
        }
        let inv = &mut self.file.invoices[i];
        let risen = inv.progress.position.filter(|_| inv.progress.position != before.position);
        let day = risen.map(|p| add_days(inv.due, p));
        inv.progress.position_day = inv.progress.position_day.max(day);
        listed.sort_unstable();
        listed.dedup();
        for rung in listed {
            let on = |rule: &&Rule| rule.branches.iter().any(|b| self.rung(i, b).is_some_and(|r| r.offset == rung));
            let fired = state.rules.iter().filter(on).any(|r| before.fired.contains(&r.id));
            if !fired && !before.skipped.contains(&rung) {
                self.file.invoices[i].progress.skipped.push(rung);
                self.note(i, format!("sauté {rung}"));
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

/// Whether a sequence has a contact, or leads to a state whose entry has one.
fn speaks(machine: &relance_core::machine::Machine, sequence: &relance_core::machine::Sequence, depth: usize) -> bool {
    let entered = |name: &str| machine.state(name).into_iter().flat_map(|state| &state.entry);
    sequence.has_contact()
        || depth < machine.states.len()
            && sequence.destinations().flat_map(entered).any(|entry| speaks(machine, &entry.sequence, depth + 1))
}
