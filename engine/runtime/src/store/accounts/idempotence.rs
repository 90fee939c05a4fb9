//! Writes of the API that are asked twice are done once, and answered twice.

use super::{Accounts, Digest, either};
use crate::store::{StoreError, micros};
use relance_core::day::Instant;

/// Whose write it is, and under which name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bearer<'a> {
    /// The creditor.
    pub entity: &'a str,
    /// The account or the key that asks: the same name of two of them are two writes.
    pub who: &'a str,
    /// The name that they give to this write.
    pub key: &'a str,
}

/// What became of a write that is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Begun {
    /// It is to be done now, and ended by [`Accounts::finish_write`] or [`Accounts::abandon_write`].
    Now,
    /// Somebody is doing it at this moment.
    UnderWay,
    /// It was done; this was the answer.
    Done {
        /// The status of the answer.
        status: u16,
        /// Its body.
        body: Vec<u8>,
    },
    /// Another write has this name.
    Another,
}

/// What is kept of a write: the digest of its request, the status and the body of its answer.
type Known = (Vec<u8>, Option<i64>, Option<Vec<u8>>);

impl Accounts {
    /// Begins a write, unless it was begun. `patience`: when one that nobody ends may be begun again.
    pub async fn begin_write(
        &self,
        bearer: Bearer<'_>,
        request: &Digest,
        now: Instant,
        patience: Instant,
    ) -> Result<Begun, StoreError> {
        let text = "INSERT INTO idempotences(entite, porteur, cle, condensat, expire) VALUES($1, $2, $3, $4, $5) \
                    ON CONFLICT(entite, porteur, cle) DO UPDATE SET condensat = excluded.condensat, \
                    expire = excluded.expire, statut = NULL, corps = NULL WHERE idempotences.expire <= $6";
        let begun = either!(self.base, pool => {
            let row = sqlx::query(text).bind(bearer.entity).bind(bearer.who).bind(bearer.key).bind(&request[..]);
            row.bind(micros(patience)).bind(micros(now)).execute(pool).await?.rows_affected()
        });
        if begun == 1 {
            return Ok(Begun::Now);
        }
        let text = "SELECT condensat, statut, corps FROM idempotences WHERE entite = $1 AND porteur = $2 AND cle = $3";
        let row: Option<Known> = either!(self.base, pool => {
            let row = sqlx::query_as(text).bind(bearer.entity).bind(bearer.who).bind(bearer.key);
            row.fetch_optional(pool).await
        })?;
        Ok(match row {
            Some((digest, ..)) if digest != request => Begun::Another,
            Some((_, Some(status), body)) => {
                Begun::Done { status: u16::try_from(status).unwrap_or(500), body: body.unwrap_or_default() }
            }
            // Given up in between, or not ended.
            _ => Begun::UnderWay,
        })
    }

    /// Keeps the answer of a write until a moment. Does nothing when another has taken its place meanwhile.
    pub async fn finish_write(
        &self,
        bearer: Bearer<'_>,
        request: &Digest,
        answer: (u16, &[u8]),
        expires: Instant,
    ) -> Result<(), StoreError> {
        let text = "UPDATE idempotences SET statut = $5, corps = $6, expire = $7 \
                    WHERE entite = $1 AND porteur = $2 AND cle = $3 AND condensat = $4 AND statut IS NULL";
        either!(self.base, pool => {
            let row = sqlx::query(text).bind(bearer.entity).bind(bearer.who).bind(bearer.key).bind(&request[..]);
            row.bind(i64::from(answer.0)).bind(answer.1).bind(micros(expires)).execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// A write was begun and has changed nothing: it may be asked again.
    pub async fn abandon_write(&self, bearer: Bearer<'_>, request: &Digest) -> Result<(), StoreError> {
        let text = "DELETE FROM idempotences \
                    WHERE entite = $1 AND porteur = $2 AND cle = $3 AND condensat = $4 AND statut IS NULL";
        either!(self.base, pool => {
            let row = sqlx::query(text).bind(bearer.entity).bind(bearer.who).bind(bearer.key).bind(&request[..]);
            row.execute(pool).await.map(drop)
        })?;
        Ok(())
    }
}
