//! Holding on while the base does not answer: what a carrier has accepted must be written down, or nobody knows that it left.

use super::{Carrier, Runner};
use crate::backoff::Backoff;
use crate::store::StoreError;
use std::time::Duration;
use tokio::time::Instant;

/// How long a run insists that nobody keeps alive, or that was asked to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest pause between two attempts: whoever comes first when the base is back decides what became of messages on their way.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a base on a server may take to answer: a connection that died without a word never does.
const ANSWER: Duration = Duration::from_secs(20);

impl<C: Carrier> Runner<'_, C> {
    /// What the base answers, or that it does not. A file is read on this machine, and takes as long as it takes.
    pub(super) async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.store.path().is_some() {
            return answer.await;
        }
        let silent = |_| Err(StoreError::Sql(sqlx::Error::PoolTimedOut));
        tokio::time::timeout(ANSWER, answer).await.unwrap_or_else(silent)
    }

    /// Does something with the base, again and again while the base is only out of reach. A permanent runner insists until it is asked
    /// to stop, and then for a minute more.
    pub(super) async fn insist<T>(
        &self,
        mut what: impl AsyncFnMut() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        let mut backoff = Backoff::up_to(PAUSE);
        loop {
            let error = match self.in_time(what()).await {
                Ok(done) => {
                    if backoff.has_begun() {
                        tracing::info!(
                            secondes = start.elapsed().as_secs(),
                            "la base répond de nouveau : le lot continue"
                        );
                    }
                    return Ok(done);
                }
                Err(error) => error,
            };
            let waited = match self.stop.filter(|stop| stop.patient) {
                None => start.elapsed(),
                Some(stop) => stop.elapsed().unwrap_or_default().min(start.elapsed()),
            };
            if !error.is_passing() || waited >= PATIENCE {
                return Err(error);
            }
            if !backoff.has_begun() {
                tracing::warn!(
                    erreur = error.short(),
                    "la base ne répond pas : le lot en cours attend qu’elle revienne"
                );
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }
}
