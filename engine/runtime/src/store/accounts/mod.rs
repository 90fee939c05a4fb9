//! Who may enter, what each may do, and what they did: accounts, rights, sessions, keys, links, tries, requests. They belong to the base as
//! a whole, not to one creditor; so there is a handle of its own beside the creditors' stores, with connections of its own.
//!
//! A statement is written once for both kinds of base. What must happen once is one statement that looks and changes together, or a
//! transaction that begins with the change: two who try at the same moment are told apart by the base. Nothing here draws, hashes or
//! judges: digests and moments come from whoever calls.

mod attempts;
mod audit;
mod codes;
mod idempotence;
mod keys;
mod links;
mod people;
mod portal;
mod requests;
mod rights;
mod sessions;

pub use attempts::{Limit, Turn};
pub use audit::{AuditFilter, AuditRow, Noted};
pub use idempotence::{Bearer, Begun};
pub use keys::{KeyRow, NewKey};
pub use links::{LinkKind, LinkRow, NewAdministrator};
pub use people::AccountRow;
pub use portal::{NewPortalLink, PortalLink};
pub use requests::{Decided, NewRequest, RequestRow, Ruling};
pub use sessions::{NewSession, SessionRow, Stage};

use super::{StoreError, file_of, postgres, sqlite};
use sqlx::{PgPool, SqlitePool};
use std::path::Path;

/// A SHA-256: all that is kept of what opens a door.
pub type Digest = [u8; 32];

/// How many people are answered at once on a file: many read, one writes.
const CONNECTIONS: u32 = 4;

/// Accounts and all that goes with them, in one base.
#[derive(Clone, Debug)]
pub struct Accounts {
    base: Pool,
}

/// Connections to a base of either kind.
#[derive(Clone, Debug)]
pub(in crate::store) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The same on either kind of base.
macro_rules! either {
    ($base:expr, $pool:ident => $what:expr) => {
        match &$base {
            $crate::store::accounts::Pool::Sqlite($pool) => $what,
            $crate::store::accounts::Pool::Postgres($pool) => $what,
        }
    };
}

/// The same in a transaction on either kind of base. What it gives is `Some` when it is to be committed, else it is undone.
macro_rules! together {
    ($base:expr, $tx:ident => $what:block) => {
        match &$base {
            $crate::store::accounts::Pool::Sqlite(pool) => {
                let mut $tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                let done = $what;
                if done.is_some() {
                    $tx.commit().await?
                } else {
                    $tx.rollback().await?
                };
                done
            }
            $crate::store::accounts::Pool::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let done = $what;
                if done.is_some() {
                    $tx.commit().await?
                } else {
                    $tx.rollback().await?
                };
                done
            }
        }
    };
}

pub(crate) use {either, together};

impl Accounts {
    /// Opens the accounts of a base, created or migrated as needed; `url` as for [`open`](super::open).
    pub async fn open(url: &str, project: &Path) -> Result<Accounts, StoreError> {
        let base = match file_of(url)? {
            // What is in memory is in one connection's.
            Some(":memory:") => Pool::Sqlite(sqlite::Sqlite::pool(":memory:", project, 1).await?.0),
            Some(path) => Pool::Sqlite(sqlite::Sqlite::pool(path, project, CONNECTIONS).await?.0),
            None => Pool::Postgres(postgres::Postgres::pool(url).await?),
        };
        Ok(Accounts { base })
    }

    /// Closes it, so that a file is whole without its companions.
    pub async fn close(&self) {
        either!(self.base, pool => pool.close().await);
    }
}
