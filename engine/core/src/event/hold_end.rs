//! What the end of a hold moves.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// From when the hold no longer held, and the clocks that it prolongs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoldEnd {
    /// The day from which it no longer held; waits are prolonged by what of them lay inside.
    pub from: NaiveDate,
    /// Day 0 of the clock of the state for what counts working days, later by those that lay inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_clock: Option<NaiveDate>,
    /// The runs that wait working days, each with the day on which its stage begins now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<(u32, NaiveDate)>,
}
