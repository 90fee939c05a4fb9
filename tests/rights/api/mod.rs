//! The interface for programs: which key may do what, what is asked twice, what has changed meanwhile; and every answer as the published
//! document says it.

mod contract;
mod guide;
mod matrix;
mod problems;
mod writes;

use crate::company::{Company, HERE};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::Utc;
use relance_server::auth::key::{Wanted, make};
use relance_server::auth::role::{Permission, Role, Scopes};
use serde_json::Value;

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Every permission that a key can have.
pub fn open_permissions() -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|permission| permission.least() < Role::Administrator).collect()
}

/// A key with these permissions, made by an administrator of its own.
pub async fn key(company: &Company, entity: &str, permissions: &[Permission]) -> String {
    let name = relance_server::auth::token::draw_id().unwrap();
    let maker = company.hire(&name, entity, "administrateur").await;
    let scopes = Scopes::of(permissions.iter().map(|permission| permission.word())).unwrap();
    let wanted = Wanted { entity, name: "compta", scopes: &scopes, expires: None };
    make(&company.accounts, &wanted, (&maker.id, Role::Administrator), Utc::now()).await.unwrap().unwrap()
}

/// A key that may everything that a key may.
pub async fn whole_key(company: &Company) -> String {
    key(company, HERE, &open_permissions()).await
}

/// A request.
pub struct Asked<'a> {
    pub method: Method,
    /// Below the creditor.
    pub path: &'a str,
    pub key: Option<&'a str>,
    pub headers: Vec<(&'a str, String)>,
    pub body: Vec<u8>,
}

impl<'a> Asked<'a> {
    pub fn get(path: &'a str, key: &'a str) -> Asked<'a> {
        Asked { method: Method::GET, path, key: Some(key), headers: Vec::new(), body: Vec::new() }
    }

    /// A write of this name.
    pub fn write(method: Method, path: &'a str, key: &'a str, name: &str, body: &Value) -> Asked<'a> {
        let headers = vec![("content-type", "application/json".to_owned()), ("idempotency-key", name.to_owned())];
        Asked { method, path, key: Some(key), headers, body: body.to_string().into_bytes() }
    }

    /// A question with a body.
    pub fn ask(path: &'a str, key: &'a str, body: &Value) -> Asked<'a> {
        let headers = vec![("content-type", "application/json".to_owned())];
        Asked { method: Method::POST, path, key: Some(key), headers, body: body.to_string().into_bytes() }
    }

    pub fn with(mut self, name: &'a str, value: &str) -> Asked<'a> {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends it, and holds the answer against the document.
    pub async fn send(self, company: &Company) -> Answer {
        self.send_to(company, HERE).await
    }

    pub async fn send_to(self, company: &Company, entity: &str) -> Answer {
        let uri = format!("/api/v1/{entity}{}", self.path);
        let mut request = Request::builder().method(self.method.clone()).uri(&uri);
        if let Some(key) = self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = company.ask(request.body(Body::from(self.body)).unwrap()).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, bytes };
        contract::holds(&self.method, self.path, &answer);
        answer
    }
}
