//! Why the API does not answer as it was asked: `application/problem+json` (RFC 9457), in French, with codes that never change.

use crate::auth::Trouble;
use crate::refusal::{Refusal, failure, sentence};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use relance_desk::failure::Failure;
use relance_engine::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// Ce qui empêche de répondre comme demandé.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = Probleme)]
pub struct Problem {
    /// `urn:relance:probleme:` suivi du code.
    #[serde(rename = "type")]
    kind: String,
    /// En deux mots, en français.
    #[serde(rename = "title")]
    title: &'static str,
    /// Le statut HTTP.
    #[serde(rename = "status")]
    status: u16,
    /// Ce qui ne va pas, en une phrase.
    #[serde(rename = "detail")]
    detail: String,
    /// Nomme la raison pour les programmes ; ne change jamais.
    code: &'static str,
    /// Ce qu’il faut faire.
    #[serde(skip_serializing_if = "String::is_empty")]
    aide: String,
}

impl Problem {
    /// A problem; `detail` and `help` as phrases without a capital letter or a full stop.
    pub fn new(status: StatusCode, code: &'static str, detail: impl AsRef<str>, help: impl AsRef<str>) -> Problem {
        let title = match status {
            StatusCode::BAD_REQUEST => "Demande illisible",
            StatusCode::UNAUTHORIZED => "Clé absente ou refusée",
            StatusCode::FORBIDDEN => "Droit manquant",
            StatusCode::NOT_FOUND => "Introuvable",
            StatusCode::METHOD_NOT_ALLOWED => "Méthode sans objet ici",
            StatusCode::CONFLICT => "Déjà en cours",
            StatusCode::PRECONDITION_FAILED | StatusCode::PRECONDITION_REQUIRED => "Version dépassée",
            StatusCode::PAYLOAD_TOO_LARGE => "Trop grand",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Genre de corps inattendu",
            StatusCode::UNPROCESSABLE_ENTITY => "Impossible",
            _ => "Momentanément impossible",
        };
        let aide = help.as_ref();
        Problem {
            kind: format!("urn:relance:probleme:{code}"),
            title,
            status: status.as_u16(),
            detail: sentence(detail.as_ref()),
            code,
            aide: if aide.is_empty() { String::new() } else { sentence(aide) },
        }
    }

    /// Nothing is there by this name, or nothing that the key may see.
    pub fn unknown() -> Problem {
        let help = "vérifiez l’adresse et l’entité de la clé";
        Problem::new(StatusCode::NOT_FOUND, "inconnu", "il n’y a rien à cette adresse, ou rien pour cette clé", help)
    }

    /// The request cannot be read.
    pub fn unreadable(code: &'static str, detail: impl AsRef<str>) -> Problem {
        let help = "comparez la demande au document openapi.json";
        Problem::new(StatusCode::BAD_REQUEST, code, detail, help)
    }

    /// The request can be read, and not done.
    pub fn refused(code: &'static str, detail: impl AsRef<str>, help: impl AsRef<str>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail, help)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(erreur = self.detail, "l’interface n’a pas pu répondre");
        }
        let mut response = (status, serde_json::to_vec(&self).unwrap_or_default()).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.code == "en_cours" {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            // Programs have no page to log in by.
            Refusal::Unknown | Refusal::LogIn { .. } => Problem::unknown(),
            Refusal::Forbidden { .. } => Problem::new(
                StatusCode::FORBIDDEN,
                "droit_manquant",
                "cette clé n’a pas le droit que cela demande",
                "faites-en une autre, page Clés d’interface",
            ),
            Refusal::Wrong(what, help) => Problem::refused("impossible", what, help),
            Refusal::Act(refusal) => Problem::refused(refusal.code, &refusal.what, &refusal.help),
            Refusal::TooLarge => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "trop_grand",
                "ce qui a été envoyé est plus grand que tout ce qui se prend ici",
                "envoyez moins à la fois",
            ),
            Refusal::Outside(what, help) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "indisponible", what, help),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Refusal::from(error).into()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Refusal::from(failure).into()
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Problem {
        failure(trouble).into()
    }
}
