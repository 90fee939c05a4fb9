//! What is told of a registered letter after it was posted: how far it got, and what proves it.

use serde::{Deserialize, Serialize};

/// The longest number that is kept: those of La Poste have thirteen characters, names of providers up to forty.
const LONGEST_NUMBER: usize = 60;

/// How far a registered letter got. A refused or unclaimed one was notified all the same: neither is a failure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterStatus {
    /// Shown to the recipient, who was absent: a notice was left.
    #[serde(rename = "presentee")]
    Presented,
    /// Handed over.
    #[serde(rename = "distribuee")]
    Delivered,
    /// The recipient did not want it.
    #[serde(rename = "refusee")]
    Refused,
    /// Nobody came for it.
    #[serde(rename = "non_reclamee")]
    Unclaimed,
}

impl LetterStatus {
    /// Every status.
    pub const ALL: [LetterStatus; 4] =
        [LetterStatus::Presented, LetterStatus::Delivered, LetterStatus::Refused, LetterStatus::Unclaimed];

    /// The word of files and of the journal.
    pub fn word(self) -> &'static str {
        match self {
            LetterStatus::Presented => "presentee",
            LetterStatus::Delivered => "distribuee",
            LetterStatus::Refused => "refusee",
            LetterStatus::Unclaimed => "non_reclamee",
        }
    }

    /// What happened to the letter, as people write it.
    pub fn told(self) -> &'static str {
        match self {
            LetterStatus::Presented => "présentée",
            LetterStatus::Delivered => "distribuée",
            LetterStatus::Refused => "refusée",
            LetterStatus::Unclaimed => "renvoyée non réclamée",
        }
    }

    /// The event that scenarios may answer, as after `quand événement`.
    pub fn event(self) -> &'static str {
        match self {
            LetterStatus::Presented => "recommandé présenté",
            LetterStatus::Delivered => "recommandé distribué",
            LetterStatus::Refused => "recommandé refusé",
            LetterStatus::Unclaimed => "recommandé non réclamé",
        }
    }

    /// Whether nothing more is to come.
    pub fn is_final(self) -> bool {
        self != LetterStatus::Presented
    }
}

/// A file that proves something of a letter. The file itself is kept beside the journal, which says what it must be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What somebody says of a letter.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tracked {
    /// The effect's key; `None` means the letter of this number, or the latest registered one on the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its tracking number, see [`tracking_number`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// How far it got; `None`: only a proof is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<LetterStatus>,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// A tracking number as it is kept and compared: letters and digits, in capitals, however it was copied from a receipt. `None` when
/// nothing of that is in the text, or too much.
pub fn tracking_number(text: &str) -> Option<String> {
    let number: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    (!number.is_empty() && number.len() <= LONGEST_NUMBER).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_however_they_were_copied() {
        assert_eq!(tracking_number(" 1a 123 456 7890 1 ").as_deref(), Some("1A12345678901"));
        assert_eq!(tracking_number("'RK-123.456.789\u{a0}FR").as_deref(), Some("RK123456789FR"));
        for nothing in ["", " ", "—", "é", &"9".repeat(61)] {
            assert_eq!(tracking_number(nothing), None, "{nothing}");
        }
    }
}
