//! Civil dates, and moments (a date with an hour).

use crate::import::problem::Refusal;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// When something became known: a whole day, or a moment of it, in the creditor's time zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment(pub NaiveDateTime);

impl Moment {
    /// The instant in `zone`; an hour that a change to summer time skips is the first one after it.
    pub fn instant(self, zone: Tz) -> DateTime<Utc> {
        let mut local = self.0;
        for _ in 0..4 {
            if let Some(at) = zone.from_local_datetime(&local).earliest() {
                return at.with_timezone(&Utc);
            }
            local = local.checked_add_signed(chrono::TimeDelta::minutes(30)).unwrap_or(local);
        }
        self.0.and_utc()
    }
}

const EXPECTED: &str = "attendu : JJ/MM/AAAA, par exemple `31/12/2026`";

/// Reads a date: `JJ/MM/AAAA`, `JJ/MM/AA`, `AAAA-MM-JJ`, `JJ-MM-AAAA`, `JJ.MM.AAAA`, `AAAAMMJJ`; an hour is accepted at
/// midnight only.
pub fn parse(text: &str) -> Result<NaiveDate, Refusal> {
    let at = parse_moment(text)?;
    whole_day(at.0)
}

/// Reads a date, with an optional hour `HH:MM`, `HH:MM:SS` or `9h30`.
pub fn parse_moment(text: &str) -> Result<Moment, Refusal> {
    let text = text.trim();
    let (day, hour) = match text.split_once([' ', '\u{a0}', 'T']) {
        Some((day, hour)) => (day, Some(hour.trim())),
        None => (text, None),
    };
    let day = civil(day)?;
    let time = match hour {
        None => NaiveTime::MIN,
        Some(hour) => {
            time(hour).ok_or_else(|| Refusal::new("l'heure n'est pas lisible", "attendu : `31/12/2026 14:30`"))?
        }
    };
    Ok(Moment(day.and_time(time)))
}

/// A spreadsheet's date, which must be without hour.
pub fn whole_day(at: NaiveDateTime) -> Result<NaiveDate, Refusal> {
    if at.time() != NaiveTime::MIN {
        return Err(Refusal::new("cette colonne attend une date sans heure", EXPECTED));
    }
    in_range(at.date())
}

/// A number of a spreadsheet where a date is expected: `20261231`, or Excel's days since 1900.
pub fn from_number(number: f64) -> Result<NaiveDate, Refusal> {
    let not_a_date = || Refusal::new("ce nombre n'est pas une date", EXPECTED);
    if number.fract() != 0.0 {
        return Err(not_a_date());
    }
    match number as i64 {
        n @ 19_700_101..=21_991_231 => civil(&n.to_string()),
        n @ 25_569..=109_574 => {
            let days = u64::try_from(n - 25_569).unwrap_or(0);
            NaiveDate::from_ymd_opt(1970, 1, 1).and_then(|d| d.checked_add_days(Days::new(days))).ok_or_else(not_a_date)
        }
        _ => Err(not_a_date()),
    }
}

fn time(text: &str) -> Option<NaiveTime> {
    let text = text.trim_end_matches('Z').replace(['h', 'H'], ":");
    let mut parts = text.trim_end_matches(':').split(':');
    let mut next = || parts.next().map(str::trim);
    let hour = number(next()?, 1..=2)?;
    let minute = next().map_or(Some(0), |m| number(m, 1..=2))?;
    // Fractions of a second are below anything that matters here, but only zeros may be dropped.
    let second = match next() {
        None => 0,
        Some(s) => {
            let (whole, fraction) = s.split_once('.').unwrap_or((s, ""));
            number(whole, 1..=2).filter(|_| fraction.bytes().all(|b| b == b'0'))?
        }
    };
    if next().is_some() {
        return None;
    }
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn civil(text: &str) -> Result<NaiveDate, Refusal> {
    let not_a_date = || Refusal::new("ce n'est pas une date", EXPECTED);
    let Some(mark) = text.chars().find(|c| !c.is_ascii_digit()) else {
        if text.len() != 8 {
            return Err(not_a_date());
        }
        let part = |range| text.get(range).and_then(|t: &str| t.parse().ok());
        return match (part(0..4), part(4..6), part(6..8)) {
            (Some(year), Some(month), Some(day)) => build(year, month, day),
            _ => Err(not_a_date()),
        };
    };
    if !"/-.".contains(mark) {
        return Err(not_a_date());
    }
    let parts: Vec<&str> = text.split(mark).collect();
    let [a, b, c] = parts.as_slice() else { return Err(not_a_date()) };
    let (year, month, day) = if a.len() == 4 {
        (number(a, 4..=4), number(b, 1..=2), number(c, 1..=2))
    } else {
        let year = match c.len() {
            // A due date of a claim that is still dunned: 80 to 99 are the last century's.
            2 => number(c, 2..=2).map(|y| if y < 80 { 2000 + y } else { 1900 + y }),
            _ => number(c, 4..=4),
        };
        (year, number(b, 1..=2), number(a, 1..=2))
    };
    match (year, month, day) {
        (Some(year), Some(month), Some(day)) => build(year, month, day),
        _ => Err(not_a_date()),
    }
}

fn build(year: u32, month: u32, day: u32) -> Result<NaiveDate, Refusal> {
    if month > 12 && day <= 12 {
        return Err(Refusal::new(
            format!("le mois {month} n'existe pas, cette date semble écrite à l'américaine (mois/jour)"),
            format!("écrivez `{month:02}/{day:02}/{year}`"),
        ));
    }
    if !(1..=12).contains(&month) {
        return Err(Refusal::new(format!("le mois {month} n'existe pas"), EXPECTED));
    }
    let year = i32::try_from(year).unwrap_or(0);
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => in_range(date),
        None => Err(Refusal::bare(format!("ce jour n'existe pas : le mois {month:02}/{year} n'a pas de jour {day}"))),
    }
}

fn in_range(date: NaiveDate) -> Result<NaiveDate, Refusal> {
    use chrono::Datelike;
    if (1970..=2199).contains(&date.year()) {
        Ok(date)
    } else {
        Err(Refusal::bare(format!("l'année {} n'est pas vraisemblable", date.year())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn usual_writings() {
        for text in [
            "03/12/2026",
            "3/12/2026",
            "03/12/26",
            "2026-12-03",
            "03-12-2026",
            "03.12.2026",
            "20261203",
            " 03/12/2026 ",
            "03/12/2026 00:00",
            "03/12/2026 00:00:00",
            "2026-12-03T00:00:00",
            "2026-12-03 00:00:00.000",
            "2026-12-03T00:00:00Z",
            "2026/12/03",
        ] {
            assert_eq!(parse(text), Ok(day(2026, 12, 3)), "{text}");
        }
        assert_eq!(parse("29/02/2024"), Ok(day(2024, 2, 29)));
        assert_eq!(parse("01/01/99"), Ok(day(1999, 1, 1)));
    }

    #[test]
    fn refused_writings() {
        for text in [
            "",
            "hier",
            "31/02/2026",
            "29/02/2026",
            "00/01/2026",
            "01/13/2026",
            "01/00/2026",
            "03/12",
            "03/12/2026 14:30",
            "03/12/202",
            "03/12-2026",
            "2026123",
            "03/12/1066",
            "0a/12/2026",
            "3/12/2026/1",
            "é3/12/2026",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("03/25/2026").unwrap_err().reason.contains("américaine"));
        assert!(parse("31/02/2026").unwrap_err().reason.contains("n'existe pas"));
    }

    #[test]
    fn moments_and_serials() {
        let at = |text: &str| parse_moment(text).map(|m| m.instant(chrono_tz::Europe::Paris).to_rfc3339());
        assert_eq!(at("03/12/2026 14:30"), Ok("2026-12-03T13:30:00+00:00".to_owned()));
        assert_eq!(at("03/12/2026 9h"), Ok("2026-12-03T08:00:00+00:00".to_owned()));
        assert_eq!(at("03/07/2026"), Ok("2026-07-02T22:00:00+00:00".to_owned()));
        assert_eq!(at("29/03/2026 02:30"), Ok("2026-03-29T01:00:00+00:00".to_owned()), "an hour that does not exist");
        assert!(at("03/12/2026 25:00").is_err());
        assert_eq!(from_number(46_000.0), Ok(day(2025, 12, 9)));
        assert_eq!(from_number(20_261_203.0), Ok(day(2026, 12, 3)));
        assert!(from_number(12.5).is_err() && from_number(3.0).is_err());
    }
}
