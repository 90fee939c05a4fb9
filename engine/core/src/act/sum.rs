//! Amounts that people write, and how they are spread over invoices.

use super::Refusal;
use crate::dossier::Dossier;
use crate::money::{Amount, Currency};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount as a person gives it: `600`, `600,50`, `600.50 CHF`. Without a currency it is in that of the invoice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sum {
    /// Hundredths of the unit.
    pub cents: i64,
    /// The currency, when it is written.
    pub currency: Option<Currency>,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.cents.unsigned_abs() / 100, self.cents.unsigned_abs() % 100)?;
        self.currency.map_or(Ok(()), |currency| write!(f, " {}", currency.code()))
    }
}

impl From<Sum> for String {
    fn from(sum: Sum) -> String {
        sum.to_string()
    }
}

impl TryFrom<String> for Sum {
    type Error = String;

    fn try_from(text: String) -> Result<Sum, String> {
        Sum::parse(&text).ok_or_else(|| format!("« {text} » n’est pas un montant : écrivez par exemple 1234,50"))
    }
}

impl Sum {
    /// An amount in the currency of the invoice.
    pub fn of(cents: i64) -> Sum {
        Sum { cents, currency: None }
    }

    /// Reads what a person writes: digits with blanks between thousands, at most two decimals after a comma or a point, then perhaps `€` or
    /// a code.
    pub fn parse(text: &str) -> Option<Sum> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '€');
        let currency = match text.get(digits.len()..)? {
            "" => None,
            "€" => Some(Currency::EUR),
            code => Some(Currency::parse(code)?),
        };
        let (sign, digits) = digits.strip_prefix('-').map_or((1, digits), |rest| (-1, rest));
        let (units, decimals) = digits.split_once([',', '.']).unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if units.is_empty() || !plain(units) || !plain(decimals) || decimals.len() > 2 {
            return None;
        }
        let units: i64 = units.parse().ok()?;
        let cents: i64 = format!("{decimals:0<2}").parse().ok()?;
        let cents = units.checked_mul(100)?.checked_add(cents)?.checked_mul(sign)?;
        Some(Sum { cents, currency })
    }

    /// The amount in the currency of what it is about; refused when it is none, or in another.
    pub fn amount(self, currency: Currency) -> Result<Amount, Refusal> {
        if let Some(other) = self.currency.filter(|other| *other != currency) {
            let what = format!("la facture est en {}, pas en {}", currency.code(), other.code());
            return Err(Refusal::new("devise", what, "convertissez le montant"));
        }
        if self.cents <= 0 {
            let what = format!("le montant {self} n’est pas positif");
            return Err(Refusal::new("montant", what, "écrivez par exemple 1234,50"));
        }
        Ok(Amount::new(self.cents, currency))
    }
}

/// An invoice over which an amount is spread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its number.
    pub invoice: String,
    /// Its due date.
    pub due: NaiveDate,
    /// What is left to pay.
    pub left: Amount,
}

/// An invoice's share of an amount.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// Its number.
    pub invoice: String,
    /// The share; `None` is all that is left.
    pub amount: Option<Amount>,
    /// The same as an amount.
    pub told: Amount,
}

/// What is left of invoices: the one that a person names first, then by due date. What is not known is left out.
pub fn parts(dossier: &Dossier, numbers: &[String], named: Option<&str>) -> Vec<Part> {
    let part = |number: &String| {
        let file = dossier.invoices.get(number)?;
        let left = Amount::new(file.balance, file.invoice.currency());
        Some(Part { invoice: number.clone(), due: file.invoice.due, left })
    };
    let mut parts: Vec<Part> = numbers.iter().filter_map(part).collect();
    let order = |part: &Part| (named != Some(part.invoice.as_str()), part.due, part.invoice.clone());
    parts.sort_by_key(order);
    parts
}

/// An amount over invoices, each as far as it goes; without one, all that is left of each.
pub fn spread(parts: &[Part], amount: Option<Amount>) -> Result<Vec<Share>, Refusal> {
    let Some(amount) = amount else {
        let all = |part: &Part| Share { invoice: part.invoice.clone(), amount: None, told: part.left };
        return Ok(parts.iter().map(all).collect());
    };
    let all = parts.iter().filter(|part| part.left.currency == amount.currency);
    let total = Amount::new(all.clone().fold(0i64, |sum, part| sum.saturating_add(part.left.cents)), amount.currency);
    if amount.cents > total.cents {
        let numbers: Vec<&str> = parts.iter().map(|part| part.invoice.as_str()).collect();
        return Err(Refusal::new(
            "trop",
            format!("{amount} dépasse ce qui reste dû : {total} ({})", numbers.join(", ")),
            "sans montant, tout ce qui reste dû est compté ; ce qui concerne une autre facture se note sur elle",
        ));
    }
    let mut rest = amount.cents;
    let mut spread = Vec::new();
    for part in all {
        let own = rest.min(part.left.cents);
        if own > 0 {
            let own = Amount::new(own, amount.currency);
            spread.push(Share { invoice: part.invoice.clone(), amount: Some(own), told: own });
        }
        rest -= own;
    }
    Ok(spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_write_them() {
        for (text, cents, currency) in [
            ("600", 60_000, None),
            ("600,5", 60_050, None),
            ("1 234.50 €", 123_450, Some(Currency::EUR)),
            ("1\u{202f}234,50\u{a0}€", 123_450, Some(Currency::EUR)),
            ("12chf", 1_200, Currency::parse("CHF")),
            ("-5,00", -500, None),
        ] {
            assert_eq!(Sum::parse(text), Some(Sum { cents, currency }), "{text}");
        }
        for text in ["", "€", "12,345", "1,2,3", "1e3", "١٢", "12 euros", "99999999999999999999", "--1", "1-"] {
            assert_eq!(Sum::parse(text), None, "{text}");
        }
        let sum = Sum { cents: -60_005, currency: Some(Currency::EUR) };
        assert_eq!((sum.to_string(), Sum::parse(&sum.to_string())), ("-600.05 EUR".to_owned(), Some(sum)));
    }
}
