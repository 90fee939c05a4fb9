//! The interface for programs: everything that is done in the pages, but what is for people alone (accounts, keys, the audit, granting what
//! takes two people). The document is made from the code: what handlers and types say of themselves here is its text, in French.

mod act_body;
mod acts;
mod asked;
mod caller;
mod customers;
mod document;
mod fresh;
mod imports;
mod invoices;
mod links;
mod once;
mod page;
mod problem;
mod scenarios;
mod templates;
mod work;

pub use problem::Problem;

use crate::router::FILES;
use crate::site::Site;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where it begins.
pub const PREFIX: &str = "/api/v1";

/// What changes nothing.
fn reads() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::default()
        .routes(routes!(invoices::list))
        .routes(routes!(invoices::show))
        .routes(routes!(invoices::draw))
        .routes(routes!(customers::list))
        .routes(routes!(customers::show))
        .routes(routes!(customers::journal))
        .routes(routes!(customers::documents))
        .routes(routes!(customers::document))
        .routes(routes!(customers::search))
        .routes(routes!(work::list))
        .routes(routes!(work::doubts))
        .routes(routes!(work::departures))
        .routes(routes!(work::payments))
        .routes(routes!(work::dashboard))
        .routes(routes!(acts::requests))
        .routes(routes!(scenarios::list))
        .routes(routes!(scenarios::read))
        .routes(routes!(scenarios::check))
        .routes(routes!(scenarios::simulate))
        .routes(routes!(scenarios::plan))
        .routes(routes!(scenarios::planned))
        .routes(routes!(templates::list))
        .routes(routes!(templates::preview))
        .routes(routes!(templates::letter))
        .routes(routes!(templates::statement))
        .routes(routes!(imports::list))
        .routes(routes!(imports::show))
        .routes(routes!(links::list))
        .route_layer(from_fn(fresh::fresh))
}

/// What is done once, however often it is asked.
fn writes() -> OpenApiRouter<Arc<Site>> {
    let files = OpenApiRouter::default().routes(routes!(imports::put_down)).layer(DefaultBodyLimit::max(FILES));
    OpenApiRouter::default()
        .routes(routes!(acts::on_invoice))
        .routes(routes!(acts::on_client))
        .routes(routes!(scenarios::write))
        .routes(routes!(scenarios::drop_draft))
        .routes(routes!(scenarios::publish))
        .merge(files)
        .routes(routes!(imports::take))
        .routes(routes!(imports::throw_away))
        .routes(routes!(links::make, links::take_all_back))
        .routes(routes!(links::take_back))
        .route_layer(from_fn(once::once))
}

/// All of it.
fn both() -> (Router<Arc<Site>>, OpenApi) {
    let (reads, said) = reads().split_for_parts();
    let (writes, mut written) = writes().split_for_parts();
    document::named_writes(&mut written);
    (reads.merge(writes), document::whole(said, written))
}

/// What is said of it, in OpenAPI 3.1.
pub fn openapi() -> OpenApi {
    both().1
}

/// Its addresses.
pub fn router(site: &Arc<Site>) -> Router<Arc<Site>> {
    let (inside, said) = both();
    let text: Arc<str> = serde_json::to_string_pretty(&said).unwrap_or_default().into();
    let inside = inside
        .method_not_allowed_fallback(|| async {
            let help = "voyez le document openapi.json";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "methode", "cette adresse ne se demande pas ainsi", help)
        })
        .fallback(|| async { Problem::unknown() })
        .layer(from_fn_with_state(Arc::clone(site), caller::known));
    Router::new()
        .route(
            "/api/v1/openapi.json",
            get(move || async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], text.to_string()) }),
        )
        .nest(&format!("{PREFIX}/{{entite}}"), inside)
}
