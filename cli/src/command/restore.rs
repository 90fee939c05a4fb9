//! `restaurer`: a backup in the place of the base.

use super::backup::{content, whole};
use crate::args::RestoreArgs;
use crate::failure::Failure;
use crate::lock::{Worker, lock_file};
use crate::output::{self, GREEN, YELLOW};
use crate::project::{self, now};
use relance_engine::store::{Place, examine, put_back, put_back_into};
use std::path::Path;

/// Examines the backup, puts it back, and says what the base does not know any more.
pub async fn run(dir: &Path, base: Option<&str>, args: &RestoreArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let backup = dir.join(&args.fichier);
    let found = examine(&backup).await?;
    whole(&found).map_err(|failure| match failure {
        Failure::Findings(_) => Failure::Findings(format!(
            "Le journal de `{}` a été touché dans cette sauvegarde : rien n’a été changé.\n  aide : prenez une sauvegarde plus ancienne",
            found.touched.join("`, `")
        )),
        other => other,
    })?;
    let (at, place) = (now(), project.place(base)?);
    let aside = match &place {
        Place::File(path) => {
            let _lock = lock_file(path, Worker::Mover)?;
            put_back(&backup, &found, path, at).await?
        }
        Place::Server(_) => {
            put_back_into(&backup, &found, &place, at).await?;
            None
        }
    };
    let mut told = format!("{GREEN}Restauré{GREEN:#} depuis `{}` : {}.\n", args.fichier.display(), content(&found));
    if let Some(aside) = aside {
        let name = aside.strip_prefix(dir).unwrap_or(&aside).display().to_string();
        told.push_str(&format!("La base d’avant est gardée : `{name}`.\n"));
    }
    let since = found.since.unwrap_or(at).with_timezone(&zone).format("%d/%m/%Y à %H:%M");
    told.push_str(&format!(
        "{YELLOW}La base ne sait rien de ce qui s’est passé depuis le {since}{YELLOW:#} : ni imports, ni envois, ni réponses. Elle n’envoie \
         rien avant que vous ayez\n  1. importé de nouveau ce qui l’a été depuis (`relance importer` ; ce qui est déjà connu est ignoré) ;\n  \
         2. lancé `relance executer --reprise en-doute` : ce qui était à envoyer depuis est mis en doute, rien ne part ;\n     ou `relance \
         executer --reprise rien-parti`, si vous êtes sûr que rien n’est parti depuis.\n"
    ));
    output::print(&told)
}
