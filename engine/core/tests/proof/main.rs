//! The proofs about machines, held against the simulation.

#![allow(clippy::unwrap_used, clippy::panic)]

mod build;
mod laws;
mod worlds;
