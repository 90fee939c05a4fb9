//! What was found out about a message in doubt.

use crate::machine::Channel;
use serde::{Deserialize, Serialize};

/// Whether a message in doubt had left, and who says so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoubtAnswer {
    /// The effect's key.
    pub key: String,
    /// By which way.
    pub channel: Channel,
    /// Whether it had.
    pub left: bool,
    /// Who says so, in entries older than [`Entry::said`](crate::event::Entry::said).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// How it was found out, in entries older than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
