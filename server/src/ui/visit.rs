//! Who visits which creditor's pages. Whoever has no role for a creditor finds nothing there, as if it did not exist.

use super::encoded;
use crate::acts;
use crate::auth::cookie;
use crate::auth::role::{Permission, Role};
use crate::auth::visitor::{Person, person};
use crate::refusal::Refusal;
use crate::site::{Site, Tenant};
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use axum::http::header::{COOKIE, USER_AGENT};
use axum::http::request::Parts;
use relance_core::incoming::Incoming;
use relance_engine::store::accounts::Noted;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// A visit.
pub struct Visit {
    /// Everything that is served.
    pub site: Arc<Site>,
    /// The creditor.
    pub tenant: Arc<Tenant>,
    /// Who it is.
    pub person: Person,
    /// What they are for this creditor.
    pub role: Role,
    /// From where.
    pub address: IpAddr,
    /// Proves that a form was filled in on one of our pages.
    pub csrf: String,
    /// A word for what was just done.
    pub said: Option<String>,
    /// The colours that were chosen.
    pub theme: Option<&'static str>,
}

impl Visit {
    /// Where the creditor's pages begin.
    pub fn home(&self) -> String {
        format!("/e/{}", encoded(&self.tenant.entity))
    }

    /// The visitor's name, as the journal has it.
    pub fn name(&self) -> &str {
        &self.person.account.name
    }

    /// Whether the visitor may do something here.
    pub fn allows(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// Refuses what the visitor may not do here.
    pub fn may(&self, permission: Permission) -> Result<(), Refusal> {
        if self.allows(permission) { Ok(()) } else { Err(Refusal::Forbidden { needs: permission.least().word() }) }
    }

    /// Refuses a form that was not filled in on one of our pages, in this session.
    pub fn proves(&self, proof: Option<&str>) -> Result<(), Refusal> {
        if proof.is_some_and(|proof| self.person.token.is_form_mark(proof)) {
            return Ok(());
        }
        Err(Refusal::Wrong("cette page est trop vieille".to_owned(), "Rechargez-la, puis recommencez.".to_owned()))
    }

    /// Writes down who did what.
    pub async fn audit(&self, what: &str, on: &str) -> Result<(), Refusal> {
        let noted = Noted {
            account: Some(&self.person.account.id),
            who: Some(self.name()),
            address: Some(&self.address.to_string()),
            what,
            on: Some(on),
            entity: Some(&self.tenant.entity),
            outcome: "fait",
        };
        Ok(self.site.gate.accounts.note(&noted, self.tenant.now()).await?)
    }

    /// Waits a little until the runner has taken these things in.
    pub async fn settled(&self, things: &[Incoming]) {
        acts::settled(&self.tenant, things).await;
    }
}

impl FromRequestParts<Arc<Site>> for Visit {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Visit, Refusal> {
        let person = logged_in(parts, site).await?;
        let params = RawPathParams::from_request_parts(parts, site).await.map_err(|_| Refusal::Unknown)?;
        let entity = params.iter().find(|(name, _)| *name == "entite").map(|(_, value)| value.to_owned());
        let tenant = entity.and_then(|entity| site.tenants.get(&entity)).ok_or(Refusal::Unknown)?;
        let role = person.role(&tenant.entity).ok_or(Refusal::Unknown)?;
        let query = parts.uri.query().unwrap_or_default();
        let said = query.split('&').find_map(|pair| pair.strip_prefix("dit=")).map(str::to_owned);
        Ok(Visit {
            site: Arc::clone(site),
            tenant: Arc::clone(tenant),
            role,
            address: address(parts),
            csrf: person.token.form_mark(),
            said,
            theme: theme(parts),
            person,
        })
    }
}

/// Who is logged in; whoever is not is asked to, and comes back here.
pub async fn logged_in(parts: &Parts, site: &Site) -> Result<Person, Refusal> {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies.into_iter().find_map(|header| cookie::read(header, site.secure));
    let found = match &token {
        Some(token) => person(&site.gate.accounts, token, (site.now)()).await?,
        None => None,
    };
    found.ok_or_else(|| {
        // What was sent by a form is not sent again by coming back.
        let path = if parts.method == axum::http::Method::GET { parts.uri.path() } else { "/" };
        let query = parts.uri.query().filter(|_| parts.method == axum::http::Method::GET);
        Refusal::LogIn { then: query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")) }
    })
}

/// From where a request comes.
pub fn address(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    // A relay on the machine itself, or beside it, tells for whom it asks; nobody else is believed.
    let near = match peer {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    let told = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = told.and_then(|told| told.rsplit(',').next()?.trim().parse().ok());
    last.filter(|_| near).unwrap_or(peer)
}

/// What a browser says of itself.
pub fn agent(parts: &Parts) -> String {
    parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The colours that a browser's user chose.
pub fn theme(parts: &Parts) -> Option<&'static str> {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let chosen = cookies.flat_map(|header| header.split(';')).find_map(|pair| pair.trim().strip_prefix("theme="));
    match chosen {
        Some("clair") => Some("clair"),
        Some("sombre") => Some("sombre"),
        _ => None,
    }
}
