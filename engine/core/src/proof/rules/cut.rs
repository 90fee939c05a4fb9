//! What a sequence does after a wait, when a higher rung of its state always replaces it before.

use super::super::paths::limitation::at_least;
use super::super::site::{firing, is_unconditional, living, only_rung, takes_part};
use super::super::solve::{Answer, Formula, solve};
use super::super::witness::Way;
use super::super::{At, Finding, Kind, Proof, Witness};
use super::never::Dead;
use crate::event::Event;
use crate::machine::{Clock, PLAN, Rule};

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    // With `rattrapage pas à pas` the next rung waits for this one.
    if machine.settings.step_by_step {
        return;
    }
    for state in living(machine) {
        let facts = proof.facts(&state.name);
        let rungs: Vec<(&Rule, (Clock, i64))> = state
            .rules
            .iter()
            .filter(|rule| takes_part(rule) && !dead.contains(&rule.id))
            .filter_map(|rule| Some((rule, only_rung(rule)?)))
            .collect();
        let sure = |rule: &Rule| {
            let waits = machine.opens_with_formal_notice(&rule.sequence) && !rule.without_prior_reminder;
            !waits && rule.branches.iter().any(|branch| is_unconditional(branch, &facts))
        };
        for (rule, (clock, day)) in &rungs {
            let above = rungs.iter().filter(|(high, at)| at.0 == *clock && at.1 > *day && sure(high));
            let Some((high, (_, above))) = above.min_by_key(|(_, at)| at.1) else { continue };
            let Some(lost) = after(rule, above.saturating_sub(*day)) else { continue };
            if let Some(witness) = replaced(proof, &state.name, rule, high) {
                let kind = Kind::CutOff { lost, day: *above, in_state: *clock == Clock::State };
                let finding = Finding::new(&machine.name, kind, At::Rule(rule.id)).also(At::Rule(high.id));
                found.push(finding.with(Some(witness)));
            }
        }
    }
}

/// What the rule does so many days after its own day, at the earliest.
fn after(rule: &Rule, days: i64) -> Option<String> {
    let mut waited = 0i64;
    let stage = rule.sequence.stages.iter().find(|stage| {
        waited = waited.saturating_add(stage.wait.as_ref().map_or(0, at_least));
        waited >= days
    })?;
    let words: Vec<String> = stage.items.iter().map(ToString::to_string).collect();
    Some(if words.is_empty() { stage.to_string() } else { words.join(" et ") })
}

fn replaced(proof: &Proof<'_>, state: &str, rule: &Rule, high: &Rule) -> Option<Witness> {
    let facts = proof.facts(state);
    let fires = Formula::Any(firing(rule, &facts));
    let Answer::Yes(model) = solve(&[&fires, &proof.selected(&facts)], &facts) else { return None };
    let way = if state == PLAN { Way::Followed } else { Way::Moved };
    proof.lab.witness(&model, &facts, (&[way], 120), |seen| {
        let fired = seen.fired(rule.id)?;
        let above = seen.fired(high.id)?;
        let gone = seen.entries.iter().find(|entry| {
            entry.at == above.at && matches!(entry.event, Event::Cancelled { .. }) && seen.is_about(entry, rule.id)
        })?;
        Some(vec![fired, above, gone])
    })
}
