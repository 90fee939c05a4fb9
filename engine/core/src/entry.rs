//! One line of the journal: when, about which invoice, from which rule, and what happened.

use crate::day::Instant;
use crate::event::Event;
use crate::machine::{PLAN, RuleId};
use serde::{Deserialize, Serialize};

/// One line of the journal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided or learnt.
    pub at: Instant,
    /// The invoice's number; none for what concerns the whole client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Which rule of which scenario it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// What happened.
    pub event: Event,
}

/// The rule that an entry comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct About {
    /// The scenario's name.
    pub scenario: String,
    /// The first twelve digits of its hash.
    pub version: String,
    /// The state of the machine.
    #[serde(default = "plan", skip_serializing_if = "is_plan")]
    pub state: String,
    /// The rule's number in that version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The rung, in days from the due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<i64>,
}

fn plan() -> String {
    PLAN.to_owned()
}

fn is_plan(state: &str) -> bool {
    state == PLAN
}
