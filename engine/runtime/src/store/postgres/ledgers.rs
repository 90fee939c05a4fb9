//! The journal as evidence in PostgreSQL.

use super::Postgres;
use crate::store::{Ledger, LedgerRow, Ledgers, States, StoreError, StoredHead, rows};
use async_trait::async_trait;
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
        let files = sqlx::query("SELECT client, sel, tete, longueur, etat FROM dossiers WHERE entite = $1 AND client = ANY($2)")
            .bind(&self.entity)
            .bind(clients)
            .fetch_all(&mut *tx)
            .await?;
        for row in &files {
            let head = StoredHead { salt: row.get(1), head: row.get(2), length: row.get(3) };
            raw.file(row.get(0), head, row.get(4));
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
            let (position, at, invoice, text) = (row.get(1), row.get(2), row.get(3), row.get(4));
            let (erased, digest, chain) = (row.get(5), row.get(6), row.get(7));
            raw.entry(row.get(0), LedgerRow { position, at, invoice, text, erased, digest, chain });
        }
        let invoices =
            sqlx::query("SELECT client, facture, active, etat FROM instances WHERE entite = $1 AND client = ANY($2)")
                .bind(&self.entity)
                .bind(clients)
                .fetch_all(&mut *tx)
                .await?;
        for row in &invoices {
            raw.invoice(row.get(0), row.get(1), row.get(2), row.get(3));
        }
        Ok(raw.assemble())
    }
}
