//! Links by which a client's contacts see what the client owes.

use super::asked::{Body, Path};
use super::caller::Caller;
use super::once::Kept;
use super::problem::Problem;
use super::scenarios::Done;
use crate::acts::file_of;
use crate::auth::role::Permission;
use crate::ui::access::{all_taken_back, made};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use relance_engine::store::accounts::PortalLink;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Un lien donné.
#[derive(Serialize, ToSchema)]
#[schema(as = Lien)]
pub struct Link {
    /// Son nom ; il n’ouvre rien.
    id: String,
    /// L’adresse du contact.
    contact: String,
    /// Quand il a été fait (RFC 3339).
    fait_le: DateTime<Utc>,
    /// Jusqu’à quand il ouvre.
    expire_le: DateTime<Utc>,
    /// Quand il a été retiré.
    #[serde(skip_serializing_if = "Option::is_none")]
    retire_le: Option<DateTime<Utc>>,
    /// Quand il a servi la dernière fois.
    #[serde(skip_serializing_if = "Option::is_none")]
    ouvert_le: Option<DateTime<Utc>>,
}

/// Les liens d’un client
#[utoipa::path(get, path = "/clients/{client}/espace", tag = "Espace client", security(("cle" = ["portail"])),
    responses((status = 200, description = "Les liens, les derniers d’abord.", body = Vec<Link>)))]
pub async fn list(caller: Caller, Path((_, client)): Path<(String, String)>) -> Result<Json<Vec<Link>>, Problem> {
    caller.may(Permission::Portal)?;
    file_of(&caller.tenant, &client).await?;
    let links = caller.site.gate.accounts.portal_links(&caller.tenant.entity, &client).await?;
    let told = |link: PortalLink| Link {
        id: link.id,
        contact: link.contact,
        fait_le: link.created,
        expire_le: link.expires,
        retire_le: link.revoked,
        ouvert_le: link.seen,
    };
    Ok(Json(links.into_iter().map(told).collect()))
}

/// À qui.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NouveauLien)]
pub struct NewLink {
    /// L’adresse d’un contact du client.
    contact: String,
}

/// Un lien fait.
#[derive(Serialize, ToSchema)]
#[schema(as = LienFait)]
pub struct MadeLink {
    /// Son nom, pour le retirer.
    id: String,
    /// Le lien ; il n’est donné qu’une fois, et absent d’une réponse répétée.
    #[serde(skip_serializing_if = "Option::is_none")]
    lien: Option<String>,
    /// Jusqu’à quand il ouvre (RFC 3339).
    expire_le: DateTime<Utc>,
}

/// Donner un lien
#[utoipa::path(post, path = "/clients/{client}/espace", tag = "Espace client", request_body = NewLink, security(("cle" = ["portail"])),
    responses((status = 201, description = "Le lien.", body = MadeLink)))]
pub async fn make(
    caller: Caller,
    Path((_, client)): Path<(String, String)>,
    Body(NewLink { contact }): Body<NewLink>,
) -> Result<Response, Problem> {
    caller.may(Permission::Portal)?;
    let by = caller.visitor.actor().account().to_owned();
    let made = made((&caller.site, &caller.tenant), (&client, &contact), &by).await?;
    caller.audit("espace_ouvert", &client).await?;
    // What opens the file is written down nowhere, not even to answer twice.
    let kept = Kept(json!({ "id": made.id, "expire_le": made.expires }).to_string().into_bytes());
    let told = MadeLink { id: made.id, lien: Some(made.link), expire_le: made.expires };
    let mut response = (StatusCode::CREATED, Json(told)).into_response();
    response.extensions_mut().insert(kept);
    Ok(response)
}

/// Retirer un lien
#[utoipa::path(delete, path = "/clients/{client}/espace/{lien}", tag = "Espace client", security(("cle" = ["portail"])),
    responses((status = 200, description = "Il n’ouvre plus rien.", body = Done)))]
pub async fn take_back(
    caller: Caller,
    Path((_, client, id)): Path<(String, String, String)>,
) -> Result<Json<Done>, Problem> {
    caller.may(Permission::Portal)?;
    let accounts = &caller.site.gate.accounts;
    let known = accounts.portal_links(&caller.tenant.entity, &client).await?;
    if !known.iter().any(|link| link.id == id) {
        return Err(Problem::unknown());
    }
    accounts.revoke_portal_links(&caller.tenant.entity, &client, Some(&id), caller.tenant.now()).await?;
    caller.audit("espace_ferme", &client).await?;
    Ok(Json(Done { fait: true }))
}

/// Éteindre tous les liens d’un client
///
/// Ceux qui ont été donnés, et ceux des messages déjà partis, qu’ils aient servi ou non.
#[utoipa::path(delete, path = "/clients/{client}/espace", tag = "Espace client", security(("cle" = ["portail"])),
    responses((status = 200, description = "Ils n’ouvrent plus rien.", body = Done)))]
pub async fn take_all_back(caller: Caller, Path((_, client)): Path<(String, String)>) -> Result<Json<Done>, Problem> {
    caller.may(Permission::Portal)?;
    all_taken_back((&caller.site, &caller.tenant), &client).await?;
    caller.audit("espace_ferme", &client).await?;
    Ok(Json(Done { fait: true }))
}
