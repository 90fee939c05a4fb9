//! Cycles of transitions that take no time: an invoice that enters one would turn for ever.

use super::Project;
use super::domain::Facts;
use super::site::{firing, holds};
use super::solve::{Atom, Formula, Linear, Truth, Var, solve};
use crate::machine::{Action, Clock, Expr, Machine, RuleId, Sequence, SequenceStage, State};
use crate::schema::Fact;
use std::collections::BTreeMap;

/// More passages than this are not followed.
const MAX_STEPS: usize = 2_000;
/// More cycles than this in one machine are not told.
const MAX_FOUND: usize = 3;

/// States that lead to each other at one instant, under conditions that can hold together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// The passages, in order; the last one leads back to where the first one leaves.
    pub passages: Vec<Passage>,
}

/// A rule that leads from a state to another as soon as the state is entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passage {
    /// The rule.
    pub rule: RuleId,
    /// The state that it leaves.
    pub from: String,
    /// The state that it enters.
    pub to: String,
}

impl Cycle {
    /// The names of the states, the first one again at the end.
    pub fn route(&self) -> Vec<String> {
        let names = self.passages.iter().map(|passage| passage.from.clone());
        names.chain(self.passages.first().map(|passage| passage.from.clone())).collect()
    }
}

struct Edge {
    passage: Passage,
    from: usize,
    to: usize,
    /// What must hold for it.
    holds: Formula,
}

/// The cycles of a machine that take no time. What cannot be excluded counts as possible.
pub fn cycles(machine: &Machine) -> Vec<Cycle> {
    search(machine, false)
}

/// Whether states lead to each other without any wait, if people do their work and carriers take messages at once: a simulation with such
/// people would turn for ever.
pub fn turns_through_work(machine: &Machine) -> bool {
    !search(machine, true).is_empty()
}

fn search(machine: &Machine, work_is_instant: bool) -> Vec<Cycle> {
    let project = Project::default();
    let edges = edges(machine, &project, work_is_instant);
    let mut search =
        Search { machine, project: &project, edges: &edges, path: Vec::new(), steps: 0, found: Vec::new() };
    for start in 0..machine.states.len() {
        search.follow(start, start);
    }
    search.found
}

struct Search<'a> {
    machine: &'a Machine,
    project: &'a Project,
    edges: &'a [Edge],
    path: Vec<&'a Edge>,
    steps: usize,
    found: Vec<Cycle>,
}

impl<'a> Search<'a> {
    /// Every cycle through `start` whose other states come after it.
    fn follow(&mut self, start: usize, at: usize) {
        let edges: &'a [Edge] = self.edges;
        for edge in edges.iter().filter(|edge| edge.from == at) {
            self.steps += 1;
            if self.steps > MAX_STEPS || self.found.len() >= MAX_FOUND {
                return;
            }
            let seen = self.path.iter().any(|before| before.from == edge.to);
            if edge.to != start && (edge.to < start || seen) {
                continue;
            }
            self.path.push(edge);
            if edge.to != start {
                self.follow(start, edge.to);
            } else if self.turns() {
                let passages = self.path.iter().map(|edge| edge.passage.clone()).collect();
                self.found.push(Cycle { passages });
            }
            self.path.pop();
        }
    }

    /// Whether the conditions of the path can hold together.
    fn turns(&self) -> bool {
        let states: Vec<&str> = self.path.iter().map(|edge| edge.passage.from.as_str()).collect();
        let parts: Vec<Formula> =
            self.path.iter().map(|edge| in_cycle(&edge.holds, &edge.passage.from, &states)).collect();
        let facts = Facts { open: false, ..Facts::new(self.project, self.machine, None) };
        !solve(&parts.iter().collect::<Vec<_>>(), &facts).is_no()
    }
}

/// What must hold in the state `here`, once the cycle has turned: where the invoice stands and has been is known, and what changes from
/// state to state is not compared between them.
fn in_cycle(formula: &Formula, here: &str, cycle: &[&str]) -> Formula {
    let certain = |yes: bool| if yes { Formula::TRUE } else { Formula::FALSE };
    match formula {
        Formula::All(parts) => Formula::All(parts.iter().map(|part| in_cycle(part, here, cycle)).collect()),
        Formula::Any(parts) => Formula::Any(parts.iter().map(|part| in_cycle(part, here, cycle)).collect()),
        Formula::Atom(Atom::Word { var: Var::Fact(Fact::Stage), words, inside }) => {
            certain(words.contains(here) == *inside)
        }
        Formula::Atom(Atom::Flag(Var::Visited(state), Truth { yes, .. })) if cycle.contains(&state.as_str()) => {
            certain(*yes)
        }
        Formula::Atom(atom) => {
            let mut local = false;
            atom.each_var(&mut |var| local |= *var == Var::Fact(Fact::RungReached));
            if local { Formula::TRUE } else { formula.clone() }
        }
    }
}

fn edges(machine: &Machine, project: &Project, work_is_instant: bool) -> Vec<Edge> {
    let mut edges = Vec::new();
    let places: BTreeMap<&str, usize> =
        machine.states.iter().enumerate().rev().map(|(place, state)| (state.name.as_str(), place)).collect();
    for (from, state) in machine.states.iter().enumerate() {
        let facts = Facts::new(project, machine, Some(&state.name));
        let mut add = |rule: RuleId, sequence: &Sequence, condition: Formula| {
            for name in at_once(sequence, work_is_instant) {
                if let Some(to) = places.get(name).copied() {
                    let passage = Passage { rule, from: state.name.clone(), to: name.to_owned() };
                    edges.push(Edge { passage, from, to, holds: condition.clone() });
                }
            }
        };
        for entry in &state.entry {
            add(entry.id, &entry.sequence, holds(&entry.guard, &facts));
        }
        if state.is_final {
            continue;
        }
        for rule in state.rules.iter().filter(|rule| rule.repeat.is_none()) {
            let waits = |clock| rule.branches.iter().all(|b| b.bounds.iter().any(|bound| bound.clock == clock));
            if waits(Clock::State) && !work_is_instant && entry_takes_time(state) {
                continue;
            }
            add(rule.id, &rule.sequence, Formula::Any(firing(rule, &facts)).and(just_entered()));
        }
    }
    edges
}

/// No day has passed in the state.
fn just_entered() -> Formula {
    let none = Linear::days(0).plus(Linear::var(Var::StateDays, super::solve::Kind::Days), -1);
    none.map_or(Formula::TRUE, |none| Formula::Atom(Atom::AtLeastZero(none)))
}

/// The `après` clock of the state starts once its entry is done.
fn entry_takes_time(state: &State) -> bool {
    state.entry.iter().any(|entry| entry.guard.is_always() && !entry.sequence.stages.iter().all(is_instant))
}

fn no_wait(stage: &SequenceStage) -> bool {
    let days = |wait: &Expr| Linear::of(wait, &|_| None).filter(|sum| sum.terms.is_empty()).map(|sum| sum.constant.low);
    stage.wait.as_ref().is_none_or(|wait| days(wait).is_some_and(|low| low <= 0))
}

fn is_instant(stage: &SequenceStage) -> bool {
    let quick = |action: &Action| {
        matches!(
            action,
            Action::Note { .. }
                | Action::Alert { .. }
                | Action::HandOver { .. }
                | Action::GoTo { .. }
                | Action::Resume
                | Action::Continue
        )
    };
    let mut first = stage.items.iter().filter_map(|item| item.0.first());
    no_wait(stage) && first.all(|attempt| attempt.approval.is_none() && quick(&attempt.action))
}

/// The states to which a sequence goes at the instant at which it begins.
fn at_once(sequence: &Sequence, work_is_instant: bool) -> Vec<&str> {
    let mut names = Vec::new();
    for stage in sequence.stages.iter().take_while(|stage| no_wait(stage)) {
        for attempt in stage.items.iter().filter_map(|item| item.0.first()) {
            if let Action::GoTo { state } = &attempt.action
                && (work_is_instant || attempt.approval.is_none())
            {
                names.push(state.as_str());
            }
        }
        if !work_is_instant && !is_instant(stage) {
            break;
        }
    }
    names
}
