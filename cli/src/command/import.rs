//! `importer`: files in.

use crate::args::{Format, ImportArgs, When};
use crate::failure::Failure;
use crate::output::{self, BOLD, GREEN, YELLOW, count};
use crate::project::{self, now};
use chrono_tz::Tz;
use relance_core::day::{Instant, instant_at, start_of_day};
use relance_desk::import::{Examined, batch, examine, late_payments, options, tells_payments};
use relance_engine::import::{Batch, Kind, Reconciled};
use relance_engine::store::Unreadable;
use std::collections::BTreeMap;
use std::path::Path;

/// The moment that a `--le` means for an import.
pub fn moment(when: Option<When>, zone: Tz) -> Instant {
    match when {
        None => now(),
        Some(When::Day(day)) => start_of_day(day, zone),
        Some(When::Moment(at)) => instant_at(at.date(), at.time(), zone),
    }
}

/// Imports files into the base.
pub async fn run(dir: &Path, base: Option<&str>, args: &ImportArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let paths = if args.fichiers.is_empty() { vec![dir.join("donnees")] } else { args.fichiers.clone() };
    let batch = batch(&paths, &options(&project, args.tolerant))?;
    let store = project.store(base).await?;
    let at = moment(args.le, project.config.creditor.zone);
    let examined = examine(&project, &*store, batch, at).await?;
    let new = examined.take_in(&project, &*store, at, None).await?;
    store.close().await;
    match args.printed.format {
        Format::Json => output::json(&examined.report())?,
        Format::Texte => output::print(&text(&examined.batch, &examined.found, new))?,
    }
    let Examined { batch, found, aside } = &examined;
    if found.problems.is_empty() {
        return told_aside(aside);
    }
    tell_aside(aside);
    if args.printed.format == Format::Texte {
        for problem in &found.problems {
            anstream::eprintln!("{problem}");
        }
    }
    if args.printed.format == Format::Texte && !found.payments && tells_payments(batch) {
        anstream::eprintln!("{}", late_payments(batch));
    }
    let told = count(found.problems.len(), "erreur", "erreurs");
    Err(Failure::Findings(if found.refused.is_empty() {
        format!("{told} : ces lignes n’ont pas été prises, les autres oui.")
    } else {
        format!(
            "{told} : rien n’a été pris de {}. Corrigez et recommencez, ou ajoutez --tolerant pour prendre les bonnes lignes.",
            found.refused.join(", ")
        )
    }))
}

fn tell_aside(aside: &BTreeMap<String, String>) {
    let told = |(client, reason): (&String, &String)| Unreadable { client: client.clone(), reason: reason.clone() };
    output::unreadable(&aside.iter().map(told).collect::<Vec<_>>());
}

/// What it means that the past of clients cannot be read.
fn told_aside(aside: &BTreeMap<String, String>) -> Result<(), Failure> {
    if aside.is_empty() {
        return Ok(());
    }
    tell_aside(aside);
    Err(Failure::Outside(
        count(aside.len(), "client est laissé de côté", "clients sont laissés de côté"),
        "les autres sont à jour. Ce que les fichiers disent de ceux-là, règlements compris, n’est pas pris, et `relance executer` peut \
         encore leur écrire : gardez la base telle quelle, reprenez une sauvegarde (`relance restaurer`), puis importez de nouveau"
            .to_owned(),
    ))
}

fn text(batch: &Batch, found: &Reconciled, new: u64) -> String {
    let mut out = String::new();
    // A folder may have thousands of them: what is wrong with one names it.
    let electronic = batch.files.iter().filter(|file| file.electronic).count();
    if electronic > 0 {
        let told = count(electronic, "facture électronique", "factures électroniques");
        out.push_str(&format!("{BOLD}{told}{BOLD:#}\n"));
    }
    for file in batch.files.iter().filter(|file| !file.electronic) {
        let kind = file.kind.map_or("?", Kind::name);
        out.push_str(&format!("{BOLD}{}{BOLD:#} ({kind}) : {}\n", file.name, count(file.rows, "ligne", "lignes")));
    }
    let c = &found.counts;
    let told: Vec<String> = [
        (c.customers_new, "client nouveau", "clients nouveaux"),
        (c.customers_changed, "client modifié", "clients modifiés"),
        (c.invoices_new, "facture nouvelle", "factures nouvelles"),
        (c.invoices_changed, "facture modifiée", "factures modifiées"),
        (c.credits, "avoir", "avoirs"),
        (c.payments, "règlement", "règlements"),
        (c.reversals, "rejet", "rejets"),
        (c.events, "événement", "événements"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| count(n, one, many))
    .collect();
    let what = if told.is_empty() { "rien de nouveau".to_owned() } else { told.join(", ") };
    let known = if c.already_known > 0 {
        format!(" ; {}", count(c.already_known, "ligne déjà connue", "lignes déjà connues"))
    } else {
        String::new()
    };
    let color = if new > 0 { GREEN } else { YELLOW };
    out.push_str(&format!("{color}Importé{color:#} : {what}{known}.\n"));
    for info in &found.infos {
        out.push_str(&format!("  {info}\n"));
    }
    out
}
