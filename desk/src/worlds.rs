//! Where a simulation starts: from the base as it stands, or from files as if nothing had been imported.

use crate::failure::Failure;
use crate::import::{batch, options};
use crate::project::Project;
use crate::words::count;
use relance_core::day::{Instant, civil_date, french_date};
use relance_core::dossier::Dossier;
use relance_core::incoming::Incoming;
use relance_core::machine::Machine;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, World};
use relance_engine::import::{Known, reconcile};
use relance_engine::store::{Store, Unreadable, load_readable};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many clients are loaded at once.
pub const CLIENTS: usize = 2_000;

/// Why `--rattraper` does nothing.
pub const NOTHING_TO_CATCH_UP: &str = "les scénarios sont ceux de la dernière exécution, rien n’a donc été sauté de nouveau. Ce qui \
    l’a été auparavant le reste ; déplacez une facture (événement `saut`) pour lui faire reprendre son étape.";

/// Clients' files to run with a virtual clock.
pub struct Worlds {
    /// By client.
    pub worlds: Vec<World>,
    /// In French, where they come from.
    pub origin: String,
    /// Whether the scenarios are others than those that the base has run.
    pub republished: bool,
    /// Whether the invoices that the next run moves to other scenarios catch up.
    pub catch_up: bool,
    /// When the scenarios that the base runs were put in force, if these are they.
    pub published: Option<Instant>,
    /// Clients that are left out because their data cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// Loads what a simulation starts from: `files` if given, else the base if it holds anything, else the project's `donnees`.
pub async fn load(
    project: &Project,
    program: &Program,
    base: Option<&str>,
    files: Option<&Path>,
    from: Instant,
    only: Option<&str>,
) -> Result<Worlds, Failure> {
    if let Some(folder) = files {
        return from_files(project, vec![folder.to_owned()], from);
    }
    if project.has_base(base) {
        let store = project.store(base).await?;
        let worlds = from_base(project, program, &*store, from, only).await?;
        if !worlds.worlds.is_empty() || only.is_some() {
            return Ok(worlds);
        }
    }
    from_folder(project, from)
}

/// As if nothing had been imported: from the project's `donnees`.
pub fn from_folder(project: &Project, from: Instant) -> Result<Worlds, Failure> {
    let folder = project.dir.join("donnees");
    if !folder.exists() {
        return Err(Failure::Usage(
            "il n’y a rien à simuler : ni base, ni dossier `donnees`".to_owned(),
            "importez vos factures (`relance importer FICHIER`) ou générez un portefeuille (`relance generer`)"
                .to_owned(),
        ));
    }
    from_files(project, vec![folder], from)
}

fn from_files(project: &Project, paths: Vec<PathBuf>, from: Instant) -> Result<Worlds, Failure> {
    let zone = project.config.creditor.zone;
    let batch = batch(&paths, &options(project, false))?;
    let found = reconcile(&Known::default(), &batch, civil_date(from, zone), zone);
    if !found.problems.is_empty() {
        let mut text: String = found.problems.iter().map(|problem| format!("{problem}\n")).collect();
        text.push_str(&count(found.problems.len(), "erreur", "erreurs"));
        return Err(Failure::Findings(format!("{text} dans les fichiers : corrigez avant de simuler.")));
    }
    let mut by_client: BTreeMap<String, Vec<(Incoming, Option<Instant>)>> = BTreeMap::new();
    for thing in found.incoming {
        by_client.entry(thing.client.clone()).or_default().push((thing, None));
    }
    let worlds = by_client
        .into_iter()
        .map(|(client, things)| World { dossier: Dossier::new(&client), wake: None, inbox: Inbox::new(things, zone) })
        .collect();
    let shown = paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
    Ok(Worlds {
        worlds,
        origin: format!("d’après les fichiers de {shown}"),
        republished: false,
        catch_up: false,
        published: None,
        unreadable: Vec::new(),
    })
}

/// Every client's file of the base, or one.
pub async fn from_base(
    project: &Project,
    program: &Program,
    store: &dyn Store,
    from: Instant,
    only: Option<&str>,
) -> Result<Worlds, Failure> {
    let zone = project.config.creditor.zone;
    let mut clients = store.clients().await?;
    if let Some(only) = only {
        clients.retain(|client| client == only);
    }
    if let Some(clock) = store.clock().await?.filter(|clock| civil_date(*clock, zone) > civil_date(from, zone)) {
        let day = french_date(civil_date(clock, zone));
        return Err(Failure::Usage(
            format!("la base a déjà vécu jusqu’au {day} : elle ne peut pas repartir d’une date antérieure"),
            format!("commencez au {day} ou après, ou simulez à partir des fichiers : --donnees donnees"),
        ));
    }
    let (mut worlds, mut left_out) = (Vec::with_capacity(clients.len()), Vec::new());
    for chunk in clients.chunks(CLIENTS) {
        let (loaded, unreadable) = load_readable(store, chunk, from, true).await?;
        left_out.extend(unreadable);
        worlds.extend(loaded.into_iter().map(|l| l.world));
    }
    let republished = republished(program, store).await?;
    if republished {
        worlds.iter_mut().for_each(|world| look_again(world, from));
    }
    let last = if republished { None } else { store.publications().await?.pop() };
    let catch_up = last.as_ref().map_or(program.catch_up, |last| last.catch_up);
    let published = last.map(|last| last.at);
    Ok(Worlds {
        worlds, origin: "d’après la base".to_owned(), republished, catch_up, published, unreadable: left_out
    })
}

/// Whether the scenarios are others than those of the last run: the next run will look at every file again.
pub async fn republished(program: &Program, store: &dyn Store) -> Result<bool, Failure> {
    let mut before: Vec<String> = store.machines_in_force().await?.iter().map(Machine::hash).collect();
    let mut now: Vec<String> = program.scenarios.iter().map(|scenario| scenario.hash.clone()).collect();
    before.sort();
    now.sort();
    Ok(before != now)
}

/// Has a file looked at again at `from`, as a run under other scenarios does.
pub fn look_again(world: &mut World, from: Instant) {
    if world.dossier.clock.is_some() {
        world.wake = Some(world.wake.map_or(from, |wake| wake.min(from)));
    }
}
