//! The day's letters: for people, for programs, for a spreadsheet.

use super::plain::{cell, line};
use super::{BOLD, CYAN, DIM, YELLOW, count};
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_core::money::{Amount, decimal_comma};
use serde::{Serialize, Serializer};
use std::fmt::Write;
use std::path::Path;

/// The column that names a letter.
pub const KEY: &str = "cle";
/// The column for the tracking number of a registered letter, filled by whoever posts it.
pub const TRACKING: &str = "suivi";

/// All that is told.
#[derive(Serialize, Default)]
pub struct List {
    pub le: NaiveDate,
    pub lettres: Vec<Entry>,
    /// Letters that wait, and are not to be posted.
    pub ecartees: Vec<Left>,
    /// Letters noted as posted, of which the next run takes account.
    pub deja_notees: Vec<String>,
}

/// A letter to post.
#[derive(Serialize, Clone)]
pub struct Entry {
    pub cle: String,
    pub client: String,
    pub nom: String,
    pub factures: Vec<String>,
    pub modele: String,
    pub recommandee: bool,
    /// On paper although a service takes electronic ones: its consumer has not agreed to them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sans_accord: bool,
    #[serde(serialize_with = "amount")]
    pub montant: Amount,
    pub depuis: NaiveDate,
    /// None as long as it is not printed.
    pub pages: Option<usize>,
    pub sans_adresse: bool,
}

/// A letter that is not to be posted.
#[derive(Serialize)]
pub struct Left {
    pub cle: String,
    pub nom: String,
    pub factures: Vec<String>,
    pub raison: String,
}

fn amount<S: Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format!(
        "{}.{:02} {}",
        amount.cents / 100,
        amount.cents.unsigned_abs() % 100,
        amount.currency.code()
    ))
}

fn kind(entry: &Entry) -> &'static str {
    if entry.recommandee { "recommandée" } else { "simple" }
}

/// For people.
pub fn text(list: &List, printed: Option<&Path>) -> String {
    let registered = list.lettres.iter().filter(|entry| entry.recommandee).count();
    let mut out = String::new();
    let all = count(list.lettres.len(), "lettre à poster", "lettres à poster");
    let with = if registered > 0 {
        format!(", dont {}", count(registered, "recommandée", "recommandées"))
    } else {
        String::new()
    };
    let _ = writeln!(out, "{BOLD}{all}{BOLD:#} au {}{with}", french_date(list.le));
    for entry in &list.lettres {
        let pages = entry.pages.map_or_else(String::new, |pages| format!(", {}", count(pages, "page", "pages")));
        let missing =
            if entry.sans_adresse { format!("  {YELLOW}sans adresse postale{YELLOW:#}") } else { String::new() };
        let _ = writeln!(
            out,
            "  {:>14}  {} ({}) : {} {}, {}{pages}{missing}",
            entry.montant.to_string(),
            line(&entry.nom),
            line(&entry.client),
            line(&entry.modele),
            line(&entry.factures.join(", ")),
            kind(entry),
        );
    }
    let unasked = list.lettres.iter().filter(|entry| entry.sans_accord).count();
    if unasked > 0 {
        let told = count(unasked, "recommandée est à poster", "recommandées sont à poster");
        let why = "un particulier n’en reçoit d’électronique qu’avec son accord préalable";
        let _ = writeln!(out, "{DIM}{told} sur papier : {why}.{DIM:#}");
    }
    if !list.ecartees.is_empty() {
        let _ = writeln!(out, "{YELLOW}Pas imprimées{YELLOW:#} ({})", list.ecartees.len());
        for left in &list.ecartees {
            let _ =
                writeln!(out, "  {} ({}) : {}", line(&left.nom), line(&left.factures.join(", ")), line(&left.raison));
        }
    }
    if !list.deja_notees.is_empty() {
        let noted = count(list.deja_notees.len(), "lettre déjà notée postée", "lettres déjà notées postées");
        let _ = writeln!(out, "{DIM}{noted} : la prochaine exécution en tient compte.{DIM:#}");
    }
    match printed.filter(|_| !list.lettres.is_empty()) {
        Some(path) => {
            let beside = path.with_extension("csv");
            let _ = writeln!(out, "Écrit : {} et {}", path.display(), beside.display());
            let _ = writeln!(
                out,
                "  aide : {CYAN}une fois à la poste, relance courriers --postees {}{CYAN:#}",
                beside.display()
            );
        }
        None if !list.lettres.is_empty() => {
            let _ =
                writeln!(out, "  aide : {CYAN}relance courriers --sortie courriers.pdf{CYAN:#} les imprime ensemble");
        }
        None => {}
    }
    out
}

/// The columns of the list.
const HEADINGS: [&str; 10] =
    [KEY, "client", "nom", "factures", "modele", "envoi", "montant", "devise", "pages", TRACKING];

/// Whether a file is such a list, as it was written or as a spreadsheet has saved it.
pub fn is_list(file: &[u8]) -> bool {
    let text = String::from_utf8_lossy(file);
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().replace('"', "");
    first.split([';', ',', '\t']).map(str::trim).eq(HEADINGS)
}

/// For a spreadsheet, and to be read back once they are posted.
pub fn csv(entries: &[Entry]) -> String {
    let mut out = format!("{}\n", HEADINGS.join(";"));
    for entry in entries {
        let cells = [
            cell(&entry.cle),
            cell(&entry.client),
            cell(&entry.nom),
            cell(&entry.factures.join(", ")),
            cell(&entry.modele),
            kind(entry).to_owned(),
            decimal_comma(entry.montant.cents).replace('\u{202f}', ""),
            entry.montant.currency.code().to_owned(),
            entry.pages.map_or_else(String::new, |pages| pages.to_string()),
            String::new(),
        ];
        out.push_str(&cells.join(";"));
        out.push('\n');
    }
    out
}
