//! Keys by which other software acts.

use super::{Accounts, Digest, either};
use crate::store::{StoreError, instant, micros, read, write};
use relance_core::day::Instant;

/// A key to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// Shown, and the beginning of the key; drawn.
    pub id: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// SHA-256 of the whole key.
    pub digest: &'a Digest,
    /// What it may do, as words.
    pub scopes: &'a [String],
    /// The account that made it.
    pub created_by: &'a str,
    /// Until when it opens, if it ends.
    pub expires: Option<Instant>,
}

/// A key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRow {
    /// The creditor whom it opens.
    pub entity: String,
    /// Shown, and the beginning of the key.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do, as words.
    pub scopes: Vec<String>,
    /// The account that made it.
    pub created_by: String,
    /// When.
    pub created: Instant,
    /// When it was last used, to the minute.
    pub seen: Option<Instant>,
    /// Until when it opens, if it ends.
    pub expires: Option<Instant>,
    /// Since when it opens nothing, if so.
    pub revoked: Option<Instant>,
}

type Raw = (String, String, String, String, String, i64, Option<i64>, Option<i64>, Option<i64>);

fn key((entity, id, name, scopes, created_by, created, seen, expires, revoked): Raw) -> Result<KeyRow, StoreError> {
    let (created, seen) = (instant(created), seen.map(instant));
    let (expires, revoked) = (expires.map(instant), revoked.map(instant));
    let scopes = read("portées d’une clé", &scopes)?;
    Ok(KeyRow { entity, id, name, scopes, created_by, created, seen, expires, revoked })
}

impl Accounts {
    /// Writes a key of a creditor.
    pub async fn add_key(&self, entity: &str, new: &NewKey<'_>, at: Instant) -> Result<(), StoreError> {
        let scopes = write("portées d’une clé", new.scopes)?;
        let text = "INSERT INTO cles_api(entite, id, nom, empreinte, portees, cree_par, cree_le, expire) \
                    VALUES($1, $2, $3, $4, $5, $6, $7, $8)";
        either!(self.base, pool => {
            let row = sqlx::query(text).bind(entity).bind(new.id).bind(new.name).bind(&new.digest[..]).bind(&scopes);
            let row = row.bind(new.created_by).bind(micros(at)).bind(new.expires.map(micros));
            row.execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// The key of a digest, if it opens at this moment.
    pub async fn key(&self, digest: &Digest, now: Instant) -> Result<Option<KeyRow>, StoreError> {
        let text = "SELECT entite, id, nom, portees, cree_par, cree_le, vue_le, expire, revoquee_le FROM cles_api \
                    WHERE empreinte = $1 AND revoquee_le IS NULL AND (expire IS NULL OR expire > $2)";
        let row = either!(self.base, pool => {
            sqlx::query_as(text).bind(&digest[..]).bind(micros(now)).fetch_optional(pool).await
        })?;
        row.map(key).transpose()
    }

    /// Every key of a creditor, those that open nothing any more as well, the newest first.
    pub async fn keys(&self, entity: &str) -> Result<Vec<KeyRow>, StoreError> {
        let text = "SELECT entite, id, nom, portees, cree_par, cree_le, vue_le, expire, revoquee_le FROM cles_api \
                    WHERE entite = $1 ORDER BY cree_le DESC, id";
        let rows: Vec<Raw> = either!(self.base, pool => sqlx::query_as(text).bind(entity).fetch_all(pool).await)?;
        rows.into_iter().map(key).collect()
    }

    /// Notes that a key was used.
    pub async fn touch_key(&self, entity: &str, id: &str, now: Instant) -> Result<(), StoreError> {
        let text = "UPDATE cles_api SET vue_le = $3 WHERE entite = $1 AND id = $2 AND COALESCE(vue_le, 0) < $3";
        either!(self.base, pool => {
            sqlx::query(text).bind(entity).bind(id).bind(micros(now)).execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// Has a key open nothing any more; says whether it did open.
    pub async fn revoke_key(&self, entity: &str, id: &str, at: Instant) -> Result<bool, StoreError> {
        let text = "UPDATE cles_api SET revoquee_le = $3 WHERE entite = $1 AND id = $2 AND revoquee_le IS NULL";
        let revoked = either!(self.base, pool => {
            sqlx::query(text).bind(entity).bind(id).bind(micros(at)).execute(pool).await?.rows_affected()
        });
        Ok(revoked == 1)
    }
}
