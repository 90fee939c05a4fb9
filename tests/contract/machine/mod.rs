//! The machine: what it is, its states, clocks and rungs, where a plan with tests does not reach.

mod findings;
mod rungs;
mod value;

use relance_core::dossier::Dossier;
use relance_core::incoming::Incoming;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_tests::day;
use relance_tests::{ZONE, span};

/// The client's file after a history.
pub fn dossier(program: &Program, events: &[Incoming], from: &str, to: &str) -> Dossier {
    let things = events.iter().map(|event| (event.clone(), None)).collect();
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox: Inbox::new(things, ZONE) };
    run(program, &mut world, span(day(from), day(to)), People::ABSENT, |_, _| {});
    world.dossier
}
