//! Which clients' files are due, and loading them with what concerns them.

use super::{Store, StoreError, instant, micros, read, write};
use crate::import::Messages;
use relance_core::day::Instant;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::incoming::Incoming;
use relance_core::simulate::{Inbox, World};
use relance_core::step::Departure;
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet};

/// A client whose file is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    /// The client's code.
    pub client: String,
    /// Since when.
    pub since: Instant,
}

/// A client's file in memory.
#[derive(Debug)]
pub struct Loaded {
    /// The file and what is to become known.
    pub world: World,
    /// Ids of the things in the inbox, to mark as taken, by the moment at which they are known.
    pub inbox_ids: Vec<(Instant, String)>,
}

impl Store {
    /// The clients with something due at `to`: a wake-up, or something that became known. By client.
    pub async fn due(&self, to: Instant) -> Result<Vec<Due>, StoreError> {
        let rows = sqlx::query(
            "SELECT client, MIN(le) FROM (\
               SELECT client, reveil AS le FROM dossiers WHERE entite = ?1 AND reveil <= ?2 \
               UNION ALL \
               SELECT client, connue FROM entrees WHERE entite = ?1 AND prise = 0 AND connue <= ?2) \
             GROUP BY client ORDER BY client",
        )
        .bind(&self.entity)
        .bind(micros(to))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(|row| Due { client: row.get(0), since: instant(row.get(1)) }).collect())
    }

    /// The next moment at which anything is due.
    pub async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT MIN(le) FROM (\
               SELECT MIN(reveil) AS le FROM dossiers WHERE entite = ?1 AND reveil IS NOT NULL \
               UNION ALL SELECT MIN(connue) FROM entrees WHERE entite = ?1 AND prise = 0)",
        )
        .bind(&self.entity)
        .fetch_one(&self.pool)
        .await?;
        Ok(next.map(instant))
    }

    /// How many clients have a message that waits for its slot, and the first of these slots.
    pub async fn waiting(&self) -> Result<(i64, Option<Instant>), StoreError> {
        let (count, first): (i64, Option<i64>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(reveil) FROM dossiers WHERE entite = ?1 AND reveil IS NOT NULL AND raison = 'envoi'",
        )
        .bind(&self.entity)
        .fetch_one(&self.pool)
        .await?;
        Ok((count, first.map(instant)))
    }

    /// The latest moment that any file has been moved to.
    pub async fn clock(&self) -> Result<Option<Instant>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT le FROM horloges WHERE entite = ?1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(last.map(instant))
    }

    /// Loads clients' files, each with its active invoices, what is to become known until `to`, and the settled invoices that this
    /// or an outbox row (`messages`) concerns. With `whole`, all of it, whenever known and settled or not.
    pub async fn load(
        &self,
        clients: &[String],
        to: Instant,
        messages: &[Departure],
        whole: bool,
    ) -> Result<Vec<Loaded>, StoreError> {
        let list = write("clients", &clients)?;
        let mut dossiers: BTreeMap<String, (Dossier, Option<Instant>)> = BTreeMap::new();
        let rows = sqlx::query("SELECT client, etat, reveil FROM dossiers WHERE entite = ?1 AND client IN (SELECT value FROM json_each(?2))")
            .bind(&self.entity)
            .bind(&list)
            .fetch_all(&self.pool)
            .await?;
        for row in &rows {
            let wake: Option<i64> = row.get(2);
            dossiers.insert(row.get(0), (read("dossier", row.get::<&str, _>(1))?, wake.map(instant)));
        }
        let rows = sqlx::query(
            "SELECT client, id, connue, importee, donnees FROM entrees INDEXED BY entrees_client \
             WHERE entite = ?1 AND prise = 0 AND connue <= ?3 AND client IN (SELECT value FROM json_each(?2)) ORDER BY numero",
        )
        .bind(&self.entity)
        .bind(&list)
        .bind(if whole { i64::MAX } else { micros(to) })
        .fetch_all(&self.pool)
        .await?;
        let mut things: BTreeMap<String, Vec<(Instant, Incoming, Option<Instant>)>> = BTreeMap::new();
        let mut ids: BTreeMap<String, Vec<(Instant, String)>> = BTreeMap::new();
        let grouped = messages.iter().flat_map(|m| &m.others).map(|other| other.invoice.as_str());
        let mut concerned: BTreeSet<&str> = messages.iter().map(|m| m.invoice.as_str()).chain(grouped).collect();
        for row in &rows {
            let client: String = row.get(0);
            let incoming: Incoming = read("entrée", row.get::<&str, _>(4))?;
            // The moment that was stored, which the search for what is due goes by too.
            let known = instant(row.get(2));
            ids.entry(client.clone()).or_default().push((known, row.get(1)));
            things.entry(client).or_default().push((known, incoming, Some(instant(row.get(3)))));
        }
        concerned.extend(things.values().flatten().filter_map(|(_, i, _)| i.invoice.as_deref()));
        let rows = sqlx::query(
            "SELECT client, facture, etat FROM instances WHERE entite = ?1 AND client IN (SELECT value FROM json_each(?2)) \
             AND (active = 1 OR ?4 OR facture IN (SELECT value FROM json_each(?3)))",
        )
        .bind(&self.entity)
        .bind(&list)
        .bind(write("factures", &concerned)?)
        .bind(whole)
        .fetch_all(&self.pool)
        .await?;
        let mut stored: BTreeMap<String, BTreeMap<String, InvoiceFile>> = BTreeMap::new();
        for row in &rows {
            stored.entry(row.get(0)).or_default().insert(row.get(1), read("facture", row.get::<&str, _>(2))?);
        }
        let mut loaded = Vec::with_capacity(clients.len());
        for client in clients {
            let (mut dossier, wake) = dossiers.remove(client).unwrap_or_else(|| (Dossier::new(client), None));
            dossier.invoices = stored.remove(client).unwrap_or_default();
            let inbox = Inbox::known_at(things.remove(client).unwrap_or_default());
            let inbox_ids = ids.remove(client).unwrap_or_default();
            loaded.push(Loaded { world: World { dossier, wake, inbox }, inbox_ids });
        }
        Ok(loaded)
    }

    /// The messages of these invoices that may come back.
    pub async fn messages(&self, invoices: &BTreeSet<&str>) -> Result<Messages, StoreError> {
        if invoices.is_empty() {
            return Ok(Messages::default());
        }
        let rows = sqlx::query(
            "SELECT facture, etat FROM instances WHERE entite = ?1 AND facture IN (SELECT value FROM json_each(?2))",
        )
        .bind(&self.entity)
        .bind(write("factures", invoices)?)
        .fetch_all(&self.pool)
        .await?;
        let invoices = rows.iter().map(|row| Ok((row.get(0), read("facture", row.get::<&str, _>(1))?)));
        Ok(Messages { until: self.clock().await?, invoices: invoices.collect::<Result<_, StoreError>>()? })
    }

    /// Codes of every client known, with a file or only imported.
    pub async fn clients(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT client FROM dossiers WHERE entite = ?1 UNION SELECT client FROM entrees WHERE entite = ?1 ORDER BY 1")
            .bind(&self.entity)
            .fetch_all(&self.pool)
            .await?)
    }

    /// The client of an invoice, by its number.
    pub async fn client_of(&self, invoice: &str) -> Result<Option<String>, StoreError> {
        let of_instance: Option<String> =
            sqlx::query_scalar("SELECT client FROM instances WHERE entite = ?1 AND facture = ?2 LIMIT 1")
                .bind(&self.entity)
                .bind(invoice)
                .fetch_optional(&self.pool)
                .await?;
        if of_instance.is_some() {
            return Ok(of_instance);
        }
        Ok(sqlx::query_scalar("SELECT client FROM entrees WHERE entite = ?1 AND donnees->>'invoice' = ?2 LIMIT 1")
            .bind(&self.entity)
            .bind(invoice)
            .fetch_optional(&self.pool)
            .await?)
    }
}
