//! Where the parts of a compiled scenario stand in its file.

use crate::lower::Scenario;
use crate::span::Span;

/// The places of a scenario.
pub(crate) struct Places {
    /// Its name.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// Its name, or its first block.
    pub header: Span,
    /// `pour les factures où …`.
    pub selection: Option<Span>,
    /// The heads of its rules, by number.
    pub heads: Vec<Span>,
    /// The names of its stages, in file order.
    pub stages: Vec<Span>,
}

impl Places {
    /// The places of a scenario that has just been compiled.
    pub fn new(scenario: &Scenario) -> Places {
        Places {
            scenario: scenario.machine.name.clone(),
            file: scenario.file.clone(),
            header: scenario.place,
            selection: scenario.selection_place,
            heads: scenario.heads.clone(),
            stages: scenario.stage_places.clone(),
        }
    }
}
