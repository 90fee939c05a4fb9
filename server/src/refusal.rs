//! Why a request is not answered as it was asked, as people read it.

use crate::auth::Trouble;
use crate::ui::filters;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use relance_desk::failure::Failure;
use relance_desk::words::colourless;
use relance_engine::store::StoreError;

/// A refusal: what, and what to do.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody is here by this address, or not for this visitor.
    Unknown,
    /// The visitor's role does not allow it.
    Forbidden {
        /// What it takes, in French.
        needs: &'static str,
    },
    /// First log in, then come back.
    LogIn {
        /// Where to.
        then: String,
    },
    /// What was asked cannot be done: what, and what to do.
    Wrong(String, String),
    /// An act that the file does not allow.
    Act(Box<relance_core::act::Refusal>),
    /// More was sent than is taken.
    TooLarge,
    /// Something outside failed: what, and what to do.
    Outside(String, String),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        let outside = matches!(failure, Failure::Outside(..));
        let (message, help) = failure.words();
        let (message, help) = (colourless(&message), colourless(&help));
        if outside { Refusal::Outside(message, help) } else { Refusal::Wrong(message, help) }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Failure::from(error).into()
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Refusal {
        failure(trouble).into()
    }
}

/// Trouble with accounts, as commands tell it.
pub fn failure(trouble: Trouble) -> Failure {
    let text = trouble.to_string();
    let (message, help) = text.split_once("\n  aide : ").unwrap_or((&text, ""));
    Failure::Outside(message.to_owned(), help.to_owned())
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    title: &'a str,
    message: &'a str,
    help: &'a str,
    assets: &'a str,
    theme: Option<&'a str>,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, title, message, help) = match self {
            Refusal::LogIn { then } => {
                let target = format!("/connexion?suite={}", crate::ui::encoded(&then));
                return Redirect::to(&target).into_response();
            }
            Refusal::Unknown => (
                StatusCode::NOT_FOUND,
                "Page introuvable",
                "Il n’y a rien à cette adresse, ou rien que vous puissiez voir.".to_owned(),
                "Vérifiez l’adresse, ou repartez de l’accueil.".to_owned(),
            ),
            Refusal::Forbidden { needs } => (
                StatusCode::FORBIDDEN,
                "Accès refusé",
                format!("Votre rôle ne le permet pas : il faut celui de {needs}."),
                "Demandez-le à un administrateur.".to_owned(),
            ),
            Refusal::Wrong(message, help) => (StatusCode::UNPROCESSABLE_ENTITY, "Impossible", message, help),
            Refusal::Act(refusal) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Ce n’est pas possible",
                sentence(&refusal.what),
                sentence(&refusal.help),
            ),
            Refusal::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "Trop grand",
                "Ce qui a été envoyé est plus grand que tout ce qui se prend ici.".to_owned(),
                "Envoyez moins à la fois.".to_owned(),
            ),
            Refusal::Outside(message, help) => {
                tracing::error!(erreur = message, "une page n’a pas pu se faire");
                (StatusCode::SERVICE_UNAVAILABLE, "Momentanément impossible", message, help)
            }
        };
        let page = Page { title, message: &message, help: &help, assets: crate::assets::version(), theme: None };
        match page.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, message).into_response(),
        }
    }
}

/// A refusal as a sentence of its own.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
