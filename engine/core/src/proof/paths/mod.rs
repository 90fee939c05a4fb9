//! Findings about the ways through a machine, from state to state.

pub(super) mod limitation;
pub(super) mod notice;
pub(super) mod states;

use super::Proof;
use super::rules::never::Dead;
use crate::machine::{Machine, RuleId, Sequence, State};

/// What can happen in a state: its own rules, and the scenario's reactions that it does not replace.
pub(super) fn sequences<'m>(machine: &'m Machine, state: &'m State) -> impl Iterator<Item = (RuleId, &'m Sequence)> {
    let replaced = |on| state.reactions.iter().any(|own| own.on == on);
    let common = machine.reactions.iter().filter(move |reaction| !replaced(reaction.on));
    let timed = |is_rule: bool| !(state.is_final && is_rule);
    let own = state.sequences().filter(move |(id, _)| timed(state.rules.iter().any(|rule| rule.id == *id)));
    own.chain(common.map(|reaction| (reaction.id, &reaction.sequence)))
}

/// The states that an invoice can come to without a person's moving it.
fn reached<'m>(proof: &Proof<'m>, dead: &Dead) -> Vec<&'m State> {
    let machine = proof.machine;
    let mut reached: Vec<&State> = machine.states.iter().take(1).collect();
    let mut next = 0;
    while let Some(state) = reached.get(next).copied() {
        next += 1;
        for (_, sequence) in sequences(machine, state).filter(|(id, _)| !dead.contains(id)) {
            for target in sequence.destinations().filter_map(|name| machine.state(name)) {
                if !reached.iter().any(|known| known.name == target.name) {
                    reached.push(target);
                }
            }
        }
    }
    reached
}
