//! One connection to a base of either kind, for what concerns all creditors.

use super::Place;
use super::tables::{PASSING, TABLES};
use crate::store::mark::{Mark, Why, mark};
use crate::store::{StoreError, instant, micros, postgres, sqlite};
use relance_core::day::Instant;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::path::Path;
use std::time::Duration;

/// How long to wait for a base that another program writes to.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub(super) enum Base {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(PgConnection),
}

/// The same on a connection of either kind.
macro_rules! either {
    ($base:expr, $connection:ident => $what:expr) => {
        match $base {
            Base::Sqlite($connection) => $what,
            Base::Postgres($connection) => $what,
        }
    };
}

impl Base {
    /// Opens a base that is there.
    pub(super) async fn open(place: &Place) -> Result<Base, StoreError> {
        match place {
            Place::File(path) => {
                let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE);
                Ok(Base::Sqlite(options.connect().await.map_err(opening(path))?))
            }
            Place::Server(url) => Ok(Base::Postgres(postgres::connect(url).await?)),
        }
    }

    /// Opens a base with its tables, made if it is not there.
    pub(super) async fn made(place: &Place) -> Result<Base, StoreError> {
        let mut base = match place {
            Place::File(path) => {
                let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).create_if_missing(true);
                Base::Sqlite(options.connect().await.map_err(opening(path))?)
            }
            Place::Server(_) => Base::open(place).await?,
        };
        match &mut base {
            Base::Sqlite(connection) => sqlite::MIGRATIONS.run(connection).await?,
            Base::Postgres(connection) => postgres::MIGRATIONS.run(connection).await?,
        }
        Ok(base)
    }

    /// Opens a file that nobody changes, without a trace beside it.
    pub(super) async fn still(path: &Path) -> Result<Base, StoreError> {
        Ok(Base::Sqlite(sqlite::still(path).connect().await.map_err(opening(path))?))
    }

    /// Closes it, so that a file is whole.
    pub(super) async fn close(self) -> Result<(), StoreError> {
        Ok(either!(self, connection => connection.close().await)?)
    }

    /// Begins to read everything as it is at one moment.
    pub(super) async fn freeze(&mut self) -> Result<(), StoreError> {
        match self {
            Base::Sqlite(connection) => connection.execute("BEGIN").await.map(drop)?,
            Base::Postgres(connection) => {
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(drop)?;
            }
        }
        Ok(())
    }

    /// Begins to write.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Base::Sqlite(connection) => connection.execute("BEGIN IMMEDIATE").await.map(drop)?,
            Base::Postgres(connection) => connection.execute("BEGIN").await.map(drop)?,
        }
        Ok(())
    }

    /// Ends what was begun.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        either!(self, connection => connection.execute("COMMIT").await.map(drop))?;
        Ok(())
    }

    /// Forgets what was begun, if anything was.
    pub(super) async fn roll_back(&mut self) {
        // Without anything begun, the base refuses: nothing to forget.
        let _ = either!(self, connection => connection.execute("ROLLBACK").await.map(drop));
    }

    /// Takes every row out of every table of a base that was just filled.
    pub(super) async fn empty_tables(&mut self) -> Result<(), StoreError> {
        match self {
            Base::Postgres(connection) => {
                let names: Vec<&str> = TABLES.iter().map(|table| table.name).chain(PASSING).collect();
                let text = format!("TRUNCATE marques, {}", names.join(", "));
                connection.execute(AssertSqlSafe(text)).await?;
            }
            Base::Sqlite(connection) => {
                // The guards of the journal, of the documents and of the audit are put back afterwards, as they were.
                let guards: Vec<String> = sqlx::query_scalar(
                    "SELECT sql FROM sqlite_schema WHERE name LIKE '%\\_sans\\_suppression' ESCAPE '\\'",
                )
                .fetch_all(&mut *connection)
                .await?;
                connection
                    .execute(
                        "BEGIN IMMEDIATE; DROP TRIGGER journal_sans_suppression; DROP TRIGGER documents_sans_suppression; \
                         DROP TRIGGER audit_sans_suppression; DELETE FROM marques",
                    )
                    .await?;
                for table in &TABLES {
                    connection.execute(AssertSqlSafe(format!("DELETE FROM {}", table.name))).await?;
                }
                for guard in guards {
                    connection.execute(AssertSqlSafe(guard)).await?;
                }
                connection.execute("COMMIT").await?;
            }
        }
        Ok(())
    }

    /// Takes out of a copy in a file what copies do not carry, so that no trace of it stays in free places.
    pub(super) async fn empty_passing(&mut self) -> Result<(), StoreError> {
        let deletions = PASSING.map(|table| format!("DELETE FROM {table}; ")).concat();
        if let Base::Sqlite(connection) = self {
            connection.execute(AssertSqlSafe(format!("PRAGMA secure_delete = ON; {deletions}"))).await?;
        }
        Ok(())
    }

    /// How many rows a table has.
    pub(super) async fn count(&mut self, table: &str) -> Result<u64, StoreError> {
        let text = format!("SELECT COUNT(*) FROM {table}");
        let rows: i64 =
            either!(self, connection => sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(connection).await)?;
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    /// The creditors, by name.
    pub(super) async fn creditors(&mut self) -> Result<Vec<String>, StoreError> {
        let text = "SELECT entite FROM dossiers UNION SELECT entite FROM publications UNION SELECT entite FROM imports \
                    UNION SELECT entite FROM scenarios UNION SELECT entite FROM horloges ORDER BY 1";
        Ok(either!(self, connection => sqlx::query_scalar(text).fetch_all(connection).await)?)
    }

    /// The latest moment to which any creditor's base has been moved.
    pub(super) async fn clock(&mut self) -> Result<Option<Instant>, StoreError> {
        let last: Option<i64> = either!(self, connection => sqlx::query_scalar("SELECT MAX(le) FROM horloges").fetch_one(connection).await)?;
        Ok(last.map(instant))
    }

    /// A mark, if any creditor has one.
    pub(super) async fn mark(&mut self) -> Result<Option<Mark>, StoreError> {
        let text = "SELECT motif, depuis, vers FROM marques ORDER BY entite LIMIT 1";
        let row = either!(self, connection => sqlx::query_as(text).fetch_optional(connection).await)?;
        Ok(row.map(mark))
    }

    /// Marks every creditor, once imports that are under way are over; with none, takes the marks away.
    pub(super) async fn set_mark(&mut self, what: Option<(Why, Instant, Option<&str>)>) -> Result<(), StoreError> {
        let creditors = self.creditors().await?;
        self.begin().await?;
        if let Base::Postgres(connection) = self {
            for creditor in &creditors {
                sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('relance import ' || $1, 0))")
                    .bind(creditor)
                    .execute(&mut *connection)
                    .await?;
            }
        }
        either!(self, connection => connection.execute("DELETE FROM marques").await.map(drop))?;
        if let Some((why, since, to)) = what {
            self.marked(&creditors, why, since, to).await?;
        }
        self.commit().await
    }

    /// Writes a mark for these creditors.
    pub(super) async fn marked(
        &mut self,
        creditors: &[String],
        why: Why,
        since: Instant,
        to: Option<&str>,
    ) -> Result<(), StoreError> {
        let text = "INSERT INTO marques(entite, motif, depuis, vers) VALUES($1, $2, $3, $4)";
        for creditor in creditors {
            either!(self, connection => {
                let row = sqlx::query(text).bind(creditor).bind(why.word()).bind(micros(since)).bind(to);
                row.execute(connection).await.map(drop)
            })?;
        }
        Ok(())
    }

    /// Whether runners work on it, as far as that can be seen: a server knows their leases.
    pub(super) async fn is_at_work(&mut self) -> Result<bool, StoreError> {
        match self {
            Base::Sqlite(_) => Ok(false),
            Base::Postgres(connection) => {
                let text = "SELECT EXISTS(SELECT 1 FROM prises WHERE bail > relance_horloge())";
                Ok(sqlx::query_scalar(text).fetch_one(connection).await?)
            }
        }
    }

    /// Whether no table has a row.
    pub(super) async fn is_empty(&mut self) -> Result<bool, StoreError> {
        for table in &TABLES {
            if self.count(table.name).await? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Why a file does not open.
fn opening(path: &Path) -> impl FnOnce(sqlx::Error) -> StoreError {
    let place = path.display().to_string();
    move |source| StoreError::Open { place, source }
}
