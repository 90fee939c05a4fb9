//! The published rates: those that Relance brings, and those that the user adds in `taux.csv` of the project.

mod own;

pub use own::{FILE, OwnRate, add, read};

use chrono::{Datelike, NaiveDate};
use relance_core::interest::{Confidence, Percent, Quoted, Rates, Table};

const ECB: &str = include_str!("bce.csv");
const LEGAL: &str = include_str!("legal.csv");

/// The rates that Relance brings, completed and corrected by the user's.
pub fn rates(own: &[OwnRate]) -> Rates {
    let mut rates = Rates::default();
    for (from, quoted) in rows(ECB) {
        rates.change(from, quoted);
    }
    for (from, quoted) in rows(LEGAL) {
        rates.set(Table::Legal, from, quoted);
    }
    for rate in own {
        rates.set(rate.table, rate.from, rate.quoted());
    }
    rates
}

/// The rows of a table of ours. A test reads each of them: none is left out in silence.
fn rows(text: &'static str) -> impl Iterator<Item = (NaiveDate, Quoted)> {
    lines(text).filter_map(|(_, line)| row(line))
}

/// The lines that are rows, with their numbers: neither comments nor the heading.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).skip(1)
}

fn row(line: &str) -> Option<(NaiveDate, Quoted)> {
    let mut cells = line.splitn(4, ';');
    let from = cells.next()?.parse().ok()?;
    let rate = Percent::parse(cells.next()?)?;
    let confidence = match cells.next()? {
        "publié" => Confidence::Published,
        "à confirmer" => Confidence::ToConfirm,
        _ => return None,
    };
    Some((from, Quoted { rate, source: cells.next()?.to_owned(), confidence }))
}

/// Whether a semester begins on this day.
pub fn begins_semester(day: NaiveDate) -> bool {
    day.day() == 1 && matches!(day.month(), 1 | 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_in_order() {
        for (name, text) in [("bce.csv", ECB), ("legal.csv", LEGAL)] {
            let read: Vec<NaiveDate> = lines(text)
                .map(|(number, line)| row(line).unwrap_or_else(|| panic!("{name}, ligne {number} : {line}")).0)
                .collect();
            assert!(read.len() > 30, "{name}");
            assert!(read.windows(2).all(|pair| pair[0] < pair[1]), "{name}");
        }
        assert!(rows(LEGAL).all(|(from, _)| begins_semester(from)));
    }

    #[test]
    fn no_semester_is_missing() {
        let (rates, end) = (rates(&[]), NaiveDate::from_ymd_opt(2026, 7, 1).unwrap_or_default());
        for (table, year) in [(Table::Ecb, 2009), (Table::Legal, 2010)] {
            let mut from = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
            while from <= end {
                assert!(rates.of(table, from).is_some(), "{table:?} {from}");
                from = from.checked_add_months(chrono::Months::new(6)).unwrap_or(NaiveDate::MAX);
            }
            assert!(rates.of(table, from).is_none(), "nothing is carried forward");
        }
    }
}
