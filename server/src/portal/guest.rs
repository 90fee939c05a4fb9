//! Who comes by a link.

use super::closed::Closed;
use crate::auth::token::Token;
use crate::site::{Site, Tenant};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use chrono::TimeDelta;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::incoming::Customer;
use relance_engine::store::accounts::PortalLink;
use std::sync::Arc;

/// How often it is written down that a link was used.
const NOTED: TimeDelta = TimeDelta::seconds(60);

/// A debtor's contact, with the file of the client, and of nobody else.
pub struct Guest {
    /// Everything that is served.
    pub site: Arc<Site>,
    /// The creditor.
    pub tenant: Arc<Tenant>,
    /// The link.
    pub link: PortalLink,
    /// The client's file.
    pub dossier: Dossier,
    /// Where its pages begin.
    pub home: String,
    /// A word for what was just done.
    pub said: Option<String>,
    params: Vec<(String, String)>,
}

impl Guest {
    /// A part of the address.
    pub fn param(&self, name: &str) -> Result<&str, Closed> {
        let found = self.params.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).ok_or(Closed::Gone)
    }

    /// The open invoices, the oldest first.
    pub fn open(&self) -> Vec<(&String, &InvoiceFile)> {
        let mut open: Vec<_> = self.dossier.invoices.iter().filter(|(_, file)| file.is_open()).collect();
        open.sort_by_key(|(number, file)| (file.invoice.due, (*number).clone()));
        open
    }
}

impl FromRequestParts<Arc<Site>> for Guest {
    type Rejection = Closed;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Guest, Closed> {
        let params = RawPathParams::from_request_parts(parts, site).await.map_err(|_| Closed::Gone)?;
        let params: Vec<(String, String)> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let text = params.iter().find(|(name, _)| name == "lien").map(|(_, value)| value.as_str());
        let token = text.and_then(Token::read).ok_or(Closed::Gone)?;
        let (accounts, now) = (&site.gate.accounts, (site.now)());
        let link = accounts.portal_link(&token.digest(), now).await?.ok_or(Closed::Gone)?;
        let tenant = site.tenants.get(&link.entity).ok_or(Closed::Gone)?;
        let loaded = tenant.store.load(std::slice::from_ref(&link.client), now, &[], true).await?;
        let dossier = loaded.into_iter().next().map(|one| one.world.dossier).ok_or(Closed::Gone)?;
        if !of_contact(&dossier.customer, &link.contact) {
            return Err(Closed::Gone);
        }
        if link.seen.is_none_or(|seen| now - seen > NOTED) {
            accounts.touch_portal_link(&link, now).await?;
        }
        let query = parts.uri.query().unwrap_or_default();
        let said = query.split('&').find_map(|pair| pair.strip_prefix("dit=")).map(str::to_owned);
        Ok(Guest {
            site: Arc::clone(site),
            tenant: Arc::clone(tenant),
            home: format!("/espace/{}", token.text()),
            link,
            dossier,
            said,
            params,
        })
    }
}

/// The addresses of a client's contacts, each once, each with whom it reaches.
pub fn addresses(customer: &Customer) -> Vec<(String, String)> {
    let main = customer.email.iter().map(|email| (email.clone(), "contact des relances".to_owned()));
    let others = customer.contacts.iter().filter_map(|contact| {
        let who = [contact.name.as_deref(), Some(contact.role.as_str())];
        let who: Vec<&str> = who.into_iter().flatten().filter(|word| !word.is_empty()).collect();
        Some((contact.email.clone()?, who.join(", ")))
    });
    let mut found: Vec<(String, String)> = Vec::new();
    for (email, who) in main.chain(others) {
        if !found.iter().any(|(known, _)| same(known, &email)) {
            found.push((email, who));
        }
    }
    found
}

/// Whether an address is still one of the client's contacts.
pub fn of_contact(customer: &Customer, address: &str) -> bool {
    addresses(customer).iter().any(|(known, _)| same(known, address))
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use relance_core::incoming::CustomerContact;

    #[test]
    fn a_link_is_of_somebody_who_is_still_there() {
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
        assert_eq!(addresses(&customer).len(), 2);
        assert!(of_contact(&customer, "compta@client.example ") && of_contact(&customer, "PDG@client.example"));
        customer.contacts.clear();
        customer.email = Some("autre@client.example".to_owned());
        assert!(!of_contact(&customer, "pdg@client.example") && !of_contact(&customer, "compta@client.example"));
        assert!(!of_contact(&Customer::default(), ""));
    }
}
