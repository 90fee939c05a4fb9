//! What each word of a file is, for colours.

use super::names::{Definitions, Symbol, occurrences};
use super::workspace::Workspace;
use crate::keywords;
use crate::lex::Kind;
use crate::span::Span;
use relance_core::schema::Fact;
use std::collections::BTreeMap;

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Paint {
    /// A word of the language.
    Keyword,
    /// A fact or field.
    Fact,
    /// A template.
    Template,
    /// A quoted text.
    Text,
    /// A number, with its unit.
    Number,
    /// A comment.
    Comment,
    /// An `étape`.
    Stage,
    /// A scenario.
    Scenario,
    /// A segment, régime, calendar, role, event.
    Value,
    /// A `constante`.
    Constant,
    /// A function of a script.
    Function,
}

/// A word and what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Painted {
    /// Where; never across the end of a line.
    pub span: Span,
    /// What.
    pub paint: Paint,
    /// It is where the name is given.
    pub defines: bool,
}

/// Units, folded, which belong to the number before them.
const UNITS: [&str; 16] = [
    "j", "jour", "jours", "ouvre", "ouvres", "semaine", "semaines", "sem", "mois", "h", "heures", "€", "euros", "eur",
    "%", "chf",
];

/// What each word of a file is, in order.
pub fn paint(workspace: &Workspace, path: &str) -> Vec<Painted> {
    let Some(reading) = workspace.reading(path) else { return Vec::new() };
    let definitions = Definitions::new(workspace);
    let named: BTreeMap<usize, (Span, Paint, bool)> = occurrences(workspace, &definitions, path)
        .into_iter()
        .map(|found| (found.span.start, (found.span, of_symbol(&found.symbol), found.defines)))
        .collect();
    let words = &reading.words;
    let mut painted: Vec<Painted> = comments(reading.text());
    let mut after_number = false;
    let mut covered = 0;
    for token in &words.tokens {
        let span = words.plain.origin(token.start, token.end);
        let text = words.plain.text.get(token.start..token.end).unwrap_or_default();
        let unit = after_number && UNITS.contains(&text);
        after_number = token.kind == Kind::Number || unit;
        if span.start < covered || span.start == span.end {
            continue;
        }
        if let Some((whole, paint, defines)) = named.get(&span.start).filter(|_| token.kind != Kind::Number) {
            covered = whole.end;
            painted.push(Painted { span: *whole, paint: *paint, defines: *defines });
            continue;
        }
        let paint = match token.kind {
            Kind::Text => Paint::Text,
            Kind::Number => Paint::Number,
            _ if unit => Paint::Number,
            Kind::Word if Fact::find(text).is_some() && text.contains(['.', '_']) => Paint::Fact,
            Kind::Word if keywords::canonical(text).is_some() || offset(text) || keywords::is_action(text) => {
                Paint::Keyword
            }
            _ => continue,
        };
        painted.push(Painted { span, paint, defines: false });
    }
    painted.sort_by_key(|word| word.span.start);
    painted
}

/// `J`, `J15`.
fn offset(text: &str) -> bool {
    text.strip_prefix('j').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

fn of_symbol(symbol: &Symbol) -> Paint {
    match symbol {
        Symbol::Scenario(_) => Paint::Scenario,
        Symbol::Stage(..) => Paint::Stage,
        Symbol::Field(_) | Symbol::Fact(_) => Paint::Fact,
        Symbol::Constant(_) => Paint::Constant,
        Symbol::Function(_) => Paint::Function,
        Symbol::Template(..) => Paint::Template,
        Symbol::Segment(_) | Symbol::Regime(_) | Symbol::Role(_) | Symbol::Event(_) | Symbol::Calendar(_) => {
            Paint::Value
        }
        Symbol::Path(_) => Paint::Text,
    }
}

fn comments(text: &str) -> Vec<Painted> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut close = None;
        for (i, c) in line.char_indices() {
            match close {
                Some(end) if c == end || (end == '”' && c == '"') => close = None,
                Some(_) => {}
                None => match c {
                    '#' => {
                        let words = line.get(i..).unwrap_or_default().trim_end();
                        let span = Span { start: at + i, end: at + i + words.len() };
                        found.push(Painted { span, paint: Paint::Comment, defines: false });
                        break;
                    }
                    '"' => close = Some('"'),
                    '«' => close = Some('»'),
                    '“' | '”' | '„' => close = Some('”'),
                    _ => {}
                },
            }
        }
        at += line.len();
    }
    found
}
