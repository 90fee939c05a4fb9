//! Rungs whose contact can never leave on its day, because the plan itself has used the cap up.

use super::super::site::{is_unconditional, living, only_rung, takes_part};
use super::super::solve::{Answer, Formula, solve};
use super::super::witness::Way;
use super::super::{At, Finding, Kind, Proof, Witness};
use super::never::Dead;
use crate::dossier::Noted;
use crate::event::{Entry, Event};
use crate::machine::{Clock, PLAN, Rule};
use crate::schema::Fact;
use chrono::Datelike;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let Some(cap) = machine.settings.cap else { return };
    let Some(plan) = living(machine).find(|state| state.name == PLAN) else { return };
    let facts = proof.facts(PLAN);
    let opens = |rule: &Rule| {
        let first = rule.sequence.stages.first().filter(|stage| stage.wait.is_none());
        first.is_some_and(|stage| {
            let mut tried = stage.items.iter().filter_map(|item| item.0.first());
            tried.any(|a| {
                a.approval.is_none()
                    && a.action.contact().is_some_and(|c| c.nature != crate::machine::Nature::Information)
            })
        })
    };
    let contacts: Vec<(&Rule, i64)> = plan
        .rules
        .iter()
        .filter(|rule| takes_part(rule) && opens(rule) && !dead.contains(&rule.id))
        .filter_map(|rule| only_rung(rule).filter(|(clock, _)| *clock == Clock::Due).map(|(_, day)| (rule, day)))
        .collect();
    for (rule, day) in &contacts {
        // Only what leaves before in any case counts: the rungs below, without a condition.
        let before = contacts.iter().filter(|(other, earlier)| {
            let near = *earlier < *day && day.saturating_sub(*earlier) < i64::from(cap.days);
            near && other.branches.iter().any(|branch| is_unconditional(branch, &facts))
        });
        if before.count() < cap.contacts as usize {
            continue;
        }
        if let Some(witness) = delayed_on_every_weekday(proof, rule) {
            let finding = Finding::new(&machine.name, Kind::AlwaysDelayed { day: *day }, At::Rule(rule.id));
            found.push(finding.with(Some(witness)));
        }
    }
}

/// The contact of the rule waits, on whatever weekday the invoice falls due.
fn delayed_on_every_weekday(proof: &Proof<'_>, rule: &Rule) -> Option<Witness> {
    let facts = proof.facts(PLAN);
    let fires = Formula::Any(super::super::site::firing(rule, &facts));
    let Answer::Yes(model) = solve(&[&fires, &proof.selected(&facts)], &facts) else { return None };
    if model.numbers.contains_key(&super::super::solve::Var::Fact(Fact::DueDate)) {
        return None;
    }
    let first = super::super::domain::usual_due().num_days_from_ce();
    let mut told = None;
    for weekday in 0..7 {
        let mut model = model.clone();
        model.numbers.insert(super::super::solve::Var::Fact(Fact::DueDate), i128::from(first + weekday));
        let witness = proof.lab.witness(&model, &facts, (&[Way::Followed], 15), |seen| {
            let waits: Option<&Entry> = seen.entries.iter().find(|entry| {
                matches!(entry.event, Event::Postponed { why: Noted::Cap, .. }) && seen.is_about(entry, rule.id)
            });
            let waits = waits?;
            let earlier = seen
                .entries
                .iter()
                .rev()
                .find(|entry| entry.at < waits.at && matches!(entry.event, Event::Departed { .. }));
            Some(earlier.into_iter().chain([waits]).collect())
        })?;
        told.get_or_insert(witness);
    }
    told
}
