//! What goes on paper, handed out.

pub use relance_desk::paper::{gap, letter, not_built, set, statement_of, without_letters};

use crate::failure::{Failure, file};
use crate::output::{self, YELLOW};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Whoever sends out amounts knows that a rate behind them was read at one place only; the letter does not say so.
pub fn warn_of_rates(who: &str) {
    anstream::eprintln!(
        "{YELLOW}attention{YELLOW:#} : {who} des montants dont un taux est à confirmer : `relance taux` dit d’où il vient"
    );
}

/// Writes a PDF where it was asked for, and opens it on request.
pub fn hand_out(bytes: &[u8], to: Option<&Path>, show: bool) -> Result<(), Failure> {
    let path = match to {
        Some(path) => {
            std::fs::write(path, bytes).map_err(|error| file(path, &error))?;
            path.to_owned()
        }
        None if show => kept(bytes)?,
        None if std::io::stdout().is_terminal() => {
            return Err(Failure::Usage(
                "un PDF ne s’affiche pas dans un terminal".to_owned(),
                "dites où l’écrire : --sortie lettre.pdf, ou --ouvrir pour le voir".to_owned(),
            ));
        }
        None => {
            let mut out = std::io::stdout();
            return out.write_all(bytes).and_then(|()| out.flush()).map_err(|_| Failure::Silent);
        }
    };
    if !show {
        return output::print(&format!("Écrit : {}\n", path.display()));
    }
    open::that_detached(&path).map_err(|_| {
        Failure::Outside(
            "aucun programme ne s’est ouvert pour lire le PDF".to_owned(),
            format!("il est écrit dans `{}`, ouvrez-le vous-même", path.display()),
        )
    })?;
    output::print(&format!("Ouvert : {}\n", path.display()))
}

/// A file that stays until the system clears its temporary ones.
fn kept(bytes: &[u8]) -> Result<PathBuf, Failure> {
    let made = tempfile::Builder::new().prefix("relance-lettre-").suffix(".pdf").tempfile();
    let mut kept = made.map_err(|error| {
        Failure::Outside(format!("impossible d’écrire le PDF : {error}"), "dites où : --sortie FICHIER".to_owned())
    })?;
    kept.write_all(bytes).map_err(|error| file(kept.path(), &error))?;
    let (_, path) = kept.keep().map_err(|error| file(error.file.path(), &error.error))?;
    Ok(path)
}
