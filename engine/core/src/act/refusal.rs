//! Why an act is not taken.

use std::fmt;

/// Why an act is not taken, and what to do: in French, for the person who tries it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Names the reason for programs; never changes.
    pub code: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: &'static str, what: impl Into<String>, help: impl Into<String>) -> Refusal {
        Refusal { code, what: what.into(), help: help.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ; {}", self.what, self.help)
    }
}
