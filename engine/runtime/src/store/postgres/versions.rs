//! Scenario versions in PostgreSQL.

use super::Postgres;
use crate::store::{Publication, Publishing, StoreError, Versions, instant, micros, read, write};
use async_trait::async_trait;
use relance_core::machine::Machine;

#[async_trait]
impl Versions for Postgres {
    async fn publish(&self, new: &Publishing<'_>) -> Result<bool, StoreError> {
        let mut tx = self.pool.begin().await?;
        // Two runners that start together publish once.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('relance publication ' || $1, 0))")
            .bind(&self.entity)
            .execute(&mut *tx)
            .await?;
        let last: Option<(String, bool)> = sqlx::query_as(
            "SELECT programme, planifiee FROM publications WHERE entite = $1 ORDER BY numero DESC LIMIT 1",
        )
        .bind(&self.entity)
        .fetch_optional(&mut *tx)
        .await?;
        for (hash, machine) in new.machines {
            sqlx::query(
                "INSERT INTO scenarios(entite, empreinte, nom, machine, vu_le) VALUES($1, $2, $3, $4, $5) \
                 ON CONFLICT(entite, empreinte) DO UPDATE SET machine = excluded.machine",
            )
            .bind(&self.entity)
            .bind(hash)
            .bind(&machine.name)
            .bind(write("scénario", machine)?)
            .bind(micros(new.at))
            .execute(&mut *tx)
            .await?;
        }
        let changed = new.changes(last);
        if changed {
            let hashes: Vec<&str> = new.machines.iter().map(|(hash, _)| hash.as_str()).collect();
            sqlx::query(
                "INSERT INTO publications(entite, le, programme, empreintes, rattrapage, planifiee) VALUES($1, $2, $3, $4, $5, $6)",
            )
            .bind(&self.entity)
            .bind(micros(new.at))
            .bind(new.digest.to_string())
            .bind(&hashes)
            .bind(new.catch_up)
            .bind(new.planned)
            .execute(&mut *tx)
            .await?;
            sqlx::query("UPDATE dossiers SET reveil = LEAST(reveil, $2), a_voir = LEAST(a_voir, $2) WHERE entite = $1")
                .bind(&self.entity)
                .bind(micros(new.at))
                .execute(&mut *tx)
                .await?;
            super::news::tell(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    async fn publications(&self) -> Result<Vec<Publication>, StoreError> {
        let rows: Vec<(i64, String, Vec<String>, bool, bool)> = sqlx::query_as(
            "SELECT le, programme, empreintes, rattrapage, planifiee FROM publications WHERE entite = $1 ORDER BY numero",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        let publication = |(at, digest, hashes, catch_up, planned): (i64, String, Vec<String>, bool, bool)| {
            Publication { at: instant(at), digest: digest.parse().unwrap_or_default(), hashes, catch_up, planned }
        };
        Ok(rows.into_iter().map(publication).collect())
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

    async fn all_machines(&self) -> Result<Vec<Machine>, StoreError> {
        let texts: Vec<String> =
            sqlx::query_scalar("SELECT machine FROM scenarios WHERE entite = $1 ORDER BY empreinte")
                .bind(&self.entity)
                .fetch_all(&self.pool)
                .await?;
        texts.iter().map(|text| read("scénario", text)).collect()
    }
}
