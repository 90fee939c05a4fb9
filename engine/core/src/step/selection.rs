//! Take-over, and which scenario runs an invoice.

use super::life::is_frozen;
use super::rules::{RungAt, fired_rungs, free_branch_holds, rungs as rungs_of, ticks};
use super::{Happened, Worker};
use crate::calendar::Calendar;
use crate::day::{add_days, civil_date};
use crate::dossier::{InvoiceFile, RuleKey, Run, ScenarioRef};
use crate::eval::truth;
use crate::event::{CarriedOver, Entry, Event};
use crate::facts::{Failure, InvoiceFacts};
use crate::machine::{Carry, PLAN, SegmentRule};
use crate::program::{PreparedRule, Scenario};
use chrono::NaiveDate;
use std::borrow::Cow;
use std::collections::BTreeSet;

impl<'a> Worker<'a> {
    /// Gives each open invoice the segment that a rule of the project gives its client.
    pub(super) fn classify(&mut self) {
        // What a person has chosen stands whatever rules say.
        if self.program.segments.is_empty() || self.dossier.chosen_segment.is_some() {
            return;
        }
        let mut found = Vec::new();
        for (number, file) in self.dossier.invoices.iter().filter(|(_, file)| file.is_open()) {
            let failure = Failure::default();
            let facts = InvoiceFacts { failure: Some(&failure), ..self.facts(number, file) };
            let holds = |rule: &&SegmentRule| truth(&rule.guard, &facts) == Some(true);
            let segment = self.program.segments.iter().find(holds).map(|rule| rule.name.clone());
            match failure.take() {
                Some(reason) => found.push((number.clone(), Err(reason))),
                None if segment != file.segment => found.push((number.clone(), Ok(segment))),
                None => {}
            }
        }
        for (number, result) in found {
            match result {
                Ok(segment) => self.emit(Some(&number), Event::SegmentRuled { segment }),
                Err(reason) => self.note_failure(&number, reason),
            }
        }
    }

    /// What a script kept from happening before is tried again.
    pub(super) fn retry(&mut self) {
        for number in self.numbers() {
            let Some(file) = self.file(&number).filter(|file| file.is_open() && file.broken.is_some()) else {
                continue;
            };
            let held = file.unanswered.clone();
            if file.entry_pending && file.is_open() {
                self.start_entry(&number, false);
                self.start_clock(&number);
            }
            for (on, name) in held {
                self.triggers.push(Happened { number: number.clone(), on, name, task: None });
            }
        }
    }

    /// Invoices on which every script worked at this moment go on.
    pub(super) fn mend(&mut self) {
        let mended: Vec<String> = self
            .dossier
            .invoices
            .iter()
            .filter(|(number, file)| file.broken.is_some() && !self.failing.contains(*number))
            .map(|(number, _)| number.clone())
            .collect();
        for number in mended {
            self.emit(Some(&number), Event::Mended);
        }
    }

    /// A script failed on an invoice: it is stopped and listed until that is mended.
    pub(super) fn note_failure(&mut self, number: &str, reason: String) {
        self.failing.insert(number.to_owned());
        if self.file(number).is_some_and(|file| file.broken.as_ref() != Some(&reason)) {
            self.emit(Some(number), Event::Broken { reason });
        }
    }

    /// Takes over the invoices whose moment has come, and moves invoices whose scenario changed.
    pub(super) fn take_over(&mut self) {
        let published = self.dossier.program != self.program.digest;
        let numbers = self.numbers();
        // What was taken over at this moment was given its scenario by these already.
        let taken: BTreeSet<String> = self.out.entries.iter().filter_map(taken_over).collect();
        if published && !numbers.is_empty() {
            self.emit(None, Event::Program { digest: self.program.digest });
        }
        for number in numbers {
            let Some(file) = self.file(&number) else { continue };
            let changed = published && !taken.contains(&number);
            if !file.taken_over {
                if file.takeover <= self.now {
                    self.take_over_one(&number);
                }
            } else if changed && file.is_open() {
                self.republish(&number, self.program.catch_up, self.published_on());
            } else if changed {
                // What a settled invoice still does goes on where the new version says it too.
                if let Some(scenario) = self.file(&number).and_then(|file| self.scenario(file)) {
                    self.carry(&number, scenario);
                }
                self.cancel_orphans(&number);
            } else if file.is_open() && file.state == PLAN {
                let once_a_day = file.reselect && file.selected_on != Some(self.today);
                if once_a_day || file.broken.is_some() {
                    self.reassign(&number, false, self.today);
                }
            }
        }
    }

    /// The day on which the scenarios were put in force.
    fn published_on(&self) -> NaiveDate {
        let published = self.program.published.map(|at| civil_date(at, self.program.zone));
        published.map_or(self.today, |on| on.min(self.today))
    }

    /// Takes one invoice over and chooses its scenario.
    pub(super) fn take_over_one(&mut self, number: &str) {
        let Some(file) = self.file(number) else { return };
        let on = civil_date(file.takeover, self.program.zone);
        self.emit(Some(number), Event::TakenOver { on });
        if !self.file(number).is_some_and(|f| f.is_open()) {
            return;
        }
        self.assign_first(number);
        self.enter_actions(number);
        if self.file(number).is_some_and(|f| is_frozen(self.dossier, f)) {
            self.claim_task(number);
        }
    }

    fn assign_first(&mut self, number: &str) {
        let scenario = self.select(number).map(reference);
        let position = self.file(number).and_then(|f| f.position);
        let (skipped, passed) = (Vec::new(), Vec::new());
        self.emit(Some(number), Event::Assigned { scenario, skipped, passed, position, catch_up: false });
    }

    /// The first scenario in order whose selection certainly holds; the one without a selection takes what is left. When a script
    /// fails, nothing takes the invoice before it is mended.
    fn select(&mut self, number: &str) -> Option<&'a Scenario> {
        let failure = Failure::default();
        let program = self.program;
        let file = self.file(number)?;
        let facts = InvoiceFacts { failure: Some(&failure), ..self.facts(number, file) };
        let found = program.scenarios.iter().find(|scenario| match &scenario.machine.selection {
            Some(selection) => truth(selection, &facts) == Some(true),
            None => true,
        });
        match failure.take() {
            Some(reason) => {
                self.note_failure(number, reason);
                None
            }
            None => found,
        }
    }

    /// The scenarios were published anew. In the plan the selection is read again; in another state the invoice stays where it is, in
    /// the new version of its scenario.
    fn republish(&mut self, number: &str, catch_up: bool, on: NaiveDate) {
        let Some(file) = self.file(number) else { return };
        if file.state == PLAN {
            self.reassign(number, catch_up, on);
            return;
        }
        let (state, old) = (file.state.clone(), file.scenario.clone());
        let same = old.as_ref().and_then(|s| self.program.scenario(&s.name));
        // A scenario of another name that takes the invoice, and has its state, carries it on.
        let own = if same.is_some() { same } else { self.select(number) };
        if self.failing.contains(number) {
            return;
        }
        if own.map(reference) == old {
            return;
        }
        let Some(scenario) = own.filter(|s| s.place(&state).is_some()) else {
            let name = old.map_or_else(String::new, |s| s.name);
            let text = format!(
                "le scénario `{name}` n’a plus d’étape `{state}` : la facture n’avance plus ; déplacez-la (événement `saut`)"
            );
            if let Some(scenario) = own {
                self.carry(number, scenario);
            }
            self.cancel_orphans(number);
            self.emit(Some(number), Event::Anomaly { text });
            return;
        };
        if scenario.place(&state) == Some(PLAN) {
            self.carry(number, scenario);
            self.reassign(number, catch_up, on);
            return self.start_clock(number);
        }
        self.move_to(number, Some(scenario), catch_up, on);
    }

    /// Puts what is known of an invoice under the names that a version gives to the states of earlier ones.
    fn carry(&mut self, number: &str, scenario: &Scenario) {
        let Some(file) = self.file(number) else { return };
        let moved = scenario.place(&file.state).filter(|to| *to != file.state);
        let moved = moved.map(|to| Carry { from: file.state.clone(), to: to.to_owned() });
        let back = file.returnable.iter().map(|sent| &sent.run);
        let runs: Vec<&Run> = file.runs.iter().chain(&file.parked).chain(back).collect();
        let been = |carry: &&Carry| {
            let in_set = |set: &BTreeSet<String>| set.contains(&carry.from) && !set.contains(&carry.to);
            let in_run = |run: &&Run| run.state == carry.from || run.seen.as_ref().is_some_and(in_set);
            in_set(&file.visited) || runs.iter().any(in_run)
        };
        let others = scenario.carried.iter().filter(|carry| Some(*carry) != moved.as_ref());
        let states: Vec<Carry> = others.filter(been).cloned().collect();
        let left = file.instalments.iter().filter_map(|part| part.left.as_ref()).map(|left| &left.fired);
        let fired: Vec<&BTreeSet<RuleKey>> = left.chain([&file.fired, &file.set_aside]).collect();
        let known = |(old, new): &&(RuleKey, RuleKey)| {
            fired.iter().any(|set| set.contains(old) && !set.contains(new))
                || file.ticks.contains_key(old)
                || runs.iter().any(|run| run.rule == *old)
        };
        let rules: Vec<(RuleKey, RuleKey)> = scenario.former_rules.iter().filter(known).copied().collect();
        if moved.is_some() || !states.is_empty() || !rules.is_empty() {
            self.emit(Some(number), Event::StateCarried(CarriedOver { moved, states, rules }));
        }
    }

    /// Moves an invoice to the scenario that now takes it. The position is carried over; the move itself sends nothing, unless it is to
    /// catch up. `on` is the day of the move: what was due by then is skipped.
    fn reassign(&mut self, number: &str, catch_up: bool, on: NaiveDate) {
        let selected = self.select(number);
        if self.failing.contains(number) {
            return;
        }
        let Some(file) = self.file(number) else { return };
        if file.scenario == selected.map(reference) {
            if file.reselect {
                self.emit(Some(number), Event::SelectionKept);
            }
            return;
        }
        self.move_to(number, selected, catch_up, on);
    }

    /// Puts an invoice under the scenario that takes it now, wherever it stands.
    pub(super) fn follow_selection(&mut self, number: &str) {
        if let Some(selected) = self.select(number) {
            self.move_to(number, Some(selected), false, self.today);
        }
    }

    fn move_to(&mut self, number: &str, scenario: Option<&Scenario>, catch_up: bool, on: NaiveDate) {
        if let Some(scenario) = scenario {
            self.carry(number, scenario);
        }
        self.cancel_runs_without_rule(number, scenario);
        // What is due already is so on the day of the move, which a run may carry out days later.
        let today = std::mem::replace(&mut self.today, on);
        let (skipped, rungs, position) = match scenario {
            Some(scenario) if catch_up => {
                (self.free_rules_that_hold(number, scenario), Vec::new(), self.file(number).and_then(|f| f.position))
            }
            _ => self.already_due(number, scenario, true),
        };
        let passed = scenario.map(|scenario| self.passed_multiples(number, scenario)).unwrap_or_default();
        self.today = today;
        let scenario = scenario.map(reference);
        self.emit(Some(number), Event::Assigned { scenario, skipped, passed, position, catch_up });
        for rung in rungs {
            self.emit(Some(number), Event::RungSkipped { rung });
        }
    }

    /// The rules that repeat of which a multiple has passed that has not fired: another text of the same rule, or another scenario, must
    /// not make it fire again because of the move.
    fn passed_multiples(&self, number: &str, scenario: &Scenario) -> Vec<(RuleKey, u32)> {
        let Some(file) = self.file(number) else { return Vec::new() };
        let facts = InvoiceFacts { calendar: &scenario.settings().calendar, ..self.facts(number, file) };
        let passed = |rule: &PreparedRule| {
            let fired = file.ticks.get(&rule.key).map_or(0, |so_far| so_far.last);
            let (last, _) = ticks(rule.repeat.as_ref()?, fired, &facts)?;
            (last > fired).then_some((rule.key, last))
        };
        scenario.rules(&file.state).iter().filter_map(passed).collect()
    }

    /// Chooses the scenario of an invoice that has a balance again: the one that left it, unless that one or the client has changed.
    pub(super) fn assign_reopened(&mut self, number: &str) {
        let Some(file) = self.file(number) else { return };
        if file.scenario.is_some() {
            let own = file.scenario.as_ref().and_then(|s| self.program.scenario(&s.name)).map(reference);
            if file.reselect || own != file.scenario {
                self.republish(number, false, self.today);
            }
            return;
        }
        self.assign_first(number);
        self.enter_actions(number);
    }

    /// Cancels sequences whose rule is no longer in the scenario of the invoice.
    pub(super) fn cancel_orphans(&mut self, number: &str) {
        let scenario = self.file(number).and_then(|file| self.scenario(file));
        self.cancel_runs_without_rule(number, scenario);
    }

    fn cancel_runs_without_rule(&mut self, number: &str, scenario: Option<&Scenario>) {
        let orphans: Vec<u32> = self
            .file(number)
            .map(|file| {
                let gone = |rule: RuleKey| scenario.is_none_or(|s| s.sequence(rule).is_none());
                file.runs.iter().filter(|run| gone(run.rule)).map(|run| run.id).collect()
            })
            .unwrap_or_default();
        for run in orphans {
            self.cancel_run(number, run, "le scénario de la facture a changé");
        }
    }

    /// The free rules whose condition holds already: being moved is no reason for them to fire.
    fn free_rules_that_hold(&self, number: &str, scenario: &Scenario) -> Vec<RuleKey> {
        let Some(file) = self.file(number) else { return Vec::new() };
        let facts = InvoiceFacts { calendar: &scenario.settings().calendar, ..self.facts(number, file) };
        let holds = |rule: &&PreparedRule| {
            let due = rungs_of(rule, &facts).any(|at| at.day <= self.today);
            rule.repeat.is_none() && !file.fired.contains(&rule.key) && !due && free_branch_holds(rule, &facts)
        };
        scenario.rules(&file.state).iter().filter(holds).map(|rule| rule.key).collect()
    }

    /// The rules that are due already and have not fired, the rungs among them to record as skipped, and the position after them.
    pub(super) fn already_due(&self, number: &str, scenario: Option<&Scenario>, free_rules_too: bool) -> Due {
        self.due_when_resumed(number, scenario, free_rules_too, self.today)
    }

    /// The same, for an invoice that `from` on nothing suspends: the clock of its state has stood still meanwhile.
    pub(super) fn due_when_resumed(
        &self,
        number: &str,
        scenario: Option<&Scenario>,
        free_rules_too: bool,
        from: NaiveDate,
    ) -> Due {
        let Some(file) = self.file(number) else { return (Vec::new(), Vec::new(), None) };
        let Some(scenario) = scenario else { return (Vec::new(), Vec::new(), file.position) };
        let calendar = &scenario.settings().calendar;
        let file = stood_still(file, from, calendar);
        let file = file.as_ref();
        let facts = InvoiceFacts { calendar, ..self.facts(number, file) };
        let rules = scenario.rules(&file.state);
        let fired = fired_rungs(&file.fired, rules, &facts);
        let (mut skipped, mut rungs, mut position) = (Vec::new(), BTreeSet::new(), file.position);
        for rule in rules.iter().filter(|rule| rule.repeat.is_none() && !file.fired.contains(&rule.key)) {
            let due: Vec<RungAt> = rungs_of(rule, &facts).filter(|at| at.day <= self.today).collect();
            if due.is_empty() {
                continue;
            }
            skipped.push(rule.key);
            for at in due {
                let above = at.is_above(file);
                let told = file.skipped.contains(&at.offset) || fired.contains(&at.offset);
                if (!rule.takes_part || above) && !told {
                    rungs.insert(at.offset);
                }
                if rule.takes_part {
                    position = position.max(Some(at.offset));
                }
            }
        }
        if free_rules_too {
            skipped.extend(self.free_rules_that_hold(number, scenario));
        }
        (skipped, rungs.into_iter().collect(), position)
    }
}

/// Rules that are due, the rungs to record as skipped, the position after them.
pub(super) type Due = (Vec<RuleKey>, Vec<i64>, Option<i64>);

/// An invoice whose suspension ends on a day: the clock of its state is later by what lay inside.
fn stood_still<'f>(file: &'f InvoiceFile, from: NaiveDate, calendar: &Calendar) -> Cow<'f, InvoiceFile> {
    let Some((clock, since)) = file.clock.zip(file.suspended_since).filter(|(_, since)| *since < from) else {
        return Cow::Borrowed(file);
    };
    let working = file.business_clock.unwrap_or(clock);
    let inside = calendar.business_days(since.max(working), from);
    let mut later = file.clone();
    later.clock = Some(add_days(clock, (from - since.max(clock)).num_days().max(0)));
    later.business_clock = Some(calendar.add_business_days(working, inside));
    Cow::Owned(later)
}

fn taken_over(entry: &Entry) -> Option<String> {
    entry.invoice.clone().filter(|_| matches!(entry.event, Event::TakenOver { .. }))
}

fn reference(scenario: &Scenario) -> ScenarioRef {
    ScenarioRef { name: scenario.machine.name.clone(), hash: scenario.hash.clone() }
}
