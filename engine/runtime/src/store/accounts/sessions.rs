//! Who is logged in, from where.

use super::{Accounts, Digest, either, together};
use crate::store::{StoreError, instant, micros};
use relance_core::day::Instant;

/// How far a login has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The password was right; the second factor is awaited.
    Password,
    /// Open, of an account without a second factor.
    Open,
    /// Open, and the second factor was given.
    OpenWithSecond,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::Password => "mot_de_passe",
            Stage::Open => "ouverte",
            Stage::OpenWithSecond => "ouverte_deux",
        }
    }

    /// What cannot be read opens nothing.
    fn of(word: &str) -> Stage {
        match word {
            "ouverte" => Stage::Open,
            "ouverte_deux" => Stage::OpenWithSecond,
            _ => Stage::Password,
        }
    }
}

/// A session to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// SHA-256 of its token.
    pub digest: &'a Digest,
    /// What pages call it; drawn.
    pub id: &'a str,
    /// Whose.
    pub account: &'a str,
    /// When it ends at the latest.
    pub expires: Instant,
    /// The browser, shortened.
    pub agent: &'a str,
    /// How far it has come.
    pub stage: Stage,
}

/// A session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRow {
    /// What pages call it.
    pub id: String,
    /// Whose.
    pub account: String,
    /// When it began.
    pub created: Instant,
    /// When it was last used, to the minute.
    pub seen: Instant,
    /// When it ends at the latest.
    pub expires: Instant,
    /// The browser.
    pub agent: String,
    /// How far it has come.
    pub stage: Stage,
}

type Raw = (String, String, i64, i64, i64, String, String);

fn session((id, account, created, seen, expires, agent, stage): Raw) -> SessionRow {
    let (created, seen, expires) = (instant(created), instant(seen), instant(expires));
    SessionRow { id, account, created, seen, expires, agent, stage: Stage::of(&stage) }
}

impl Accounts {
    /// Opens a session, in the place of `instead` if there is one: a token never serves two stages. Says whether it did: not when that
    /// one has ended meanwhile.
    pub async fn open_session(
        &self,
        new: &NewSession<'_>,
        instead: Option<&Digest>,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let done = together!(self.base, tx => {
            let replaced = match instead {
                Some(old) => {
                    let text = "DELETE FROM sessions WHERE empreinte = $1 AND compte = $2";
                    let row = sqlx::query(text).bind(&old[..]).bind(new.account);
                    row.execute(&mut *tx).await?.rows_affected()
                }
                None => 1,
            };
            if replaced == 1 {
                let text = "INSERT INTO sessions(empreinte, id, compte, creee_le, vue_le, expire, agent, etape) \
                            VALUES($1, $2, $3, $4, $4, $5, $6, $7)";
                let row = sqlx::query(text).bind(&new.digest[..]).bind(new.id).bind(new.account).bind(micros(now));
                let row = row.bind(micros(new.expires)).bind(new.agent).bind(new.stage.word());
                row.execute(&mut *tx).await?;
                Some(())
            } else {
                None
            }
        });
        Ok(done.is_some())
    }

    /// A session, unless it has ended, or was not used since `idle`.
    pub async fn session(
        &self,
        digest: &Digest,
        now: Instant,
        idle: Instant,
    ) -> Result<Option<SessionRow>, StoreError> {
        let text = "SELECT id, compte, creee_le, vue_le, expire, agent, etape FROM sessions \
                    WHERE empreinte = $1 AND expire > $2 AND vue_le >= $3";
        let row = either!(self.base, pool => {
            sqlx::query_as(text).bind(&digest[..]).bind(micros(now)).bind(micros(idle)).fetch_optional(pool).await
        })?;
        Ok(row.map(session))
    }

    /// Notes that a session was used.
    pub async fn touch(&self, digest: &Digest, now: Instant) -> Result<(), StoreError> {
        let text = "UPDATE sessions SET vue_le = $2 WHERE empreinte = $1 AND vue_le < $2";
        either!(self.base, pool => sqlx::query(text).bind(&digest[..]).bind(micros(now)).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The open sessions of an account, the last used first.
    pub async fn sessions_of(&self, account: &str, now: Instant, idle: Instant) -> Result<Vec<SessionRow>, StoreError> {
        let text = "SELECT id, compte, creee_le, vue_le, expire, agent, etape FROM sessions \
                    WHERE compte = $1 AND expire > $2 AND vue_le >= $3 AND etape <> 'mot_de_passe' ORDER BY vue_le DESC, id";
        let rows = either!(self.base, pool => {
            sqlx::query_as(text).bind(account).bind(micros(now)).bind(micros(idle)).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(session).collect())
    }

    /// Ends the session of a token.
    pub async fn end_session(&self, digest: &Digest) -> Result<(), StoreError> {
        let text = "DELETE FROM sessions WHERE empreinte = $1";
        either!(self.base, pool => sqlx::query(text).bind(&digest[..]).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Ends one session of an account, by the name that pages give it; says whether there was one.
    pub async fn end_session_of(&self, account: &str, id: &str) -> Result<bool, StoreError> {
        let text = "DELETE FROM sessions WHERE compte = $1 AND id = $2";
        let ended =
            either!(self.base, pool => sqlx::query(text).bind(account).bind(id).execute(pool).await?.rows_affected());
        Ok(ended > 0)
    }

    /// Ends every session of an account but one, if one is named.
    pub async fn end_sessions_of(&self, account: &str, keep: Option<&Digest>) -> Result<(), StoreError> {
        let keep = keep.map_or(&[][..], |digest| &digest[..]);
        let text = "DELETE FROM sessions WHERE compte = $1 AND empreinte <> $2";
        either!(self.base, pool => sqlx::query(text).bind(account).bind(keep).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Takes out what has ended: sessions, links, answers kept for a while. To be called from time to time.
    pub async fn sweep(&self, now: Instant, idle: Instant) -> Result<(), StoreError> {
        let sessions = "DELETE FROM sessions WHERE expire <= $1 OR vue_le < $2";
        either!(self.base, pool => {
            sqlx::query(sessions).bind(micros(now)).bind(micros(idle)).execute(pool).await?;
            for text in ["DELETE FROM liens_uniques WHERE expire <= $1", "DELETE FROM idempotences WHERE expire <= $1"] {
                sqlx::query(text).bind(micros(now)).execute(pool).await?;
            }
        });
        Ok(())
    }
}
