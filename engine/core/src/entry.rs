//! One line of the journal: when, about which invoice, from which rule, and what happened.

use crate::day::Instant;
use crate::event::{Event, Resuming, Stopping};
use crate::machine::{PLAN, RuleId};
use crate::said::Said;
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
    /// Who says so, and why, when it comes directly of something that somebody did; what follows of it by rules carries none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// What happened.
    pub event: Event,
}

impl Entry {
    /// Who says so, and why: the one place that knows where older entries keep it.
    pub fn said(&self) -> Option<Said> {
        if self.said.is_some() {
            return self.said.clone();
        }
        let (by, reason) = match &self.event {
            Event::Approved { by, .. } | Event::Refused { by, .. } => (by.as_deref(), None),
            Event::DoubtSettled(answer) => (answer.by.as_deref(), answer.reason.as_deref()),
            Event::Completed { told: Some(told), .. } if told.by.is_some() => {
                (told.by.as_deref(), told.note.as_deref())
            }
            Event::StateEntered { reason, .. } | Event::Resumed(Resuming { reason, .. }) => (None, reason.as_deref()),
            Event::Stopped(Stopping { reason, .. }) => (None, Some(reason.as_str())),
            _ => (None, None),
        };
        Said::of(by, reason.filter(|reason| !UNSAID.contains(reason)))
    }
}

/// Why the reminders of an invoice are stopped when nobody says why.
pub(crate) const STOPPED: &str = "arrêt demandé";
/// The same of a whole client.
pub(crate) const ALL_STOPPED: &str = "arrêt demandé pour tout le client";
/// Why an invoice is moved by a person who does not say why.
pub(crate) const MOVED: &str = "déplacée à la main";

/// What the engine says when nobody gives a reason.
const UNSAID: [&str; 3] = [STOPPED, ALL_STOPPED, MOVED];

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
