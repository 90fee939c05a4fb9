//! Places in a file, and tree nodes that carry one without being compared by it.

use std::fmt;

/// A range of bytes of a file's text (without its byte-order mark).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From the first to the last of two places.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A value and where it was written. Two nodes are equal when their values are, wherever they stand.
#[derive(Clone)]
pub struct Node<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Node<T> {
    /// A value at its place.
    pub fn new(value: T, span: Span) -> Node<T> {
        Node { value, span }
    }
}

impl<T: PartialEq> PartialEq for Node<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Node<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The bytes of words that are given by line and characters.
pub(crate) fn in_text(text: &str, at: &relance_core::proof::Words) -> Span {
    let begin: usize = text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
    let line = text.get(begin..).unwrap_or_default().lines().next().unwrap_or_default();
    let byte = |column: usize| line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    Span { start: begin + byte(at.from), end: begin + byte(at.to) }
}
