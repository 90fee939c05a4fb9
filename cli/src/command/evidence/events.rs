//! What a judge needs of the journal, in French sentences.

use crate::output::phrase;
use anstream::adapter::strip_str;
use relance_core::day::french_date;
use relance_core::journal::{Kind, Line};

/// Day, invoice and sentence of what counts; calls stand by themselves.
pub fn chronology(lines: &[Line]) -> Vec<[String; 3]> {
    lines.iter().filter(|line| line.canal != Some("appel") && counts(line.kind)).map(row).collect()
}

/// Day, invoice and outcome of the calls.
pub fn calls(lines: &[Line]) -> Vec<[String; 3]> {
    lines.iter().filter(|line| line.canal == Some("appel") && counts(line.kind)).map(row).collect()
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
    [french(line), line.facture.clone().unwrap_or_default(), said]
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
