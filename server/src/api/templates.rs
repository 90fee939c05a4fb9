//! Templates, with real invoices or an example. Nothing is sent.

use super::asked::Query;
use super::caller::Caller;
use super::problem::Problem;
use crate::auth::role::Permission;
use crate::ui::models::{Asked, Message, letter_of, message, statement_of};
use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use relance_core::machine::Channel;
use relance_desk::failure::Failure;
use relance_desk::words::colourless;
use relance_engine::template::CatalogEntry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Un modèle.
#[derive(Serialize, ToSchema)]
#[schema(as = Modele)]
pub struct Template {
    /// `courriel`, `sms`, `courrier` ou `appel`.
    canal: &'static str,
    /// Son nom.
    modele: String,
    /// Les autres langues dans lesquelles il est écrit.
    langues: Vec<String>,
}

/// Les modèles
#[utoipa::path(get, path = "/modeles", tag = "Modèles", security(("cle" = ["voir"])),
    responses((status = 200, description = "Les modèles.", body = Vec<Template>)))]
pub async fn list(caller: Caller) -> Result<Json<Vec<Template>>, Problem> {
    caller.may(Permission::See)?;
    let told = |entry: CatalogEntry| Template {
        canal: entry.channel.folder(),
        modele: entry.name,
        langues: entry.variants.into_iter().collect(),
    };
    Ok(Json(caller.tenant.project().library.catalog().into_iter().map(told).collect()))
}

/// Quel modèle, et avec quoi.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Le canal, comme dans la liste des modèles.
    canal: String,
    /// Le modèle.
    modele: String,
    /// Un numéro, ou plusieurs d’un même client séparés par des virgules ; sans lui, un exemple.
    facture: Option<String>,
    /// Le jour ; aujourd’hui sans lui.
    le: Option<chrono::NaiveDate>,
    /// La langue ; celle du client sans elle.
    langue: Option<String>,
}

impl Wanted {
    /// The same, as the page asks it; what there is not is unknown.
    fn asked(self, caller: &Caller) -> Result<Asked, Problem> {
        let known = caller.tenant.project().library.catalog();
        let there = |entry: &CatalogEntry| entry.channel.folder() == self.canal && entry.name == self.modele;
        if !known.iter().any(there) {
            return Err(Problem::unknown());
        }
        Ok(Asked {
            canal: self.canal,
            modele: self.modele,
            facture: self.facture.unwrap_or_default(),
            le: self.le.map(|day| day.to_string()).unwrap_or_default(),
            langue: self.langue.unwrap_or_default(),
        })
    }
}

/// Un message tel qu’il partirait.
#[derive(Serialize, ToSchema)]
#[schema(as = Apercu)]
pub struct Preview {
    /// L’objet.
    #[serde(skip_serializing_if = "Option::is_none")]
    objet: Option<String>,
    /// Le texte.
    texte: String,
    /// La page d’un courriel.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    /// Ce dont il faut se méfier.
    avertissements: Vec<String>,
}

/// Un message tel qu’il partirait
#[utoipa::path(get, path = "/modeles/apercu", tag = "Modèles", params(Wanted), security(("cle" = ["voir"])),
    responses((status = 200, description = "Le message.", body = Preview)))]
pub async fn preview(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Json<Preview>, Problem> {
    caller.may(Permission::See)?;
    let Message { project, entry, found, warnings, .. } = message(&caller.tenant, &wanted.asked(&caller)?).await?;
    let context = &found.context;
    let rendered = project.library.render(entry.channel, &entry.name, context).map_err(|problem| {
        let text = relance_desk::words::findings::text(&[], &project.texts(), &[problem]);
        Failure::Findings(colourless(&text))
    })?;
    let html = rendered.page_alone(&context.creditor.look);
    Ok(Json(Preview { objet: rendered.subject, texte: rendered.text, html, avertissements: warnings }))
}

fn pdf((name, bytes): (String, Vec<u8>)) -> Response {
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// La lettre telle qu’elle s’imprimerait
#[utoipa::path(get, path = "/modeles/lettre.pdf", tag = "Modèles", params(Wanted), security(("cle" = ["voir"])),
    responses((status = 200, description = "La lettre.", content_type = "application/pdf", body = String)))]
pub async fn letter(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    caller.may(Permission::See)?;
    if wanted.canal != Channel::Letter.folder() {
        return Err(Problem::refused(
            "pas_une_lettre",
            "ce modèle n’est pas celui d’une lettre",
            "donnez un modèle de courrier",
        ));
    }
    Ok(pdf(letter_of(&caller.tenant, &wanted.asked(&caller)?).await?))
}

/// Le décompte qui accompagnerait le message
#[utoipa::path(get, path = "/modeles/decompte.pdf", tag = "Modèles", params(Wanted), security(("cle" = ["voir"])),
    responses((status = 200, description = "Le décompte.", content_type = "application/pdf", body = String)))]
pub async fn statement(caller: Caller, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    caller.may(Permission::See)?;
    if wanted.facture.is_none() {
        let what = "un décompte est celui d’une vraie facture";
        return Err(Problem::refused("sans_facture", what, "donnez le numéro de la facture"));
    }
    Ok(pdf(statement_of(&caller.tenant, &wanted.asked(&caller)?).await?))
}
