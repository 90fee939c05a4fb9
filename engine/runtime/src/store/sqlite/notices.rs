//! What waits to be told, in SQLite.

use super::Sqlite;
use super::work::{WALL, lease};
use crate::store::notice::{RawNotice, claimed};
use crate::store::{ClaimedNotice, Fate, NoticeCount, Notices, StoreError, micros};
use async_trait::async_trait;
use relance_core::day::Instant;

#[async_trait]
impl Notices for Sqlite {
    async fn claim_notices(
        &self,
        addressee: &str,
        now: Instant,
        limit: usize,
    ) -> Result<Vec<ClaimedNotice>, StoreError> {
        let rows: Vec<RawNotice> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "UPDATE notifications SET bail = {WALL} + ?5 WHERE rowid IN ( \
               SELECT rowid FROM notifications INDEXED BY notifications_dues WHERE entite = ?1 AND destinataire = ?2 AND ouverte = 1 \
               AND prochain <= ?3 AND bail <= {WALL} ORDER BY essais, decide_le, client, position LIMIT ?4) \
             RETURNING client, position, corps, essais, decide_le"
        )))
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
        let mut tx = self.begin().await?;
        for ((client, position), fate) in fates {
            let (until, tries, detail, open) = match fate {
                Fate::Taken => {
                    sqlx::query(
                        "DELETE FROM notifications WHERE entite = ?1 AND client = ?2 AND position = ?3 AND destinataire = ?4",
                    )
                    .bind(&self.entity)
                    .bind(client)
                    .bind(position)
                    .bind(addressee)
                    .execute(&mut *tx)
                    .await?;
                    continue;
                }
                Fate::Later { until, tries, detail } => (Some(micros(*until)), Some(*tries), Some(detail), true),
                Fate::GivenUp { tries, detail } => (None, Some(*tries), Some(detail), false),
                Fate::PutBack => (None, None, None, true),
            };
            sqlx::query(
                "UPDATE notifications SET bail = 0, prochain = COALESCE(?5, prochain), essais = COALESCE(?6, essais), \
                 detail = COALESCE(?7, detail), ouverte = ?8 \
                 WHERE entite = ?1 AND client = ?2 AND position = ?3 AND destinataire = ?4",
            )
            .bind(&self.entity)
            .bind(client)
            .bind(position)
            .bind(addressee)
            .bind(until)
            .bind(tries)
            .bind(detail)
            .bind(i64::from(open))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn notice_counts(&self) -> Result<Vec<NoticeCount>, StoreError> {
        let rows: Vec<(String, i64, i64, Option<String>)> = sqlx::query_as(
            "SELECT destinataire, SUM(ouverte), SUM(1 - ouverte), MAX(detail) FROM notifications WHERE entite = ?1 \
             GROUP BY destinataire ORDER BY destinataire",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        let count = |(addressee, waiting, given_up, detail)| NoticeCount { addressee, waiting, given_up, detail };
        Ok(rows.into_iter().map(count).collect())
    }

    async fn revive_notices(&self, now: Instant) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "UPDATE notifications SET ouverte = 1, prochain = MIN(prochain, ?2), essais = CASE WHEN ouverte = 1 THEN essais ELSE 0 END \
             WHERE entite = ?1 AND (ouverte = 0 OR prochain > ?2)",
        )
        .bind(&self.entity)
        .bind(micros(now))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}
