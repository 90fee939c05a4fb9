//! How what is asked for ends badly, in French: what, and what to do.

use relance_engine::store::StoreError;

/// Why it ends badly.
#[derive(Debug)]
pub enum Failure {
    /// Findings: a line or several for each, and a sentence that sums them up.
    Findings(String),
    /// It was asked for wrongly: what, and what to do.
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
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let text = error.to_string();
        let (message, help) = text.split_once("\n  aide : ").unwrap_or((&text, ""));
        Failure::Outside(message.to_owned(), help.to_owned())
    }
}

/// A client or invoice that is not there.
pub fn unknown(what: &str, name: &str) -> Failure {
    let article = if what == "facture" { "inconnue" } else { "inconnu" };
    Failure::Usage(
        format!("{what} {article} : `{name}`"),
        "vérifiez le numéro ; `relance etat` dit ce que la base contient".to_owned(),
    )
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
