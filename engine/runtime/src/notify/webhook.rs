//! One request to a system of the company, or to a chat service, and what its answer means.

use crate::channel::{certificate_problem, http};
use reqwest::{RequestBuilder, StatusCode};
use std::time::Duration;

/// So much of an answer is read at most, so that its connection can serve again: it says nothing that counts.
const READ: usize = 16 * 1024;

/// What came of one attempt.
#[derive(Debug)]
pub(super) enum Answer {
    /// The other side has it.
    Taken,
    /// It has not, or may not have: it gets it again.
    Refused(Refusal),
    /// It was never attempted.
    Untried,
}

/// Why, and what follows.
#[derive(Debug)]
pub(super) struct Refusal {
    /// In French, without the address, which may be a secret.
    pub(super) detail: String,
    /// Whether the next one would meet the same.
    pub(super) closes: bool,
    /// How long the other side asks to be left alone.
    pub(super) pause: Option<Duration>,
}

/// Sends one request; repeating it is the receiver's to recognise.
pub(super) async fn post(request: RequestBuilder) -> Answer {
    let refused = |detail: String, closes, pause| Answer::Refused(Refusal { detail, closes, pause });
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return refused(lost(&error), true, None),
    };
    let (status, pause) = (response.status(), http::pause(response.headers()));
    if status.is_success() {
        let mut read = 0;
        while let Ok(Some(piece)) = response.chunk().await {
            read += piece.len();
            if read > READ {
                break;
            }
        }
        return Answer::Taken;
    }
    let number = status.as_u16();
    match status {
        // A signature must not follow a redirection to somebody else.
        status if status.is_redirection() => {
            refused(format!("réponse {number} : l’adresse redirige ailleurs ; donnez la dernière"), true, pause)
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            refused(format!("réponse {number} : accès refusé ; vérifiez l’adresse et le secret"), true, pause)
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE => {
            refused(format!("réponse {number} : personne n’écoute à cette adresse"), true, pause)
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            refused(format!("réponse {number} : trop de demandes pour le moment"), true, pause)
        }
        status if status.is_client_error() => {
            refused(format!("réponse {number} : cette notification est refusée"), false, pause)
        }
        _ => refused(format!("réponse {number} : en panne"), true, pause),
    }
}

/// Why there was no answer.
fn lost(error: &reqwest::Error) -> String {
    match certificate_problem(error) {
        Some(problem) => problem,
        None if error.is_builder() => "l’adresse est incorrecte".to_owned(),
        None if error.is_timeout() => "pas de réponse à temps".to_owned(),
        None if error.is_connect() => "injoignable".to_owned(),
        None => "connexion coupée avant la réponse".to_owned(),
    }
}
