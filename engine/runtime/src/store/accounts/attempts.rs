//! Tries, counted against guessing. A try is counted before it is judged, so that a hundred at once are a hundred; one that succeeds is
//! taken back. Nobody waits longer than the limit says, and a try while one waits counts for nothing: nobody is locked out for ever.

use super::{Accounts, Digest, Pool, either, together};
use crate::store::{StoreError, instant, micros};
use chrono::TimeDelta;
use relance_core::day::Instant;

/// After that long without a try, counting begins anew.
const WINDOW: TimeDelta = TimeDelta::hours(24);
/// How long it is remembered that somebody was let in from somewhere.
const KNOWN: TimeDelta = TimeDelta::days(90);
/// How many rows the table has at most, about; those with the fewest tries go first, so that a flood of new ones drives out none that wait.
const MOST_ROWS: i64 = 50_000;

/// How many tries are free, and how long one waits at most after many more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// So many without waiting.
    pub free: i64,
    /// Then one second, two, four …, up to that.
    pub longest: TimeDelta,
}

impl Limit {
    /// How long one waits after so many tries.
    pub fn delay(&self, tries: i64) -> TimeDelta {
        let beyond = tries.saturating_sub(self.free);
        if beyond <= 0 {
            return TimeDelta::zero();
        }
        let beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
        let seconds = 1_i64.checked_shl(beyond.min(62) - 1).unwrap_or(i64::MAX);
        TimeDelta::try_seconds(seconds).map_or(self.longest, |delay| delay.min(self.longest))
    }
}

/// Whether one may try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Yes; it is counted.
    Go,
    /// Not before that moment.
    Wait(Instant),
}

impl Accounts {
    /// Counts a try under each of these keys, unless one of them has to wait.
    pub async fn begin_try(&self, counted: &[(Digest, Limit)], now: Instant) -> Result<Turn, StoreError> {
        // In one order, so that two who try at once do not wait for each other.
        let mut counted = counted.to_vec();
        counted.sort_by_key(|(key, _)| *key);
        let (mut until, mut new) = (None::<Instant>, false);
        together!(self.base, tx => {
            let mut tries = Vec::new();
            for (key, limit) in &counted {
                // Also holds the row until the end.
                let text = "INSERT INTO tentatives(cle, nombre, libre_le, derniere) VALUES($1, 0, 0, $2) \
                            ON CONFLICT(cle) DO UPDATE SET cle = excluded.cle RETURNING nombre, libre_le, derniere";
                let row = sqlx::query_as(text).bind(&key[..]).bind(micros(now));
                let rows: Vec<(i64, i64, i64)> = row.fetch_all(&mut *tx).await?;
                for (count, free, last) in rows {
                    new |= count == 0;
                    let count = if instant(last) < now - WINDOW { 1 } else { count.saturating_add(1) };
                    if instant(free) > now && until.is_none_or(|until| until < instant(free)) {
                        until = Some(instant(free));
                    }
                    tries.push((*key, count, now + limit.delay(count)));
                }
            }
            if until.is_none() {
                for (key, count, free) in tries {
                    let text = "UPDATE tentatives SET nombre = $2, libre_le = $3, derniere = $4 WHERE cle = $1";
                    let row = sqlx::query(text).bind(&key[..]).bind(count).bind(micros(free)).bind(micros(now));
                    row.execute(&mut *tx).await?;
                }
                Some(())
            } else {
                None
            }
        });
        if new {
            self.bound_tries().await?;
        }
        Ok(until.map_or(Turn::Go, Turn::Wait))
    }

    /// A try has succeeded: it is taken back where others count too (`shared`), and `cleared` begin anew.
    pub async fn end_try(&self, shared: &[Digest], cleared: &[Digest], now: Instant) -> Result<(), StoreError> {
        // In one order with `begin_try`, whichever of the two a key is in: else two wait for each other.
        let mut ended: Vec<(&Digest, bool)> = shared.iter().map(|key| (key, false)).collect();
        ended.extend(cleared.iter().map(|key| (key, true)));
        ended.sort_unstable();
        together!(self.base, tx => {
            for (key, anew) in &ended {
                if *anew {
                    let text = "UPDATE tentatives SET nombre = 0, libre_le = 0 WHERE cle = $1";
                    sqlx::query(text).bind(&key[..]).execute(&mut *tx).await?;
                } else {
                    let text = "UPDATE tentatives SET nombre = nombre - 1, \
                                libre_le = CASE WHEN libre_le > $2 THEN $2 ELSE libre_le END \
                                WHERE cle = $1 AND nombre > 0";
                    sqlx::query(text).bind(&key[..]).bind(micros(now)).execute(&mut *tx).await?;
                }
            }
            Some(())
        });
        Ok(())
    }

    /// Remembers that somebody was let in from somewhere.
    pub async fn admit(&self, key: &Digest, now: Instant) -> Result<(), StoreError> {
        let text = "INSERT INTO tentatives(cle, nombre, libre_le, derniere, admis_le) VALUES($1, 0, 0, $2, $2) \
                    ON CONFLICT(cle) DO UPDATE SET nombre = 0, libre_le = 0, admis_le = excluded.admis_le";
        either!(self.base, pool => sqlx::query(text).bind(&key[..]).bind(micros(now)).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Whether somebody was let in from somewhere, not too long ago.
    pub async fn is_known(&self, key: &Digest, now: Instant) -> Result<bool, StoreError> {
        let text = "SELECT COUNT(*) FROM tentatives WHERE cle = $1 AND admis_le > $2";
        let many: i64 = either!(self.base, pool => {
            sqlx::query_scalar(text).bind(&key[..]).bind(micros(now - KNOWN)).fetch_one(pool).await
        })?;
        Ok(many > 0)
    }

    /// Takes out tries that count for nothing any more. To be called from time to time.
    pub async fn sweep_tries(&self, now: Instant) -> Result<(), StoreError> {
        // Rows in use stay for the next time: whoever deletes many rows waits for nobody, so nobody waits in a circle.
        let text = match &self.base {
            Pool::Sqlite(_) => "DELETE FROM tentatives WHERE derniere < $1 AND (admis_le IS NULL OR admis_le < $2)",
            Pool::Postgres(_) => {
                "DELETE FROM tentatives WHERE cle IN (SELECT cle FROM tentatives \
                 WHERE derniere < $1 AND (admis_le IS NULL OR admis_le < $2) FOR UPDATE SKIP LOCKED)"
            }
        };
        either!(self.base, pool => {
            sqlx::query(text).bind(micros(now - WINDOW)).bind(micros(now - KNOWN)).execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// Keeps the table from growing without end.
    async fn bound_tries(&self) -> Result<(), StoreError> {
        let count = "SELECT COUNT(*) FROM tentatives";
        let many: i64 = either!(self.base, pool => sqlx::query_scalar(count).fetch_one(pool).await)?;
        if many > MOST_ROWS {
            let text = match &self.base {
                Pool::Sqlite(_) => {
                    "DELETE FROM tentatives WHERE cle IN \
                     (SELECT cle FROM tentatives WHERE admis_le IS NULL ORDER BY nombre, derniere LIMIT $1)"
                }
                Pool::Postgres(_) => {
                    "DELETE FROM tentatives WHERE cle IN (SELECT cle FROM tentatives WHERE admis_le IS NULL \
                     ORDER BY nombre, derniere LIMIT $1 FOR UPDATE SKIP LOCKED)"
                }
            };
            let surplus = many - MOST_ROWS + MOST_ROWS / 10;
            either!(self.base, pool => sqlx::query(text).bind(surplus).execute(pool).await.map(drop))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_twice_as_long_each_time_and_never_longer_than_the_limit() {
        let limit = Limit { free: 5, longest: TimeDelta::minutes(15) };
        let delays: Vec<i64> = (0..18).map(|tries| limit.delay(tries).num_seconds()).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(limit.delay(i64::MAX), limit.longest);
        assert_eq!(limit.delay(i64::MIN), TimeDelta::zero());
    }
}
