//! `importer`: files in.

use crate::args::{Format, ImportArgs, When};
use crate::failure::Failure;
use crate::output::{self, BOLD, GREEN, YELLOW, count};
use crate::project::{Project, now};
use chrono_tz::Tz;
use relance_core::day::{Instant, civil_date, instant_at, start_of_day};
use relance_engine::config::ImportMode;
use relance_engine::import::einvoice::Seller;
use relance_engine::import::{self, Batch, Kind, Options, Paper, Reconciled};
use relance_engine::store::{Document, DocumentKind, INVOICE_NAME, Intake, Unreadable, invoice_key};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How this project's files are read.
pub fn options(project: &Project, tolerant: bool) -> Options {
    let open_items = project.config.import.mode == ImportMode::OpenItems;
    let creditor = &project.config.creditor;
    let seller = Seller { name: creditor.name.clone(), siren: creditor.siren.clone() };
    let options = Options::new(tolerant, open_items, &project.config.import.columns, &project.fields());
    Options { seller: Some(seller), segments: project.segments(), ..options }
}

/// Reads files and folders into a batch.
pub fn batch(paths: &[PathBuf], options: &Options) -> Result<Batch, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let found = import::load(path)
            .map_err(|problem| Failure::Outside(problem.to_string(), "vérifiez le chemin et les droits".to_owned()))?;
        if found.is_empty() {
            return Err(Failure::Usage(
                format!("le dossier `{}` ne contient ni CSV, ni XLSX, ni facture électronique", path.display()),
                "mettez-y factures.csv, clients.csv, reglements.csv ou evenements.csv".to_owned(),
            ));
        }
        files.extend(found);
    }
    Ok(import::read(&files, options))
}

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
    let project = Project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let paths = if args.fichiers.is_empty() { vec![dir.join("donnees")] } else { args.fichiers.clone() };
    let batch = batch(&paths, &options(&project, args.tolerant))?;
    let store = project.store(base).await?;
    let at = moment(args.le, zone);
    let mut known = store.known().await?;
    known.messages = store.messages(&batch.bounced()).await?;
    let found = import::reconcile(&known, &batch, civil_date(at, zone), zone);
    let report = report(&batch, &found, &known.aside);
    let new = store
        .take_in(&Intake { incoming: &found.incoming, payments: found.payments, at, zone, report: &report })
        .await?;
    // After the invoices: what a failure leaves out here, the same import brings.
    for papers in found.papers.chunks(20) {
        store.keep(&papers.iter().map(|paper| kept(paper, at)).collect::<Vec<_>>()).await?;
    }
    store.close().await;
    match args.printed.format {
        Format::Json => output::json(&report)?,
        Format::Texte => output::print(&text(&batch, &found, new))?,
    }
    if found.problems.is_empty() {
        return aside(&known.aside);
    }
    tell_aside(&known.aside);
    if args.printed.format == Format::Texte {
        for problem in &found.problems {
            anstream::eprintln!("{problem}");
        }
    }
    if args.printed.format == Format::Texte && !found.payments && tells_payments(&batch) {
        anstream::eprintln!("{}", late_payments(&batch));
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

/// An imported invoice as people read it.
fn kept(paper: &Paper, at: Instant) -> Document {
    Document {
        client: paper.client.clone(),
        key: invoice_key(&paper.number),
        kind: DocumentKind::Invoice,
        name: INVOICE_NAME.to_owned(),
        media_type: "application/pdf".to_owned(),
        at,
        bytes: paper.bytes.to_vec(),
    }
}

fn tell_aside(aside: &BTreeMap<String, String>) {
    let told = |(client, reason): (&String, &String)| Unreadable { client: client.clone(), reason: reason.clone() };
    output::unreadable(&aside.iter().map(told).collect::<Vec<_>>());
}

/// What it means that the past of clients cannot be read.
fn aside(aside: &BTreeMap<String, String>) -> Result<(), Failure> {
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

/// Whether a file that tells what was paid is among those of the import.
fn tells_payments(batch: &Batch) -> bool {
    let source = if batch.open_items { Kind::Invoices } else { Kind::Payments };
    batch.files.iter().any(|file| file.kind == Some(source) && !file.electronic)
}

/// What a wrong file of payments means for what leaves.
fn late_payments(batch: &Batch) -> String {
    let what = if batch.open_items { "soldes" } else { "règlements" };
    format!(
        "Les {what} ne sont pas à jour : une ligne qui manque peut être un paiement. Un scénario qui dit `paiements à jour` attend \
         un import sans erreur avant d’envoyer."
    )
}

fn report(batch: &Batch, found: &Reconciled, aside: &BTreeMap<String, String>) -> serde_json::Value {
    let mut report = json!({
        "fichiers": batch.files, "comptes": found.counts, "refuses": found.refused,
        "problemes": found.problems, "informations": found.infos,
    });
    if !aside.is_empty() {
        report["laisses_de_cote"] = json!(aside);
    }
    report
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
