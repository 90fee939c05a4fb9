//! Stories in which invoices come back to states that they have left.

use crate::generate::{Story, number, story};
use proptest::prelude::*;
use relance_core::machine::{Action, Machine, Sequence};
use relance_core::proof::{cycles, turns_through_work};

/// Whether an invoice could turn through its states without time.
fn turns(machine: &Machine) -> bool {
    !cycles(machine).is_empty() || turns_through_work(machine)
}

fn sequences(machine: &mut Machine) -> Vec<&mut Sequence> {
    let mut all: Vec<&mut Sequence> = vec![];
    for state in &mut machine.states {
        all.extend(state.entry.iter_mut().map(|r| &mut r.sequence));
        all.extend(state.rules.iter_mut().map(|r| &mut r.sequence));
        all.extend(state.reactions.iter_mut().map(|r| &mut r.sequence));
    }
    all.extend(machine.reactions.iter_mut().map(|r| &mut r.sequence));
    all
}

/// Puts an `aller à` in the place of an action, if the machine still takes time for every turn.
fn lead(machine: &mut Machine, (sequence, stage, item, to): (usize, usize, usize, usize)) {
    let before = machine.clone();
    let names: Vec<String> = machine.states.iter().map(|s| s.name.clone()).collect();
    let mut all = sequences(machine);
    let at = sequence % all.len();
    let stages = &mut all[at].stages;
    let at = stage % stages.len();
    let stage = &mut stages[at];
    if stage.actions().any(|a| matches!(a, Action::GoTo { .. })) {
        return;
    }
    let at = item % stage.items.len();
    if let Some(last) = stage.items[at].0.last_mut() {
        last.action = Action::GoTo { state: names[to % names.len()].clone() };
    }
    if turns(machine) {
        *machine = before;
    }
}

/// Stories whose machines lead back.
pub fn circles() -> impl Strategy<Value = Story> {
    let ways = prop::collection::vec((0..20usize, 0..3usize, 0..2usize, 0..4usize), 1..6);
    (story(), ways).prop_map(|(mut story, ways)| {
        for machine in &mut story.machines {
            if turns(machine) {
                continue;
            }
            ways.iter().for_each(|way| lead(machine, *way));
            number(machine);
        }
        story
    })
}
