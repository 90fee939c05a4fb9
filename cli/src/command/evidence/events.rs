//! What a judge needs of the journal, in French sentences.

use crate::output::phrase;
use anstream::adapter::strip_str;
use relance_core::day::french_date;
use relance_core::journal::{Kind, Line};

/// Day, invoice and sentence of what counts; calls stand by themselves.
pub fn chronology(lines: &[Line]) -> Vec<[String; 3]> {
    rows(lines, |line| line.canal != Some("appel"))
}

/// Day, invoice and outcome of the calls.
pub fn calls(lines: &[Line]) -> Vec<[String; 3]> {
    rows(lines, |line| line.canal == Some("appel"))
}

/// By the day of each fact, which the journal may have learnt much later.
fn rows(lines: &[Line], wanted: fn(&Line) -> bool) -> Vec<[String; 3]> {
    let mut found: Vec<&Line> = lines.iter().filter(|line| wanted(line) && counts(line.kind)).collect();
    found.sort_by(|a, b| happened(a).cmp(happened(b)));
    found.into_iter().map(row).collect()
}

/// The day on which it happened: of what came from outside its own, of what Relance did the line's.
fn happened(line: &Line) -> &str {
    let own = matches!(
        line.kind,
        Kind::Paid
            | Kind::Reversed
            | Kind::Credited
            | Kind::Settled
            | Kind::DisputeOpened
            | Kind::PastReminder
            | Kind::Tracked
            | Kind::Insolvent
    );
    line.date.as_deref().filter(|_| own).unwrap_or_else(|| day(line))
}

/// The day of a line, `AAAA-MM-JJ`.
pub fn day(line: &Line) -> &str {
    line.le.get(..10).unwrap_or(&line.le)
}

/// The same for people.
pub fn french(line: &Line) -> String {
    day(line).parse().map_or_else(|_| day(line).to_owned(), french_date)
}

fn row(line: &Line) -> [String; 3] {
    let said = strip_str(&phrase::sentence(line)).to_string();
    let mut letters = said.chars();
    let said = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    let on = happened(line).parse().map_or_else(|_| french(line), french_date);
    [on, line.facture.clone().unwrap_or_default(), said]
}

/// Whether it is about the debt or what was done about it; not how the plan came to it.
fn counts(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Known
            | Kind::Changed
            | Kind::Sent
            | Kind::Completed
            | Kind::Failed
            | Kind::Delivered
            | Kind::Tracked
            | Kind::InDoubt
            | Kind::DoubtSettled
            | Kind::HandedOver
            | Kind::Paid
            | Kind::Reversed
            | Kind::Credited
            | Kind::Settled
            | Kind::Reopened
            | Kind::DisputeOpened
            | Kind::DisputeClosed
            | Kind::Promised
            | Kind::PromiseKept
            | Kind::PromiseBroken
            | Kind::Announced
            | Kind::Replied
            | Kind::DueMoved
            | Kind::PastReminder
            | Kind::PlanAgreed
            | Kind::InstalmentMissed
            | Kind::Insolvent
            | Kind::InsolvencyClosed
    )
}
