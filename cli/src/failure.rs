//! How a command ends badly: exit codes and their messages.

use relance_engine::store::StoreError;
use std::process::ExitCode;

/// Findings: a wrong scenario, a refused file.
pub const FINDINGS: u8 = 1;
/// Wrong use.
pub const USAGE: u8 = 2;
/// Something outside failed: file, database, network.
pub const OUTSIDE: u8 = 3;

/// Why a command ends badly.
#[derive(Debug)]
pub enum Failure {
    /// Findings, already told; the sentence sums them up.
    Findings(String),
    /// The command was called wrongly: what, and what to do.
    Usage(String, String),
    /// Something outside failed: what, and what to do.
    Outside(String, String),
    /// The reader of our output has gone (a pager closed): nobody is left to tell.
    Silent,
}

impl Failure {
    /// Tells the failure on standard error.
    pub fn report(self) -> ExitCode {
        let (code, message, help) = match self {
            Failure::Findings(message) => (FINDINGS, message, String::new()),
            Failure::Usage(message, help) => (USAGE, message, help),
            Failure::Outside(message, help) => (OUTSIDE, message, help),
            Failure::Silent => return ExitCode::SUCCESS,
        };
        if code == FINDINGS {
            anstream::eprintln!("{message}");
        } else {
            anstream::eprintln!("{}erreur{:#} : {message}", crate::output::RED, crate::output::RED);
        }
        if !help.is_empty() {
            anstream::eprintln!("  aide : {help}");
        }
        ExitCode::from(code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let text = error.to_string();
        let (message, help) = text.split_once("\n  aide : ").unwrap_or((&text, ""));
        // What the database says is English.
        let message = match &error {
            StoreError::Open { source, .. } | StoreError::Sql(source) => {
                message.replace(&source.to_string(), &database(&source.to_string()))
            }
            StoreError::Migration(source) => message.replace(&source.to_string(), &database(&source.to_string())),
            StoreError::Data { what, .. } => format!("donnée illisible dans la base ({what})"),
            StoreError::Kind(_) => message.to_owned(),
        };
        Failure::Outside(message, help.to_owned())
    }
}

/// What a database error means, by SQLite's code; the code stays, for whoever helps.
fn database(text: &str) -> String {
    let code = text.split("(code: ").nth(1).and_then(|rest| rest.split(')').next()).and_then(|n| n.parse::<u32>().ok());
    let Some(code) = code else {
        let version = text.contains("migration");
        return if version { "elle vient d’une autre version" } else { "elle ne répond pas" }.to_owned();
    };
    // The low byte is the kind, the rest a nuance.
    let meaning = match code & 0xff {
        5 | 6 => "un autre programme la tient verrouillée",
        8 => "elle n’est accessible qu’en lecture",
        10 => "le disque ne répond pas bien",
        11 => "le fichier est abîmé ; reprenez une sauvegarde",
        13 => "le disque est plein",
        14 => "le fichier ou son dossier n’existe pas, ou n’est pas accessible",
        26 => "ce fichier n’est pas une base de Relance",
        _ => "erreur de SQLite",
    };
    format!("{meaning} (code {code})")
}

/// A file that cannot be read or written.
pub fn file(path: &std::path::Path, error: &std::io::Error) -> Failure {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "n’existe pas".to_owned(),
        std::io::ErrorKind::PermissionDenied => "n’est pas accessible : droits insuffisants".to_owned(),
        std::io::ErrorKind::StorageFull => "ne peut pas s’écrire : le disque est plein".to_owned(),
        _ => format!("ne peut pas se lire ou s’écrire ({error})"),
    };
    Failure::Outside(format!("`{}` {reason}", path.display()), "vérifiez le chemin et les droits".to_owned())
}
