//! Links by which a client's contacts see what the client owes: made here, shown once, taken back.

use super::filters;
use super::form::Posted;
use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, done, encoded, page};
use crate::acts::file_of;
use crate::auth::role::Permission;
use crate::auth::token::{Token, draw_id};
use crate::portal::LASTS;
use crate::refusal::Refusal;
use crate::site::{Site, Tenant};
use askama::Template;
use axum::extract::Path;
use relance_core::day::{Instant, civil_date, french_date};
use relance_core::incoming::Customer;
use relance_engine::portal_link::{contacts, is_contact};
use relance_engine::store::accounts::{NewPortalLink, PortalLink};

/// So many links are shown, the newest.
const SHOWN: usize = 10;

/// The links of a client, as its page shows them.
pub struct Access {
    /// To whom a link can be given: address, and whom it reaches.
    pub addresses: Vec<(String, String)>,
    /// Those that were given or used, the newest first.
    pub links: Vec<Link>,
    /// Whether messages bring links as well.
    pub by_messages: bool,
}

/// A link that was given.
pub struct Link {
    /// Its name in addresses of ours; it opens nothing.
    pub id: String,
    /// For whom.
    pub contact: String,
    /// Whether it opens.
    pub opens: bool,
    /// What there is to know of it.
    pub told: String,
}

/// The links of a client; none for those who may not give any.
pub async fn of(visit: &Visit, code: &str, customer: &Customer) -> Result<Option<Access>, Refusal> {
    if !visit.allows(Permission::Portal) {
        return Ok(None);
    }
    let links = visit.site.gate.accounts.portal_links(&visit.tenant.entity, code).await?;
    let links = links.iter().take(SHOWN).map(|link| shown(visit, link, customer)).collect();
    let by_messages = visit.tenant.project().config.portal.is_some();
    Ok(Some(Access { addresses: contacts(customer), links, by_messages }))
}

fn shown(visit: &Visit, link: &PortalLink, customer: &Customer) -> Link {
    let zone = visit.tenant.project().config.creditor.zone;
    let day = |at| french_date(civil_date(at, zone));
    let now = visit.tenant.now();
    let there = is_contact(customer, &link.contact);
    let state = match link.revoked {
        Some(at) => format!("révoqué le {}", day(at)),
        None if link.expires <= now => format!("expiré le {}", day(link.expires)),
        None if !there => "éteint : cette adresse n’est plus celle d’un contact".to_owned(),
        None => format!("vaut jusqu’au {}", day(link.expires)),
    };
    let seen = link.seen.map_or("jamais ouvert".to_owned(), |at| format!("ouvert le {}", day(at)));
    Link {
        id: link.id.clone(),
        contact: link.contact.clone(),
        opens: link.revoked.is_none() && link.expires > now && there,
        told: match (&link.created_by, link.seen) {
            (None, None) => format!("liens des messages éteints le {}", day(link.created)),
            (None, _) => format!("parti avec un message le {}, {state}, {seen}", day(link.created)),
            _ => format!("créé le {}, {state}, {seen}", day(link.created)),
        },
    }
}

#[derive(Template)]
#[template(path = "customer_link.html")]
struct Page {
    frame: Frame,
    code: String,
    name: String,
    contact: String,
    link: String,
    expires: String,
}

/// Makes a link and shows it, once.
pub async fn make(Path((_, code)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Portal)?;
    let contact = posted.need("contact")?;
    let made = made((&visit.site, &visit.tenant), (&code, contact), &visit.person.account.id).await?;
    visit.audit("espace_ouvert", &code).await?;
    let zone = visit.tenant.project().config.creditor.zone;
    page(&Page {
        frame: Frame::new(visit, "clients", format!("Lien pour {code}")),
        name: made.name,
        contact: contact.to_owned(),
        link: made.link,
        expires: french_date(civil_date(made.expires, zone)),
        code,
    })
}

/// A link that was made: what is shown once.
pub struct Made {
    /// Its name in addresses of ours; it opens nothing.
    pub id: String,
    /// The client's name.
    pub name: String,
    /// The link.
    pub link: String,
    /// Until when it opens.
    pub expires: Instant,
}

/// Makes a link for a contact of a client.
pub async fn made((site, tenant): (&Site, &Tenant), (code, contact): (&str, &str), by: &str) -> Result<Made, Refusal> {
    let customer = file_of(tenant, code).await?.dossier.customer;
    if !is_contact(&customer, contact) {
        let help = "Choisissez l’un de ses contacts ; une nouvelle adresse vient avec un import.";
        return Err(Refusal::Wrong("cette adresse n’est pas celle d’un contact du client".to_owned(), help.to_owned()));
    }
    let (token, now, id) = (Token::draw()?, tenant.now(), draw_id()?);
    let expires = now + LASTS;
    let new = NewPortalLink { client: code, id: &id, contact, digest: &token.digest(), created_by: Some(by), expires };
    if !site.gate.accounts.add_portal_link(&tenant.entity, &new, now).await? {
        return Err(Refusal::Unknown);
    }
    let name = if customer.name.is_empty() { code.to_owned() } else { customer.name };
    Ok(Made { id, name, link: format!("{}/espace/{}", site.public, token.text()), expires })
}

/// Takes a link back: it opens nothing from now on.
pub async fn take_back(Path((_, code, id)): Path<(String, String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Portal)?;
    let (accounts, now) = (&visit.site.gate.accounts, visit.tenant.now());
    accounts.revoke_portal_links(&visit.tenant.entity, &code, Some(&id), now).await?;
    visit.audit("espace_ferme", &code).await?;
    done(&format!("{}/clients/{}?dit=lien", visit.home(), encoded(&code)))
}

/// Has every link to a client's file open nothing any more: those that were given, and those of messages, used or not.
pub async fn take_all_back(Path((_, code)): Path<(String, String)>, posted: Posted) -> Answer {
    let visit = &posted.visit;
    visit.may(Permission::Portal)?;
    all_taken_back((&visit.site, &visit.tenant), &code).await?;
    visit.audit("espace_ferme", &code).await?;
    done(&format!("{}/clients/{}?dit=liens", visit.home(), encoded(&code)))
}

/// The same, whoever asks.
pub async fn all_taken_back((site, tenant): (&Site, &Tenant), code: &str) -> Result<(), Refusal> {
    let customer = file_of(tenant, code).await?.dossier.customer;
    let (accounts, now) = (&site.gate.accounts, tenant.now());
    if tenant.project().config.portal.is_some() {
        // A message's link that nobody has used yet is known by nothing but what is written down here.
        for (contact, _) in contacts(&customer) {
            let (token, id) = (Token::draw()?, draw_id()?);
            let (digest, expires) = (token.digest(), now + LASTS);
            let new =
                NewPortalLink { client: code, id: &id, contact: &contact, digest: &digest, created_by: None, expires };
            accounts.add_portal_link(&tenant.entity, &new, now).await?;
        }
    }
    accounts.revoke_portal_links(&tenant.entity, code, None, now).await?;
    Ok(())
}
