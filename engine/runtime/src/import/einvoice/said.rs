//! What an electronic invoice says, whatever its syntax, before it is checked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relance_core::schema::fold;
use roxmltree::Node;

/// An invoice, word by word.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// BT-1.
    pub number: Option<String>,
    /// BT-3.
    pub kind: Option<String>,
    /// Whether the document itself is a credit note, whatever its type says.
    pub credit_note: bool,
    /// BT-2.
    pub issued: Option<String>,
    /// BT-5.
    pub currency: Option<String>,
    /// BT-9, and the amounts that extended profiles give to several of them.
    pub terms: Vec<Term>,
    /// BT-112.
    pub total: Option<String>,
    /// BT-113.
    pub prepaid: Option<String>,
    /// BT-114.
    pub rounding: Option<String>,
    /// BT-115.
    pub payable: Option<String>,
    /// BT-13.
    pub order: Option<String>,
    /// BT-25.
    pub origins: Vec<String>,
    /// BT-72, else BT-74.
    pub performed: Option<String>,
    /// BG-4.
    pub seller: Party,
    /// BG-7.
    pub buyer: Party,
    /// BT-125: the files inside of the XML.
    pub papers: Vec<Base64>,
    /// Where BT-1, BT-2, BT-3, BT-5, BT-9 and BT-115 stand in this syntax.
    pub ways: [&'static str; 6],
}

/// One due date.
#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    pub due: Option<String>,
    pub amount: Option<String>,
}

/// A seller or a buyer.
#[derive(Clone, Debug, Default)]
pub(super) struct Party {
    pub name: Option<String>,
    /// With their schemes, when they have one: BT-29 and BT-46.
    pub identifiers: Vec<(Option<String>, String)>,
    /// BT-30, BT-47.
    pub legal: Option<(Option<String>, String)>,
    /// BT-31, BT-48.
    pub vat: Option<String>,
    /// BT-34, BT-49.
    pub electronic: Option<(Option<String>, String)>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub lines: Vec<String>,
    pub postcode: Option<String>,
    pub town: Option<String>,
    pub country: Option<String>,
}

/// Digits and letters only, in capitals.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// The key of SIREN and SIRET.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit) {
            (0, d) => d,
            (_, d) if d > 4 => d * 2 - 9,
            (_, d) => d * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The SIREN in a SIREN or a SIRET; with `sure`, whatever its key says.
fn siren_of(text: &str, sure: bool) -> Option<String> {
    let digits = bare(text);
    let long = matches!(digits.len(), 9 | 14) && digits.bytes().all(|b| b.is_ascii_digit());
    (long && (sure || luhn(&digits))).then(|| digits.chars().take(9).collect())
}

impl Party {
    /// Its SIREN, out of its registration, its other identifiers or its VAT number.
    pub fn siren(&self) -> Option<String> {
        let french = self.country.as_deref().is_none_or(|c| c.eq_ignore_ascii_case("FR"));
        let of = |(scheme, text): &(Option<String>, String)| match scheme.as_deref() {
            Some("0002" | "0009") => siren_of(text, true),
            Some("SIREN" | "SIRET") => siren_of(text, true),
            None if french => siren_of(text, false),
            _ => None,
        };
        let official = self.identifiers.iter().filter(|(scheme, _)| scheme.is_some()).chain(&self.legal).find_map(of);
        let legal = self.legal.as_ref().and_then(of);
        legal.or(official).or_else(|| {
            let vat = bare(self.vat.as_deref()?);
            let digits = vat.strip_prefix("FR").filter(|rest| rest.len() == 11)?.get(2..)?;
            siren_of(digits, true)
        })
    }

    /// BT-46 as the creditor's own code of the client: an identifier of no register.
    pub fn own_code(&self) -> Option<&str> {
        let own = self.identifiers.iter().find(|(scheme, _)| scheme.is_none());
        own.map(|(_, code)| code.as_str())
    }

    /// VAT number, in its usual form.
    pub fn vat_number(&self) -> Option<String> {
        self.vat.as_deref().map(bare).filter(|vat| vat.len() > 4)
    }

    /// What it is registered as, where no SIREN and no VAT number is known.
    pub fn registered(&self) -> Option<String> {
        let legal = self.legal.iter().chain(&self.identifiers).next();
        legal.map(|(_, number)| number.trim().to_owned())
    }
}

/// A file inside of the XML.
#[derive(Clone, Debug)]
pub(super) struct Base64 {
    pub name: String,
    pub described: String,
    /// The file, when it is a PDF.
    pub pdf: Option<Vec<u8>>,
}

impl Base64 {
    pub fn of(held: Node<'_, '_>, described: &str) -> Base64 {
        let name = held.attribute("filename").unwrap_or_default().to_owned();
        // Only what begins as a PDF in this coding is worth decoding.
        let text: String = held.children().filter_map(|part| part.text()).collect();
        let packed: String = if text.trim_start().starts_with("JVBERi") {
            text.chars().filter(|c| !c.is_whitespace()).collect()
        } else {
            String::new()
        };
        let pdf = STANDARD.decode(packed).ok().filter(|bytes| bytes.starts_with(b"%PDF-"));
        Base64 { name, described: described.to_owned(), pdf }
    }

    /// Whether its name or its description says that it is the invoice itself.
    pub fn readable_form(&self, number: &str) -> bool {
        let words = fold(&format!("{} {}", self.name, self.described));
        let named = !number.is_empty() && words.contains(&fold(number));
        named || ["lisible", "facture", "invoice", "avoir", "rechnung"].iter().any(|word| words.contains(word))
    }
}
