//! Reading the journal and the outbox.

use super::{Store, StoreError, read};
use relance_core::day::Instant;
use relance_core::event::Entry;
use relance_core::money::Currency;
use relance_core::step::Departure;
use sqlx::Row;

/// A journal entry with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct JournalRow {
    /// The client.
    pub client: String,
    /// Its position in the client's journal, from 1.
    pub position: u64,
    /// The entry.
    pub entry: Entry,
    /// The invoice's currency.
    pub currency: Currency,
}

/// How many messages of the outbox stand where.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct OutboxCounts {
    /// Ready or claimed.
    #[serde(rename = "en_cours")]
    pub pending: i64,
    /// In doubt.
    #[serde(rename = "en_doute")]
    pub in_doubt: i64,
    /// Sent.
    #[serde(rename = "partis")]
    pub sent: i64,
    /// Failed for good.
    #[serde(rename = "echoues")]
    pub failed: i64,
}

impl Store {
    /// Journal entries in the public order: time, client, invoice, position. Of one client, of one invoice, or of all.
    pub async fn journal(
        &self,
        client: Option<&str>,
        invoice: Option<&str>,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT j.client, j.position, j.entree, i.etat->'invoice'->'amount'->>'devise' FROM journal j \
             LEFT JOIN instances i ON i.entite = j.entite AND i.client = j.client AND i.facture = j.facture \
             WHERE j.entite = ?1 AND (?2 IS NULL OR j.client = ?2) AND (?3 IS NULL OR j.facture = ?3) \
             AND (?4 IS NULL OR j.le >= ?4) AND (?5 IS NULL OR j.le <= ?5) \
             ORDER BY j.le, j.client, j.facture, j.position",
        )
        .bind(&self.entity)
        .bind(client)
        .bind(invoice)
        .bind(from.map(super::micros))
        .bind(to.map(super::micros))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let currency: Option<&str> = row.get(3);
                Ok(JournalRow {
                    client: row.get(0),
                    position: u64::try_from(row.get::<i64, _>(1)).unwrap_or(0),
                    entry: read("journal", row.get::<&str, _>(2))?,
                    currency: currency.and_then(Currency::parse).unwrap_or(Currency::EUR),
                })
            })
            .collect()
    }

    /// Messages whose attempt may have been cut off: ready ones and claimed ones.
    pub async fn unfinished(&self) -> Result<Vec<(String, Departure, bool)>, StoreError> {
        let rows = sqlx::query(
            "SELECT client, message, statut FROM envois WHERE entite = ?1 AND ouverte = 1 AND statut <> 'doute' ORDER BY client, cle",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((row.get(0), read("message", row.get::<&str, _>(1))?, row.get::<&str, _>(2) == "reclamee")))
            .collect()
    }

    /// Messages of which it is not known whether they left: client, key, invoices in it, channel, detail.
    pub async fn in_doubt(&self) -> Result<Vec<(String, String, String, String, Option<String>)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT client, cle, facture || COALESCE((SELECT group_concat(', ' || (value->>'invoice'), '') FROM json_each(message, '$.others')), ''), \
             canal, detail FROM envois WHERE entite = ?1 AND ouverte = 1 AND statut = 'doute' ORDER BY client, cle",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?)
    }

    /// How many messages stand where.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT statut, COUNT(*) FROM envois WHERE entite = ?1 GROUP BY statut")
                .bind(&self.entity)
                .fetch_all(&self.pool)
                .await?;
        let of = |words: &[&str]| rows.iter().filter(|(word, _)| words.contains(&word.as_str())).map(|(_, n)| n).sum();
        Ok(OutboxCounts {
            pending: of(&["prete", "reclamee"]),
            in_doubt: of(&["doute"]),
            sent: of(&["partie"]),
            failed: of(&["echouee"]),
        })
    }
}
