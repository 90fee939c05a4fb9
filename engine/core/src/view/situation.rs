//! Where an invoice stands, in one word.

use crate::dossier::{Dossier, InvoiceFile};
use crate::step::{is_frozen, suspension};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Where an invoice stands. Of several that are true, the first one here is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// Nothing is left to pay.
    #[serde(rename = "soldee")]
    Settled,
    /// A script is broken on it.
    #[serde(rename = "anomalie")]
    Broken,
    /// A person stopped its reminders, or its client's.
    #[serde(rename = "arretee")]
    Stopped,
    /// A debt from before the judgment that opened insolvency proceedings.
    #[serde(rename = "collective")]
    Insolvency,
    /// All or part of it is disputed.
    #[serde(rename = "litige")]
    Disputed,
    /// A promise runs.
    #[serde(rename = "promesse")]
    Promised,
    /// A payment is announced.
    #[serde(rename = "annoncee")]
    Announced,
    /// Something else holds it: a reply, a reopening, a moved due date, a rule.
    #[serde(rename = "suspendue")]
    Held,
    /// No scenario takes it.
    #[serde(rename = "sans_scenario")]
    Unassigned,
    /// It runs.
    #[serde(rename = "ouverte")]
    Open,
}

impl Situation {
    /// Every one, in the order in which they are told.
    pub const ALL: [Situation; 10] = [
        Situation::Settled,
        Situation::Broken,
        Situation::Stopped,
        Situation::Insolvency,
        Situation::Disputed,
        Situation::Promised,
        Situation::Announced,
        Situation::Held,
        Situation::Unassigned,
        Situation::Open,
    ];

    /// Of an invoice, as of a day.
    pub fn of(dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> Situation {
        if !file.is_open() {
            Situation::Settled
        } else if file.broken.is_some() {
            Situation::Broken
        } else if file.stopped.is_some() || dossier.stopped.is_some() {
            Situation::Stopped
        } else if is_frozen(dossier, file) {
            Situation::Insolvency
        } else if !file.disputes.is_empty() {
            Situation::Disputed
        } else if file.promise.is_some() {
            Situation::Promised
        } else if file.announced.as_ref().is_some_and(|announced| today <= announced.until) {
            Situation::Announced
        } else if suspension(dossier, number, file, today).is_some() {
            Situation::Held
        } else if file.scenario.is_none() {
            Situation::Unassigned
        } else {
            Situation::Open
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Situation::Settled => "soldée",
            Situation::Broken => "anomalie",
            Situation::Stopped => "arrêtée",
            Situation::Insolvency => "procédure collective",
            Situation::Disputed => "en litige",
            Situation::Promised => "promise",
            Situation::Announced => "paiement annoncé",
            Situation::Held => "suspendue",
            Situation::Unassigned => "sans scénario",
            Situation::Open => "en cours",
        }
    }

    /// The word in the base.
    pub fn word(self) -> &'static str {
        match self {
            Situation::Settled => "soldee",
            Situation::Broken => "anomalie",
            Situation::Stopped => "arretee",
            Situation::Insolvency => "collective",
            Situation::Disputed => "litige",
            Situation::Promised => "promesse",
            Situation::Announced => "annoncee",
            Situation::Held => "suspendue",
            Situation::Unassigned => "sans_scenario",
            Situation::Open => "ouverte",
        }
    }

    /// The situation of a word in the base.
    pub fn read(word: &str) -> Option<Situation> {
        Situation::ALL.into_iter().find(|situation| situation.word() == word)
    }
}
