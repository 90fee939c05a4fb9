//! The proofs stay cheap on a large scenario.

use super::build::{bound, compare, email, go, numbered, rule, sequence};
use relance_core::machine::*;
use relance_core::money::Amount;
use relance_core::proof::{Project, examine};
use relance_core::schema::Fact;
use std::time::Instant;

/// Fifty rules of one state, five to a day, their conditions apart or not.
fn large() -> Machine {
    let mut machine = Machine::new("grand", None);
    machine.states[0].rules = (0..50i64)
        .map(|n| {
            let segment =
                compare(Fact::Segment, Compare::Equal, Value::Text(["vip", "lent"][usize::from(n % 2 == 0)].into()));
            let amount = compare(Fact::Amount, Compare::GreaterOrEqual, Value::Amount(Amount::eur(n % 5 * 10_000)));
            let late = compare(
                Fact::DaysLate,
                Compare::GreaterOrEqual,
                Value::Duration(relance_core::day::Span::Days(n / 5 * 7)),
            );
            let action = if n % 17 == 0 { go("fin") } else { email(&format!("m{n}")) };
            let either = Expr::Or(vec![segment, Expr::Fact(Fact::InDispute)]);
            rule(
                vec![bound(Clock::Due, n / 5 * 7)],
                Expr::And(vec![late, amount, either]),
                sequence(vec![vec![action]]),
            )
        })
        .collect();
    let mut end = State::new("fin", None);
    end.is_final = true;
    machine.states.push(end);
    numbered(machine)
}

#[test]
fn a_large_scenario_is_examined_quickly() {
    let project = Project { segments: vec!["vip".into(), "lent".into()], ..Project::default() };
    let start = Instant::now();
    let found = examine(&[large()], &project);
    assert!(!found.is_empty());
    let limit = if cfg!(debug_assertions) { 20_000 } else { 250 };
    assert!(start.elapsed().as_millis() < limit, "{:?}", start.elapsed());
    println!("{:?} pour {} signalements", start.elapsed(), found.len());
}
