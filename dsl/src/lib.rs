//! Relance's language: from French text to a compiled machine. Pure: no I/O, and it never panics, on any bytes.

mod ast;
mod check;
mod chunk;
pub mod diagnostic;
mod format;
pub mod keywords;
mod lex;
mod lower;
mod parse;
mod source;
mod span;

/// The tree of a file, before names and types are looked at.
pub mod tree {
    pub use crate::ast::{
        Action, Attempt, Block, Expr, Guard, Head, Header, Item, Later, Literal, Name, Rule, Sequence, Setting, Stage,
        Tree,
    };
}

pub use diagnostic::{Diagnostic, Severity, code_page, render_full, render_short, to_json};
pub use format::{Formatted, format};
pub use source::{MAX_BYTES, Source};
pub use span::{Node, Span};

use diagnostic::Sink;
use relance_core::machine::{Channel, Machine, Nature};

/// A message template of the project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// For which channel.
    pub channel: Channel,
    /// Its name, without folder or extension.
    pub name: String,
    /// From its front matter.
    pub nature: Nature,
}

/// What the project around the scenarios declares.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// Names of segments.
    pub segments: Vec<String>,
    /// Message templates.
    pub templates: Vec<Template>,
    /// Roles known after `à` and `copie`: contacts of the client and people of the company.
    pub roles: Vec<String>,
}

/// The result of compiling a project's scenarios.
#[derive(Clone, PartialEq, Debug)]
pub struct Compilation {
    /// One per scenario, in file order; `None` when there is any error.
    pub machines: Option<Vec<Machine>>,
    /// Everything found, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles the scenarios of a project.
pub fn compile(sources: &[Source], context: &Context) -> Compilation {
    let mut diagnostics = Vec::new();
    let mut scenarios = Vec::new();
    for source in sources {
        let mut sink = Sink::new(&source.path);
        let tree = parse::parse(source, &mut sink);
        scenarios.extend(lower::scenarios(source, &tree, context, &mut sink));
        sink.found.sort_by_key(|d| d.place().map_or((0, 0), |l| (l.span.start, l.span.end)));
        diagnostics.append(&mut sink.found);
    }
    lower::check_together(&scenarios, &mut diagnostics);
    let wrong = diagnostics.iter().any(|d| d.severity == Severity::Error);
    let machines = (!wrong).then(|| scenarios.into_iter().map(|scenario| scenario.machine).collect());
    Compilation { machines, diagnostics }
}

/// The tree of one file and what is wrong with its text; names and types are not checked.
pub fn parse(source: &Source) -> (tree::Tree, Vec<Diagnostic>) {
    let mut sink = Sink::new(&source.path);
    let tree = parse::parse(source, &mut sink);
    (tree, sink.found)
}
