//! Where a rule stands, for explanations.

use crate::span::Span;
use relance_core::machine::Place;

/// Where the lines of a file begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub fn new(original: &str) -> Lines {
        Lines(original.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line on which something begins, from 1.
    pub fn line(&self, span: Span) -> u32 {
        let line = self.0.partition_point(|begin| *begin <= span.start) + 1;
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The place of a block, its text without comments and with its blanks folded.
    pub fn place(&self, file: &str, original: &str, span: Span) -> Place {
        let text = original.get(span.start..span.end).unwrap_or_default();
        let bare: Vec<&str> = text.lines().map(without_comment).flat_map(str::split_whitespace).collect();
        Place { file: file.to_owned(), line: self.line(span), text: bare.join(" ") }
    }
}

/// A line up to its comment.
pub(crate) fn without_comment(line: &str) -> &str {
    let mut closing = None;
    for (i, c) in line.char_indices() {
        match closing {
            Some(close) if c == close => closing = None,
            Some(_) => {}
            None => match c {
                '#' => return line.get(..i).unwrap_or(line),
                '"' => closing = Some('"'),
                '«' => closing = Some('»'),
                '“' | '”' | '„' => closing = Some('”'),
                _ => {}
            },
        }
    }
    line
}
