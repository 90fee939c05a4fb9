//! Rungs that a higher one always hides.

use super::super::site::{fails, firing, lasting, living, only_rung, takes_part};
use super::super::solve::{Atom, Formula, Kind as Measure, Linear, Var, solve};
use super::super::{At, Finding, Kind, Proof};
use super::never::Dead;
use crate::machine::{Clock, Rule};
use crate::schema::Fact;

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    // With `rattrapage pas à pas` the lowest rung fires first.
    if machine.settings.step_by_step {
        return;
    }
    for state in living(machine) {
        let facts = proof.facts(&state.name);
        let lasting = lasting(&proof.selected(&facts), &state.name, false);
        let contenders: Vec<(&Rule, _)> = state
            .rules
            .iter()
            .filter(|rule| takes_part(rule) && !dead.contains(&rule.id))
            .filter_map(|rule| Some((rule, only_rung(rule)?)))
            .collect();
        for (low, at) in &contenders {
            // A bound alone never implies a higher one: only a condition can.
            if low.branches.iter().all(|branch| branch.guard.is_always()) {
                continue;
            }
            let above = contenders.iter().filter(|(_, above)| above.0 == at.0 && above.1 > at.1);
            let Some(next) = above.map(|(_, above)| *above).min_by_key(|above| above.1) else { continue };
            let fires = Formula::Any(firing(low, &facts));
            // Before the next rung's day nothing hides it: mostly that is all there is to say.
            if !solve(&[&fires, &unreached(next), &lasting], &facts).is_no() {
                continue;
            }
            let hides = |(high, above): &&(&Rule, (Clock, i64))| {
                let waits = machine.opens_with_formal_notice(&high.sequence) && !high.without_prior_reminder;
                if waits || above.0 != at.0 || above.1 <= at.1 {
                    return false;
                }
                let branches = high
                    .branches
                    .iter()
                    .map(|branch| Formula::Any(vec![unreached(*above), fails(&branch.guard, &facts)]));
                let not_due = Formula::All(branches.collect());
                solve(&[&fires, &not_due, &lasting], &facts).is_no()
            };
            if let Some((high, _)) = contenders.iter().find(hides) {
                let finding = Finding::new(&machine.name, Kind::Hidden, At::Rule(low.id)).also(At::Rule(high.id));
                found.push(finding);
            }
        }
    }
}

/// What must hold for the day of a rung not to have come.
fn unreached((clock, day): (Clock, i64)) -> Formula {
    let var = match clock {
        Clock::Due => Var::Fact(Fact::DaysLate),
        Clock::State => Var::StateDays,
    };
    // day − 1 − elapsed >= 0
    let sum = Linear::days(i128::from(day) - 1).plus(Linear::var(var, Measure::Days), -1);
    sum.map_or(Formula::TRUE, |sum| Formula::Atom(Atom::AtLeastZero(sum)))
}
