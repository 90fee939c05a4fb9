//! The creditor reference of an invoice (ISO 11649, « référence RF »): what a debtor writes in a credit transfer, and what tells then which
//! invoice is paid. Its two check digits catch a digit mistyped or two exchanged.

use sha2::{Digest, Sha256};

/// The longest reference, `RF` and check digits included.
const LONGEST: usize = 25;
/// How much of a long number stands in its reference; the rest is a digest.
const KEPT: usize = 12;

/// The reference of an invoice: its number without what a reference cannot hold, in capitals (`FA-2026/118` → `RF…FA2026118`). A number of
/// more than 21 letters and digits is shortened, and a digest keeps two of them apart; one without any has none.
pub fn creditor_reference(invoice: &str) -> Option<String> {
    let mut body: String =
        invoice.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    if body.is_empty() {
        return None;
    }
    if body.len() > LONGEST - 4 {
        let digest = Sha256::digest(invoice.as_bytes());
        let tail: String = digest.iter().take(LONGEST - 4 - KEPT).map(|byte| char::from(b'0' + byte % 10)).collect();
        body.truncate(KEPT);
        body.push_str(&tail);
    }
    Some(format!("RF{:02}{body}", 98 - remainder(&format!("{body}RF00"))))
}

/// Reads a reference as people and banks write it, in groups or not, in any case; `None` when it is none or its check digits are wrong.
pub fn read_creditor_reference(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let shape = (5..=LONGEST).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_alphanumeric());
    let (head, body) = plain.split_at_checked(4).filter(|_| shape)?;
    let digits = head.strip_prefix("RF")?;
    let checked = digits.bytes().all(|b| b.is_ascii_digit()) && remainder(&format!("{body}{head}")) == 1;
    checked.then_some(plain)
}

/// The remainder of 97, letters counting from A = 10 (ISO 7064, MOD 97-10).
pub(crate) fn remainder(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |sum, digit| {
        let shift = if digit > 9 { 100 } else { 10 };
        (sum * shift + digit) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Published references with their check digits.
    #[test]
    fn known_references_are_read_and_made() {
        for reference in ["RF18539007547034", "RF712348231", "RF45G72UUR", "RF6518K5"] {
            assert_eq!(read_creditor_reference(reference).as_deref(), Some(reference));
            assert_eq!(creditor_reference(&reference[4..]).as_deref(), Some(reference));
        }
        assert_eq!(read_creditor_reference(" rf18 5390 0754 7034 ").as_deref(), Some("RF18539007547034"));
        for wrong in [
            "",
            "RF",
            "RF18",
            "RF19539007547034",
            "RF18539007547043",
            "FR18539007547034",
            "RF1é539007547034",
            "RF18-539007547034",
        ] {
            assert_eq!(read_creditor_reference(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_invoice_number_becomes_a_reference() {
        insta::assert_debug_snapshot!(
            [
                "FA-2026/118",
                "f 1",
                "É-1",
                "0",
                "–",
                "",
                "FACTURE-CLIENT-2026-000000118",
                "FACTURE-CLIENT-2026-000000119"
            ]
            .map(|number| (number, creditor_reference(number)))
        );
    }

    proptest! {
        #[test]
        fn every_reference_is_read_again(number in "\\PC{0,40}") {
            if let Some(reference) = creditor_reference(&number) {
                prop_assert_eq!(read_creditor_reference(&reference), Some(reference.clone()));
                // One digit mistyped is noticed.
                let last = reference.chars().last().unwrap();
                let Some(digit) = last.to_digit(10) else { return Ok(()) };
                let other = (digit + 3) % 10;
                let mistyped = format!("{}{other}", &reference[..reference.len() - 1]);
                prop_assert_eq!(read_creditor_reference(&mistyped), None);
            }
        }
    }
}
