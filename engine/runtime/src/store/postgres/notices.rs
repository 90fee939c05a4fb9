//! What waits to be told, in PostgreSQL.

use super::Postgres;
use super::work::lease;
use crate::store::notice::{NoticeRow, RawNotice, claimed};
use crate::store::{ClaimedNotice, Fate, NoticeCount, Notices, ROWS_PER_STATEMENT, StoreError, micros};
use async_trait::async_trait;
use relance_core::day::Instant;
use sqlx::PgTransaction;

/// Writes notices in the transaction of their journal lines.
pub(super) async fn write(
    tx: &mut PgTransaction<'static>,
    entity: &str,
    notices: &[NoticeRow<'_>],
) -> Result<(), StoreError> {
    for chunk in notices.chunks(ROWS_PER_STATEMENT) {
        let clients: Vec<&str> = chunk.iter().map(|row| row.client).collect();
        let positions: Vec<i64> = chunk.iter().map(|row| row.position).collect();
        let addressees: Vec<&str> = chunk.iter().map(|row| row.addressee.as_str()).collect();
        let bodies: Vec<&str> = chunk.iter().map(|row| row.body.as_str()).collect();
        let moments: Vec<i64> = chunk.iter().map(|row| micros(row.at)).collect();
        sqlx::query(
            "INSERT INTO notifications(entite, client, position, destinataire, corps, decide_le, prochain) \
             SELECT $1, client, position, destinataire, corps, le, le \
             FROM UNNEST($2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[]) AS t(client, position, destinataire, corps, le)",
        )
        .bind(entity)
        .bind(&clients)
        .bind(&positions)
        .bind(&addressees)
        .bind(&bodies)
        .bind(&moments)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

#[async_trait]
impl Notices for Postgres {
    async fn claim_notices(
        &self,
        addressee: &str,
        now: Instant,
        limit: usize,
    ) -> Result<Vec<ClaimedNotice>, StoreError> {
        let rows: Vec<RawNotice> = sqlx::query_as(
            "UPDATE notifications n SET bail = relance_horloge() + $5 FROM ( \
               SELECT client, position FROM notifications WHERE entite = $1 AND destinataire = $2 AND ouverte AND prochain <= $3 \
               AND bail <= (SELECT relance_horloge()) ORDER BY essais, decide_le, client, position LIMIT $4 FOR UPDATE SKIP LOCKED) t \
             WHERE n.entite = $1 AND n.client = t.client AND n.position = t.position AND n.destinataire = $2 \
             RETURNING n.client, n.position, n.corps, n.essais, n.decide_le",
        )
        .bind(&self.entity)
        .bind(addressee)
        .bind(micros(now))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(lease())
        .fetch_all(&self.pool)
        .await?;
        Ok(claimed(rows))
    }

    async fn settle_notices(&self, addressee: &str, fates: &[((String, i64), Fate)]) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        for ((client, position), fate) in fates {
            let (until, tries, detail, open) = match fate {
                Fate::Taken => {
                    sqlx::query(
                        "DELETE FROM notifications WHERE entite = $1 AND client = $2 AND position = $3 AND destinataire = $4",
                    )
                    .bind(&self.entity)
                    .bind(client)
                    .bind(position)
                    .bind(addressee)
                    .execute(&mut *tx)
                    .await?;
                    continue;
                }
                Fate::Later { until, tries, detail } => {
                    (Some(micros(*until)), Some(i64::from(*tries)), Some(detail), true)
                }
                Fate::GivenUp { tries, detail } => (None, Some(i64::from(*tries)), Some(detail), false),
                Fate::PutBack => (None, None, None, true),
            };
            sqlx::query(
                "UPDATE notifications SET bail = 0, prochain = COALESCE($5, prochain), essais = COALESCE($6, essais), \
                 detail = COALESCE($7, detail), ouverte = $8 \
                 WHERE entite = $1 AND client = $2 AND position = $3 AND destinataire = $4",
            )
            .bind(&self.entity)
            .bind(client)
            .bind(position)
            .bind(addressee)
            .bind(until)
            .bind(tries)
            .bind(detail)
            .bind(open)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn notice_counts(&self) -> Result<Vec<NoticeCount>, StoreError> {
        let rows: Vec<(String, i64, i64, Option<String>)> = sqlx::query_as(
            "SELECT destinataire, COUNT(*) FILTER (WHERE ouverte), COUNT(*) FILTER (WHERE NOT ouverte), MAX(detail) FROM notifications \
             WHERE entite = $1 GROUP BY destinataire ORDER BY destinataire",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        let count = |(addressee, waiting, given_up, detail)| NoticeCount { addressee, waiting, given_up, detail };
        Ok(rows.into_iter().map(count).collect())
    }

    async fn revive_notices(&self, now: Instant) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "UPDATE notifications SET ouverte = true, prochain = LEAST(prochain, $2), essais = CASE WHEN ouverte THEN essais ELSE 0 END \
             WHERE entite = $1 AND (NOT ouverte OR prochain > $2)",
        )
        .bind(&self.entity)
        .bind(micros(now))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}
