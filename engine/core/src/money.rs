//! Money: whole cents of one currency. Amounts of different currencies are never added or compared.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 code of three capital letters, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(*b"EUR");

    /// Reads a code of three ASCII letters, in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Currency> {
        let bytes: [u8; 3] = text.trim().as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphabetic).then(|| Currency(bytes.map(|b| b.to_ascii_uppercase())))
    }

    /// The code, such as `EUR`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("EUR")
    }

    /// What a person reads after an amount: `€` for the euro, the code otherwise.
    pub fn symbol(&self) -> &str {
        match self.code() {
            "EUR" => "€",
            code => code,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Currency::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("devise inconnue `{text}`")))
    }
}

/// A sum of money in whole cents (hundredths of the currency's unit).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Amount {
    /// Hundredths of the unit; negative for a credit.
    #[serde(rename = "centimes")]
    pub cents: i64,
    /// The currency.
    #[serde(rename = "devise")]
    pub currency: Currency,
}

impl Amount {
    /// An amount of `cents` hundredths of `currency`.
    pub fn new(cents: i64, currency: Currency) -> Amount {
        Amount { cents, currency }
    }

    /// An amount in euros.
    pub fn eur(cents: i64) -> Amount {
        Amount { cents, currency: Currency::EUR }
    }
}

/// French typography: narrow no-break spaces between thousands, decimal comma, no-break space before the symbol:
/// `1 500,50 €`. A whole amount keeps its two decimals.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\u{a0}{}", decimal_comma(self.cents), self.currency.symbol())
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} {}", self.cents / 100, self.cents.rem_euclid(100), self.currency.code())
    }
}

/// Cents as French digits, without currency: `-1 234,05` (narrow no-break spaces, U+202F).
pub fn decimal_comma(cents: i64) -> String {
    let unsigned = cents.unsigned_abs();
    let digits = (unsigned / 100).to_string();
    let mut whole = String::with_capacity(digits.len() + digits.len());
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            whole.push('\u{202f}');
        }
        whole.push(digit);
    }
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{whole},{:02}", unsigned % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_digits() {
        assert_eq!(Amount::eur(150_050).to_string(), "1\u{202f}500,50\u{a0}€");
        assert_eq!(decimal_comma(-5), "-0,05");
        assert_eq!(decimal_comma(12_345_678_900), "123\u{202f}456\u{202f}789,00");
        assert_eq!(decimal_comma(i64::MIN), "-92\u{202f}233\u{202f}720\u{202f}368\u{202f}547\u{202f}758,08");
    }

    #[test]
    fn currency_codes() {
        assert_eq!(Currency::parse(" chf ").map(|c| c.code().to_owned()), Some("CHF".to_owned()));
        assert_eq!(Currency::parse("€"), None);
    }
}
