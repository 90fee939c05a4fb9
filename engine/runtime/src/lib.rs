//! Everything of Relance that touches the world: store, imports, templates, channels, the runner.

pub mod channel;
pub mod config;
pub mod import;
pub mod portfolio;
pub mod replay;
pub mod retention;
pub mod runner;
pub mod store;
pub mod template;
