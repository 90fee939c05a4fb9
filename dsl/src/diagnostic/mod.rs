//! What the compiler tells the user: plain values, rendered at the rim.

mod ci;
mod codes;
mod render;

pub(crate) use ci::xml;
pub use ci::{github, junit, sarif};
pub use codes::{Code, CodePage, code_page};
pub use render::{Finding, Held, findings, render_full, render_short};

use crate::span::Span;

/// How serious a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// It runs, but probably not as meant.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// The word that people and the JSON form read.
    pub fn french(self) -> &'static str {
        match self {
            Severity::Error => "erreur",
            Severity::Warning => "avertissement",
            Severity::Info => "info",
        }
    }
}

/// Words of a file that a diagnostic points at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Path relative to the project.
    pub file: String,
    /// Bytes of the file's text.
    pub span: Span,
    /// What is said under them; may be empty.
    pub text: String,
    /// The place of the diagnostic itself; the others are context.
    pub primary: bool,
}

/// One finding of the compiler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// How serious.
    pub severity: Severity,
    /// What is wrong, in one short French sentence.
    pub message: String,
    /// Where; the primary label comes first.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Text to put in place of the primary label's words, when that mends it.
    pub fix: Option<String>,
}

impl Diagnostic {
    /// A diagnostic at a place, with its code's severity.
    pub fn new(code: Code, message: impl Into<String>, file: &str, span: Span) -> Diagnostic {
        let label = Label { file: file.to_owned(), span, text: String::new(), primary: true };
        Diagnostic {
            code,
            severity: code.severity(),
            message: brief(message.into()),
            labels: vec![label],
            help: None,
            fix: None,
        }
    }

    /// Says something under the primary words.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Points at a second place.
    pub fn also(mut self, file: &str, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { file: file.to_owned(), span, text: text.into(), primary: false });
        self
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(brief(text.into()));
        self
    }

    /// Proposes a replacement of the primary words.
    pub fn fix(mut self, text: impl Into<String>) -> Diagnostic {
        self.fix = Some(text.into());
        self
    }

    /// Keeps the proposed words apart from what they would stick to: `15j, email` with `alors` for the comma.
    pub(crate) fn pad_fix(&mut self, text: &str) {
        let Some(span) = self.place().map(|label| label.span) else { return };
        let letter = |c: char| c.is_alphanumeric() || c == '_';
        let before = text.get(..span.start).and_then(|before| before.chars().next_back()).is_some_and(letter);
        let after = text.get(span.end..).and_then(|after| after.chars().next()).is_some_and(letter);
        // The words are gone into another mend: what would be put there is not known.
        if span.start == span.end {
            self.fix = None;
        }
        if let Some(fix) = &mut self.fix
            && !fix.is_empty()
            && !(fix.as_str() == "_" || fix.as_str() == " ")
        {
            // `: 5` for the `5` of `5j` goes on as it did.
            let words = text.get(span.start..span.end).unwrap_or_default();
            let last = fix.rsplit(' ').next().unwrap_or_default();
            let first = fix.split(' ').next().unwrap_or_default();
            let (same_first, same_last) = (words.starts_with(first), words.ends_with(last));
            if after && fix.ends_with(letter) && !same_last {
                fix.push(' ');
            }
            if before && fix.starts_with(letter) && !same_first {
                fix.insert(0, ' ');
            }
        }
    }

    /// The primary place.
    pub fn place(&self) -> Option<&Label> {
        self.labels.first()
    }
}

/// More characters than this of what the user wrote are not repeated.
const MAX_QUOTED: usize = 200;

/// A message whose quoted words are short enough to be read.
fn brief(text: String) -> String {
    if text.len() <= MAX_QUOTED {
        return text;
    }
    let parts = text.split('`').enumerate().map(|(n, part)| match part.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) if n % 2 == 1 => [part.get(..end).unwrap_or_default(), "…"].concat(),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// Collects the diagnostics of one file.
pub(crate) struct Sink<'a> {
    pub file: &'a str,
    pub found: Vec<Diagnostic>,
}

/// More than this per file helps nobody.
const MAX_PER_FILE: usize = 100;

impl<'a> Sink<'a> {
    pub fn new(file: &'a str) -> Sink<'a> {
        Sink { file, found: Vec::new() }
    }

    pub fn report(&self, code: Code, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new(code, message, self.file, span)
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < MAX_PER_FILE {
            self.found.push(diagnostic);
        } else if diagnostic.severity == Severity::Error && self.found.len() == MAX_PER_FILE {
            let span = diagnostic.place().map(|l| l.span).unwrap_or_default();
            self.found.push(self.report(Code::TooMany, "il y a trop d'erreurs pour les montrer toutes", span));
        }
    }

    /// Nothing more will be shown.
    pub fn is_full(&self) -> bool {
        self.found.len() > MAX_PER_FILE
    }

    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }
}
