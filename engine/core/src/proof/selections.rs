//! Selections: invoices that no scenario takes, that two take, scenarios that get none.

use super::domain::Facts;
use super::site::{fails, holds, selected};
use super::solve::{Answer, Atom, Formula, Var, solve};
use super::witness::{Lab, Way};
use super::{At, Finding, Kind, Project, Witness};
use crate::event::{Entry, Event};
use crate::machine::{Expr, Machine, PLAN, Value};
use crate::schema::Fact;
use std::collections::BTreeSet;

/// Whether two selections can hold of one invoice.
#[derive(Clone, PartialEq, Debug)]
pub enum Together {
    /// Never.
    Disjoint,
    /// They can, or nobody can tell; with an invoice for which both hold, where one was found.
    Possible(Option<Box<Witness>>),
}

/// Whether two scenarios can select the same invoice.
pub fn together(first: &Machine, second: &Machine, project: &Project) -> Together {
    let (Some(left), Some(right)) = (&first.selection, &second.selection) else { return Together::Possible(None) };
    let facts = Facts::new(project, first, Some(PLAN));
    match solve(&[&holds(left, &facts), &holds(right, &facts)], &facts) {
        Answer::No => Together::Disjoint,
        Answer::Maybe => Together::Possible(None),
        Answer::Yes(model) => {
            let lab = Lab::new(&[first.clone(), second.clone()], project.zone);
            // The first in order takes it; that the other would, the facts say.
            let taken = lab.witness_of_facts(&model, &facts, &[left, right]);
            Together::Possible(taken.map(Box::new))
        }
    }
}

pub(super) fn examine(ordered: &[&Machine], rivals: &[Vec<&Machine>], project: &Project, lab: &Lab) -> Vec<Finding> {
    let mut found = Vec::new();
    for (i, (second, rivals)) in ordered.iter().zip(rivals).enumerate() {
        for first in rivals {
            let compared = first.selection.is_some() && second.selection.is_some();
            if compared
                && first.priority == second.priority
                && let Together::Possible(witness) = together(first, second, project)
            {
                let mut finding = Finding::new(&second.name, Kind::Overlap, At::Selection);
                finding.also.push((first.name.clone(), At::Selection));
                found.push(finding.with(witness.map(|witness| *witness)));
            }
        }
        let facts = Facts::new(project, second, Some(PLAN));
        let own = selected(rivals, second, &facts);
        if solve(&[&own], &facts).is_no() {
            let at = if second.selection.is_some() { At::Selection } else { At::Scenario };
            let mut finding = Finding::new(&second.name, Kind::Starved, at);
            finding.also = ordered.iter().take(i).map(|before| (before.name.clone(), At::Selection)).collect();
            found.push(finding);
        }
    }
    found.extend(untaken(ordered, project, lab));
    found
}

/// Invoices that no scenario takes.
fn untaken(ordered: &[&Machine], project: &Project, lab: &Lab) -> Option<Finding> {
    let first = ordered.first()?;
    if ordered.iter().any(|machine| machine.selection.is_none()) {
        return None;
    }
    let facts = Facts::new(project, first, Some(PLAN));
    let mut left: Vec<Formula> =
        ordered.iter().filter_map(|machine| machine.selection.as_ref()).map(|own| fails(own, &facts)).collect();
    // In other currencies nothing compares: that is no news, as long as the scenarios name one currency only.
    let currencies = currencies(ordered);
    if currencies.len() == 1 {
        left.push(Formula::Atom(Atom::Word { var: Var::Fact(Fact::Currency), words: currencies, inside: true }));
    }
    let left: Vec<&Formula> = left.iter().collect();
    let Answer::Yes(model) = solve(&left, &facts) else { return None };
    let nobody = |seen: &super::witness::Seen<'_>| {
        seen.entries.iter().position(|e| matches!(e.event, Event::Assigned { scenario: None, .. }))
    };
    let witness = lab.witness(&model, &facts, (&[Way::TakenOver, Way::Followed], 1), |seen| {
        let at: &Entry = seen.entries.get(nobody(seen)?)?;
        Some(vec![at])
    })?;
    let mut finding = Finding::new(&first.name, Kind::Untaken, At::Selection);
    finding.also = ordered.iter().skip(1).map(|other| (other.name.clone(), At::Selection)).collect();
    Some(finding.with(Some(witness)))
}

fn currencies(machines: &[&Machine]) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for selection in machines.iter().filter_map(|machine| machine.selection.as_ref()) {
        selection.each(&mut |part| {
            if let Expr::Literal(Value::Amount(amount)) = part {
                codes.insert(amount.currency.code().to_owned());
            }
        });
    }
    codes
}
