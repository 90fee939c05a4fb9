//! Which program asks, by its key, and for which creditor. A key of another creditor finds nothing.

use super::problem::Problem;
use crate::auth::role::Permission;
use crate::auth::visitor::{Visitor, program};
use crate::site::{Site, Tenant};
use crate::ui::visit::address;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use relance_engine::store::accounts::Noted;
use std::net::IpAddr;
use std::sync::Arc;

/// Who asks.
#[derive(Clone)]
pub struct Caller {
    /// Everything that is served.
    pub site: Arc<Site>,
    /// The creditor.
    pub tenant: Arc<Tenant>,
    /// The program: its key, and what it may do.
    pub visitor: Visitor,
    /// From where.
    address: IpAddr,
}

impl Caller {
    /// Whether the key may do something here.
    pub fn allows(&self, permission: Permission) -> bool {
        self.visitor.may(&self.tenant.entity, permission)
    }

    /// Refuses what the key may not do.
    pub fn may(&self, permission: Permission) -> Result<(), Problem> {
        if self.allows(permission) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "droit_manquant",
            format!("cette clé n’a pas le droit « {} »", permission.word()),
            "faites-en une autre, page Clés d’interface",
        ))
    }

    /// Writes down what was done.
    pub async fn audit(&self, what: &str, on: &str) -> Result<(), Problem> {
        let noted = Noted {
            account: Some(self.visitor.actor().account()),
            who: Some(&self.visitor.name()),
            address: Some(&self.address.to_string()),
            what,
            on: Some(on),
            entity: Some(&self.tenant.entity),
            outcome: "fait",
        };
        Ok(self.site.gate.accounts.note(&noted, self.tenant.now()).await?)
    }
}

fn refused(code: &'static str, detail: &str) -> Problem {
    let help = "envoyez « Authorization: Bearer » suivi d’une clé, faite page Clés d’interface";
    Problem::new(StatusCode::UNAUTHORIZED, code, detail, help)
}

/// Finds out who asks before anything else is read.
pub async fn known(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match caller(&mut parts, &site).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn caller(parts: &mut Parts, site: &Arc<Site>) -> Result<Caller, Problem> {
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, key)) = given.and_then(|given| given.split_once(' ')) else {
        return Err(refused("cle_absente", "la demande n’a pas de clé"));
    };
    let found = match scheme.eq_ignore_ascii_case("bearer") {
        true => program(&site.gate.accounts, key.trim(), (site.now)()).await?,
        false => None,
    };
    let Some(found) = found else {
        return Err(refused("cle_refusee", "cette clé n’ouvre rien : elle est retirée, expirée, ou mal copiée"));
    };
    let params = RawPathParams::from_request_parts(parts, site).await.map_err(|_| Problem::unknown())?;
    let entity = params.iter().find(|(name, _)| *name == "entite").map(|(_, value)| value.to_owned());
    let tenant = entity.and_then(|entity| site.tenants.get(&entity)).ok_or_else(Problem::unknown)?;
    if found.key.entity != tenant.entity {
        return Err(Problem::unknown());
    }
    let (site, tenant, address) = (Arc::clone(site), Arc::clone(tenant), address(parts));
    Ok(Caller { site, tenant, visitor: Visitor::Program(Box::new(found)), address })
}

impl FromRequestParts<Arc<Site>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Site>) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unknown)
    }
}
