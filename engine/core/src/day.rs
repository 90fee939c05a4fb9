//! Civil days, instants and spans of time. A due date is a day; an instant is UTC, cut to microseconds.

use crate::calendar::Calendar;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time.
pub type Instant = DateTime<Utc>;

/// A length of time as the language writes it. Counted in civil dates, never in hours.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Span {
    /// Calendar days; a week is seven.
    #[serde(rename = "jours")]
    Days(i64),
    /// Calendar months: the same day of the month, or its last day.
    #[serde(rename = "mois")]
    Months(i64),
    /// Business days (jours ouvrés) of the scenario's calendar, counted from the day after.
    #[serde(rename = "jours_ouvres")]
    BusinessDays(i64),
}

impl Span {
    /// The day that lies this span after `from` (before, when negative). Saturates at the ends of the calendar.
    pub fn after(self, from: NaiveDate, calendar: &Calendar) -> NaiveDate {
        match self {
            Span::Days(n) => add_days(from, n),
            Span::Months(n) => {
                let months = Months::new(u32::try_from(n.unsigned_abs()).unwrap_or(u32::MAX));
                let moved = if n < 0 { from.checked_sub_months(months) } else { from.checked_add_months(months) };
                moved.unwrap_or(if n < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
            }
            Span::BusinessDays(n) => calendar.add_business_days(from, n),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: i64| if n.unsigned_abs() > 1 { "s" } else { "" };
        match *self {
            Span::Days(n) => write!(f, "{n}\u{a0}jour{}", plural(n)),
            Span::Months(n) => write!(f, "{n}\u{a0}mois"),
            Span::BusinessDays(n) => write!(f, "{n}\u{a0}jour{} ouvré{}", plural(n), plural(n)),
        }
    }
}

/// `from + n` calendar days, saturating.
pub fn add_days(from: NaiveDate, n: i64) -> NaiveDate {
    let days = Days::new(n.unsigned_abs());
    let moved = if n < 0 { from.checked_sub_days(days) } else { from.checked_add_days(days) };
    moved.unwrap_or(if n < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}

/// The last day of `day`'s month.
pub fn end_of_month(day: NaiveDate) -> NaiveDate {
    let (year, month) = if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).map_or(day, |first| add_days(first, -1))
}

/// The instant at which the wall clock of `zone` shows `time` on `day`. In the hour that a clock change skips, the first
/// instant after it; in the hour that it repeats, the first of the two.
pub fn instant_at(day: NaiveDate, time: NaiveTime, zone: Tz) -> Instant {
    let mut local = day.and_time(time);
    for _ in 0..16 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.with_timezone(&Utc);
        }
        local += chrono::TimeDelta::minutes(15);
    }
    Utc.from_utc_datetime(&day.and_time(time))
}

/// The first instant of `day` in `zone`.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Instant {
    instant_at(day, NaiveTime::MIN, zone)
}

/// The last microsecond of `day` in `zone`.
pub fn end_of_day(day: NaiveDate, zone: Tz) -> Instant {
    start_of_day(add_days(day, 1), zone) - chrono::TimeDelta::microseconds(1)
}

/// The civil date of an instant in `zone`.
pub fn civil_date(instant: Instant, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// The months in French, January first.
pub const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `JJ/MM/AAAA`.
pub fn french_date(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::FRANCE;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn months_end_on_the_last_day() {
        assert_eq!(Span::Months(1).after(day("2026-01-31"), &FRANCE), day("2026-02-28"));
        assert_eq!(Span::Months(-1).after(day("2026-03-31"), &FRANCE), day("2026-02-28"));
        assert_eq!(end_of_month(day("2024-02-10")), day("2024-02-29"));
        assert_eq!(end_of_month(day("2026-12-10")), day("2026-12-31"));
    }

    #[test]
    fn clock_changes_of_paris() {
        let zone = chrono_tz::Europe::Paris;
        // 29/03/2026: 02:30 does not exist. 25/10/2026: 02:30 exists twice.
        let at = |d, h, m| instant_at(day(d), NaiveTime::from_hms_opt(h, m, 0).unwrap_or_default(), zone).to_rfc3339();
        assert_eq!(at("2026-03-29", 2, 30), "2026-03-29T01:00:00+00:00");
        assert_eq!(at("2026-10-25", 2, 30), "2026-10-25T00:30:00+00:00");
        assert_eq!(start_of_day(day("2026-07-01"), zone).to_rfc3339(), "2026-06-30T22:00:00+00:00");
    }

    #[test]
    fn spans_saturate() {
        assert_eq!(add_days(day("2026-01-01"), i64::MAX), NaiveDate::MAX);
        assert_eq!(Span::Months(i64::MIN).after(day("2026-01-01"), &FRANCE), NaiveDate::MIN);
    }
}
