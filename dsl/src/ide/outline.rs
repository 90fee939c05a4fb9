//! The parts of a file: for the outline, and for folding.

use super::reading::Reading;
use super::workspace::Workspace;
use crate::ast::Block;
use crate::span::{Node, Span};

/// What a part of a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutlineKind {
    /// `scénario`.
    Scenario,
    /// `étape`.
    Stage,
    /// A rule.
    Rule,
    /// `segment x : si …`.
    Segment,
    /// `champ`.
    Field,
    /// `constante`.
    Constant,
    /// `test`.
    Test,
}

/// A part of a file and what it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// Its name, or the rule as written.
    pub name: String,
    /// Its title.
    pub detail: String,
    /// What it is.
    pub kind: OutlineKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub name_span: Span,
    /// What it holds.
    pub children: Vec<Outline>,
}

/// Lines that can be folded away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fold {
    /// From the first to the last word.
    pub span: Span,
    /// They are comments.
    pub comment: bool,
}

/// Longer rules are cut in the outline.
const LONGEST: usize = 80;

/// The parts of a file, in order.
pub fn outline(workspace: &Workspace, path: &str) -> Vec<Outline> {
    let Some(reading) = workspace.reading(path) else { return Vec::new() };
    let text = reading.text();
    let mut top: Vec<Outline> = Vec::new();
    for block in &reading.tree.blocks {
        let Some(part) = part(block, text) else {
            // `Failed` blocks and settings belong to what they stand in.
            if !matches!(block.value, Block::Script(_) | Block::Include(_) | Block::FailedDefinition(_)) {
                extend(&mut top, block.span, 2);
            }
            continue;
        };
        match part.kind {
            OutlineKind::Stage | OutlineKind::Rule => {
                extend(&mut top, part.span, if part.kind == OutlineKind::Stage { 1 } else { 2 });
                let inner = part.kind == OutlineKind::Rule;
                match top.last_mut() {
                    Some(scenario) if scenario.kind == OutlineKind::Scenario => match scenario.children.last_mut() {
                        Some(stage) if inner && stage.kind == OutlineKind::Stage => stage.children.push(part),
                        _ => scenario.children.push(part),
                    },
                    Some(stage) if inner && stage.kind == OutlineKind::Stage => stage.children.push(part),
                    _ => top.push(part),
                }
            }
            _ => top.push(part),
        }
    }
    top
}

/// Lets the open scenario and stage reach to the end of a block; a scenario only, at depth 1.
fn extend(top: &mut [Outline], span: Span, depth: usize) {
    let Some(last) = top.last_mut() else { return };
    if !matches!(last.kind, OutlineKind::Scenario | OutlineKind::Stage)
        || (depth == 1 && last.kind == OutlineKind::Stage)
    {
        return;
    }
    last.span = last.span.to(span);
    if depth == 2
        && let Some(stage) = last.children.last_mut().filter(|stage| stage.kind == OutlineKind::Stage)
    {
        stage.span = stage.span.to(span);
    }
}

fn part(block: &Node<Block>, text: &str) -> Option<Outline> {
    let named = |kind, name: &Node<String>, detail: String| Outline {
        name: name.value.clone(),
        detail,
        kind,
        span: block.span,
        name_span: name.span,
        children: Vec::new(),
    };
    let written = |span: Span| {
        let words = text.get(span.start..span.end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        match words.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{}…", words.get(..at).unwrap_or_default().trim_end()),
            None => words,
        }
    };
    let title = |title: &Option<Node<String>>| title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
    Some(match &block.value {
        Block::Scenario(header) => named(OutlineKind::Scenario, &header.name, title(&header.title)),
        Block::Stage(header) => named(OutlineKind::Stage, &header.name, title(&header.title)),
        Block::Segment(name, condition) => named(OutlineKind::Segment, name, written(condition.span)),
        Block::Field(name, ty) => named(OutlineKind::Field, name, ty.value.clone()),
        Block::Constant(name, value) => named(OutlineKind::Constant, name, written(value.span)),
        Block::Test(test) => named(OutlineKind::Test, &test.name, String::new()),
        Block::Rule(rule) => {
            let name_span = rule.head.span;
            Outline {
                name: written(block.span),
                detail: String::new(),
                kind: OutlineKind::Rule,
                span: block.span,
                name_span,
                children: Vec::new(),
            }
        }
        _ => return None,
    })
}

/// What can be folded away: scenarios, stages, tests, long rules, and comments on several lines.
pub fn folds(workspace: &Workspace, path: &str) -> Vec<Fold> {
    let Some(reading) = workspace.reading(path) else { return Vec::new() };
    let text = reading.text();
    let mut folds = Vec::new();
    let mut parts = outline(workspace, path);
    while let Some(part) = parts.pop() {
        if text.get(part.span.start..part.span.end).is_some_and(|words| words.contains('\n')) {
            folds.push(Fold { span: part.span, comment: false });
        }
        parts.extend(part.children);
    }
    folds.extend(comments(reading));
    folds.sort_by_key(|fold| (fold.span.start, fold.span.end));
    folds
}

/// Lines of comments that follow each other.
fn comments(reading: &Reading) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    let mut open: Option<(Span, usize)> = None;
    let mut at = 0;
    for line in reading.text().split_inclusive('\n') {
        let words = line.trim();
        if words.starts_with('#') {
            let start = at + line.find('#').unwrap_or(0);
            let span = Span { start, end: start + words.len() };
            open = Some(open.map_or((span, 1), |(whole, lines)| (whole.to(span), lines + 1)));
        } else if let Some((span, _)) = open.take().filter(|(_, lines)| *lines > 1) {
            folds.push(Fold { span, comment: true });
        }
        at += line.len();
    }
    folds.extend(open.filter(|(_, lines)| *lines > 1).map(|(span, _)| Fold { span, comment: true }));
    folds
}
