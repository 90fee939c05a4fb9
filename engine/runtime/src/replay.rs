//! The journal against the state: every file is made anew from its journal and compared with the one that the base keeps. The fold is
//! [`Dossier::apply`], as everywhere.

use crate::store::{Ledger, States, StoreError, read, write};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use serde_json::Value;

/// How a client's file came out.
#[derive(Clone, PartialEq, Debug)]
pub enum Replay {
    /// As it is kept.
    Same,
    /// Otherwise.
    Different(Difference),
    /// Its journal is erased: there is nothing to make it from.
    Erased,
}

/// The first place where a file is not what its journal leads to.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Difference {
    /// The invoice; none: the client's own data.
    #[serde(rename = "facture")]
    pub invoice: Option<String>,
    /// The field, with those that it lies in; empty: all of it.
    #[serde(rename = "champ")]
    pub field: String,
    /// What the base keeps; none: nothing.
    #[serde(rename = "garde")]
    pub stored: Option<Value>,
    /// What the journal leads to; none: nothing.
    #[serde(rename = "rejoue")]
    pub replayed: Option<Value>,
}

/// Makes a client's file anew and compares it, byte for byte.
pub fn replay(ledger: &Ledger, states: &States, zone: chrono_tz::Tz) -> Result<Replay, StoreError> {
    if ledger.rows.iter().any(|row| row.text.is_none()) {
        return Ok(Replay::Erased);
    }
    let entries: Vec<Entry> = ledger
        .rows
        .iter()
        .filter_map(|row| row.text.as_deref())
        .map(|text| read("journal", text))
        .collect::<Result<_, _>>()?;
    let dossier = Dossier::replay(&ledger.client, &entries, zone);
    // A file that was never worked on is not kept.
    let own = if entries.is_empty() { None } else { Some(write("dossier", &dossier)?) };
    if let Some(found) = difference(None, states.dossier.as_deref(), own.as_deref()) {
        return Ok(Replay::Different(found));
    }
    for number in states.invoices.keys().chain(dossier.invoices.keys()) {
        let replayed = dossier.invoices.get(number);
        let text = replayed.map(|file| write("facture", file)).transpose()?;
        let kept = states.invoices.get(number);
        if let Some(found) = difference(Some(number), kept.map(|(_, text)| text.as_str()), text.as_deref()) {
            return Ok(Replay::Different(found));
        }
        let active = (kept.map(|(active, _)| *active), replayed.map(|file| file.is_active()));
        if active.0 != active.1 {
            return Ok(Replay::Different(Difference {
                invoice: Some(number.clone()),
                field: "active".to_owned(),
                stored: active.0.map(Value::Bool),
                replayed: active.1.map(Value::Bool),
            }));
        }
    }
    Ok(Replay::Same)
}

fn difference(invoice: Option<&String>, stored: Option<&str>, replayed: Option<&str>) -> Option<Difference> {
    if stored == replayed {
        return None;
    }
    // What is no JSON is shown as it is.
    let value = |text: Option<&str>| {
        text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
    };
    let (stored, replayed): (Option<Value>, Option<Value>) = (value(stored), value(replayed));
    let (field, stored, replayed) = first(String::new(), stored.as_ref(), replayed.as_ref());
    Some(Difference { invoice: invoice.cloned(), field, stored: stored.cloned(), replayed: replayed.cloned() })
}

type Pair<'v> = (String, Option<&'v Value>, Option<&'v Value>);

/// The innermost first place at which two values differ.
fn first<'v>(path: String, stored: Option<&'v Value>, replayed: Option<&'v Value>) -> Pair<'v> {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let found = match (stored, replayed) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let names = a.keys().chain(b.keys());
            names.map(|name| (inside(name), a.get(name), b.get(name))).find(|(_, a, b)| a != b)
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            let places = 0..a.len().max(b.len());
            places.map(|i| (inside(&(i + 1).to_string()), a.get(i), b.get(i))).find(|(_, a, b)| a != b)
        }
        _ => None,
    };
    match found {
        Some((path, a, b)) => first(path, a, b),
        None => (path, stored, replayed),
    }
}
