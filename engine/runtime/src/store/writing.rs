//! Committing steps: dossiers, instances, journal and outbox in one transaction, many rows a statement.

use super::sqlite::ROWS_PER_STATEMENT;
use super::{Store, StoreError, micros, write};
use relance_core::day::Instant;
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::event::Entry;
use relance_core::step::{Departure, Wake};
use serde::Serialize;
use sqlx::{Sqlite, Transaction};
use std::collections::BTreeSet;

/// Where a message of the outbox stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutboxStatus {
    /// Decided, not attempted.
    Ready,
    /// An attempt has begun; its result is not recorded.
    Claimed,
    /// Accepted by the carrier.
    Sent,
    /// Failed for good.
    Failed,
    /// Not sent for now: the decision will be made again.
    Delayed,
    /// Its reason has gone before any attempt.
    Withdrawn,
    /// Whether it left is not known.
    InDoubt,
}

impl OutboxStatus {
    /// The word in the base.
    pub fn word(self) -> &'static str {
        match self {
            OutboxStatus::Ready => "prete",
            OutboxStatus::Claimed => "reclamee",
            OutboxStatus::Sent => "partie",
            OutboxStatus::Failed => "echouee",
            OutboxStatus::Delayed => "differee",
            OutboxStatus::Withdrawn => "retiree",
            OutboxStatus::InDoubt => "doute",
        }
    }
}

/// What became of a message of the outbox.
#[derive(Clone, PartialEq, Debug)]
pub struct OutboxChange {
    /// The client.
    pub client: String,
    /// The effect's key.
    pub key: String,
    /// Where it stands now.
    pub status: OutboxStatus,
    /// The carrier's own name for it.
    pub provider: Option<String>,
    /// Why, in French.
    pub detail: Option<String>,
}

/// A client's file to be committed.
pub struct DossierRow<'a> {
    /// The file.
    pub dossier: &'a Dossier,
    /// When time alone changes something next.
    pub wake: Option<Wake>,
    /// Whether the next import of payments wakes it.
    pub waits_for_payments: bool,
}

/// What a batch of steps changed, to be committed as one.
#[derive(Default)]
pub struct Commit<'a> {
    /// Files that were stepped.
    pub dossiers: Vec<DossierRow<'a>>,
    /// Invoices that changed.
    pub invoices: Vec<(&'a str, &'a str, &'a InvoiceFile)>,
    /// Journal entries, with the client and the position.
    pub entries: Vec<(&'a str, u64, &'a Entry)>,
    /// Ids of incoming things that were taken in.
    pub taken: Vec<&'a str>,
    /// Messages that leave.
    pub departures: Vec<(&'a str, Instant, &'a Departure)>,
    /// What became of messages.
    pub outbox: Vec<OutboxChange>,
}

impl Store {
    /// Commits a batch of steps: all of it, or nothing.
    pub async fn commit(&self, batch: &Commit<'_>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let entity = &self.entity;
        let dossiers = batch.dossiers.iter().map(|DossierRow { dossier, wake, waits_for_payments }| {
            let (at, reason) = (wake.map(|w| micros(w.at)), wake.map(|w| w.reason));
            Ok((&dossier.client, write("dossier", dossier)?, at, reason, i64::from(*waits_for_payments)))
        });
        rows(
            &mut tx,
            entity,
            "INSERT INTO dossiers(entite, client, etat, reveil, raison, attend_paiements) \
             SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?2) WHERE true \
             ON CONFLICT(entite, client) DO UPDATE SET etat = excluded.etat, reveil = excluded.reveil, raison = excluded.raison, \
             attend_paiements = excluded.attend_paiements",
            dossiers,
        )
        .await?;
        let invoices = batch
            .invoices
            .iter()
            .map(|(client, number, file)| Ok((client, number, i64::from(file.is_active()), write("facture", file)?)));
        rows(
            &mut tx,
            entity,
            "INSERT INTO instances(entite, client, facture, active, etat) \
             SELECT ?1, value->>0, value->>1, value->>2, value->>3 FROM json_each(?2) WHERE true \
             ON CONFLICT(entite, client, facture) DO UPDATE SET active = excluded.active, etat = excluded.etat",
            invoices,
        )
        .await?;
        let entries = batch.entries.iter().map(|(client, position, entry)| {
            Ok((client, position, micros(entry.at), &entry.invoice, write("entrée du journal", entry)?))
        });
        rows(
            &mut tx,
            entity,
            "INSERT INTO journal(entite, client, position, le, facture, entree) \
             SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?2)",
            entries,
        )
        .await?;
        rows(
            &mut tx,
            entity,
            "UPDATE entrees SET prise = 1 WHERE entite = ?1 AND id IN (SELECT value->>0 FROM json_each(?2))",
            batch.taken.iter().map(|id| Ok([id])),
        )
        .await?;
        let now = batch.dossiers.iter().filter_map(|row| row.dossier.clock).max().map(micros);
        let outbox = batch.outbox.iter().map(|c| {
            let open = matches!(c.status, OutboxStatus::Ready | OutboxStatus::Claimed | OutboxStatus::InDoubt);
            Ok((&c.client, &c.key, c.status.word(), &c.provider, &c.detail, now, i64::from(open)))
        });
        rows(
            &mut tx,
            entity,
            // An upsert that never inserts: SQLite joins an UPDATE … FROM the wrong way round.
            "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message, fournisseur, detail, fini_le) \
             SELECT ?1, value->>0, value->>1, '', '', value->>2, value->>6, 0, '', value->>3, value->>4, value->>5 \
             FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM envois e WHERE e.entite = ?1 AND e.client = value->>0 AND e.cle = value->>1) \
             ON CONFLICT(entite, client, cle) DO UPDATE SET statut = excluded.statut, ouverte = excluded.ouverte, \
             fournisseur = COALESCE(excluded.fournisseur, fournisseur), detail = excluded.detail, fini_le = excluded.fini_le",
            outbox,
        )
        .await?;
        let departures = batch.departures.iter().map(|(client, at, message)| {
            let data = write("message", message)?;
            Ok((client, &message.key, &message.invoice, message.channel.name(), micros(*at), data))
        });
        // After the outcomes: a message taken back and decided again in one step is ready in the end.
        // The same key may come back after it was delayed or taken back; a sent one never does.
        rows(
            &mut tx,
            entity,
            "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message) \
             SELECT ?1, value->>0, value->>1, value->>2, value->>3, 'prete', 1, value->>4, value->>5 FROM json_each(?2) WHERE true \
             ON CONFLICT(entite, client, cle) DO UPDATE SET statut = 'prete', ouverte = 1, decide_le = excluded.decide_le, \
             message = excluded.message, detail = NULL WHERE envois.statut IN ('differee', 'retiree')",
            departures,
        )
        .await?;
        if let Some(clock) = now {
            sqlx::query(
                "INSERT INTO horloges(entite, le) VALUES(?1, ?2) ON CONFLICT(entite) DO UPDATE SET le = MAX(le, excluded.le)",
            )
            .bind(entity)
            .bind(clock)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Claims messages for sending: those still ready, of clients about whom nothing new is known at `now`. In the same
    /// transaction as this check. Returns the keys claimed, by client.
    pub async fn claim(
        &self,
        wanted: &[(String, String)],
        now: Instant,
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let mut tx = self.begin().await?;
        let claimed: Vec<(String, String)> = sqlx::query_as(
            "UPDATE envois SET statut = 'reclamee' WHERE entite = ?1 AND statut = 'prete' \
             AND (client, cle) IN (SELECT value->>0, value->>1 FROM json_each(?2)) \
             AND NOT EXISTS (SELECT 1 FROM entrees e INDEXED BY entrees_client WHERE e.entite = ?1 AND e.client = envois.client AND e.prise = 0 \
             AND e.connue <= ?3) RETURNING client, cle",
        )
        .bind(&self.entity)
        .bind(write("clés", &wanted)?)
        .bind(micros(now))
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(claimed.into_iter().collect())
    }
}

/// Runs a statement over many rows: `?1` is the entity, `?2` a JSON array of rows.
async fn rows<T: Serialize>(
    tx: &mut Transaction<'static, Sqlite>,
    entity: &str,
    statement: &'static str,
    rows: impl Iterator<Item = Result<T, StoreError>>,
) -> Result<(), StoreError> {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let chunk: Vec<T> = rows.by_ref().take(ROWS_PER_STATEMENT).collect::<Result<_, _>>()?;
        sqlx::query(statement).bind(entity).bind(write("lignes", &chunk)?).execute(&mut **tx).await?;
    }
    Ok(())
}
