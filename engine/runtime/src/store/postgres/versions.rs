//! Scenario versions in PostgreSQL.

use super::Postgres;
use crate::store::{StoreError, Versions, micros, read, write};
use async_trait::async_trait;
use relance_core::day::Instant;
use relance_core::machine::Machine;

#[async_trait]
impl Versions for Postgres {
    async fn put_in_force(
        &self,
        machines: &[(String, Machine)],
        digest: u64,
        at: Instant,
        catch_up: bool,
    ) -> Result<bool, StoreError> {
        let digest = digest.to_string();
        let mut tx = self.pool.begin().await?;
        // Two runners that start together publish once.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('relance publication ' || $1, 0))")
            .bind(&self.entity)
            .execute(&mut *tx)
            .await?;
        let last: Option<String> =
            sqlx::query_scalar("SELECT programme FROM publications WHERE entite = $1 ORDER BY numero DESC LIMIT 1")
                .bind(&self.entity)
                .fetch_optional(&mut *tx)
                .await?;
        for (hash, machine) in machines {
            sqlx::query(
                "INSERT INTO scenarios(entite, empreinte, nom, machine, vu_le) VALUES($1, $2, $3, $4, $5) \
                 ON CONFLICT(entite, empreinte) DO UPDATE SET machine = excluded.machine",
            )
            .bind(&self.entity)
            .bind(hash)
            .bind(&machine.name)
            .bind(write("scénario", machine)?)
            .bind(micros(at))
            .execute(&mut *tx)
            .await?;
        }
        let changed = last.as_deref() != Some(digest.as_str());
        if changed {
            let hashes: Vec<&str> = machines.iter().map(|(hash, _)| hash.as_str()).collect();
            sqlx::query(
                "INSERT INTO publications(entite, le, programme, empreintes, rattrapage) VALUES($1, $2, $3, $4, $5)",
            )
            .bind(&self.entity)
            .bind(micros(at))
            .bind(&digest)
            .bind(&hashes)
            .bind(catch_up)
            .execute(&mut *tx)
            .await?;
            sqlx::query("UPDATE dossiers SET reveil = LEAST(reveil, $2), a_voir = LEAST(a_voir, $2) WHERE entite = $1")
                .bind(&self.entity)
                .bind(micros(at))
                .execute(&mut *tx)
                .await?;
            super::news::tell(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    async fn machines_in_force(&self) -> Result<Vec<Machine>, StoreError> {
        let texts: Vec<String> = sqlx::query_scalar(
            "SELECT machine FROM scenarios WHERE entite = $1 AND empreinte = ANY( \
             (SELECT empreintes FROM publications WHERE entite = $1 ORDER BY numero DESC LIMIT 1)::text[]) ORDER BY nom",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        texts.iter().map(|text| read("scénario", text)).collect()
    }

    async fn digest_in_force(&self) -> Result<Option<u64>, StoreError> {
        let last: Option<String> =
            sqlx::query_scalar("SELECT programme FROM publications WHERE entite = $1 ORDER BY numero DESC LIMIT 1")
                .bind(&self.entity)
                .fetch_optional(&self.pool)
                .await?;
        Ok(last.and_then(|digest| digest.parse().ok()))
    }

    async fn catches_up(&self) -> Result<bool, StoreError> {
        let last: Option<bool> =
            sqlx::query_scalar("SELECT rattrapage FROM publications WHERE entite = $1 ORDER BY numero DESC LIMIT 1")
                .bind(&self.entity)
                .fetch_optional(&self.pool)
                .await?;
        Ok(last.unwrap_or(false))
    }

    async fn all_machines(&self) -> Result<Vec<Machine>, StoreError> {
        let texts: Vec<String> =
            sqlx::query_scalar("SELECT machine FROM scenarios WHERE entite = $1 ORDER BY empreinte")
                .bind(&self.entity)
                .fetch_all(&self.pool)
                .await?;
        texts.iter().map(|text| read("scénario", text)).collect()
    }
}
