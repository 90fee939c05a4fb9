//! What is answered where nothing opens.

use crate::refusal::Refusal;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// Why a page is not shown.
#[derive(Debug)]
pub enum Closed {
    /// No such link, no such page, nothing of this client: all the same.
    Gone,
    /// Too much was asked of this link in a short time.
    Busy,
    /// Something failed at our end.
    Outside,
}

#[derive(Template)]
#[template(path = "portal_closed.html")]
struct Page {
    assets: &'static str,
    title: &'static str,
    words: &'static str,
}

impl IntoResponse for Closed {
    fn into_response(self) -> Response {
        let (status, title, words) = match self {
            Closed::Gone => (
                StatusCode::NOT_FOUND,
                "Ce lien n’ouvre rien",
                "Il a expiré, a été remplacé, ou n’est pas complet. Ouvrez-le tel qu’il est dans le message reçu, ou demandez-en un nouveau \
                 à l’entreprise qui vous l’a envoyé.",
            ),
            Closed::Busy => (
                StatusCode::TOO_MANY_REQUESTS,
                "Un instant",
                "Trop de demandes sont venues par ce lien. Recommencez dans un quart d’heure.",
            ),
            Closed::Outside => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Momentanément indisponible",
                "Cette page ne peut pas s’afficher pour le moment. Recommencez dans quelques minutes.",
            ),
        };
        match (Page { assets: crate::assets::version(), title, words }).render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, words).into_response(),
        }
    }
}

impl From<Refusal> for Closed {
    fn from(refusal: Refusal) -> Closed {
        match refusal {
            Refusal::Unknown => Closed::Gone,
            refusal => {
                // Nothing of ours is told to debtors; the log has it.
                tracing::error!(erreur = ?refusal, "une page de l’espace client n’a pas pu se faire");
                Closed::Outside
            }
        }
    }
}

impl From<relance_engine::store::StoreError> for Closed {
    fn from(error: relance_engine::store::StoreError) -> Closed {
        Closed::from(Refusal::from(error))
    }
}
