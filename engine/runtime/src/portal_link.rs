//! The links by which a client's contacts come to the client's page out of a message. A link says which client, which contact and which day;
//! nobody can make that of another one. What it opens, and until when, is the server's to say.

use crate::config::Config;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike, NaiveDate};
use relance_core::incoming::Customer;
use ring::hmac;
use std::fmt;

/// Bytes of the signature: too many to be guessed.
const MARK: usize = 16;
/// Bytes by which a contact is told from the others of its client; the address itself stands in no link.
const CONTACT: usize = 8;
/// Bytes of the day.
const DAY: usize = 4;
/// The longest link's end, in characters.
const LONGEST: usize = 400;
/// What parts the pieces of what is signed: no field of a file holds it.
const UNIT: &str = "\u{1f}";

/// Makes and reads the links of one creditor.
#[derive(Clone)]
pub struct PortalLinks {
    address: String,
    entity: String,
    key: hmac::Key,
}

impl fmt::Debug for PortalLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortalLinks").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What a link stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PortalClaim {
    /// The client's code.
    pub client: String,
    /// The day of its message.
    pub day: NaiveDate,
    contact: Vec<u8>,
}

impl PortalLinks {
    /// After `[espace]`; none without it. An error, in French, when the variable that holds the secret is not set.
    pub fn new(config: &Config) -> Result<Option<PortalLinks>, String> {
        let Some(portal) = &config.portal else { return Ok(None) };
        let variable = &portal.link_secret_env;
        let secret = std::env::var(variable).ok().filter(|secret| secret.len() >= 16).ok_or_else(|| {
            format!(
                "la variable d’environnement {variable} n’est pas définie, ou tient en moins de 16 caractères : elle doit contenir le \
                 secret qui signe les liens vers l’espace du client (`liens_env` dans [espace])"
            )
        })?;
        Ok(Some(PortalLinks::signed(&portal.address, &config.creditor.entity, &secret)))
    }

    /// Of one entité, at an address, signed by a secret.
    pub fn signed(address: &str, entity: &str, secret: &str) -> PortalLinks {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        PortalLinks { address: address.trim_end_matches('/').to_owned(), entity: entity.to_owned(), key }
    }

    /// The link for a contact of a client in a message of a day; none for an address that is not one of the client's.
    pub fn link(&self, (code, customer): (&str, &Customer), contact: &str, day: NaiveDate) -> Option<String> {
        if !is_contact(customer, contact) {
            return None;
        }
        let mut claim = day.num_days_from_ce().to_be_bytes().to_vec();
        claim.extend(self.contact(code, contact));
        claim.extend(code.as_bytes());
        let end = format!("{}.{}", URL_SAFE_NO_PAD.encode(&claim), URL_SAFE_NO_PAD.encode(self.mark(&claim)));
        (end.len() <= LONGEST).then(|| format!("{}/espace/{end}", self.address))
    }

    /// What the end of a link stands for, if it is one of ours, unchanged.
    pub fn read(&self, end: &str) -> Option<PortalClaim> {
        let (claim, mark) = end.split_once('.').filter(|_| end.len() <= LONGEST)?;
        let claim = URL_SAFE_NO_PAD.decode(claim).ok()?;
        let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
        // Compared without telling by its duration how much is right.
        let wrong = self.mark(&claim).iter().zip(&mark).fold(0u8, |wrong, (a, b)| wrong | (a ^ b));
        if mark.len() != MARK || wrong != 0 {
            return None;
        }
        let (day, rest) = claim.split_at_checked(DAY)?;
        let (contact, client) = rest.split_at_checked(CONTACT)?;
        let day = NaiveDate::from_num_days_from_ce_opt(i32::from_be_bytes(day.try_into().ok()?))?;
        Some(PortalClaim { client: String::from_utf8(client.to_vec()).ok()?, day, contact: contact.to_vec() })
    }

    /// The address of the contact that a link is of, as long as it is one of the client's.
    pub fn contact_of(&self, claim: &PortalClaim, customer: &Customer) -> Option<String> {
        let mut all = contacts(customer).into_iter().map(|(address, _)| address);
        all.find(|address| self.contact(&claim.client, address) == claim.contact)
    }

    fn contact(&self, client: &str, address: &str) -> Vec<u8> {
        self.sign(&["contact", client, &bare(address)].join(UNIT).into_bytes(), CONTACT)
    }

    fn mark(&self, claim: &[u8]) -> Vec<u8> {
        self.sign(&["lien".as_bytes(), self.entity.as_bytes(), claim].join(UNIT.as_bytes()), MARK)
    }

    fn sign(&self, text: &[u8], bytes: usize) -> Vec<u8> {
        hmac::sign(&self.key, text).as_ref().iter().copied().take(bytes).collect()
    }
}

/// The addresses of a client's contacts, each once, each with whom it reaches.
pub fn contacts(customer: &Customer) -> Vec<(String, String)> {
    let main = customer.email.iter().map(|email| (email.clone(), "contact des relances".to_owned()));
    let others = customer.contacts.iter().filter_map(|contact| {
        let who = [contact.name.as_deref(), Some(contact.role.as_str())];
        let who: Vec<&str> = who.into_iter().flatten().filter(|word| !word.is_empty()).collect();
        Some((contact.email.clone()?, who.join(", ")))
    });
    let mut found: Vec<(String, String)> = Vec::new();
    for (email, who) in main.chain(others) {
        if !found.iter().any(|(known, _)| bare(known) == bare(&email)) {
            found.push((email, who));
        }
    }
    found
}

/// Whether an address is one of the client's contacts.
pub fn is_contact(customer: &Customer, address: &str) -> bool {
    contacts(customer).iter().any(|(known, _)| bare(known) == bare(address))
}

/// An address, however it is written.
pub fn bare(address: &str) -> String {
    address.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use relance_core::incoming::CustomerContact;

    fn links(entity: &str, secret: &str) -> PortalLinks {
        PortalLinks::signed("https://relance.exemple.fr/", entity, secret)
    }

    fn customer(email: &str) -> Customer {
        Customer { email: Some(email.to_owned()), ..Customer::default() }
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 19).unwrap()
    }

    fn end(link: &str) -> &str {
        link.strip_prefix("https://relance.exemple.fr/espace/").unwrap()
    }

    proptest! {
        #[test]
        fn a_link_says_whose_it_is_and_no_change_of_it_says_anything(
            code in "\\PC{1,40}", email in "[a-z]{1,8}@[a-z]{1,8}\\.example", at in 0_usize..200, letter in "[A-Za-z0-9_.-]"
        ) {
            let (own, client) = (links("e", "seize caracteres"), customer(&email));
            let link = own.link((&code, &client), &email.to_uppercase(), day()).unwrap();
            let claim = own.read(end(&link)).unwrap();
            prop_assert_eq!((claim.client.as_str(), claim.day), (code.as_str(), day()));
            prop_assert_eq!(own.contact_of(&claim, &client), Some(email));
            prop_assert_eq!(own.contact_of(&claim, &customer("autre@autre.example")), None);
            let mut changed = end(&link).to_owned();
            let at = at % changed.len();
            changed.replace_range(at..=at, &letter);
            // The last letter of either part has bits that nothing reads: a text that decodes to the same is refused by the decoder.
            prop_assert!(changed == end(&link) || own.read(&changed).is_none());
            for other in [links("autre", "seize caracteres"), links("e", "dix-sept lettres.")] {
                prop_assert!(other.read(end(&link)).is_none());
            }
        }

        #[test]
        fn nothing_else_is_read(text in "\\PC{0,60}|[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{22}") {
            prop_assert!(links("e", "seize caracteres").read(&text).is_none());
        }
    }

    #[test]
    fn a_contact_is_of_one_client_and_nobody_else_gets_a_link() {
        let (own, client) = (links("e", "seize caracteres"), customer("compta@client.example"));
        assert_eq!(own.link(("C1", &client), "patron@societe.example", day()), None, "one of our own people");
        assert_eq!(own.link(("C1", &client), "", day()), None);
        assert_eq!(
            own.link((&"C".repeat(400), &client), "compta@client.example", day()),
            None,
            "too long for a message"
        );
        let link = own.link(("C1", &client), "compta@client.example", day()).unwrap();
        let mut claim = own.read(end(&link)).unwrap();
        claim.client = "C2".to_owned();
        assert_eq!(own.contact_of(&claim, &client), None, "the same address at another client");
        assert!(!link.contains("compta"), "{link}");
        assert_eq!(link, own.link(("C1", &client), "compta@client.example", day()).unwrap(), "the same in every draft");
    }

    #[test]
    fn contacts_are_those_who_are_still_there() {
        let contact = |role: &str, email: Option<&str>| CustomerContact {
            role: role.to_owned(),
            email: email.map(str::to_owned),
            ..CustomerContact::default()
        };
        let mut customer = Customer {
            email: Some("Compta@Client.example".to_owned()),
            contacts: vec![contact("direction", Some("pdg@client.example")), contact("achats", None)],
            ..Customer::default()
        };
        assert_eq!(contacts(&customer).len(), 2);
        assert!(is_contact(&customer, "compta@client.example ") && is_contact(&customer, "PDG@client.example"));
        customer.contacts.clear();
        customer.email = Some("autre@client.example".to_owned());
        assert!(!is_contact(&customer, "pdg@client.example") && !is_contact(&customer, "compta@client.example"));
        assert!(!is_contact(&Customer::default(), ""));
    }
}
