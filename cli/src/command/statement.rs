//! `decompte`: the statement of account of an invoice on a day.

use super::{following, paper, worlds};
use crate::args::{StatementArgs, StatementFormat};
use crate::failure::Failure;
use crate::output::{self, statement as shown};
use crate::project::{self, Project, now};
use chrono::NaiveDate;
use relance_core::day::{Instant, french_date, start_of_day};
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::interest::{Debt, Gap, statement};
use relance_core::program::Program;
use relance_core::simulate::World;
use relance_core::step::step;
use std::collections::BTreeSet;
use std::path::Path;

/// How alike a number has to be to be proposed.
const ALIKE: f64 = 0.7;

/// Prints the statement.
pub async fn run(dir: &Path, base: Option<&str>, args: &StatementArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let number = &args.facture;
    let dossier = dossier(&project, base, number).await?;
    let Some(file) = dossier.invoices.get(number) else { return Err(unknown(number, dossier.invoices.keys())) };
    let debt = Debt::of(&dossier, file);
    let day = args.au.unwrap_or_else(|| project.today());
    must_be_issued(number, file, day)?;
    let found = statement(&debt, &project.amounts, day);
    let about = shown::About {
        number,
        dossier: &dossier,
        file,
        debt: &debt,
        terms: &project.amounts.terms,
        creditor: &project.config.creditor.name,
    };
    if args.sortie.is_some() && args.format != StatementFormat::Pdf {
        let help = "ajoutez --format pdf".to_owned();
        return Err(Failure::Usage("--sortie est pour un PDF".to_owned(), help));
    }
    match args.format {
        StatementFormat::Texte => output::print(&shown::text(&about, &found))?,
        StatementFormat::Json => output::json(&shown::json(&about, &found))?,
        StatementFormat::Pdf => {
            let sheet = paper::statement_of(&project, &dossier, number, day)?;
            let set = paper::set(&sheet.title, std::slice::from_ref(&sheet), false)?;
            paper::hand_out(&set.bytes, args.sortie.as_deref(), false)?;
        }
    }
    // A rate to come is told on the statement; a clause that the law forbids is an error.
    let wrong = found.gaps.iter().find(|gap| !matches!(gap, Gap::Missing { .. }));
    wrong.map_or(Ok(()), |gap| Err(Failure::Findings(format!("{} : {}.", gap.what(), gap.remedy()))))
}

/// The file of an invoice's client with everything that is known by now, in the base or in the project's `donnees`.
async fn dossier(project: &Project, base: Option<&str>, number: &str) -> Result<Dossier, Failure> {
    if project.has_base(base) {
        let store = project.store(base).await?;
        if !store.clients().await?.is_empty() {
            let Some(client) = store.client_of(number).await? else {
                let (known, _) = store.everything_imported().await?;
                return Err(unknown(number, known.iter().filter_map(|(incoming, _)| incoming.invoice.as_ref())));
            };
            let program = following::current(project, &*store).await?;
            let at = store.clock().await?.map_or_else(now, |clock| clock.max(now()));
            let loaded = store.load(&[client], at, &[], true).await?;
            let world = loaded.into_iter().next().ok_or_else(|| unknown(number, []))?.world;
            return Ok(known_by(&program, world, at));
        }
    }
    let (program, at) = (project.program()?, now());
    let start = start_of_day(project.today(), program.zone);
    let mut loaded = worlds::load(project, &program, base, None, start, None).await?;
    let numbers: BTreeSet<String> =
        loaded.worlds.iter().flat_map(|w| w.inbox.iter()).filter_map(|(_, thing)| thing.invoice.clone()).collect();
    loaded.worlds.retain(|world| world.inbox.names(number));
    let world = loaded.worlds.pop().ok_or_else(|| unknown(number, &numbers))?;
    Ok(known_by(&program, world, at))
}

/// The file once what is known by a moment is taken in. Nothing leaves by it, and no formal notice is thought to have left.
pub(super) fn known_by(program: &Program, mut world: World, at: Instant) -> Dossier {
    let inputs = world.inbox.take(at);
    if !inputs.is_empty() {
        step(program, &mut world.dossier, at, inputs);
    }
    world.dossier
}

/// Nothing is owed of an invoice before it exists.
pub(super) fn must_be_issued(number: &str, file: &InvoiceFile, day: NaiveDate) -> Result<(), Failure> {
    let issued = file.invoice.issued;
    if day >= issued {
        return Ok(());
    }
    Err(Failure::Usage(
        format!("la facture {number} n’existait pas encore le {}", french_date(day)),
        format!("elle est du {} : donnez un jour à partir de cette date", french_date(issued)),
    ))
}

/// An invoice that nobody knows, with the number that was probably meant.
pub(super) fn unknown<'n>(number: &str, known: impl IntoIterator<Item = &'n String>) -> Failure {
    let wanted = number.to_lowercase();
    let scored = known.into_iter().map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &wanted), name));
    let near =
        scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    let help = match near {
        Some((_, name)) => format!("vouliez-vous dire `{name}` ?"),
        None => "vérifiez le numéro ; `relance etat` dit ce que la base contient".to_owned(),
    };
    Failure::Usage(format!("facture inconnue : `{number}`"), help)
}
