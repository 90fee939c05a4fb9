//! Formal notices that wait for ever, that come first, or that do not come before the debt is handed over.

use super::super::domain::Facts;
use super::super::site::{fails, firing, holds, living, only_rung};
use super::super::solve::{Answer, Atom, Formula, Var, solve};
use super::super::witness::{Seen, Way};
use super::super::{At, Finding, Kind, Proof, Witness};
use super::{Dead, sequences};
use crate::event::{Entry, Event};
use crate::machine::{
    Action, Clock, EntryRule, Machine, Nature, PLAN, Reaction, Rule, RuleId, Sequence, SequenceStage, State, Trigger,
};
use crate::schema::Fact;

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
                                let finding = Finding::new(&machine.name, kind, At::Rule(id)).with(witness);
                                let assumed = is_external(machine, start).then_some(EXTERNAL);
                                found.push(Finding { assumed, ..finding });
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

/// What an event of the company's own systems stands for is not known.
const EXTERNAL: &str = "à moins que l'événement n'en suppose déjà une";

fn reaction(machine: &Machine, id: RuleId) -> Option<&Reaction> {
    let all = machine.reactions.iter().chain(machine.states.iter().flat_map(|state| &state.reactions));
    { all }.find(|reaction| reaction.id == id)
}

fn is_external(machine: &Machine, id: RuleId) -> bool {
    reaction(machine, id).is_some_and(|reaction| reaction.on == Trigger::External)
}

/// Whether a rule on a way that begins with a reaction surely can happen: the reaction answers an event of the invoice's own life, whatever
/// else holds, and so may come before anything was sent. An event of the company's own systems may come after the scenario's formal
/// notices; where there are none, it does not.
fn happens(machine: &Machine, rule: RuleId, start: RuleId) -> bool {
    match reaction(machine, rule) {
        Some(reaction) if reaction.on == Trigger::External && gives_notice(machine) => false,
        Some(reaction) => reaction.guard.is_always(),
        None => rule != start,
    }
}

fn gives_notice(machine: &Machine) -> bool {
    machine.sequences().any(|(_, sequence)| sequence.has_formal_notice())
}

/// An invoice that is handed over without a formal notice; `start` is the rule of the plan, or the reaction, with which its way begins.
fn unwarned(proof: &Proof<'_>, start: RuleId, handing: RuleId) -> Option<Witness> {
    let facts = proof.facts(PLAN);
    let plan = proof.machine.states.first()?;
    let rule = plan.rules.iter().find(|rule| rule.id == start);
    let (fires, ways): (Formula, &[Way<'_>]) = match (rule, reaction(proof.machine, start)) {
        (Some(rule), _) => (Formula::Any(firing(rule, &facts)), &[Way::Followed, Way::TakenOver]),
        (None, Some(on)) if on.on == Trigger::External && gives_notice(proof.machine) => return None,
        (None, Some(reaction)) => (holds(&reaction.guard, &facts), &[Way::Met(reaction)]),
        (None, None) => return None,
    };
    let selected = proof.selected(&facts);
    // First an invoice that no conditional notice of the scenario concerns, then any.
    [spared(proof, &facts), Formula::TRUE].iter().find_map(|spared| {
        let Answer::Yes(model) = solve(&[&fires, &selected, spared], &facts) else { return None };
        proof.lab.witness(&model, &facts, (ways, 200), |seen| shown(seen, handing))
    })
}

/// What must hold for the formal notices that are given under a condition not to be given, whatever the day.
fn spared(proof: &Proof<'_>, facts: &Facts<'_>) -> Formula {
    let machine = proof.machine;
    let of_entry = |entry: &EntryRule| entry.sequence.has_formal_notice().then(|| fails(&entry.guard, facts));
    let of_rule = |rule: &Rule| {
        let none = || rule.branches.iter().map(|branch| fails(&branch.guard, facts)).collect();
        rule.sequence.has_formal_notice().then(|| Formula::All(none()))
    };
    let entries = machine.states.iter().flat_map(|state| &state.entry).filter_map(of_entry);
    let rules = machine.states.iter().flat_map(|state| &state.rules).filter_map(of_rule);
    let lasts = |atom: &Atom| {
        let mut lasts = true;
        atom.each_var(&mut |var| {
            lasts &= !matches!(var, Var::StateDays | Var::Fact(Fact::DaysLate | Fact::Today));
        });
        lasts
    };
    let whatever_the_day = entries.chain(rules).map(|none| none.strengthened(&lasts));
    Formula::All(whatever_the_day.filter(|none| !solve(&[none], facts).is_no()).collect())
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
