//! Acts: what people do from the pages, asked for by a program. What takes two people, a program may ask for; people grant it.

use super::act_body::{ActBody, Given};
use super::asked::{Body, Path};
use super::caller::Caller;
use super::once::WriteName;
use super::problem::Problem;
use crate::acts::{About, settled};
use crate::auth::role::Permission;
use crate::signatures::{Outcome, Signer, sign};
use crate::ui::acts::needed;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use relance_core::act::Signed;
use relance_core::incoming::Incoming;
use relance_engine::store::accounts::RequestRow;
use serde::Serialize;
use utoipa::ToSchema;

/// Ce que devient un acte.
#[derive(Serialize, ToSchema)]
#[schema(as = ActeFait)]
pub struct Done {
    /// `fait`, ou `demande` : une autre personne doit l’accorder dans les pages.
    issue: &'static str,
    /// Ce qui est entré au dossier, par leurs identifiants ; vide pour une demande.
    entrees: Vec<String>,
}

async fn on(
    caller: &Caller,
    about: About,
    Given { act, reason }: Given,
    WriteName(name): &WriteName,
) -> Result<Response, Problem> {
    let (by, may) = (caller.visitor.name(), |permission: Permission| caller.allows(permission));
    let signer = Signer { actor: caller.visitor.actor(), name: &by, may: &may };
    // Another key may give the same name to an act of its own.
    let id = format!("{}:{name}", caller.visitor.bearer());
    let signed = Signed { by: &by, reason: reason.as_deref(), id: &id };
    let permission = needed(act.row().name);
    let outcome = sign((&caller.site, &caller.tenant), &about, &act, permission, &signer, &signed).await?;
    let on = about.invoices.first().unwrap_or(&about.client);
    Ok(match outcome {
        Outcome::Done(things) => {
            caller.audit(act.row().name, on).await?;
            settled(&caller.tenant, &things).await;
            let entries = things.into_iter().map(|Incoming { id, .. }| id).collect();
            (StatusCode::CREATED, Json(Done { issue: "fait", entrees: entries })).into_response()
        }
        Outcome::Asked => {
            caller.audit("demande", on).await?;
            (StatusCode::ACCEPTED, Json(Done { issue: "demande", entrees: Vec::new() })).into_response()
        }
    })
}

/// Agir sur une facture
///
/// L’acte passe par les mêmes contrôles que dans les pages et entre au journal sous le nom de la clé. Le droit qu’il faut dépend de l’acte.
#[utoipa::path(post, path = "/factures/{numero}/actes", tag = "Actes", request_body = ActBody, security(("cle" = [])),
    responses((status = 201, description = "C’est fait.", body = Done),
        (status = 202, description = "Une autre personne doit l’accorder.", body = Done)))]
pub async fn on_invoice(
    caller: Caller,
    Path((_, number)): Path<(String, String)>,
    Extension(name): Extension<WriteName>,
    Body(ActBody(given)): Body<ActBody>,
) -> Result<Response, Problem> {
    let about = About::invoice(&caller.tenant, &number).await?;
    on(&caller, about, given, &name).await
}

/// Agir sur un client
///
/// Comme sur une facture ; l’acte est sur tout le client.
#[utoipa::path(post, path = "/clients/{client}/actes", tag = "Actes", request_body = ActBody, security(("cle" = [])),
    responses((status = 201, description = "C’est fait.", body = Done),
        (status = 202, description = "Une autre personne doit l’accorder.", body = Done)))]
pub async fn on_client(
    caller: Caller,
    Path((_, client)): Path<(String, String)>,
    Extension(name): Extension<WriteName>,
    Body(ActBody(given)): Body<ActBody>,
) -> Result<Response, Problem> {
    on(&caller, About { client, invoices: Vec::new() }, given, &name).await
}

/// Ce qui attend l’accord d’une autre personne.
#[derive(Serialize, ToSchema)]
#[schema(as = Demande)]
pub struct Request {
    /// Son nom.
    demande: String,
    /// Le code du client.
    client: String,
    /// La facture ; absente : le client.
    #[serde(skip_serializing_if = "Option::is_none")]
    facture: Option<String>,
    /// L’acte demandé.
    #[schema(value_type = Object)]
    acte: serde_json::Value,
    /// Le motif.
    motif: String,
    /// Quand (RFC 3339).
    le: String,
}

/// Ce qui attend l’accord d’une autre personne
///
/// Une personne en décide, dans les pages : une clé ne suffit pas. Les deux cents plus anciennes au plus.
#[utoipa::path(get, path = "/demandes", tag = "Actes", security(("cle" = ["voir"])),
    responses((status = 200, description = "Les demandes.", body = Vec<Request>)))]
pub async fn requests(caller: Caller) -> Result<Json<Vec<Request>>, Problem> {
    caller.may(Permission::See)?;
    let rows = caller.site.gate.accounts.open_requests(&caller.tenant.entity, 200).await?;
    let told = |row: RequestRow| Request {
        demande: row.id,
        client: row.client,
        facture: row.invoice,
        acte: serde_json::from_str(&row.act).unwrap_or_default(),
        motif: row.reason,
        le: row.at.to_rfc3339(),
    };
    Ok(Json(rows.into_iter().map(told).collect()))
}
