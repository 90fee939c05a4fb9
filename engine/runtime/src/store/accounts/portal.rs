//! Links by which a debtor's contact sees the client's file.

use super::{Accounts, Digest, either};
use crate::store::{StoreError, instant, micros};
use relance_core::day::Instant;

/// A link to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewPortalLink<'a> {
    /// Whose file.
    pub client: &'a str,
    /// What pages call it; drawn.
    pub id: &'a str,
    /// For whom: an address.
    pub contact: &'a str,
    /// SHA-256 of its token.
    pub digest: &'a Digest,
    /// The account that made it; none when it left with a message.
    pub created_by: Option<&'a str>,
    /// Until when it opens.
    pub expires: Instant,
}

/// A link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PortalLink {
    /// The creditor.
    pub entity: String,
    /// Whose file; nothing of another may be shown.
    pub client: String,
    /// What pages call it.
    pub id: String,
    /// For whom.
    pub contact: String,
    /// The account that made it; none when it left with a message.
    pub created_by: Option<String>,
    /// When.
    pub created: Instant,
    /// Until when it opens.
    pub expires: Instant,
    /// Since when it opens nothing, if so.
    pub revoked: Option<Instant>,
    /// When it was last used.
    pub seen: Option<Instant>,
}

type Raw = (String, String, String, String, Option<String>, i64, i64, Option<i64>, Option<i64>);

fn link((entity, client, id, contact, created_by, created, expires, revoked, seen): Raw) -> PortalLink {
    let (created, expires) = (instant(created), instant(expires));
    let (revoked, seen) = (revoked.map(instant), seen.map(instant));
    PortalLink { entity, client, id, contact, created_by, created, expires, revoked, seen }
}

impl Accounts {
    /// Writes a link of a creditor, once. Not for a client whose data were erased: says whether it was written.
    pub async fn add_portal_link(
        &self,
        entity: &str,
        new: &NewPortalLink<'_>,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let text = "INSERT INTO acces_portail(entite, client, id, contact, empreinte, cree_par, cree_le, expire) \
                    SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS \
                    (SELECT 1 FROM dossiers WHERE entite = $1 AND client = $2 AND efface_le IS NOT NULL AND sel IS NULL) \
                    ON CONFLICT (entite, client, id) DO NOTHING";
        let written = either!(self.base, pool => {
            let row = sqlx::query(text).bind(entity).bind(new.client).bind(new.id).bind(new.contact);
            let row = row.bind(&new.digest[..]).bind(new.created_by).bind(micros(at)).bind(micros(new.expires));
            row.execute(pool).await?.rows_affected()
        });
        Ok(written == 1)
    }

    /// The link of a token's digest, if it opens at this moment.
    pub async fn portal_link(&self, digest: &Digest, now: Instant) -> Result<Option<PortalLink>, StoreError> {
        let text = "SELECT entite, client, id, contact, cree_par, cree_le, expire, revoque_le, vu_le FROM acces_portail \
                    WHERE empreinte = $1 AND revoque_le IS NULL AND expire > $2";
        let row = either!(self.base, pool => {
            sqlx::query_as(text).bind(&digest[..]).bind(micros(now)).fetch_optional(pool).await
        })?;
        Ok(row.map(link))
    }

    /// Every link to a client's file, those that open nothing any more as well, the newest first.
    pub async fn portal_links(&self, entity: &str, client: &str) -> Result<Vec<PortalLink>, StoreError> {
        let text = "SELECT entite, client, id, contact, cree_par, cree_le, expire, revoque_le, vu_le FROM acces_portail \
                    WHERE entite = $1 AND client = $2 ORDER BY cree_le DESC, id";
        let rows = either!(self.base, pool => sqlx::query_as(text).bind(entity).bind(client).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(link).collect())
    }

    /// Notes that a link was used.
    pub async fn touch_portal_link(&self, link: &PortalLink, now: Instant) -> Result<(), StoreError> {
        let text = "UPDATE acces_portail SET vu_le = $4 \
                    WHERE entite = $1 AND client = $2 AND id = $3 AND COALESCE(vu_le, 0) < $4";
        either!(self.base, pool => {
            let row = sqlx::query(text).bind(&link.entity).bind(&link.client).bind(&link.id).bind(micros(now));
            row.execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// Has links to a client's file open nothing any more: one of them, or all. Says how many did open.
    pub async fn revoke_portal_links(
        &self,
        entity: &str,
        client: &str,
        id: Option<&str>,
        at: Instant,
    ) -> Result<u64, StoreError> {
        let text = "UPDATE acces_portail SET revoque_le = $4 \
                    WHERE entite = $1 AND client = $2 AND id = COALESCE($3, id) AND revoque_le IS NULL AND expire > $4";
        let revoked = either!(self.base, pool => {
            sqlx::query(text).bind(entity).bind(client).bind(id).bind(micros(at)).execute(pool).await?.rows_affected()
        });
        Ok(revoked)
    }
}
