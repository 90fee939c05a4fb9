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
    /// What went wrong, and what to do.
    pub fn words(self) -> (String, String) {
        match self {
            Failure::Findings(message) => (message, String::new()),
            Failure::Usage(message, help) | Failure::Outside(message, help) => (message, help),
            Failure::Silent => (String::new(), String::new()),
        }
    }

    /// Tells the failure on standard error.
    pub fn report(self) -> ExitCode {
        let code = match self {
            Failure::Findings(_) => FINDINGS,
            Failure::Usage(..) => USAGE,
            Failure::Outside(..) => OUTSIDE,
            Failure::Silent => return ExitCode::SUCCESS,
        };
        let (message, help) = self.words();
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
        Failure::Outside(message.to_owned(), help.to_owned())
    }
}

/// A file that cannot be read or written.
pub fn file(path: &std::path::Path, error: &std::io::Error) -> Failure {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "n’existe pas".to_owned(),
        std::io::ErrorKind::PermissionDenied => "n’est pas accessible : droits insuffisants".to_owned(),
        std::io::ErrorKind::StorageFull => "ne peut pas s’écrire : le disque est plein".to_owned(),
        std::io::ErrorKind::IsADirectory => "est un dossier, et non un fichier".to_owned(),
        std::io::ErrorKind::NotADirectory => "passe par un fichier comme si c’était un dossier".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "est sur un disque en lecture seule".to_owned(),
        std::io::ErrorKind::InvalidFilename | std::io::ErrorKind::InvalidInput => {
            "n’est pas un nom possible".to_owned()
        }
        _ => match error.raw_os_error() {
            Some(number) => format!("ne peut pas se lire ou s’écrire (erreur {number} du système)"),
            None => "ne peut pas se lire ou s’écrire".to_owned(),
        },
    };
    Failure::Outside(format!("`{}` {reason}", path.display()), "vérifiez le chemin et les droits".to_owned())
}
