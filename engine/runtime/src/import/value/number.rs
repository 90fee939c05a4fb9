//! Plain numbers and percentages.

use super::amount;
use crate::import::problem::Refusal;
use rust_decimal::Decimal;

/// Reads `12`, `-3`, `1 234,5`, `0,125` …
pub fn parse(text: &str) -> Result<Decimal, Refusal> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '\u{2212}', '–']);
    let (units, fraction) = amount::parts(unsigned.unwrap_or(text).trim(), "nombre")?;
    if fraction.len() > 9 {
        return Err(Refusal::bare("plus de neuf décimales"));
    }
    let number: Decimal =
        format!("{units}.{fraction}0").parse().map_err(|_| Refusal::bare("ce n'est pas un nombre"))?;
    let number = number.normalize();
    Ok(if unsigned.is_some() { -number } else { number })
}

/// Reads `12 %` as its hundredth. Without its sign, 0,5 could be a half or a half percent.
pub fn percentage(text: &str) -> Result<Decimal, Refusal> {
    let Some(number) = text.trim().strip_suffix('%') else {
        return Err(Refusal::new("il manque le signe `%`", "attendu : par exemple `12 %`"));
    };
    parse(number).map(|n| (n / Decimal::ONE_HUNDRED).normalize())
}

/// Reads a number of a spreadsheet as the decimal that its shortest writing says.
pub fn from_number(number: f64) -> Result<Decimal, Refusal> {
    let written = number.is_finite().then(|| format!("{number}").parse::<Decimal>().ok()).flatten();
    written
        .map(|n| n.normalize())
        .ok_or_else(|| Refusal::bare("ce n'est pas un nombre que l'on puisse lire exactement"))
}

/// A percentage of a spreadsheet, which stores `12 %` as 0,12.
pub fn percentage_from_number(number: f64) -> Result<Decimal, Refusal> {
    if number.abs() > 1.0 {
        return Err(Refusal::new(
            "ce nombre dépasse 100 %",
            "donnez à la cellule le format « pourcentage », ou écrivez le signe : `12 %`",
        ));
    }
    from_number(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("12", "12"),
            ("-3,50", "-3.5"),
            ("1 234,5", "1234.5"),
            ("0,125", "0.125"),
            ("1.234.567", "1234567"),
            (",5", "0.5"),
        ] {
            assert_eq!(parse(text).map(|n| n.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "-", "1,234", "douze", "1e3", "--1", "0,1234567891", "99999999999999"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("1,234").unwrap_err().reason.starts_with("nombre ambigu"));
        assert_eq!(from_number(0.1).map(|n| n.to_string()).as_deref(), Ok("0.1"));
        assert!(from_number(f64::NAN).is_err() && from_number(1e300).is_err());
    }

    #[test]
    fn percentages() {
        assert_eq!(percentage("12,5 %").map(|n| n.to_string()).as_deref(), Ok("0.125"));
        assert!(percentage("12").unwrap_err().reason.contains("signe"));
        assert_eq!(percentage_from_number(0.12).map(|n| n.to_string()).as_deref(), Ok("0.12"));
        assert!(percentage_from_number(12.0).is_err());
    }
}
