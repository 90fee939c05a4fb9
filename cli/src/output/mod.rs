//! What people read: colours, tables, timelines.

pub mod bar;
pub mod calls;
pub mod doubts;
pub mod findings;
pub mod letters;
pub mod phrase;
pub mod plain;
pub mod plan;
pub mod rates;
pub mod standing;
pub mod statement;
pub mod status;
pub mod timeline;
pub mod tracking;

use crate::failure::Failure;
use anstyle::{AnsiColor, Style};
use chrono::{Datelike, NaiveDate};
use relance_engine::store::Unreadable;
use std::io::Write;

/// Errors.
pub const RED: Style = AnsiColor::Red.on_default().bold();
/// What is fine.
pub const GREEN: Style = AnsiColor::Green.on_default().bold();
/// What needs a look.
pub const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
/// Titles.
pub const BOLD: Style = Style::new().bold();
/// Less important.
pub const DIM: Style = Style::new().dimmed();
/// Names and commands.
pub const CYAN: Style = AnsiColor::Cyan.on_default();

/// « 1 erreur », « 3 erreurs ».
pub fn count(n: usize, one: &str, many: &str) -> String {
    let n_text = thousands(n);
    if n < 2 { format!("{n_text} {one}") } else { format!("{n_text} {many}") }
}

/// `12 345`, with narrow no-break spaces.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

fn weekday(day: NaiveDate) -> &'static str {
    const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
    DAYS.get(day.weekday().num_days_from_monday() as usize).copied().unwrap_or_default()
}

/// « lundi 23/03 »; with the year when it is not that of `seen`, the day on which it is told.
pub fn short_date(day: NaiveDate, seen: Option<NaiveDate>) -> String {
    let form = if seen.is_some_and(|seen| seen.year() == day.year()) { "%d/%m" } else { "%d/%m/%Y" };
    format!("{} {}", weekday(day), day.format(form))
}

/// « lundi 23 mars 2026 ».
pub fn long_date(day: NaiveDate) -> String {
    let weekday = weekday(day);
    let month = relance_core::day::MONTHS.get(day.month0() as usize).copied().unwrap_or_default();
    let number = if day.day() == 1 { "1er".to_owned() } else { day.day().to_string() };
    format!("{weekday} {number} {month} {}", day.year())
}

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
