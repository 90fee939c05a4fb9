//! The server where credit managers work: pages for people, an API for programs, a portal for debtors. It decides nothing by itself: what
//! people do becomes things that come in from outside, and the step function takes them.

mod acts;
mod api;
mod assets;
pub mod auth;
mod headers;
mod health;
mod jobs;
mod net;
mod paced;
mod portal;
mod refusal;
mod router;
mod signatures;
mod site;
mod ui;
mod waiting;

pub use api::openapi;
pub use health::Meter;
pub use net::serve;
pub use router::router;
pub use site::{Site, Tenant};

use auth::invite::first_link;
use chrono::TimeDelta;
use relance_desk::failure::Failure;
use std::future::Future;
use std::time::Duration;

/// A name that nobody guesses; see [`auth::token`]. Where the system gives no chance, a moment: nothing secret hangs on it.
pub(crate) fn token() -> String {
    auth::token::draw_id().unwrap_or_else(|_| chrono::Utc::now().timestamp_micros().to_string())
}

/// How often what opens nothing any more is thrown away.
const TIDIED: Duration = Duration::from_secs(3_600);

/// How long after it was granted an act is still done, when the server ended in between.
const GRANTED: TimeDelta = TimeDelta::days(7);

/// Throws away what opens nothing any more, or counts for nothing: sessions, links, answers to writes, tries to log in; does what was granted
/// just before the server ended. Goes on until `stop`.
pub async fn keep_tidy(site: &Site, stop: impl Future<Output = ()>) {
    let accounts = &site.gate.accounts;
    let rounds = async {
        loop {
            let now = (site.now)();
            let swept = accounts.sweep(now, now - auth::visitor::IDLE).await;
            if let Err(error) = swept.and(accounts.sweep_tries(now).await) {
                // It only takes room: the next round does it.
                tracing::warn!(erreur = %error, "les sessions expirées ne se rangent pas");
            }
            for tenant in site.tenants.values() {
                if let Err(refusal::Refusal::Outside(problem, _)) =
                    signatures::finish((site, tenant), now - GRANTED).await
                {
                    tracing::warn!(erreur = %problem, "les demandes accordées ne se relisent pas");
                }
            }
            tokio::time::sleep(TIDIED).await;
        }
    };
    tokio::select! {
        () = rounds => {}
        () = stop => {}
    }
}

/// The address at which the first administrator is made, when there is no account yet.
pub async fn first_account(site: &Site) -> Result<Option<String>, Failure> {
    let link = first_link(&site.gate.accounts, (site.now)()).await.map_err(refusal::failure)?;
    Ok(link.map(|token| format!("/premier-compte/{}", token.text())))
}
