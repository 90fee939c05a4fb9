//! The pure heart of Relance: facts, the compiled machine and the step function. No clock, no I/O, no randomness.

mod apply;
pub mod calendar;
mod carry;
pub mod creditor_reference;
pub mod day;
pub mod dispute;
pub mod dossier;
pub mod drawing;
mod entry;
pub mod eval;
pub mod event;
pub mod explain;
pub mod export;
pub mod facts;
pub mod incoming;
pub mod interest;
pub mod journal;
pub mod machine;
pub mod money;
pub mod program;
pub mod proof;
pub mod publication;
pub mod schema;
pub mod script;
pub mod simulate;
pub mod step;
pub mod unknown;
