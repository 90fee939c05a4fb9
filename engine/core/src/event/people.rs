//! What people do to a client's file.

use crate::dossier::RuleKey;
use crate::incoming::Waived;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A person stopped the reminders.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stopping {
    /// Why; what the engine says when nobody gives a reason.
    pub reason: String,
    /// The last day of the pause; none until a person resumes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// A person resumed them, or the pause came to its end.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Resuming {
    /// Rules due meanwhile that are not to fire any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<RuleKey>,
    /// The position afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// Why, and who, in entries older than [`Entry::said`](crate::event::Entry::said).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last day of the pause, when it came to its end by itself: what a rule holds stays held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<NaiveDate>,
}

/// A colleague's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Comment {
    /// The text.
    pub text: String,
}

/// A person chose the segment of the client, or took the choice back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SegmentChoice {
    /// The segment; `None`: data and rules decide again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
}

/// What the company gave up on an invoice, or claims again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waiving {
    /// Which amounts.
    pub what: Waived,
    /// Date of effect.
    pub on: NaiveDate,
    /// They are claimed again.
    #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
    pub taken_back: bool,
}
