//! Relance's language: from French text to a compiled machine. Pure: no I/O, and it never panics, on any bytes.

mod ast;
mod cases;
mod check;
mod chunk;
pub mod diagnostic;
mod format;
pub mod ide;
pub mod keywords;
mod lex;
mod lint;
mod lower;
mod parse;
mod source;
mod span;
mod taken;
pub mod trial;

/// The tree of a file, before names and types are looked at.
pub mod tree {
    pub use crate::ast::{
        Action, Approval, Attempt, Block, Choice, Expr, Guard, Head, Header, Item, Literal, Name, Rule, Sequence,
        Setting, Stage, Test, TestFact, TestHappening, TestLine, TestWhat, Tree,
    };
}

pub use cases::{
    Happening, Outside, People, SETTLED, TestCase, TestClient, TestDay, TestEnd, TestInvoice, TestName, TestPlace, What,
};
pub use diagnostic::{
    Diagnostic, Finding, Held, Severity, code_page, findings, github, junit, render_full, render_short, sarif,
};
pub use format::{Formatted, format};
pub use source::{MAX_BYTES, Source};
pub use span::{Node, Span};

use check::{File, Project};
use diagnostic::Sink;
use relance_core::calendar::Closing;
use relance_core::machine::{Channel, Field, Machine, MessageCall, Nature, ScriptSource, SegmentRule, Tone};
use relance_core::proof::{TemplateFacts, Words};

/// A message template of the project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// For which channel.
    pub channel: Channel,
    /// Its name, without folder or extension.
    pub name: String,
    /// From its front matter, when it says one.
    pub nature: Option<Nature>,
    /// From its front matter.
    pub tone: Tone,
    /// From its front matter: two letters; `None` is French.
    pub language: Option<String>,
    /// The other languages in which it is written.
    pub variants: Vec<String>,
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
    /// Days on which the company is closed.
    pub closing_days: Vec<Closing>,
    /// The project's scripts, in use or not.
    pub scripts: Vec<ScriptSource>,
    /// The templates that ask the scripts something.
    pub messages: Vec<Message>,
}

/// A template whose text calls functions of the scripts, or states amounts that are computed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// In which folder it is.
    pub channel: Channel,
    /// Its name, without folder or extension.
    pub template: String,
    /// Its path in the project.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// What it calls, and where.
    pub calls: Vec<(MessageCall, Words)>,
    /// Whether it states penalties, interest or the recovery fee.
    pub amounts: bool,
}

/// The result of compiling a project's scenarios.
#[derive(Clone, PartialEq, Debug)]
pub struct Compilation {
    /// One per scenario, in file order; `None` when there is any error.
    pub machines: Option<Vec<Machine>>,
    /// The tests of all files, in file order; those that are wrong are left out.
    pub tests: Vec<TestCase>,
    /// Everything found, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles the scenarios of a project.
pub fn compile(sources: &[Source], context: &Context) -> Compilation {
    compile_with_places(sources, context).0
}

/// Compiles the scenarios of a project and adds what can be proved of them: rules that never fire, messages that contradict each other,
/// invoices that nobody takes … `templates` is what the caller knows of the templates' texts. Findings that a comment accepts
/// (`# accepte R0604 : raison`) are left out.
pub fn verify(sources: &[Source], context: &Context, templates: &[TemplateFacts]) -> Compilation {
    let (mut compilation, places) = compile_with_places(sources, context);
    if let Some(machines) = &compilation.machines {
        let found = lint::find(machines, &places, context, templates);
        compilation.diagnostics.extend(found);
        lint::silence(&mut compilation.diagnostics, sources, &places);
        lint::silence_templates(&mut compilation.diagnostics, machines, templates);
        let file = |path: &str| sources.iter().position(|source| source.path == path);
        compilation.diagnostics.sort_by_key(|d| d.place().map(|l| (file(&l.file), l.span.start, l.span.end)));
    }
    compilation
}

fn compile_with_places(sources: &[Source], context: &Context) -> (Compilation, Vec<lint::Places>) {
    let mut files: Vec<File<'_>> = sources.iter().map(read_file).collect();
    let Checked { project, scenarios, segments, tests, diagnostics } = check_files(&mut files, context);
    let places = scenarios.iter().map(lint::Places::new).collect();
    let wrong = diagnostics.iter().any(|d| d.severity == Severity::Error);
    let machines = (!wrong).then(|| {
        let whole = |scenario: lower::Scenario| Machine {
            segments: segments.clone(),
            scripts: project.scripts.clone(),
            ..scenario.machine
        };
        scenarios.into_iter().map(whole).collect()
    });
    (Compilation { machines, tests, diagnostics }, places)
}

/// The custom facts that files declare (`champ secteur : texte`), right or wrong elsewhere: what an import fills.
pub fn fields(sources: &[Source]) -> Vec<Field> {
    let mut files: Vec<File<'_>> = sources.iter().map(read_file).collect();
    Project::collect(&mut files, &Context::default(), &mut Vec::new()).fields
}

/// The segments that files define by a rule (`segment x : si …`): those of the settings exist besides.
pub fn segments(sources: &[Source]) -> Vec<String> {
    let mut files: Vec<File<'_>> = sources.iter().map(read_file).collect();
    Project::collect(&mut files, &Context::default(), &mut Vec::new()).segments.iter().map(str::to_owned).collect()
}

fn read_file(source: &Source) -> File<'_> {
    let mut sink = Sink::new(&source.path);
    let tree = parse::parse(source, &mut sink);
    File { source, tree, original: source.text(), sink }
}

/// What checking the files of a project gives, whether or not they are right.
struct Checked {
    project: Project,
    scenarios: Vec<lower::Scenario>,
    segments: Vec<SegmentRule>,
    tests: Vec<TestCase>,
    diagnostics: Vec<Diagnostic>,
}

/// Checks and lowers files that have been read.
fn check_files(files: &mut [File<'_>], context: &Context) -> Checked {
    let mut diagnostics = Vec::new();
    let project = Project::collect(files, context, &mut diagnostics);
    let mut scenarios = Vec::new();
    let mut segments = Vec::new();
    for file in files.iter_mut() {
        lower::file(file, context, &project, &mut scenarios, &mut segments);
    }
    let first = files.first().map_or("", |file| file.source.path.as_str());
    let workable = lower::check_size(&scenarios, segments.len(), &project, first, &mut diagnostics);
    let tests = if workable { lower::tests(files, context, &project, &scenarios) } else { Vec::new() };
    for file in files.iter_mut() {
        for diagnostic in &mut file.sink.found {
            diagnostic.pad_fix(&file.original);
        }
        file.sink.found.sort_by_key(|d| d.place().map_or((0, 0), |l| (l.span.start, l.span.end)));
        diagnostics.append(&mut file.sink.found);
    }
    if workable {
        for scenario in &mut scenarios {
            scenario.machine.fields = project.fields.clone();
        }
        check::messages(&project, context, &mut scenarios, &mut diagnostics);
        let names: Vec<String> =
            context.segments.iter().cloned().chain(segments.iter().map(|rule| rule.name.clone())).collect();
        lower::check_together(&scenarios, &names, &mut diagnostics);
    }
    if let (true, true, Some(first)) = (scenarios.is_empty(), diagnostics.is_empty(), files.first()) {
        let message = "ces fichiers ne contiennent aucune règle";
        diagnostics.push(
            Diagnostic::new(diagnostic::Code::EmptyFile, message, &first.source.path, Span::default())
                .help("une seule ligne suffit : `si retard >= 15j alors email ferme`"),
        );
    }
    Checked { project, scenarios, segments, tests, diagnostics }
}

/// The files that a file includes, by their paths in the project: the caller loads those that it has not.
pub fn includes(source: &Source) -> Vec<String> {
    let tree = parse::parse(source, &mut Sink::new(&source.path));
    let path = |block: &Node<ast::Block>| match &block.value {
        ast::Block::Include(path) => Some(check::included(&source.path, &path.value)),
        _ => None,
    };
    let mut paths: Vec<String> = tree.blocks.iter().filter_map(path).collect();
    paths.dedup();
    paths
}

/// The tree of one file and what is wrong with its text; names and types are not checked.
pub fn parse(source: &Source) -> (tree::Tree, Vec<Diagnostic>) {
    let mut sink = Sink::new(&source.path);
    let tree = parse::parse(source, &mut sink);
    (tree, sink.found)
}
