//! What statements of account need of an invoice's past: its money by date of effect, and its formal notice.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Money that moved on an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Movement {
    /// Date of effect: for a payment, the day on which the money is the creditor's (Code de commerce, art. L. 441-9).
    pub on: NaiveDate,
    /// What it is.
    pub kind: MovementKind,
    /// Positive, but for a credit note that corrects the invoice upwards.
    pub cents: i64,
}

/// What moves money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// A payment.
    #[serde(rename = "paiement")]
    Payment,
    /// A payment taken back.
    #[serde(rename = "rejet")]
    Reversal,
    /// A credit note; negative, a correction upwards.
    #[serde(rename = "avoir")]
    Credit,
}

/// The first formal notice of an invoice that left and did not come back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FormalNotice {
    /// The effect's key; of one from before Relance, the identity of its record.
    pub key: String,
    /// The day on which it left; none while it waits to be posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
}
