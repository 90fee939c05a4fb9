//! Where examples are tried: the project's machines, run by the simulation.

use super::super::cycles::turns_through_work;
use super::super::domain::Facts;
use super::super::solve::Model;
use super::Witness;
use super::build::{CLIENT, Given, NUMBER, Way, build};
use super::told::told;
use crate::day::{add_days, civil_date, end_of_day, start_of_day};
use crate::dossier::Dossier;
use crate::eval::truth;
use crate::event::{Entry, Event};
use crate::facts::InvoiceFacts;
use crate::machine::{Expr, Machine, RuleId};
use crate::program::Program;
use crate::simulate::{Inbox, People, World, run};
use crate::step::{Input, step};
use std::cell::Cell;
use std::collections::BTreeMap;

/// So many simulations are made for a project at most.
const MAX_RUNS: usize = 400;
/// Those of big projects are dear, with the square of their rules, and there are fewer of them.
const MAX_WORK: usize = 4_000_000;

/// The project's machines, ready to run.
pub(crate) struct Lab {
    program: Program,
    left: Cell<usize>,
}

/// What a simulation showed.
pub(crate) struct Seen<'a> {
    /// What the journal says of the invoice.
    pub entries: &'a [Entry],
    /// Whether what was asked of the facts held, for each entry.
    held: &'a [bool],
    /// The scenario that is looked at.
    pub scenario: &'a str,
}

impl<'a> Seen<'a> {
    /// The day on which a rule fires first.
    pub fn fired(&self, rule: RuleId) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| matches!(entry.event, Event::Fired { .. }) && self.is_about(entry, rule))
    }

    /// The entries at whose moment what was asked of the facts held.
    pub fn held(&self) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().zip(self.held).filter(|(_, held)| **held).map(|(entry, _)| entry)
    }

    /// Whether an entry comes from a rule of the scenario.
    pub fn is_about(&self, entry: &Entry, rule: RuleId) -> bool {
        entry.about.as_ref().is_some_and(|about| about.scenario == self.scenario && about.rule == Some(rule))
    }
}

impl Lab {
    pub fn new(machines: &[Machine], zone: chrono_tz::Tz) -> Lab {
        // The people of examples do their work at once: where that can turn for ever, nothing is run.
        let rules: usize = machines.iter().map(|machine| machine.sequences().count()).sum();
        let affordable = MAX_RUNS.min(MAX_WORK / rules.saturating_mul(rules).max(1));
        let left = if machines.iter().any(turns_through_work) { 0 } else { affordable };
        Lab { program: Program::new(machines.to_vec(), zone, BTreeMap::new()), left: Cell::new(left) }
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Runs an invoice with the values of the model up to `after` days after the day that matters; when `confirms` finds in its journal what is claimed, the entries that show it, it is
    /// the witness.
    pub fn witness<'s>(
        &self,
        model: &Model,
        facts: &Facts<'_>,
        within: (&[Way<'_>], i64),
        confirms: impl for<'b> Fn(&Seen<'b>) -> Option<Vec<&'b Entry>> + 's,
    ) -> Option<Witness> {
        self.witness_when(model, facts, within, &|_| true, confirms)
    }

    /// The same, and what is asked of the invoice's facts is looked at for each entry.
    pub fn witness_when<'s>(
        &self,
        model: &Model,
        facts: &Facts<'_>,
        (ways, after): (&[Way<'_>], i64),
        asked: &dyn Fn(&InvoiceFacts<'_>) -> bool,
        confirms: impl for<'b> Fn(&Seen<'b>) -> Option<Vec<&'b Entry>> + 's,
    ) -> Option<Witness> {
        ways.iter().find_map(|way| {
            let given = build(model, facts, *way)?;
            let (entries, held) = self.run(&given, after, asked)?;
            let seen = Seen { entries: &entries, held: &held, scenario: &facts.machine.name };
            let shown = confirms(&seen)?;
            let timeline = shown
                .into_iter()
                .filter_map(|entry| Some((civil_date(entry.at, self.program.zone), told(entry, &self.program)?)))
                .collect();
            let Given { amount, issued, due, details, events, things, .. } = given;
            Some(Witness { amount, issued, due, details, events, timeline, data: things })
        })
    }

    /// An invoice with the values of the model of which all conditions certainly hold on the day of its take-over.
    pub fn witness_of_facts(&self, model: &Model, facts: &Facts<'_>, conditions: &[&Expr]) -> Option<Witness> {
        let given = build(model, facts, Way::TakenOver)?;
        self.left.set(self.left.get().checked_sub(1)?);
        let mut dossier = Dossier::new(CLIENT);
        let now = start_of_day(given.day, self.program.zone);
        let inputs = given.things.iter().map(|thing| Input::Incoming { incoming: thing.clone(), imported: None });
        step(&self.program, &mut dossier, now, inputs.collect());
        let file = dossier.invoices.get(NUMBER)?;
        let read = InvoiceFacts::new(&self.program, &dossier, NUMBER, file, given.day);
        if !conditions.iter().all(|condition| truth(condition, &read) == Some(true)) {
            return None;
        }
        let Given { amount, issued, due, details, events, things, .. } = given;
        Some(Witness { amount, issued, due, details, events, timeline: Vec::new(), data: things })
    }

    fn run(
        &self,
        given: &Given,
        after: i64,
        asked: &dyn Fn(&InvoiceFacts<'_>) -> bool,
    ) -> Option<(Vec<Entry>, Vec<bool>)> {
        self.left.set(self.left.get().checked_sub(1)?);
        let first = given.things.iter().map(|thing| thing.effective).min().unwrap_or(given.issued);
        let things = given.things.iter().map(|thing| (thing.clone(), None)).collect();
        let inbox = Inbox::new(things, self.program.zone);
        let mut world = World { dossier: Dossier::new(CLIENT), wake: None, inbox };
        let span = (
            start_of_day(first.min(add_days(given.day, -1)), self.program.zone),
            end_of_day(add_days(given.day, after), self.program.zone),
        );
        let (mut entries, mut held) = (Vec::new(), Vec::new());
        run(&self.program, &mut world, span, People::DILIGENT, |dossier, entry| {
            if entry.invoice.as_deref() == Some(NUMBER) {
                let today = civil_date(entry.at, self.program.zone);
                let file = dossier.invoices.get(NUMBER);
                let facts = file.map(|file| InvoiceFacts::new(&self.program, dossier, NUMBER, file, today));
                held.push(facts.is_some_and(|facts| asked(&facts)));
                entries.push(entry.clone());
            }
        });
        Some((entries, held))
    }
}
