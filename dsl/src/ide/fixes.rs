//! What can be done at once about what was found.

use super::Edit;
use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::Span;

/// A mend that the writer can choose.
#[derive(Clone, PartialEq, Debug)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// What it answers.
    pub diagnostic: Diagnostic,
    /// What changes.
    pub edits: Vec<Edit>,
    /// It is what was probably meant.
    pub preferred: bool,
}

/// What can be done about the findings that touch a range of a file.
pub fn fixes(workspace: &Workspace, path: &str, range: Span) -> Vec<Fix> {
    let Some(text) = workspace.text(path) else { return Vec::new() };
    let mut fixes = Vec::new();
    for diagnostic in workspace.diagnostics() {
        let Some(label) = diagnostic.place().filter(|label| label.file == path) else { continue };
        let span = label.span;
        if span.start > range.end || span.end < range.start {
            continue;
        }
        let edit = |span: Span, text: String| vec![Edit { file: path.to_owned(), span, text }];
        if let Some(fix) = &diagnostic.fix {
            fixes.push(Fix {
                title: match fix.trim() {
                    "" => "Supprimer".to_owned(),
                    fix => format!("Remplacer par `{fix}`"),
                },
                diagnostic: diagnostic.clone(),
                edits: edit(span, fix.clone()),
                preferred: true,
            });
        }
        if diagnostic.severity != Severity::Error {
            let line = text.get(..span.start).unwrap_or_default().rfind('\n').map_or(0, |at| at + 1);
            let rest = text.get(line..).unwrap_or_default();
            let margin = rest.get(..rest.find(|c: char| !matches!(c, ' ' | '\t')).unwrap_or(0)).unwrap_or_default();
            let code = diagnostic.code.name();
            fixes.push(Fix {
                title: format!("Accepter ce constat ({code})"),
                diagnostic: diagnostic.clone(),
                edits: edit(Span { start: line, end: line }, format!("{margin}# accepte {code} : \n")),
                preferred: false,
            });
        }
    }
    fixes
}
