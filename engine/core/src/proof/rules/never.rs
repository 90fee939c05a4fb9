//! Rules that can never fire.

use super::super::domain::Facts;
use super::super::paths::sequences;
use super::super::site::{firing, holds, lasting, living};
use super::super::solve::{Atom, Formula, Kind as Measure, Linear, Var, solve};
use super::super::{At, Finding, Kind, Proof};
use crate::machine::{Expr, Machine, PLAN, Reaction, RuleId, Trigger};
use crate::schema::Fact;
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
        for entry in &state.entry {
            tell(entry.id, why(proof, &[holds(&entry.guard, &facts)], &facts, &state.name));
        }
        for reaction in &state.reactions {
            tell(reaction.id, why(proof, &[answers(reaction, &facts)], &facts, &state.name));
        }
    }
    // A reaction of the scenario answers in every state: only what holds in all of them counts.
    let anywhere = Facts { open: false, state: None, ..proof.facts(PLAN) };
    for reaction in &machine.reactions {
        tell(reaction.id, why(proof, &[answers(reaction, &anywhere)], &anywhere, ""));
    }
    never_visited(proof, &mut dead, found);
    for state in machine.states.iter().filter(|state| state.is_final) {
        for rule in &state.rules {
            dead.insert(rule.id);
            let kind = Kind::InFinalState { state: state.name.clone() };
            found.push(Finding::new(&machine.name, kind, At::Rule(rule.id)));
        }
    }
    dead
}

/// What must hold for a reaction to answer: nothing is left to pay of a settled invoice.
fn answers(reaction: &Reaction, facts: &Facts<'_>) -> Formula {
    let paid = || Linear::cents(0).plus(Linear::var(Var::Fact(Fact::BalanceDue), Measure::Amount), -1);
    let settled = (reaction.on == Trigger::Settled).then(paid).flatten();
    let settled = settled.map_or(Formula::TRUE, |paid| Formula::Atom(Atom::AtLeastZero(paid)));
    holds(&reaction.guard, facts).and(settled)
}

/// Rules that ask that the invoice has been in a state from which nothing leads back to theirs.
fn never_visited(proof: &Proof<'_>, dead: &mut Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    for state in living(machine) {
        let facts = proof.facts(&state.name);
        for rule in state.rules.iter().filter(|rule| !dead.contains(&rule.id)).collect::<Vec<_>>() {
            let mut asked = BTreeSet::new();
            let guards = rule.branches.iter().map(|branch| &branch.guard);
            guards.for_each(|guard| {
                guard.each(&mut |part| {
                    if let Expr::Visited(name) = part {
                        asked.insert(name.as_str());
                    }
                });
            });
            asked.retain(|name| !leads(machine, name, &state.name));
            let come_back = |atom: &Atom| match atom {
                Atom::Flag(Var::Visited(name), truth) => truth.no || !asked.contains(name.as_str()),
                _ => true,
            };
            let fires: Vec<Formula> = firing(rule, &facts).iter().map(|f| f.strengthened(&come_back)).collect();
            let Some(name) = asked.first().filter(|_| fires.iter().all(|branch| solve(&[branch], &facts).is_no()))
            else {
                continue;
            };
            dead.insert(rule.id);
            let kind = Kind::NeverVisited { state: (*name).to_owned() };
            let finding = Finding::new(&machine.name, kind, At::Rule(rule.id));
            found.push(Finding { assumed: Some("sauf si une personne l'y replace"), ..finding });
        }
    }
}

/// Whether an invoice comes from one state to another without a person's moving it.
fn leads(machine: &Machine, from: &str, to: &str) -> bool {
    let mut come: Vec<&str> = vec![from];
    let mut next = 0;
    while let Some(name) = come.get(next).copied() {
        next += 1;
        if name == to {
            return true;
        }
        for (_, sequence) in machine.state(name).into_iter().flat_map(|state| sequences(machine, state)) {
            for target in sequence.destinations().filter(|target| !come.contains(target)).collect::<Vec<_>>() {
                come.push(target);
            }
        }
    }
    false
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
