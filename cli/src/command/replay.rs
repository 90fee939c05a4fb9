//! `rejouer`: whether every file is what its journal leads to.

use super::ledger::{CLIENTS, clients};
use crate::args::{Format, LedgerArgs};
use crate::failure::Failure;
use crate::output::{self, BOLD, count};
use crate::project;
use relance_engine::replay::{Difference, Replay, replay};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// How much of a value is shown.
const SHOWN: usize = 80;

/// Makes every file anew and compares it.
pub async fn run(dir: &Path, base: Option<&str>, args: &LedgerArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let clients = clients(&*store, args.client.as_deref()).await?;
    let (mut same, mut erased, mut entries) = (0, Vec::new(), 0);
    let (mut text, mut different) = (String::new(), Vec::new());
    for chunk in clients.chunks(CLIENTS) {
        for (ledger, states) in store.ledgers(chunk).await? {
            entries += ledger.rows.len();
            match replay(&ledger, &states, project.config.creditor.zone)? {
                Replay::Same => same += 1,
                Replay::Erased => erased.push(ledger.client),
                Replay::Different(difference) => {
                    let _ = writeln!(text, "{BOLD}{}{BOLD:#}{}", ledger.client, sentence(&difference));
                    different.push(json!({ "client": ledger.client, "difference": difference }));
                }
            }
        }
    }
    let mut told = format!(
        "{}, {} : {}",
        count(clients.len(), "client", "clients"),
        count(entries, "entrée rejouée", "entrées rejouées"),
        count(same, "dossier identique", "dossiers identiques")
    );
    if !erased.is_empty() {
        let _ = write!(
            told,
            ", {}",
            count(erased.len(), "effacé, qui ne se rejoue pas", "effacés, qui ne se rejouent pas")
        );
    }
    match args.printed.format {
        Format::Texte if different.is_empty() => output::print(&format!("{told}.\n"))?,
        Format::Texte => output::print(&text)?,
        _ => output::json(&json!({
            "clients": clients.len(), "entrees": entries, "identiques": same, "effaces": erased, "differents": different,
        }))?,
    }
    if different.is_empty() {
        return Ok(());
    }
    let wrong = count(different.len(), "dossier ne correspond pas", "dossiers ne correspondent pas");
    Err(Failure::Findings(format!(
        "{wrong} au journal ({told}).\n  aide : `relance verifier-journal` dit si le journal est entier ; s’il l’est, c’est le dossier qui a été modifié"
    )))
}

fn sentence(difference: &Difference) -> String {
    let whose = difference.invoice.as_ref().map_or(String::new(), |number| format!(", facture {number}"));
    let field = if difference.field.is_empty() { String::new() } else { format!(", champ `{}`", difference.field) };
    format!(
        "{whose}{field} : la base garde {}, le journal donne {}",
        shown(&difference.stored),
        shown(&difference.replayed)
    )
}

fn shown(value: &Option<Value>) -> String {
    let Some(value) = value else { return "rien".to_owned() };
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(SHOWN).collect::<String>())
}
