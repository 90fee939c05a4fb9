//! What `alerter` tells a person: which client, which invoice, how much, and why.

use crate::channel::header_text;
use chrono_tz::Tz;
use relance_core::day::{Instant, civil_date, french_date};
use relance_core::dossier::Dossier;
use relance_core::journal::Line;
use relance_core::money::Amount;
use serde::{Deserialize, Serialize};

/// A longer name would hide the rest.
const LONGEST: usize = 200;

/// An alert in words, the same by every way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alert {
    /// On one line.
    #[serde(rename = "sujet")]
    pub subject: String,
    /// The rest, line by line.
    #[serde(rename = "lignes")]
    pub lines: Vec<String>,
}

impl Alert {
    /// For `target`, of a line of the journal of this client's file; `text` is what the engine says when the rule alone would not.
    pub fn new(target: &str, text: Option<&str>, line: &Line, at: Instant, dossier: &Dossier, zone: Tz) -> Alert {
        let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
        let (name, code) = (plain(name), plain(&dossier.client));
        let today = civil_date(at, zone);
        let known = line.facture.as_ref().and_then(|number| Some((plain(number), dossier.invoices.get(number)?)));
        let about = known.as_ref().map(|(number, _)| format!(", facture {number}")).unwrap_or_default();
        let mut lines: Vec<String> = text.map(plain).into_iter().collect();
        lines.push(format!("Client : {name} ({code})"));
        if let Some((number, file)) = &known {
            let data = &file.invoice;
            let late = (today - data.due).num_days();
            let when = match late {
                1 => "échue hier".to_owned(),
                2.. => format!("échue le {}, {late} jours de retard", french_date(data.due)),
                _ => format!("à échéance du {}", french_date(data.due)),
            };
            lines.push(format!("Facture : {number} du {}, {when}", french_date(data.issued)));
            lines.push(format!("Reste dû : {} sur {}", Amount::new(file.balance, data.currency()), data.amount));
        }
        lines.push(format!("Pourquoi : {}", why(line)));
        lines.push(format!("Alerte pour {}, le {}", plain(target), french_date(today)));
        if let Some((number, _)) = &known {
            lines.push(format!("Tout le détail : relance expliquer {number}"));
        }
        Alert { subject: format!("Alerte : {name}{about}"), lines }
    }

    /// All of it, as plain text.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

/// The rule, as the file shows it.
fn why(line: &Line) -> String {
    let Some(scenario) = &line.scenario else { return "suite d’un événement du dossier".to_owned() };
    let rung = line.palier.as_ref().map(|rung| format!(", palier {rung}")).unwrap_or_default();
    match &line.regle {
        Some(place) => format!("scénario {}{rung} ({}, ligne {})", plain(scenario), plain(&place.fichier), place.ligne),
        None => format!("scénario {}{rung}", plain(scenario)),
    }
}

/// Other people's words, on one line, with nothing that moves the text around it.
fn plain(text: &str) -> String {
    header_text(text, LONGEST)
}
