//! The pure heart of Relance: facts, the compiled machine and the step function. No clock, no I/O, no randomness.

pub mod calendar;
pub mod day;
pub mod incoming;
pub mod machine;
pub mod money;
pub mod schema;
