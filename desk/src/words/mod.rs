//! What people read in every place: numbers, days, colours of a terminal, the sentence of a line of the journal.

pub mod findings;
pub mod phrase;
pub mod plain;

use anstyle::{AnsiColor, Style};
use chrono::{Datelike, NaiveDate};

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

/// A text without the colours of a terminal.
pub fn colourless(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
