//! `--format`, where a command prints a text or data.

use super::OPTIONS;
use clap::ValueEnum;

/// For a person, or one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// Pour une personne
    Texte,
    /// Un document JSON
    Json,
}

/// For a person, one document, or a line each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum LinesFormat {
    /// Pour une personne
    Texte,
    /// Un document JSON
    Json,
    /// Un objet JSON par ligne
    Jsonl,
}

/// The option of commands that print one answer.
#[derive(clap::Args, Debug)]
pub struct Printed {
    /// Présentation : texte ou json
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: Format,
}

/// The option of commands that print what happens, event by event.
#[derive(clap::Args, Debug)]
pub struct PrintedLines {
    /// Présentation : texte, json ou jsonl
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: LinesFormat,
}
