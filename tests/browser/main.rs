//! The pages in a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod debtors;
mod hostile;
mod http;
mod morning;
mod portal;
mod server;
mod strangers;
