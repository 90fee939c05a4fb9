//! Every answer that a test gets is one that the document describes.

use super::Answer;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// The published document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(relance_server::openapi()).unwrap())
}

/// The operation that answers a path, if there is one.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let asked: Vec<&str> = path.split('/').skip(1).collect();
    let fits = |template: &str| {
        let own: Vec<&str> = template.trim_start_matches("/api/v1/{entite}").split('/').skip(1).collect();
        let part = |(own, asked): (&&str, &&str)| own.starts_with('{') || own == asked;
        own.len() == asked.len() && own.iter().zip(&asked).all(part)
    };
    let paths = document()["paths"].as_object().unwrap();
    // What is named stands before what is filled in.
    let mut found: Vec<_> = paths.iter().filter(|(template, _)| fits(template)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    found.into_iter().find_map(|(_, item)| item.get(method.as_str().to_lowercase()))
}

/// Holds an answer against the document.
pub fn holds(method: &Method, path: &str, answer: &Answer) {
    let told = || format!("{method} {path} : {} {}", answer.status, String::from_utf8_lossy(&answer.bytes));
    let Some(operation) = operation(method, path) else {
        let refused = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::UNAUTHORIZED];
        assert!(refused.contains(&answer.status), "not in the document: {}", told());
        return;
    };
    if answer.status == StatusCode::NOT_MODIFIED {
        assert!(answer.bytes.is_empty());
        return;
    }
    let response = &operation["responses"][answer.status.as_str()];
    assert!(response.is_object(), "this status is not in the document: {}", told());
    let kind = answer.header("content-type").split(';').next().unwrap().trim().to_owned();
    let content = &response["content"][&kind];
    assert!(content.is_object(), "{kind} is not in the document: {}", told());
    if !kind.ends_with("json") {
        return;
    }
    // Names of schemas are looked up in the whole document.
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [content["schema"]],
        "components": document()["components"],
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&answer.json()).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{}", told());
}
