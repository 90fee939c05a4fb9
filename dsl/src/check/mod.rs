//! Names and types: from written conditions and actions to checked ones. A part that is wrong is told once and gives `None`.

mod actions;
mod conditions;
mod names;
mod types;

use crate::Context;
use crate::ast::{Block, Tree};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::span::Span;

/// Checks the conditions and actions of one file.
pub(crate) struct Checker<'a, 's, 'f> {
    pub context: &'a Context,
    /// The file's text, to quote it.
    pub original: &'a str,
    pub sink: &'s mut Sink<'f>,
    /// Segments that the file defines by rule.
    segments: Vec<String>,
    /// Facts that the file declares by `champ`.
    fields: Vec<String>,
}

impl<'a, 's, 'f> Checker<'a, 's, 'f> {
    /// A checker that knows what the file itself declares, so that a declaration which is not executed yet makes one error
    /// and not one at each use.
    pub fn new(context: &'a Context, original: &'a str, tree: &Tree, sink: &'s mut Sink<'f>) -> Self {
        let (mut segments, mut fields) = (Vec::new(), Vec::new());
        for block in &tree.blocks {
            match &block.value {
                Block::Segment(name, _) => segments.push(name.value.clone()),
                Block::Field(name, _) => fields.push(name.value.clone()),
                _ => {}
            }
        }
        Checker { context, original, sink, segments, fields }
    }

    pub fn written(&self, span: Span) -> String {
        let text = self.original.get(span.start..span.end).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn error(&self, code: Code, message: impl Into<String>, span: Span) -> Diagnostic {
        self.sink.report(code, message, span)
    }

    pub fn tell(&mut self, diagnostic: Diagnostic) {
        // `sinon emial`: when the verb itself is told, what it lacks is for later.
        let place = diagnostic.place().map(|label| label.span);
        let told = |found: &Diagnostic| found.place().map(|label| label.span) == place;
        if diagnostic.code == Code::MissingArgument && self.sink.found.iter().any(told) {
            return;
        }
        self.sink.push(diagnostic);
    }

    /// What is parsed but not executed.
    pub fn not_yet(&mut self, what: &str, span: Span, today: &str) {
        let found = self
            .error(
                Code::NotExecutedYet,
                format!("{what} est compris mais n'est pas encore exécuté par cette version"),
                span,
            )
            .help(today);
        self.tell(found);
    }
}
