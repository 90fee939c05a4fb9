//! What is wrong with a file, at its place, in words that a person can act on; and what they should merely know.

use serde::Serialize;
use std::fmt;

/// A mistake in a file: where, what stands there, why it cannot be taken, and what to do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Problem {
    /// The file's name.
    #[serde(rename = "fichier")]
    pub file: String,
    /// The line, from 1; none when the whole file is meant.
    #[serde(rename = "ligne")]
    pub line: Option<u64>,
    /// The column; none when the whole line is meant.
    #[serde(rename = "colonne")]
    pub column: Option<Box<Column>>,
    /// What stands there, cut when long.
    #[serde(rename = "valeur")]
    pub value: Option<String>,
    /// Why it cannot be taken.
    #[serde(rename = "raison")]
    pub reason: String,
    /// What to do about it.
    #[serde(rename = "conseil")]
    pub advice: Option<String>,
}

/// A column, by its heading and by its cell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Column {
    /// The cell as a spreadsheet names it: `C12`.
    #[serde(rename = "cellule")]
    pub cell: String,
    /// The heading as the file writes it.
    #[serde(rename = "titre")]
    pub heading: String,
    /// Whether the file is a spreadsheet: its reader thinks in cells, not in lines.
    #[serde(rename = "classeur")]
    pub spreadsheet: bool,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn of_file(file: &str, reason: impl Into<String>) -> Problem {
        Problem { file: file.to_owned(), line: None, column: None, value: None, reason: reason.into(), advice: None }
    }

    /// The same problem, at a line.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Problem {
        self.line = Some(line);
        self
    }

    /// The same problem, about a value.
    #[must_use]
    pub fn about(mut self, value: &str) -> Problem {
        self.value = Some(shorten(value));
        self
    }

    /// The same problem, with what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Problem {
        self.advice = Some(advice.into());
        self
    }
}

/// « factures.csv, ligne 12, colonne « Date échéance » : `31/02/2026` : … »
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match (&self.column, self.line) {
            (Some(c), _) if c.spreadsheet => write!(f, ", cellule {} (« {} »)", c.cell, c.heading)?,
            (Some(c), Some(line)) => write!(f, ", ligne {line}, colonne « {} »", c.heading)?,
            (Some(c), None) => write!(f, ", colonne « {} »", c.heading)?,
            (None, Some(line)) => write!(f, ", ligne {line}")?,
            (None, None) => {}
        }
        f.write_str(" : ")?;
        if let Some(value) = &self.value {
            write!(f, "`{value}` : ")?;
        }
        f.write_str(&self.reason)?;
        if let Some(advice) = &self.advice {
            write!(f, " ; {advice}")?;
        }
        let last = self.advice.as_ref().unwrap_or(&self.reason);
        f.write_str(if last.ends_with(['?', '…', '.']) { "" } else { "." })
    }
}

/// What was done or left aside, that nobody need mend: nothing is ignored in silence.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Info {
    /// The file's name; none when several are meant.
    #[serde(rename = "fichier")]
    pub file: Option<String>,
    /// One French sentence, without its full stop.
    #[serde(rename = "texte")]
    pub text: String,
}

impl Info {
    /// An information about one file.
    pub fn of_file(file: &str, text: impl Into<String>) -> Info {
        Info { file: Some(file.to_owned()), text: text.into() }
    }

    /// An information about the import as a whole.
    pub fn general(text: impl Into<String>) -> Info {
        Info { file: None, text: text.into() }
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file} : ")?;
        }
        write!(f, "{}.", self.text)
    }
}

/// Why a value cannot be taken, before its place is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why.
    pub reason: String,
    /// What to do.
    pub advice: Option<String>,
}

impl Refusal {
    /// A refusal with advice.
    pub fn new(reason: impl Into<String>, advice: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), advice: Some(advice.into()) }
    }

    /// A refusal that speaks for itself.
    pub fn bare(reason: impl Into<String>) -> Refusal {
        Refusal { reason: reason.into(), advice: None }
    }
}

/// A value as a message can carry it: one line, at most 60 characters.
pub(crate) fn shorten(value: &str) -> String {
    let flat: String = value.chars().take(61).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if flat.chars().count() > 60 { flat.chars().take(59).chain(['…']).collect() } else { flat }
}

/// « a, b, c et 12 autres »: a list that stays readable.
pub(crate) fn list(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        1 => format!("{shown} et 1 autre"),
        n => format!("{shown} et {n} autres"),
    }
}

/// `1 facture`, `3 factures`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n < 2 { format!("{n} {one}") } else { format!("{n} {many}") }
}
