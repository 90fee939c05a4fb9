//! Links that open once: for the first administrator, an invitation, a new password.

use super::{Accounts, Digest, either, together};
use crate::store::{StoreError, instant, micros};
use relance_core::day::Instant;

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// There is no account yet: it makes the administrator's.
    First,
    /// Somebody is invited: it chooses the first password.
    Invitation,
    /// It chooses another password.
    Password,
}

impl LinkKind {
    const ALL: [LinkKind; 3] = [LinkKind::First, LinkKind::Invitation, LinkKind::Password];

    /// Its word in the base.
    fn word(self) -> &'static str {
        match self {
            LinkKind::First => "premier",
            LinkKind::Invitation => "invitation",
            LinkKind::Password => "mot_de_passe",
        }
    }
}

/// A link that still opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkRow {
    /// What it is for.
    pub kind: LinkKind,
    /// Whose account it is about; none for the first.
    pub account: Option<String>,
    /// Until when.
    pub expires: Instant,
}

/// The administrator whom the first link makes.
#[derive(Clone, Copy, Debug)]
pub struct NewAdministrator<'a> {
    /// Drawn.
    pub id: &'a str,
    /// Folded.
    pub login: &'a str,
    /// What people call them.
    pub name: &'a str,
    /// Of the password.
    pub hash: &'a str,
    /// The creditors, and the role for each.
    pub roles: &'a [(String, String)],
}

impl Accounts {
    /// Makes a link; the ones there were for the same account die, whatever they were for.
    pub async fn make_link(
        &self,
        kind: LinkKind,
        account: Option<&str>,
        digest: &Digest,
        expires: Instant,
    ) -> Result<(), StoreError> {
        together!(self.base, tx => {
            // What belongs to no account is the first link.
            let text = "DELETE FROM liens_uniques WHERE COALESCE(compte, '') = COALESCE($1, '')";
            sqlx::query(text).bind(account).execute(&mut *tx).await?;
            let text = "INSERT INTO liens_uniques(empreinte, genre, compte, expire) VALUES($1, $2, $3, $4)";
            let row = sqlx::query(text).bind(&digest[..]).bind(kind.word()).bind(account).bind(micros(expires));
            row.execute(&mut *tx).await?;
            Some(())
        });
        Ok(())
    }

    /// A link, if it opens at this moment. It is not used by being looked at.
    pub async fn link(&self, digest: &Digest, now: Instant) -> Result<Option<LinkRow>, StoreError> {
        let text = "SELECT genre, compte, expire FROM liens_uniques WHERE empreinte = $1 AND expire > $2";
        let row: Option<(String, Option<String>, i64)> = either!(self.base, pool => {
            sqlx::query_as(text).bind(&digest[..]).bind(micros(now)).fetch_optional(pool).await
        })?;
        Ok(row.and_then(|(word, account, expires)| {
            let kind = LinkKind::ALL.into_iter().find(|kind| kind.word() == word)?;
            Some(LinkRow { kind, account, expires: instant(expires) })
        }))
    }

    /// Uses the first link: makes the administrator. Says whether it did: not when the link is gone, or there is an account.
    pub async fn use_first_link(
        &self,
        digest: &Digest,
        new: &NewAdministrator<'_>,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let done = together!(self.base, tx => {
            let text = "DELETE FROM liens_uniques WHERE empreinte = $1 AND genre = 'premier' AND expire > $2";
            let link = sqlx::query(text).bind(&digest[..]).bind(micros(now)).execute(&mut *tx).await?.rows_affected();
            let text = "INSERT INTO comptes(id, identifiant, nom, mot_de_passe, cree_le) SELECT $1, $2, $3, $4, $5 \
                        WHERE NOT EXISTS (SELECT 1 FROM comptes)";
            let row = sqlx::query(text).bind(new.id).bind(new.login).bind(new.name).bind(new.hash).bind(micros(now));
            if link == 1 && row.execute(&mut *tx).await?.rows_affected() == 1 {
                for (entity, role) in new.roles {
                    let text = "INSERT INTO droits(entite, compte, role) VALUES($1, $2, $3)";
                    sqlx::query(text).bind(entity).bind(new.id).bind(role).execute(&mut *tx).await?;
                }
                Some(())
            } else {
                None
            }
        });
        Ok(done.is_some())
    }

    /// Uses a link to choose a password: every session of the account ends, and its other links die. Gives the account; none when the
    /// link is gone, or the account is disabled.
    pub async fn use_password_link(
        &self,
        digest: &Digest,
        hash: &str,
        now: Instant,
    ) -> Result<Option<String>, StoreError> {
        Ok(together!(self.base, tx => {
            let text = "DELETE FROM liens_uniques WHERE empreinte = $1 AND genre <> 'premier' AND expire > $2 RETURNING compte";
            let row = sqlx::query_scalar(text).bind(&digest[..]).bind(micros(now));
            let found: Vec<Option<String>> = row.fetch_all(&mut *tx).await?;
            match found.into_iter().next().flatten() {
                Some(account) => {
                    let text = "UPDATE comptes SET mot_de_passe = $2 WHERE id = $1 AND desactive_le IS NULL";
                    let row = sqlx::query(text).bind(&account).bind(hash);
                    let changed = row.execute(&mut *tx).await?.rows_affected();
                    sqlx::query("DELETE FROM sessions WHERE compte = $1").bind(&account).execute(&mut *tx).await?;
                    sqlx::query("DELETE FROM liens_uniques WHERE compte = $1").bind(&account).execute(&mut *tx).await?;
                    (changed == 1).then_some(account)
                }
                None => None,
            }
        }))
    }
}
