//! That letters were posted: the list of the printing, read back.

use super::Waiting;
use crate::args::{LettersArgs, When};
use crate::command::import::moment;
use crate::command::settle::words;
use crate::failure::Failure;
use crate::output::letters::{KEY, List};
use crate::output::{GREEN, YELLOW, count};
use crate::project::Project;
use relance_core::day::civil_date;
use relance_core::incoming::{DoneResult, Incoming, Told, What};
use relance_core::schema::fold;
use relance_engine::import::table::{self, Cell};
use relance_engine::import::{Problem, load};
use relance_engine::store::{Intake, Store};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Notes what was posted. A letter that no longer waits, or whose reason has gone, is told and not noted.
pub async fn note(
    project: &Project,
    store: &dyn Store,
    path: &Path,
    waiting: &[Waiting],
    list: &List,
    args: &LettersArgs,
) -> Result<String, Failure> {
    let keys = keys(path)?;
    let zone = project.config.creditor.zone;
    // As if at another day: what is noted then is known then.
    let elsewhen = args.le.filter(|day| *day != civil_date(moment(None, zone), zone));
    let at = moment(elsewhen.map(When::Day), zone);
    let posted: Vec<&Waiting> = waiting.iter().filter(|one| keys.contains(&one.entry.cle)).collect();
    let told = Some(Told { by: words(args.par.as_deref()), note: None, tracking: None })
        .filter(|told| *told != Told::default());
    let incoming: Vec<Incoming> = posted
        .iter()
        .map(|one| Incoming {
            id: one.answer.clone(),
            client: one.client.clone(),
            invoice: Some(one.leader.clone()),
            effective: args.le.unwrap_or_else(|| civil_date(at, zone)),
            known: Some(at),
            what: What::Done {
                key: Some(one.entry.cle.clone()),
                channel: Some(one.channel),
                result: DoneResult::Done,
                told: told.clone(),
            },
        })
        .collect();
    if !incoming.is_empty() {
        let report = json!({ "postees": posted.iter().map(|one| &one.entry.cle).collect::<Vec<_>>(), "par": words(args.par.as_deref()) });
        store.take_in(&Intake { incoming: &incoming, payments: false, at, zone, report: &report }).await?;
    }
    let mut out = String::new();
    let noted = count(posted.len(), "lettre notée postée", "lettres notées postées");
    let _ = writeln!(out, "{GREEN}{noted}{GREEN:#} ; la suite reprend à la prochaine exécution.");
    let (mut already, mut gone) = (0, Vec::new());
    for key in &keys {
        if posted.iter().any(|one| one.entry.cle == *key) {
            continue;
        }
        if list.deja_notees.contains(key) {
            already += 1;
        } else if let Some(left) = list.ecartees.iter().find(|left| left.cle == *key) {
            gone.push(format!("{} ({}) : {}", left.nom, left.factures.join(", "), left.raison));
        } else {
            gone.push(format!("{key} : cette lettre n’attend plus, déjà postée ou retirée"));
        }
    }
    if already > 0 {
        let _ = writeln!(out, "{} : rien de plus.", count(already, "lettre déjà notée", "lettres déjà notées"));
    }
    if !gone.is_empty() {
        let _ = writeln!(out, "{YELLOW}Pas notées{YELLOW:#} :");
        for line in gone {
            let _ = writeln!(out, "  {line}");
        }
        out.push_str("  aide : une lettre partie quand même se note par un événement `courrier` ou `lettre_recommandee` (evenements.csv)\n");
    }
    Ok(out)
}

/// The keys of a list; the rest of it is for people.
fn keys(path: &Path) -> Result<BTreeSet<String>, Failure> {
    let help = || "donnez la liste écrite à côté du PDF, par exemple courriers.csv".to_owned();
    let told = |problem: Problem| Failure::Outside(problem.to_string(), help());
    let files = load(path).map_err(told)?;
    let [(name, bytes)] = files.as_slice() else {
        return Err(Failure::Usage(format!("`{}` n’est pas un fichier", path.display()), help()));
    };
    let decoded = table::decode(name, bytes).map_err(told)?;
    let table = table::read(name, &decoded, &|text: &str| fold(text) == KEY).map_err(told)?;
    let Some(column) = table.headers.iter().find(|header| fold(&header.text) == KEY).map(|header| header.column) else {
        return Err(Failure::Usage(format!("`{}` n’a pas de colonne `{KEY}`", path.display()), help()));
    };
    let shown = table.rows.iter().filter_map(|row| row.cells.get(column).map(Cell::shown));
    // The apostrophe keeps a spreadsheet from taking a number such as `=1` for a formula.
    Ok(shown.map(|key| key.strip_prefix('\'').unwrap_or(&key).to_owned()).filter(|key| !key.is_empty()).collect())
}
