//! What the conversions from the grammar's pairs to the tree share: places and words as written.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::lex::LOST_NAME;
use crate::parse::Rule;
use crate::source::Plain;
use crate::span::{Node, Span};
use pest::iterators::Pair;
use relance_core::schema::fold;

/// Converts one block.
pub(crate) struct Reader<'a, 's, 'f> {
    pub plain: &'a Plain,
    pub original: &'a str,
    /// Where the block begins in the plain text.
    pub base: usize,
    pub sink: &'s mut Sink<'f>,
}

impl Reader<'_, '_, '_> {
    /// The place of a pair, without the blanks that the grammar left at its end.
    pub fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let end = span.start() + pair.as_str().trim_end().len();
        self.plain.origin(self.base + span.start(), self.base + end)
    }

    /// The words of a place as written.
    pub fn written(&self, span: Span) -> &str {
        self.original.get(span.start..span.end).unwrap_or_default().trim_end()
    }

    /// A name as written; as it was mended, when it was.
    pub fn name(&self, pair: &Pair<'_, Rule>) -> Node<String> {
        let span = self.span(pair);
        let visible: String = self.written(span).chars().filter(|c| !crate::source::invisible(*c)).collect();
        let read = pair.as_str().trim_end();
        let same = read == LOST_NAME || fold(&visible) == read;
        Node::new(if same { visible } else { read.to_owned() }, span)
    }

    /// A quoted text without its quotes.
    pub fn text(&self, pair: &Pair<'_, Rule>) -> Node<String> {
        let span = self.span(pair);
        let quotes: &[char] = &['"', '«', '»', '“', '”', '„', '\''];
        let written = self.written(span);
        let inside = written.strip_prefix(quotes).unwrap_or(written);
        let inside = inside.strip_suffix(quotes).unwrap_or(inside);
        Node::new(inside.split_whitespace().collect::<Vec<_>>().join(" "), span)
    }

    pub fn error(&mut self, code: Code, message: impl Into<String>, span: Span) -> Diagnostic {
        self.sink.report(code, message, span)
    }
}
