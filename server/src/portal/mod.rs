//! The page of a debtor: what one client owes, and what it can say about it, behind a link that a person of the creditor has given.
//!
//! A link is a token that names one client of one creditor for as long as it lasts; nothing in an address or a form names another. Whatever
//! does not open is answered in the same way, so that nobody learns what exists.

mod acts;
mod closed;
mod guest;
mod limits;
mod page;
mod papers;
mod piece;
mod transfer;

pub use guest::LASTS;

use crate::site::Site;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::any;
use closed::Closed;
use std::sync::Arc;

/// Who says it, in the journal.
pub const AUTHOR: &str = "le client, par son espace";

/// The largest form with a file: larger than [`piece::LARGEST`], so that a file that is a little too large is told as such.
const FORM: usize = 2 * piece::LARGEST;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The addresses of `/espace` and below.
pub fn routes() -> Router<Arc<Site>> {
    // `any` first: then no answer tells which ways of asking a page takes.
    let pages = Router::new()
        .route("/{lien}", any(gone).get(page::show))
        .route("/{lien}/annonce", any(gone).post(acts::announce))
        .route("/{lien}/promesse", any(gone).post(acts::promise))
        .route("/{lien}/echeancier", any(gone).post(acts::ask_for_plan))
        .route("/{lien}/litige", any(gone).post(acts::dispute).layer(DefaultBodyLimit::max(FORM)))
        .route("/{lien}/factures/{numero}/facture.pdf", any(gone).get(papers::invoice))
        .route("/{lien}/decompte.pdf", any(gone).get(papers::statement))
        .fallback(gone);
    Router::new().nest("/espace", pages).route("/espace/", any(gone)).layer(axum::middleware::from_fn(discreet))
}

async fn gone() -> Closed {
    Closed::Gone
}

/// The address is the key: it is told to nobody, found by nobody, and its pages stand in nobody's frame.
async fn discreet(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
