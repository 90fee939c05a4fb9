//! The pages in a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acting;
mod browser;
mod figures;
mod morning;
mod plain;
mod server;
mod workshop;
