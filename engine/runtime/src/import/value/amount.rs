//! Amounts, in whole cents.

use super::word::currency_code;
use crate::import::problem::Refusal;
use relance_core::money::Currency;

/// An amount as written: its cents, and its currency when it says one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// Hundredths of the unit.
    pub cents: i64,
    /// The currency written beside the digits.
    pub currency: Option<Currency>,
}

/// Amounts beyond ten billion are mistakes, and sums of millions of smaller ones still fit.
const MAX_CENTS: i64 = 1_000_000_000_000;

/// Reads `1 234,56`, `1.234,56 €`, `(12,00)`, `12,00-`, `EUR 1'234.50` …
pub fn parse(text: &str) -> Result<Written, Refusal> {
    let mut rest = text.trim();
    let mut negative = false;
    let mut signs = 0;
    let mut currency = None;
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        (rest, negative, signs) = (inner.trim(), true, 1);
    }
    // Sign and currency stand on either side, in either order.
    loop {
        let before = rest;
        for (mark, minus) in [('-', true), ('\u{2212}', true), ('–', true), ('+', false)] {
            if let Some(stripped) = rest.strip_prefix(mark).or_else(|| rest.strip_suffix(mark)) {
                (rest, negative, signs) = (stripped.trim(), negative || minus, signs + 1);
            }
        }
        if let Some((stripped, found)) = strip_currency(rest) {
            if currency.is_some_and(|c| c != found) {
                return Err(Refusal::bare("deux devises pour un seul montant"));
            }
            (rest, currency) = (stripped.trim(), Some(found));
        }
        if rest == before {
            break;
        }
    }
    if signs > 1 {
        return Err(Refusal::bare("plus d'un signe pour un seul montant"));
    }
    let cents = digits(rest)?;
    Ok(Written { cents: if negative { -cents } else { cents }, currency })
}

/// Reads a number of a spreadsheet. Binary fractions are never exact: what is nearer to a cent than a thousandth of one
/// is that cent.
pub fn from_number(number: f64) -> Result<Written, Refusal> {
    let cents = number * 100.0;
    if !cents.is_finite() || cents.abs() > MAX_CENTS as f64 {
        return Err(too_large());
    }
    if (cents - cents.round()).abs() > 0.001 {
        return Err(too_many_decimals());
    }
    Ok(Written { cents: cents.round() as i64, currency: None })
}

fn strip_currency(text: &str) -> Option<(&str, Currency)> {
    for (symbol, code) in [("€", "EUR"), ("£", "GBP"), ("$", "USD")] {
        if let Some(rest) = text.strip_prefix(symbol).or_else(|| text.strip_suffix(symbol)) {
            return Currency::parse(code).map(|c| (rest, c));
        }
    }
    let code = |slice: Option<&str>| slice.and_then(currency_code);
    if let Some(found) = code(text.get(..3)) {
        return Some((text.get(3..)?, found));
    }
    let at = text.len().checked_sub(3)?;
    code(text.get(at..)).map(|found| (text.get(..at).unwrap_or_default(), found))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// Unsigned digits with their separators, to cents.
fn digits(text: &str) -> Result<i64, Refusal> {
    let (units, fraction) = parts(text, "montant")?;
    if fraction.bytes().skip(2).any(|b| b != b'0') {
        return Err(too_many_decimals());
    }
    let digit = |i: usize| fraction.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
    let cents = digit(0) * 10 + digit(1);
    units.checked_mul(100).and_then(|c| c.checked_add(cents)).filter(|c| *c <= MAX_CENTS).ok_or_else(too_large)
}

/// Unsigned digits with their separators: the whole part, and the digits of the fraction. `what` names the value in messages.
pub(super) fn parts<'t>(text: &'t str, what: &str) -> Result<(i64, &'t str), Refusal> {
    let not_one = || Refusal::new(format!("ce n'est pas un {what}"), "attendu : par exemple `1 234,56`");
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit() || is_space(c) || ",.'’".contains(c)) {
        return Err(not_one());
    }
    let commas = text.matches(',').count();
    let points = text.matches('.').count();
    let decimal = match (commas, points) {
        (0, 0) => None,
        (1, 0) => Some(','),
        (0, 1) => Some('.'),
        (_, 0) | (0, _) => None, // several of one kind separate thousands
        _ => match (text.rfind(','), text.rfind('.')) {
            (Some(comma), Some(point)) if comma > point && commas == 1 => Some(','),
            (Some(comma), Some(point)) if point > comma && points == 1 => Some('.'),
            _ => return Err(not_one()),
        },
    };
    let (whole, fraction) = match decimal.and_then(|mark| text.split_once(mark)) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if let Some(fraction) = fraction {
        if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return Err(not_one());
        }
        // `1,234`: one and a bit, or one thousand and more? `0,500` and `1234,500` can only be decimals.
        let lone = fraction.len() == 3
            && !whole.starts_with('0')
            && (1..=3).contains(&whole.len())
            && whole.bytes().all(|b| b.is_ascii_digit());
        if lone {
            let mark = decimal.unwrap_or(',');
            let name = if mark == ',' { "la virgule" } else { "le point" };
            return Err(Refusal::new(
                format!("{what} ambigu : trois chiffres après {name}, des décimales ou des milliers"),
                format!("écrivez `{whole}{fraction},00` ou `{whole},{}`", fraction.get(..2).unwrap_or_default()),
            ));
        }
    }
    let units = thousands(whole, fraction.is_some()).ok_or_else(not_one)??;
    Ok((units, fraction.unwrap_or_default()))
}

/// The whole part: plain digits, or groups of three after one of one to three, with one kind of separator. `None` when
/// it is no number at all.
fn thousands(whole: &str, has_fraction: bool) -> Option<Result<i64, Refusal>> {
    if whole.is_empty() {
        return has_fraction.then_some(Ok(0));
    }
    let groups: Vec<&str> = whole.split(|c: char| !c.is_ascii_digit()).collect();
    if groups.len() > 1 {
        let mut marks = whole.chars().filter(|c| !c.is_ascii_digit()).map(|c| if is_space(c) { ' ' } else { c });
        let first = marks.next();
        let even = marks.all(|m| Some(m) == first);
        let (head, tail) = groups.split_first()?;
        if !even || !(1..=3).contains(&head.len()) || tail.iter().any(|g| g.len() != 3) {
            return Some(Err(Refusal::new(
                "les séparateurs ne forment pas des milliers",
                "attendu : par exemple `1 234 567,89`",
            )));
        }
    }
    let mut units: i64 = 0;
    for digit in whole.bytes().filter(u8::is_ascii_digit) {
        let next = units.checked_mul(10).and_then(|u| u.checked_add(i64::from(digit - b'0')));
        let Some(next) = next.filter(|units| *units <= MAX_CENTS) else { return Some(Err(too_large())) };
        units = next;
    }
    Some(Ok(units))
}

fn too_many_decimals() -> Refusal {
    Refusal::new("plus de deux décimales", "arrondissez au centime dans votre logiciel")
}

fn too_large() -> Refusal {
    Refusal::bare("c'est plus de 10 milliards")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(text: &str) -> Option<i64> {
        parse(text).ok().map(|w| w.cents)
    }

    #[test]
    fn usual_writings() {
        for (text, expected) in [
            ("105,92", 10_592),
            ("105.92", 10_592),
            ("94", 9_400),
            ("1 234,56", 123_456),
            ("1\u{a0}234,5", 123_450),
            ("1\u{202f}234\u{202f}567,00", 123_456_700),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1'234.56", 123_456),
            ("1.234.567", 123_456_700),
            ("1,234,567", 123_456_700),
            ("1,234,567.89", 123_456_789),
            ("12,5000", 1_250),
            ("0,500", 50),
            ("1234,500", 123_450),
            ("1 234,500", 123_450),
            (",50", 50),
            ("-12,00", -1_200),
            ("12,00-", -1_200),
            ("\u{2212}12", -1_200),
            ("(1 234,00)", -123_400),
            ("+5", 500),
            ("12,00 €", 1_200),
            ("€12.00", 1_200),
            ("- 12,00 EUR", -1_200),
            ("EUR -12,00", -1_200),
            ("12,00 € -", -1_200),
            ("0", 0),
        ] {
            assert_eq!(cents(text), Some(expected), "{text}");
        }
        assert_eq!(parse("200 chf").unwrap().currency, Currency::parse("CHF"));
        assert_eq!(parse("200").unwrap().currency, None);
    }

    #[test]
    fn refused_writings() {
        for text in [
            "",
            "-",
            "abc",
            "1,234",
            "1.234",
            "12,345",
            "10,129",
            "0,123",
            "12 34,00",
            "1 2345",
            "1,2,3",
            "1.23.456,00",
            "--5",
            "(-5)",
            "-5-",
            "5,",
            "1e5",
            "€",
            "12 € CHF",
            "99999999999999999999",
            "20000000000",
            "1.234 567,00",
            "12,3a",
            "١٢",
            "12,00 TTC",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("1,234").unwrap_err().reason.contains("trois chiffres"));
        assert!(parse("10,1291").unwrap_err().reason.contains("décimales"));
    }

    #[test]
    fn spreadsheet_numbers() {
        assert_eq!(from_number(105.92).unwrap().cents, 10_592);
        assert_eq!(from_number(0.1 + 0.2).unwrap().cents, 30);
        assert_eq!(from_number(-94.0).unwrap().cents, -9_400);
        assert!(from_number(12.345).is_err());
        assert!(from_number(f64::NAN).is_err());
        assert!(from_number(1e300).is_err());
    }
}
