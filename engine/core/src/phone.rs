//! Telephone numbers as carriers want them (E.164), read after the rules of the country in which they are written down. Lengths and
//! prefixes are those of the national numbering plans that the ITU publishes (E.164, national numbering plans).

use std::ops::RangeInclusive;

/// How a country writes and uses its numbers.
struct Country {
    /// ISO 3166 code of two letters.
    code: &'static str,
    /// What follows the `+`.
    calling: &'static str,
    /// What is dialled before a number inside the country, and left out from abroad; empty where there is none.
    trunk: &'static str,
    /// Digits of a number after the calling code.
    digits: RangeInclusive<usize>,
    /// How mobile numbers begin; empty where a number does not tell.
    mobile: &'static [&'static str],
}

const fn country(
    code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    digits: RangeInclusive<usize>,
    mobile: &'static [&'static str],
) -> Country {
    Country { code, calling, trunk, digits, mobile }
}

/// Of countries that share a calling code, the first one reads numbers that are written with it.
const COUNTRIES: [Country; 31] = [
    country("FR", "33", "0", 9..=9, &["6", "7"]),
    country("GP", "590", "0", 9..=9, &["690", "691"]),
    country("BL", "590", "0", 9..=9, &["690", "691"]),
    country("MF", "590", "0", 9..=9, &["690", "691"]),
    country("MQ", "596", "0", 9..=9, &["696", "697"]),
    country("GF", "594", "0", 9..=9, &["694"]),
    country("RE", "262", "0", 9..=9, &["692", "693", "639"]),
    country("YT", "262", "0", 9..=9, &["692", "693", "639"]),
    country("NC", "687", "", 6..=6, &["7", "8", "9"]),
    country("PF", "689", "", 8..=8, &["87", "88", "89"]),
    country("PM", "508", "0", 6..=6, &["55"]),
    country("BE", "32", "0", 8..=9, &["45", "46", "47", "48", "49"]),
    country("CH", "41", "0", 9..=9, &["74", "75", "76", "77", "78", "79"]),
    country("LU", "352", "", 5..=11, &["6"]),
    country("MC", "377", "", 8..=9, &["3", "4", "6"]),
    country("DE", "49", "0", 6..=11, &["15", "16", "17"]),
    country("AT", "43", "0", 7..=13, &["65", "66", "67", "68", "69"]),
    country("ES", "34", "", 9..=9, &["6", "7"]),
    // The zero of a number of a town is a part of it.
    country("IT", "39", "", 6..=11, &["3"]),
    country("PT", "351", "", 9..=9, &["9"]),
    country("GB", "44", "0", 9..=10, &["71", "72", "73", "74", "75", "77", "78", "79"]),
    country("IE", "353", "0", 7..=9, &["8"]),
    country("NL", "31", "0", 9..=9, &["6"]),
    country("PL", "48", "", 9..=9, &["45", "5", "6", "7", "88"]),
    country("MA", "212", "0", 9..=9, &["6", "7"]),
    country("DZ", "213", "0", 8..=9, &["5", "6", "7"]),
    country("TN", "216", "", 8..=8, &["2", "4", "5", "9"]),
    country("SN", "221", "", 9..=9, &["7"]),
    country("CI", "225", "", 10..=10, &["01", "05", "07"]),
    country("US", "1", "1", 10..=10, &[]),
    country("CA", "1", "1", 10..=10, &[]),
];

/// Numbers overseas are dialled from France like French ones, but have calling codes of their own (ARCEP, national numbering plan): how
/// they begin after the zero, and that code.
const OVERSEAS: [(&str, &str); 13] = [
    ("590", "590"),
    ("690", "590"),
    ("691", "590"),
    ("594", "594"),
    ("694", "594"),
    ("596", "596"),
    ("696", "596"),
    ("697", "596"),
    ("262", "262"),
    ("263", "262"),
    ("269", "262"),
    ("692", "262"),
    ("693", "262"),
];

/// Where a number is written down that names no country.
const HOME: &str = "FR";

/// A number that can be dialled from everywhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number {
    /// `+33612345678`.
    pub e164: String,
    /// Whether it is a mobile one; `None` where its country or its digits do not tell.
    pub mobile: Option<bool>,
}

/// Reads a number as somebody of this country writes it (ISO code; France without one); `None` when it cannot be one.
pub fn read(text: &str, country: Option<&str>) -> Option<Number> {
    let written: String = text.trim().chars().filter(|c| !is_blank(*c)).collect();
    // `+33 (0)6 …`: the zero in brackets is for those who dial inside the country.
    let (plain, bracketed) = match written.split_once("(0)") {
        Some((before, after)) => (format!("{before}{after}"), true),
        None => (written, false),
    };
    let plain: String = plain.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let international = plain.strip_prefix('+').or_else(|| plain.strip_prefix("00"));
    let digits = international.unwrap_or(&plain);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match international {
        Some(digits) => from_abroad(digits),
        None if bracketed => None,
        None => {
            let country = COUNTRIES.iter().find(|known| known.code == country.unwrap_or(HOME))?;
            let without = digits.strip_prefix(country.trunk);
            // North Americans dial their 1 or leave it.
            let national = if country.trunk == "1" { without.unwrap_or(digits) } else { without? };
            country.number(national)
        }
    }
}

/// What people put between digits.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '-' | '/' | '\u{2011}' | '–')
}

/// A number with its calling code. One of a country that is not in the table is taken as it is, within what E.164 allows.
fn from_abroad(digits: &str) -> Option<Number> {
    let known = COUNTRIES.iter().filter(|country| digits.starts_with(country.calling));
    let Some(country) = known.max_by_key(|country| (country.calling.len(), country.code == "FR")) else {
        let plausible = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
        return plausible.then(|| Number { e164: format!("+{digits}"), mobile: None });
    };
    let national = digits.strip_prefix(country.calling)?;
    // `+33 06 …`: the zero stayed by mistake.
    let without = national.strip_prefix(country.trunk).filter(|_| country.trunk == "0");
    country.number(national).or_else(|| country.number(without?))
}

impl Country {
    /// A number by its digits after the calling code.
    fn number(&self, national: &str) -> Option<Number> {
        if !self.digits.contains(&national.len()) || (self.trunk == "0" && national.starts_with('0')) {
            return None;
        }
        let overseas = OVERSEAS.iter().find(|(prefix, _)| self.code == HOME && national.starts_with(prefix));
        if let Some((_, calling)) = overseas {
            return COUNTRIES.iter().find(|other| other.calling == *calling)?.number(national);
        }
        let mobile = self.mobile.iter().any(|prefix| national.starts_with(prefix));
        // In Belgium the mobile numbers are the long ones.
        if self.code == "BE" && (national.len() == 9) != mobile {
            return None;
        }
        let mobile = (!self.mobile.is_empty()).then_some(mobile);
        Some(Number { e164: format!("+{}{national}", self.calling), mobile })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, country: Option<&str>) -> Option<(String, Option<bool>)> {
        read(text, country).map(|number| (number.e164, number.mobile))
    }

    #[test]
    fn numbers_by_country() {
        for (text, country, wanted, mobile) in [
            ("06 12 34 56 78", None, "+33612345678", Some(true)),
            ("06 12 34 56 78", Some("FR"), "+33612345678", Some(true)),
            ("+33 (0)6.12.34.56.78", None, "+33612345678", Some(true)),
            ("0033612345678", Some("BE"), "+33612345678", Some(true)),
            ("+330612345678", None, "+33612345678", Some(true)),
            ("01 99 00 14 14", None, "+33199001414", Some(false)),
            ("09 70 00 00 00", Some("FR"), "+33970000000", Some(false)),
            ("0690 12 34 56", Some("GP"), "+590690123456", Some(true)),
            ("0690 12 34 56", Some("FR"), "+590690123456", Some(true)),
            ("0590 12 34 56", Some("GP"), "+590590123456", Some(false)),
            ("0692 12 34 56", None, "+262692123456", Some(true)),
            ("0262 12 34 56", Some("FR"), "+262262123456", Some(false)),
            ("0639 12 34 56", Some("YT"), "+262639123456", Some(true)),
            ("06 39 98 12 34", Some("FR"), "+33639981234", Some(true)),
            ("0470 12 34 56", Some("BE"), "+32470123456", Some(true)),
            ("02 123 45 67", Some("BE"), "+3221234567", Some(false)),
            ("079 123 45 67", Some("CH"), "+41791234567", Some(true)),
            ("022 700 00 00", Some("CH"), "+41227000000", Some(false)),
            ("621 123 456", Some("LU"), "+352621123456", Some(true)),
            ("0171 1234567", Some("DE"), "+491711234567", Some(true)),
            ("030 123456", Some("DE"), "+4930123456", Some(false)),
            ("612 34 56 78", Some("ES"), "+34612345678", Some(true)),
            ("06 1234 5678", Some("IT"), "+390612345678", Some(false)),
            ("347 123 4567", Some("IT"), "+393471234567", Some(true)),
            ("+39 06 1234 5678", None, "+390612345678", Some(false)),
            ("07700 900123", Some("GB"), "+447700900123", Some(true)),
            ("+44 (0)20 7946 0000", None, "+442079460000", Some(false)),
            ("06 12 34 56 78", Some("NL"), "+31612345678", Some(true)),
            ("1 (202) 555-0123", Some("US"), "+12025550123", None),
            ("202-555-0123", Some("US"), "+12025550123", None),
            ("+81 90 1234 5678", None, "+819012345678", None),
        ] {
            assert_eq!(told(text, country), Some((wanted.to_owned(), mobile)), "{text} {country:?}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for (text, country) in [
            ("", None),
            ("+", None),
            ("00", None),
            ("12", None),
            ("poste 12", None),
            ("voir Mme X", Some("BE")),
            ("0612", None),
            ("06 12 34 56 78 9", None),
            ("+33 6 12", None),
            ("+336123456789012345", None),
            ("06 12 34 56 78", Some("BE")),
            ("612 34 56 78", Some("FR")),
            // A country whose rules are not in the table: only an international number can be read.
            ("090 1234 5678", Some("JP")),
            ("٠٦١٢٣٤٥٦٧٨", None),
            ("06 12 34 56 78 / 06 12 34 56 79", None),
        ] {
            assert_eq!(told(text, country), None, "{text} {country:?}");
        }
    }

    #[test]
    fn what_was_read_is_read_again_as_the_same() {
        for text in ["06 12 34 56 78", "0692 12 34 56", "01 99 00 14 14"] {
            let number = read(text, None).unwrap();
            for country in [None, Some("BE"), Some("JP")] {
                assert_eq!(read(&number.e164, country).as_ref(), Some(&number));
            }
        }
    }
}
