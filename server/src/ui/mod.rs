//! The pages.

pub mod access;
pub mod accounts;
mod act_forms;
pub mod acts;
pub mod customer;
pub mod dashboard;
pub mod departures;
pub mod drafted;
pub mod entrance;
pub mod filters;
pub mod form;
pub mod frame;
pub mod imports;
pub mod invoice;
pub mod lists;
pub mod mail;
pub mod models;
pub mod oidc;
pub mod publication;
pub mod requests;
pub mod scenarios;
pub mod simulator;
mod timeline;
pub mod today;
pub mod visit;

use crate::refusal::Refusal;
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

/// What a page answers.
pub type Answer = Result<Response, Refusal>;

/// A page as it is sent.
pub fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// A page with a status of its own.
pub fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    let html = template
        .render()
        .map_err(|error| Refusal::Outside(format!("la page ne s’écrit pas : {error}"), String::new()))?;
    Ok((status, Html(html)).into_response())
}

/// After something was done: to the page that shows it, so that reloading does nothing again.
pub fn done(target: &str) -> Answer {
    Ok(Redirect::to(target).into_response())
}

/// A page that takes a while to make, beside the threads that answer: it keeps nobody else waiting.
pub async fn aside(making: impl Future<Output = Answer> + Send + 'static) -> Answer {
    let here = tokio::runtime::Handle::current();
    let made = tokio::task::spawn_blocking(move || here.block_on(making)).await;
    made.unwrap_or_else(|_| Err(Refusal::Outside("la page n’a pas pu être faite".to_owned(), String::new())))
}

/// A file that is handed out under a name.
pub fn file(bytes: Vec<u8>, kind: &str, name: &str, inline: bool) -> Answer {
    let how = if inline { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename*=UTF-8''{}", encoded(name));
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response())
}

/// A part of an address, whatever its letters.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
