//! Everything of Relance that touches the world: store, imports, templates, channels, the runner.

mod backoff;
pub mod channel;
pub mod config;
pub mod import;
pub mod legal_rates;
pub mod mailbox;
pub mod notify;
pub mod paper;
pub mod payment_link;
mod percent;
pub mod portal_link;
pub mod portfolio;
pub mod qr;
pub mod rate;
pub mod replay;
pub mod retention;
pub mod runner;
pub mod service;
mod signature;
pub mod store;
mod stretch;
pub mod template;
pub mod tracking;
