//! The service's two pages for machines: `/sante` and `/metriques`.

use super::Board;
use crate::store::{Backlog, Store};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use relance_core::day::Instant;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How long the base may take to answer for a page.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a visitor may take to ask.
const ASKING: Duration = Duration::from_secs(10);
/// How many visitors at a time; the others wait.
const VISITORS: usize = 32;
/// The longest request line and headers.
const LONGEST: usize = 16 * 1024;

/// Answers visitors for ever; `now` tells the time.
pub async fn serve(listener: TcpListener, store: Arc<dyn Store>, board: Arc<Board>, now: fn() -> Instant) {
    let places = Arc::new(Semaphore::new(VISITORS));
    let mut visits = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        while visits.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, most likely: they become fewer.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (store, board) = (Arc::clone(&store), Arc::clone(&board));
        visits.spawn(async move {
            let answer = service_fn(|request| {
                let (store, board) = (Arc::clone(&store), Arc::clone(&board));
                async move { Ok::<_, Infallible>(answer(&request, &*store, &board, now()).await) }
            });
            // A visitor who goes away in the middle is nobody's trouble.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(ASKING)
                .max_buf_size(LONGEST)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
            drop(place);
        });
    }
}

async fn answer(request: &Request<Incoming>, store: &dyn Store, board: &Board, now: Instant) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut refused =
            page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "ces pages se lisent seulement (GET)\n".to_owned());
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    match request.uri().path() {
        "/sante" => {
            let (well, mut told) = board.health(backlog(store, now).await.is_some());
            let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            if let Some(told) = told.as_object_mut() {
                told.insert("maintenant".to_owned(), now.to_rfc3339().into());
            }
            page(status, "application/json", format!("{told:#}\n"))
        }
        "/metriques" => {
            let backlog = backlog(store, now).await;
            let figures = board.metrics(now, backlog.as_ref());
            page(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", figures)
        }
        _ => page(StatusCode::NOT_FOUND, TEXT, "les pages sont /sante et /metriques\n".to_owned()),
    }
}

async fn backlog(store: &dyn Store, now: Instant) -> Option<Backlog> {
    tokio::time::timeout(PATIENCE, store.backlog(now)).await.ok()?.ok()
}

fn page(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut page = Response::new(Full::new(Bytes::from(text)));
    *page.status_mut() = status;
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}
