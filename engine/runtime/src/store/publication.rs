//! What puts a set of scenarios in force, and what was in force before.

use relance_core::day::Instant;
use relance_core::machine::Machine;

/// A set of machines that is to be put in force.
#[derive(Clone, Copy, Debug)]
pub struct Publishing<'a> {
    /// The machines with their hashes.
    pub machines: &'a [(String, Machine)],
    /// The digest of the set.
    pub digest: u64,
    /// When.
    pub at: Instant,
    /// The invoices that this moves fire the highest rung already due.
    pub catch_up: bool,
    /// Somebody asks for it, having seen its plan. What nobody asked for never replaces what somebody did.
    pub planned: bool,
    /// What must still be in force, as its digest, for anything to happen; `None` asks nothing.
    pub replaces: Option<Option<u64>>,
}

/// A set of machines that is or was in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// When it was put in force.
    pub at: Instant,
    /// The digest of the set.
    pub digest: u64,
    /// The hashes of its machines.
    pub hashes: Vec<String>,
    /// The invoices that it moved caught up.
    pub catch_up: bool,
    /// See [`Publishing::planned`].
    pub planned: bool,
}

impl Publishing<'_> {
    /// Whether anything is to happen while another set is in force: its digest, and whether somebody asked for it.
    pub(super) fn changes(&self, last: Option<(String, bool)>) -> bool {
        let asked = last.as_ref().is_some_and(|(_, planned)| *planned);
        let last = last.and_then(|(digest, _)| digest.parse().ok());
        last != Some(self.digest) && (self.planned || !asked) && self.replaces.is_none_or(|replaces| replaces == last)
    }
}
