//! Stories in which clocks and waits of working days meet suspensions.

use crate::generate::{Story, number, start, story};
use proptest::prelude::*;
use relance_core::day::{Span, add_days};
use relance_core::incoming::{Incoming, What};
use relance_core::machine::{Clock, Expr, Machine, Sequence, Value};

fn working(n: i64) -> Expr {
    Expr::Literal(Value::Duration(Span::BusinessDays(n)))
}

/// Turns some of the machine's bounds, periods and waits into working days, those of the bounds on the clock of the state.
fn count_working_days(machine: &mut Machine, lengths: &mut impl Iterator<Item = Option<i64>>) {
    let mut wait = |sequence: &mut Sequence| {
        for stage in sequence.stages.iter_mut().skip(1) {
            if let Some(n) = lengths.next().flatten() {
                stage.wait = Some(working(n));
            }
        }
    };
    for state in &mut machine.states {
        state.entry.iter_mut().for_each(|r| wait(&mut r.sequence));
        state.rules.iter_mut().for_each(|r| wait(&mut r.sequence));
        state.reactions.iter_mut().for_each(|r| wait(&mut r.sequence));
    }
    machine.reactions.iter_mut().for_each(|r| wait(&mut r.sequence));
    for rule in machine.states.iter_mut().flat_map(|state| &mut state.rules) {
        for bound in rule.branches.iter_mut().flat_map(|branch| &mut branch.bounds) {
            if let Some(n) = lengths.next().flatten() {
                (bound.clock, bound.offset) = (Clock::State, working(n * 2));
            }
        }
        if let (Some(repeat), Some(n)) = (&mut rule.repeat, lengths.next().flatten()) {
            repeat.every = Span::BusinessDays(n);
        }
    }
}

/// Stories with suspensions of some days each: disputes about everything, stops, replies.
pub fn pauses() -> impl Strategy<Value = Story> {
    let lengths = prop::collection::vec(proptest::option::weighted(0.6, 1..12i64), 12);
    let pauses = prop::collection::vec((0..3usize, 0..70i64, 1..15i64, 0..3u8), 1..5);
    (story(), lengths, pauses).prop_map(|(mut story, lengths, pauses)| {
        let mut lengths = lengths.into_iter().cycle();
        for machine in &mut story.machines {
            count_working_days(machine, &mut lengths);
            number(machine);
        }
        let invoices = story.things.iter().filter(|thing| matches!(thing.what, What::Invoice(_))).count();
        for (n, (which, day, length, kind)) in pauses.into_iter().enumerate() {
            let begins = match kind {
                0 => What::DisputeOpened { amount: None, reason: None },
                1 => What::Stop { until: None },
                _ => What::Reply,
            };
            let ends = match kind {
                0 => Some(What::DisputeClosed),
                1 => Some(What::Resume { catch_up: true }),
                _ => None,
            };
            let mut tell = |id: String, day: i64, what: What| {
                let invoice = Some(format!("F{}", which % invoices));
                let effective = add_days(start(), day);
                story.things.push(Incoming {
                    id,
                    client: "C1".into(),
                    invoice,
                    effective,
                    known: None,
                    said: None,
                    what,
                });
            };
            tell(format!("y{n}"), day, begins);
            ends.into_iter().for_each(|what| tell(format!("yy{n}"), day + length, what));
        }
        story
    })
}
