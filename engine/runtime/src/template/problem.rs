//! What is wrong in a template, at its place, in French.

use super::filters::{Lacking, Said};
use minijinja::{Error, ErrorKind};
use std::error::Error as _;
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Nothing may be sent with it.
    Error,
    /// It would go out, but probably not as meant.
    Warning,
}

/// A finding in a template file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TemplateProblem {
    /// Relative to the project, with `/`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: Option<u32>,
    /// How bad.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        let word = if self.severity == Severity::Warning { "avertissement : " } else { "" };
        write!(f, " : {word}{}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  aide : {help}"),
            None => Ok(()),
        }
    }
}

/// Collects the problems of one file.
pub(super) struct Found<'p> {
    pub file: &'p str,
    pub into: &'p mut Vec<TemplateProblem>,
}

impl Found<'_> {
    pub fn error(&mut self, line: usize, column: Option<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Error, line, column, message.into(), help.into());
    }

    pub fn warning(&mut self, line: usize, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Warning, line, None, message.into(), help.into());
    }

    fn add(&mut self, severity: Severity, line: usize, column: Option<usize>, message: String, help: String) {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let help = Some(help).filter(|help| !help.is_empty());
        let (line, column) = (small(line), column.map(small));
        let problem = TemplateProblem { file: self.file.to_owned(), line, column, severity, message, help };
        if !self.into.contains(&problem) {
            self.into.push(problem);
        }
    }
}

/// A template engine's error in the words of the person who writes the template.
pub(super) fn explain(error: &Error, file: &str, first_line: usize) -> TemplateProblem {
    let (message, help) = match error.source() {
        Some(source) if source.downcast_ref::<Lacking>().is_some() => {
            let path = source.downcast_ref::<Lacking>().map_or("", |lacking| lacking.0.as_str());
            let help = format!(
                "entourez ce passage de {{% if {path} %}} … {{% endif %}}, ou écrivez {{{{ {path}|ou(\"…\") }}}}"
            );
            (format!("`{path}` est parfois absent : ce passage ne pourrait pas être écrit"), help)
        }
        Some(source) if source.downcast_ref::<Said>().is_some() => (source.to_string(), String::new()),
        _ => by_kind(error),
    };
    let mut problems = Vec::new();
    let line = error.line().unwrap_or(first_line);
    Found { file, into: &mut problems }.error(line, None, message, help);
    problems.pop().unwrap_or_else(|| TemplateProblem {
        file: file.to_owned(),
        line: 1,
        column: None,
        severity: Severity::Error,
        message: "modèle illisible".to_owned(),
        help: None,
    })
}

fn by_kind(error: &Error) -> (String, String) {
    let detail = error.detail().unwrap_or("");
    let (message, help) = match error.kind() {
        ErrorKind::SyntaxError => return syntax(detail),
        ErrorKind::UndefinedError => ("une valeur inconnue serait écrite ici", "vérifiez le nom de la variable"),
        ErrorKind::WriteFailure => ("le message serait trop long", "un message fait au plus un million de caractères"),
        ErrorKind::OutOfFuel => ("le modèle est trop long à composer", "retirez des boucles l'une dans l'autre"),
        ErrorKind::MissingArgument => {
            ("il manque une précision entre les parenthèses du filtre", "voyez docs/modeles.md")
        }
        ErrorKind::TooManyArguments => {
            ("il y a trop de précisions entre les parenthèses du filtre", "voyez docs/modeles.md")
        }
        ErrorKind::UnknownMethod | ErrorKind::UnknownFunction => {
            ("un modèle n'appelle pas de fonction", "utilisez un filtre : {{ valeur|filtre }}")
        }
        _ => (
            "cette opération est impossible avec ces valeurs",
            "voyez docs/modeles.md pour les variables et les filtres",
        ),
    };
    (message.to_owned(), help.to_owned())
}

/// The parser speaks English about tokens; these are the mistakes that people make.
fn syntax(detail: &str) -> (String, String) {
    let (message, help) = if detail.contains("end of input") || detail.contains("end of template") {
        ("un bloc n'est pas fermé", "chaque {% if %} demande son {% endif %}, chaque {% for %} son {% endfor %}")
    } else if detail.contains("unknown statement incl") {
        (
            "un morceau s'inclut seul sur sa ligne, dans le corps du modèle",
            "exemple, sur une ligne à part : {% include \"signature\" %}",
        )
    } else if detail.contains("unknown statement") {
        ("mot inconnu entre {% et %}", "possibles : if, elif, else, endif, for, in, endfor, set, endset")
    } else if detail.contains("variable block") {
        ("une variable n'est pas fermée", "elle s'écrit {{ facture.numero }}, avec deux accolades de chaque côté")
    } else if detail.contains("block") && detail.contains("expected end of") {
        ("un mot est de trop entre {% et %}", "exemple : {% if b2b %} … {% endif %}")
    } else if detail.contains("string") {
        ("un texte n'est pas fermé", "un texte s'écrit entre guillemets droits : \"ainsi\"")
    } else {
        (
            "écriture incorrecte entre accolades",
            "exemples : {{ facture.numero }}, {{ total|montant }}, {% if b2b %} … {% endif %}",
        )
    };
    (message.to_owned(), help.to_owned())
}
