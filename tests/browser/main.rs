//! The pages in a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod acting;
mod browser;
mod by_message;
mod creditors;
mod debtors;
mod figures;
mod hostile;
mod http;
mod morning;
mod plain;
mod portal;
mod server;
mod strangers;
mod workshop;
