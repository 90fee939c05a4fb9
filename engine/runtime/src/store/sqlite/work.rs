//! Clients' files at work in SQLite: claiming, loading, and the claim of messages.

use super::{Sqlite, writing};
use crate::rate::{Rate, Turns};
use crate::store::{Commit, LEASE, Loaded, StoreError, StoredHead, Unfinished, Work, micros, rows, write};
use crate::stretch::stretch;
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::machine::Channel;
use relance_core::step::Departure;
use sqlx::{Row, SqliteTransaction};
use std::collections::BTreeSet;
use std::time::Duration;

/// The machine's clock, in microseconds: leases go by it, whatever moment a run acts as if at.
pub(super) const WALL: &str = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

/// A lease, in microseconds.
pub(super) fn lease() -> i64 {
    i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Work for Sqlite {
    async fn count_due(&self, to: Instant) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM (SELECT client FROM dossiers WHERE entite = ?1 AND a_voir <= ?2 \
             UNION SELECT client FROM prises WHERE entite = ?1)",
        )
        .bind(&self.entity)
        .bind(micros(to))
        .fetch_one(&self.pool)
        .await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    async fn claim_due(
        &self,
        runner: &str,
        to: Instant,
        limit: usize,
        except: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        let mut tx = self.begin().await?;
        let now: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT {WALL}"))).fetch_one(&mut *tx).await?;
        let mut clients: Vec<String> = sqlx::query_scalar(
            "INSERT INTO prises(entite, client, preneur, bail) \
             SELECT ?1, client, ?3, ?5 + ?6 FROM ( \
               SELECT client FROM prises WHERE entite = ?1 AND bail <= ?5 \
               AND client NOT IN (SELECT value FROM json_each(?7)) LIMIT ?4) WHERE true \
             ON CONFLICT(entite, client) DO UPDATE SET preneur = excluded.preneur, bail = excluded.bail RETURNING client",
        )
        .bind(&self.entity)
        .bind(micros(to))
        .bind(runner)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(now)
        .bind(lease())
        .bind(write("clients", except)?)
        .fetch_all(&mut *tx)
        .await?;
        let more: Vec<String> = sqlx::query_scalar(
            "INSERT INTO prises(entite, client, preneur, bail) \
             SELECT ?1, client, ?3, ?5 + ?6 FROM dossiers d INDEXED BY dossiers_a_voir WHERE entite = ?1 AND a_voir <= ?2 \
             AND NOT EXISTS (SELECT 1 FROM prises p WHERE p.entite = ?1 AND p.client = d.client) \
             AND client NOT IN (SELECT value FROM json_each(?7)) ORDER BY a_voir, client LIMIT ?4 \
             RETURNING client",
        )
        .bind(&self.entity)
        .bind(micros(to))
        .bind(runner)
        .bind(i64::try_from(limit.saturating_sub(clients.len())).unwrap_or(i64::MAX))
        .bind(now)
        .bind(lease())
        .bind(write("clients", except)?)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        clients.extend(more);
        clients.sort();
        Ok(clients)
    }

    async fn held(&self, to: Instant) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT COUNT(*) FROM prises p JOIN dossiers d ON d.entite = p.entite AND d.client = p.client \
             WHERE p.entite = ?1 AND p.bail > {WALL} AND d.a_voir <= ?2"
        )))
        .bind(&self.entity)
        .bind(micros(to))
        .fetch_one(&self.pool)
        .await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    async fn give_back(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE prises SET bail = 0 WHERE entite = ?1 AND preneur = ?2 AND client IN (SELECT value FROM json_each(?3))",
        )
        .bind(&self.entity)
        .bind(runner)
        .bind(write("clients", clients)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn give_up(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM prises WHERE entite = ?1 AND preneur = ?2 AND client IN (SELECT value FROM json_each(?3))",
        )
        .bind(&self.entity)
        .bind(runner)
        .bind(write("clients", clients)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn release(&self, runner: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE prises SET bail = 0 WHERE entite = ?1 AND preneur = ?2")
            .bind(&self.entity)
            .bind(runner)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn left_undone(&self) -> Result<bool, StoreError> {
        let text = format!("SELECT EXISTS(SELECT 1 FROM prises WHERE entite = ?1 AND bail <= {WALL})");
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(text)).bind(&self.entity).fetch_one(&self.pool).await?)
    }

    async fn renew(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE prises SET bail = {WALL} + ?4 WHERE entite = ?1 AND preneur = ?2 AND client IN (SELECT value FROM json_each(?3))"
        )))
        .bind(&self.entity)
        .bind(runner)
        .bind(write("clients", clients)?)
        .bind(lease())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn bury_runners(&self) -> Result<(), StoreError> {
        for statement in [
            "UPDATE prises SET bail = 0 WHERE entite = ?1",
            "UPDATE notifications SET bail = 0 WHERE entite = ?1 AND bail > 0",
        ] {
            sqlx::query(statement).bind(&self.entity).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn load(
        &self,
        clients: &[String],
        to: Instant,
        messages: &[Departure],
        whole: bool,
    ) -> Result<Vec<Loaded>, StoreError> {
        let list = write("clients", clients)?;
        let mut raw = rows::RawFiles::default();
        let dossiers = sqlx::query(
            "SELECT client, etat, reveil, sel, tete, longueur, vue, vue_travail, vue_mots FROM dossiers WHERE entite = ?1 AND client IN (SELECT value FROM json_each(?2)) AND etat IS NOT NULL",
        )
        .bind(&self.entity)
        .bind(&list)
        .fetch_all(&self.pool)
        .await?;
        for (n, row) in dossiers.iter().enumerate() {
            let chain = StoredHead { salt: row.try_get(3)?, head: row.try_get(4)?, length: row.try_get(5)? };
            let kept = [row.try_get(6)?, row.try_get(7)?, row.try_get(8)?];
            raw.dossier(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, chain, kept)?;
            stretch(n + 1).await;
        }
        let things = sqlx::query(
            "SELECT client, id, connue, importee, donnees FROM entrees INDEXED BY entrees_client \
             WHERE entite = ?1 AND prise = 0 AND connue <= ?3 AND client IN (SELECT value FROM json_each(?2)) ORDER BY numero",
        )
        .bind(&self.entity)
        .bind(&list)
        .bind(if whole { i64::MAX } else { micros(to) })
        .fetch_all(&self.pool)
        .await?;
        for row in &things {
            raw.thing(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?)?;
        }
        let concerned = write("factures", &raw.concerned(messages))?;
        let invoices = sqlx::query(
            "SELECT client, facture, etat, vue FROM instances WHERE entite = ?1 AND client IN (SELECT value FROM json_each(?2)) \
             AND (active = 1 OR ?4 OR vue = 0 OR facture IN (SELECT value FROM json_each(?3)))",
        )
        .bind(&self.entity)
        .bind(&list)
        .bind(concerned)
        .bind(whole)
        .fetch_all(&self.pool)
        .await?;
        for (n, row) in invoices.iter().enumerate() {
            raw.invoice(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)?;
            stretch(n + 1).await;
        }
        raw.assemble(clients)
    }

    async fn unfinished(&self, clients: &[String]) -> Result<Vec<Unfinished>, StoreError> {
        let messages: Vec<_> = sqlx::query_as(
            "SELECT client, message, statut FROM envois INDEXED BY envois_ouvertes WHERE entite = ?1 AND ouverte = 1 AND statut <> 'doute' \
             AND client IN (SELECT value FROM json_each(?2)) ORDER BY client, cle",
        )
        .bind(&self.entity)
        .bind(write("clients", clients)?)
        .fetch_all(&self.pool)
        .await?;
        messages.into_iter().map(rows::unfinished).collect()
    }

    async fn commit(&self, runner: &str, batch: &Commit<'_>) -> Result<BTreeSet<String>, StoreError> {
        writing::commit(self, runner, batch).await
    }

    async fn is_committed(&self, batch: &Commit<'_>) -> Result<bool, StoreError> {
        writing::is_committed(self, batch).await
    }

    async fn turns(
        &self,
        channel: Channel,
        rate: Rate,
        wanted: usize,
        patience: Duration,
    ) -> Result<(i64, Turns), StoreError> {
        let mut tx = self.begin().await?;
        let (now, free): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {WALL}, COALESCE((SELECT libre FROM debits WHERE entite = ?1 AND canal = ?2), 0)"
        )))
        .bind(&self.entity)
        .bind(channel.name())
        .fetch_one(&mut *tx)
        .await?;
        let turns = rate.turns(now, free, wanted, rows::after(now, patience));
        sqlx::query(
            "INSERT INTO debits(entite, canal, libre) VALUES(?1, ?2, ?3) ON CONFLICT(entite, canal) DO UPDATE SET libre = excluded.libre",
        )
        .bind(&self.entity)
        .bind(channel.name())
        .bind(turns.free)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok((now, turns))
    }

    async fn unclaim(&self, runner: &str, wanted: &[(String, String)]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE envois SET statut = 'prete' WHERE entite = ?1 AND statut = 'reclamee' \
             AND (client, cle) IN (SELECT value->>0, value->>1 FROM json_each(?2)) \
             AND EXISTS (SELECT 1 FROM prises p WHERE p.entite = ?1 AND p.client = envois.client AND p.preneur = ?3)",
        )
        .bind(&self.entity)
        .bind(write("clés", wanted)?)
        .bind(runner)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn claim(
        &self,
        runner: &str,
        wanted: &[(String, String)],
        now: Instant,
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let mut tx = self.begin().await?;
        let clients: Vec<&str> = wanted.iter().map(|(client, _)| client.as_str()).collect();
        held(&mut tx, &self.entity, runner, &clients).await?;
        let wanted = write("clés", wanted)?;
        let claimed: Vec<(String, String)> = sqlx::query_as(
            "UPDATE envois SET statut = 'reclamee' WHERE entite = ?1 AND statut = 'prete' \
             AND (client, cle) IN (SELECT value->>0, value->>1 FROM json_each(?2)) \
             AND EXISTS (SELECT 1 FROM prises p WHERE p.entite = ?1 AND p.client = envois.client AND p.preneur = ?4) \
             AND NOT EXISTS (SELECT 1 FROM entrees e INDEXED BY entrees_client WHERE e.entite = ?1 AND e.client = envois.client AND e.prise = 0 \
             AND e.connue <= ?3) RETURNING client, cle",
        )
        .bind(&self.entity)
        .bind(&wanted)
        .bind(micros(now))
        .bind(runner)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(claimed.into_iter().collect())
    }
}

/// Those of the clients that are the runner's, and stay so for a while.
pub(super) async fn held(
    tx: &mut SqliteTransaction<'static>,
    entity: &str,
    runner: &str,
    clients: &[impl serde::Serialize],
) -> Result<Vec<String>, StoreError> {
    let held: Vec<(String, bool)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT client, bail < {WALL} + ?4 FROM prises WHERE entite = ?1 AND preneur = ?2 AND client IN (SELECT value FROM json_each(?3))"
    )))
    .bind(entity)
    .bind(runner)
    .bind(write("clients", clients)?)
    .bind(lease() / 4 * 3)
    .fetch_all(&mut **tx)
    .await?;
    let old: Vec<&str> = held.iter().filter(|(_, old)| *old).map(|(client, _)| client.as_str()).collect();
    if !old.is_empty() {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE prises SET bail = {WALL} + ?3 WHERE entite = ?1 AND client IN (SELECT value FROM json_each(?2))"
        )))
        .bind(entity)
        .bind(write("clients", &old)?)
        .bind(lease())
        .execute(&mut **tx)
        .await?;
    }
    Ok(held.into_iter().map(|(client, _)| client).collect())
}
