//! The way of one invoice through its plan, to be shown on the drawing.

use crate::dossier::Dossier;
use crate::facts::InvoiceFacts;
use crate::machine::{PLAN, RuleId};
use crate::program::Program;
use crate::step::{rung_at, rung_label};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// What a drawing shows besides the plan: nothing, or the way of an invoice.
pub type Highlight<'a> = Option<&'a Path>;

/// How far an invoice is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Path {
    /// The invoice's number.
    pub invoice: String,
    /// Where it stands, in a few words, such as `palier J+15`.
    pub standing: Option<String>,
    /// The state it is in.
    pub state: String,
    /// The states it is or has been in.
    pub visited: BTreeSet<String>,
    /// Rules of its state that fired.
    pub fired: BTreeSet<RuleId>,
    /// Rules of its state that were skipped.
    pub skipped: BTreeSet<RuleId>,
    /// Rules of the rung on which it stands.
    pub position: BTreeSet<RuleId>,
}

impl Path {
    /// The way of an invoice as its file tells it on a day; `None` when the invoice is not known or no scenario takes it.
    pub fn of(program: &Program, dossier: &Dossier, number: &str, today: NaiveDate) -> Option<Path> {
        let file = dossier.invoices.get(number)?;
        let scenario = program.scenario(&file.scenario.as_ref()?.name)?;
        let facts = InvoiceFacts::new(program, dossier, number, file, today);
        let mut visited = file.visited.clone();
        visited.extend([PLAN.to_owned(), file.state.clone()]);
        let standing = match file.settled_on {
            Some(day) => Some(format!("soldée le {}", crate::day::french_date(day))),
            None => file.position.map(|position| format!("palier {}", rung_label(position))),
        };
        let mut path =
            Path { invoice: number.to_owned(), standing, state: file.state.clone(), visited, ..Path::default() };
        for rule in scenario.rules(&file.state) {
            let rungs: Vec<i64> =
                rule.branches.iter().filter_map(|branch| rung_at(branch, &facts)).map(|at| at.offset).collect();
            let left_behind =
                |offset: &i64| file.skipped.contains(offset) || rule.takes_part && Some(*offset) < file.position;
            let fired = file.fired.contains(&rule.key);
            if !rungs.is_empty() && rungs.iter().all(|offset| file.skipped.contains(offset)) {
                path.skipped.insert(rule.id);
            } else if fired || file.ticks.contains_key(&rule.key) {
                path.fired.insert(rule.id);
            } else if !rungs.is_empty() && rungs.iter().all(left_behind) {
                path.skipped.insert(rule.id);
            }
            if fired && file.position.is_some_and(|position| rungs.contains(&position)) {
                path.position.insert(rule.id);
            }
        }
        Some(path)
    }
}
