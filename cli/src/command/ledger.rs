//! `verifier-journal`: whether the journal is as it was written.

use crate::args::{Format, LedgerArgs};
use crate::failure::{Failure, unknown};
use crate::output::{self, BOLD, count};
use crate::project;
use relance_engine::store::{Finding, Store};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// How many clients are read together.
pub const CLIENTS: usize = 500;
/// How many findings of one client are told; programs get all of them.
const TOLD: usize = 10;

/// Walks the chain of every client's journal.
pub async fn run(dir: &Path, base: Option<&str>, args: &LedgerArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let clients = clients(&*store, args.client.as_deref()).await?;
    let (mut entries, mut erased, mut touched) = (0, 0, 0);
    let (mut text, mut findings) = (String::new(), Vec::new());
    for chunk in clients.chunks(CLIENTS) {
        for (ledger, _) in store.ledgers(chunk).await? {
            entries += ledger.rows.len();
            erased += ledger.erased();
            let found = ledger.verify();
            if found.is_empty() {
                continue;
            }
            touched += 1;
            let held = count(ledger.rows.len(), "entrée", "entrées");
            let _ = writeln!(text, "{BOLD}{}{BOLD:#} ({held})", ledger.client);
            for finding in found.iter().take(TOLD) {
                let _ = writeln!(text, "  {}", sentence(finding));
            }
            if let Some(more) = found.len().checked_sub(TOLD).filter(|more| *more > 0) {
                let more = count(more, "autre constat", "autres constats");
                let _ = writeln!(
                    text,
                    "  … et {more} (`relance verifier-journal --client {} --format json`)",
                    ledger.client
                );
            }
            findings.extend(found.iter().map(|finding| item(&ledger.client, finding)));
        }
    }
    let (of, lines) = (count(clients.len(), "client", "clients"), count(entries, "entrée", "entrées"));
    let mut read = format!("{of}, {lines}");
    if erased > 0 {
        let _ = write!(read, ", dont {}", count(erased, "effacée", "effacées"));
    }
    match args.printed.format {
        Format::Texte if touched == 0 => output::print(&format!("{read} : le journal est entier.\n"))?,
        Format::Texte => output::print(&text)?,
        _ => output::json(&json!({
            "clients": clients.len(), "entrees": entries, "effacees": erased, "clients_touches": touched,
            "constats": findings,
        }))?,
    }
    if touched == 0 {
        return Ok(());
    }
    let told = count(touched, "client dont le journal a été touché", "clients dont le journal a été touché");
    Err(Failure::Findings(format!(
        "{told} ({read}).\n  aide : arrêtez les exécutions, gardez une copie de la base, et comparez-la à une sauvegarde plus ancienne"
    )))
}

/// The clients to look at: one that is known, or all.
pub async fn clients(store: &dyn Store, wanted: Option<&str>) -> Result<Vec<String>, Failure> {
    let mut all = store.recorded_clients().await?;
    if let Some(wanted) = wanted {
        all.retain(|client| client == wanted);
        if all.is_empty() {
            return Err(unknown("client", wanted));
        }
    }
    Ok(all)
}

/// « position 3 : entrée supprimée » or « positions 3 à 5 : entrées supprimées ».
fn span(from: i64, to: i64, what: &str) -> String {
    if from == to {
        format!("position {from} : entrée {what}")
    } else {
        format!("positions {from} à {to} : entrées {what}s")
    }
}

pub(super) fn sentence(finding: &Finding) -> String {
    match finding {
        Finding::Altered(at) => format!("position {at} : l’entrée a été modifiée"),
        Finding::Missing(from, to) => span(*from, *to, "supprimée"),
        Finding::CutOff(from, to) => format!("{} à la fin", span(*from, *to, "supprimée")),
        Finding::Added(from, to) => format!("{} après la fin", span(*from, *to, "ajoutée")),
        Finding::Misplaced(at, place) => format!("position {at} : l’entrée devrait être à la position {place}"),
        Finding::Doubled(at, first) => format!("position {at} : l’entrée répète celle de la position {first}"),
        Finding::Unlinked(at) => {
            format!(
                "position {at} : la chaîne ne relie pas cette entrée à la précédente ; l’une des deux a été remplacée"
            )
        }
        Finding::OtherEnd(at) => format!("position {at} : ce n’est pas la fin que le dossier a notée"),
        Finding::NoSeal => "le sceau du dossier manque : rien ne peut être vérifié".to_owned(),
    }
}

fn item(client: &str, finding: &Finding) -> Value {
    let (what, from, to, place) = match finding {
        Finding::Altered(at) => ("modifiee", Some(at), None, None),
        Finding::Missing(from, to) => ("supprimee", Some(from), Some(to), None),
        Finding::CutOff(from, to) => ("fin_supprimee", Some(from), Some(to), None),
        Finding::Added(from, to) => ("ajoutee", Some(from), Some(to), None),
        Finding::Misplaced(at, place) => ("deplacee", Some(at), None, Some(place)),
        Finding::Doubled(at, first) => ("repetee", Some(at), None, Some(first)),
        Finding::Unlinked(at) => ("non_reliee", Some(at), None, None),
        Finding::OtherEnd(at) => ("autre_fin", Some(at), None, None),
        Finding::NoSeal => ("sceau_absent", None, None, None),
    };
    json!({
        "client": client, "constat": what, "position": from, "jusqu_a": to, "place": place, "message": sentence(finding),
    })
}
