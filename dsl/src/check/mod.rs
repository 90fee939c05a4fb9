//! Names and types: from written conditions and actions to checked ones. A part that is wrong is told once and gives `None`.

mod actions;
mod calls;
mod cases;
mod conditions;
mod lookup;
mod messages;
mod names;
mod project;
mod templates;
mod types;

pub(crate) use actions::count;
pub(crate) use cases::Stages;
pub(crate) use lookup::Names;
pub(crate) use messages::{messages, sends};
pub(crate) use project::{File, Project, ScriptFunction, included};

use crate::Context;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::span::Span;

/// Checks the conditions and actions of one file.
pub(crate) struct Checker<'a, 's, 'f> {
    pub context: &'a Context,
    pub project: &'a Project,
    /// The file's text, to quote it.
    pub original: &'a str,
    pub sink: &'s mut Sink<'f>,
    /// The states of the scenario at hand, the plan first.
    pub stages: Names,
    /// The header of one of its stages could not be read: an unknown one may be that one.
    pub stages_unsure: bool,
}

impl<'a, 's, 'f> Checker<'a, 's, 'f> {
    pub fn new(context: &'a Context, project: &'a Project, original: &'a str, sink: &'s mut Sink<'f>) -> Self {
        Checker { context, project, original, sink, stages: Names::default(), stages_unsure: false }
    }

    pub fn written(&self, span: Span) -> String {
        let text = self.original.get(span.start..span.end).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether only blanks stand before a place on its line.
    pub fn begins_line(&self, span: Span) -> bool {
        let before = self.original.get(..span.start).unwrap_or_default();
        before.rsplit(['\n', '\r']).next().is_none_or(|line| line.trim().is_empty())
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
}
