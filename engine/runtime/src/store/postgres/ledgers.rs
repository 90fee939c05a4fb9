//! The journal as evidence in PostgreSQL.

use super::Postgres;
use crate::store::{Ledger, LedgerRow, Ledgers, StoreError, StoredHead, rows};
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

    async fn ledgers(&self, clients: &[String]) -> Result<Vec<Ledger>, StoreError> {
        // A run may write meanwhile: rows and heads of one moment.
        let mut tx = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let heads = sqlx::query("SELECT client, sel, tete, longueur FROM dossiers WHERE entite = $1 AND client = ANY($2)")
            .bind(&self.entity)
            .bind(clients)
            .fetch_all(&mut *tx)
            .await?;
        let entries = sqlx::query(
            "SELECT client, position, le, facture, entree, efface, condensat, chaine FROM journal \
             WHERE entite = $1 AND client = ANY($2) ORDER BY client, position",
        )
        .bind(&self.entity)
        .bind(clients)
        .fetch_all(&mut *tx)
        .await?;
        let heads = heads
            .iter()
            .map(|row| (row.get(0), StoredHead { salt: row.get(1), head: row.get(2), length: row.get(3) }));
        let entries = entries.iter().map(|row| {
            let (position, at, invoice, text) = (row.get(1), row.get(2), row.get(3), row.get(4));
            let (erased, digest, chain) = (row.get(5), row.get(6), row.get(7));
            (row.get(0), LedgerRow { position, at, invoice, text, erased, digest, chain })
        });
        Ok(rows::ledgers(clients, heads.collect(), entries))
    }
}
