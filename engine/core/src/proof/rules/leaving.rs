//! What comes after a state has been left.

use super::super::site::{is_unconditional, leaves_at_once, living, only_rung};
use super::super::solve::{Answer, Formula, solve};
use super::super::witness::Way;
use super::super::{At, Finding, Kind, Proof};
use super::never::Dead;
use crate::event::Event;
use crate::machine::{Action, Clock, PLAN, RuleId, Sequence};

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    for (id, sequence) in machine.sequences() {
        if let Some((to, lost)) = lost(sequence) {
            found.push(Finding::new(&machine.name, Kind::AfterLeaving { to, lost }, At::Rule(id)));
        }
    }
    for state in living(machine) {
        above(proof, &state.name, dead, found);
    }
}

/// What a sequence does after it has gone elsewhere, and where.
fn lost(sequence: &Sequence) -> Option<(String, String)> {
    let mut stages = sequence.stages.iter();
    let to = stages.by_ref().find_map(|stage| {
        let mut first = stage.items.iter().filter_map(|item| item.0.first());
        first.find_map(|attempt| match &attempt.action {
            Action::GoTo { state } if attempt.approval.is_none() => Some(state.clone()),
            _ => None,
        })
    })?;
    let next = stages.next()?;
    let words: Vec<String> = next.items.iter().map(ToString::to_string).collect();
    Some((to, if words.is_empty() { next.to_string() } else { words.join(" et ") }))
}

/// Rungs above one that always leaves.
fn above(proof: &Proof<'_>, state: &str, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let Some(rules) = machine.state(state).map(|state| &state.rules) else { return };
    let facts = proof.facts(state);
    let leavers = rules.iter().filter(|rule| !dead.contains(&rule.id)).filter_map(|rule| {
        let (clock, day) = only_rung(rule)?;
        let to = leaves_at_once(&rule.sequence)?;
        let always = rule.branches.iter().any(|branch| is_unconditional(branch, &facts));
        let waits = machine.opens_with_formal_notice(&rule.sequence) && !rule.without_prior_reminder;
        (always && !waits).then_some((rule, clock, day, to))
    });
    let Some((leaver, clock, day, to)) = leavers.min_by_key(|(rule, _, day, _)| (*day, rule.id)) else { return };
    for rule in rules.iter().filter(|rule| !dead.contains(&rule.id)) {
        if only_rung(rule).is_none_or(|(other, above)| other != clock || above <= day) {
            continue;
        }
        let kind = Kind::AboveLeaving { to: to.to_owned(), day, in_state: clock == Clock::State };
        let finding = Finding::new(&machine.name, kind, At::Rule(rule.id)).also(At::Rule(leaver.id));
        let witness = (clock == Clock::Due && state == PLAN).then(|| left_before(proof, state, leaver.id)).flatten();
        found.push(finding.with(witness));
    }
}

fn left_before(proof: &Proof<'_>, state: &str, leaver: RuleId) -> Option<super::super::Witness> {
    let facts = proof.facts(state);
    let rule = proof.machine.state(state)?.rules.iter().find(|rule| rule.id == leaver)?;
    let fires = Formula::Any(super::super::site::firing(rule, &facts));
    let Answer::Yes(model) = solve(&[&fires, &proof.selected(&facts)], &facts) else { return None };
    proof.lab.witness(&model, &facts, (&[Way::Followed], 5), |seen| {
        let left =
            seen.entries.iter().find(|e| matches!(e.event, Event::StateEntered { .. }) && seen.is_about(e, leaver));
        Some(vec![left?])
    })
}
