//! The accounts of people.

use super::{Accounts, either, together};
use crate::store::{StoreError, instant, micros};
use relance_core::day::Instant;

/// A person's account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Drawn when it was made.
    pub id: String,
    /// The e-mail address, folded.
    pub login: String,
    /// What people call them.
    pub name: String,
    /// Argon2id of the password, as a PHC string; none until one was chosen.
    pub password: Option<String>,
    /// The secret of the second factor, when there is one.
    pub totp: Option<Vec<u8>>,
    /// The one that is shown until a first code confirms it.
    pub totp_proposed: Option<Vec<u8>>,
    /// The step of the last code that was taken.
    pub totp_step: Option<i64>,
    /// When it was made.
    pub created: Instant,
    /// Since when it opens nothing, if so.
    pub disabled: Option<Instant>,
    /// Whom an OpenID Connect provider means by what name, when it is linked.
    pub subject: Option<String>,
}

type Raw = (
    String,
    String,
    String,
    Option<String>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<i64>,
    i64,
    Option<i64>,
    Option<String>,
);

pub(super) fn account(raw: Raw) -> AccountRow {
    let (id, login, name, password, totp, totp_proposed, totp_step, created, disabled, subject) = raw;
    let (created, disabled) = (instant(created), disabled.map(instant));
    AccountRow { id, login, name, password, totp, totp_proposed, totp_step, created, disabled, subject }
}

/// Without what opens a door: what is printed somewhere may be read by others.
impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow").field("id", &self.id).field("login", &self.login).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Whether there is any account.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let text = "SELECT COUNT(*) FROM comptes";
        let many: i64 = either!(self.base, pool => sqlx::query_scalar(text).fetch_one(pool).await)?;
        Ok(many == 0)
    }

    /// Makes an account that has no password yet. Says whether it was made: not when somebody has this login.
    pub async fn create(&self, id: &str, login: &str, name: &str, at: Instant) -> Result<bool, StoreError> {
        let text = "INSERT INTO comptes(id, identifiant, nom, cree_le) VALUES($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let made = either!(self.base, pool => {
            let row = sqlx::query(text).bind(id).bind(login).bind(name).bind(micros(at));
            row.execute(pool).await?.rows_affected()
        });
        Ok(made == 1)
    }

    /// An account.
    pub async fn account(&self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        let text = "SELECT id, identifiant, nom, mot_de_passe, totp, totp_propose, totp_pas, cree_le, desactive_le, sujet \
                    FROM comptes WHERE id = $1";
        Ok(either!(self.base, pool => sqlx::query_as(text).bind(id).fetch_optional(pool).await)?.map(account))
    }

    /// The account of a login, which is folded.
    pub async fn account_of(&self, login: &str) -> Result<Option<AccountRow>, StoreError> {
        let text = "SELECT id, identifiant, nom, mot_de_passe, totp, totp_propose, totp_pas, cree_le, desactive_le, sujet \
                    FROM comptes WHERE identifiant = $1";
        Ok(either!(self.base, pool => sqlx::query_as(text).bind(login).fetch_optional(pool).await)?.map(account))
    }

    /// The account that an OpenID Connect provider means.
    pub async fn account_of_subject(&self, issuer: &str, subject: &str) -> Result<Option<AccountRow>, StoreError> {
        let text = "SELECT id, identifiant, nom, mot_de_passe, totp, totp_propose, totp_pas, cree_le, desactive_le, sujet \
                    FROM comptes WHERE emetteur = $1 AND sujet = $2";
        let row =
            either!(self.base, pool => sqlx::query_as(text).bind(issuer).bind(subject).fetch_optional(pool).await)?;
        Ok(row.map(account))
    }

    /// Every account, by login.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        let text = "SELECT id, identifiant, nom, mot_de_passe, totp, totp_propose, totp_pas, cree_le, desactive_le, sujet \
                    FROM comptes ORDER BY identifiant";
        let rows = either!(self.base, pool => sqlx::query_as(text).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(account).collect())
    }

    /// Gives an account another name.
    pub async fn rename(&self, id: &str, name: &str) -> Result<(), StoreError> {
        let text = "UPDATE comptes SET nom = $2 WHERE id = $1";
        either!(self.base, pool => sqlx::query(text).bind(id).bind(name).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Says whom a provider means by a name; one name means one account.
    pub async fn link_subject(&self, id: &str, issuer: &str, subject: &str) -> Result<(), StoreError> {
        let text = "UPDATE comptes SET emetteur = $2, sujet = $3 WHERE id = $1";
        either!(self.base, pool => {
            sqlx::query(text).bind(id).bind(issuer).bind(subject).execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// Has an account open nothing any more, from now on; or lets it again. Its sessions end, its links die. Keys of programs that its person
    /// has made go on: they are the company's.
    pub async fn disable(&self, id: &str, since: Option<Instant>) -> Result<(), StoreError> {
        together!(self.base, tx => {
            let text = "UPDATE comptes SET desactive_le = $2 WHERE id = $1";
            sqlx::query(text).bind(id).bind(since.map(micros)).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM sessions WHERE compte = $1").bind(id).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM liens_uniques WHERE compte = $1").bind(id).execute(&mut *tx).await?;
            Some(())
        });
        Ok(())
    }

    /// Writes a new password; every session ends but the one that is named, and links to choose another die.
    pub async fn set_password(&self, id: &str, hash: &str, keep: Option<&super::Digest>) -> Result<(), StoreError> {
        let keep = keep.map_or(&[][..], |digest| &digest[..]);
        together!(self.base, tx => {
            let text = "UPDATE comptes SET mot_de_passe = $2 WHERE id = $1";
            sqlx::query(text).bind(id).bind(hash).execute(&mut *tx).await?;
            let text = "DELETE FROM sessions WHERE compte = $1 AND empreinte <> $2";
            sqlx::query(text).bind(id).bind(keep).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM liens_uniques WHERE compte = $1").bind(id).execute(&mut *tx).await?;
            Some(())
        });
        Ok(())
    }

    /// Writes the same password, hashed anew, unless it was changed meanwhile.
    pub async fn rehash(&self, id: &str, old: &str, new: &str) -> Result<(), StoreError> {
        let text = "UPDATE comptes SET mot_de_passe = $3 WHERE id = $1 AND mot_de_passe = $2";
        either!(self.base, pool => sqlx::query(text).bind(id).bind(old).bind(new).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Keeps a secret that is shown, until a first code confirms it.
    pub async fn propose_totp(&self, id: &str, secret: &[u8]) -> Result<(), StoreError> {
        let text = "UPDATE comptes SET totp_propose = $2 WHERE id = $1";
        either!(self.base, pool => sqlx::query(text).bind(id).bind(secret).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Makes the secret that was shown the one that counts, with the step of the code that confirms it, and replaces the recovery codes.
    /// Says whether it did: not when another was shown meanwhile.
    pub async fn confirm_totp(
        &self,
        id: &str,
        secret: &[u8],
        step: i64,
        codes: &[super::Digest],
    ) -> Result<bool, StoreError> {
        let done = together!(self.base, tx => {
            let text = "UPDATE comptes SET totp = totp_propose, totp_propose = NULL, totp_pas = $3 \
                        WHERE id = $1 AND totp_propose = $2";
            let row = sqlx::query(text).bind(id).bind(secret).bind(step);
            if row.execute(&mut *tx).await?.rows_affected() == 1 {
                sqlx::query("DELETE FROM codes_secours WHERE compte = $1").bind(id).execute(&mut *tx).await?;
                for code in codes {
                    let text = "INSERT INTO codes_secours(compte, empreinte) VALUES($1, $2)";
                    sqlx::query(text).bind(id).bind(&code[..]).execute(&mut *tx).await?;
                }
                Some(())
            } else {
                None
            }
        });
        Ok(done.is_some())
    }

    /// Takes the second factor away, with its recovery codes.
    pub async fn remove_totp(&self, id: &str) -> Result<(), StoreError> {
        together!(self.base, tx => {
            let text = "UPDATE comptes SET totp = NULL, totp_propose = NULL, totp_pas = NULL WHERE id = $1";
            sqlx::query(text).bind(id).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM codes_secours WHERE compte = $1").bind(id).execute(&mut *tx).await?;
            Some(())
        });
        Ok(())
    }

    /// Takes the code of a step, once: says whether it was still to be taken. Those of earlier steps are not, then.
    pub async fn take_totp(&self, id: &str, step: i64) -> Result<bool, StoreError> {
        let text = "UPDATE comptes SET totp_pas = $2 WHERE id = $1 AND totp IS NOT NULL AND (totp_pas IS NULL OR totp_pas < $2)";
        let taken =
            either!(self.base, pool => sqlx::query(text).bind(id).bind(step).execute(pool).await?.rows_affected());
        Ok(taken == 1)
    }
}
