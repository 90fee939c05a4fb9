//! What the company has given up on an invoice besides its principal.

use crate::event::Waiving;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Since when penalties, and the recovery fee, are given up.
///
/// From that day on, whatever of them has accrued by then and is not paid is no longer claimed, and no more of them accrues: no message,
/// statement or litigation file asks for it. What was paid of them stays paid. A statement for an earlier day is as it was. Taken back,
/// a waiver never was: everything is claimed again, also for the days in between.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Waivers {
    /// Penalties, or the legal interest.
    #[serde(default, rename = "penalites", skip_serializing_if = "Option::is_none")]
    pub penalties: Option<NaiveDate>,
    /// The recovery fee.
    #[serde(default, rename = "indemnite", skip_serializing_if = "Option::is_none")]
    pub fee: Option<NaiveDate>,
}

impl Waivers {
    /// Whether nothing is given up.
    pub fn is_none(&self) -> bool {
        *self == Waivers::default()
    }

    /// Notes what is given up, or claimed again. What was given up before stays so since then.
    pub(crate) fn note(&mut self, Waiving { what, on, taken_back }: Waiving) {
        let since = |old: Option<NaiveDate>| if taken_back { None } else { old.or(Some(on)) };
        if what.penalties() {
            self.penalties = since(self.penalties);
        }
        if what.fee() {
            self.fee = since(self.fee);
        }
    }
}
