//! Where the writer is: the words before the cursor, and what kind of thing can follow them.

use super::reading::Reading;
use crate::chunk;
use crate::keywords;
use crate::lex::{Kind, Token};
use crate::parse::Rule;
use crate::span::Span;

/// A word, number, text or sign before the cursor, folded.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub text: String,
    pub kind: Kind,
    pub first: bool,
}

/// What surrounds the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Inside {
    /// The language.
    Code,
    /// A comment.
    Comment,
    /// A quoted text, from its first character on.
    Text(usize),
}

/// The place where the writer is.
pub(super) struct Cursor {
    /// The word that is being written, up to the cursor.
    pub prefix: String,
    /// What a completion replaces: the whole word under the cursor.
    pub span: Span,
    pub inside: Inside,
    /// Nothing but blanks before the word on its line.
    pub line_start: bool,
    /// The words of the block before it, the opening ones first.
    pub before: Vec<Before>,
    /// What the block is, when its opening has been written.
    pub rule: Option<Rule>,
}

fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '\'' | '’' | '\u{300}'..='\u{36f}')
}

impl Cursor {
    pub fn new(reading: &Reading, at: usize) -> Cursor {
        let text = reading.text();
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let (head, tail) = text.split_at(at);
        let line = head.rfind('\n').map_or(0, |i| i + 1);
        let inside = surroundings(head.get(line..).unwrap_or_default(), line);
        let start = match inside {
            Inside::Text(start) => start,
            _ => head
                .rfind(|c| !joins(c))
                .map_or(0, |i| i + head.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8)),
        };
        let end = match inside {
            Inside::Text(_) => at + tail.find(['"', '»', '”', '\n']).unwrap_or(tail.len()),
            _ => at + tail.find(|c| !joins(c)).unwrap_or(tail.len()),
        };
        let line_start = text.get(line..start).unwrap_or_default().trim().is_empty();
        // A text that is open is no word before the cursor.
        let (before, rule) = block(reading, if inside == Inside::Code { start } else { start.saturating_sub(1) });
        let prefix = text.get(start..at).unwrap_or_default().to_owned();
        Cursor { prefix, span: Span { start, end }, inside, line_start, before, rule }
    }

    /// The `n`th word before the cursor, from 0.
    pub fn back(&self, n: usize) -> &str {
        self.before.len().checked_sub(n + 1).and_then(|i| self.before.get(i)).map_or("", |word| word.text.as_str())
    }

    /// The kind of the word before the cursor.
    pub fn kind(&self) -> Option<Kind> {
        self.before.last().map(|word| word.kind)
    }
}

/// Whether the end of a part of a line stands in a comment or text.
fn surroundings(line: &str, begins: usize) -> Inside {
    let mut open: Option<(char, usize)> = None;
    for (i, c) in line.char_indices() {
        match open {
            Some((close, _)) if c == close || (close == '”' && c == '"') => open = None,
            Some(_) => {}
            None => {
                let close = match c {
                    '#' => return Inside::Comment,
                    '"' => '"',
                    '«' => '»',
                    '“' | '”' | '„' => '”',
                    _ => continue,
                };
                open = Some((close, begins + i + c.len_utf8()));
            }
        }
    }
    open.map_or(Inside::Code, |(_, start)| Inside::Text(start))
}

/// The words of the block that is open at a place, and its rule.
fn block(reading: &Reading, at: usize) -> (Vec<Before>, Option<Rule>) {
    let words = &reading.words;
    let written = |token: &&Token| words.plain.origin(token.start, token.end).end <= at;
    // What stands behind the cursor must not change what is understood before it.
    let tokens: Vec<Token> = words.tokens.iter().take_while(written).copied().collect();
    let from = words.chunks.partition_point(|chunk| chunk.tokens.start < tokens.len()).saturating_sub(2);
    let first = words.chunks.get(from).map_or(0, |chunk| chunk.tokens.start);
    let near = tokens.get(first..).unwrap_or_default();
    let chunks = chunk::cut(&words.plain, near);
    let Some(last) = chunks.last() else { return (Vec::new(), None) };
    let inside = near.get(last.tokens.clone()).unwrap_or_default();
    let read = |token: &Token| Before {
        text: words.plain.text.get(token.start..token.end).unwrap_or_default().to_owned(),
        kind: token.kind,
        first: token.first,
    };
    (inside.iter().map(read).collect(), last.rule)
}

/// In which part of a block the cursor stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// Before the condition and the actions.
    Head,
    /// In a condition.
    Condition,
    /// In actions.
    Actions,
}

impl Cursor {
    /// The part of a rule, setting or segment in which the cursor stands.
    pub fn part(&self) -> Part {
        let mut part = Part::Head;
        let word = |i: usize| self.before.get(i).map_or("", |word| word.text.as_str());
        for i in 0..self.before.len() {
            part = match word(i) {
                "si" => Part::Condition,
                "que" if i > 0 && word(i - 1) == "des" => Part::Condition,
                "ou" if self.rule == Some(Rule::set_selection) && word(i.wrapping_sub(1)) == "factures" => {
                    Part::Condition
                }
                ":" if self.rule == Some(Rule::segment_block) => Part::Condition,
                ":" | "alors" => Part::Actions,
                "sinon" if word(i + 1) != "si" => Part::Actions,
                verb if part != Part::Actions && keywords::is_action(verb) => Part::Actions,
                _ => part,
            };
        }
        part
    }

    /// Whether the words before the cursor ask for more, so that a new line goes on with them.
    pub fn asks_for_more(&self) -> bool {
        const JOINTS: [&str; 20] = [
            "puis", "et", "ou", "alors", ":", ",", "(", "=", "<>", "<", "<=", ">", ">=", "si", "non", "defaut",
            "parmi", "entre", "aller", "copie",
        ];
        JOINTS.contains(&self.back(0))
            && !(self.rule == Some(Rule::test_block) && self.back(0) == ":" && self.before.len() == 3)
    }
}
