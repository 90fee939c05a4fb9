//! A scenario while it is compiled.

use crate::check::Stages;
use crate::span::{Node, Span};
use relance_core::machine::{Machine, RuleId};

/// A compiled scenario and what is needed to compare it with the others.
pub(crate) struct Scenario {
    pub machine: Machine,
    /// Its file.
    pub file: String,
    /// Its name, or its first block.
    pub place: Span,
    /// `pour les factures où …`.
    pub selection_place: Option<Span>,
    /// Something in it could not be read: comparing it with others, or its states with each other, would only mislead.
    pub unsure: bool,
    /// A rule of it is wrong and left out.
    pub unfinished: bool,
    /// It has no header and is named after its file.
    pub implicit: bool,
    /// The heads of its rules, by number.
    pub heads: Vec<Span>,
    /// The names of its stages, in file order.
    pub stage_places: Vec<Span>,
    /// The rules that say `sans relance préalable`.
    pub lifts: Vec<RuleId>,
    /// `reprise étape a → b`, in file order.
    pub carries: Vec<(Node<String>, Node<String>)>,
}

impl Scenario {
    pub fn new(name: String, title: Option<String>, file: &str, place: Span) -> Scenario {
        Scenario {
            machine: Machine::new(&name, title),
            file: file.to_owned(),
            place,
            selection_place: None,
            unsure: false,
            unfinished: false,
            implicit: false,
            heads: Vec::new(),
            stage_places: Vec::new(),
            lifts: Vec::new(),
            carries: Vec::new(),
        }
    }

    /// The head of a rule.
    pub fn head(&self, rule: RuleId) -> Span {
        self.heads.get(rule.0 as usize).copied().unwrap_or(self.place)
    }

    /// What a test needs to know of it.
    pub fn stages(&self) -> Stages {
        Stages {
            scenario: self.machine.name.clone(),
            file: self.file.clone(),
            begins: self.place.start,
            names: self.machine.states.iter().map(|state| state.name.clone()).collect(),
            unsure: self.unsure,
        }
    }
}
