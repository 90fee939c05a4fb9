//! A simulation kept as a file, to compare later ones with: the public journal, one JSON object a line, under a line that says of what.

use relance_core::day::french_date;
use relance_core::journal::Line;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Version of the file's form.
pub const FORM: u32 = 1;
/// So many invoices are shown.
const INVOICES: usize = 20;
/// So many changes of one invoice are shown.
const CHANGES: usize = 6;
/// What depends on the text of the scenarios alone, and is not compared.
const OF_THE_TEXT: [&str; 3] = ["version", "regle", "cle"];
/// What a person sees; the rest of the journal says how it came about.
const SEEN: [&str; 6] = ["envoi", "tache", "alerte", "note", "transmission", "etape"];

/// The first line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// [`FORM`].
    pub instantane: u32,
    /// The first day.
    pub du: chrono::NaiveDate,
    /// The last day.
    pub au: chrono::NaiveDate,
    /// What people do.
    pub personnes: String,
    /// The hashes of the scenarios, by name.
    pub scenarios: BTreeMap<String, String>,
}

/// A simulation as it is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// What it is of.
    pub header: Header,
    /// The lines of the journal.
    pub lines: Vec<Map<String, Value>>,
}

impl Snapshot {
    /// A simulation.
    pub fn of(header: Header, lines: &[Line]) -> Snapshot {
        let object = |line: &Line| match serde_json::to_value(line) {
            Ok(Value::Object(object)) => object,
            _ => Map::new(),
        };
        Snapshot { header, lines: lines.iter().map(object).collect() }
    }

    /// The file. `lines` are those that it was made of: their fields keep their order.
    pub fn text(header: &Header, lines: &[Line]) -> String {
        let mut text = serde_json::to_string(header).unwrap_or_default() + "\n";
        for line in lines {
            text.push_str(&serde_json::to_string(line).unwrap_or_default());
            text.push('\n');
        }
        text
    }

    /// Reads a file; the number of the line that is wrong, from 1.
    pub fn parse(text: &str) -> Result<Snapshot, usize> {
        let mut lines = text.lines().enumerate();
        let first = lines.next().and_then(|(_, line)| serde_json::from_str::<Header>(line).ok());
        let header = first.filter(|header| header.instantane == FORM).ok_or(1usize)?;
        let lines = lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(n, line)| serde_json::from_str(line).map_err(|_| n + 1))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Snapshot { header, lines })
    }
}

/// What changed, for each invoice by its number (or client by its code).
pub type Changes = BTreeMap<String, Change>;

/// What changed for one invoice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// As a person reads it, by day.
    pub told: Vec<String>,
    /// Lines of the journal that only say how it came about.
    pub others: usize,
}

/// Compares two simulations.
pub fn compare(before: &Snapshot, after: &Snapshot) -> Changes {
    let mut changes = Changes::new();
    let (old, new) = (by_invoice(before), by_invoice(after));
    let mut all: Vec<&String> = old.keys().chain(new.keys()).collect();
    all.sort();
    all.dedup();
    for number in all {
        let none = Vec::new();
        let (lost, gained) = difference(old.get(number).unwrap_or(&none), new.get(number).unwrap_or(&none));
        let change = change(lost, gained);
        if change != Change::default() {
            changes.insert(number.clone(), change);
        }
    }
    changes
}

type Entry = Map<String, Value>;

fn by_invoice(snapshot: &Snapshot) -> BTreeMap<String, Vec<Entry>> {
    let mut found: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for line in &snapshot.lines {
        let mut line = line.clone();
        line.retain(|name, _| !OF_THE_TEXT.contains(&name.as_str()));
        let invoice = word(&line, "facture").map(str::to_owned);
        let about = invoice.unwrap_or_else(|| format!("client {}", word(&line, "client").unwrap_or_default()));
        found.entry(about).or_default().push(line);
    }
    found
}

fn word<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    entry.get(name)?.as_str()
}

/// What only one of them holds, as multisets.
fn difference(old: &[Entry], new: &[Entry]) -> (Vec<Entry>, Vec<Entry>) {
    let mut gained: Vec<Entry> = new.to_vec();
    let mut lost = Vec::new();
    for entry in old {
        match gained.iter().position(|other| other == entry) {
            Some(at) => drop(gained.remove(at)),
            None => lost.push(entry.clone()),
        }
    }
    (lost, gained)
}

fn change(lost: Vec<Entry>, mut gained: Vec<Entry>) -> Change {
    let mut told: Vec<(String, String)> = Vec::new();
    let mut others = 0;
    let seen = |entry: &Entry| word(entry, "evenement").is_some_and(|name| SEEN.contains(&name));
    for entry in lost {
        if !seen(&entry) {
            others += 1;
            continue;
        }
        let (from, what) = (moment(&entry), what(&entry));
        match gained.iter().position(|other| self::what(other) == what) {
            Some(at) => {
                let to = moment(&gained.remove(at));
                // Only what surrounds it differs: the rung, the state.
                let line = if from == to {
                    format!("~ {what} : toujours le {to}, par un autre palier ou une autre étape")
                } else {
                    format!("~ {what} : du {from} au {to}")
                };
                told.push((from, line));
            }
            None => told.push((from.clone(), format!("- {what} : plus rien le {from}"))),
        }
    }
    for entry in gained {
        if seen(&entry) {
            let at = moment(&entry);
            told.push((at.clone(), format!("+ {} : le {at}", what(&entry))));
        } else {
            others += 1;
        }
    }
    Change { told: told.into_iter().map(|(_, line)| line).collect(), others }
}

/// What a line says was done, whenever it was.
fn what(entry: &Entry) -> String {
    let text = |name| word(entry, name).unwrap_or_default();
    match text("evenement") {
        "envoi" => format!("{} {}", text("canal"), text("modele")).trim().to_owned(),
        "tache" => format!("tâche « {} »", text("detail")),
        "alerte" => format!("alerter « {} »", text("pour")),
        "transmission" => format!("transmettre « {} »", text("pour")),
        "etape" => format!("aller à {}", text("etape")),
        other => format!("{other} « {} »", text("detail")),
    }
}

/// When, in French: `18/03/2026 à 09h00`.
fn moment(entry: &Entry) -> String {
    let at = word(entry, "le").unwrap_or_default();
    match chrono::DateTime::parse_from_rfc3339(at) {
        Ok(at) => format!("{} à {}", french_date(at.date_naive()), at.format("%Hh%M")),
        Err(_) => at.to_owned(),
    }
}

/// The changes for a person.
pub fn told(changes: &Changes) -> String {
    let mut text = String::new();
    for (number, change) in changes.iter().take(INVOICES) {
        text.push_str(&format!("  {number}\n"));
        for line in change.told.iter().take(CHANGES) {
            text.push_str(&format!("    {line}\n"));
        }
        let hidden = change.told.len().saturating_sub(CHANGES);
        if hidden > 0 {
            text.push_str(&format!("    … et {hidden} autre{}\n", if hidden > 1 { "s" } else { "" }));
        }
        if change.told.is_empty() {
            let s = if change.others > 1 { "s" } else { "" };
            text.push_str(&format!(
                "    rien de visible ; {} ligne{s} du journal diffère{}\n",
                change.others,
                if change.others > 1 { "nt" } else { "" }
            ));
        }
    }
    let hidden = changes.len().saturating_sub(INVOICES);
    if hidden > 0 {
        text.push_str(&format!("  … et {hidden} autre{} facture{0}\n", if hidden > 1 { "s" } else { "" }));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(lines: &[&str]) -> Snapshot {
        let header = r#"{"instantane":1,"du":"2026-03-01","au":"2026-03-31","personnes":"presentes","scenarios":{"essai":"abc"}}"#;
        let text = std::iter::once(header).chain(lines.iter().copied()).collect::<Vec<_>>().join("\n");
        Snapshot::parse(&text).ok().unwrap_or_else(|| Snapshot {
            header: Header {
                instantane: 0,
                du: chrono::NaiveDate::MIN,
                au: chrono::NaiveDate::MIN,
                personnes: String::new(),
                scenarios: BTreeMap::new(),
            },
            lines: Vec::new(),
        })
    }

    const SENT: &str = r#"{"le":"2026-03-18T09:00:00+01:00","client":"C1","facture":"F1","evenement":"envoi","canal":"email","modele":"ferme","version":"aaa","regle":{"fichier":"a.relance","ligne":3},"cle":"F1#1.1.1.0"}"#;
    const TASK: &str =
        r#"{"le":"2026-03-19T00:00:00+01:00","client":"C1","facture":"F1","evenement":"tache","detail":"Rappeler"}"#;
    const RUNG: &str =
        r#"{"le":"2026-03-18T00:00:00+01:00","client":"C1","facture":"F2","evenement":"palier","palier":"J+15"}"#;

    #[test]
    fn the_text_of_the_scenarios_alone_changes_nothing() {
        let other = SENT.replace("aaa", "bbb").replace("\"ligne\":3", "\"ligne\":9").replace("F1#1", "F1#2");
        assert_eq!(compare(&snapshot(&[SENT, TASK]), &snapshot(&[&other, TASK])), Changes::new());
        assert_eq!(snapshot(&[SENT]).lines.len(), 1);
    }

    #[test]
    fn what_is_gained_lost_and_moved() {
        let moved = SENT.replace("18T09", "20T09");
        let changes = compare(&snapshot(&[SENT, TASK, RUNG]), &snapshot(&[&moved, &SENT.replace("ferme", "courtois")]));
        assert_eq!(
            told(&changes),
            "  F1\n    ~ email ferme : du 18/03/2026 à 09h00 au 20/03/2026 à 09h00\n    - tâche « Rappeler » : plus rien le 19/03/2026 à 00h00\n    + email courtois : le 18/03/2026 à 09h00\n  F2\n    rien de visible ; 1 ligne du journal diffère\n"
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        let header = r#"{"instantane":1,"du":"2026-03-01","au":"2026-03-31","personnes":"presentes","scenarios":{}}"#;
        assert_eq!(Snapshot::parse("").err(), Some(1));
        assert_eq!(Snapshot::parse(SENT).err(), Some(1));
        assert_eq!(Snapshot::parse(&header.replace(":1,", ":2,")).err(), Some(1));
        assert_eq!(Snapshot::parse(&format!("{header}\n{SENT}\nnon\n")).err(), Some(3));
    }
}
