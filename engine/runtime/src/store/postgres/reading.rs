//! What people ask of a PostgreSQL base.

use super::Postgres;
use crate::store::{Backlog, Doubt, JournalRow, OutboxCounts, Reading, StoreError, Unreadable, instant, micros, rows};
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::incoming::Customer;
use relance_core::tracked::tracking_number;
use sqlx::Row;
use std::collections::BTreeSet;

#[async_trait]
impl Reading for Postgres {
    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        let next: Option<i64> =
            sqlx::query_scalar("SELECT MIN(a_voir) FROM dossiers WHERE entite = $1 AND a_voir IS NOT NULL")
                .bind(&self.entity)
                .fetch_one(&self.pool)
                .await?;
        Ok(next.map(instant))
    }

    async fn unread(&self, to: Instant) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as(
            "SELECT COUNT(*), COUNT(DISTINCT client) FROM entrees WHERE entite = $1 AND NOT prise AND connue <= $2",
        )
        .bind(&self.entity)
        .bind(micros(to))
        .fetch_one(&self.pool)
        .await?)
    }

    async fn waiting(&self) -> Result<(i64, Option<Instant>), StoreError> {
        let (count, first): (i64, Option<i64>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(reveil) FROM dossiers WHERE entite = $1 AND reveil IS NOT NULL AND raison = 'envoi'",
        )
        .bind(&self.entity)
        .fetch_one(&self.pool)
        .await?;
        Ok((count, first.map(instant)))
    }

    async fn clock(&self) -> Result<Option<Instant>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT le FROM horloges WHERE entite = $1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(last.map(instant))
    }

    async fn clients(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT client FROM dossiers WHERE entite = $1 ORDER BY client")
            .bind(&self.entity)
            .fetch_all(&self.pool)
            .await?)
    }

    async fn client_of(&self, invoice: &str) -> Result<Option<String>, StoreError> {
        let of_instance: Option<String> =
            sqlx::query_scalar("SELECT client FROM instances WHERE entite = $1 AND facture = $2 LIMIT 1")
                .bind(&self.entity)
                .bind(invoice)
                .fetch_optional(&self.pool)
                .await?;
        if of_instance.is_some() {
            return Ok(of_instance);
        }
        Ok(sqlx::query_scalar(
            "SELECT client FROM entrees WHERE entite = $1 AND NOT prise AND donnees::json->>'invoice' = $2 LIMIT 1",
        )
        .bind(&self.entity)
        .bind(invoice)
        .fetch_optional(&self.pool)
        .await?)
    }

    async fn journal(
        &self,
        client: Option<&str>,
        invoice: Option<&str>,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Result<Vec<JournalRow>, StoreError> {
        // What is not asked for is not compared, so that an index serves what is.
        let client_is = if client.is_some() { "j.client = $2" } else { "$2::text IS NULL" };
        // The journal of a client is found by the client, and not by its days.
        let on = if client.is_some() { "j.le + 0" } else { "j.le" };
        let since = if from.is_some() { format!("{on} >= $4") } else { "$4::bigint IS NULL".to_owned() };
        let until = if to.is_some() { format!("{on} <= $5") } else { "$5::bigint IS NULL".to_owned() };
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT j.client, j.position, j.entree, substring(i.etat FROM '\"devise\":\"([A-Z]{{3}})\"') FROM journal j \
             LEFT JOIN instances i ON i.entite = j.entite AND i.client = j.client AND i.facture = j.facture \
             WHERE j.entite = $1 AND j.entree IS NOT NULL AND {client_is} AND ($3::text IS NULL OR j.facture = $3) \
             AND {since} AND {until} \
             ORDER BY {on}, j.client, j.facture NULLS FIRST, j.position"
        )))
        .bind(&self.entity)
        .bind(client)
        .bind(invoice)
        .bind(from.map(micros))
        .bind(to.map(micros))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| rows::journal_row(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
            .collect()
    }

    async fn latest(&self, client: &str, before: Option<u64>, limit: usize) -> Result<Vec<JournalRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT j.client, j.position, j.entree, substring(i.etat FROM '\"devise\":\"([A-Z]{3})\"') FROM journal j \
             LEFT JOIN instances i ON i.entite = j.entite AND i.client = j.client AND i.facture = j.facture \
             WHERE j.entite = $1 AND j.client = $2 AND j.position < $3 AND j.entree IS NOT NULL ORDER BY j.position DESC LIMIT $4",
        )
        .bind(&self.entity)
        .bind(client)
        .bind(before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| rows::journal_row(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
            .collect()
    }

    async fn in_doubt(&self) -> Result<(Vec<Doubt>, Vec<Unreadable>), StoreError> {
        let doubts: Vec<_> = sqlx::query_as(
            "SELECT client, cle, message, decide_le, canal, detail FROM envois WHERE entite = $1 AND ouverte AND statut = 'doute' \
             AND NOT EXISTS (SELECT 1 FROM entrees e WHERE e.entite = $1 AND e.client = envois.client AND NOT e.prise \
             AND e.id = 'doute:' || envois.cle || ':' || envois.decide_le) ORDER BY client, cle",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows::doubts(doubts))
    }

    async fn provider_names(&self, client: &str) -> Result<BTreeSet<String>, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT fournisseur FROM envois WHERE entite = $1 AND client = $2 AND fournisseur IS NOT NULL",
        )
        .bind(&self.entity)
        .bind(client)
        .fetch_all(&self.pool)
        .await?;
        Ok(names.into_iter().collect())
    }

    async fn clients_with_letters(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT client FROM instances WHERE entite = $1 AND lettre AND active ORDER BY client",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?)
    }

    async fn letters_named(&self, name: &str) -> Result<Vec<(String, String)>, StoreError> {
        let mut found: Vec<(String, String)> = sqlx::query_as(
            "SELECT client, cle FROM envois WHERE entite = $1 AND fournisseur = $2 AND canal = 'lettre_recommandée'",
        )
        .bind(&self.entity)
        .bind(name)
        .fetch_all(&self.pool)
        .await?;
        if let Some(number) = tracking_number(name) {
            let files = sqlx::query_as(
                "SELECT client, etat FROM instances WHERE entite = $1 AND lettre AND strpos(etat, $2) > 0",
            )
            .bind(&self.entity)
            .bind(format!("\"number\":\"{number}\""))
            .fetch_all(&self.pool)
            .await?;
            found.extend(rows::letters(files, &number));
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    async fn mails_since(&self, from: Instant) -> Result<Vec<(String, String)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT client, cle FROM envois WHERE entite = $1 AND canal = 'email' AND decide_le >= $2 \
             AND statut IN ('partie', 'remise', 'echouee', 'doute', 'reclamee') ORDER BY client, cle",
        )
        .bind(&self.entity)
        .bind(micros(from))
        .fetch_all(&self.pool)
        .await?)
    }

    async fn customers_with(&self, words: &str) -> Result<Vec<(String, Customer)>, StoreError> {
        let files = sqlx::query_as(
            "SELECT client, etat FROM dossiers WHERE entite = $1 AND etat IS NOT NULL AND strpos(lower(etat), $2) > 0 ORDER BY client",
        )
        .bind(&self.entity)
        .bind(words.to_lowercase())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows::customers(files))
    }

    async fn backlog(&self, at: Instant) -> Result<Backlog, StoreError> {
        let (due, oldest, claimed, in_doubt): (i64, Option<i64>, i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), MIN(a_voir), (SELECT COUNT(*) FROM prises WHERE entite = $1), \
             (SELECT COUNT(*) FROM envois WHERE entite = $1 AND ouverte AND statut = 'doute') \
             FROM dossiers WHERE entite = $1 AND a_voir <= $2",
        )
        .bind(&self.entity)
        .bind(micros(at))
        .fetch_one(&self.pool)
        .await?;
        Ok(Backlog { due, oldest: oldest.map(instant), claimed, in_doubt })
    }

    async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT statut, COUNT(*) FROM envois WHERE entite = $1 GROUP BY statut")
                .bind(&self.entity)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows::counts(&counts))
    }
}
