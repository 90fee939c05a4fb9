//! Who comes by a link.

use super::closed::Closed;
use crate::auth::token::{Token, sha256};
use crate::site::{Site, Tenant};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use relance_core::day::{Instant, start_of_day};
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_engine::portal_link::{PortalLinks, bare, is_contact};
use relance_engine::store::accounts::{NewPortalLink, PortalLink};
use std::sync::Arc;

/// How long a link opens, from when it was made or its message left.
pub const LASTS: TimeDelta = TimeDelta::days(90);
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
        let text = text.ok_or(Closed::Gone)?.to_owned();
        let (accounts, now) = (&site.gate.accounts, (site.now)());
        let link = match Token::read(&text) {
            Some(token) => accounts.portal_link(&token.digest(), now).await?,
            None => by_message(site, &text, now).await?,
        };
        let link = link.ok_or(Closed::Gone)?;
        let tenant = site.tenants.get(&link.entity).ok_or(Closed::Gone)?;
        let loaded = tenant.store.load(std::slice::from_ref(&link.client), now, &[], true).await?;
        let dossier = loaded.into_iter().next().map(|one| one.world.dossier).ok_or(Closed::Gone)?;
        if !is_contact(&dossier.customer, &link.contact) {
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
            home: format!("/espace/{text}"),
            link,
            dossier,
            said,
            params,
        })
    }
}

/// The link that a message brought, written down as it is first used: from then on it is one like the others. None once links of messages
/// to its contact have been taken back, on its day or later.
async fn by_message(site: &Site, text: &str, now: Instant) -> Result<Option<PortalLink>, Closed> {
    let claimed = site.tenants.values().find_map(|tenant| {
        let project = tenant.project();
        let links = PortalLinks::new(&project.config).ok().flatten()?;
        Some((tenant, start_of_day(links.read(text)?.day, project.config.creditor.zone), links))
    });
    let Some((tenant, left, links)) = claimed else { return Ok(None) };
    let (accounts, expires) = (&site.gate.accounts, left + LASTS);
    let digest = sha256(&[text.as_bytes()]);
    if let Some(link) = accounts.portal_link(&digest, now).await? {
        return Ok(Some(link));
    }
    let Some(claim) = links.read(text).filter(|_| left <= now && now < expires) else { return Ok(None) };
    let loaded = tenant.store.load(std::slice::from_ref(&claim.client), now, &[], true).await?;
    let customer = loaded.first().map(|one| &one.world.dossier.customer);
    let Some(contact) = customer.and_then(|customer| links.contact_of(&claim, customer)) else { return Ok(None) };
    let others = accounts.portal_links(&tenant.entity, &claim.client).await?;
    let closed = |link: &PortalLink| {
        let of_messages = link.created_by.is_none() && bare(&link.contact) == bare(&contact);
        of_messages && link.revoked.is_some_and(|at| at >= left)
    };
    if others.iter().any(closed) {
        return Ok(None);
    }
    let id = BASE64_URL_SAFE_NO_PAD.encode(&digest[..16]);
    let new =
        NewPortalLink { client: &claim.client, id: &id, contact: &contact, digest: &digest, created_by: None, expires };
    accounts.add_portal_link(&tenant.entity, &new, left).await?;
    Ok(accounts.portal_link(&digest, now).await?)
}
