//! Answers that have not changed are not sent again: `ETag` and `If-None-Match` on everything that is read.

use crate::auth::token::sha256;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;

/// The largest answer.
const LARGEST: usize = 128 * 1024 * 1024;

/// Names a state of something.
pub fn etag(parts: &[&[u8]]) -> String {
    let digest = sha256(parts);
    let mut text = "\"".to_owned();
    for byte in digest.iter().take(12) {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text + "\""
}

/// Whether a header names this state, or any.
pub fn names(headers: &HeaderMap, name: &header::HeaderName, etag: &str) -> bool {
    let given = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|given| given.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag
    })
}

/// Adds the state's name to an answer, and leaves the answer out for whoever has it.
pub async fn fresh(request: Request, next: Next) -> Response {
    let known = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let own = parts.headers.get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let etag = own.unwrap_or_else(|| etag(&[&body]));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        parts.headers.insert(header::ETAG, value);
    }
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if names(&known, &header::IF_NONE_MATCH, &etag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}
