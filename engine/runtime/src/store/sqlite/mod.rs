//! SQLite: one file, one writer. Many rows a statement through `json_each`.

mod documents;
mod imports;
mod ledgers;
mod notices;
mod reading;
mod versions;
mod work;
mod workbench;
mod writing;

use super::{Mark, Store, StoreError, mark};
use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteTransaction, migrate::Migrator};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("src/migrations/sqlite");

/// A new file's pages, in bytes: a client's and an invoice's state fit in them for years without an overflow page.
const PAGE: u32 = 8192;
/// What a connection keeps of the file, in KiB (SQLite's sign for that is the minus): the pages of a batch, which are else written twice.
const CACHE: &str = "-32768";
/// How many pages gather beside the file before they are written into it: those of several batches are often the same.
const CHECKPOINT: &str = "4000";

/// How many rows of an answer wait to be read: with fewer, the thread that reads the file stops and goes on for each handful.
const ROWS_AT_ONCE: usize = 10_000;

/// How many look at a file at once beside a run.
const BESIDE: u32 = 4;

/// One creditor's part of an SQLite base.
pub(super) struct Sqlite {
    pool: SqlitePool,
    entity: String,
    path: Option<PathBuf>,
}

/// A pool that never retires its connections: whoever looks for old ones may count them while one is taken, find more than there can be,
/// and look for ever.
fn connections(many: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(many).idle_timeout(None).max_lifetime(None)
}

impl Sqlite {
    /// Opens a file, relative to `project`, or `:memory:`.
    pub(super) async fn open(path: &str, project: &Path, entity: &str) -> Result<Sqlite, StoreError> {
        let (pool, path) = Sqlite::pool(path, project, 1).await?;
        Ok(Sqlite { pool, entity: entity.to_owned(), path })
    }

    /// The same with several connections. What is in memory is in one connection's.
    pub(super) async fn open_beside(path: &str, project: &Path, entity: &str) -> Result<Sqlite, StoreError> {
        let many = if path == ":memory:" { 1 } else { BESIDE };
        let (pool, path) = Sqlite::pool(path, project, many).await?;
        Ok(Sqlite { pool, entity: entity.to_owned(), path })
    }

    /// Connections to a file, relative to `project`, or to `:memory:`, and the file.
    pub(super) async fn pool(
        path: &str,
        project: &Path,
        many: u32,
    ) -> Result<(SqlitePool, Option<PathBuf>), StoreError> {
        let error = |source| StoreError::Open { place: path.to_owned(), source };
        let (options, place) = if path == ":memory:" {
            (SqliteConnectOptions::from_str("sqlite::memory:").map_err(error)?, None)
        } else {
            let full = project.join(path);
            if is_empty(&full).await {
                return Err(StoreError::Empty(path.to_owned()));
            }
            (SqliteConnectOptions::new().filename(&full), Some(full))
        };
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30))
            .foreign_keys(true)
            .page_size(PAGE)
            .pragma("cache_size", CACHE)
            .pragma("wal_autocheckpoint", CHECKPOINT)
            .row_buffer_size(ROWS_AT_ONCE);
        let pool = connections(many)
            // A file does not go away as a server does.
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(error)?;
        MIGRATIONS.run(&pool).await?;
        Ok((pool, place))
    }

    /// Opens a file that nobody changes, to read it without a trace beside it.
    pub(super) async fn still(path: &Path, entity: &str) -> Result<Sqlite, StoreError> {
        let error = |source| StoreError::Open { place: path.display().to_string(), source };
        let pool = connections(1).connect_with(still(path)).await.map_err(error)?;
        Ok(Sqlite { pool, entity: entity.to_owned(), path: Some(path.to_owned()) })
    }

    /// Begins a transaction that holds the write lock from its start.
    async fn begin(&self) -> Result<SqliteTransaction<'static>, StoreError> {
        let begun = self.pool.begin_with("BEGIN IMMEDIATE").await;
        if self.path.is_none()
            || !matches!(begun, Err(sqlx::Error::InvalidSavePointStatement | sqlx::Error::BeginFailed))
        {
            return Ok(begun?);
        }
        // SQLite ends a transaction by itself when the disk is full, and sqlx counts it all the same: a new connection begins at zero.
        let _ = self.pool.acquire().await?.close().await;
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Whether a file is there with nothing in it. One that another program is just making has something in a moment.
async fn is_empty(path: &Path) -> bool {
    for _ in 0..20 {
        if !std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == 0) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    true
}

/// How a file is opened that nobody changes.
pub(super) fn still(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).read_only(true).immutable(true)
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

    async fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let row = sqlx::query_as("SELECT motif, depuis, vers FROM marques WHERE entite = ?1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(mark::mark))
    }

    async fn unmark(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM marques WHERE entite = ?1").bind(&self.entity).execute(&self.pool).await?;
        Ok(())
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
