//! Rules that can never fire.

use super::super::domain::Facts;
use super::super::site::{firing, holds, lasting, living};
use super::super::solve::{Formula, solve};
use super::super::{At, Finding, Kind, Proof};
use crate::machine::{PLAN, RuleId};
use std::collections::BTreeSet;

/// The rules that cannot fire; those of ends included.
pub(in super::super) type Dead = BTreeSet<RuleId>;

/// Why a rule cannot fire.
enum Why {
    Itself,
    Selection,
    SelectionWithRegime,
}

pub(in super::super) fn examine(proof: &Proof<'_>, found: &mut Vec<Finding>) -> Dead {
    let machine = proof.machine;
    let mut dead = Dead::new();
    let mut tell = |id: RuleId, why: Option<Why>| {
        let (kind, assumed) = match why {
            None => return,
            Some(Why::Itself) => (Kind::NeverFires, None),
            Some(Why::Selection) => (Kind::OutsideSelection, None),
            Some(Why::SelectionWithRegime) => {
                (Kind::OutsideSelection, Some("en admettant que le régime d'une facture ne change pas"))
            }
        };
        dead.insert(id);
        found.push(Finding { assumed, ..Finding::new(&machine.name, kind, At::Rule(id)) });
    };
    for state in living(machine) {
        let facts = proof.facts(&state.name);
        for rule in &state.rules {
            tell(rule.id, why(proof, &firing(rule, &facts), &facts, &state.name));
        }
    }
    for state in &machine.states {
        let facts = Facts { open: false, ..proof.facts(&state.name) };
        for (id, guard) in
            state.entry.iter().map(|e| (e.id, &e.guard)).chain(state.reactions.iter().map(|r| (r.id, &r.guard)))
        {
            tell(id, why(proof, &[holds(guard, &facts)], &facts, &state.name));
        }
    }
    // A reaction of the scenario answers in every state: only what holds in all of them counts.
    let anywhere = Facts { open: false, state: None, ..proof.facts(PLAN) };
    for reaction in &machine.reactions {
        tell(reaction.id, why(proof, &[holds(&reaction.guard, &anywhere)], &anywhere, ""));
    }
    for state in machine.states.iter().filter(|state| state.is_final) {
        for rule in &state.rules {
            dead.insert(rule.id);
            let kind = Kind::InFinalState { state: state.name.clone() };
            found.push(Finding::new(&machine.name, kind, At::Rule(rule.id)));
        }
    }
    dead
}

fn why(proof: &Proof<'_>, branches: &[Formula], facts: &Facts<'_>, state: &str) -> Option<Why> {
    if branches.iter().all(|branch| solve(&[branch], facts).is_no()) {
        return Some(Why::Itself);
    }
    let selected = proof.selected(facts);
    let excluded = |regime: bool| {
        let lasting = lasting(&selected, state, regime);
        branches.iter().all(|branch| solve(&[branch, &lasting], facts).is_no())
    };
    // The scenario's own rules of selection exclude each other: that is told once, at the selection.
    let nothing = || solve(&[&lasting(&selected, state, true)], facts).is_no();
    match () {
        () if excluded(false) && !nothing() => Some(Why::Selection),
        () if excluded(true) && !nothing() => Some(Why::SelectionWithRegime),
        () => None,
    }
}
