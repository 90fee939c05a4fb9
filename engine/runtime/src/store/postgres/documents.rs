//! Documents in PostgreSQL.

use super::Postgres;
use crate::store::document::{KeptRow, groups, kept, opened, seal};
use crate::store::{Document, DocumentKind, Documents, Kept, StoreError};
use crate::stretch::stretch;
use async_trait::async_trait;
use sqlx::PgTransaction;

/// Of an erased client nothing is kept anew.
const KEEP: &str = "INSERT INTO documents(entite, client, cle, genre, nom, type_media, le, taille, empreinte, comprime, contenu) \
     SELECT $1, t.* FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], \
     $9::bytea[], $10::bool[], $11::bytea[]) AS t(client, cle, genre, nom, type_media, le, taille, empreinte, comprime, contenu) \
     WHERE NOT EXISTS (SELECT 1 FROM dossiers d WHERE d.entite = $1 AND d.client = t.client AND d.efface_le IS NOT NULL AND d.sel IS NULL) \
     ON CONFLICT DO NOTHING";

/// Writes documents, in the transaction of whatever they belong to. The clients' files are locked already.
pub(super) async fn keep(
    tx: &mut PgTransaction<'static>,
    entity: &str,
    documents: &[Document],
) -> Result<(), StoreError> {
    for group in groups(documents) {
        let mut sealed = Vec::with_capacity(group.len());
        for document in group {
            sealed.push(seal(document));
            stretch(sealed.len()).await;
        }
        sqlx::query(KEEP)
            .bind(entity)
            .bind(group.iter().map(|one| one.client.as_str()).collect::<Vec<_>>())
            .bind(group.iter().map(|one| one.key.as_str()).collect::<Vec<_>>())
            .bind(group.iter().map(|one| one.kind.word()).collect::<Vec<_>>())
            .bind(group.iter().map(|one| one.name.as_str()).collect::<Vec<_>>())
            .bind(group.iter().map(|one| one.media_type.as_str()).collect::<Vec<_>>())
            .bind(sealed.iter().map(|one| one.at).collect::<Vec<_>>())
            .bind(sealed.iter().map(|one| one.size).collect::<Vec<_>>())
            .bind(sealed.iter().map(|one| one.digest.as_slice()).collect::<Vec<_>>())
            .bind(sealed.iter().map(|one| one.packed).collect::<Vec<_>>())
            .bind(sealed.iter().map(|one| one.content.as_slice()).collect::<Vec<_>>())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

#[async_trait]
impl Documents for Postgres {
    async fn keep(&self, documents: &[Document]) -> Result<(), StoreError> {
        let clients: Vec<&str> = documents.iter().map(|one| one.client.as_str()).collect();
        let mut tx = self.pool.begin().await?;
        // An erasure that is being done has these rows: what is kept comes before it, or finds the client erased.
        sqlx::query("SELECT 1 FROM dossiers WHERE entite = $1 AND client = ANY($2) ORDER BY client FOR KEY SHARE")
            .bind(&self.entity)
            .bind(&clients)
            .execute(&mut *tx)
            .await?;
        keep(&mut tx, &self.entity, documents).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn documents(&self, client: &str) -> Result<Vec<Kept>, StoreError> {
        let rows: Vec<KeptRow> = sqlx::query_as(
            "SELECT cle, genre, nom, type_media, le, taille, empreinte FROM documents WHERE entite = $1 AND client = $2 \
             ORDER BY le, cle, genre, nom",
        )
        .bind(&self.entity)
        .bind(client)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(kept).collect()
    }

    async fn document(
        &self,
        client: &str,
        key: &str,
        kind: DocumentKind,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query_as(
            "SELECT contenu, comprime, taille, empreinte FROM documents \
             WHERE entite = $1 AND client = $2 AND cle = $3 AND genre = $4 AND nom = $5",
        )
        .bind(&self.entity)
        .bind(client)
        .bind(key)
        .bind(kind.word())
        .bind(name)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| opened(name, row)).transpose()
    }
}
