//! Drafts, files put down and past imports in PostgreSQL.

use super::Postgres;
use crate::store::workbench::{Draft, PUT_DOWN, PastImport, PutDown, Workbench, draft, past_import};
use crate::store::{StoreError, micros};
use async_trait::async_trait;
use relance_core::day::Instant;

#[async_trait]
impl Workbench for Postgres {
    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let rows = sqlx::query_as("SELECT fichier, texte, par, le FROM brouillons WHERE entite = $1 ORDER BY fichier")
            .bind(&self.entity)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(draft).collect())
    }

    async fn keep_draft(&self, draft: &Draft, instead_of: Option<Instant>) -> Result<bool, StoreError> {
        let done = match instead_of {
            None => sqlx::query(
                "INSERT INTO brouillons(entite, fichier, texte, par, le) VALUES($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            ),
            Some(_) => sqlx::query(
                "UPDATE brouillons SET texte = $3, par = $4, le = $5 WHERE entite = $1 AND fichier = $2 AND le = $6",
            ),
        };
        let done = done.bind(&self.entity).bind(&draft.file).bind(&draft.text).bind(&draft.by).bind(micros(draft.at));
        let done = match instead_of {
            None => done,
            Some(of) => done.bind(micros(of)),
        };
        Ok(done.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn drop_draft(&self, file: &str, of: Instant) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM brouillons WHERE entite = $1 AND fichier = $2 AND le = $3")
            .bind(&self.entity)
            .bind(file)
            .bind(micros(of))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn put_down(&self, token: &str, files: &[PutDown], at: Instant) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        sqlx::query("DELETE FROM depots WHERE entite = $1 AND le < $2")
            .bind(&self.entity)
            .bind(micros(at) - PUT_DOWN)
            .execute(&mut *tx)
            .await?;
        for (place, (name, bytes)) in (0i64..).zip(files) {
            sqlx::query("INSERT INTO depots(entite, jeton, rang, nom, contenu, le) VALUES($1, $2, $3, $4, $5, $6)")
                .bind(&self.entity)
                .bind(token)
                .bind(place)
                .bind(name)
                .bind(bytes)
                .bind(micros(at))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn picked_up(&self, token: &str) -> Result<Vec<PutDown>, StoreError> {
        let rows = sqlx::query_as("SELECT nom, contenu FROM depots WHERE entite = $1 AND jeton = $2 ORDER BY rang")
            .bind(&self.entity)
            .bind(token)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows)
    }

    async fn throw_away(&self, token: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM depots WHERE entite = $1 AND jeton = $2")
            .bind(&self.entity)
            .bind(token)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn past_imports(&self, before: Option<i64>, limit: u32) -> Result<Vec<PastImport>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT numero, le, rapport FROM imports WHERE entite = $1 AND numero < $2 ORDER BY numero DESC LIMIT $3",
        )
        .bind(&self.entity)
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(past_import).collect()
    }
}
