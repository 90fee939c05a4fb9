//! Working days: weekends and the public holidays of France, computed.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Where the public holidays are those of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// The eleven holidays of article L3133-1 of the code du travail.
    #[default]
    France,
    /// Besides, 26 December and Good Friday (L3134-13).
    AlsaceMoselle,
    /// Besides, the abolition of slavery (L3422-2): 27 May.
    Guadeloupe,
    /// 22 May.
    Martinique,
    /// 10 June.
    Guyane,
    /// 20 December.
    LaReunion,
    /// 27 April.
    Mayotte,
    /// 9 October.
    SaintBarthelemy,
    /// 27 May.
    SaintMartin,
    /// No day is a holiday; weekends stay weekends.
    #[serde(rename = "aucun")]
    None,
}

impl Region {
    /// Every region, in the order of the reference.
    pub const ALL: [Region; 10] = [
        Region::France,
        Region::AlsaceMoselle,
        Region::Guadeloupe,
        Region::Martinique,
        Region::Guyane,
        Region::LaReunion,
        Region::Mayotte,
        Region::SaintBarthelemy,
        Region::SaintMartin,
        Region::None,
    ];

    /// The name after `calendrier`.
    pub fn name(self) -> &'static str {
        match self {
            Region::France => "france",
            Region::AlsaceMoselle => "alsace_moselle",
            Region::Guadeloupe => "guadeloupe",
            Region::Martinique => "martinique",
            Region::Guyane => "guyane",
            Region::LaReunion => "la_réunion",
            Region::Mayotte => "mayotte",
            Region::SaintBarthelemy => "saint_barthélemy",
            Region::SaintMartin => "saint_martin",
            Region::None => "aucun",
        }
    }

    /// The day on which the abolition of slavery is a holiday there (month, day). Source: code du travail, L3422-2.
    fn abolition(self) -> Option<(u32, u32)> {
        match self {
            Region::Mayotte => Some((4, 27)),
            Region::Martinique => Some((5, 22)),
            Region::Guadeloupe | Region::SaintMartin => Some((5, 27)),
            Region::Guyane => Some((6, 10)),
            Region::SaintBarthelemy => Some((10, 9)),
            Region::LaReunion => Some((12, 20)),
            Region::France | Region::AlsaceMoselle | Region::None => None,
        }
    }
}

/// Days on which the company is closed, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Closing {
    /// The first.
    #[serde(rename = "du")]
    pub from: NaiveDate,
    /// The last.
    #[serde(rename = "au")]
    pub to: NaiveDate,
}

/// Which days are no working days besides the weekends.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Calendar {
    /// The public holidays.
    #[serde(rename = "jours_feries")]
    pub region: Region,
    /// The closing days of the company.
    #[serde(default, rename = "fermetures", skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Closing>,
}

/// The calendar of an invoice that no scenario runs.
pub static FRANCE: Calendar = Calendar { region: Region::France, closed: Vec::new() };

/// Easter Sunday of a Gregorian year (anonymous Gregorian algorithm, Meeus/Jones/Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let a = year.rem_euclid(19);
    let b = year.div_euclid(100);
    let c = year.rem_euclid(100);
    let d = b / 4;
    let e = b % 4;
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let i = c / 4;
    let k = c % 4;
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

impl Calendar {
    /// The holiday's French name, or `None` on any other day. Sources: code du travail, L3133-1, L3134-13, L3422-2.
    pub fn holiday(&self, day: NaiveDate) -> Option<&'static str> {
        if self.closed.iter().any(|closing| closing.from <= day && day <= closing.to) {
            return Some("fermeture de l’entreprise");
        }
        if self.region == Region::None {
            return None;
        }
        if self.region.abolition() == Some((day.month(), day.day())) {
            return Some("Abolition de l’esclavage");
        }
        match (day.month(), day.day()) {
            (1, 1) => return Some("1er janvier"),
            (5, 1) => return Some("1er mai"),
            (5, 8) => return Some("8 mai"),
            (7, 14) => return Some("14 juillet"),
            (8, 15) => return Some("Assomption"),
            (11, 1) => return Some("Toussaint"),
            (11, 11) => return Some("11 novembre"),
            (12, 25) => return Some("Jour de Noël"),
            (12, 26) if self.region == Region::AlsaceMoselle => return Some("2ème jour de Noël"),
            _ => {}
        }
        match day.signed_duration_since(easter(day.year())?).num_days() {
            -2 if self.region == Region::AlsaceMoselle => Some("Vendredi saint"),
            1 => Some("Lundi de Pâques"),
            39 => Some("Ascension"),
            50 => Some("Lundi de Pentecôte"),
            _ => None,
        }
    }

    /// Monday to Friday and no holiday (jour ouvré).
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && self.holiday(day).is_none()
    }

    /// How many business days there are from `from` on, before `to`. At most a hundred thousand days are looked at.
    pub fn business_days(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let days = from.iter_days().take_while(|day| *day < to).take(100_000);
        days.map(|day| i64::from(self.is_business_day(day))).sum()
    }

    /// The `n`-th business day after `day` (before it when `n` is negative); counting starts the day after. `0` is `day` itself.
    /// Saturates at the ends of the calendar.
    pub fn add_business_days(&self, day: NaiveDate, n: i64) -> NaiveDate {
        let mut left = n.unsigned_abs().min(100_000);
        let mut current = day;
        while left > 0 {
            let next =
                if n < 0 { current.checked_sub_days(Days::new(1)) } else { current.checked_add_days(Days::new(1)) };
            let Some(next) = next else { return current };
            current = next;
            if self.is_business_day(current) {
                left -= 1;
            }
        }
        current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn easter_mondays() {
        for monday in ["2024-04-01", "2025-04-21", "2026-04-06", "2027-03-29", "2028-04-17"] {
            assert_eq!(FRANCE.holiday(day(monday)), Some("Lundi de Pâques"), "{monday}");
        }
        assert_eq!(FRANCE.holiday(day("2026-05-14")), Some("Ascension"));
        assert_eq!(FRANCE.holiday(day("2026-05-25")), Some("Lundi de Pentecôte"));
    }

    #[test]
    fn business_days_start_the_day_after() {
        // Wednesday before the Ascension of 2026: Thursday is closed.
        assert_eq!(FRANCE.add_business_days(day("2026-05-13"), 1), day("2026-05-15"));
        assert_eq!(FRANCE.add_business_days(day("2026-05-13"), 2), day("2026-05-18"));
        assert_eq!(FRANCE.add_business_days(day("2026-05-18"), -2), day("2026-05-13"));
        assert_eq!(FRANCE.add_business_days(day("2026-05-16"), 0), day("2026-05-16"));
    }
}
