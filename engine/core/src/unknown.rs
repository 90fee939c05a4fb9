//! What unknown facts cost: the rules that do not fire for an invoice because nobody can say whether their condition holds.

use crate::dossier::{Dossier, InvoiceFile};
use crate::eval::{Trace, trace};
use crate::facts::InvoiceFacts;
use crate::machine::RuleId;
use crate::program::{PreparedRule, Program};
use crate::step::rung_at;
use chrono::NaiveDate;

/// A condition that is unknown for an invoice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lost {
    /// The scenario.
    pub scenario: String,
    /// The rule that does not fire; `None` is the scenario's selection, which does not take the invoice.
    pub rule: Option<RuleId>,
    /// The facts without a value, by name; a comparison, where each value is known and they cannot be compared.
    pub facts: Vec<String>,
}

/// What an open invoice loses to unknown facts on `today`: rules of its state whose day has come and that have not fired, or, without a
/// scenario, the selections that might have taken it. Conditions are read as the step reads them.
pub fn lost(program: &Program, dossier: &Dossier, number: &str, today: NaiveDate) -> Vec<Lost> {
    let Some(file) = dossier.invoices.get(number) else { return Vec::new() };
    // An invoice on which a script fails is an anomaly of its own.
    if !file.is_open() || !file.taken_over || file.broken.is_some() {
        return Vec::new();
    }
    let facts = InvoiceFacts::new(program, dossier, number, file, today);
    let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else {
        let selections = program.scenarios.iter().filter_map(|s| Some((s, s.machine.selection.as_ref()?)));
        let read = selections.map(|(s, selection)| (s, trace(selection, &facts)));
        return read
            .filter(|(_, read)| read.holds.is_none())
            .map(|(s, read)| Lost { scenario: s.machine.name.clone(), rule: None, facts: missing(&[read]) })
            .collect();
    };
    let state = scenario.state(&file.state);
    if state.is_none_or(|state| state.is_final) {
        return Vec::new();
    }
    let waiting = scenario.rules(&file.state).iter().filter(|rule| !file.fired.contains(&rule.key));
    let read = waiting.filter_map(|rule| Some((rule, unknown(rule, file, &facts)?)));
    read.map(|(rule, facts)| Lost { scenario: scenario.machine.name.clone(), rule: Some(rule.id), facts }).collect()
}

/// The unknown facts that keep a rule from firing; `None` when something else does, or nothing.
fn unknown(rule: &PreparedRule, file: &InvoiceFile, facts: &InvoiceFacts<'_>) -> Option<Vec<String>> {
    let due = rule.branches.iter().filter(|branch| {
        rung_at(branch, facts).is_none_or(|at| {
            let reachable = !rule.takes_part || at.is_reachable(file);
            at.day <= facts.today && reachable && !(at.is_pre_due() && facts.today >= file.invoice.due)
        })
    });
    let read: Vec<Trace> = due.map(|branch| trace(&branch.guard, facts)).collect();
    let undecided = read.iter().any(|read| read.holds.is_none()) && read.iter().all(|read| read.holds != Some(true));
    undecided.then(|| missing(&read))
}

/// The facts without a value in the parts that are unknown, each once.
fn missing(read: &[Trace]) -> Vec<String> {
    let mut found = Vec::new();
    for part in read.iter().filter(|part| part.holds.is_none()) {
        if !part.parts.is_empty() {
            found.extend(missing(&part.parts));
            continue;
        }
        let nameless = part.values.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name.clone());
        let nameless: Vec<String> = nameless.collect();
        if nameless.is_empty() {
            found.push(part.text.clone());
        }
        found.extend(nameless);
    }
    found.sort();
    found.dedup();
    found
}
