//! Rules of one rung that contradict each other, with an invoice for which both fire.

use super::super::site::{firing, leaves_at_once, living, only_rung, takes_part};
use super::super::solve::{Answer, Formula, solve};
use super::super::witness::{Seen, Way};
use super::super::{At, Finding, Kind, Proof};
use super::never::Dead;
use crate::event::{Entry, Event};
use crate::machine::{Contact, Nature, PLAN, Rule, RuleId};
use std::collections::BTreeSet;

/// More pairs than this of one state are not looked at.
const MAX_PAIRS: usize = 300;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let mut seen: BTreeSet<RuleId> = BTreeSet::new();
    for state in living(machine) {
        let alive: Vec<&Rule> =
            state.rules.iter().filter(|rule| takes_part(rule) && !dead.contains(&rule.id)).collect();
        let pairs =
            alive.iter().enumerate().flat_map(|(i, second)| alive.iter().take(i).map(move |first| (*first, *second)));
        for (first, second) in pairs.take(MAX_PAIRS) {
            if only_rung(first).is_none() || only_rung(first) != only_rung(second) {
                continue;
            }
            // One contradiction of a rule is enough to look at it.
            if let Some((kind, told)) = contradiction(first, second)
                && !seen.contains(&told)
                && let Some(witness) = both(proof, &state.name, first, second, &kind)
            {
                seen.insert(told);
                let (at, also) = if told == first.id { (first, second) } else { (second, first) };
                let finding = Finding::new(&machine.name, kind, At::Rule(at.id)).also(At::Rule(also.id));
                found.push(finding.with(Some(witness)));
            }
        }
    }
}

/// What is wrong when both rules fire, and the rule at which it is told.
fn contradiction(first: &Rule, second: &Rule) -> Option<(Kind, RuleId)> {
    match (leaves_at_once(first), leaves_at_once(second)) {
        (Some(one), Some(other)) => {
            let states = (one.to_owned(), other.to_owned());
            (one != other).then_some((Kind::TwoDestinations { states }, second.id))
        }
        (Some(to), None) if second.sequence.has_contact() => {
            Some((Kind::CancelledByLeaving { to: to.to_owned() }, second.id))
        }
        (None, Some(to)) if first.sequence.has_contact() => {
            Some((Kind::CancelledByLeaving { to: to.to_owned() }, first.id))
        }
        _ => messages(first, second).map(|kind| (kind, second.id)),
    }
}

/// The contacts with which a rule opens.
fn opening(rule: &Rule) -> Vec<&Contact> {
    let first = rule.sequence.stages.first().filter(|stage| stage.wait.is_none());
    let attempts = first.into_iter().flat_map(|stage| &stage.items).filter_map(|item| item.0.first());
    attempts.filter_map(|attempt| attempt.action.contact()).collect()
}

fn messages(first: &Rule, second: &Rule) -> Option<Kind> {
    let written = |contact: &&&Contact| contact.nature != Nature::Information && contact.choice.is_none();
    let (first, second) = (opening(first), opening(second));
    for one in first.iter().filter(written) {
        for other in second.iter().filter(written) {
            if one.channel != other.channel || one.to != other.to {
                continue;
            }
            return Some(if one.template == other.template { Kind::SameMessageTwice } else { Kind::TwoMessages });
        }
    }
    None
}

fn both(proof: &Proof<'_>, state: &str, first: &Rule, second: &Rule, kind: &Kind) -> Option<super::super::Witness> {
    let facts = proof.facts(state);
    let (one, other) = (Formula::Any(firing(first, &facts)), Formula::Any(firing(second, &facts)));
    let Answer::Yes(model) = solve(&[&one, &other, &proof.selected(&facts)], &facts) else { return None };
    let ways: &[Way] = if state == PLAN { &[Way::Followed, Way::TakenOver] } else { &[Way::Moved] };
    proof.lab.witness(&model, &facts, (ways, 1), |seen| confirmed(seen, first, second, kind))
}

fn confirmed<'s>(seen: &Seen<'s>, first: &Rule, second: &Rule, kind: &Kind) -> Option<Vec<&'s Entry>> {
    let fired = [seen.fired(first.id)?, seen.fired(second.id)?];
    let at = fired[0].at;
    if fired[1].at != at {
        return None;
    }
    let mut shown = fired.to_vec();
    match kind {
        Kind::CancelledByLeaving { .. } => {
            let gone = |rule: &Rule| {
                seen.entries.iter().find(|entry| {
                    entry.at == at && matches!(entry.event, Event::Cancelled { .. }) && seen.is_about(entry, rule.id)
                })
            };
            shown.push(gone(first).or_else(|| gone(second))?);
        }
        Kind::TwoDestinations { .. } => {
            let entered =
                seen.entries.iter().find(|entry| matches!(entry.event, Event::StateEntered { .. }) && entry.at >= at);
            shown.push(entered?);
        }
        _ => {}
    }
    Some(shown)
}
