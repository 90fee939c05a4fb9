//! News between programs that share a PostgreSQL base: `NOTIFY` with what an import or a publication commits, `LISTEN` in a service.

use crate::store::StoreError;
use sqlx::PgTransaction;
use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Mutex;

/// The name under which programs tell each other.
const NAME: &str = "relance";

/// Tells the others, when the transaction commits.
pub(super) async fn tell(tx: &mut PgTransaction<'static>) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_notify($1, '')").bind(NAME).execute(&mut **tx).await?;
    Ok(())
}

/// A connection that listens, once somebody has asked for news.
#[derive(Default)]
pub(super) struct News(Mutex<Option<PgListener>>);

impl News {
    /// Waits for news. A connection made anew is news itself: what was told before is lost.
    pub(super) async fn wait(&self, pool: &PgPool) {
        let mut kept = self.0.lock().await;
        if let Some(listener) = kept.as_mut() {
            if matches!(listener.try_recv().await, Ok(Some(_))) {
                return;
            }
            *kept = None;
        }
        let listener = async {
            let mut listener = PgListener::connect_with(pool).await?;
            listener.listen(NAME).await?;
            Ok::<_, sqlx::Error>(listener)
        };
        match listener.await {
            Ok(listener) => *kept = Some(listener),
            // Whoever asks looks by itself after a while.
            Err(_) => std::future::pending().await,
        }
    }

    /// Ends the connection.
    pub(super) async fn end(&self) {
        *self.0.lock().await = None;
    }
}
