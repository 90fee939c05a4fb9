//! What a drawing shows, before any layout: states, their rungs in order, their rules and the ways between them.

use super::label;
use crate::machine::{Clock, Machine, PLAN, Reaction, Rule, RuleId, Sequence, State};
use crate::schema::fold;
use serde::Serialize;
use std::collections::{BTreeSet, VecDeque};

/// A scenario as it is drawn.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Plan {
    /// The scenario's name.
    pub name: String,
    /// Its title, or its name.
    pub title: String,
    /// Which invoices it takes, in a sentence.
    pub takes: String,
    /// When and how much may leave, in a sentence.
    pub limits: String,
    /// Its states: the plan first, then as they are first reached; at last those that no rule leads to.
    pub states: Vec<PlanState>,
    /// Reactions of the scenario, in file order: those of a state replace them for their event.
    pub reactions: Vec<PlanReaction>,
    /// The ways from state to state.
    pub transitions: Vec<Transition>,
}

/// A state.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PlanState {
    /// Its name.
    pub name: String,
    /// Its title, or its name.
    pub title: String,
    /// Whether rungs, free rules and sequences stop here.
    pub is_final: bool,
    /// Whether a rule leads here, from the plan; else only a person does.
    pub reachable: bool,
    /// What is done at the entry.
    pub entry: Vec<Line>,
    /// Its rungs by clock: days past due, then time in the state. Clocks without a rung are left out.
    pub timelines: Vec<Timeline>,
    /// Rules without a bound on a clock.
    pub free: Vec<Line>,
    /// Rules that repeat.
    pub repeated: Vec<Line>,
    /// Its own reactions, in file order.
    pub reactions: Vec<PlanReaction>,
}

/// The rungs of a state on one clock.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Timeline {
    /// The clock.
    pub clock: Clock,
    /// Earliest first; those whose day depends on the invoice at the end.
    pub stops: Vec<Stop>,
}

/// A rung.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Stop {
    /// `J+15`, `après 8 jours ouvrés`.
    pub label: String,
    /// About how many days after the clock's day 0; `None` when it depends on the invoice.
    pub days: Option<i64>,
    /// What fires there, in file order.
    pub steps: Vec<Step>,
}

/// What a rule does on a rung.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Step {
    /// The rule.
    pub rule: RuleId,
    /// The condition besides the clock.
    pub condition: Option<String>,
    /// What is done, as the language writes it.
    pub actions: String,
}

/// A rule besides the rungs: when, then what.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Line {
    /// The rule.
    pub rule: RuleId,
    /// When it fires: `dès que …`, `tous les …`, `à l’entrée`.
    pub when: String,
    /// What is done, as the language writes it.
    pub actions: String,
}

/// A `quand` rule.
pub type PlanReaction = Line;

/// A way from a state to another.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Transition {
    /// Index of the state that is left; `None` for a reaction of the scenario, which leaves any.
    pub from: Option<usize>,
    /// Index of the state that is entered.
    pub to: usize,
    /// What makes it happen: the rung, the event, the condition.
    pub cause: String,
    /// The rule.
    pub rule: RuleId,
}

/// A way before states have their places: target's name, cause, rule.
type Way<'m> = (&'m str, String, RuleId);

/// What a drawing of the machine shows.
pub fn plan(machine: &Machine) -> Plan {
    let drawn: Vec<(PlanState, Vec<Way<'_>>)> = machine.states.iter().map(state).collect();
    let reactions: Vec<PlanReaction> = machine.reactions.iter().map(reaction).collect();
    let anywhere: Vec<Way<'_>> =
        machine.reactions.iter().flat_map(|r| ways(&r.sequence, label::reaction(r), r.id)).collect();
    let (order, reached) = order(machine, &drawn);
    let place = |name: &str| order.iter().position(|i| machine.states.get(*i).is_some_and(|s| s.name == name));
    let mut transitions = Vec::new();
    let mut states = Vec::new();
    for (from, i) in order.iter().enumerate() {
        let Some((state, ways)) = drawn.get(*i) else { continue };
        states.push(PlanState { reachable: from < reached, ..state.clone() });
        for (target, cause, rule) in ways {
            if let Some(to) = place(target) {
                transitions.push(Transition { from: Some(from), to, cause: cause.clone(), rule: *rule });
            }
        }
    }
    for (target, cause, rule) in anywhere {
        if let Some(to) = place(target) {
            transitions.push(Transition { from: None, to, cause, rule });
        }
    }
    Plan {
        name: machine.name.clone(),
        title: machine.title.clone().unwrap_or_else(|| machine.name.clone()),
        takes: label::takes(machine),
        limits: label::limits(&machine.settings),
        states,
        reactions,
        transitions,
    }
}

/// The states in the order in which they are first reached, then the others; and how many are reached.
fn order(machine: &Machine, drawn: &[(PlanState, Vec<Way<'_>>)]) -> (Vec<usize>, usize) {
    let mut order = Vec::new();
    let mut queue: VecDeque<usize> = (!machine.states.is_empty()).then_some(0).into_iter().collect();
    let mut seen: BTreeSet<usize> = queue.iter().copied().collect();
    while let Some(i) = queue.pop_front() {
        order.push(i);
        let (Some(state), Some((_, ways))) = (machine.states.get(i), drawn.get(i)) else { continue };
        let own = ways.iter().map(|(target, ..)| *target);
        let inherited =
            machine.reactions.iter().filter(|r| !replaced(state, r)).flat_map(|r| r.sequence.destinations());
        for target in own.chain(inherited) {
            if let Some(next) = machine.states.iter().position(|s| s.name == target).filter(|next| seen.insert(*next)) {
                queue.push_back(next);
            }
        }
    }
    let reached = order.len();
    order.extend((0..machine.states.len()).filter(|i| !seen.contains(i)));
    (order, reached)
}

/// Whether rules of the state stand in for a reaction of the scenario.
pub(crate) fn replaced(state: &State, reaction: &Reaction) -> bool {
    let name = |r: &Reaction| r.name.as_deref().map(fold);
    state.reactions.iter().any(|own| own.on == reaction.on && name(own) == name(reaction))
}

fn ways<'m>(sequence: &'m Sequence, cause: String, rule: RuleId) -> impl Iterator<Item = Way<'m>> {
    let mut seen = BTreeSet::new();
    sequence.destinations().filter(move |to| seen.insert(*to)).map(move |to| (to, cause.clone(), rule))
}

fn actions(sequence: &Sequence, without_prior_reminder: bool) -> String {
    let lifted = if without_prior_reminder { " sans relance préalable" } else { "" };
    format!("{sequence}{lifted}")
}

fn reaction(reaction: &Reaction) -> PlanReaction {
    Line { rule: reaction.id, when: label::reaction(reaction), actions: reaction.sequence.to_string() }
}

/// A state and the ways out of it, in the order of the drawing.
fn state(state: &State) -> (PlanState, Vec<Way<'_>>) {
    let mut found = Vec::new();
    let mut entry = Vec::new();
    for rule in &state.entry {
        let when = match label::guard(&rule.guard) {
            Some(guard) => format!("à l’entrée si {guard}"),
            None => "à l’entrée".to_owned(),
        };
        found.extend(ways(&rule.sequence, when.clone(), rule.id));
        entry.push(Line { rule: rule.id, when, actions: actions(&rule.sequence, rule.without_prior_reminder) });
    }
    let mut timelines = Vec::new();
    for clock in [Clock::Due, Clock::State] {
        let stops = stops(&state.rules, clock);
        for stop in &stops {
            for step in &stop.steps {
                let rule = state.rules.iter().find(|rule| rule.id == step.rule);
                let cause = match &step.condition {
                    Some(condition) => format!("{} si {condition}", stop.label),
                    None => stop.label.clone(),
                };
                found.extend(rule.into_iter().flat_map(|rule| ways(&rule.sequence, cause.clone(), rule.id)));
            }
        }
        if !stops.is_empty() {
            timelines.push(Timeline { clock, stops });
        }
    }
    let mut free = Vec::new();
    let mut repeated = Vec::new();
    for rule in &state.rules {
        let lines = besides(rule);
        for line in &lines {
            found.extend(ways(&rule.sequence, line.when.clone(), rule.id));
        }
        if rule.repeat.is_some() { repeated.extend(lines) } else { free.extend(lines) }
    }
    for own in &state.reactions {
        found.extend(ways(&own.sequence, label::reaction(own), own.id));
    }
    let title = match &state.title {
        Some(title) => title.clone(),
        None if state.name == PLAN => "Plan".to_owned(),
        None => state.name.clone(),
    };
    let drawn = PlanState {
        name: state.name.clone(),
        title,
        is_final: state.is_final,
        reachable: true,
        entry,
        timelines,
        free,
        repeated,
        reactions: state.reactions.iter().map(reaction).collect(),
    };
    (drawn, found)
}

/// The rungs on a clock, in order.
fn stops(rules: &[Rule], clock: Clock) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.repeat.is_none()) {
        for branch in &rule.branches {
            let Some((_, name, days)) = label::stop(branch).filter(|(on, ..)| *on == clock) else { continue };
            let step = Step {
                rule: rule.id,
                condition: label::condition(branch),
                actions: actions(&rule.sequence, rule.without_prior_reminder),
            };
            match stops.iter_mut().find(|stop| stop.label == name) {
                Some(stop) => stop.steps.push(step),
                None => stops.push(Stop { label: name, days, steps: vec![step] }),
            }
        }
    }
    stops.sort_by_key(|stop| (stop.days.is_none(), stop.days));
    stops
}

/// What a rule does besides the rungs: as it repeats, or for each of its alternatives without a bound.
fn besides(rule: &Rule) -> Vec<Line> {
    let actions = actions(&rule.sequence, rule.without_prior_reminder);
    let line = |when: String| Line { rule: rule.id, when, actions: actions.clone() };
    if let Some(repeat) = &rule.repeat {
        let every = label::repeat(repeat);
        let conditions: Vec<String> = rule.branches.iter().filter_map(|b| label::guard(&b.guard)).collect();
        // An alternative that always holds leaves nothing of the others.
        return if conditions.is_empty() || conditions.len() < rule.branches.len() {
            vec![line(every)]
        } else {
            vec![line(format!("{every} si {}", conditions.join(" ou ")))]
        };
    }
    let free = rule.branches.iter().filter(|branch| branch.bounds.is_empty());
    free.map(|branch| match label::guard(&branch.guard) {
        Some(guard) => line(format!("dès que {guard}")),
        None => line("d’emblée".to_owned()),
    })
    .collect()
}
