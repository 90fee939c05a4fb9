//! Settings that limit sendings.

use crate::calendar::Calendar;
use crate::money::Amount;
use serde::{Deserialize, Serialize};

/// The settings that limit sendings, with the language's defaults.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// `calendrier`.
    pub calendar: Calendar,
    /// `envois`.
    pub window: Window,
    /// `au plus n contacts tous les m jours par client`; `None` is `sans plafond`.
    pub cap: Option<Cap>,
    /// `minimum`: at or under it nothing is sent.
    pub minimum: Option<Amount>,
    /// `regrouper par client`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub group: bool,
    /// `rattrapage pas à pas`: the lowest rung first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub step_by_step: bool,
    /// `paiements à jour depuis moins de …`: with an older import of payments, automatic messages wait. In hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_payments: Option<u32>,
}

fn is_false(b: &bool) -> bool {
    !b
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            calendar: Calendar::default(),
            window: Window::default(),
            cap: Some(Cap { contacts: 1, days: 1 }),
            minimum: None,
            group: false,
            step_by_step: false,
            fresh_payments: None,
        }
    }
}

/// When messages may leave, in the creditor's time zone. A closed holiday of the calendar closes the whole day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Window {
    /// Monday first.
    pub days: [bool; 7],
    /// Minutes after midnight at which the window opens (0..1440).
    pub opens: u16,
    /// Minutes after midnight at which it closes, excluded (1..=1440), after `opens`.
    pub closes: u16,
}

impl Default for Window {
    /// Monday to Friday, 9h to 18h.
    fn default() -> Window {
        Window { days: [true, true, true, true, true, false, false], opens: 9 * 60, closes: 18 * 60 }
    }
}

/// At most `contacts` contacts in any `days` consecutive civil dates, per client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cap {
    /// At least 1.
    pub contacts: u32,
    /// At least 1.
    pub days: u32,
}
