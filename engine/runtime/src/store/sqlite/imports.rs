//! Imports into SQLite.

use super::Sqlite;
use crate::import::Messages;
use crate::store::{
    Imports, Intake, Mark, ROWS_PER_STATEMENT, Reading, StoreError, Unreadable, instant, mark, micros, rows, write,
};
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::incoming::Incoming;
use relance_core::simulate::known;
use std::collections::{BTreeMap, BTreeSet};

#[async_trait]
impl Imports for Sqlite {
    async fn take_in(&self, intake: &Intake<'_>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let marked = sqlx::query_as("SELECT motif, depuis, vers FROM marques WHERE entite = ?1")
            .bind(&self.entity)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(mark) = marked.map(mark::mark).filter(Mark::refuses_imports) {
            return Err(StoreError::Marked(mark));
        }
        let at = micros(intake.at);
        let mut taken = 0;
        // The first moment at which each client's file has something new to read.
        let mut news: BTreeMap<String, i64> = BTreeMap::new();
        for chunk in intake.incoming.chunks(ROWS_PER_STATEMENT) {
            let mut rows = Vec::with_capacity(chunk.len());
            for thing in chunk {
                let data = write("entrée", thing)?;
                rows.push((&thing.id, &thing.client, micros(known(thing, intake.zone)), data));
            }
            let new: Vec<(String, i64)> = sqlx::query_as(
                "INSERT INTO entrees(entite, id, client, connue, importee, donnees) \
                 SELECT ?1, value->>0, value->>1, value->>2, ?2, value->>3 FROM json_each(?3) WHERE true \
                 ON CONFLICT(entite, client, id) DO NOTHING RETURNING client, connue",
            )
            .bind(&self.entity)
            .bind(at)
            .bind(write("entrées", &rows)?)
            .fetch_all(&mut *tx)
            .await?;
            taken += new.len() as u64;
            for (client, known) in new {
                let first = news.entry(client).or_insert(known);
                *first = known.min(*first);
            }
        }
        let news: Vec<(String, i64)> = news.into_iter().collect();
        for chunk in news.chunks(ROWS_PER_STATEMENT) {
            sqlx::query(
                "INSERT INTO dossiers(entite, client, a_voir) SELECT ?1, value->>0, value->>1 FROM json_each(?2) WHERE true \
                 ON CONFLICT(entite, client) DO UPDATE SET a_voir = MIN(COALESCE(a_voir, excluded.a_voir), excluded.a_voir)",
            )
            .bind(&self.entity)
            .bind(write("clients", chunk)?)
            .execute(&mut *tx)
            .await?;
        }
        if intake.payments {
            sqlx::query(
                "INSERT INTO paiements(entite, le) VALUES(?1, ?2) ON CONFLICT(entite) DO UPDATE SET le = MAX(le, excluded.le)",
            )
            .bind(&self.entity)
            .bind(at)
            .execute(&mut *tx)
            .await?;
            wake_waiting(&mut tx, &self.entity, at).await?;
        }
        sqlx::query("INSERT INTO imports(entite, le, rapport) VALUES(?1, ?2, ?3)")
            .bind(&self.entity)
            .bind(at)
            .bind(write("rapport", intake.report)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(taken)
    }

    async fn everything_imported(&self) -> Result<(Vec<(Incoming, Instant)>, Vec<Unreadable>), StoreError> {
        let rows =
            sqlx::query_as("SELECT client, id, donnees, importee FROM entrees WHERE entite = ?1 ORDER BY numero")
                .bind(&self.entity)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows::everything(rows))
    }

    async fn messages(&self, invoices: &BTreeSet<&str>) -> Result<Messages, StoreError> {
        if invoices.is_empty() {
            return Ok(Messages::default());
        }
        let files: Vec<(String, String)> = sqlx::query_as(
            "SELECT facture, etat FROM instances WHERE entite = ?1 AND facture IN (SELECT value FROM json_each(?2))",
        )
        .bind(&self.entity)
        .bind(write("factures", invoices)?)
        .fetch_all(&self.pool)
        .await?;
        rows::messages(files, self.clock().await?)
    }

    async fn payments_imported(&self) -> Result<Option<Instant>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT le FROM paiements WHERE entite = ?1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(last.map(instant))
    }

    async fn rate_added(&self, at: Instant) -> Result<u64, StoreError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let woken = wake_waiting(&mut tx, &self.entity, at.timestamp_micros()).await?;
        tx.commit().await?;
        Ok(woken)
    }
}

/// Wakes the files of which a message waits for figures.
async fn wake_waiting(tx: &mut sqlx::SqliteConnection, entity: &str, at: i64) -> Result<u64, StoreError> {
    let woken = sqlx::query(
        "UPDATE dossiers SET reveil = MIN(COALESCE(reveil, ?2), ?2), a_voir = MIN(COALESCE(a_voir, ?2), ?2) \
         WHERE entite = ?1 AND attend_paiements = 1",
    );
    Ok(woken.bind(entity).bind(at).execute(tx).await?.rows_affected())
}
