//! What a word means, here and now.

mod literals;
mod rule;
mod symbols;

use super::around::Around;
use super::cursor::{Cursor, Inside, Part};
use super::lexicon::{ENTRIES, Entry, Place};
use super::names;
use super::reading::Reading;
use super::workspace::Workspace;
use crate::parse::Rule;
use crate::span::Span;
use relance_core::schema::fold;

/// What is said of a place of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// The words that it is said of.
    pub span: Span,
    /// In Markdown.
    pub text: String,
}

/// What the word at a place means: a name, a rule's rung, a delay, a word of the language.
pub fn hover(workspace: &Workspace, around: &dyn Around, path: &str, at: usize) -> Option<Hover> {
    let reading = workspace.reading(path)?;
    if Cursor::new(reading, at).inside == Inside::Comment {
        return None;
    }
    if let Some(found) = names::at(workspace, path, at)
        && let Some(text) = symbols::card(workspace, around, path, &found)
    {
        return Some(Hover { span: found.span, text });
    }
    if let Some((span, text)) = rule::at(workspace, around, reading, at) {
        return Some(Hover { span, text });
    }
    if let Some((span, text)) = literals::at(workspace, around, reading, at) {
        return Some(Hover { span, text });
    }
    let found =
        word(reading, at).map(|(span, entry)| Hover { span, text: format!("**{}**\n\n{}", entry.words, entry.doc) });
    found.or_else(|| unread(workspace, around, reading, at))
}

/// The words of the language at a place.
fn word(reading: &Reading, at: usize) -> Option<(Span, &'static Entry)> {
    let words = &reading.words;
    let place = |i: usize| words.tokens.get(i).map(|token| words.plain.origin(token.start, token.end));
    let folded = |i: usize| words.tokens.get(i).and_then(|t| words.plain.text.get(t.start..t.end)).unwrap_or_default();
    let here = (0..words.tokens.len()).find(|i| place(*i).is_some_and(|span| span.start <= at && at < span.end))?;
    let cursor = Cursor::new(reading, place(here)?.start);
    let likely = |entry: &Entry| match (cursor.rule, cursor.part()) {
        (Some(Rule::test_block), _) => matches!(entry.place, Place::Test | Place::Happening | Place::Action),
        (_, Part::Condition) => entry.place == Place::Condition,
        (_, Part::Actions) => matches!(entry.place, Place::Action | Place::Joint),
        (_, Part::Head) => matches!(entry.place, Place::Header | Place::Setting | Place::Rule),
    };
    let mut best: Option<((usize, bool), Span, &Entry)> = None;
    for entry in ENTRIES {
        let said = fold(entry.words.split('…').next().unwrap_or_default());
        let said: Vec<&str> = said.split_whitespace().collect();
        for begins in here.saturating_sub(said.len().saturating_sub(1))..=here {
            let fits = !said.is_empty() && said.iter().enumerate().all(|(k, word)| folded(begins + k) == *word);
            if !fits || said == ["a"] {
                continue;
            }
            let (Some(first), Some(last)) = (place(begins), place(begins + said.len() - 1)) else { continue };
            let rank = (said.len(), likely(entry));
            if best.as_ref().is_none_or(|(known, ..)| rank > *known) {
                best = Some((rank, first.to(last), entry));
            }
        }
    }
    best.map(|(_, span, entry)| (span, entry))
}

/// A name in a block that could not be read: by its word alone.
fn unread(workspace: &Workspace, around: &dyn Around, reading: &Reading, at: usize) -> Option<Hover> {
    let cursor = Cursor::new(reading, at);
    if cursor.inside != Inside::Code {
        return None;
    }
    let span = cursor.span;
    let written = reading.text().get(span.start..span.end)?;
    let definitions = names::Definitions::new(workspace);
    let scope = (reading.source.path.clone(), 0);
    let symbol = definitions.word(written, None, &scope)?;
    let found = names::Occurrence { symbol, span, defines: false };
    symbols::card(workspace, around, &reading.source.path, &found).map(|text| Hover { span, text })
}
