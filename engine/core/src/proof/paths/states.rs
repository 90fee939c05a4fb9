//! States that nothing leads to, states in which nothing goes on, and states that lead to each other without time.

use super::super::{At, Finding, Kind, Proof, cycles};
use super::{Dead, reached, sequences};

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
    for cycle in cycles(machine) {
        let Some(first) = cycle.passages.first() else { continue };
        let mut finding = Finding::new(&machine.name, Kind::Cycle { route: cycle.route() }, At::Rule(first.rule));
        for passage in cycle.passages.iter().skip(1) {
            finding = finding.also(At::Rule(passage.rule));
        }
        found.push(finding);
    }
}
