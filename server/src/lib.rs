//! The server where credit managers work: pages for people, an API for programs, a portal for debtors. It decides nothing by itself: what
//! people do becomes things that come in from outside, and the step function takes them.

mod acts;
mod assets;
mod auth;
mod headers;
mod jobs;
mod net;
mod refusal;
mod router;
mod site;
mod ui;
mod waiting;

pub use net::serve;
pub use router::router;
pub use site::{Site, Tenant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A name that nobody guesses: 256 bits.
pub(crate) fn token() -> String {
    let mut bytes = [0u8; 32];
    // A system without randomness gives no safe name: the next line's is at least no other's.
    if getrandom::fill(&mut bytes).is_err() {
        tracing::error!("le système ne donne pas de hasard");
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The address at which the first administrator is made, when there is no account yet.
pub async fn first_account(_: &Site) -> Result<Option<String>, relance_desk::failure::Failure> {
    Ok(None)
}
