//! The text of a payment QR code: what a banking app reads to fill in a SEPA credit transfer (European Payments Council, EPC069-12 version 3.1,
//! « Quick Response Code: Guidelines to enable data capture for the initiation of a SEPA credit transfer »).

use crate::creditor_reference::{read_creditor_reference, remainder};
use crate::money::{Amount, Currency};

/// The most bytes that the code may hold.
const MOST_BYTES: usize = 331;
/// The most characters of the beneficiary's name.
const NAME: usize = 70;
/// The most characters of a free text.
const TEXT: usize = 140;
/// The most cents of a transfer: 999 999 999,99 €.
const MOST_CENTS: i64 = 99_999_999_999;

/// A credit transfer to ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transfer<'a> {
    /// The account's holder, as the bank knows it: banks compare the two.
    pub name: &'a str,
    /// The account, with or without blanks.
    pub iban: Option<&'a str>,
    /// The bank's code. Not needed within the European Economic Area.
    pub bic: Option<&'a str>,
    /// How much.
    pub amount: Amount,
    /// What the transfer says of itself: a creditor reference, or free words. Too long ones are cut.
    pub remittance: &'a str,
}

/// Why there is no code for a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoCode {
    /// The account's holder has no name.
    Name,
    /// No account is known.
    NoIban,
    /// The account's check digits are wrong.
    WrongIban,
    /// SEPA is in euros only.
    Currency(Currency),
    /// Nothing is to be paid.
    Nothing,
    /// More than a transfer can carry.
    TooMuch,
}

impl NoCode {
    /// In French, as the end of « pas de code QR de virement : … ».
    pub fn told(self) -> String {
        match self {
            NoCode::Name => "le créancier n’a pas de nom (`nom` dans [creancier] de relance.toml)".to_owned(),
            NoCode::NoIban => "le créancier n’a pas d’IBAN (`iban` dans [creancier] de relance.toml)".to_owned(),
            NoCode::WrongIban => {
                "l’IBAN du créancier est faux, sa clé ne convient pas (`iban` dans [creancier] de relance.toml)"
                    .to_owned()
            }
            NoCode::Currency(currency) => {
                format!("le montant est en {}, et un virement SEPA n’est qu’en euros", currency.code())
            }
            NoCode::Nothing => "il n’y a rien à payer".to_owned(),
            NoCode::TooMuch => "le montant dépasse 999 999 999,99 €, le plus qu’un virement SEPA porte".to_owned(),
        }
    }
}

impl Transfer<'_> {
    /// The code's text: lines without the last line end, empty ones at the end left out (version 002, UTF-8).
    pub fn payload(&self) -> Result<String, NoCode> {
        let name = cut(&one_line(self.name), NAME, usize::MAX);
        if name.is_empty() {
            return Err(NoCode::Name);
        }
        let iban = compact(self.iban.filter(|iban| !iban.trim().is_empty()).ok_or(NoCode::NoIban)?);
        if !is_iban(&iban) {
            return Err(NoCode::WrongIban);
        }
        if self.amount.currency != Currency::EUR {
            return Err(NoCode::Currency(self.amount.currency));
        }
        match self.amount.cents {
            ..=0 => return Err(NoCode::Nothing),
            1..=MOST_CENTS => {}
            _ => return Err(NoCode::TooMuch),
        }
        let bic = self.bic.map(compact).filter(|bic| is_bic(bic)).unwrap_or_default();
        let amount = format!("EUR{}.{:02}", self.amount.cents / 100, self.amount.cents % 100);
        let reference = read_creditor_reference(self.remittance).unwrap_or_default();
        // Purpose stays empty; a reference and free words exclude each other.
        let head = format!("BCD\n002\n1\nSCT\n{bic}\n{name}\n{iban}\n{amount}\n\n{reference}");
        let words = if reference.is_empty() { one_line(self.remittance) } else { String::new() };
        let words = cut(&words, TEXT, MOST_BYTES.saturating_sub(head.len() + 1));
        let whole = if words.is_empty() { head } else { format!("{head}\n{words}") };
        Ok(whole.trim_end().to_owned())
    }
}

/// Without blanks, in capitals.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether an account's number has the shape of ISO 13616 and the right check digits.
fn is_iban(iban: &str) -> bool {
    let shape = (15..=34).contains(&iban.len()) && iban.bytes().all(|b| b.is_ascii_alphanumeric());
    let Some((head, rest)) = iban.split_at_checked(4).filter(|_| shape) else { return false };
    let country = head.bytes().take(2).all(|b| b.is_ascii_uppercase());
    country && head.bytes().skip(2).all(|b| b.is_ascii_digit()) && remainder(&format!("{rest}{head}")) == 1
}

/// Whether a bank's code has the shape of ISO 9362.
fn is_bic(bic: &str) -> bool {
    matches!(bic.len(), 8 | 11)
        && bic.bytes().all(|b| b.is_ascii_alphanumeric())
        && bic.bytes().take(6).all(|b| b.is_ascii_uppercase())
}

/// One line of visible characters: a line end in a name would begin another field.
fn one_line(text: &str) -> String {
    let visible = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    let spaced: String = text.chars().map(visible).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many characters and bytes, at the end of a word where one ends in the last third.
fn cut(text: &str, characters: usize, bytes: usize) -> String {
    let mut kept = String::new();
    for c in text.chars().take(characters) {
        if kept.len() + c.len_utf8() > bytes {
            break;
        }
        kept.push(c);
    }
    if kept.len() < text.len()
        && !text.get(kept.len()..).is_some_and(|rest| rest.starts_with(' '))
        && let Some(end) = kept.rfind(' ').filter(|end| *end * 3 > kept.len() * 2)
    {
        kept.truncate(end);
    }
    kept.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const IBAN: &str = "FR76 3000 6000 0112 3456 7890 189";

    fn transfer(remittance: &str) -> Transfer<'_> {
        Transfer {
            name: "Ateliers Morel",
            iban: Some(IBAN),
            bic: Some("AGRIFRPP882"),
            amount: Amount::eur(124_050),
            remittance,
        }
    }

    /// The guidelines' own example (annex), with its name and account.
    #[test]
    fn the_published_example() {
        let example = Transfer {
            name: "Red Cross of Belgium",
            iban: Some("BE72 0000 0000 1616"),
            bic: Some("BPOTBEB1"),
            amount: Amount::eur(100),
            remittance: "Urgency fund",
        };
        let expected = "BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\nEUR1.00\n\n\nUrgency fund";
        assert_eq!(example.payload().as_deref(), Ok(expected));
    }

    #[test]
    fn a_reference_stands_in_its_own_field() {
        let told = transfer("rf18 5390 0754 7034").payload();
        let expected = "BCD\n002\n1\nSCT\nAGRIFRPP882\nAteliers Morel\nFR7630006000011234567890189\nEUR1240.50\n\nRF18539007547034";
        assert_eq!(told.as_deref(), Ok(expected));
        // Wrong check digits: words like others.
        assert!(transfer("RF19539007547034").payload().is_ok_and(|text| text.ends_with("\n\n\nRF19539007547034")));
        assert!(transfer("").payload().is_ok_and(|text| text.ends_with("\nEUR1240.50")));
    }

    #[test]
    fn nothing_in_a_value_begins_another_field() {
        let nasty = Transfer { name: "Morel\nFR00\r\n\u{2028}EUR1.00\u{85}", ..transfer("a\nb\r\nc") };
        let text = nasty.payload().unwrap();
        assert_eq!(text.lines().nth(5), Some("Morel FR00 EUR1.00"));
        assert!(text.ends_with("\n\n\na b c"), "{text}");
    }

    #[test]
    fn what_makes_no_code_is_told() {
        let reason = |transfer: Transfer<'_>| transfer.payload().unwrap_err().told();
        let amount = |cents| Transfer { amount: Amount::eur(cents), ..transfer("") };
        let dollars = Currency::parse("USD").unwrap();
        insta::assert_snapshot!(
            [
                reason(Transfer { name: " \n", ..transfer("") }),
                reason(Transfer { iban: None, ..transfer("") }),
                reason(Transfer { iban: Some("  "), ..transfer("") }),
                reason(Transfer { iban: Some("FR76 3000 6000 0112 3456 7890 188"), ..transfer("") }),
                reason(Transfer { iban: Some("é"), ..transfer("") }),
                reason(Transfer { amount: Amount::new(1, dollars), ..transfer("") }),
                reason(amount(0)),
                reason(amount(-5)),
                reason(amount(MOST_CENTS + 1)),
            ]
            .join("\n")
        );
        assert!(amount(1).payload().is_ok_and(|text| text.contains("EUR0.01")));
        assert!(amount(MOST_CENTS).payload().is_ok_and(|text| text.contains("EUR999999999.99")));
    }

    #[test]
    fn long_names_are_cut_at_a_word() {
        let name = "Société anonyme des établissements Morel, Fils et Compagnie de la région lyonnaise";
        let text = Transfer { name, bic: Some("nonsense!"), ..transfer("") }.payload().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines.get(4..6),
            Some(&["", "Société anonyme des établissements Morel, Fils et Compagnie de la"][..])
        );
    }

    proptest! {
        #[test]
        fn every_text_fits_and_has_its_fields(name in "\\PC{1,300}", words in ".{0,300}", cents in 1..=MOST_CENTS) {
            let made = Transfer { name: &name, amount: Amount::eur(cents), ..transfer(&words) }.payload();
            let Ok(text) = made else {
                prop_assert!(one_line(&name).is_empty());
                return Ok(());
            };
            prop_assert!(text.len() <= MOST_BYTES, "{}", text.len());
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert!((8..=11).contains(&lines.len()));
            prop_assert!(lines[5].chars().count() <= NAME && !lines[5].is_empty());
            prop_assert_eq!(lines[6], "FR7630006000011234567890189");
            prop_assert!(lines.iter().skip(10).all(|words| words.chars().count() <= TEXT));
        }
    }
}
