//! SQLite: one file, one writer. Many rows a statement through `json_each`.

mod imports;
mod ledgers;
mod reading;
mod versions;
mod work;
mod writing;

use super::{Store, StoreError};
use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteTransaction, migrate::Migrator};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("src/migrations/sqlite");

/// One creditor's part of an SQLite base.
pub(super) struct Sqlite {
    pool: SqlitePool,
    entity: String,
    path: Option<PathBuf>,
}

impl Sqlite {
    /// Opens a file, relative to `project`, or `:memory:`.
    pub(super) async fn open(path: &str, project: &Path, entity: &str) -> Result<Sqlite, StoreError> {
        let error = |source| StoreError::Open { place: path.to_owned(), source };
        let (options, place) = if path == ":memory:" {
            (SqliteConnectOptions::from_str("sqlite::memory:").map_err(error)?, None)
        } else {
            let full = project.join(path);
            (SqliteConnectOptions::new().filename(&full), Some(full))
        };
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30))
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(error)?;
        MIGRATIONS.run(&pool).await?;
        Ok(Sqlite { pool, entity: entity.to_owned(), path: place })
    }

    /// Begins a transaction that holds the write lock from its start.
    async fn begin(&self) -> Result<SqliteTransaction<'static>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }
}

#[async_trait]
impl Store for Sqlite {
    fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    async fn news(&self) {
        // A file tells nobody: whoever wants to know looks.
        std::future::pending().await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
