//! Whether the server is ready for visitors, and what it counts: for whatever watches over it.

use crate::site::Site;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a base may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Bounds of the histogram of answers' durations, in seconds.
const BOUNDS: [f64; 9] = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// The largest page of figures of the service.
const LARGEST: usize = 1024 * 1024;
/// What has no route.
const ELSEWHERE: &str = "autre";

/// What visitors asked, by route: never by address, which may hold a link, a name or a number.
#[derive(Debug, Default)]
pub struct Meter {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    answers: BTreeMap<(String, &'static str, u16), u64>,
    buckets: [u64; BOUNDS.len()],
    seconds: f64,
    all: u64,
}

impl Meter {
    fn count(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let word = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            _ => ELSEWHERE,
        };
        *counts.answers.entry((route.to_owned(), word, status.as_u16())).or_default() += 1;
        let seconds = took.as_secs_f64();
        for (bucket, bound) in counts.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        counts.seconds += seconds;
        counts.all += 1;
    }

    /// The figures, for Prometheus.
    fn text(&self) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = String::new();
        page.push_str("# HELP relance_http_reponses_total Réponses, par page et par code.\n");
        page.push_str("# TYPE relance_http_reponses_total counter\n");
        for ((route, method, status), count) in &counts.answers {
            let labels = format!("{{page=\"{route}\",methode=\"{method}\",code=\"{status}\"}}");
            let _ = writeln!(page, "relance_http_reponses_total{labels} {count}");
        }
        page.push_str("# HELP relance_http_secondes Durée des réponses.\n# TYPE relance_http_secondes histogram\n");
        for (bucket, bound) in counts.buckets.iter().zip(BOUNDS) {
            let _ = writeln!(page, "relance_http_secondes_bucket{{le=\"{bound}\"}} {bucket}");
        }
        let _ = writeln!(page, "relance_http_secondes_bucket{{le=\"+Inf\"}} {}", counts.all);
        let _ = writeln!(page, "relance_http_secondes_sum {}", counts.seconds);
        let _ = writeln!(page, "relance_http_secondes_count {}", counts.all);
        page
    }
}

/// Counts every answer.
pub async fn measure(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = request.method().clone();
    let response = next.run(request).await;
    site.meter.count(route.as_deref().unwrap_or(ELSEWHERE), &method, response.status(), start.elapsed());
    response
}

/// Whether visitors can be sent here: the base answers, and every project reads.
pub async fn ready(State(site): State<Arc<Site>>) -> Response {
    let mut problems = Vec::new();
    for tenant in site.tenants.values() {
        let answers = tokio::time::timeout(PATIENCE, tenant.store.clock()).await;
        if !matches!(answers, Ok(Ok(_))) {
            problems.push(format!("{} : la base ne répond pas", tenant.entity));
        }
        if !tenant.is_readable() {
            problems.push(format!("{} : le projet ne se lit plus, les pages montrent celui d’avant", tenant.entity));
        }
    }
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let told = json!({ "pret": problems.is_empty(), "problemes": problems });
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{told:#}\n")).into_response()
}

/// The figures of the service, and those of the pages.
pub async fn figures(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.uri = axum::http::Uri::from_static("/metriques");
    let Some(machines) = site.machines.get(&site.first) else { return StatusCode::NOT_FOUND.into_response() };
    let answer = machines.answer(Request::from_parts(parts, body)).await.map(Body::new);
    let (mut parts, body) = answer.into_parts();
    if parts.status != StatusCode::OK {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, LARGEST).await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    let page = [bytes.as_ref(), site.meter.text().as_bytes()].concat();
    Response::from_parts(parts, Body::from(page))
}
