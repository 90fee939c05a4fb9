//! Telephone numbers and e-mail addresses.

use crate::import::problem::Refusal;
use relance_core::phone;

/// A telephone number, and whether it could be read as E.164.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phone {
    /// `+33612345678`, or the text as given.
    pub number: String,
    /// Whether it is E.164.
    pub read: bool,
}

/// Reads a telephone number as somebody of this country writes it, France without one; what cannot be read is kept as given: a person
/// may still dial it.
pub fn phone(text: &str, country: Option<&str>) -> Phone {
    match phone::read(text, country) {
        Some(number) => Phone { number: number.e164, read: true },
        None => Phone { number: text.trim().to_owned(), read: false },
    }
}

/// Checks the form of an e-mail address; gives it trimmed.
pub fn email(text: &str) -> Result<String, Refusal> {
    let address = text.trim();
    let wrong = || Refusal::new("ce n'est pas une adresse électronique", "attendu : par exemple `compta@example.fr`");
    if address.contains([';', ',', ' ', '\n']) && address.matches('@').count() > 1 {
        let advice =
            "une seule par cellule ; mettez les autres dans des colonnes `email_comptabilite`, `email_direction` …";
        return Err(Refusal::new("plusieurs adresses dans une cellule", advice));
    }
    let (local, domain) = address.rsplit_once('@').ok_or_else(wrong)?;
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b));
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let last_ok =
        domain.rsplit('.').next().is_some_and(|l| l.chars().count() >= 2 && !l.chars().all(|c| c.is_ascii_digit()));
    let domain_ok = domain.contains('.') && domain.len() <= 253 && domain.split('.').all(label_ok) && last_ok;
    if local_ok && domain_ok { Ok(address.to_owned()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones() {
        for text in [
            "06 39 98 12 34",
            "0639981234",
            "06.39.98.12.34",
            "+33 6 39 98 12 34",
            "0033639981234",
            "+33 (0)6 39 98 12 34",
        ] {
            assert_eq!(phone(text, None), Phone { number: "+33639981234".to_owned(), read: true }, "{text}");
        }
        assert_eq!(phone("+41 22 700 00 00", None).number, "+41227000000");
        assert_eq!(phone("022 700 00 00", Some("CH")).number, "+41227000000");
        for (text, country) in
            [("0612", None), ("voir Mme X", None), ("06 12 34 56 78", Some("BE")), ("+33 6 12", None)]
        {
            assert_eq!(phone(text, country), Phone { number: text.to_owned(), read: false });
        }
    }

    #[test]
    fn emails() {
        for text in ["compta@example.fr", " a.b+c@sous.example.fr ", "x@île.example"] {
            assert_eq!(email(text).as_deref(), Ok(text.trim()));
        }
        for text in [
            "",
            "compta",
            "compta@",
            "@example.fr",
            "a@b",
            "a..b@example.fr",
            "a b@example.fr",
            "a@-x.fr",
            "a@x.12",
            "a@example..fr",
        ] {
            assert!(email(text).is_err(), "{text}");
        }
        assert!(email("a@example.fr; b@example.fr").unwrap_err().reason.contains("plusieurs"));
    }
}
