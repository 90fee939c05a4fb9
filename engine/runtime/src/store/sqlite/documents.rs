//! Documents in SQLite.

use super::Sqlite;
use crate::store::document::{KeptRow, groups, kept, opened, seal};
use crate::store::{Document, DocumentKind, Documents, Kept, StoreError, write};
use crate::stretch::stretch;
use async_trait::async_trait;
use sqlx::SqliteTransaction;

/// `?3` has the contents one after the other: bytes in JSON would be twice as long. Of an erased client nothing is kept anew.
const KEEP: &str = "INSERT INTO documents(entite, client, cle, genre, nom, type_media, le, taille, empreinte, comprime, contenu) \
     SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, substr(?3, value->>7, 32), value->>8, \
     substr(?3, (value->>7) + 32, value->>9) FROM json_each(?2) \
     WHERE NOT EXISTS (SELECT 1 FROM dossiers d WHERE d.entite = ?1 AND d.client = value->>0 AND d.efface_le IS NOT NULL AND d.sel IS NULL) \
     ON CONFLICT DO NOTHING";

/// Documents ready to be written: rows, and digests and contents one after the other.
pub(super) type Packed = Vec<(String, Vec<u8>)>;

/// Makes documents ready before the base is locked.
pub(super) async fn packed(documents: &[Document]) -> Result<Packed, StoreError> {
    let mut all = Vec::new();
    for group in groups(documents) {
        let (mut rows, mut bytes) = (Vec::with_capacity(group.len()), Vec::new());
        for one in group {
            let sealed = seal(one);
            rows.push((
                &one.client,
                &one.key,
                one.kind.word(),
                &one.name,
                &one.media_type,
                sealed.at,
                sealed.size,
                bytes.len() + 1,
                i64::from(sealed.packed),
                sealed.content.len(),
            ));
            bytes.extend_from_slice(&sealed.digest);
            bytes.extend_from_slice(&sealed.content);
            stretch(rows.len()).await;
        }
        all.push((write("documents", &rows)?, bytes));
    }
    Ok(all)
}

/// Writes documents, in the transaction of whatever they belong to.
pub(super) async fn keep(tx: &mut SqliteTransaction<'static>, entity: &str, packed: Packed) -> Result<(), StoreError> {
    for (rows, bytes) in packed {
        sqlx::query(KEEP).bind(entity).bind(rows).bind(bytes).execute(&mut **tx).await?;
    }
    Ok(())
}

#[async_trait]
impl Documents for Sqlite {
    async fn keep(&self, documents: &[Document]) -> Result<(), StoreError> {
        let packed = packed(documents).await?;
        let mut tx = self.begin().await?;
        keep(&mut tx, &self.entity, packed).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn documents(&self, client: &str) -> Result<Vec<Kept>, StoreError> {
        let rows: Vec<KeptRow> = sqlx::query_as(
            "SELECT cle, genre, nom, type_media, le, taille, empreinte FROM documents WHERE entite = ?1 AND client = ?2 \
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
             WHERE entite = ?1 AND client = ?2 AND cle = ?3 AND genre = ?4 AND nom = ?5",
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
