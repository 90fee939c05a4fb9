//! What programs send: bodies in JSON, and what stands after the `?`. What cannot be read is told in French, with its place.

use super::problem::Problem;
use crate::refusal::Refusal;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

/// A body in JSON.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, Problem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "genre_de_corps",
                "le corps n’est pas annoncé comme du JSON",
                "envoyez « Content-Type: application/json »",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| match error.into_response_status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::from(Refusal::TooLarge),
            _ => Problem::unreadable("corps_illisible", "le corps de la demande est coupé"),
        })?;
        read(&bytes).map(Body)
    }
}

/// The status of a rejection.
trait Rejected {
    fn into_response_status(self) -> StatusCode;
}

impl<R: axum::response::IntoResponse> Rejected for R {
    fn into_response_status(self) -> StatusCode {
        self.into_response().status()
    }
}

/// Reads JSON.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = if error.line() > 0 {
            format!(" (ligne {}, colonne {})", error.line(), error.column())
        } else {
            String::new()
        };
        let why = french(&error.to_string());
        Problem::unreadable("corps_illisible", format!("le corps de la demande ne se lit pas{place} : {why}"))
    })
}

/// A whole number that may be absent: `2.0` is one, too, in JSON.
pub fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let whole = || {
        let text = number.to_string();
        text.strip_suffix(".0").unwrap_or(&text).parse().ok()
    };
    whole().map(Some).ok_or_else(|| D::Error::custom("invalid value"))
}

/// What stands after the `?`: only what is known there.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Query<T>, Problem> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Query(value)| Query(value)).map_err(|error| {
            let text = error.body_text();
            let why = text.split_once("query string: ").map_or(text.as_str(), |(_, why)| why);
            Problem::unreadable("parametre", format!("un paramètre de l’adresse ne se lit pas : {}", french(why)))
        })
    }
}

/// Parts of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(value)| Path(value)).map_err(|_| Problem::unknown())
    }
}

/// What a library says of a text that it cannot read, in French.
pub fn french(text: &str) -> String {
    let text = text.split(" at line ").next().unwrap_or(text);
    // `name: what is wrong with it`
    if let Some((field, why)) = text.split_once(": ").filter(|(field, _)| !field.contains(' ')) {
        let why = french(why);
        return if why.starts_with("champ inconnu") { why } else { format!("« {field} » : {why}") };
    }
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    let known = |text: &str| {
        let words = text.split_once("expected").map_or("", |(_, words)| words);
        let words: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
        if words.is_empty() { String::new() } else { format!(" ; attendu : {}", words.join(", ")) }
    };
    if text.starts_with("missing field") {
        return format!("il manque le champ « {} »", quoted(text));
    }
    if text.starts_with("unknown field") {
        return format!("champ inconnu « {} »{}", quoted(text), known(text));
    }
    if text.starts_with("unknown variant") {
        return format!("mot inconnu « {} »{}", quoted(text), known(text));
    }
    if text.starts_with("duplicate field") {
        return format!("le champ « {} » est donné deux fois", quoted(text));
    }
    if text.starts_with("invalid type") || text.starts_with("invalid value") {
        return "cette valeur n’est pas du genre attendu".to_owned();
    }
    if text.starts_with("EOF") {
        return "le texte s’arrête au milieu".to_owned();
    }
    if text.starts_with("recursion limit") {
        return "trop de niveaux les uns dans les autres".to_owned();
    }
    if text.contains("unicode") || text.contains("utf-8") || text.contains("surrogate") {
        return "ce n’est pas de l’UTF-8".to_owned();
    }
    if ["premature end of input", "input contains invalid characters", "input is out of range", "trailing input"]
        .iter()
        .any(|known| text.starts_with(known))
    {
        return "ce n’est pas une date ; écrivez-la AAAA-MM-JJ".to_owned();
    }
    if text.starts_with("expected")
        || text.starts_with("trailing")
        || text.starts_with("key must")
        || text.contains("control character")
    {
        return "ce n’est pas du JSON à cet endroit".to_owned();
    }
    if text.starts_with("invalid digit")
        || text.starts_with("number too large")
        || text.starts_with("cannot parse integer")
    {
        return "ce n’est pas un nombre entier possible".to_owned();
    }
    text.to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use relance_core::act::Act;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sent {
        le: NaiveDate,
        nombre: u8,
    }

    #[test]
    fn whole_numbers_of_json() {
        #[derive(serde::Deserialize)]
        struct Sent {
            #[serde(default, deserialize_with = "whole_number")]
            n: Option<usize>,
        }
        let of = |text: &str| serde_json::from_str::<Sent>(text).map(|sent| sent.n).ok();
        assert_eq!((of("{}"), of(r#"{"n": null}"#)), (Some(None), Some(None)));
        assert_eq!((of(r#"{"n": 7}"#), of(r#"{"n": 7.0}"#)), (Some(Some(7)), Some(Some(7))));
        for wrong in ["7.5", "-1", "1e40", "\"7\"", "true"] {
            assert_eq!(of(&format!("{{\"n\": {wrong}}}")), None, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_in_french() {
        let mut told = String::new();
        let deep = "[".repeat(300);
        let texts: [&[u8]; 13] = [
            b"",
            b"{",
            b"{}x",
            b"nul",
            br#"{"le": "2026-13-01", "nombre": 1}"#,
            br#"{"le": 7, "nombre": 1}"#,
            br#"{"le": "hier", "nombre": 1}"#,
            br#"{"le": "2026-01-01"}"#,
            br#"{"le": "2026-01-01", "nombre": 300}"#,
            br#"{"le": "2026-01-01", "nombre": 1, "autre": 2}"#,
            br#"{"le": "2026-01-01", "le": "2026-01-01"}"#,
            b"{\"le\": \"\xff\"}",
            deep.as_bytes(),
        ];
        for text in texts {
            let problem = read::<Sent>(text).unwrap_err();
            let problem = serde_json::to_value(&problem).unwrap();
            told += &format!(
                "{}\n  {}\n",
                String::from_utf8_lossy(text.get(..60).unwrap_or(text)),
                problem["detail"].as_str().unwrap()
            );
        }
        for text in [
            r#"{"acte": "danse"}"#,
            r#"{"acte": "promesse"}"#,
            r#"{"acte": "promesse", "le": "2026-01-01", "montant": "x"}"#,
        ] {
            let problem = read::<Act>(text.as_bytes()).unwrap_err();
            told += &format!("{text}\n  {}\n", serde_json::to_value(&problem).unwrap()["detail"].as_str().unwrap());
        }
        insta::assert_snapshot!(told);
    }
}
