//! `init`: an empty project with one commented scenario, or with the ready ones, and the template library.

use crate::args::InitArgs;
use crate::failure::{Failure, file};
use crate::output::{self, CYAN, GREEN};
use include_dir::{Dir, include_dir};
use relance_engine::config::DEFAULT_TEXT;
use std::path::Path;

/// The ready pack: scenarios, templates, settings.
pub static PACK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../scenarios");

const EXAMPLE: &str = include_str!("exemple.relance");

/// Creates a project; nothing that exists is overwritten.
pub fn run(dir: &Path, args: &InitArgs) -> Result<(), Failure> {
    let dir = args.dossier.as_deref().unwrap_or(dir);
    if dir.join("relance.toml").exists() {
        return Err(Failure::Usage(
            format!("`{}` est déjà un projet Relance", dir.display()),
            "choisissez un autre dossier : rien n’a été touché".to_owned(),
        ));
    }
    write(&dir.join("relance.toml"), DEFAULT_TEXT.as_bytes())?;
    if args.complet {
        scenarios(dir)?;
    } else {
        write(&dir.join("scenarios/relances.relance"), EXAMPLE.as_bytes())?;
    }
    templates(dir)?;
    std::fs::create_dir_all(dir.join("donnees")).map_err(|error| file(dir, &error))?;
    output::print(&format!(
        "{GREEN}Projet créé{GREEN:#} dans `{}`.\n  1. Complétez relance.toml : votre société, votre IBAN.\n  \
         2. Déposez vos exports dans donnees/ (factures.csv, clients.csv, reglements.csv).\n  \
         3. {CYAN}relance verifier{CYAN:#}, puis {CYAN}relance simuler{CYAN:#}.\n",
        dir.display()
    ))
}

/// Writes the ready scenarios into a project.
pub fn scenarios(dir: &Path) -> Result<(), Failure> {
    let mut ready = PACK.files().filter(|file| file.path().extension().is_some_and(|e| e == "relance"));
    ready.try_for_each(|file| write(&dir.join("scenarios").join(file.path()), file.contents()))
}

/// Writes the template library into a project.
pub fn templates(dir: &Path) -> Result<(), Failure> {
    let mut folders = PACK.get_dir("modeles").into_iter().collect::<Vec<_>>();
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for template in folder.files() {
            write(&dir.join(template.path()), template.contents())?;
        }
    }
    Ok(())
}

/// Writes a file with its folders, unless it exists.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| file(folder, &error))?;
    }
    std::fs::write(path, bytes).map_err(|error| file(path, &error))
}
