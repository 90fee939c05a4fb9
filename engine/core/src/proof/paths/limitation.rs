//! What happens only after the debt is time-barred: two years against a consumer (code de la consommation, L218-2), five years between
//! merchants (code de commerce, L110-4).

use super::super::site::{firing, lasting, living};
use super::super::solve::{Atom, Formula, Kind as Measure, Linear, Var, solve};
use super::super::{At, Finding, Kind, Proof};
use super::{Dead, sequences};
use crate::machine::{Action, Clock, Expr, Nature, PLAN, Rule, Sequence, State, Value};
use crate::schema::Fact;
use std::collections::BTreeMap;

const CONSUMER: (u32, i64) = (2, 730);
const MERCHANT: (u32, i64) = (5, 1826);

/// A day that may lie as far back as one likes.
pub(in super::super) const LONG_BEFORE: i64 = -1_000_000;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let entered = entered(proof, dead);
    for state in living(machine) {
        let Some(since) = entered.get(state.name.as_str()) else { continue };
        for rule in state.rules.iter().filter(|rule| !dead.contains(&rule.id)) {
            let begins = earliest(rule, *since);
            let day = begins.saturating_add(waits(&rule.sequence));
            let barred = |years: u32| Finding::new(&machine.name, Kind::TimeBarred { years, day }, At::Rule(rule.id));
            if day > MERCHANT.1 && !concerns(proof, &state.name, rule, false) {
                found.push(barred(CONSUMER.0));
            } else if day > MERCHANT.1 {
                found.push(barred(MERCHANT.0));
            } else if day > CONSUMER.1 && concerns(proof, &state.name, rule, true) {
                let mixed = concerns(proof, &state.name, rule, false);
                let assumed = mixed.then_some("si le client est un particulier");
                found.push(Finding { assumed, ..barred(CONSUMER.0) });
            } else if is_endless(proof, state, rule) {
                found.push(Finding::new(&machine.name, Kind::Endless, At::Rule(rule.id)));
            }
        }
    }
}

/// The first day, in days from the due date, on which each state can be entered.
pub(in super::super) fn entered<'m>(proof: &Proof<'m>, dead: &Dead) -> BTreeMap<&'m str, i64> {
    let machine = proof.machine;
    let mut first = BTreeMap::from([(PLAN, LONG_BEFORE)]);
    // Each round brings a shortest way to one more state at least.
    for _ in 0..machine.states.len() {
        let mut better = Vec::new();
        for state in &machine.states {
            let Some(since) = first.get(state.name.as_str()).copied() else { continue };
            for (id, sequence) in sequences(machine, state).filter(|(id, _)| !dead.contains(id)) {
                let rule = state.rules.iter().find(|rule| rule.id == id);
                let begins = rule.map_or(since, |rule| earliest(rule, since));
                for (name, wait) in ways_out(sequence) {
                    better.push((name, begins.saturating_add(wait)));
                }
            }
        }
        let before = first.clone();
        for (name, day) in better {
            let known = first.entry(name).or_insert(day);
            *known = day.min(*known);
        }
        if first == before {
            break;
        }
    }
    first
}

/// The states that a sequence goes to, and the days that its waits take before.
fn ways_out(sequence: &Sequence) -> Vec<(&str, i64)> {
    let mut waited = 0i64;
    let mut found = Vec::new();
    for stage in &sequence.stages {
        waited = waited.saturating_add(stage.wait.as_ref().map_or(0, at_least));
        for action in stage.actions() {
            if let Action::GoTo { state } = action {
                found.push((state.as_str(), waited));
            }
        }
    }
    found
}

fn waits(sequence: &Sequence) -> i64 {
    sequence.stages.iter().filter_map(|stage| stage.wait.as_ref()).map(at_least).fold(0, i64::saturating_add)
}

/// The fewest days that a length is.
pub(in super::super) fn at_least(length: &Expr) -> i64 {
    let sum = Linear::of(length, &|_| None).filter(|sum| sum.terms.is_empty());
    sum.and_then(|sum| i64::try_from(sum.constant.low).ok()).unwrap_or(0).max(0)
}

/// The first day on which a rule can fire, in a state that is entered on a day.
fn earliest(rule: &Rule, since: i64) -> i64 {
    let of_bounds = |branch: &crate::machine::Branch| {
        let days = branch.bounds.iter().map(|bound| {
            let low = Linear::of(&bound.offset, &|_| None).filter(|sum| sum.terms.is_empty());
            let low = low.and_then(|sum| i64::try_from(sum.constant.low).ok()).unwrap_or(LONG_BEFORE);
            let start = if bound.clock == Clock::State { since } else { 0 };
            start.saturating_add(low).saturating_add(bound.extra_days)
        });
        days.fold(since, i64::max)
    };
    let first = rule.branches.iter().map(of_bounds).min().unwrap_or(since);
    let every = rule.repeat.as_ref().map_or(0, |repeat| at_least(&Expr::from(repeat.every)));
    first.saturating_add(every)
}

/// Whether the rule can concern invoices to consumers, or to others.
fn concerns(proof: &Proof<'_>, state: &str, rule: &Rule, consumers: bool) -> bool {
    let facts = proof.facts(state);
    let words = ["b2c".to_owned()].into();
    let regime = Formula::Atom(Atom::Word { var: Var::Fact(Fact::Regime), words, inside: consumers });
    let selected = lasting(&proof.selected(&facts), state, true);
    firing(rule, &facts).iter().any(|branch| !solve(&[branch, &selected, &regime], &facts).is_no())
}

/// Whether the rule goes on reminding the client for ever: nothing says how often, and nothing but an event ends its state.
fn is_endless(proof: &Proof<'_>, state: &State, rule: &Rule) -> bool {
    let reminds = |sequence: &Sequence| {
        sequence.actions().filter_map(Action::contact).any(|contact| contact.nature != Nature::Information)
    };
    let unlimited = rule.repeat.as_ref().is_some_and(|repeat| repeat.at_most.is_none());
    let left = || state.rules.iter().any(|rule| rule.sequence.destinations().next().is_some());
    if !unlimited || !reminds(&rule.sequence) || left() {
        return false;
    }
    // A condition may set a limit of its own.
    let late = [(Fact::DaysLate, Measure::Days, MERCHANT.1), (Fact::Reminders, Measure::Number, 1_000)];
    let mut later: Vec<Formula> = late.iter().filter_map(|(fact, kind, n)| at_least_so(*fact, *kind, *n)).collect();
    let stayed = Linear::var(Var::StateDays, Measure::Days).plus(Linear::days(i128::from(MERCHANT.1)), -1);
    later.extend(stayed.map(|sum| Formula::Atom(Atom::AtLeastZero(sum))));
    let facts = proof.facts(&state.name);
    let later = Formula::All(later);
    firing(rule, &facts).iter().any(|branch| !solve(&[branch, &later], &facts).is_no())
}

/// A fact is so much at least.
fn at_least_so(fact: Fact, kind: Measure, n: i64) -> Option<Formula> {
    let limit = match kind {
        Measure::Number => Linear::of(&Expr::Literal(Value::Number(n.into())), &|_| None)?,
        _ => Linear::days(i128::from(n)),
    };
    let sum = Linear::var(Var::Fact(fact), kind).plus(limit, -1)?;
    Some(Formula::Atom(Atom::AtLeastZero(sum)))
}
