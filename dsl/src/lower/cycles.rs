//! Cycles of transitions that take no time. What is told is one that could really turn: its conditions can hold together.

use super::Scenario;
use super::branches::{alternatives, inwards};
use super::overlap::contradictory;
use crate::diagnostic::{Code, Diagnostic};
use relance_core::day::Span;
use relance_core::machine::{
    Action, Branch, Clock, Compare, Expr, Item, Machine, RuleId, Sequence, SequenceStage, State, Value,
};
use relance_core::schema::Fact;

/// More paths than this are not followed.
const MAX_STEPS: usize = 20_000;
/// More cycles than this in one scenario are not told.
const MAX_FOUND: usize = 3;

/// A transition that can happen at the instant at which its state is entered.
struct Edge {
    rule: RuleId,
    from: usize,
    to: usize,
    /// Under one of these lists of conditions.
    cases: Vec<Vec<Expr>>,
}

/// The cycles of a scenario, each told at the rules that make it.
pub(super) fn find(scenario: &Scenario) -> Vec<Diagnostic> {
    let machine = &scenario.machine;
    let edges = edges(machine);
    let mut search = Search { machine, edges: &edges, path: Vec::new(), steps: 0, found: Vec::new() };
    for start in 0..machine.states.len() {
        search.follow(start, start);
    }
    search.found.iter().map(|cycle| tell(scenario, cycle)).collect()
}

struct Search<'a> {
    machine: &'a Machine,
    edges: &'a [Edge],
    path: Vec<&'a Edge>,
    steps: usize,
    found: Vec<Vec<&'a Edge>>,
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
            if edge.to == start {
                self.path.push(edge);
                if self.turns() {
                    self.found.push(self.path.clone());
                }
                self.path.pop();
            } else if edge.to > start && !seen {
                self.path.push(edge);
                self.follow(start, edge.to);
                self.path.pop();
            }
        }
    }

    /// Whether the conditions of the path can hold together.
    fn turns(&mut self) -> bool {
        let states: Vec<&str> = self
            .path
            .iter()
            .filter_map(|edge| self.machine.states.get(edge.from))
            .map(|state| state.name.as_str())
            .collect();
        let mut choices: Vec<Vec<Vec<Expr>>> = Vec::new();
        for (edge, here) in self.path.iter().zip(&states) {
            let cases = edge.cases.iter().filter_map(|case| in_cycle(case, here, &states));
            choices.push(cases.collect());
        }
        self.together(&choices, &mut Vec::new())
    }

    fn together(&mut self, choices: &[Vec<Vec<Expr>>], so_far: &mut Vec<Expr>) -> bool {
        let Some((first, rest)) = choices.split_first() else { return true };
        for case in first {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return false;
            }
            let before = so_far.len();
            so_far.extend(case.iter().cloned());
            if !contradictory(so_far.iter()) && self.together(rest, so_far) {
                return true;
            }
            so_far.truncate(before);
        }
        false
    }
}

/// The conditions of a transition out of the state `here`, once the cycle has turned; `None` when they cannot hold.
fn in_cycle(case: &[Expr], here: &str, cycle: &[&str]) -> Option<Vec<Expr>> {
    let mut left = Vec::new();
    for part in case {
        match certain(part, here, cycle) {
            Some(false) => return None,
            Some(true) => {}
            None => left.push(part.clone()),
        }
    }
    // What changes from state to state cannot be compared between them.
    left.retain(|part| {
        let mut local = false;
        part.each_fact(&mut |fact| local |= matches!(fact, Fact::Stage | Fact::RungReached));
        !local
    });
    Some(left)
}

fn certain(part: &Expr, here: &str, cycle: &[&str]) -> Option<bool> {
    let is_stage = |expr: &Expr| matches!(expr, Expr::Fact(Fact::Stage));
    match part {
        Expr::Literal(Value::Bool(value)) => Some(*value),
        Expr::Not(inside) => certain(inside, here, cycle).map(|value| !value),
        Expr::Visited(state) => cycle.contains(&state.as_str()).then_some(true),
        Expr::Compare(sign, x, y) => {
            let ((Expr::Literal(Value::Text(name)), other) | (other, Expr::Literal(Value::Text(name)))) =
                (x.as_ref(), y.as_ref())
            else {
                return None;
            };
            let same = is_stage(other).then_some(name == here)?;
            Some(same == (*sign == Compare::Equal))
        }
        Expr::Among(x, values) if is_stage(x) => Some(values.iter().any(|v| *v == Value::Text(here.to_owned()))),
        _ => None,
    }
}

fn edges(machine: &Machine) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (from, state) in machine.states.iter().enumerate() {
        let mut add = |rule: RuleId, sequence: &Sequence, cases: Vec<Vec<Expr>>| {
            for name in at_once(sequence) {
                if let Some(to) = machine.states.iter().position(|state| state.name == name)
                    && !cases.is_empty()
                {
                    edges.push(Edge { rule, from, to, cases: cases.clone() });
                }
            }
        };
        for entry in &state.entry {
            add(entry.id, &entry.sequence, open(&entry.guard));
        }
        if state.is_final {
            continue;
        }
        for rule in state.rules.iter().filter(|rule| rule.repeat.is_none()) {
            let cases = rule.branches.iter().flat_map(|branch| on_entry(branch, state)).collect();
            add(rule.id, &rule.sequence, cases);
        }
    }
    edges
}

/// A condition's alternatives; one that has too many is taken as possible.
fn open(guard: &Expr) -> Vec<Vec<Expr>> {
    alternatives(&inwards(guard, false), &|_| true).unwrap_or_else(|_| vec![Vec::new()])
}

/// The conditions under which a branch holds at the instant of entry.
fn on_entry(branch: &Branch, state: &State) -> Vec<Vec<Expr>> {
    let mut days = Vec::new();
    for bound in &branch.bounds {
        match (bound.clock, &bound.offset) {
            (Clock::State, offset) => {
                if bound.extra_days > 0 || !is_zero(offset) || entry_takes_time(state) {
                    return Vec::new();
                }
            }
            (Clock::Due, Expr::Literal(Value::Duration(Span::Days(n)))) => {
                let day = Value::Duration(Span::Days(n.saturating_add(bound.extra_days)));
                let late = Box::new(Expr::Fact(Fact::DaysLate));
                days.push(Expr::Compare(Compare::GreaterOrEqual, late, Box::new(Expr::Literal(day))));
            }
            (Clock::Due, _) => {}
        }
    }
    let mut cases = open(&branch.guard);
    cases.iter_mut().for_each(|case| case.extend(days.iter().cloned()));
    cases
}

fn is_zero(offset: &Expr) -> bool {
    matches!(offset, Expr::Literal(Value::Duration(Span::Days(0) | Span::Months(0) | Span::BusinessDays(0))))
}

/// The `après` clock of the state starts once its entry is done.
fn entry_takes_time(state: &State) -> bool {
    state.entry.iter().any(|entry| entry.guard.is_always() && !entry.sequence.stages.iter().all(is_instant))
}

fn is_instant(stage: &SequenceStage) -> bool {
    let quick = |item: &Item| {
        item.0.first().is_some_and(|attempt| {
            attempt.approval.is_none()
                && matches!(
                    attempt.action,
                    Action::Note { .. }
                        | Action::Alert { .. }
                        | Action::HandOver { .. }
                        | Action::GoTo { .. }
                        | Action::Resume
                        | Action::Continue
                )
        })
    };
    stage.wait.as_ref().is_none_or(is_zero) && stage.items.iter().all(quick)
}

/// The states to which a sequence goes at the instant at which it begins.
fn at_once(sequence: &Sequence) -> Vec<&str> {
    let mut names = Vec::new();
    for stage in &sequence.stages {
        if !stage.wait.as_ref().is_none_or(is_zero) {
            break;
        }
        for attempt in stage.items.iter().filter_map(|item| item.0.first()) {
            if let (Action::GoTo { state }, None) = (&attempt.action, &attempt.approval) {
                names.push(state.as_str());
            }
        }
        if !is_instant(stage) {
            break;
        }
    }
    names
}

fn tell(scenario: &Scenario, cycle: &[&Edge]) -> Diagnostic {
    let name = |state: usize| scenario.machine.states.get(state).map_or("", |state| state.name.as_str());
    let mut route: Vec<String> = cycle.iter().map(|edge| format!("`{}`", name(edge.from))).collect();
    route.extend(cycle.first().map(|edge| format!("`{}`", name(edge.from))));
    let message = match cycle {
        [only] => format!("`{}` mène à elle-même au même instant, sans fin", name(only.from)),
        _ => format!("ces étapes se renvoient la facture au même instant, sans fin : {}", route.join(" → ")),
    };
    let place = cycle.first().map(|edge| scenario.head(edge.rule)).unwrap_or_default();
    let mut found = Diagnostic::new(Code::EndlessCycle, message, &scenario.file, place);
    if let [first, rest @ ..] = cycle {
        found = found.label(format!("mène à `{}`", name(first.to)));
        for edge in rest {
            found = found.also(&scenario.file, scenario.head(edge.rule), format!("mène à `{}`", name(edge.to)));
        }
    }
    found.help("faites que l'un des passages prenne du temps (`après 8 jours : aller à …`), attende un événement (`quand …`), ou donnez-leur des conditions qui s'excluent")
}
