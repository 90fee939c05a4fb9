//! Opening a base, scenario versions, imports.

use super::{StoreError, instant, micros, read, write};
use crate::import::Known;
use relance_core::day::Instant;
use relance_core::incoming::Incoming;
use relance_core::machine::Machine;
use relance_core::simulate::known;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, Transaction};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/migrations/sqlite");

/// How many rows one statement writes.
pub(super) const ROWS_PER_STATEMENT: usize = 1_000;

/// One creditor's part of a base.
#[derive(Clone)]
pub struct Store {
    pub(super) pool: SqlitePool,
    pub(super) entity: String,
    path: Option<PathBuf>,
}

impl Store {
    /// Opens a base, creating or migrating it as needed. `url` is `sqlite://path` or a bare path, relative to `project`.
    pub async fn open(url: &str, project: &Path, entity: &str) -> Result<Store, StoreError> {
        let path = match url.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if url.contains("://") => return Err(StoreError::Kind(url.to_owned())),
            None => url,
        };
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
        Ok(Store { pool, entity: entity.to_owned(), path: place })
    }

    /// The file of the base, if it is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Begins a transaction that holds the write lock from its start.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Puts a set of machines in force, if it is not already: every dossier is looked at again at `at`. Says whether anything changed.
    /// With `catch_up`, the invoices that this moves fire the highest rung already due.
    pub async fn put_in_force(
        &self,
        machines: &[(String, Machine)],
        digest: u64,
        at: Instant,
        catch_up: bool,
    ) -> Result<bool, StoreError> {
        let digest = digest.to_string();
        let mut tx = self.begin().await?;
        let last: Option<String> =
            sqlx::query_scalar("SELECT programme FROM publications WHERE entite = ?1 ORDER BY numero DESC LIMIT 1")
                .bind(&self.entity)
                .fetch_optional(&mut *tx)
                .await?;
        for (hash, machine) in machines {
            sqlx::query(
                "INSERT INTO scenarios(entite, empreinte, nom, machine, vu_le) VALUES(?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT(entite, empreinte) DO UPDATE SET machine = excluded.machine",
            )
            .bind(&self.entity)
            .bind(hash)
            .bind(&machine.name)
            .bind(write("scénario", machine)?)
            .bind(micros(at))
            .execute(&mut *tx)
            .await?;
        }
        let changed = last.as_deref() != Some(digest.as_str());
        if changed {
            let hashes: Vec<&str> = machines.iter().map(|(hash, _)| hash.as_str()).collect();
            sqlx::query(
                "INSERT INTO publications(entite, le, programme, empreintes, rattrapage) VALUES(?1, ?2, ?3, ?4, ?5)",
            )
            .bind(&self.entity)
            .bind(micros(at))
            .bind(&digest)
            .bind(write("publication", &hashes)?)
            .bind(catch_up)
            .execute(&mut *tx)
            .await?;
            sqlx::query("UPDATE dossiers SET reveil = MIN(COALESCE(reveil, ?2), ?2) WHERE entite = ?1")
                .bind(&self.entity)
                .bind(micros(at))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// The machines in force, or none before the first run.
    pub async fn machines_in_force(&self) -> Result<Vec<Machine>, StoreError> {
        let rows = sqlx::query(
            "SELECT machine FROM scenarios WHERE entite = ?1 AND empreinte IN (SELECT value FROM json_each(\
             (SELECT empreintes FROM publications WHERE entite = ?1 ORDER BY numero DESC LIMIT 1))) ORDER BY nom",
        )
        .bind(&self.entity)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read("scénario", row.get::<&str, _>(0))).collect()
    }

    /// Whether the invoices that the last publication moves are to catch up.
    pub async fn catches_up(&self) -> Result<bool, StoreError> {
        let last: Option<bool> =
            sqlx::query_scalar("SELECT rattrapage FROM publications WHERE entite = ?1 ORDER BY numero DESC LIMIT 1")
                .bind(&self.entity)
                .fetch_optional(&self.pool)
                .await?;
        Ok(last.unwrap_or(false))
    }

    /// Every version of every scenario that ever ran.
    pub async fn all_machines(&self) -> Result<Vec<Machine>, StoreError> {
        let rows = sqlx::query("SELECT machine FROM scenarios WHERE entite = ?1 ORDER BY empreinte")
            .bind(&self.entity)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| read("scénario", row.get::<&str, _>(0))).collect()
    }

    /// What earlier imports brought.
    pub async fn known(&self) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for (incoming, _) in self.everything_imported().await? {
            known.learn(&incoming);
        }
        Ok(known)
    }

    /// Everything imported, in the order in which it came, with the moment of its import.
    pub async fn everything_imported(&self) -> Result<Vec<(Incoming, Instant)>, StoreError> {
        let rows = sqlx::query("SELECT donnees, importee FROM entrees WHERE entite = ?1 ORDER BY numero")
            .bind(&self.entity)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((read("entrée", row.get::<&str, _>(0))?, instant(row.get(1))))).collect()
    }

    /// When payments were last imported, by an import that left none of them out.
    pub async fn payments_imported(&self) -> Result<Option<Instant>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT le FROM paiements WHERE entite = ?1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(last.map(instant))
    }

    /// Takes in what an import found; what is known already is left aside. Returns how many were new. With `payments`, balances are
    /// up to date from `at` on, and the files that waited for that are woken.
    pub async fn take_in(
        &self,
        incoming: &[Incoming],
        payments: bool,
        at: Instant,
        zone: chrono_tz::Tz,
        report: &serde_json::Value,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let mut taken = 0;
        for chunk in incoming.chunks(ROWS_PER_STATEMENT) {
            let mut rows = Vec::with_capacity(chunk.len());
            for thing in chunk {
                let data = write("entrée", thing)?;
                rows.push((&thing.id, &thing.client, micros(known(thing, zone)), data));
            }
            let done = sqlx::query(
                "INSERT INTO entrees(entite, id, client, connue, importee, donnees) \
                 SELECT ?1, value->>0, value->>1, value->>2, ?2, value->>3 FROM json_each(?3) WHERE true \
                 ON CONFLICT(entite, id) DO NOTHING",
            )
            .bind(&self.entity)
            .bind(micros(at))
            .bind(write("entrées", &rows)?)
            .execute(&mut *tx)
            .await?;
            taken += done.rows_affected();
        }
        if payments {
            self.payments_are_up_to_date(&mut tx, at).await?;
        }
        sqlx::query("INSERT INTO imports(entite, le, rapport) VALUES(?1, ?2, ?3)")
            .bind(&self.entity)
            .bind(micros(at))
            .bind(write("rapport", report)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(taken)
    }

    async fn payments_are_up_to_date(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        at: Instant,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO paiements(entite, le) VALUES(?1, ?2) ON CONFLICT(entite) DO UPDATE SET le = MAX(le, excluded.le)",
        )
        .bind(&self.entity)
        .bind(micros(at))
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "UPDATE dossiers SET reveil = MIN(COALESCE(reveil, ?2), ?2) WHERE entite = ?1 AND attend_paiements = 1",
        )
        .bind(&self.entity)
        .bind(micros(at))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Closes the base, so that its file is whole without its companions.
    pub async fn close(self) {
        self.pool.close().await;
    }
}
