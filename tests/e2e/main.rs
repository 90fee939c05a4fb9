//! The real executable, used as a doubtful user would: through its commands, its files and its exit codes only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backups;
mod bounces;
mod calls;
mod changes;
mod crash;
mod cuts;
mod deliveries;
mod demo;
mod doubts;
mod drawing;
mod endings;
mod evidence;
mod failures;
mod formatting;
mod full;
mod grouping;
mod help;
mod imports;
mod lsp;
mod messages;
mod portfolio;
mod rates;
mod service;
mod settling;
mod sms;
mod sms_described;
mod smtp;
mod story;
mod support;
mod telling;
mod testing;
mod trouble;
mod unplugged;
mod versions;
