//! Formal notices that wait for ever, that come first, or that do not come before the debt is handed over.

use super::super::site::{firing, living, only_rung};
use super::super::solve::{Answer, Formula, solve};
use super::super::witness::{Seen, Way};
use super::super::{At, Finding, Kind, Proof, Witness};
use super::{Dead, sequences};
use crate::event::{Entry, Event};
use crate::machine::{
    Action, Clock, EntryRule, Machine, Nature, PLAN, Rule, RuleId, Sequence, SequenceStage, State, Trigger,
};

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    for state in living(machine) {
        for rule in state.rules.iter().filter(|rule| !dead.contains(&rule.id)) {
            if !machine.opens_with_formal_notice(&rule.sequence) || reminder_can_come_before(proof, state, rule, dead) {
                continue;
            }
            let kind = if rule.without_prior_reminder { Kind::NoticeFirst } else { Kind::NoticeWithoutReminder };
            found.push(Finding::new(&machine.name, kind, At::Rule(rule.id)));
        }
    }
    hand_overs(proof, dead, found);
}

fn reminds(stage: &SequenceStage) -> bool {
    stage.actions().filter_map(Action::contact).any(|contact| contact.nature != Nature::Information)
}

/// Whether anything else of the machine can remind the client before the rule; a reaction, an entry and a free rule always can.
fn reminder_can_come_before(proof: &Proof<'_>, state: &State, rule: &Rule, dead: &Dead) -> bool {
    let machine = proof.machine;
    let own = only_rung(rule);
    let helps = |other: &Rule| match (only_rung(other), own) {
        (Some((Clock::Due, day)), _) if day < 0 => false,
        // From a higher rung of its state an invoice never climbs down to this one.
        (Some((clock, day)), Some((own_clock, own_day))) => clock != own_clock || day <= own_day,
        _ => true,
    };
    machine.sequences().any(|(id, sequence)| {
        let reminds = id != rule.id && !dead.contains(&id) && sequence.stages.iter().any(reminds);
        let timed = machine.states.iter().flat_map(|s| s.rules.iter().map(move |r| (s, r))).find(|(_, r)| r.id == id);
        reminds
            && match timed {
                Some((of, other)) if of.name == state.name => helps(other),
                Some((_, other)) => only_rung(other).is_none_or(|(clock, day)| clock != Clock::Due || day >= 0),
                // The entry that the rule itself leads to comes after it.
                None => !entered_by(machine, &rule.sequence).any(|entry| entry.id == id),
            }
    })
}

fn entered_by<'m>(machine: &'m crate::machine::Machine, sequence: &'m Sequence) -> impl Iterator<Item = &'m EntryRule> {
    sequence.destinations().filter_map(|name| machine.state(name)).flat_map(|state| &state.entry)
}

/// A state that can be come to without a formal notice before, and the first rule of the way there.
struct Unwarned<'m> {
    state: &'m State,
    first: Option<RuleId>,
}

/// Hand-overs that can happen without a formal notice before.
fn hand_overs(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let mut ways: Vec<Unwarned<'_>> =
        machine.states.iter().take(1).map(|state| Unwarned { state, first: None }).collect();
    let mut next = 0;
    let mut told: Vec<RuleId> = Vec::new();
    while let Some(Unwarned { state, first }) = ways.get(next) {
        let (state, first) = (*state, *first);
        next += 1;
        let warned_at_entry =
            state.entry.iter().any(|entry| entry.guard.is_always() && entry.sequence.has_formal_notice());
        for (id, sequence) in sequences(machine, state).filter(|(id, _)| !dead.contains(id)) {
            let entry = state.entry.iter().any(|entry| entry.id == id);
            let mut warned = warned_at_entry && !entry;
            for stage in &sequence.stages {
                warned |= stage.actions().filter_map(Action::contact).any(|c| c.nature == Nature::FormalNotice);
                if warned {
                    break;
                }
                for action in stage.actions() {
                    let start = first.unwrap_or(id);
                    match action {
                        Action::HandOver { target } if !told.contains(&id) => {
                            let witness = unwarned(proof, start, id);
                            if witness.is_some() || [start, id].iter().all(|rule| happens(machine, *rule, start)) {
                                told.push(id);
                                let kind = Kind::HandOverWithoutNotice { target: target.clone() };
                                found.push(Finding::new(&machine.name, kind, At::Rule(id)).with(witness));
                            }
                        }
                        Action::GoTo { state: to } => {
                            let target =
                                machine.state(to).filter(|to| !ways.iter().any(|way| way.state.name == to.name));
                            ways.extend(target.map(|state| Unwarned { state, first: Some(start) }));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Whether a rule on a way that begins with a reaction surely can happen: the reaction answers an event of the invoice's own life, whatever
/// else holds, and so may come before anything was sent. What an event of the company's own systems stands for is not known.
fn happens(machine: &Machine, rule: RuleId, start: RuleId) -> bool {
    let reactions = machine.reactions.iter().chain(machine.states.iter().flat_map(|state| &state.reactions));
    match { reactions }.find(|reaction| reaction.id == rule) {
        Some(reaction) => reaction.guard.is_always() && reaction.on != Trigger::External,
        None => rule != start,
    }
}

/// An invoice that is handed over without a formal notice; `start` is the rule of the plan with which its way begins.
fn unwarned(proof: &Proof<'_>, start: RuleId, handing: RuleId) -> Option<Witness> {
    let facts = proof.facts(PLAN);
    let plan = proof.machine.states.first()?;
    let rule = plan.rules.iter().find(|rule| rule.id == start)?;
    let fires = Formula::Any(firing(rule, &facts));
    let Answer::Yes(model) = solve(&[&fires, &proof.selected(&facts)], &facts) else { return None };
    proof.lab.witness(&model, &facts, (&[Way::Followed, Way::TakenOver], 200), |seen| shown(seen, handing))
}

fn shown<'s>(seen: &Seen<'s>, handing: RuleId) -> Option<Vec<&'s Entry>> {
    let over = seen
        .entries
        .iter()
        .position(|entry| matches!(entry.event, Event::HandedOver { .. }) && seen.is_about(entry, handing))?;
    let before = seen.entries.get(..over)?;
    let noticed = before.iter().any(|entry| {
        matches!(
            entry.event,
            Event::Departed { nature: Nature::FormalNotice, .. } | Event::Sent { nature: Nature::FormalNotice, .. }
        )
    });
    let entered = before.iter().filter(|entry| matches!(entry.event, Event::StateEntered { .. }));
    (!noticed).then(|| entered.chain(seen.entries.get(over)).collect())
}
