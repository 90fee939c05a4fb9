//! Contacts that can never leave on their day, because the plan itself has used the cap up.

use super::super::domain::usual_due;
use super::super::paths::limitation::at_least;
use super::super::site::{firing, is_unconditional, living, only_rung, takes_part};
use super::super::solve::{Answer, Formula, Var, solve, span_days};
use super::super::witness::Way;
use super::super::{At, Delayed, Finding, Kind, Proof, Witness};
use super::never::Dead;
use crate::dossier::{Noted, parse_key};
use crate::event::{Entry, Event};
use crate::machine::{Cap, Clock, Nature, PLAN, Rule, SequenceStage, Settings, State};
use crate::schema::Fact;
use chrono::Datelike;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let Some(cap) = machine.settings.cap else { return };
    for state in living(machine) {
        let rules: Vec<&Rule> =
            state.rules.iter().filter(|rule| takes_part(rule) && !dead.contains(&rule.id)).collect();
        for rule in &rules {
            let Some((what, stage)) = crowded(proof, state, rule, &rules, cap) else { continue };
            // Two messages of one day are told as such.
            let twice = |known: &Finding| {
                known.at == At::Rule(rule.id) && matches!(known.kind, Kind::TwoMessages | Kind::SameMessageTwice)
            };
            if found.iter().any(twice) {
                continue;
            }
            if let Some(witness) = delayed_on_every_weekday(proof, state, rule, stage, cap) {
                let finding = Finding::new(&machine.name, Kind::AlwaysDelayed { what }, At::Rule(rule.id));
                found.push(finding.with(Some(witness)));
            }
        }
    }
}

/// How many contacts of a stage count for the cap, made without anybody's approval.
fn contacts(stage: &SequenceStage) -> usize {
    let tried = stage.items.iter().filter_map(|item| item.0.first());
    tried
        .filter(|a| a.approval.is_none() && a.action.contact().is_some_and(|c| c.nature != Nature::Information))
        .count()
}

fn opening(rule: &Rule) -> usize {
    rule.sequence.stages.first().filter(|stage| stage.wait.is_none()).map_or(0, contacts)
}

/// What of a rule the cap has no room for, as far as the days that are written say, and the number of its stage.
fn crowded(proof: &Proof<'_>, state: &State, rule: &Rule, all: &[&Rule], cap: Cap) -> Option<(Delayed, usize)> {
    let (most, days) = (cap.contacts as usize, i64::from(cap.days));
    if let Some(repeat) = &rule.repeat {
        let often = repeat.at_most.is_none_or(|times| times > cap.contacts);
        let every = span_days(repeat.every).high.and_then(|every| every.checked_mul(i128::from(cap.contacts)));
        let dense = every.is_some_and(|every| every < i128::from(cap.days));
        return (often && dense && opening(rule) > 0).then_some((Delayed::Repeat, 0));
    }
    // The cap that nobody wrote spreads the contacts of a day over the next ones, as it should.
    let written = Settings::default().cap != Some(cap);
    let (clock, day) = only_rung(rule)?;
    if opening(rule) > 0 && clock == Clock::Due && state.name == PLAN {
        let facts = proof.facts(&state.name);
        // Only what leaves in any case counts: the rungs below and beside, without a condition.
        let before = all.iter().filter(|other| {
            let near = only_rung(other).is_some_and(|(of, on)| {
                of == clock && (on < day || (on == day && written)) && day.saturating_sub(on) < days
            });
            near && other.id != rule.id && other.branches.iter().any(|branch| is_unconditional(branch, &facts))
        });
        if before.map(|other| opening(other)).sum::<usize>() >= most {
            return Some((Delayed::Rung(day), 0));
        }
    }
    let (mut made, mut waited) = (Vec::new(), 0i64);
    for (n, stage) in rule.sequence.stages.iter().enumerate() {
        waited = waited.saturating_add(stage.wait.as_ref().map_or(0, at_least));
        let own = contacts(stage);
        // Without a wait, `puis` promises no day.
        let dated = stage.wait.is_some() && written;
        let near: usize =
            made.iter().filter(|(on, _)| waited.saturating_sub(*on) < days).map(|(_, count)| *count).sum();
        if dated && own > 0 && near.saturating_add(own) > most {
            let words: Vec<String> = stage.items.iter().map(ToString::to_string).collect();
            return Some((Delayed::Stage(words.join(" et ")), n));
        }
        made.push((waited, own));
    }
    None
}

/// The contact of the rule waits, on whatever weekday the invoice falls due.
fn delayed_on_every_weekday(proof: &Proof<'_>, state: &State, rule: &Rule, stage: usize, cap: Cap) -> Option<Witness> {
    let facts = proof.facts(&state.name);
    let fires = Formula::Any(firing(rule, &facts));
    let Answer::Yes(model) = solve(&[&fires, &proof.selected(&facts)], &facts) else { return None };
    if model.numbers.contains_key(&Var::Fact(Fact::DueDate)) {
        return None;
    }
    let way = if state.name == PLAN { Way::Followed } else { Way::Moved };
    let after = 15 + 2 * i64::from(cap.days.min(100));
    let mut told = None;
    for weekday in 0..7 {
        let mut model = model.clone();
        model.numbers.insert(Var::Fact(Fact::DueDate), i128::from(usual_due().num_days_from_ce() + weekday));
        let witness = proof.lab.witness(&model, &facts, (&[way], after), |seen| {
            let waits: Option<&Entry> = seen.entries.iter().find(|entry| match &entry.event {
                Event::Postponed { why: Noted::Cap, key, .. } => {
                    seen.is_about(entry, rule.id) && parse_key(key).is_some_and(|(.., n, _, _)| n as usize == stage)
                }
                _ => false,
            });
            let waits = waits?;
            let earlier = seen
                .entries
                .iter()
                .rev()
                .find(|entry| entry.at <= waits.at && matches!(entry.event, Event::Departed { .. }));
            Some(earlier.into_iter().chain([waits]).collect())
        })?;
        told.get_or_insert(witness);
    }
    told
}
