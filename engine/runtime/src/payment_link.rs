//! The links by which debtors pay: the page of the creditor's provider, by a pattern, or our own page for a bank transfer. What a link says
//! is signed: nobody can make that of another invoice, of another client, or of another amount.

use crate::config::{Config, LinkForm};
use crate::percent::percent;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use relance_core::creditor_reference::creditor_reference;
use relance_core::money::Amount;
use ring::hmac;
use std::fmt;

/// Bytes of the signature of a link to our page: too many to be guessed.
const MARK: usize = 16;
/// The longest link to our page, in bytes; browsers and mail programs take it whole.
const LONGEST: usize = 1_800;
/// What parts a client's code from the numbers of its invoices: no field of a file holds it.
const UNIT: char = '\u{1f}';

/// Makes and reads the links of one creditor.
#[derive(Clone)]
pub struct PaymentLinks {
    form: LinkForm,
    entity: String,
    key: Option<hmac::Key>,
}

impl fmt::Debug for PaymentLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentLinks").field("form", &self.form).finish_non_exhaustive()
    }
}

/// What a link to our page stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The client's code.
    pub client: String,
    /// The numbers of its invoices, in the order of the link; never empty.
    pub invoices: Vec<String>,
}

impl PaymentLinks {
    /// After `[paiement]`; none when it gives no link. An error, in French, when the variable that holds the secret is not set.
    pub fn new(config: &Config) -> Result<Option<PaymentLinks>, String> {
        let payment = &config.payment;
        let Some(form) = payment.link.clone() else { return Ok(None) };
        let key = payment.link_secret_env.as_ref().map(|variable| {
            let secret = std::env::var(variable).ok().filter(|secret| secret.len() >= 16).ok_or_else(|| {
                format!(
                    "la variable d’environnement {variable} n’est pas définie, ou tient en moins de 16 caractères : elle doit contenir le \
                     secret qui signe les liens de paiement (`liens_env` dans [paiement])"
                )
            })?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
        });
        let key: Option<Result<hmac::Key, String>> = key;
        Ok(Some(PaymentLinks { form, entity: config.creditor.entity.clone(), key: key.transpose()? }))
    }

    /// The link of one invoice, on which so much is to be paid.
    pub fn invoice(&self, client: &str, number: &str, amount: Amount) -> Option<String> {
        match &self.form {
            LinkForm::Provider(pattern) => {
                let reference = creditor_reference(number).unwrap_or_default();
                let cents = amount.cents.max(0);
                let link = pattern
                    .replace("{numero}", &percent(number))
                    .replace("{client}", &percent(client))
                    .replace("{montant}", &format!("{}.{:02}", cents / 100, cents % 100))
                    .replace("{devise}", amount.currency.code())
                    .replace("{reference}", &reference);
                // It stands at the end, and is of all that stands before it.
                Some(match link.strip_suffix("{signature}") {
                    Some(signed) => [signed, &self.signature(signed)?].concat(),
                    None => link,
                })
            }
            LinkForm::Page(page) => self.page(page, client, &[number]),
        }
    }

    /// One link for all of these invoices of a client; none when the provider's page takes one at a time, and when there are too many.
    pub fn group(&self, client: &str, invoices: &[(&str, Amount)]) -> Option<String> {
        match (&self.form, invoices) {
            (_, [(number, amount)]) => self.invoice(client, number, *amount),
            (LinkForm::Provider(_), _) => None,
            (LinkForm::Page(page), _) => {
                let numbers: Vec<&str> = invoices.iter().map(|(number, _)| *number).collect();
                self.page(page, client, &numbers)
            }
        }
    }

    fn signature(&self, signed: &str) -> Option<String> {
        let mark = hmac::sign(self.key.as_ref()?, signed.as_bytes());
        Some(mark.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn page(&self, page: &str, client: &str, numbers: &[&str]) -> Option<String> {
        let mut claim = client.to_owned();
        for number in numbers {
            claim.push(UNIT);
            claim.push_str(number);
        }
        let mark = self.mark(&claim)?;
        let (claim, mark) = (URL_SAFE_NO_PAD.encode(&claim), URL_SAFE_NO_PAD.encode(mark));
        let link = format!("{}/payer/{claim}.{mark}", page.trim_end_matches('/'));
        (link.len() <= LONGEST).then_some(link)
    }

    fn mark(&self, claim: &str) -> Option<Vec<u8>> {
        let signed = [self.entity.as_str(), claim].join("\u{1e}");
        hmac::sign(self.key.as_ref()?, signed.as_bytes()).as_ref().get(..MARK).map(<[u8]>::to_vec)
    }

    /// What the end of a link to our page stands for, if it is one of ours, unchanged.
    pub fn read(&self, token: &str) -> Option<Claim> {
        let (claim, mark) = token.split_once('.').filter(|_| token.len() <= LONGEST)?;
        let claim = String::from_utf8(URL_SAFE_NO_PAD.decode(claim).ok()?).ok()?;
        let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
        let ours = self.mark(&claim)?;
        // Compared without telling by its duration how much is right.
        let wrong = ours.iter().zip(&mark).fold(0u8, |wrong, (a, b)| wrong | (a ^ b));
        if mark.len() != MARK || wrong != 0 {
            return None;
        }
        let mut parts = claim.split(UNIT).map(str::to_owned);
        let client = parts.next()?;
        let invoices: Vec<String> = parts.collect();
        (!invoices.is_empty()).then_some(Claim { client, invoices })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(form: LinkForm, entity: &str) -> PaymentLinks {
        let key = Some(hmac::Key::new(hmac::HMAC_SHA256, b"une phrase secrete"));
        PaymentLinks { form, entity: entity.to_owned(), key }
    }

    fn ours(entity: &str) -> PaymentLinks {
        links(LinkForm::Page("https://payer.exemple.fr/".to_owned()), entity)
    }

    fn token(link: &str) -> &str {
        link.rsplit_once("/payer/").unwrap().1
    }

    #[test]
    fn a_link_is_read_by_its_maker_only_and_only_unchanged() {
        let ours = ours("");
        let amount = Amount::eur(100);
        let one = ours.invoice("C1", "FA 2026/1", amount).unwrap();
        let claim = Claim { client: "C1".to_owned(), invoices: vec!["FA 2026/1".to_owned()] };
        assert_eq!(ours.read(token(&one)), Some(claim));
        let group = ours.group("C1", &[("F1", amount), ("É2", amount)]).unwrap();
        let claim = Claim { client: "C1".to_owned(), invoices: vec!["F1".to_owned(), "É2".to_owned()] };
        assert_eq!(ours.read(token(&group)), Some(claim));
        // Another creditor's, cut, another invoice under the same mark.
        assert_eq!(super::tests::ours("filiale").read(token(&one)), None);
        let mark = token(&one).split_once('.').unwrap().1;
        assert_eq!(ours.read(&format!("{}.{mark}", URL_SAFE_NO_PAD.encode("C1\u{1f}F2"))), None);
        let cut = &token(&one)[..token(&one).len() - 2];
        assert_eq!(ours.read(cut), None);
        for i in 0..token(&one).len() {
            let mut changed: Vec<u8> = token(&one).bytes().collect();
            changed[i] = if changed[i] == b'A' { b'Q' } else { b'A' };
            assert_eq!(ours.read(std::str::from_utf8(&changed).unwrap()), None, "{i}");
        }
        for hostile in ["", ".", "a.b", "%00.%00", "é.é", &"A".repeat(5_000)] {
            assert_eq!(ours.read(hostile), None);
        }
    }

    #[test]
    fn too_many_invoices_have_no_link() {
        let numbers: Vec<String> = (0..200).map(|n| format!("FA-2026-{n:05}")).collect();
        let invoices: Vec<(&str, Amount)> = numbers.iter().map(|n| (n.as_str(), Amount::eur(1))).collect();
        assert_eq!(ours("").group("C1", &invoices), None);
        assert!(ours("").group("C1", &invoices[..60]).is_some());
    }

    #[test]
    fn the_page_of_a_provider() {
        let pattern = "https://p.exemple/{numero}?c={client}&m={montant}&d={devise}&r={reference}&s={signature}";
        let provider = links(LinkForm::Provider(pattern.to_owned()), "");
        let link = provider.invoice("C 1", "FA-7&m=0", Amount::eur(123_405)).unwrap();
        // printf '%s' 'https://p.exemple/…&s=' | openssl dgst -sha256 -hmac 'une phrase secrete'
        insta::assert_snapshot!(link);
        assert_eq!(provider.group("C1", &[("F1", Amount::eur(1)), ("F2", Amount::eur(1))]), None);
    }
}
