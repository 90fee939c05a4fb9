//! The journal as evidence in PostgreSQL.

use super::Postgres;
use crate::store::views::FORGOTTEN;
use crate::store::{Ledger, LedgerRow, Ledgers, Record, States, StoreError, StoredHead, micros, rows};
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use sqlx::Row;

#[async_trait]
impl Ledgers for Postgres {
    async fn recorded_clients(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT client FROM dossiers WHERE entite = $1 UNION SELECT client FROM journal WHERE entite = $1 ORDER BY client",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?)
    }

    async fn ledgers(&self, clients: &[String]) -> Result<Vec<(Ledger, States)>, StoreError> {
        let mut raw = rows::RawLedgers::default();
        // A run may write meanwhile: everything of one moment.
        let mut tx = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let files = sqlx::query(
            "SELECT client, sel, tete, longueur, etat FROM dossiers WHERE entite = $1 AND client = ANY($2)",
        )
        .bind(&self.entity)
        .bind(clients)
        .fetch_all(&mut *tx)
        .await?;
        for row in &files {
            let head = StoredHead { salt: row.try_get(1)?, head: row.try_get(2)?, length: row.try_get(3)? };
            raw.file(row.try_get(0)?, head, row.try_get(4)?);
        }
        let entries = sqlx::query(
            "SELECT client, position, le, facture, entree, efface, condensat, chaine FROM journal \
             WHERE entite = $1 AND client = ANY($2) ORDER BY client, position",
        )
        .bind(&self.entity)
        .bind(clients)
        .fetch_all(&mut *tx)
        .await?;
        for row in &entries {
            let (position, at, invoice, text) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
            let (erased, digest, chain) = (row.try_get(5)?, row.try_get(6)?, row.try_get(7)?);
            raw.entry(row.try_get(0)?, LedgerRow { position, at, invoice, text, erased, digest, chain });
        }
        let invoices =
            sqlx::query("SELECT client, facture, active, etat FROM instances WHERE entite = $1 AND client = ANY($2)")
                .bind(&self.entity)
                .bind(clients)
                .fetch_all(&mut *tx)
                .await?;
        for row in &invoices {
            raw.invoice(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        }
        Ok(raw.assemble())
    }

    async fn record(&self, client: &str) -> Result<Record, StoreError> {
        let imports: Vec<_> = sqlx::query_as(
            "SELECT donnees, importee, prise FROM entrees WHERE entite = $1 AND client = $2 ORDER BY numero",
        )
        .bind(&self.entity)
        .bind(client)
        .fetch_all(&self.pool)
        .await?;
        let messages: Vec<_> = sqlx::query_as(
            "SELECT message, statut, ouverte, decide_le, fini_le, destinataires, fournisseur, detail FROM envois \
             WHERE entite = $1 AND client = $2 ORDER BY decide_le, cle",
        )
        .bind(&self.entity)
        .bind(client)
        .fetch_all(&self.pool)
        .await?;
        Ok(Record {
            imports: imports.into_iter().map(rows::imported).collect::<Result<_, _>>()?,
            messages: messages.into_iter().map(rows::message).collect::<Result<_, _>>()?,
        })
    }

    async fn forget(&self, dossier: &Dossier, at: Instant) -> Result<bool, StoreError> {
        let mut tx = self.pool.begin().await?;
        // An import that is being committed, or a runner that claims, has this row: it is read below, or comes after the erasure.
        sqlx::query("SELECT 1 FROM dossiers WHERE entite = $1 AND client = $2 FOR UPDATE")
            .bind(&self.entity)
            .bind(&dossier.client)
            .execute(&mut *tx)
            .await?;
        let free = sqlx::query(
            "UPDATE dossiers SET etat = $3, sel = NULL, efface_le = $4, reveil = NULL, raison = NULL, a_voir = NULL, \
             attend_paiements = FALSE, vue = 0, vue_travail = 0, vue_mots = 0, nom = NULL, nom_plie = NULL, segment = NULL, \
             responsable = NULL, pays = NULL, devise = NULL, encours = NULL, encours_autres = NULL, ouvertes = NULL, echeance = NULL, \
             arrete = NULL, insolvable = NULL WHERE entite = $1 AND client = $2 AND longueur = $5 \
             AND NOT EXISTS (SELECT 1 FROM prises p WHERE p.entite = $1 AND p.client = $2) \
             AND NOT EXISTS (SELECT 1 FROM entrees e WHERE e.entite = $1 AND e.client = $2 AND NOT e.prise) \
             AND NOT EXISTS (SELECT 1 FROM envois o WHERE o.entite = $1 AND o.client = $2 AND o.ouverte)",
        )
        .bind(&self.entity)
        .bind(&dossier.client)
        .bind(rows::blank(dossier)?)
        .bind(micros(at))
        .bind(i64::try_from(dossier.entries).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
        if free.rows_affected() == 0 {
            // At once: a run that comes next must not find the file locked.
            tx.rollback().await?;
            return Ok(false);
        }
        // The part that is written below: see the commit.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(&self.entity)
            .execute(&mut *tx)
            .await?;
        for statement in FORGOTTEN {
            sqlx::query(statement).bind(&self.entity).bind(&dossier.client).execute(&mut *tx).await?;
        }
        // The trigger of the journal lets nothing else through, and this only now that the salt is gone.
        for statement in [
            "UPDATE journal SET efface = entree::json->'event'->>'quoi', entree = NULL, facture = NULL \
             WHERE entite = $1 AND client = $2 AND entree IS NOT NULL",
            "DELETE FROM instances WHERE entite = $1 AND client = $2",
            "DELETE FROM envois WHERE entite = $1 AND client = $2",
            "DELETE FROM documents WHERE entite = $1 AND client = $2",
            "DELETE FROM notifications WHERE entite = $1 AND client = $2",
            "DELETE FROM entrees WHERE entite = $1 AND client = $2",
            "DELETE FROM acces_portail WHERE entite = $1 AND client = $2",
            "DELETE FROM demandes WHERE entite = $1 AND client = $2",
        ] {
            sqlx::query(statement).bind(&self.entity).bind(&dossier.client).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
