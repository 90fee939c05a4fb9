//! Where rules stand in a machine, and under which facts they can fire.

use super::Project;
use super::domain::Facts;
use super::solve::{Atom, Formula, Linear, Var, Want, solve, translate};
use crate::day::Span;
use crate::machine::{
    Action, Arith, Attempt, Bound, Branch, Clock, Compare, Expr, Machine, PLAN, Rule, Sequence, State, Value,
};
use crate::schema::Fact;

/// What must hold for a condition to be certainly true.
pub(super) fn holds(expr: &Expr, facts: &Facts<'_>) -> Formula {
    translate(expr, Want::True, &|name| facts.field_type(name))
}

/// What must hold for a condition not to be certainly true.
pub(super) fn fails(expr: &Expr, facts: &Facts<'_>) -> Formula {
    translate(expr, Want::NotTrue, &|name| facts.field_type(name))
}

/// Whether a rule contacts the client or leaves the state.
pub(super) fn takes_part(rule: &Rule) -> bool {
    rule.sequence.has_contact() || rule.sequence.destinations().next().is_some()
}

/// The day of a bound that is written in days, from its clock's day 0.
pub(super) fn literal_day(bound: &Bound) -> Option<i64> {
    match &bound.offset {
        Expr::Literal(Value::Duration(Span::Days(n))) if !bound.end_of_month => n.checked_add(bound.extra_days),
        _ => None,
    }
}

/// The day of a branch's rung on one clock, when all its bounds are written in days on that clock.
pub(super) fn rung_of(branch: &Branch) -> Option<(Clock, i64)> {
    let clock = branch.bounds.first()?.clock;
    let days: Option<Vec<i64>> =
        branch.bounds.iter().map(|bound| literal_day(bound).filter(|_| bound.clock == clock)).collect();
    days?.into_iter().max().map(|day| (clock, day))
}

/// The only rung of a rule, when all its branches stand on one.
pub(super) fn only_rung(rule: &Rule) -> Option<(Clock, i64)> {
    let first = rung_of(rule.branches.first()?)?;
    (rule.repeat.is_none() && rule.branches.iter().all(|branch| rung_of(branch) == Some(first))).then_some(first)
}

/// Whether a branch asks nothing but its clock: its condition follows from its bounds.
pub(super) fn is_unconditional(branch: &Branch, facts: &Facts<'_>) -> bool {
    if branch.guard.is_always() {
        return true;
    }
    let reached = reached(branch, facts);
    solve(&[&reached, &fails(&branch.guard, facts)], facts).is_no()
}

/// What must hold for the day of a branch to have come.
pub(super) fn reached(branch: &Branch, facts: &Facts<'_>) -> Formula {
    Formula::All(branch.bounds.iter().map(|bound| bound_reached(bound, facts)).collect())
}

fn bound_reached(bound: &Bound, facts: &Facts<'_>) -> Formula {
    let extra = Expr::from(Span::Days(bound.extra_days));
    let offset = match bound.extra_days {
        0 => bound.offset.clone(),
        _ => Expr::Arith(Arith::Add, Box::new(bound.offset.clone()), Box::new(extra)),
    };
    match bound.clock {
        Clock::Due => {
            let late = Box::new(Expr::Fact(Fact::DaysLate));
            holds(&Expr::Compare(Compare::GreaterOrEqual, late, Box::new(offset)), facts)
        }
        Clock::State => {
            let days = Linear::var(Var::StateDays, super::solve::Kind::Days);
            Linear::of(&offset, &|name| facts.field_type(name))
                .and_then(|offset| Linear::difference(days, offset))
                .map_or(Formula::TRUE, |sum| Formula::Atom(Atom::AtLeastZero(sum)))
        }
    }
}

/// What must hold for a branch to be due with its guard true; one formula for each branch of the rule.
pub(super) fn firing(rule: &Rule, facts: &Facts<'_>) -> Vec<Formula> {
    let mut always = Vec::new();
    if takes_part(rule) {
        always.push(collectable(facts));
    }
    if let Some(repeat) = &rule.repeat {
        let every = Bound { clock: Clock::State, offset: repeat.every.into(), extra_days: 0, end_of_month: false };
        always.push(bound_reached(&every, facts));
    }
    rule.branches
        .iter()
        .map(|branch| {
            let mut parts = always.clone();
            parts.extend([reached(branch, facts), holds(&branch.guard, facts)]);
            // A rung below 0 is skipped from the due day on.
            if let Some((Clock::Due, day)) = rung_of(branch)
                && day < 0
                && rule.repeat.is_none()
            {
                let late = Box::new(Expr::Fact(Fact::DaysLate));
                parts.push(holds(&Expr::Compare(Compare::Less, late, Box::new(Expr::from(Span::Days(0)))), facts));
            }
            parts.extend(not_above(rule, branch));
            Formula::All(parts)
        })
        .collect()
}

/// From a higher rung an invoice never climbs down to this one: `palier_atteint` is no higher than it, or not known yet.
fn not_above(rule: &Rule, branch: &Branch) -> Option<Formula> {
    let mut read = false;
    branch.guard.each(&mut |part| read |= *part == Expr::Fact(Fact::RungReached));
    // Those below 0 fire once more when the due date is moved.
    let (clock, day) = rung_of(branch).filter(|_| read && takes_part(rule) && rule.repeat.is_none())?;
    if clock != Clock::Due || day < 0 {
        return None;
    }
    let reached = Var::Fact(Fact::RungReached);
    let below = Linear::days(i128::from(day)).plus(Linear::var(reached.clone(), super::solve::Kind::Days), -1)?;
    Some(Formula::Any(vec![Formula::Atom(Atom::Known(reached, false)), Formula::Atom(Atom::AtLeastZero(below))]))
}

/// Something can be asked for: what contacts the client or leaves the state waits for that.
fn collectable(facts: &Facts<'_>) -> Formula {
    let more_than = |value: Value| {
        let asked = Box::new(Expr::Fact(Fact::Collectable));
        holds(&Expr::Compare(Compare::Greater, asked, Box::new(Expr::Literal(value))), facts)
    };
    let positive = || {
        let sum = Linear::var(Var::Fact(Fact::Collectable), super::solve::Kind::Amount).plus(Linear::cents(1), -1);
        sum.map_or(Formula::TRUE, |sum| Formula::Atom(Atom::AtLeastZero(sum)))
    };
    match facts.machine.settings.minimum.filter(|minimum| minimum.cents > 0) {
        None => positive(),
        Some(minimum) => {
            let words = [minimum.currency.code().to_owned()].into();
            let other = Formula::Atom(Atom::Word { var: Var::Fact(Fact::Currency), words, inside: false });
            Formula::Any(vec![more_than(Value::Amount(minimum)), other.and(positive())])
        }
    }
}

/// The machines in the order in which their selections are tried.
pub(super) fn in_order(machines: &[Machine]) -> Vec<&Machine> {
    let mut ordered: Vec<&Machine> = machines.iter().collect();
    ordered.sort_by_key(|m| (m.selection.is_none(), m.priority.unwrap_or(i64::MAX), m.name.clone()));
    ordered
}

/// For each machine, in the same order, those tried before it whose selection can hold of an invoice that it selects. The others say
/// nothing of its invoices: most selections of a project exclude each other outright.
pub(super) fn rivals<'a>(ordered: &[&'a Machine], project: &Project) -> Vec<Vec<&'a Machine>> {
    let selections: Vec<Option<Formula>> = ordered
        .iter()
        .map(|machine| {
            let facts = Facts { open: false, ..Facts::new(project, machine, None) };
            machine.selection.as_ref().map(|own| holds(own, &facts))
        })
        .collect();
    let together = |machine: &Machine, own: &Option<Formula>, other: &Option<Formula>| match (own, other) {
        (Some(own), Some(other)) => {
            let facts = Facts { open: false, ..Facts::new(project, machine, None) };
            !solve(&[own, other], &facts).is_no()
        }
        _ => true,
    };
    let before = |n: usize, machine: &Machine, own: &Option<Formula>| {
        let earlier = ordered.iter().zip(&selections).take(n);
        earlier.filter(|(_, other)| together(machine, own, other)).map(|(other, _)| *other).collect()
    };
    ordered.iter().zip(&selections).enumerate().map(|(n, (machine, own))| before(n, machine, own)).collect()
}

/// What must hold for an invoice to be taken by a machine: its own selection, and none of its rivals'.
pub(super) fn selected(rivals: &[&Machine], machine: &Machine, facts: &Facts<'_>) -> Formula {
    let own = machine.selection.iter().map(|own| holds(own, facts));
    let others = rivals.iter().filter_map(|other| other.selection.as_ref()).map(|other| fails(other, facts));
    Formula::All(own.chain(others).collect())
}

/// What still holds of the selection while the invoice is in a state. What the data cannot change stays; in the plan, the selection is
/// read again when the segment or the person in charge changes. `regime`: taking for granted that the invoice keeps its own.
pub(super) fn lasting(selected: &Formula, state: &str, regime: bool) -> Formula {
    let lasts = |var: &Var| match var {
        Var::Fact(Fact::Amount | Fact::Currency | Fact::Number | Fact::CustomerCode) => true,
        Var::Fact(Fact::Segment | Fact::Owner) => state == PLAN,
        Var::Fact(Fact::Regime) => regime,
        _ => false,
    };
    selected.weakened(&|atom| {
        let mut all = true;
        atom.each_var(&mut |var| all &= lasts(var));
        all
    })
}

/// The state that a stage of a sequence goes to as soon as it begins, without anybody's approval.
pub(super) fn leaves_at_once(sequence: &Sequence) -> Option<&str> {
    opening(sequence).find_map(|attempt| match (&attempt.action, &attempt.approval) {
        (Action::GoTo { state }, None) => Some(state.as_str()),
        _ => None,
    })
}

/// What a sequence tries first, as soon as it begins.
pub(super) fn opening(sequence: &Sequence) -> impl Iterator<Item = &Attempt> {
    let first = sequence.stages.first().filter(|stage| stage.wait.is_none());
    first.into_iter().flat_map(|stage| &stage.items).filter_map(|item| item.0.first())
}

/// Every state with its rungs and free rules that can fire at all.
pub(super) fn living(machine: &Machine) -> impl Iterator<Item = &State> {
    machine.states.iter().filter(|state| !state.is_final)
}
