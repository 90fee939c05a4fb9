//! The published rates that the law refers to, and how far they are known. A rate is never carried forward in silence.

use super::percent::Percent;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A table of rates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// The European Central Bank's main refinancing rate.
    #[serde(rename = "bce")]
    Ecb,
    /// The legal interest rate of creditors who are not consumers (`autres cas`): Code monétaire et financier, art. L. 313-2.
    #[serde(rename = "legal")]
    Legal,
}

impl Table {
    /// As the command line writes it.
    pub fn word(self) -> &'static str {
        match self {
            Table::Ecb => "bce",
            Table::Legal => "legal",
        }
    }

    /// With its article.
    pub fn french(self) -> &'static str {
        match self {
            Table::Ecb => "le taux de refinancement de la BCE",
            Table::Legal => "le taux d’intérêt légal",
        }
    }

    /// Whether the rate of a semester can be added by whoever knows it; before these years, more than one rate made a semester.
    pub fn can_be_added(self, from: NaiveDate) -> bool {
        from.year() >= if self == Table::Ecb { FIRST_SEMESTERS } else { FIRST_LEGAL }
    }
}

/// Since 2013 the rate of 1 January or 1 July counts for its whole semester (Code de commerce, art. L. 441-10 II, from the law of 22 March
/// 2012); before, each change counted from its day.
const FIRST_SEMESTERS: i32 = 2013;
/// Ten points since 2009 (law of 4 August 2008); older interest is not computed.
const FIRST_TEN_POINTS: i32 = 2009;
const FIRST_LEGAL: i32 = 2009;

/// How sure a rate is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Confidence {
    /// Read at several places, or in the text that sets it.
    #[default]
    Published,
    /// Read at one place only: to be compared with the official text.
    ToConfirm,
    /// Added by the user.
    Entered,
}

/// A rate and where it comes from.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Quoted {
    /// The rate.
    pub rate: Percent,
    /// Where it was read.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A rate as found for a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub rate: Percent,
    /// Whether it is the one of that day, and not the last one known before.
    pub known: bool,
    pub to_confirm: bool,
}

/// What is known of the published rates.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rates {
    /// The bank's changes by the day from which they count: complete up to the last one, and not a day further.
    changes: BTreeMap<NaiveDate, Quoted>,
    /// The bank's rates of semesters that the user added, by their first day.
    added: BTreeMap<NaiveDate, Quoted>,
    /// Legal rates by the first day of the semester; those that the user added replace others.
    legal: BTreeMap<NaiveDate, Quoted>,
}

impl Rates {
    /// Adds a change of the European Central Bank's rate.
    pub fn change(&mut self, from: NaiveDate, quoted: Quoted) {
        self.changes.insert(from, quoted);
    }

    /// Sets the rate of the semester that begins on this day.
    pub fn set(&mut self, table: Table, from: NaiveDate, quoted: Quoted) {
        let rows = if table == Table::Ecb { &mut self.added } else { &mut self.legal };
        rows.insert(from, quoted);
    }

    /// The rate of the semester that begins on this day, if it is known.
    pub fn of(&self, table: Table, from: NaiveDate) -> Option<&Quoted> {
        if table == Table::Legal {
            return self.legal.get(&from);
        }
        let covered = self.changes.keys().next_back().is_some_and(|last| from <= *last);
        let change = self.changes.range(..=from).next_back().map(|(_, quoted)| quoted).filter(|_| covered);
        self.added.get(&from).or(change)
    }

    /// The last day up to which the bank's changes are all known.
    pub fn complete_to(&self) -> Option<NaiveDate> {
        self.changes.keys().next_back().copied()
    }

    /// The bank's rate on a day: that of its semester, or before 2013 of the day itself.
    pub(super) fn ecb(&self, day: NaiveDate) -> Option<Found> {
        if day.year() < FIRST_TEN_POINTS {
            return None;
        }
        let reference = if day.year() >= FIRST_SEMESTERS { semester(day) } else { day };
        if let Some(quoted) = self.of(Table::Ecb, reference) {
            return Some(found(quoted, true));
        }
        let before = |rows: &BTreeMap<NaiveDate, Quoted>| {
            rows.range(..reference).next_back().map(|(d, q)| (*d, found(q, false)))
        };
        before(&self.changes).into_iter().chain(before(&self.added)).max_by_key(|(day, _)| *day).map(|(_, found)| found)
    }

    /// The same for what is frozen at the first day of a semester (public buyers): no rate before semesters counted.
    pub(super) fn ecb_frozen(&self, day: NaiveDate) -> Option<Found> {
        (day.year() >= FIRST_SEMESTERS).then(|| self.ecb(day)).flatten()
    }

    /// The legal rate on a day.
    pub(super) fn legal(&self, day: NaiveDate) -> Option<Found> {
        let from = semester(day);
        let quoted = self.legal.get(&from).map(|quoted| found(quoted, true));
        quoted.or_else(|| self.legal.range(..from).next_back().map(|(_, quoted)| found(quoted, false)))
    }

    /// The days after `after` and up to `to` on which a rate may change: semesters, and before 2013 the bank's changes.
    pub(super) fn turns(&self, after: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        let first_semesters = NaiveDate::from_ymd_opt(FIRST_SEMESTERS, 1, 1).unwrap_or_default();
        let changes = self.changes.keys().copied().filter(|day| *day < first_semesters);
        let mut turns: Vec<NaiveDate> = changes.filter(|day| *day > after && *day <= to).collect();
        let mut next = semester_after(after);
        while let Some(day) = next.filter(|day| *day <= to) {
            turns.push(day);
            next = semester_after(day);
        }
        turns
    }
}

fn found(quoted: &Quoted, known: bool) -> Found {
    Found { rate: quoted.rate, known, to_confirm: quoted.confidence == Confidence::ToConfirm }
}

/// The first day of a day's semester.
pub fn semester(day: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year(), if day.month() < 7 { 1 } else { 7 }, 1).unwrap_or(day)
}

fn semester_after(day: NaiveDate) -> Option<NaiveDate> {
    if day.month() < 7 {
        NaiveDate::from_ymd_opt(day.year(), 7, 1)
    } else {
        NaiveDate::from_ymd_opt(day.year().checked_add(1)?, 1, 1)
    }
}

/// `1er semestre 2027`.
pub fn semester_name(day: NaiveDate) -> String {
    format!("{} semestre {}", if day.month() < 7 { "1er" } else { "2e" }, day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    fn quoted(rate: &str) -> Quoted {
        Quoted { rate: Percent::parse(rate).unwrap_or_default(), ..Quoted::default() }
    }

    fn told(found: Option<Found>) -> String {
        found.map_or("rien".to_owned(), |f| format!("{}{}", f.rate.digits(), if f.known { "" } else { " ?" }))
    }

    #[test]
    fn known_up_to_the_last_change_and_no_further() {
        let mut rates = Rates::default();
        rates.change(day("2012-07-11"), quoted("0,75"));
        rates.change(day("2025-06-11"), quoted("2,15"));
        rates.change(day("2026-06-17"), quoted("2,40"));
        assert_eq!(told(rates.ecb(day("2012-12-31"))), "0,75", "before 2013 the day itself");
        assert_eq!(told(rates.ecb(day("2026-06-30"))), "2,15", "the change of June counts from July");
        assert_eq!(
            told(rates.ecb(day("2026-12-31"))),
            "2,40 ?",
            "a change between the 17th and the 1st is not excluded"
        );
        assert_eq!(told(rates.ecb_frozen(day("2012-12-31"))), "rien");
        assert_eq!(told(rates.ecb(day("2008-12-31"))), "rien");
        rates.change(day("2026-09-16"), quoted("2,65"));
        assert_eq!(told(rates.ecb(day("2026-12-31"))), "2,40");
        assert_eq!(told(rates.ecb(day("2027-01-01"))), "2,65 ?");
        rates.set(Table::Ecb, day("2027-01-01"), quoted("2,70"));
        assert_eq!(told(rates.ecb(day("2027-05-04"))), "2,70");
        assert_eq!(told(rates.ecb(day("2027-07-01"))), "2,70 ?", "what was added speaks of its semester only");
    }

    #[test]
    fn turns_are_semesters_and_old_changes() {
        let mut rates = Rates::default();
        rates.change(day("2012-07-11"), quoted("0,75"));
        rates.change(day("2013-05-08"), quoted("0,50"));
        let turns = rates.turns(day("2012-07-01"), day("2013-07-01"));
        let mut turns: Vec<String> = turns.iter().map(ToString::to_string).collect();
        turns.sort();
        assert_eq!(turns, ["2012-07-11", "2013-01-01", "2013-07-01"]);
    }
}
