//! Yearly rates in percent, exact to four decimals.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A rate in ten-thousandths of a percent: 12,15 % is 121 500.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Percent(i64);

/// No rate is above a thousand percent: what is, is a typing mistake.
const MOST: i64 = 1_000 * UNIT;
const UNIT: i64 = 10_000;

impl Percent {
    /// Whole points.
    pub const fn points(points: i64) -> Percent {
        Percent(points * UNIT)
    }

    /// Reads `12,15`, `12.15` or `12,15 %`: from 0 to 1 000, four decimals at most.
    pub fn parse(text: &str) -> Option<Percent> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let (whole, decimals) = text.split_once([',', '.']).unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 4 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
            return None;
        }
        if decimals.is_empty() && whole.len() < text.len() {
            return None;
        }
        let value = whole.parse::<i64>().ok()? * UNIT + format!("{decimals:0<4}").parse::<i64>().ok()?;
        (value <= MOST).then_some(Percent(value))
    }

    /// In ten-thousandths of a percent.
    pub fn scaled(self) -> i64 {
        self.0
    }

    /// The sum of two rates.
    pub fn plus(self, other: Percent) -> Percent {
        Percent(self.0.saturating_add(other.0))
    }

    /// The rate so many times, the factor in ten-thousandths as a [`Percent`] has them: `times(Percent::points(3))` is three times.
    pub fn times(self, factor: Percent) -> Percent {
        // Half up, where a factor with decimals gives a fifth one.
        Percent((self.0.saturating_mul(factor.0).saturating_add(UNIT / 2)) / UNIT)
    }

    /// Without sign or unit, with two decimals at least: `12,15`, `0,8733`.
    pub fn digits(self) -> String {
        let decimals = format!("{:04}", self.0 % UNIT);
        let kept = decimals.trim_end_matches('0').len().max(2);
        format!("{},{}", self.0 / UNIT, decimals.get(..kept).unwrap_or(&decimals))
    }
}

/// `12,15 %`, with a no-break space.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\u{a0}%", self.digits())
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.digits().replace(',', "."))
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Percent::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("taux illisible `{text}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_and_written() {
        let told = |text: &str| Percent::parse(text).map(Percent::digits);
        assert_eq!(told("12,15 %").as_deref(), Some("12,15"));
        assert_eq!(told("0.8733").as_deref(), Some("0,8733"));
        assert_eq!(told("8").as_deref(), Some("8,00"));
        assert_eq!(told("1000%").as_deref(), Some("1000,00"));
        for wrong in ["", "%", ",5", "5,", "-1", "1000,01", "1,23456", "12,1O", "1 2", "1e3", "99999999999999999999"] {
            assert_eq!(told(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn three_times_a_rate() {
        let legal = Percent::parse("2,76").unwrap_or_default();
        assert_eq!(legal.times(Percent::points(3)).digits(), "8,28");
        assert_eq!(Percent(3).times(Percent(5_000)), Percent(2), "1,5 ten-thousandths, half up");
    }
}
