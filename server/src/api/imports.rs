//! Imports: files are sent, what they would change is told, then they are taken in.

use super::asked::{Path, Query};
use super::caller::Caller;
use super::problem::Problem;
use super::scenarios::Done;
use crate::acts::settled;
use crate::auth::role::Permission;
use crate::jobs::Standing;
use crate::refusal::Refusal;
use crate::ui::form::plain;
use crate::ui::imports::{left, look, taken_in};
use axum::Json;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use relance_desk::import::Examined;
use relance_desk::words::colourless;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// How many files at once.
const FILES: usize = 50;

/// Ce qu’un import changerait, ou son avancement.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub struct ImportAnswer {
    /// Son nom, pour le prendre ou le jeter.
    import: String,
    /// `en_cours`, `lu` ou `echoue`.
    etat: &'static str,
    /// Pourquoi il a échoué.
    #[serde(skip_serializing_if = "Option::is_none")]
    erreur: Option<String>,
    /// Ce qu’il changerait, comme le dit `relance importer --essai --format json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    rapport: Option<Value>,
}

fn standing(caller: &Caller, name: String) -> Result<ImportAnswer, Problem> {
    let bare = |etat| ImportAnswer { import: name.clone(), etat, erreur: None, rapport: None };
    Ok(match caller.tenant.jobs.standing::<Examined>(&name) {
        Standing::Running(_) => bare("en_cours"),
        Standing::Done(examined) => ImportAnswer { rapport: Some(examined.report()), ..bare("lu") },
        Standing::Failed(why) => ImportAnswer { erreur: Some(colourless(&why)), ..bare("echoue") },
        Standing::Unknown => return Err(Problem::unknown()),
    })
}

/// Des fichiers.
#[derive(ToSchema)]
#[schema(as = Fichiers)]
#[allow(dead_code)]
pub struct Files {
    /// Les fichiers, cinquante au plus.
    #[schema(value_type = Vec<String>, min_items = 1)]
    fichiers: Vec<Vec<u8>>,
}

/// Déposer des fichiers
///
/// Ce qu’ils changeraient est calculé ; rien n’est pris encore. Ce qui n’est pas pris est jeté au bout d’un jour.
#[utoipa::path(post, path = "/imports", tag = "Imports", request_body(content = Files, content_type = "multipart/form-data"),
    security(("cle" = ["imports"])),
    responses((status = 202, description = "Ce qu’ils changeraient, ou l’avancement.", body = ImportAnswer)))]
pub async fn put_down(caller: Caller, request: Request) -> Result<Response, Problem> {
    caller.may(Permission::Imports)?;
    let unreadable = |why: &str| Problem::unreadable("corps_illisible", why);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| {
        let help = "envoyez « Content-Type: multipart/form-data »";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "genre_de_corps", "le corps n’est pas fait de fichiers", help)
    })?;
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| unreadable("l’envoi est coupé, ou ne se lit pas"))? {
        let Some(name) = field.file_name().filter(|name| !name.is_empty()).map(plain) else { continue };
        if files.len() == FILES {
            return Err(Problem::refused(
                "trop_de_fichiers",
                format!("il y a plus de {FILES} fichiers"),
                "partagez-les",
            ));
        }
        let bytes = field.bytes().await.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge.into(),
            _ => unreadable("l’envoi est coupé, ou ne se lit pas"),
        })?;
        files.push((name, bytes.to_vec()));
    }
    if files.is_empty() {
        let help = "donnez un nom à chaque fichier (« filename »)";
        return Err(Problem::refused(
            "sans_fichier",
            "il n’y a pas de fichier, ou les fichiers n’ont pas de nom",
            help,
        ));
    }
    let name = left(&caller.tenant, &files).await?;
    Ok((StatusCode::ACCEPTED, Json(standing(&caller, name)?)).into_response())
}

/// Ce qu’un import changerait
#[utoipa::path(get, path = "/imports/{jeton}", tag = "Imports", security(("cle" = ["imports"])),
    responses((status = 200, description = "Ce qu’il changerait, ou l’avancement.", body = ImportAnswer)))]
pub async fn show(caller: Caller, Path((_, name)): Path<(String, String)>) -> Result<Json<ImportAnswer>, Problem> {
    caller.may(Permission::Imports)?;
    if let Standing::Unknown = caller.tenant.jobs.standing::<Examined>(&name) {
        // The server was started anew meanwhile.
        if caller.tenant.store.picked_up(&name).await?.is_empty() {
            return Err(Problem::unknown());
        }
        look(&caller.tenant, &name)?;
    }
    standing(&caller, name).map(Json)
}

/// Ce qui a été pris.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPris)]
pub struct Taken {
    /// Combien de choses étaient nouvelles.
    nouveautes: u64,
}

/// Prendre un import
///
/// Les lignes en erreur restent dehors, comme l’a dit le rapport.
#[utoipa::path(post, path = "/imports/{jeton}/prendre", tag = "Imports", security(("cle" = ["imports"])),
    responses((status = 200, description = "C’est pris.", body = Taken)))]
pub async fn take(caller: Caller, Path((_, name)): Path<(String, String)>) -> Result<Json<Taken>, Problem> {
    caller.may(Permission::Imports)?;
    if caller.tenant.store.picked_up(&name).await?.is_empty() {
        return Err(Problem::unknown());
    }
    let (new, examined) = taken_in(&caller.tenant, &name, &caller.visitor.name()).await?;
    caller.audit("import", &name).await?;
    settled(&caller.tenant, &examined.found.incoming).await;
    Ok(Json(Taken { nouveautes: new }))
}

/// Jeter un import
#[utoipa::path(delete, path = "/imports/{jeton}", tag = "Imports", security(("cle" = ["imports"])),
    responses((status = 200, description = "Il n’y en a plus rien.", body = Done)))]
pub async fn throw_away(caller: Caller, Path((_, name)): Path<(String, String)>) -> Result<Json<Done>, Problem> {
    caller.may(Permission::Imports)?;
    if caller.tenant.store.picked_up(&name).await?.is_empty() {
        return Err(Problem::unknown());
    }
    caller.tenant.store.throw_away(&name).await?;
    Ok(Json(Done { fait: true }))
}

/// Un import passé.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportPasse)]
pub struct Past {
    /// Son numéro, à partir de 1.
    numero: i64,
    /// Quand (RFC 3339).
    le: String,
    /// Ce qu’il a trouvé.
    #[schema(value_type = Object)]
    rapport: Value,
}

/// Lesquels.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Before {
    /// Ceux d’avant celui de ce numéro.
    avant: Option<i64>,
}

/// Les imports passés
#[utoipa::path(get, path = "/imports", tag = "Imports", params(Before), security(("cle" = ["imports"])),
    responses((status = 200, description = "Cinquante au plus, les derniers d’abord.", body = Vec<Past>)))]
pub async fn list(caller: Caller, Query(Before { avant }): Query<Before>) -> Result<Json<Vec<Past>>, Problem> {
    caller.may(Permission::Imports)?;
    let zone = caller.tenant.project().config.creditor.zone;
    let past = caller.tenant.store.past_imports(avant, 50).await?;
    let told = |one: relance_engine::store::PastImport| Past {
        numero: one.number,
        le: one.at.with_timezone(&zone).to_rfc3339(),
        rapport: one.report,
    };
    Ok(Json(past.into_iter().map(told).collect()))
}
