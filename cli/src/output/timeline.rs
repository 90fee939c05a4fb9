//! The journal for people: by day, by hour, one line an event.

use super::phrase::{day, sentence};
use super::{BOLD, DIM, count, long_date};
use chrono::NaiveDate;
use relance_core::journal::{Kind, Line};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a summary counts, with the heading of its column.
const COUNTED: [(&str, Option<&str>, &str); 7] = [
    ("envoi", Some("email"), "courriels"),
    ("envoi", Some("sms"), "SMS"),
    ("envoi", Some("appel"), "appels"),
    ("envoi", Some("courrier"), "courriers"),
    ("tache", None, "tâches"),
    ("alerte", None, "alertes"),
    ("soldee", None, "soldées"),
];

/// What only the machinery needs, left out of a summary timeline.
const QUIET: [Kind; 5] = [Kind::Customer, Kind::Known, Kind::TakenOver, Kind::Assigned, Kind::Changed];

/// Lines by day and hour. Take-overs are left out unless `all`.
pub fn full(lines: &[Line], all: bool) -> String {
    let mut out = String::new();
    let mut last = None;
    let shown = lines.iter().filter(|l| all || (!QUIET.contains(&l.kind) && !l.historique));
    // The rules of one rung reach it together: it is told once.
    let mut reached: BTreeSet<(&str, Option<&str>, Option<&str>)> = BTreeSet::new();
    for line in shown {
        let rung = (line.le.as_str(), line.facture.as_deref(), line.palier.as_deref());
        if line.kind == Kind::Rung && !reached.insert(rung) {
            continue;
        }
        let today = day(line);
        if today != last {
            last = today;
            let title = today.map(long_date).unwrap_or_default();
            let _ = writeln!(out, "\n{BOLD}{title}{BOLD:#}");
        }
        let _ = writeln!(out, "{}", one(line));
    }
    if out.is_empty() {
        out.push_str("\nRien.\n");
    }
    out
}

/// One line, without its date.
pub fn one(line: &Line) -> String {
    let hour = line.le.get(11..16).unwrap_or("");
    let who = line.facture.as_deref().unwrap_or(&line.client);
    let palier = line.palier.as_deref().unwrap_or("");
    let place = line.regle.as_ref().map(|r| format!("{DIM}{}:{}{DIM:#}", r.fichier, r.ligne)).unwrap_or_default();
    let mut text = format!("  {hour}  {who:<16} {palier:<6} {}", sentence(line));
    if !place.is_empty() {
        let _ = write!(text, "  {place}");
    }
    text
}

/// How many of what, by day, in a table; with a line of totals.
pub fn summary(lines: &[Line]) -> String {
    let mut days: BTreeMap<NaiveDate, [usize; COUNTED.len()]> = BTreeMap::new();
    for line in lines.iter().filter(|l| !l.historique) {
        let Some(day) = day(line) else { continue };
        for (i, (event, channel, _)) in COUNTED.iter().enumerate() {
            let counted = is_whole(line) && line.evenement == *event && channel.is_none_or(|c| line.canal == Some(c));
            if counted && let Some(cell) = days.entry(day).or_default().get_mut(i) {
                *cell += 1;
            }
        }
    }
    let mut out = String::new();
    let _ = write!(out, "{BOLD}{:<30}", "jour");
    for (.., heading) in COUNTED {
        let _ = write!(out, "{heading:>11}");
    }
    let _ = writeln!(out, "{BOLD:#}");
    let mut totals = [0usize; COUNTED.len()];
    for (day, cells) in &days {
        let _ = write!(out, "{:<30}", long_date(*day));
        for (cell, total) in cells.iter().zip(totals.iter_mut()) {
            *total += cell;
            let shown = if *cell == 0 { "·".to_owned() } else { super::thousands(*cell) };
            let _ = write!(out, "{shown:>11}");
        }
        out.push('\n');
    }
    let _ = write!(out, "{BOLD}{:<30}", count(days.len(), "jour", "jours"));
    for total in totals {
        let _ = write!(out, "{:>11}", super::thousands(total));
    }
    let _ = writeln!(out, "{BOLD:#}");
    out.push_str(&grouped(lines.iter().filter(|l| !l.historique)));
    out
}

/// Whether a line stands for itself: of the invoices that are grouped in one message, the first one does.
pub fn is_whole(line: &Line) -> bool {
    line.message.is_none()
}

/// How many messages speak of several invoices, and of how many in all; empty without any.
pub fn grouped<'l>(lines: impl Iterator<Item = &'l Line>) -> String {
    let (mut messages, mut others) = (BTreeSet::new(), 0);
    for line in lines.filter(|l| l.evenement == "envoi") {
        if let Some(key) = &line.message {
            messages.insert((&line.client, key));
            others += 1;
        }
    }
    if messages.is_empty() {
        return String::new();
    }
    let told = count(messages.len(), "message groupé parle", "messages groupés parlent");
    format!("{DIM}{told} de {}.{DIM:#}\n", count(messages.len() + others, "facture", "factures"))
}
