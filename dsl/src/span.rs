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
