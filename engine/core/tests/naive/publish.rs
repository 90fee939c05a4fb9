//! Stories in which the scenarios are changed and published anew.

use crate::generate::{Story, ZONE, machine, mend, rule, sequence, settings, start, state, story};
use proptest::prelude::*;
use relance_core::day::{add_days, instant_at};
use relance_core::machine::{Carry, Machine, Rule, Sequence, Settings, State};

/// What is changed: in which scenario, which state and which rule of it, how, and with what.
type Edit = (usize, usize, usize, u8, (Rule, Sequence, State, Settings));

fn edit() -> impl Strategy<Value = Edit> {
    (0..2usize, 0..4usize, 0..4usize, 0..15u8, (rule(), sequence(), state(), settings()))
}

fn change(machines: &mut Vec<Machine>, (which, at, nth, how, with): Edit, other: &Machine) {
    let (rule, sequence, state, settings) = with;
    let which = which % machines.len();
    let machine = &mut machines[which];
    let states = machine.states.len();
    let own = &mut machine.states[at % states];
    match how {
        0 | 1 if !own.rules.is_empty() => drop(own.rules.remove(nth % own.rules.len())),
        2 => own.rules.insert(nth.min(own.rules.len()), rule),
        3 if !own.rules.is_empty() => {
            let at = nth % own.rules.len();
            own.rules[at].sequence = sequence;
        }
        4 if !own.rules.is_empty() => {
            let at = nth % own.rules.len();
            if own.rules[at].repeat.is_none() && rule.repeat.is_none() {
                own.rules[at].branches = rule.branches;
            }
        }
        5 => own.entry = state.entry,
        6 => own.reactions = state.reactions,
        7 => own.is_final = !own.is_final && at % states > 0,
        8 if states > 1 => drop(machine.states.pop()),
        9 => machine.settings = settings,
        10 => machine.reactions.clear(),
        11 if machines.len() == 1 => machines.push(Machine { name: "tiers".to_owned(), ..other.clone() }),
        11 => drop(machines.remove(which)),
        12 | 13 if at % states > 0 => {
            let machine = &mut machines[which];
            let (from, to) = (machine.states[at % states].name.clone(), format!("r{}", at % states));
            rename(machine, &from, &to);
            machine.carries.push(Carry { from, to });
        }
        14 if states > 2 => {
            let machine = &mut machines[which];
            let gone = machine.states.remove(states - 1).name;
            let to = machine.states[1 + at % (states - 2)].name.clone();
            machine.carries.iter_mut().filter(|carry| carry.to == gone).for_each(|carry| carry.to.clone_from(&to));
            machine.carries.push(Carry { from: gone, to });
        }
        _ => {}
    }
    // What a state was called before it was renamed twice is where it went at last; names that are there again need no line.
    for machine in machines {
        let names: Vec<String> = machine.states.iter().map(|state| state.name.clone()).collect();
        machine.carries.retain(|carry| !names.contains(&carry.from) && names.contains(&carry.to));
        // No rule names a state that is not there.
        let carries = std::mem::take(&mut machine.carries);
        carries.iter().for_each(|carry| rename(machine, &carry.from, &carry.to));
        machine.carries = carries;
    }
}

/// Another name for a state, wherever it is named.
fn rename(machine: &mut Machine, from: &str, to: &str) {
    let text = serde_json::to_string(machine).unwrap_or_default();
    let text = text.replace(&format!("{from:?}"), &format!("{to:?}"));
    *machine = serde_json::from_str(&text).unwrap_or_else(|_| machine.clone());
}

/// Stories in which other versions of the scenarios count from some moment on.
pub fn publications() -> impl Strategy<Value = Story> {
    let edits = prop::collection::vec(edit(), 1..4);
    (story(), edits, machine(), 0..90i64, 0..24u32).prop_map(|(mut story, edits, other, day, hour)| {
        let mut machines = story.machines.clone();
        edits.into_iter().for_each(|one| change(&mut machines, one, &other));
        let segments = story.machines.first().map(|m| m.segments.clone()).unwrap_or_default();
        for machine in &mut machines {
            machine.segments.clone_from(&segments);
            mend(machine);
        }
        let time = chrono::NaiveTime::from_hms_opt(hour, 17, 0).unwrap_or_default();
        let day = add_days(start(), day.min(story.days - 1));
        // What is published as it was is no publication.
        story.published = (machines != story.machines).then(|| (instant_at(day, time, ZONE), machines));
        story
    })
}
