//! Delays, with the date that they give for an example.

use crate::ast::{Block, Expr, Guard, Head, Literal, Rule};
use crate::ide::around::Around;
use crate::ide::reading::Reading;
use crate::ide::workspace::Workspace;
use crate::span::{Node, Span};
use relance_core::calendar::{Calendar, FRANCE};
use relance_core::day::{self, french_date};

/// What is said of the duration at a place.
pub(super) fn at(workspace: &Workspace, around: &dyn Around, reading: &Reading, at: usize) -> Option<(Span, String)> {
    let block = reading.tree.blocks.iter().find(|block| block.span.start <= at && at <= block.span.end)?;
    let mut delays = Vec::new();
    match &block.value {
        Block::Rule(rule) => of_rule(rule, &mut delays),
        Block::Setting(crate::ast::Setting::Selection(condition)) => of_expr(condition, &mut delays),
        Block::Segment(_, condition) => of_expr(condition, &mut delays),
        _ => {}
    }
    let (span, length) = delays.into_iter().find(|(span, _)| span.start <= at && at < span.end)?;
    let from = around.today();
    let then = length.after(from, calendar(workspace, reading, at));
    let text = format!("**{length}** : du {}, cela mène au {}.", french_date(from), french_date(then));
    Some((span, text))
}

/// The calendar of the scenario around a place.
fn calendar<'a>(workspace: &'a Workspace, reading: &Reading, at: usize) -> &'a Calendar {
    let scenarios = workspace.checked().map_or(&[][..], |checked| checked.scenarios.as_slice());
    let before =
        |scenario: &&crate::lower::Scenario| scenario.file == reading.source.path && scenario.place.start <= at;
    scenarios.iter().rfind(before).map_or(&FRANCE, |scenario| &scenario.machine.settings.calendar)
}

fn of_rule(rule: &Rule, found: &mut Vec<(Span, day::Span)>) {
    match &rule.head.value {
        Head::If(condition) | Head::After(condition) | Head::Else(Some(condition)) => of_expr(condition, found),
        Head::Every { every, .. } => of_expr(every, found),
        _ => {}
    }
    for guard in &rule.conditions {
        let (Guard::If(condition) | Guard::Unless(condition)) = guard;
        of_expr(condition, found);
    }
    for stage in &rule.sequence.stages {
        stage.after.iter().chain(&stage.wait).for_each(|delay| of_expr(delay, found));
    }
}

fn of_expr(node: &Node<Expr>, found: &mut Vec<(Span, day::Span)>) {
    match &node.value {
        Expr::Literal(Literal::Duration(length)) => found.push((node.span, *length)),
        Expr::Call(_, parts) | Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| of_expr(part, found)),
        Expr::Not(part) | Expr::Known(part) | Expr::Negative(part) => of_expr(part, found),
        Expr::Compare(_, left, right) | Expr::Arith(_, left, right) => {
            of_expr(left, found);
            of_expr(right, found);
        }
        Expr::Between(value, low, high) => [value, low, high].into_iter().for_each(|part| of_expr(part, found)),
        Expr::Among(value, list) => {
            of_expr(value, found);
            list.iter().for_each(|part| of_expr(part, found));
        }
        Expr::Literal(_) | Expr::Word(_) => {}
    }
}
