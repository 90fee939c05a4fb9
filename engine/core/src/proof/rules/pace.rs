//! Repetitions that come too late, holds without an end, conditions that scripts read every day.

use super::super::site::{is_unconditional, leaves_at_once, living, only_rung};
use super::super::solve::span_days;
use super::super::{At, Finding, Kind, Proof};
use crate::machine::{Action, Clock, Expr, RuleId};
use std::collections::BTreeSet;

pub(in super::super) fn examine(proof: &Proof<'_>, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    for state in living(machine) {
        let facts = proof.facts(&state.name);
        let leaves = state.rules.iter().filter_map(|rule| {
            let (clock, day) = only_rung(rule)?;
            let waits = machine.opens_with_formal_notice(&rule.sequence) && !rule.without_prior_reminder;
            let always = rule.branches.iter().any(|branch| is_unconditional(branch, &facts));
            (clock == Clock::State && always && !waits && leaves_at_once(&rule.sequence).is_some())
                .then_some((day, rule.id))
        });
        let Some((lasts, leaver)) = leaves.min() else { continue };
        for rule in &state.rules {
            if rule.repeat.as_ref().is_some_and(|repeat| span_days(repeat.every).low >= i128::from(lasts)) {
                let kind = Kind::RepeatTooLong { lasts };
                found.push(Finding::new(&machine.name, kind, At::Rule(rule.id)).also(At::Rule(leaver)));
            }
        }
    }
    let resumes = machine.sequences().any(|(_, sequence)| sequence.actions().any(|a| matches!(a, Action::Resume)));
    if !resumes {
        for (id, sequence) in machine.sequences() {
            if sequence.actions().any(|a| matches!(a, Action::Suspend { length: None })) {
                found.push(Finding::new(&machine.name, Kind::SuspendedForEver, At::Rule(id)));
            }
        }
    }
    daily(proof, found);
}

/// Conditions that read time through a script.
fn daily(proof: &Proof<'_>, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let Some(scripts) = &proof.lab.program().scripts else { return };
    let mut told: BTreeSet<(RuleId, String)> = BTreeSet::new();
    let mut look = |id: RuleId, guard: &Expr| {
        guard.each(&mut |part| {
            let Expr::Call(call) = part else { return };
            let moves =
                scripts.reads(&call.function, call.arguments.len()).is_some_and(|reads| reads.moves_with_time());
            if moves && told.insert((id, call.function.clone())) {
                let kind = Kind::ReadDaily { function: call.function.clone() };
                found.push(Finding::new(&machine.name, kind, At::Rule(id)));
            }
        });
    };
    // What is read once, at an entry or an event, is not read every day.
    for rule in living(machine).flat_map(|state| &state.rules) {
        rule.branches.iter().for_each(|branch| look(rule.id, &branch.guard));
    }
}
