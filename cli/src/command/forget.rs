//! `oublier`: erases what is personal of a client, once nothing obliges to keep it any more.

use super::export::dossier;
use crate::args::ForgetArgs;
use crate::failure::Failure;
use crate::lock::{Worker, lock};
use crate::output::{self, count};
use crate::project::{self, now};
use relance_core::day::french_date;
use relance_engine::retention::{Obstacle, last_movement, obstacle};
use std::path::Path;

/// How many open invoices a refusal names.
const NAMED: usize = 5;

/// Erases, or shows what would be erased.
pub async fn run(dir: &Path, base: Option<&str>, args: &ForgetArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let client = &args.client;
    let store = project.store(base).await?;
    let _lock = if args.simulation { None } else { lock(&*store, Worker::Eraser)? };
    let dossier = dossier(&*store, client).await?;
    let record = store.record(client).await?;
    let kept = store.documents(client).await?.len();
    let ledgers = store.ledgers(std::slice::from_ref(client)).await?;
    let left: usize = ledgers.iter().map(|(ledger, _)| ledger.rows.len() - ledger.erased()).sum();
    if left == 0 && dossier.entries > 0 {
        return output::print(&format!("{client} : tout est déjà effacé.\n"));
    }
    if let Some(obstacle) = obstacle(&dossier, &record, project.config.retention, project.today(), zone) {
        return Err(refused(client, &obstacle, project.config.retention));
    }
    let what = format!(
        "{}, {}, {}, {}, {}",
        count(left, "entrée du journal", "entrées du journal"),
        count(dossier.invoices.len(), "facture", "factures"),
        count(record.messages.len(), "message", "messages"),
        count(kept, "document gardé", "documents gardés"),
        count(record.imports.len(), "donnée importée", "données importées"),
    );
    let last = last_movement(&dossier, &record, zone)
        .map_or_else(String::new, |day| format!(" Dernier mouvement : {}.", french_date(day)));
    if args.simulation {
        return output::print(&format!("{client} : seraient effacés {what}.{last}\nRien n’a été effacé.\n"));
    }
    if !store.forget(&dossier, now()).await? {
        return Err(refused(client, &Obstacle::Unfinished, project.config.retention));
    }
    output::print(&format!(
        "{client} : effacés {what}.{last}\nLe journal garde la place, le moment et le genre de chaque entrée ; `relance verifier-journal` le vérifie encore.\n\
         Restent à effacer par vous : les fichiers importés, les messages du dossier `envois`, les sauvegardes.\n"
    ))
}

fn refused(client: &str, obstacle: &Obstacle, months: u32) -> Failure {
    let (why, help) = match obstacle {
        Obstacle::Open(numbers) => {
            let named: Vec<String> = numbers.iter().take(NAMED).map(|number| format!("`{number}`")).collect();
            let more = if numbers.len() > NAMED { " …" } else { "" };
            let open = count(numbers.len(), "facture n’est pas soldée", "factures ne sont pas soldées");
            (
                format!("{open} ({}{more})", named.join(", ")),
                "un dossier ouvert se garde ; importez d’abord le règlement ou l’avoir".to_owned(),
            )
        }
        Obstacle::Unfinished => (
            "une donnée importée n’a pas encore été lue, ou un message n’a pas fini de partir".to_owned(),
            "lancez `relance executer`, puis recommencez".to_owned(),
        ),
        Obstacle::Kept { last, until } => (
            format!("son dernier mouvement est du {} : il se garde {}", french_date(*last), duration(months)),
            format!("recommencez à partir du {} ; la durée est `conservation` dans relance.toml", french_date(*until)),
        ),
    };
    Failure::Findings(format!("Le client `{client}` ne peut pas être effacé : {why}.\n  aide : {help}"))
}

fn duration(months: u32) -> String {
    match (months / 12, months % 12) {
        (years, 0) => count(years as usize, "an", "ans"),
        _ => format!("{months} mois"),
    }
}
