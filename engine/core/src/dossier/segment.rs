//! In which segment a client is, for each of its invoices.

use super::{Dossier, InvoiceFile};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A segment that a person has chosen for the client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChosenSegment {
    /// The segment.
    pub segment: String,
    /// Since when.
    pub on: NaiveDate,
    /// Who chose it, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl Dossier {
    /// The segment of an invoice's client: what a person has chosen, else what a rule of the project says, else what the data say. `aucun` when
    /// nothing says any.
    pub fn segment<'d>(&'d self, file: &'d InvoiceFile) -> &'d str {
        let chosen = self.chosen_segment.as_ref().map(|chosen| chosen.segment.as_str());
        chosen.or(file.segment.as_deref()).or(self.customer.segment.as_deref()).unwrap_or("aucun")
    }
}
