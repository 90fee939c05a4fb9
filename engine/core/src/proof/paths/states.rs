//! States that nothing leads to, states in which nothing goes on, and states that lead to each other without time, or with no more than
//! what people take for their work.

use super::super::cycles::cycles_of_work;
use super::super::{At, Cycle, Finding, Kind, Proof, cycles};
use super::{Dead, reached, sequences};
use crate::machine::Machine;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let reached = reached(proof, dead);
    for state in machine.states.iter().skip(1) {
        let at = At::State(state.name.clone());
        if !reached.iter().any(|known| known.name == state.name) {
            found.push(Finding::new(&machine.name, Kind::Unreached, at));
            continue;
        }
        let leaves = sequences(machine, state).any(|(_, sequence)| sequence.destinations().next().is_some());
        let goes_on = !state.rules.is_empty() || !state.reactions.is_empty();
        if !state.is_final && !leaves && !goes_on {
            found.push(Finding::new(&machine.name, Kind::DeadEnd, at));
        }
    }
}

/// The cycles of a machine that take no time.
pub(in super::super) fn turning(machine: &Machine) -> Vec<Finding> {
    let kind = |cycle: &Cycle| Kind::Cycle { route: cycle.route() };
    cycles(machine).iter().filter_map(|cycle| tell(machine, cycle, kind(cycle))).collect()
}

/// The cycles of a machine that turn as often as people do their work, each told at its first rule.
pub(in super::super) fn working(machine: &Machine) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for cycle in cycles_of_work(machine) {
        let finding = tell(machine, &cycle, Kind::WorkCycle { route: cycle.route() });
        found.extend(finding.filter(|new| found.iter().all(|known| known.at != new.at)));
    }
    found
}

fn tell(machine: &Machine, cycle: &Cycle, kind: Kind) -> Option<Finding> {
    let first = cycle.passages.first()?;
    let others = cycle.passages.iter().skip(1);
    let finding = Finding::new(&machine.name, kind, At::Rule(first.rule));
    Some(others.fold(finding, |finding, passage| finding.also(At::Rule(passage.rule))))
}
