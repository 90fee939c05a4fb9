//! `transferer`: the whole base into another one.

use super::backup::{content, whole};
use crate::args::TransferArgs;
use crate::failure::Failure;
use crate::lock::{Worker, lock_file};
use crate::output::{self, GREEN, YELLOW};
use crate::project::{self, now};
use relance_engine::store::{Place, transfer};
use std::path::Path;

/// Moves the base, and says where it runs from now on.
pub async fn run(dir: &Path, base: Option<&str>, args: &TransferArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    if !project.has_base(base) {
        return Err(Failure::Usage(
            "il n’y a pas encore de base à transférer".to_owned(),
            "lancez la commande dans le dossier du projet, ou indiquez la base par --base".to_owned(),
        ));
    }
    let (from, to) = (project.place(base)?, project.place(Some(&args.vers))?);
    if from == to {
        return Err(Failure::Usage(
            "la base d’arrivée est la base elle-même".to_owned(),
            "indiquez par --vers une autre base, vide".to_owned(),
        ));
    }
    let _lock = match &from {
        Place::File(path) => Some(lock_file(path, Worker::Mover)?),
        Place::Server(_) => None,
    };
    let moved = transfer(&from, &to, now()).await?;
    let to = match &to {
        Place::File(_) => args.vers.clone(),
        Place::Server(_) => to.shown(),
    };
    output::print(&format!(
        "{GREEN}Transféré{GREEN:#} vers `{to}` : {}. Chaque table, chaque journal et chaque dossier y sont les mêmes.\n\
         {YELLOW}Désormais, ajoutez `--base {to}` à chaque commande et au service{YELLOW:#}. L’ancienne base reste telle quelle, pour \
         mémoire : elle refuse d’exécuter et d’importer, sinon chaque relance partirait deux fois.\n",
        content(&moved)
    ))?;
    whole(&moved)
}
