//! What became of a letter that was posted.

use crate::day::french_date;
use crate::machine::Channel;
use crate::tracked::{LetterStatus, Proof};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How far a letter got, and what proves it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tracking {
    /// The effect's key.
    pub key: String,
    /// By which way.
    pub channel: Channel,
    /// How far it got; `None`: only a proof is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<LetterStatus>,
    /// The day of that.
    pub on: NaiveDate,
    /// The day on which it was posted, when that was noted for a day before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted: Option<NaiveDate>,
    /// Its tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Whether it is the formal notice of the invoice.
    #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
    pub notice: bool,
    /// Something later is known already: this is noted, and answered by nothing.
    #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
    pub late: bool,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

impl Tracking {
    /// What it says, as a sentence without its end.
    pub fn told(&self) -> String {
        let letter = if self.channel == Channel::RegisteredLetter { "la lettre recommandée" } else { "la lettre" };
        let of = self.posted.map(|day| format!(" du {}", french_date(day))).unwrap_or_default();
        let mut told = match self.status {
            Some(status) => format!("{letter}{of} a été {} le {}", status.told(), french_date(self.on)),
            None if self.proof.is_some() => format!("une preuve est versée pour {letter}{of}"),
            None => format!("le numéro de suivi de {letter}{of} est noté"),
        };
        if self.late {
            told.push_str(", appris après coup");
        }
        // Whoever refuses a formal notice, or does not fetch it, was given notice all the same.
        if self.notice && matches!(self.status, Some(LetterStatus::Refused | LetterStatus::Unclaimed)) {
            told.push_str(" ; la mise en demeure reste valable");
        }
        let number = self.number.as_ref().map(|number| format!("n° {number}"));
        let proof = self.proof.as_ref().map(|proof| format!("preuve « {} »", proof.name));
        let more: Vec<String> = number.into_iter().chain(proof).collect();
        if !more.is_empty() {
            told.push_str(&format!(" ({})", more.join(", ")));
        }
        told
    }
}
