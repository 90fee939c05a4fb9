//! Writes that are asked twice are done once: the header `Idempotency-Key` names each.

use super::caller::Caller;
use super::problem::Problem;
use crate::auth::token::sha256;
use crate::refusal::Refusal;
use crate::router::FILES;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use relance_engine::store::accounts::{Bearer, Begun};

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest name of a write.
pub const LONGEST: usize = 100;
/// What says that an answer is one that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// How long a write that nobody ends is waited for.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);
/// How long answers are kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// The name that a program gives to a write.
#[derive(Clone, Debug)]
pub struct WriteName(pub String);

/// What is kept of an answer instead of the answer itself: it says something that is told once.
#[derive(Clone, Debug)]
pub struct Kept(pub Vec<u8>);

/// The name in the header, if it can be one.
fn name(headers: &HeaderMap) -> Result<String, Problem> {
    let given = headers.get(&HEADER).and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    let fits = (1..=LONGEST).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Ok(given.to_owned());
    }
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotence_absente",
        "une écriture demande l’en-tête Idempotency-Key",
        format!(
            "donnez un nom à chaque écriture, de 1 à {LONGEST} lettres, chiffres ou signes sans blanc ni accent : répétée sous le même nom, \
             elle ne se fait qu’une fois"
        ),
    ))
}

/// A multipart body is cut by words that a program draws anew each time: they say nothing.
fn without_boundary(headers: &HeaderMap, body: &Bytes) -> Vec<u8> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = kind.split_once("boundary=").map(|(_, rest)| rest.split(';').next().unwrap_or_default());
    let boundary = boundary.map(|text| text.trim().trim_matches('"')).filter(|text| !text.is_empty());
    let Some(boundary) = boundary else { return body.to_vec() };
    let (mut rest, mut kept) = (&body[..], Vec::with_capacity(body.len()));
    while let Some(at) = rest.windows(boundary.len()).position(|window| window == boundary.as_bytes()) {
        kept.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + boundary.len()..).unwrap_or_default();
    }
    kept.extend_from_slice(rest);
    kept
}

/// Does a write, or answers what it was answered before.
pub async fn once(request: Request, next: Next) -> Response {
    written(request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn written(request: Request, next: Next) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(Problem::unknown)?;
    let name = name(request.headers())?;
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, FILES).await.map_err(|_| Problem::from(Refusal::TooLarge))?;
    let asked = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let said = without_boundary(&parts.headers, &body);
    let digest = sha256(&[parts.method.as_str().as_bytes(), b"\n", asked.as_bytes(), b"\n", &said]);
    drop(said);
    let (accounts, now) = (&caller.site.gate.accounts, caller.tenant.now());
    let bearer = Bearer { entity: &caller.tenant.entity, who: caller.visitor.bearer(), key: &name };
    match accounts.begin_write(bearer, &digest, now, now + PATIENCE).await? {
        Begun::Now => {}
        Begun::UnderWay => {
            let help = "redemandez-la dans un instant, sous le même nom";
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "en_cours",
                "cette écriture est en train de se faire",
                help,
            ));
        }
        Begun::Another => {
            let what = "une autre écriture porte déjà ce nom";
            return Err(Problem::refused("nom_deja_pris", what, "donnez à chaque écriture un nom à elle"));
        }
        Begun::Done { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut response = (status, body).into_response();
            let headers = response.headers_mut();
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            return Ok(response);
        }
    }
    parts.extensions.insert(WriteName(name.clone()));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() {
        // Nothing was done: the same name may be tried again, mended or not.
        accounts.abandon_write(bearer, &digest).await?;
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, FILES).await.map_err(|_| Problem::from(Refusal::TooLarge))?;
    let kept = parts.extensions.remove::<Kept>().map_or_else(|| body.to_vec(), |Kept(kept)| kept);
    accounts.finish_write(bearer, &digest, (parts.status.as_u16(), &kept), caller.tenant.now() + KEPT).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_with_other_cuts_are_the_same_write() {
        let sent = |cut: &str| {
            let mut headers = HeaderMap::new();
            let kind = format!("multipart/form-data; boundary=\"{cut}\"; charset=utf-8");
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            let body = format!("--{cut}\r\nContent-Disposition: form-data\r\n\r\na;b\r\n--{cut}--\r\n");
            without_boundary(&headers, &Bytes::from(body))
        };
        assert_eq!(sent("XYZ"), sent("0123456789"));
        assert_eq!(without_boundary(&HeaderMap::new(), &Bytes::from_static(b"{}")), b"{}");
    }

    #[test]
    fn names_of_writes() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_bytes(text.as_bytes()).unwrap());
            name(&headers).ok()
        };
        assert_eq!(of("a-1").as_deref(), Some("a-1"));
        assert_eq!(of(&"x".repeat(100)).map(|name| name.len()), Some(100));
        for wrong in ["", " ", "a b", "é", &"x".repeat(101)] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert!(name(&HeaderMap::new()).is_err());
    }
}
