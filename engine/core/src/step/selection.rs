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
        let segment_changed =
            self.out.entries.iter().any(|e| matches!(e.event, Event::Customer { .. } | Event::Changed { .. }));
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
            } else if file.is_open() && (changed || segment_changed) {
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
        let orphans: Vec<u32> = file
            .runs
            .iter()
            .filter(|run| selected.is_none_or(|s| s.sequence(run.rule).is_none()))
            .map(|run| run.id)
            .collect();
        for run in orphans {
            self.cancel(number, run, "le scénario de la facture a changé");
        }
        let (skipped, rungs, position) = self.already_due(number, selected);
        self.emit(Some(number), Event::Assigned { scenario: wanted, skipped, position });
        for rung in rungs {
            self.emit(Some(number), Event::RungSkipped { rung });
        }
    }

    /// The rules that are due already and have not fired, the rungs among them to record as skipped, and the position after them.
    pub(super) fn already_due(
        &self,
        number: &str,
        scenario: Option<&Scenario>,
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
                if rule.contact {
                    let fired_there = file.runs.iter().any(|run| run.origin == Origin::Rung(offset));
                    if Some(offset) > file.position && !file.skipped.contains(&offset) && !fired_there {
                        rungs.insert(offset);
                    }
                    position = position.max(Some(offset));
                }
            } else if free_branch_holds(rule, &facts) {
                skipped.push(rule.key);
            }
        }
        (skipped, rungs.into_iter().collect(), position)
    }
}

fn reference(scenario: &Scenario) -> ScenarioRef {
    ScenarioRef { name: scenario.machine.name.clone(), hash: scenario.hash.clone() }
}
