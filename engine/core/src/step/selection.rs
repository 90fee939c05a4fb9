//! Take-over, and which scenario runs an invoice.

use super::Worker;
use crate::dossier::{Origin, RuleKey, ScenarioRef};
use crate::eval::truth;
use crate::event::Event;
use crate::facts::InvoiceFacts;
use crate::program::Scenario;
use crate::step::rules::{free_branch_holds, rung_offsets};
use std::collections::BTreeSet;

impl<'a> Worker<'a> {
    /// Takes over the invoices whose moment has come, and moves invoices whose scenario changed.
    pub(super) fn take_over(&mut self) {
        let changed = self.dossier.program != self.program.digest;
        let numbers = self.numbers();
        if changed && !numbers.is_empty() {
            self.emit(None, Event::Program { digest: self.program.digest });
        }
        for number in numbers {
            let Some(file) = self.file(&number) else { continue };
            if !file.taken_over {
                if file.takeover <= self.now {
                    self.take_over_one(&number);
                }
            } else if file.is_open() && (changed || self.reselect) {
                self.reassign(&number);
            }
        }
    }

    /// Takes one invoice over and chooses its scenario.
    pub(super) fn take_over_one(&mut self, number: &str) {
        self.emit(Some(number), Event::TakenOver);
        if !self.file(number).is_some_and(|f| f.is_open()) {
            return;
        }
        let scenario = self.select(number).map(reference);
        let position = self.file(number).and_then(|f| f.position);
        self.emit(Some(number), Event::Assigned { scenario, skipped: Vec::new(), position });
    }

    /// The first scenario in order whose selection certainly holds; the one without a selection takes what is left.
    fn select(&self, number: &str) -> Option<&'a Scenario> {
        let file = self.file(number)?;
        let facts = self.facts(number, file);
        self.program.scenarios.iter().find(|scenario| match &scenario.machine.selection {
            Some(selection) => truth(selection, &facts) == Some(true),
            None => true,
        })
    }

    /// Moves an invoice to the scenario that now takes it. The position is carried over; the move itself sends nothing.
    fn reassign(&mut self, number: &str) {
        let selected = self.select(number);
        let wanted = selected.map(reference);
        let Some(file) = self.file(number) else { return };
        if file.scenario == wanted {
            return;
        }
        self.cancel_runs_without_rule(number, selected);
        let (skipped, rungs, position) = self.already_due(number, selected, true);
        self.emit(Some(number), Event::Assigned { scenario: wanted, skipped, position });
        for rung in rungs {
            self.emit(Some(number), Event::RungSkipped { rung });
        }
    }

    /// Chooses the scenario of an invoice that has a balance again: the one that left it, unless that one or the client has changed.
    pub(super) fn assign_reopened(&mut self, number: &str) {
        if self.file(number).is_some_and(|f| f.scenario.is_some()) {
            self.reassign(number);
            return;
        }
        let scenario = self.select(number).map(reference);
        let position = self.file(number).and_then(|f| f.position);
        self.emit(Some(number), Event::Assigned { scenario, skipped: Vec::new(), position });
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
            self.cancel(number, run, "le scénario de la facture a changé");
        }
    }

    /// The rules that are due already and have not fired, the rungs among them to record as skipped, and the position after them.
    pub(super) fn already_due(
        &self,
        number: &str,
        scenario: Option<&Scenario>,
        free_rules_too: bool,
    ) -> (Vec<RuleKey>, Vec<i64>, Option<i64>) {
        let Some(file) = self.file(number) else { return (Vec::new(), Vec::new(), None) };
        let Some(scenario) = scenario else { return (Vec::new(), Vec::new(), file.position) };
        let calendar = scenario.settings().calendar;
        let facts = InvoiceFacts { dossier: self.dossier, number, file, today: self.today, calendar };
        let (mut skipped, mut rungs, mut position) = (Vec::new(), BTreeSet::new(), file.position);
        for rule in &scenario.rules {
            if file.fired.contains(&rule.key) {
                continue;
            }
            let due = rung_offsets(rule, &facts).filter(|(_, day)| *day <= self.today).map(|(offset, _)| offset).max();
            if let Some(offset) = due {
                skipped.push(rule.key);
                if !rule.contact && !file.skipped.contains(&offset) {
                    rungs.insert(offset);
                }
                if rule.contact {
                    let fired_there = file.runs.iter().any(|run| run.origin == Origin::Rung(offset));
                    if Some(offset) > file.position && !file.skipped.contains(&offset) && !fired_there {
                        rungs.insert(offset);
                    }
                    position = position.max(Some(offset));
                }
            } else if free_rules_too && free_branch_holds(rule, &facts) {
                skipped.push(rule.key);
            }
        }
        (skipped, rungs.into_iter().collect(), position)
    }
}

fn reference(scenario: &Scenario) -> ScenarioRef {
    ScenarioRef { name: scenario.machine.name.clone(), hash: scenario.hash.clone() }
}
