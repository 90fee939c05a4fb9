//! The four kinds of file, and how a file's kind is told: by its name, else by its headings.

use super::columns::{Layout, normal};
use super::headings::{FieldSpec, fields, meanings};
use super::problem::Problem;
use super::table::Table;
use relance_core::schema::fold;
use serde::Serialize;

/// What the rows of a file are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub enum Kind {
    /// Clients, with their contacts.
    #[serde(rename = "clients")]
    Customers,
    /// Invoices and credit notes.
    #[serde(rename = "factures")]
    Invoices,
    /// Payments and reversals.
    #[serde(rename = "reglements")]
    Payments,
    /// Disputes, promises, stops, past reminders …
    #[serde(rename = "evenements")]
    Events,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 4] = [Kind::Customers, Kind::Invoices, Kind::Payments, Kind::Events];

    /// The name of the kind: of its file, and in `relance.toml` (`[import.factures.colonnes]`).
    pub fn name(self) -> &'static str {
        match self {
            Kind::Customers => "clients",
            Kind::Invoices => "factures",
            Kind::Payments => "reglements",
            Kind::Events => "evenements",
        }
    }

    /// The kind whose name this is.
    pub fn find(name: &str) -> Option<Kind> {
        let name = fold(name);
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The columns that a file of the kind may have.
    pub fn fields(self) -> &'static [FieldSpec] {
        fields(self)
    }

    /// The kind that a file's name says: `Règlements 2026-03.csv`.
    pub fn of_name(file: &str) -> Option<Kind> {
        let stem = fold(file.rsplit(['/', '\\']).next().unwrap_or(file));
        let starts = |words: &[&str]| words.iter().any(|word| stem.starts_with(word));
        if starts(&["facture", "invoice"]) {
            Some(Kind::Invoices)
        } else if starts(&["client", "customer"]) {
            Some(Kind::Customers)
        } else if starts(&["reglement", "paiement", "encaissement", "payment"]) {
            Some(Kind::Payments)
        } else if starts(&["evenement", "event"]) {
            Some(Kind::Events)
        } else {
            None
        }
    }

    /// The kind that a table's headings say: the only one whose required columns are all there, or the one among them
    /// that knows the most headings.
    pub fn of_headings(layout: &dyn Fn(Kind) -> Result<Layout, Vec<Problem>>) -> Option<Kind> {
        let mut fitting: Vec<(usize, Kind)> =
            Kind::ALL.into_iter().filter_map(|kind| layout(kind).ok().map(|l| (l.recognised(), kind))).collect();
        fitting.sort();
        match fitting.as_slice() {
            [] => None,
            [.., (second, _), (first, _)] if first == second => None,
            [.., (_, kind)] => Some(*kind),
        }
    }
}

/// The problem of a file whose kind nothing tells.
pub(super) fn unknown_kind(table: &Table<'_>) -> Problem {
    let found: Vec<String> = table.headers.iter().map(|h| format!("« {} »", h.text)).collect();
    let reason =
        format!("ni son nom ni ses titres ne disent ce qu'il contient (titres : {})", super::problem::list(&found, 12));
    Problem::of_file(&table.file, reason)
        .at_line(table.header_line)
        .advise("nommez-le factures.csv, clients.csv, reglements.csv ou evenements.csv")
}

/// Whether some kind of file knows the heading.
pub(super) fn is_known_heading(text: &str) -> bool {
    let wanted = normal(text);
    !wanted.is_empty() && Kind::ALL.iter().any(|kind| meanings(*kind).iter().any(|m| m.normal == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (name, kind) in [
            ("factures.csv", Some(Kind::Invoices)),
            ("Factures_fr 2026.XLSX", Some(Kind::Invoices)),
            ("dossier/Règlements-mars.csv", Some(Kind::Payments)),
            ("re\u{301}glements.csv", Some(Kind::Payments)),
            ("C:\\exports\\Événements.csv", Some(Kind::Events)),
            ("clients.csv", Some(Kind::Customers)),
            ("export.csv", None),
        ] {
            assert_eq!(Kind::of_name(name), kind, "{name}");
        }
    }
}
