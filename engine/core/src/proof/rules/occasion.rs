//! Which rules fire on the same occasion: those of one rung, of one entry, of one event, and free rules that come true together.

use super::super::Proof;
use super::super::domain::Facts;
use super::super::site::{fails, firing, holds, only_rung};
use super::super::solve::{Formula, Var, solve};
use crate::machine::{Clock, Expr, Reaction, Rule, RuleId, Sequence, State};
use crate::schema::Fact;
use std::collections::BTreeSet;

/// When a rule fires.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum When<'m> {
    /// On the day of a rung.
    Rung(Clock, i64),
    /// At the entry into its state.
    Entry,
    /// When the event of this reaction happens.
    Event(&'m Reaction),
    /// As soon as its condition holds.
    Free,
}

/// A rule, when it fires and what must hold for it.
pub(super) struct Candidate<'m> {
    pub state: &'m str,
    pub id: RuleId,
    pub sequence: &'m Sequence,
    pub when: When<'m>,
    pub fires: Formula,
    guards: Vec<&'m Expr>,
}

/// The rules of a state. `ended`: nothing fires in it with time.
pub(super) fn candidates<'m>(proof: &Proof<'m>, state: &'m State, ended: bool) -> Vec<Candidate<'m>> {
    let facts = proof.facts(&state.name);
    let mut all: Vec<Candidate<'m>> = Vec::new();
    all.extend(state.entry.iter().map(|entry| Candidate {
        state: &state.name,
        id: entry.id,
        sequence: &entry.sequence,
        when: When::Entry,
        fires: holds(&entry.guard, &facts),
        guards: vec![&entry.guard],
    }));
    all.extend(state.rules.iter().filter(|_| !ended).filter_map(|rule| {
        Some(Candidate {
            state: &state.name,
            id: rule.id,
            sequence: &rule.sequence,
            when: when(rule)?,
            fires: Formula::Any(firing(rule, &facts)),
            guards: rule.branches.iter().map(|branch| &branch.guard).collect(),
        })
    }));
    all.extend(reactions(proof, &state.name, &state.reactions));
    all
}

/// Reactions of a state, or of the scenario.
pub(super) fn reactions<'m>(proof: &Proof<'m>, state: &'m str, all: &'m [Reaction]) -> Vec<Candidate<'m>> {
    let facts = Facts { open: false, ..proof.facts(state) };
    let candidate = |reaction: &'m Reaction| Candidate {
        state,
        id: reaction.id,
        sequence: &reaction.sequence,
        when: When::Event(reaction),
        fires: holds(&reaction.guard, &facts),
        guards: vec![&reaction.guard],
    };
    all.iter().map(candidate).collect()
}

fn when(rule: &Rule) -> Option<When<'_>> {
    let free = rule.repeat.is_none() && rule.branches.iter().all(|branch| branch.bounds.is_empty());
    match only_rung(rule) {
        Some((clock, day)) => Some(When::Rung(clock, day)),
        None if free => Some(When::Free),
        None => None,
    }
}

/// Whether two rules of a state fire on the same occasion, if their conditions hold together.
pub(super) fn meet(proof: &Proof<'_>, first: &Candidate<'_>, second: &Candidate<'_>) -> bool {
    match (first.when, second.when) {
        (When::Event(one), When::Event(other)) => one.on == other.on && one.name == other.name,
        (When::Free, When::Free) => come_true_together(proof, first, second),
        (one, other) => one == other,
    }
}

/// Whether two conditions come true at the same moment: the same changing facts make them so, or one says more than the other.
fn come_true_together(proof: &Proof<'_>, first: &Candidate<'_>, second: &Candidate<'_>) -> bool {
    let facts = proof.facts(first.state);
    let implies = |one: &Candidate<'_>, other: &Candidate<'_>| {
        let not = Formula::All(other.guards.iter().map(|guard| fails(guard, &facts)).collect());
        solve(&[&one.fires, &not], &facts).is_no()
    };
    changing(first) == changing(second) || implies(first, second) || implies(second, first)
}

/// The facts of a rule's conditions that change while an invoice is followed.
fn changing(candidate: &Candidate<'_>) -> BTreeSet<Var> {
    let mut vars = BTreeSet::new();
    for guard in &candidate.guards {
        guard.each(&mut |part| match part {
            Expr::Fact(fact) => _ = vars.insert(Var::Fact(*fact)),
            Expr::Field(name) => _ = vars.insert(Var::Field(name.clone())),
            Expr::Visited(name) => _ = vars.insert(Var::Visited(name.clone())),
            Expr::Call(call) => _ = vars.insert(Var::Opaque(call.to_string())),
            _ => {}
        });
    }
    vars.retain(|var| {
        !matches!(
            var,
            Var::Fact(
                Fact::Amount
                    | Fact::Currency
                    | Fact::Regime
                    | Fact::Segment
                    | Fact::IssueDate
                    | Fact::LimitationDate
                    | Fact::CustomerCountry
                    | Fact::CustomerName
            ) | Var::Field(_)
        )
    });
    vars
}
