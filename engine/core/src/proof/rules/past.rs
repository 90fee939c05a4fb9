//! Rungs of a state that are always past when the state is entered.

use super::super::paths::limitation::{LONG_BEFORE, entered};
use super::super::site::{is_unconditional, living, only_rung, takes_part};
use super::super::{At, Finding, Kind, Proof};
use super::never::Dead;
use crate::machine::{Clock, PLAN, Rule};

pub(in super::super) fn examine(proof: &Proof<'_>, dead: &Dead, found: &mut Vec<Finding>) {
    let machine = proof.machine;
    let entered = entered(proof, dead);
    for state in living(machine).filter(|state| state.name != PLAN) {
        let Some(since) = entered.get(state.name.as_str()).copied().filter(|since| *since > LONG_BEFORE / 2) else {
            continue;
        };
        let facts = proof.facts(&state.name);
        let rungs: Vec<(&Rule, i64)> = state
            .rules
            .iter()
            .filter(|rule| !dead.contains(&rule.id))
            .filter_map(|rule| only_rung(rule).filter(|(clock, _)| *clock == Clock::Due).map(|(_, day)| (rule, day)))
            .collect();
        // Of the rungs that are due at the entry, only the highest fires.
        let highest = rungs.iter().filter(|(rule, day)| {
            let waits = machine.opens_with_formal_notice(&rule.sequence) && !rule.without_prior_reminder;
            let always = rule.branches.iter().any(|branch| is_unconditional(branch, &facts));
            *day <= since && takes_part(rule) && always && !waits
        });
        let highest = highest.max_by_key(|(_, day)| *day).filter(|_| !machine.settings.step_by_step);
        for (rule, day) in &rungs {
            let fallen = *day < 0 && since >= 0;
            let hidden = highest.filter(|(_, above)| takes_part(rule) && above > day);
            if !fallen && hidden.is_none() {
                continue;
            }
            let finding = Finding::new(&machine.name, Kind::PastAtEntry { entered: since }, At::Rule(rule.id));
            let finding = Finding {
                assumed: Some("sauf facture placée là par une personne, ou échéance reportée"),
                ..finding
            };
            found.push(hidden.iter().fold(finding, |finding, (above, _)| finding.also(At::Rule(above.id))));
        }
    }
}
