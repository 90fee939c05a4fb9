//! The floor on PostgreSQL: the rows that the run wrote, read back and written in bulk into the base as it was before; and what runners
//! wait for.

use sqlx::{Connection, PgConnection};
use std::time::{Duration, Instant as Stopwatch};

const ROWS_PER_STATEMENT: usize = 10_000;

type File = (String, Option<String>, Option<i64>, Option<String>);
type Invoice = (String, String, bool, String);
type Entry = (String, i64, i64, Option<String>, Option<String>, Vec<u8>, Vec<u8>);
type Message = (String, String, String, String, String, bool, i64, String);

/// The rows.
pub struct Rows {
    dossiers: Vec<File>,
    instances: Vec<Invoice>,
    journal: Vec<Entry>,
    outbox: Vec<Message>,
}

impl Rows {
    /// How many.
    pub fn count(&self) -> usize {
        self.dossiers.len() + self.instances.len() + self.journal.len() + self.outbox.len()
    }
}

/// What was written since a moment.
pub async fn written(url: &str, since: i64) -> Rows {
    let mut base = PgConnection::connect(url).await.unwrap();
    let dossiers =
        "SELECT client, etat, reveil, raison FROM dossiers WHERE client IN (SELECT client FROM journal WHERE le >= $1)";
    let instances = "SELECT client, facture, active, etat FROM instances \
                     WHERE (client, facture) IN (SELECT client, facture FROM journal WHERE le >= $1)";
    let journal = "SELECT client, position, le, facture, entree, condensat, chaine FROM journal WHERE le >= $1";
    let outbox =
        "SELECT client, cle, facture, canal, statut, ouverte, decide_le, message FROM envois WHERE decide_le >= $1";
    Rows {
        dossiers: sqlx::query_as(dossiers).bind(since).fetch_all(&mut base).await.unwrap(),
        instances: sqlx::query_as(instances).bind(since).fetch_all(&mut base).await.unwrap(),
        journal: sqlx::query_as(journal).bind(since).fetch_all(&mut base).await.unwrap(),
        outbox: sqlx::query_as(outbox).bind(since).fetch_all(&mut base).await.unwrap(),
    }
}

/// One column of rows.
fn column<'r, R, T>(rows: &'r [R], of: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// Writes the same rows: one transaction, flushed as the server is set up.
pub async fn floor(url: &str, rows: &Rows) -> Duration {
    let mut base = PgConnection::connect(url).await.unwrap();
    let watch = Stopwatch::now();
    let mut tx = base.begin().await.unwrap();
    for chunk in rows.dossiers.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "INSERT INTO dossiers(entite, client, etat, reveil, raison) \
             SELECT 'essai', * FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::text[]) \
             ON CONFLICT(entite, client) DO UPDATE SET etat = excluded.etat, reveil = excluded.reveil, raison = excluded.raison",
        )
        .bind(column(chunk, |r| r.0.as_str()))
        .bind(column(chunk, |r| r.1.as_deref()))
        .bind(column(chunk, |r| r.2))
        .bind(column(chunk, |r| r.3.as_deref()))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    for chunk in rows.instances.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "INSERT INTO instances(entite, client, facture, active, etat) \
             SELECT 'essai', * FROM UNNEST($1::text[], $2::text[], $3::bool[], $4::text[]) \
             ON CONFLICT(entite, client, facture) DO UPDATE SET active = excluded.active, etat = excluded.etat",
        )
        .bind(column(chunk, |r| r.0.as_str()))
        .bind(column(chunk, |r| r.1.as_str()))
        .bind(column(chunk, |r| r.2))
        .bind(column(chunk, |r| r.3.as_str()))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    for chunk in rows.journal.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "INSERT INTO journal(entite, client, position, le, facture, entree, condensat, chaine) SELECT 'essai', * FROM \
             UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])",
        )
        .bind(column(chunk, |r| r.0.as_str()))
        .bind(column(chunk, |r| r.1))
        .bind(column(chunk, |r| r.2))
        .bind(column(chunk, |r| r.3.as_deref()))
        .bind(column(chunk, |r| r.4.as_deref()))
        .bind(column(chunk, |r| r.5.as_slice()))
        .bind(column(chunk, |r| r.6.as_slice()))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    for chunk in rows.outbox.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message) SELECT 'essai', * FROM \
             UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bigint[], $8::text[])",
        )
        .bind(column(chunk, |r| r.0.as_str()))
        .bind(column(chunk, |r| r.1.as_str()))
        .bind(column(chunk, |r| r.2.as_str()))
        .bind(column(chunk, |r| r.3.as_str()))
        .bind(column(chunk, |r| r.4.as_str()))
        .bind(column(chunk, |r| r.5))
        .bind(column(chunk, |r| r.6))
        .bind(column(chunk, |r| r.7.as_str()))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    watch.elapsed()
}

/// Looks every five milliseconds at what the connections to a base do, until told to stop: how many looks, and in how many of them a
/// connection waited for a lock of another.
pub async fn watch_locks(url: String, mut stop: tokio::sync::oneshot::Receiver<()>) -> (u64, u64) {
    let mut base = PgConnection::connect(&url).await.unwrap();
    let (mut looks, mut waits) = (0, 0);
    while stop.try_recv().is_err() {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut base)
        .await
        .unwrap();
        looks += 1;
        waits += u64::from(waiting > 0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (looks, waits)
}
