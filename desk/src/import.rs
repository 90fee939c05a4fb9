//! Files in: read, compared with what is known, taken in.

use crate::failure::Failure;
use crate::project::Project;
use relance_core::day::{Instant, civil_date};
use relance_engine::config::ImportMode;
use relance_engine::import::einvoice::Seller;
use relance_engine::import::{self, Batch, Kind, Options, Paper, Reconciled};
use relance_engine::store::{Document, DocumentKind, INVOICE_NAME, Intake, Store, invoice_key};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

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

/// What an import found, before anything is written.
pub struct Examined {
    /// The rows.
    pub batch: Batch,
    /// What they mean beside what is known.
    pub found: Reconciled,
    /// Clients whose past cannot be read, with the reason: what the files say of them is not taken.
    pub aside: BTreeMap<String, String>,
}

/// Compares a batch with what the base knows; writes nothing.
pub async fn examine(project: &Project, store: &dyn Store, batch: Batch, at: Instant) -> Result<Examined, Failure> {
    let zone = project.config.creditor.zone;
    let mut known = store.known().await?;
    known.messages = store.messages(&batch.bounced()).await?;
    let found = import::reconcile(&known, &batch, civil_date(at, zone), zone);
    Ok(Examined { batch, found, aside: known.aside })
}

impl Examined {
    /// Writes what was found, as imported by somebody, if anybody says so. Returns how many things were new.
    pub async fn take_in(
        &self,
        project: &Project,
        store: &dyn Store,
        at: Instant,
        by: Option<&str>,
    ) -> Result<u64, Failure> {
        let (zone, found, mut report) = (project.config.creditor.zone, &self.found, self.report());
        if let Some(by) = by {
            report["par"] = json!(by);
        }
        let intake = Intake { incoming: &found.incoming, payments: found.payments, at, zone, report: &report };
        let new = store.take_in(&intake).await?;
        // After the invoices: what a failure leaves out here, the same import brings.
        for papers in found.papers.chunks(20) {
            store.keep(&papers.iter().map(|paper| kept(paper, at)).collect::<Vec<_>>()).await?;
        }
        Ok(new)
    }

    /// What is kept of the import, and printed for programs.
    pub fn report(&self) -> serde_json::Value {
        report(&self.batch, &self.found, &self.aside)
    }
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

/// Whether a file that tells what was paid is among those of the import.
pub fn tells_payments(batch: &Batch) -> bool {
    let source = if batch.open_items { Kind::Invoices } else { Kind::Payments };
    batch.files.iter().any(|file| file.kind == Some(source) && !file.electronic)
}

/// What a wrong file of payments means for what leaves.
pub fn late_payments(batch: &Batch) -> String {
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
