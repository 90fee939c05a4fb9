//! Cycles of transitions that take no time: an invoice that enters one would turn for ever. A contact can fail at once, for want of an
//! address, so that `quand échec` and `à défaut` are ways on as well.

use super::Project;
use super::domain::Facts;
use super::instant::{Pace, Quick, at_once, suspends};
use super::site::{firing, holds};
use super::solve::{Atom, Formula, Linear, Truth, Var, solve};
use crate::machine::{Clock, EntryRule, Machine, Reaction, RuleId, Sequence, State, Trigger};
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
    /// The rule whose contact can fail at that instant, when the passage answers the failure.
    pub failed: Option<RuleId>,
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
    /// A contact that is joined to it can fail after it.
    leaves_a_failure: bool,
    /// It answers the failure that the passage through this rule left.
    after: Option<RuleId>,
    /// The client is reminded on the way.
    reminded: bool,
}

/// The cycles of a machine that take no time. What cannot be excluded counts as possible.
pub fn cycles(machine: &Machine) -> Vec<Cycle> {
    search(machine, Quick::Carriers)
}

/// The cycles that nothing but people's work slows down: whoever does it gets the same work again at once.
pub(super) fn cycles_of_work(machine: &Machine) -> Vec<Cycle> {
    search(machine, Quick::People)
}

/// Whether states lead to each other without any wait, if people do their work and carriers take messages at once: a simulation with such
/// people would turn for ever.
pub fn turns_through_work(machine: &Machine) -> bool {
    !search(machine, Quick::Everything).is_empty()
}

fn search(machine: &Machine, quick: Quick) -> Vec<Cycle> {
    let project = Project::default();
    let edges = edges(machine, &project, quick);
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
        let before = self.path.iter().cycle().skip(self.path.len().saturating_sub(1));
        let mut pairs = before.zip(&self.path);
        if !pairs
            .all(|(before, edge)| edge.after.is_none_or(|rule| before.leaves_a_failure && before.passage.rule == rule))
        {
            return false;
        }
        let states: Vec<&str> = self.path.iter().map(|edge| edge.passage.from.as_str()).collect();
        let mut parts: Vec<Formula> =
            self.path.iter().map(|edge| in_cycle(&edge.holds, &edge.passage.from, &states)).collect();
        if self.path.iter().any(|edge| edge.reminded) {
            parts.push(reminded_today());
        }
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

fn edges(machine: &Machine, project: &Project, quick: Quick) -> Vec<Edge> {
    let pace = Pace::of(&machine.settings, quick);
    let mut edges = Vec::new();
    let places: BTreeMap<&str, usize> =
        machine.states.iter().enumerate().rev().map(|(place, state)| (state.name.as_str(), place)).collect();
    for (from, state) in machine.states.iter().enumerate() {
        let facts = Facts::new(project, machine, Some(&state.name));
        let held = holds_itself(state);
        // Where an invoice is held on its entry, nobody gets work.
        if held && quick == Quick::People {
            continue;
        }
        let answers = answers_to_failure(machine, state);
        let mut add = |rule: RuleId, sequence: &Sequence, condition: Formula| {
            let does = at_once(sequence, pace, held);
            for going in &does.goes {
                let found =
                    edge(machine, &places, (rule, None), (from, going.state), &condition, going.leaves_a_failure);
                edges.extend(found.map(|edge| Edge { reminded: going.reminded, ..edge }));
            }
            for answer in answers.iter().filter(|_| does.fails) {
                let condition = condition.clone().and(holds(&answer.guard, &facts));
                for going in at_once(&answer.sequence, pace, held).goes {
                    edges.extend(edge(
                        machine,
                        &places,
                        (answer.id, Some(rule)),
                        (from, going.state),
                        &condition,
                        false,
                    ));
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
            if waits(Clock::State) && pace.waits() && entry_takes_time(state, pace) {
                continue;
            }
            add(rule.id, &rule.sequence, Formula::Any(firing(rule, &facts)).and(just_entered()));
        }
    }
    // A contact that was joined to the way in can fail in the state that it led to.
    for (from, state) in machine.states.iter().enumerate() {
        let facts = Facts::new(project, machine, Some(&state.name));
        let mut before: Vec<RuleId> = edges
            .iter()
            .filter(|edge| edge.to == from && edge.leaves_a_failure)
            .map(|edge| edge.passage.rule)
            .collect();
        before.dedup();
        for (rule, answer) in
            before.iter().flat_map(|rule| answers_to_failure(machine, state).into_iter().map(move |a| (rule, a)))
        {
            for going in at_once(&answer.sequence, pace, holds_itself(state)).goes {
                let condition = holds(&answer.guard, &facts);
                let found = edge(machine, &places, (answer.id, Some(*rule)), (from, going.state), &condition, false);
                edges.extend(found.map(|edge| Edge { after: Some(*rule), ..edge }));
            }
        }
    }
    edges
}

/// A passage through `rule`, after a contact of another rule has failed.
fn edge(
    machine: &Machine,
    places: &BTreeMap<&str, usize>,
    (rule, failed): (RuleId, Option<RuleId>),
    (from, name): (usize, &str),
    holds: &Formula,
    leaves_a_failure: bool,
) -> Option<Edge> {
    let to = places.get(name).copied()?;
    let passage = Passage { rule, failed, from: machine.states.get(from)?.name.clone(), to: name.to_owned() };
    Some(Edge { passage, from, to, holds: holds.clone(), leaves_a_failure, after: None, reminded: false })
}

/// The rules for `quand échec` in a state: its own, else the scenario's.
fn answers_to_failure<'a>(machine: &'a Machine, state: &'a State) -> Vec<&'a Reaction> {
    let of = |all: &'a [Reaction]| all.iter().filter(|r| r.on == Trigger::Failure).collect::<Vec<_>>();
    let own = of(&state.reactions);
    if own.is_empty() { of(&machine.reactions) } else { own }
}

/// Whether the state suspends the invoice as soon as it is entered: no contact is tried then.
fn holds_itself(state: &State) -> bool {
    let first = |entry: &EntryRule| entry.guard.is_always() && entry.sequence.stages.first().is_some_and(suspends);
    state.entry.iter().any(first)
}

/// The last reminder left today.
fn reminded_today() -> Formula {
    let since = Linear::var(Var::Fact(Fact::DaysSinceReminder), super::solve::Kind::Days);
    let today = Linear::days(0).plus(since, -1);
    today.map_or(Formula::TRUE, |today| Formula::Atom(Atom::AtLeastZero(today)))
}

/// No day has passed in the state.
fn just_entered() -> Formula {
    let none = Linear::days(0).plus(Linear::var(Var::StateDays, super::solve::Kind::Days), -1);
    none.map_or(Formula::TRUE, |none| Formula::Atom(Atom::AtLeastZero(none)))
}

/// The `après` clock of the state starts once its entry is done.
fn entry_takes_time(state: &State, pace: Pace) -> bool {
    let held = holds_itself(state);
    state.entry.iter().any(|entry| entry.guard.is_always() && !at_once(&entry.sequence, pace, held).done)
}
