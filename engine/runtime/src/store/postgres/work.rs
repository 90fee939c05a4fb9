//! Clients' files at work in PostgreSQL: claiming, loading, and the claim of messages.

use super::{Postgres, writing};
use crate::rate::{Rate, Turns};
use crate::store::{Commit, LEASE, Loaded, StoreError, StoredHead, Unfinished, Work, micros, rows};
use crate::stretch::stretch;
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::machine::Channel;
use relance_core::step::Departure;
use sqlx::{PgTransaction, Row};
use std::collections::BTreeSet;
use std::time::Duration;

/// A lease, in microseconds.
pub(super) fn lease() -> i64 {
    i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Work for Postgres {
    async fn count_due(&self, to: Instant) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM (SELECT client FROM dossiers WHERE entite = $1 AND a_voir <= $2 \
             UNION SELECT client FROM prises WHERE entite = $1) t",
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
        let except: Vec<&str> = except.iter().map(String::as_str).collect();
        // Leases go by the base's clock: those of the runners' machines may differ.
        let mut clients: Vec<String> = sqlx::query_scalar(
            "UPDATE prises SET preneur = $2, bail = relance_horloge() + $3 WHERE entite = $1 AND client IN ( \
               SELECT client FROM prises WHERE entite = $1 AND bail <= relance_horloge() AND client <> ALL($4::text[]) \
               ORDER BY client LIMIT $5 FOR UPDATE SKIP LOCKED) RETURNING client",
        )
        .bind(&self.entity)
        .bind(runner)
        .bind(lease())
        .bind(&except)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        // One look into the index for each: of a table that is empty most of the time no plan knows how many there are now.
        let more: Vec<String> = sqlx::query_scalar(
            "INSERT INTO prises(entite, client, preneur, bail) \
             SELECT $1, client, $2, relance_horloge() + $3 FROM ( \
               SELECT client FROM dossiers d WHERE entite = $1 AND a_voir <= $6 \
               AND (SELECT p.client FROM prises p WHERE p.entite = $1 AND p.client = d.client) IS NULL \
               AND client <> ALL($4::text[]) ORDER BY a_voir, client LIMIT $5 FOR UPDATE SKIP LOCKED) t \
             ON CONFLICT(entite, client) DO NOTHING RETURNING client",
        )
        .bind(&self.entity)
        .bind(runner)
        .bind(lease())
        .bind(&except)
        .bind(i64::try_from(limit.saturating_sub(clients.len())).unwrap_or(i64::MAX))
        .bind(micros(to))
        .fetch_all(&self.pool)
        .await?;
        clients.extend(more);
        clients.sort();
        Ok(clients)
    }

    async fn held(&self, to: Instant) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM prises p JOIN dossiers d ON d.entite = p.entite AND d.client = p.client \
             WHERE p.entite = $1 AND p.bail > relance_horloge() AND d.a_voir <= $2",
        )
        .bind(&self.entity)
        .bind(micros(to))
        .fetch_one(&self.pool)
        .await?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    async fn give_back(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        sqlx::query("UPDATE prises SET bail = 0 WHERE entite = $1 AND preneur = $2 AND client = ANY($3)")
            .bind(&self.entity)
            .bind(runner)
            .bind(clients)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn give_up(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM prises WHERE entite = $1 AND preneur = $2 AND client = ANY($3)")
            .bind(&self.entity)
            .bind(runner)
            .bind(clients)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn release(&self, runner: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE prises SET bail = 0 WHERE entite = $1 AND preneur = $2")
            .bind(&self.entity)
            .bind(runner)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn left_undone(&self) -> Result<bool, StoreError> {
        let text = "SELECT EXISTS(SELECT 1 FROM prises WHERE entite = $1 AND bail <= relance_horloge())";
        Ok(sqlx::query_scalar(text).bind(&self.entity).fetch_one(&self.pool).await?)
    }

    async fn renew(&self, runner: &str, clients: &[String]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE prises SET bail = relance_horloge() + $4 WHERE entite = $1 AND preneur = $2 AND client = ANY($3)",
        )
        .bind(&self.entity)
        .bind(runner)
        .bind(clients)
        .bind(lease())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn bury_runners(&self) -> Result<(), StoreError> {
        // Nobody knows here who is dead: leases run out.
        Ok(())
    }

    async fn load(
        &self,
        clients: &[String],
        to: Instant,
        messages: &[Departure],
        whole: bool,
    ) -> Result<Vec<Loaded>, StoreError> {
        let mut raw = rows::RawFiles::default();
        let dossiers = sqlx::query(
            "SELECT client, etat, reveil, sel, tete, longueur, vue, vue_travail, vue_mots FROM dossiers WHERE entite = $1 AND client = ANY($2) AND etat IS NOT NULL",
        )
        .bind(&self.entity)
        .bind(clients)
        .fetch_all(&self.pool)
        .await?;
        for (n, row) in dossiers.iter().enumerate() {
            let chain = StoredHead { salt: row.try_get(3)?, head: row.try_get(4)?, length: row.try_get(5)? };
            let kept = [row.try_get(6)?, row.try_get(7)?, row.try_get(8)?];
            raw.dossier(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, chain, kept)?;
            stretch(n + 1).await;
        }
        let things = sqlx::query(
            "SELECT client, id, connue, importee, donnees FROM entrees \
             WHERE entite = $1 AND NOT prise AND connue <= $3 AND client = ANY($2) ORDER BY numero",
        )
        .bind(&self.entity)
        .bind(clients)
        .bind(if whole { i64::MAX } else { micros(to) })
        .fetch_all(&self.pool)
        .await?;
        for row in &things {
            raw.thing(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?)?;
        }
        let concerned: Vec<&str> = raw.concerned(messages).into_iter().collect();
        let invoices = sqlx::query(
            "SELECT client, facture, etat, vue FROM instances WHERE entite = $1 AND client = ANY($2) \
             AND (active OR $4 OR vue = 0 OR facture = ANY($3))",
        )
        .bind(&self.entity)
        .bind(clients)
        .bind(&concerned)
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
            "SELECT client, message, statut FROM envois WHERE entite = $1 AND ouverte AND statut <> 'doute' AND client = ANY($2) \
             ORDER BY client, cle",
        )
        .bind(&self.entity)
        .bind(clients)
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
        let mut tx = self.pool.begin().await?;
        sqlx::query("INSERT INTO debits(entite, canal, libre) VALUES($1, $2, 0) ON CONFLICT(entite, canal) DO NOTHING")
            .bind(&self.entity)
            .bind(channel.name())
            .execute(&mut *tx)
            .await?;
        let (now, free): (i64, i64) =
            sqlx::query_as("SELECT relance_horloge(), libre FROM debits WHERE entite = $1 AND canal = $2 FOR UPDATE")
                .bind(&self.entity)
                .bind(channel.name())
                .fetch_one(&mut *tx)
                .await?;
        let turns = rate.turns(now, free, wanted, rows::after(now, patience));
        sqlx::query("UPDATE debits SET libre = $3 WHERE entite = $1 AND canal = $2")
            .bind(&self.entity)
            .bind(channel.name())
            .bind(turns.free)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok((now, turns))
    }

    async fn unclaim(&self, runner: &str, wanted: &[(String, String)]) -> Result<(), StoreError> {
        let clients: Vec<&str> = wanted.iter().map(|(client, _)| client.as_str()).collect();
        let mut tx = self.pool.begin().await?;
        // The lost claim may still be under way: it holds these rows until its end.
        let ours: Vec<String> = sqlx::query_scalar(
            "SELECT client FROM prises WHERE entite = $1 AND preneur = $2 AND client = ANY($3) ORDER BY client FOR UPDATE",
        )
        .bind(&self.entity)
        .bind(runner)
        .bind(&clients)
        .fetch_all(&mut *tx)
        .await?;
        let (clients, keys) = of(&ours, wanted);
        sqlx::query(
            "UPDATE envois SET statut = 'prete' FROM UNNEST($2::text[], $3::text[]) AS t(client, cle) \
             WHERE envois.entite = $1 AND envois.client = t.client AND envois.cle = t.cle AND envois.statut = 'reclamee'",
        )
        .bind(&self.entity)
        .bind(&clients)
        .bind(&keys)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn claim(
        &self,
        runner: &str,
        wanted: &[(String, String)],
        now: Instant,
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let clients: Vec<&str> = wanted.iter().map(|(client, _)| client.as_str()).collect();
        let ours = held(&mut tx, &self.entity, runner, &clients).await?;
        // An import that is being committed has these clients locked: it is read below, or comes after this claim.
        sqlx::query("SELECT 1 FROM dossiers WHERE entite = $1 AND client = ANY($2) ORDER BY client FOR UPDATE")
            .bind(&self.entity)
            .bind(&ours)
            .execute(&mut *tx)
            .await?;
        let (clients, keys) = of(&ours, wanted);
        let claimed: Vec<(String, String)> = sqlx::query_as(
            "UPDATE envois SET statut = 'reclamee' FROM UNNEST($2::text[], $3::text[]) AS t(client, cle) \
             WHERE envois.entite = $1 AND envois.client = t.client AND envois.cle = t.cle AND envois.statut = 'prete' \
             AND NOT EXISTS (SELECT 1 FROM entrees e WHERE e.entite = $1 AND e.client = t.client AND NOT e.prise AND e.connue <= $4) \
             RETURNING envois.client, envois.cle",
        )
        .bind(&self.entity)
        .bind(&clients)
        .bind(&keys)
        .bind(micros(now))
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(claimed.into_iter().collect())
    }
}

/// The clients and the keys of those messages whose client is one of them.
fn of<'m>(clients: &[String], messages: &'m [(String, String)]) -> (Vec<&'m str>, Vec<&'m str>) {
    let clients: BTreeSet<&str> = clients.iter().map(String::as_str).collect();
    let theirs = messages.iter().filter(|(client, _)| clients.contains(client.as_str()));
    theirs.map(|(client, key)| (client.as_str(), key.as_str())).unzip()
}

/// Those of the clients that are the runner's. Nobody else gets them before the end of the transaction, nor soon after.
pub(super) async fn held(
    tx: &mut PgTransaction<'static>,
    entity: &str,
    runner: &str,
    clients: &[&str],
) -> Result<Vec<String>, StoreError> {
    let held: Vec<(String, bool)> = sqlx::query_as(
        "SELECT client, bail < relance_horloge() + $4 FROM prises WHERE entite = $1 AND preneur = $2 AND client = ANY($3) \
         ORDER BY client FOR UPDATE",
    )
    .bind(entity)
    .bind(runner)
    .bind(clients)
    .bind(lease() / 4 * 3)
    .fetch_all(&mut **tx)
    .await?;
    let old: Vec<&str> = held.iter().filter(|(_, old)| *old).map(|(client, _)| client.as_str()).collect();
    if !old.is_empty() {
        sqlx::query("UPDATE prises SET bail = relance_horloge() + $3 WHERE entite = $1 AND client = ANY($2)")
            .bind(entity)
            .bind(&old)
            .bind(lease())
            .execute(&mut **tx)
            .await?;
    }
    Ok(held.into_iter().map(|(client, _)| client).collect())
}
