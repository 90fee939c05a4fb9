//! By which rules amounts are computed: the creditor's settings, besides the rates.

use super::percent::Percent;
use super::rates::Rates;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Everything that amounts depend on besides the debt.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Amounts {
    /// The published rates.
    pub rates: Rates,
    /// The creditor's own terms.
    pub terms: Terms,
}

/// `[penalites]` of the settings.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Terms {
    /// The rate of the general conditions, between companies; `None` is the law's.
    pub clause: Option<Clause>,
    /// How long a year is.
    pub year: Year,
    /// What a payment pays first.
    pub allocation: Allocation,
}

/// A contract rate between companies. It may not be below three times the legal rate (Code de commerce, art. L. 441-10 II).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clause {
    /// So many percent a year.
    Fixed(Percent),
    /// The legal rate so many times; the factor as [`Percent::times`] takes it.
    LegalTimes(Percent),
    /// The European Central Bank's rate and so many points.
    EcbPlus(Percent),
}

impl Clause {
    /// Reads `12 %`, `3 fois le taux légal` or `BCE + 12`; blanks and case do not count.
    pub fn parse(text: &str) -> Option<Clause> {
        let folded = crate::schema::fold(text);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let joined = words.join(" ");
        if let Some(factor) = ["fois le taux d'interet legal", "fois le taux d’interet legal", "fois le taux legal"]
            .iter()
            .find_map(|end| joined.strip_suffix(end))
        {
            let factor = match factor.trim() {
                "trois" => "3",
                other => other,
            };
            return Percent::parse(factor).map(Clause::LegalTimes);
        }
        if let Some(rest) = joined.strip_prefix("bce") {
            let points = rest.trim().strip_prefix('+')?.trim();
            let points = points.strip_suffix("points").unwrap_or(points).trim();
            return Percent::parse(points).map(Clause::EcbPlus);
        }
        Percent::parse(&joined).map(Clause::Fixed)
    }
}

/// As the settings write it.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |p: &Percent| p.digits().trim_end_matches('0').trim_end_matches(',').to_owned();
        match self {
            Clause::Fixed(rate) => write!(f, "{rate}"),
            Clause::LegalTimes(factor) => write!(f, "{} fois le taux légal", short(factor)),
            Clause::EcbPlus(points) => write!(f, "BCE + {} points", short(points)),
        }
    }
}

impl Serialize for Clause {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Clause {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Clause::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("taux de pénalités illisible `{text}`")))
    }
}

/// How long the year is by which days are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Year {
    /// 365 days, leap years too: the usage.
    #[default]
    Always365,
    /// 365 or 366 days, as the calendar has it.
    Exact,
}

impl Year {
    /// The base of a day.
    pub(super) fn base(self, day: NaiveDate) -> Base {
        let leap = NaiveDate::from_ymd_opt(day.year(), 2, 29).is_some();
        if self == Year::Exact && leap { Base::Days366 } else { Base::Days365 }
    }
}

/// The days of the year by which a slice is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// 365.
    Days365,
    /// 366.
    Days366,
}

impl Base {
    /// As a number.
    pub fn days(self) -> u16 {
        match self {
            Base::Days365 => 365,
            Base::Days366 => 366,
        }
    }
}

/// What a payment pays first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Allocation {
    /// The principal: what most creditors do.
    #[default]
    PrincipalFirst,
    /// The interest: what the law says unless the creditor agrees otherwise (Code civil, art. 1343-1).
    InterestFirst,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_are_read() {
        let read = |text: &str| Clause::parse(text).map(|clause| clause.to_string().replace('\u{a0}', " "));
        assert_eq!(read("12 %").as_deref(), Some("12,00 %"));
        assert_eq!(read("3 fois le taux légal").as_deref(), Some("3 fois le taux légal"));
        assert_eq!(read("Trois fois le taux d’intérêt  légal").as_deref(), Some("3 fois le taux légal"));
        assert_eq!(read("BCE + 12 points").as_deref(), Some("BCE + 12 points"));
        assert_eq!(read("bce+10,5").as_deref(), Some("BCE + 10,5 points"));
        for text in ["12,3456 %", "3,5 fois le taux légal", "BCE + 12 points"] {
            let clause = Clause::parse(text);
            let written = serde_json::to_string(&clause).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Option<Clause>>(&written).ok(), Some(clause), "{written}");
        }
        for wrong in ["", "BCE", "fois le taux légal", "12 € par jour", "BCE 12", "1001 %"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
