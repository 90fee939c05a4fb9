//! Imports into PostgreSQL.

use super::Postgres;
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
impl Imports for Postgres {
    async fn take_in(&self, intake: &Intake<'_>) -> Result<u64, StoreError> {
        let mut tx = self.pool.begin().await?;
        // Two imports at once would each hold clients that the other waits for.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('relance import ' || $1, 0))")
            .bind(&self.entity)
            .execute(&mut *tx)
            .await?;
        let marked = sqlx::query_as("SELECT motif, depuis, vers FROM marques WHERE entite = $1")
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
            let ids: Vec<&str> = chunk.iter().map(|thing| thing.id.as_str()).collect();
            let clients: Vec<&str> = chunk.iter().map(|thing| thing.client.as_str()).collect();
            let moments: Vec<i64> = chunk.iter().map(|thing| micros(known(thing, intake.zone))).collect();
            let data = chunk.iter().map(|thing| write("entrée", thing)).collect::<Result<Vec<_>, _>>()?;
            let new: Vec<(String, i64)> = sqlx::query_as(
                "INSERT INTO entrees(entite, id, client, connue, importee, donnees) \
                 SELECT $1, id, client, connue, $2, donnees \
                 FROM UNNEST($3::text[], $4::text[], $5::bigint[], $6::text[]) WITH ORDINALITY AS t(id, client, connue, donnees, rang) \
                 ORDER BY rang ON CONFLICT(entite, client, id) DO NOTHING RETURNING client, connue",
            )
            .bind(&self.entity)
            .bind(at)
            .bind(&ids)
            .bind(&clients)
            .bind(&moments)
            .bind(&data)
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
            let (clients, moments): (Vec<&str>, Vec<i64>) = chunk.iter().map(|(c, at)| (c.as_str(), *at)).unzip();
            sqlx::query(
                "INSERT INTO dossiers(entite, client, a_voir) SELECT $1, client, le FROM UNNEST($2::text[], $3::bigint[]) AS t(client, le) \
                 ON CONFLICT(entite, client) DO UPDATE SET a_voir = LEAST(dossiers.a_voir, excluded.a_voir)",
            )
            .bind(&self.entity)
            .bind(&clients)
            .bind(&moments)
            .execute(&mut *tx)
            .await?;
        }
        if intake.payments {
            sqlx::query(
                "INSERT INTO paiements(entite, le) VALUES($1, $2) ON CONFLICT(entite) DO UPDATE SET le = GREATEST(paiements.le, excluded.le)",
            )
            .bind(&self.entity)
            .bind(at)
            .execute(&mut *tx)
            .await?;
            wake_waiting(&mut tx, &self.entity, at).await?;
        }
        sqlx::query("INSERT INTO imports(entite, le, rapport) VALUES($1, $2, $3)")
            .bind(&self.entity)
            .bind(at)
            .bind(write("rapport", intake.report)?)
            .execute(&mut *tx)
            .await?;
        super::news::tell(&mut tx).await?;
        tx.commit().await?;
        Ok(taken)
    }

    async fn everything_imported(&self) -> Result<(Vec<(Incoming, Instant)>, Vec<Unreadable>), StoreError> {
        let rows =
            sqlx::query_as("SELECT client, id, donnees, importee FROM entrees WHERE entite = $1 ORDER BY numero")
                .bind(&self.entity)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows::everything(rows))
    }

    async fn messages(&self, invoices: &BTreeSet<&str>) -> Result<Messages, StoreError> {
        if invoices.is_empty() {
            return Ok(Messages::default());
        }
        let numbers: Vec<&str> = invoices.iter().copied().collect();
        let files: Vec<(String, String)> =
            sqlx::query_as("SELECT facture, etat FROM instances WHERE entite = $1 AND facture = ANY($2)")
                .bind(&self.entity)
                .bind(&numbers)
                .fetch_all(&self.pool)
                .await?;
        rows::messages(files, self.clock().await?)
    }

    async fn payments_imported(&self) -> Result<Option<Instant>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT le FROM paiements WHERE entite = $1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(last.map(instant))
    }

    async fn rate_added(&self, at: Instant) -> Result<u64, StoreError> {
        let mut tx = self.pool.begin().await?;
        let woken = wake_waiting(&mut tx, &self.entity, at.timestamp_micros()).await?;
        super::news::tell(&mut tx).await?;
        tx.commit().await?;
        Ok(woken)
    }
}

/// Wakes the files of which a message waits for figures.
async fn wake_waiting(tx: &mut sqlx::PgConnection, entity: &str, at: i64) -> Result<u64, StoreError> {
    let woken = sqlx::query(
        "UPDATE dossiers SET reveil = LEAST(reveil, $2), a_voir = LEAST(a_voir, $2) WHERE entite = $1 AND client IN \
         (SELECT client FROM dossiers WHERE entite = $1 AND attend_paiements ORDER BY client FOR UPDATE)",
    );
    Ok(woken.bind(entity).bind(at).execute(tx).await?.rows_affected())
}
