//! What people read: colours, tables, timelines.

pub mod bar;
pub mod calls;
pub mod doubts;
pub mod letters;
pub mod plan;
pub mod rates;
pub mod standing;
pub mod statement;
pub mod status;
pub mod timeline;
pub mod tracking;

pub use relance_desk::words::{
    BOLD, CYAN, DIM, GREEN, RED, YELLOW, count, findings, long_date, phrase, plain, short_date, thousands,
};

use crate::failure::Failure;
use relance_engine::store::Unreadable;
use std::io::Write;

/// Writes to standard output; a reader that has gone ends the command quietly.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|_| Failure::Silent)
}

/// Tells on standard error which clients are left out because their data cannot be read.
pub fn unreadable(clients: &[Unreadable]) {
    for Unreadable { client, reason } in clients {
        anstream::eprintln!("{RED}client laissé de côté{RED:#} : {client} : {reason}");
    }
}

/// Prints a value as indented JSON.
pub fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Failure::Outside(format!("le résultat ne s’écrit pas en JSON ({e})"), String::new()))?;
    print(&format!("{text}\n"))
}

/// Prints one JSON object a line.
pub fn jsonl<T: serde::Serialize>(values: impl IntoIterator<Item = T>) -> Result<(), Failure> {
    let mut text = String::new();
    for value in values {
        text.push_str(&serde_json::to_string(&value).unwrap_or_default());
        text.push('\n');
    }
    print(&text)
}
