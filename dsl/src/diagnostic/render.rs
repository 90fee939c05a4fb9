//! Diagnostics as text for people, as one line each, and as JSON for editors.

use super::{Diagnostic, Label, Severity};
use crate::source::{Source, line_column};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;
use std::ops::Range;

fn text_of(sources: &[Source], file: &str) -> Option<String> {
    sources.iter().find(|source| source.path == file).map(Source::text)
}

/// A range that the renderer can show: inside the text, on whole characters, not across the end of a line.
fn shown(text: &str, label: &Label) -> Range<usize> {
    let mut start = label.span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = label.span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let words = text.get(start..end).unwrap_or_default();
    let visible = words.trim_end().len();
    // A blank that is wrong is shown itself.
    if visible == 0 { start..start + words.trim_end_matches(['\r', '\n']).len() } else { start..start + visible }
}

/// Every diagnostic with the lines of the file and a caret under the words, in French.
pub fn render_full(diagnostics: &[Diagnostic], sources: &[Source], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(120);
    let mut rendered = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR.with_name("erreur"),
            Severity::Warning => Level::WARNING.with_name("avertissement"),
            Severity::Info => Level::INFO.with_name("info"),
        };
        let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.name());
        let mut group = Group::with_title(title);
        let mut files: Vec<&str> = Vec::new();
        for label in &diagnostic.labels {
            if !files.contains(&label.file.as_str()) {
                files.push(&label.file);
            }
        }
        for file in files {
            let Some(text) = text_of(sources, file) else { continue };
            let annotations: Vec<_> = diagnostic
                .labels
                .iter()
                .filter(|label| label.file == file)
                .map(|label| {
                    let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                    let said = (!label.text.is_empty()).then(|| label.text.clone());
                    kind.span(shown(&text, label)).label(said)
                })
                .collect();
            group = group.element(Snippet::source(text).path(file.to_owned()).annotations(annotations));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.with_name("aide").message(help.as_str()));
        }
        rendered.push_str(&renderer.render(&[group]));
        rendered.push_str("\n\n");
    }
    rendered
}

struct Position {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

fn position(diagnostic: &Diagnostic, sources: &[Source]) -> (String, Position) {
    let mut at = Position { line: 1, column: 1, end_line: 1, end_column: 1 };
    let Some(label) = diagnostic.place() else { return (String::new(), at) };
    if let Some(text) = text_of(sources, &label.file) {
        let range = shown(&text, label);
        (at.line, at.column) = line_column(&text, range.start);
        (at.end_line, at.end_column) = line_column(&text, range.end);
    }
    (label.file.clone(), at)
}

/// One line each: `fichier:ligne:colonne: erreur[code]: message`.
pub fn render_short(diagnostics: &[Diagnostic], sources: &[Source]) -> String {
    let mut rendered = String::new();
    for diagnostic in diagnostics {
        let (file, at) = position(diagnostic, sources);
        let (severity, code) = (diagnostic.severity.french(), diagnostic.code.name());
        rendered.push_str(&format!("{file}:{}:{}: {severity}[{code}]: {}\n", at.line, at.column, diagnostic.message));
    }
    rendered
}

/// A diagnostic in the published form: lines and columns from 1, columns in characters, the end excluded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Path relative to the project.
    #[serde(rename = "fichier")]
    pub file: String,
    /// Where it begins.
    #[serde(rename = "ligne")]
    pub line: usize,
    /// Where it begins in the line.
    #[serde(rename = "colonne")]
    pub column: usize,
    /// Where it ends.
    #[serde(rename = "ligne_fin")]
    pub end_line: usize,
    /// Where it ends in the line.
    #[serde(rename = "colonne_fin")]
    pub end_column: usize,
    /// Its code, such as `R0202`.
    pub code: String,
    /// `erreur`, `avertissement` or `info`.
    #[serde(rename = "severite")]
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(rename = "aide")]
    pub help: Option<String>,
    /// Text to put in place of the words.
    #[serde(rename = "correction")]
    pub fix: Option<String>,
    /// What a portfolio loses to it, where one was looked at.
    #[serde(rename = "portefeuille", skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// Invoices of a portfolio for which a rule waits for a fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Held {
    /// The fact without a value.
    #[serde(rename = "fait")]
    pub fact: String,
    /// How many.
    #[serde(rename = "factures")]
    pub invoices: usize,
    /// Some of them.
    #[serde(rename = "exemples")]
    pub examples: Vec<String>,
}

/// The published form of diagnostics.
pub fn findings(diagnostics: &[Diagnostic], sources: &[Source]) -> Vec<Finding> {
    let one = |diagnostic: &Diagnostic| {
        let (file, at) = position(diagnostic, sources);
        Finding {
            file,
            line: at.line,
            column: at.column,
            end_line: at.end_line,
            end_column: at.end_column,
            code: diagnostic.code.name().to_owned(),
            severity: diagnostic.severity.french(),
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            fix: diagnostic.fix.clone(),
            held: None,
        }
    };
    diagnostics.iter().map(one).collect()
}
