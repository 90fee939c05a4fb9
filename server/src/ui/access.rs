//! Links by which a client's contacts see what the client owes: made here, shown once, taken back.

use super::filters;
use super::form::Posted;
use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, done, encoded, page};
use crate::auth::role::Permission;
use crate::auth::token::{Token, draw_id};
use crate::portal::{addresses, of_contact};
use crate::refusal::Refusal;
use askama::Template;
use axum::extract::Path;
use chrono::TimeDelta;
use relance_core::day::{civil_date, french_date};
use relance_core::dossier::Dossier;
use relance_core::incoming::Customer;
use relance_engine::store::accounts::{NewPortalLink, PortalLink};

/// How long a link opens.
const LASTS: TimeDelta = TimeDelta::days(90);
/// So many links are shown, the newest.
const SHOWN: usize = 10;

/// The links of a client, as its page shows them.
pub struct Access {
    /// To whom a link can be given: address, and whom it reaches.
    pub addresses: Vec<(String, String)>,
    /// Those that were given, the newest first.
    pub links: Vec<Link>,
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
    Ok(Some(Access { addresses: addresses(customer), links }))
}

fn shown(visit: &Visit, link: &PortalLink, customer: &Customer) -> Link {
    let zone = visit.tenant.project().config.creditor.zone;
    let day = |at| french_date(civil_date(at, zone));
    let now = visit.tenant.now();
    let there = of_contact(customer, &link.contact);
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
        told: format!("créé le {}, {state}, {seen}", day(link.created)),
    }
}

#[derive(Template)]
#[template(path = "customer_link.html")]
struct Made {
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
    let dossier = file(visit, &code).await?;
    let contact = posted.need("contact")?;
    if !of_contact(&dossier.customer, contact) {
        let help = "Choisissez l’un de ses contacts ; une nouvelle adresse vient avec un import.";
        return Err(Refusal::Wrong("cette adresse n’est pas celle d’un contact du client".to_owned(), help.to_owned()));
    }
    let (token, now) = (Token::draw()?, visit.tenant.now());
    let new = NewPortalLink {
        client: &code,
        id: &draw_id()?,
        contact,
        digest: &token.digest(),
        created_by: Some(&visit.person.account.id),
        expires: now + LASTS,
    };
    if !visit.site.gate.accounts.add_portal_link(&visit.tenant.entity, &new, now).await? {
        return Err(Refusal::Unknown);
    }
    visit.audit("espace_ouvert", &code).await?;
    let zone = visit.tenant.project().config.creditor.zone;
    let customer = &dossier.customer;
    page(&Made {
        frame: Frame::new(visit, "clients", format!("Lien pour {code}")),
        name: if customer.name.is_empty() { code.clone() } else { customer.name.clone() },
        contact: contact.to_owned(),
        link: format!("{}/espace/{}", visit.site.public, token.text()),
        expires: french_date(civil_date(now + LASTS, zone)),
        code,
    })
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

async fn file(visit: &Visit, code: &str) -> Result<Dossier, Refusal> {
    let code = code.to_owned();
    let tenant = &visit.tenant;
    let loaded = tenant.store.load(std::slice::from_ref(&code), tenant.now(), &[], false).await?;
    loaded.into_iter().next().map(|one| one.world.dossier).ok_or(Refusal::Unknown)
}
