//! Who visits which creditor's pages (provisional).

use super::encoded;
use crate::acts;
use crate::auth::{Permission, Role};
use crate::refusal::Refusal;
use crate::site::{Site, Tenant};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use relance_core::incoming::Incoming;
use std::sync::Arc;

/// A visit.
pub struct Visit {
    pub site: Arc<Site>,
    pub tenant: Arc<Tenant>,
    pub name: String,
    pub role: Role,
    pub csrf: String,
    pub said: Option<String>,
    pub theme: Option<&'static str>,
}

impl Visit {
    pub fn home(&self) -> String {
        format!("/e/{}", encoded(&self.tenant.entity))
    }
    pub fn allows(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
    pub fn may(&self, permission: Permission) -> Result<(), Refusal> {
        if self.allows(permission) { Ok(()) } else { Err(Refusal::Forbidden { needs: "valideur" }) }
    }
    pub fn proves(&self, proof: Option<&str>) -> Result<(), Refusal> {
        if proof == Some(self.csrf.as_str()) {
            return Ok(());
        }
        Err(Refusal::Wrong("cette page a expiré".to_owned(), "Rechargez-la, puis recommencez.".to_owned()))
    }
    pub async fn audit(&self, _kind: &str, _about: &str) -> Result<(), Refusal> {
        Ok(())
    }
    pub async fn settled(&self, things: &[Incoming]) {
        acts::settled(&self.tenant, things).await;
    }
}

impl FromRequestParts<Arc<Site>> for Visit {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Visit, Refusal> {
        let params = RawPathParams::from_request_parts(parts, site).await.map_err(|_| Refusal::Unknown)?;
        let entity = params
            .iter()
            .find(|(name, _)| *name == "entite")
            .map(|(_, value)| value.to_owned())
            .ok_or(Refusal::Unknown)?;
        let tenant = site.tenants.get(&entity).ok_or(Refusal::Unknown)?;
        let said = parts
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix("dit="))
            .map(str::to_owned);
        Ok(Visit {
            site: Arc::clone(site),
            tenant: Arc::clone(tenant),
            name: "Claire Durand".to_owned(),
            role: Role::Admin,
            csrf: "essai".to_owned(),
            said,
            theme: None,
        })
    }
}
