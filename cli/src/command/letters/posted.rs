//! That letters were posted: the list of the printing, read back.

use super::Waiting;
use crate::args::{LettersArgs, When};
use crate::command::import::moment;
use crate::command::settle::words;
use crate::failure::Failure;
use crate::output::letters::{KEY, List, TRACKING};
use crate::output::plain::line;
use crate::output::{GREEN, YELLOW, count};
use crate::project::Project;
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::parse_key;
use relance_core::incoming::{DoneResult, Incoming, What};
use relance_core::said::Said;
use relance_core::schema::fold;
use relance_core::tracked::{Tracked, tracking_number};
use relance_engine::import::table::{self, Cell};
use relance_engine::import::{Problem, load};
use relance_engine::store::{Intake, Store};
use relance_engine::tracking::letter_of;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// The shortest tracking number: La Poste's have thirteen characters.
const FEWEST_CHARACTERS: usize = 8;

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
    let posted: Vec<&Waiting> = waiting.iter().filter(|one| keys.contains_key(&one.entry.cle)).collect();
    let tracking = |key: &str| keys.get(key).and_then(|number| number.as_deref().and_then(number_of));
    let mut incoming: Vec<Incoming> = posted
        .iter()
        .map(|one| Incoming {
            id: one.answer.clone(),
            client: one.client.clone(),
            invoice: Some(one.leader.clone()),
            effective: args.le.unwrap_or_else(|| civil_date(at, zone)),
            known: Some(at),
            said: Said::of(args.par.as_deref(), None),
            what: What::Done {
                key: Some(one.entry.cle.clone()),
                channel: Some(one.channel),
                result: DoneResult::Done,
                tracking: tracking(&one.entry.cle),
            },
        })
        .collect();
    let waits =
        |key: &str| posted.iter().any(|one| one.entry.cle == key) || list.ecartees.iter().any(|left| left.cle == key);
    let (late, numbered) = numbers(store, &keys, waits, (at, zone)).await?;
    incoming.extend(late.iter().cloned());
    if !incoming.is_empty() {
        let report = json!({ "postees": posted.iter().map(|one| &one.entry.cle).collect::<Vec<_>>(), "par": words(args.par.as_deref()) });
        store.take_in(&Intake { incoming: &incoming, payments: false, at, zone, report: &report }).await?;
    }
    let mut out = String::new();
    let noted = count(posted.len(), "lettre notée postée", "lettres notées postées");
    let _ = writeln!(out, "{GREEN}{noted}{GREEN:#} ; la suite reprend à la prochaine exécution.");
    let (mut already, mut gone) = (0, Vec::new());
    for key in keys.keys() {
        if posted.iter().any(|one| one.entry.cle == *key) {
            continue;
        }
        if list.deja_notees.contains(key) || numbered.contains(key) {
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
    for (key, text) in &keys {
        if let Some(text) = text.as_ref().filter(|text| number_of(text).is_none()) {
            let _ = writeln!(
                out,
                "{YELLOW}attention{YELLOW:#} : {} : `{}` n’est pas un numéro de suivi : il n’est pas gardé",
                line(key),
                line(text)
            );
        }
    }
    match late.len() {
        0 => {}
        n => {
            let _ = writeln!(out, "{}.", count(n, "numéro de suivi ajouté", "numéros de suivi ajoutés"));
        }
    }
    Ok(out)
}

/// A number as people copy it from a receipt. What a spreadsheet has rounded (`1,2E+12`) is none.
fn number_of(text: &str) -> Option<String> {
    tracking_number(text).filter(|number| number.len() >= FEWEST_CHARACTERS)
}

/// The numbers, new or mended, of letters that were noted as posted before, and the keys of all of these that have one: people post first,
/// and copy receipts later.
async fn numbers(
    store: &dyn Store,
    keys: &BTreeMap<String, Option<String>>,
    waits: impl Fn(&str) -> bool,
    (at, zone): (Instant, chrono_tz::Tz),
) -> Result<(Vec<Incoming>, BTreeSet<String>), Failure> {
    let (mut incoming, mut numbered) = (Vec::new(), BTreeSet::new());
    for (key, text) in keys {
        let number = text.as_deref().and_then(number_of).filter(|_| !waits(key));
        let Some((number, (invoice, ..))) = number.zip(parse_key(key)) else { continue };
        let letter = letter_of(store, Some(key), None, at).await?;
        let Some(letter) = letter.filter(|letter| letter.key == *key) else { continue };
        numbered.insert(key.clone());
        if letter.number.as_ref() == Some(&number) {
            continue;
        }
        incoming.push(Incoming {
            id: format!("suivi:numero:{number}:{key}"),
            client: letter.client,
            invoice: Some(invoice.to_owned()),
            effective: civil_date(at, zone),
            known: Some(at),
            said: None,
            what: What::Tracked(Tracked { key: Some(key.clone()), number: Some(number), ..Tracked::default() }),
        });
    }
    Ok((incoming, numbered))
}

/// The keys of a list with what its column for numbers has; the rest of it is for people.
fn keys(path: &Path) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let help = || "donnez la liste écrite à côté du PDF, par exemple courriers.csv".to_owned();
    let told = |problem: Problem| Failure::Outside(problem.to_string(), help());
    let files = load(path).map_err(told)?;
    let [(name, bytes)] = files.as_slice() else {
        return Err(Failure::Usage(format!("`{}` n’est pas un fichier", path.display()), help()));
    };
    let decoded = table::decode(name, bytes).map_err(told)?;
    let table = table::read(name, &decoded, &|text: &str| fold(text) == KEY).map_err(told)?;
    let column =
        |name: &str| table.headers.iter().find(|header| fold(&header.text) == name).map(|header| header.column);
    let Some(key) = column(KEY) else {
        return Err(Failure::Usage(format!("`{}` n’a pas de colonne `{KEY}`", path.display()), help()));
    };
    // The apostrophe keeps a spreadsheet from taking a number such as `=1` for a formula.
    let bare = |text: String| text.strip_prefix('\'').map(str::to_owned).unwrap_or(text).trim().to_owned();
    let numbers = column(TRACKING);
    let shown = table.rows.iter().filter_map(|row| {
        let cell = |column: usize| row.cells.get(column).map(Cell::shown).map(bare).filter(|text| !text.is_empty());
        Some((cell(key)?, numbers.and_then(cell)))
    });
    Ok(shown.collect())
}
