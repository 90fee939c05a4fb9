//! Rules of one occasion that contradict each other, with an invoice for which both fire.

use super::super::site::{leaves_at_once, living, opening};
use super::super::solve::{Answer, solve};
use super::super::witness::{Seen, Way};
use super::super::{At, Finding, Kind, Proof, Witness};
use super::never::Dead;
use super::occasion::{Candidate, When, candidates, meet};
use crate::event::{Entry, Event};
use crate::machine::{Action, Contact, Nature, PLAN, RuleId, Sequence};
use std::collections::BTreeSet;

/// More pairs than this of one state are not looked at.
const MAX_PAIRS: usize = 300;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let mut seen: BTreeSet<RuleId> = BTreeSet::new();
    let mut of = |all: Vec<Candidate<'_>>| {
        let alive: Vec<&Candidate<'_>> = all.iter().filter(|one| !dead.contains(&one.id)).collect();
        let pairs =
            alive.iter().enumerate().flat_map(|(i, second)| alive.iter().take(i).map(move |first| (*first, *second)));
        let wrong = pairs.filter_map(|(first, second)| Some((first, second, contradiction(first, second)?)));
        for (first, second, (kind, told)) in wrong.take(MAX_PAIRS) {
            // One contradiction of a rule is enough to look at it.
            if !seen.contains(&told)
                && meet(proof, first, second)
                && let Some(witness) = both(proof, first, second, &kind)
            {
                seen.insert(told);
                let (at, also) = if told == first.id { (first, second) } else { (second, first) };
                let finding = Finding::new(&machine.name, kind, At::Rule(at.id)).also(At::Rule(also.id));
                found.push(finding.with(Some(witness)));
            }
        }
    };
    for state in &machine.states {
        of(candidates(proof, state, !living(machine).any(|living| living.name == state.name)));
    }
    of(super::occasion::reactions(proof, PLAN, &machine.reactions));
}

/// What is wrong when both rules fire, and the rule at which it is told.
fn contradiction(first: &Candidate<'_>, second: &Candidate<'_>) -> Option<(Kind, RuleId)> {
    match (leaves_at_once(first.sequence), leaves_at_once(second.sequence)) {
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
        _ if holds_and_resumes(first.sequence, second.sequence) => Some((Kind::HeldAndResumed, second.id)),
        _ => messages(first.sequence, second.sequence).map(|kind| (kind, second.id)),
    }
}

fn holds_and_resumes(first: &Sequence, second: &Sequence) -> bool {
    let suspends = |sequence| opening(sequence).any(|attempt| matches!(attempt.action, Action::Suspend { .. }));
    let resumes = |sequence| opening(sequence).any(|attempt| attempt.action == Action::Resume);
    (suspends(first) && resumes(second)) || (resumes(first) && suspends(second))
}

fn messages(first: &Sequence, second: &Sequence) -> Option<Kind> {
    let written = |contact: &&&Contact| contact.nature != Nature::Information && contact.choice.is_none();
    let contacts = |sequence| opening(sequence).filter_map(|a| a.action.contact()).collect::<Vec<&Contact>>();
    let (first, second) = (contacts(first), contacts(second));
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

fn both(proof: &Proof<'_>, first: &Candidate<'_>, second: &Candidate<'_>, kind: &Kind) -> Option<Witness> {
    let facts = proof.facts(first.state);
    let Answer::Yes(model) = solve(&[&first.fires, &second.fires, &proof.selected(&facts)], &facts) else {
        return None;
    };
    let (ways, after): (&[Way<'_>], i64) = match first.when {
        When::Event(reaction) => (&[Way::Met(reaction)], 10),
        // What is true from the start says nothing of what comes true later.
        When::Free if first.state == PLAN => (&[Way::Followed], 1),
        _ if first.state == PLAN => (&[Way::Followed, Way::TakenOver], 1),
        // The clock of a state starts when its entry is done, which may take days.
        _ => (&[Way::Moved], 10),
    };
    proof.lab.witness(&model, &facts, (ways, after), |seen| confirmed(seen, first.id, second.id, kind))
}

fn confirmed<'s>(seen: &Seen<'s>, first: RuleId, second: RuleId, kind: &Kind) -> Option<Vec<&'s Entry>> {
    let fired = [seen.fired(first)?, seen.fired(second)?];
    let at = fired[0].at;
    if fired[1].at != at {
        return None;
    }
    let mut shown = fired.to_vec();
    match kind {
        Kind::CancelledByLeaving { .. } => {
            let gone = |rule: RuleId| {
                seen.entries.iter().find(|entry| {
                    entry.at == at && matches!(entry.event, Event::Cancelled { .. }) && seen.is_about(entry, rule)
                })
            };
            shown.push(gone(first).or_else(|| gone(second))?);
        }
        Kind::TwoDestinations { .. } => {
            let of_both = |entry: &Entry| seen.is_about(entry, first) || seen.is_about(entry, second);
            let entered = seen
                .entries
                .iter()
                .find(|entry| matches!(entry.event, Event::StateEntered { .. }) && entry.at >= at && of_both(entry));
            shown.push(entered?);
        }
        _ => {}
    }
    Some(shown)
}
