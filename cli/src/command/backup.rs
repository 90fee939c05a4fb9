//! `sauvegarder`: the whole base in one file, while others work on it.

use crate::args::BackupArgs;
use crate::failure::Failure;
use crate::output::{self, GREEN, count};
use crate::project::{self, now};
use relance_engine::store::{Inventory, back_up};
use std::path::Path;

/// How many clients a warning names.
const NAMED: usize = 5;

/// Writes a backup, and says what is in it.
pub async fn run(dir: &Path, base: Option<&str>, args: &BackupArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    if !project.has_base(base) {
        return Err(Failure::Usage(
            "il n’y a pas encore de base à sauvegarder".to_owned(),
            "lancez la commande dans le dossier du projet, ou indiquez la base par --base".to_owned(),
        ));
    }
    let made = back_up(&project.place(base)?, &dir.join(&args.fichier), now()).await?;
    output::print(&format!(
        "{GREEN}Sauvegardé{GREEN:#} dans `{}` : {}. La copie est vérifiée.\n",
        args.fichier.display(),
        content(&made)
    ))?;
    whole(&made)
}

/// « 3 clients, 214 entrées du journal ».
pub fn content(inventory: &Inventory) -> String {
    let creditors = inventory.creditors.len();
    let of = if creditors > 1 { format!("{creditors} entités, ") } else { String::new() };
    let clients = count(inventory.clients, "client", "clients");
    format!("{of}{clients}, {}", count(inventory.entries, "entrée du journal", "entrées du journal"))
}

/// A journal that was touched was copied as it is: that must be known.
pub fn whole(inventory: &Inventory) -> Result<(), Failure> {
    let Some(more) = inventory.touched.len().checked_sub(1) else { return Ok(()) };
    let named: Vec<String> = inventory.touched.iter().take(NAMED).map(|client| format!("`{client}`")).collect();
    let named = named.join(", ") + if more >= NAMED { " …" } else { "" };
    Err(Failure::Findings(format!(
        "Le journal de {} ({named}) n’est pas tel qu’il a été écrit ; il a été copié tel quel.\n  aide : `relance verifier-journal` dit ce \
         qui a été touché",
        count(more + 1, "client", "clients")
    )))
}
