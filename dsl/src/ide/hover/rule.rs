//! Which rung a rule is, on which clock, and which rules it supersedes.

use crate::ast::{Block, Head};
use crate::ide::around::Around;
use crate::ide::reading::Reading;
use crate::ide::workspace::Workspace;
use crate::lower::Scenario;
use crate::span::Span;
use relance_core::day::{self, french_date};
use relance_core::machine::{Action, Bound, Clock, Expr, Rule, RuleId, State, Value};

/// What is said of the opening of the rule at a place.
pub(super) fn at(workspace: &Workspace, around: &dyn Around, reading: &Reading, at: usize) -> Option<(Span, String)> {
    let block = reading.tree.blocks.iter().find(|block| block.span.start <= at && at <= block.span.end)?;
    let Block::Rule(rule) = &block.value else { return None };
    let head = opening(reading, block.span, &rule.head.value, rule.head.span);
    if at < head.start || at >= head.end {
        return None;
    }
    let text = match &rule.head.value {
        Head::When(..) => return None,
        Head::Entry => {
            "**À l'entrée** : en arrivant dans l'étape. `après …` compte depuis que tout cela est fait.".to_owned()
        }
        _ => timed(workspace, around, reading, rule.head.span)?,
    };
    Some((head, text))
}

/// The words of a head that tell when, without its condition.
fn opening(reading: &Reading, block: Span, head: &Head, span: Span) -> Span {
    let text = reading.text().get(block.start..block.end).unwrap_or_default();
    match head {
        Head::If(_) | Head::Else(_) => {
            // `dès que` is two words.
            let first = text.find(char::is_whitespace).unwrap_or(text.len());
            Span { start: block.start, end: block.start + first }
        }
        _ => Span { start: block.start, end: span.end },
    }
}

fn timed(workspace: &Workspace, around: &dyn Around, reading: &Reading, head: Span) -> Option<String> {
    let scenarios = &workspace.checked()?.scenarios;
    let of_file = scenarios.iter().filter(|scenario| scenario.file == reading.source.path);
    let (scenario, state, rule) = of_file.into_iter().find_map(|scenario| {
        let index = scenario.heads.iter().position(|known| *known == head)?;
        let id = RuleId(u32::try_from(index).ok()?);
        let found = scenario
            .machine
            .states
            .iter()
            .find_map(|state| state.rules.iter().find(|rule| rule.id == id).map(|rule| (state, rule)));
        found.map(|(state, rule)| (scenario, state, rule))
    })?;
    if let Some(repeat) = &rule.repeat {
        let most = repeat.at_most.map_or_else(String::new, |times| format!(", {times} fois au plus"));
        return Some(format!("**Règle répétée** : tous les {} depuis l'entrée dans l'état{most}.", repeat.every));
    }
    let rungs: Vec<&Vec<Bound>> = rule.branches.iter().map(|branch| &branch.bounds).filter(|b| !b.is_empty()).collect();
    if rungs.is_empty() {
        return Some(
            "**Règle libre** : se déclenche une fois par passage dans l'état, dès que sa condition devient vraie ; elle ne fait sauter aucun palier."
                .to_owned(),
        );
    }
    let said: Vec<String> =
        rungs.iter().map(|bounds| bounds.iter().map(bound).collect::<Vec<_>>().join(" et ")).collect();
    let clock = match rungs.first().and_then(|bounds| bounds.first()).map(|bound| bound.clock) {
        Some(Clock::State) => "temps passé dans l'état",
        _ => "jours depuis l'échéance (`retard`)",
    };
    let mut text = format!("**Palier {}**\n\nHorloge : {clock}.", said.join(" ou "));
    if let Some((Clock::Due, days)) = day_of(rule) {
        let due = around.today();
        text.push_str(&format!(" Échéance au {} : le {}.", french_date(due), french_date(day::add_days(due, days))));
    }
    if !takes_part(rule) {
        text.push_str("\n\nRègle interne, sans contact ni changement d'étape : elle se déclenche à son jour et ne fait sauter aucun palier.");
        return Some(text);
    }
    text.push_str(&order(scenario, state, rule));
    Some(text)
}

/// Whether the rule takes part in the choice among the rungs.
fn takes_part(rule: &Rule) -> bool {
    rule.sequence.has_contact() || rule.sequence.actions().any(|action| matches!(action, Action::GoTo { .. }))
}

/// `J+15`, `8 jours ouvrés après l'entrée`.
fn bound(bound: &Bound) -> String {
    let mut text = match (bound.clock, fixed(bound)) {
        (Clock::Due, Some(0)) => "J".to_owned(),
        (Clock::Due, Some(days)) => format!("J{days:+}"),
        (Clock::Due, None) => format!("J + {}", bound.offset),
        (Clock::State, _) => format!("{} après l'entrée", bound.offset),
    };
    if bound.clock == Clock::Due && fixed(bound).is_none() && bound.extra_days != 0 {
        text.push_str(&format!(" {:+} j", bound.extra_days));
    }
    if bound.end_of_month {
        text.push_str(" fin de mois");
    }
    text
}

/// The day of a bound, when it is the same for all invoices.
fn fixed(bound: &Bound) -> Option<i64> {
    match bound.offset {
        Expr::Literal(Value::Duration(day::Span::Days(days))) => Some(days.saturating_add(bound.extra_days)),
        _ => None,
    }
}

/// The day of a rule that is one rung for all invoices, and its clock.
fn day_of(rule: &Rule) -> Option<(Clock, i64)> {
    match rule.branches.as_slice() {
        [branch] => match branch.bounds.as_slice() {
            [bound] if !bound.end_of_month => fixed(bound).map(|day| (bound.clock, day)),
            _ => None,
        },
        _ => None,
    }
}

/// What it supersedes and what supersedes it: the nearest rungs of its state on the same clock.
fn order(scenario: &Scenario, state: &State, rule: &Rule) -> String {
    let Some((clock, day)) = day_of(rule) else {
        return "\n\nSon rang parmi les paliers dépend de la facture.".to_owned();
    };
    let line = |rule: &Rule| scenario.machine.place(rule.id).map_or(0, |place| place.line);
    let others: Vec<(i64, &Rule)> = state
        .rules
        .iter()
        .filter(|other| other.id != rule.id && takes_part(other))
        .filter_map(|other| day_of(other).filter(|(on, _)| *on == clock).map(|(_, day)| (day, other)))
        .collect();
    let named = |day: i64| {
        let rules: Vec<String> = others.iter().filter(|(d, _)| *d == day).map(|(_, r)| line(r).to_string()).collect();
        let shown = match (clock, day) {
            (Clock::Due, 0) => "J".to_owned(),
            (Clock::Due, day) => format!("J{day:+}"),
            (Clock::State, day) => day::Span::Days(day).to_string(),
        };
        let lines = if rules.len() > 1 { "lignes" } else { "ligne" };
        format!("{shown} ({lines} {})", rules.join(", "))
    };
    let mut text = String::new();
    if others.iter().any(|(other, _)| *other == day) {
        text.push_str(&format!("\n\nMême palier : {}.", named(day)));
    }
    if let Some(before) = others.iter().map(|(other, _)| *other).filter(|other| *other < day).max() {
        text.push_str(&format!("\n\nRemplace ce qui attend encore de {} et des paliers plus bas.", named(before)));
    }
    match others.iter().map(|(other, _)| *other).filter(|other| *other > day).min() {
        Some(after) => text.push_str(&format!("\n\nRemplacé par {}.", named(after))),
        None => text.push_str("\n\nPlus haut palier de l'état."),
    }
    text
}
