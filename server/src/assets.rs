//! Stylesheets, scripts and pictures: inside the program, under addresses that change with their content.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file that pages load.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $kind:literal),* $(,)?) => {
        [$(Asset { name: $name, kind: $kind, bytes: include_bytes!(concat!("../assets/", $name)) }),*]
    };
}

/// The stylesheets, in the order in which pages load them.
pub const SHEETS: [&str; 5] = ["base.css", "forms.css", "tables.css", "pages.css", "charts.css"];

static ASSETS: [Asset; 9] = assets![
    "base.css" "text/css; charset=utf-8",
    "forms.css" "text/css; charset=utf-8",
    "tables.css" "text/css; charset=utf-8",
    "pages.css" "text/css; charset=utf-8",
    "charts.css" "text/css; charset=utf-8",
    "relance.js" "text/javascript; charset=utf-8",
    "editor.js" "text/javascript; charset=utf-8",
    "icons.svg" "image/svg+xml",
    "favicon.svg" "image/svg+xml",
];

/// Twelve digits of a digest of all of them: another program, other addresses.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    ASSETS.iter().for_each(|asset| digest.update(asset.bytes));
    digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// The part of their addresses that changes with their content.
pub fn version() -> &'static str {
    &VERSION
}

/// Hands an asset out. Whoever asks for an old one gets none: its page is old as well.
pub async fn asset(Path((asked, name)): Path<(String, String)>) -> Response {
    let found = ASSETS.iter().find(|asset| asset.name == name).filter(|_| asked == version());
    let Some(asset) = found else { return (StatusCode::NOT_FOUND, "ce fichier n’existe pas\n").into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.bytes).into_response()
}
