//! Which facts a function reads.

use crate::schema::Fact;
use std::collections::BTreeSet;

/// The facts that a call may read; more than it does read, never less.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Reads {
    /// Built-in facts.
    pub facts: BTreeSet<Fact>,
    /// The project's own facts, by their declared name.
    pub fields: BTreeSet<String>,
    /// A name is worked out by the script (`facture[nom]`): any fact may be read.
    pub all: bool,
}

impl Reads {
    /// Whether the mere passing of days can change what the function returns.
    pub fn moves_with_time(&self) -> bool {
        self.all || self.facts.iter().any(|fact| fact.moves_with_time())
    }

    /// Takes in what a called function reads; whether that added anything.
    pub(super) fn absorb(&mut self, other: &Reads) -> bool {
        let before = (self.facts.len(), self.fields.len(), self.all);
        self.facts.extend(other.facts.iter().copied());
        self.fields.extend(other.fields.iter().cloned());
        self.all |= other.all;
        before != (self.facts.len(), self.fields.len(), self.all)
    }
}
