//! Which scenarios a base follows: those of the folder, or those that somebody has published.

use crate::failure::Failure;
use crate::project::Project;
use crate::publication::lost;
use crate::words::{BOLD, CYAN, YELLOW, count};
use crate::worlds;
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::program::Program;
use relance_core::publication::{Changes, Difference, changes, moves};
use relance_engine::store::{Publication, Store};

/// The scenarios of the next run.
pub struct Following {
    /// The scenarios.
    pub program: Program,
    /// What to tell of them first, for people.
    pub told: Option<String>,
}

/// The scenarios that the next run follows, for those who only read: what somebody has published, else those of the folder.
pub async fn current(project: &Project, store: &dyn Store) -> Result<Program, Failure> {
    let published = store.publications().await?.pop().is_some_and(|last| last.planned);
    let mut program = if published { project.prepare(store.machines_in_force().await?) } else { project.program()? };
    program.remember(&store.all_machines().await?);
    Ok(program)
}

/// The scenarios that a run at this moment follows. Those of the folder come in force with it when nobody has published others and every
/// invoice under way has a place in them.
pub async fn choose(project: &Project, store: &dyn Store, at: Instant) -> Result<Following, Failure> {
    let publications = store.publications().await?;
    let Some(last) = publications.last() else { return Ok(Following { program: project.program()?, told: None }) };
    if last.planned {
        return published(project, store, last).await;
    }
    let mut program = project.program()?;
    if program.digest == last.digest {
        return Ok(Following { program, told: None });
    }
    program.remember(&store.all_machines().await?);
    let before = project.prepare(store.machines_in_force().await?);
    let dossiers = files(store, at).await?;
    let found = moves(&program, dossiers.iter(), at);
    let differing = changes(Some(&before), &program);
    if !found.lost.is_empty() {
        return Err(Failure::Findings(format!(
            "{}Les scénarios ont changé, et {} en cours n’y {} pas de place : rien n’a été fait. `relance planifier` montre tout ce qui \
             changerait.",
            lost(&found, &program),
            count(found.lost.len(), "facture", "factures"),
            if found.lost.len() > 1 { "ont" } else { "a" }
        )));
    }
    let moved = match found.moved.len() {
        0 => "les factures en cours restent où elles sont".to_owned(),
        n => format!("{} de place", count(n, "facture en cours change", "factures en cours changent")),
    };
    let told = format!("{BOLD}Nouvelle version en vigueur{BOLD:#} : {} ; {moved}.\n", summary(&differing));
    Ok(Following { program, told: Some(told) })
}

/// What to tell of a project whose files are not what somebody has published.
pub async fn unpublished(project: &Project, store: &dyn Store, folder: &Program) -> Result<Option<String>, Failure> {
    let Some(last) = store.publications().await?.pop().filter(|last| last.planned && last.digest != folder.digest)
    else {
        return Ok(None);
    };
    let program = project.prepare(store.machines_in_force().await?);
    Ok(Some(differing(&program, folder, &last)))
}

fn differing(in_force: &Program, folder: &Program, last: &Publication) -> String {
    format!(
        "{YELLOW}Pas publié{YELLOW:#} : {} dans les fichiers du projet. La version publiée le {} reste en vigueur ; \
         {CYAN}relance planifier{CYAN:#} montre ce qui changerait.\n",
        summary(&changes(Some(in_force), folder)),
        last.at.with_timezone(&in_force.zone).format("%d/%m/%Y")
    )
}

async fn published(project: &Project, store: &dyn Store, last: &Publication) -> Result<Following, Failure> {
    let program = project.prepare(store.machines_in_force().await?);
    let since = last.at.with_timezone(&program.zone).format("%d/%m/%Y");
    let told = match project.compile().machines.map(|machines| project.prepare(machines)) {
        // The same, at the lines where its rules stand now.
        Some(folder) if folder.digest == program.digest => return Ok(Following { program: folder, told: None }),
        Some(folder) => differing(&program, &folder, last),
        None => format!(
            "{YELLOW}Pas publié{YELLOW:#} : les scénarios du projet ont des erreurs ({CYAN}relance verifier{CYAN:#}). La version \
             publiée le {since} reste en vigueur.\n"
        ),
    };
    Ok(Following { program, told: Some(told) })
}

/// The clients' files of a base, with the invoices to which anything can happen.
async fn files(store: &dyn Store, at: Instant) -> Result<Vec<Dossier>, Failure> {
    let clients = store.clients().await?;
    let mut files = Vec::with_capacity(clients.len());
    for chunk in clients.chunks(worlds::CLIENTS) {
        files.extend(store.load(chunk, at, &[], false).await?.into_iter().map(|loaded| loaded.world.dossier));
    }
    Ok(files)
}

/// « scénario vip ajouté, scénarios impayes et doux modifiés ».
pub fn summary(changes: &[Changes]) -> String {
    let of = |difference: Difference, one: &str, many: &str| {
        let names: Vec<&str> = changes.iter().filter(|c| c.difference == difference).map(|c| c.name.as_str()).collect();
        match names.as_slice() {
            [] => None,
            [name] => Some(format!("scénario `{name}` {one}")),
            names if names.len() > 6 => Some(format!("{} {many}", count(names.len(), "scénario", "scénarios"))),
            names => Some(format!("scénarios `{}` {many}", names.join("`, `"))),
        }
    };
    let parts = [
        of(Difference::Added, "ajouté", "ajoutés"),
        of(Difference::Changed, "modifié", "modifiés"),
        of(Difference::Removed, "retiré", "retirés"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "ordre des scénarios changé".to_owned() } else { parts.join(", ") }
}
