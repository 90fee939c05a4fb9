//! Whether a base is whole, and the same as another.

use super::Place;
use super::base::Base;
use super::files;
use crate::store::{Ledgers, Store, StoreError, sqlite};
use relance_core::day::Instant;
use std::path::Path;

/// How many clients are read together.
const CLIENTS: usize = 500;

/// What is in a base.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inventory {
    /// The creditors.
    pub creditors: Vec<String>,
    /// How many clients they have.
    pub clients: usize,
    /// How many entries their journals have.
    pub entries: usize,
    /// Clients whose journal is not as it was written.
    pub touched: Vec<String>,
    /// The moment after which it knows nothing.
    pub since: Option<Instant>,
    /// Whether it carries that moment as a mark.
    pub marked: bool,
}

/// Examines a file that nobody works on. What is wrong is said of this file, not of the base.
pub(super) async fn examine(path: &Path) -> Result<Inventory, StoreError> {
    files::must_be_finished(path)?;
    let place = || path.display().to_string();
    read(path).await.map_err(|error| match error.sqlite() {
        Some(11) => StoreError::Damaged(place()),
        Some(26) => StoreError::Foreign(place()),
        _ => error,
    })
}

async fn read(path: &Path) -> Result<Inventory, StoreError> {
    let mut base = Base::still(path).await?;
    is_ours(&mut base, path).await?;
    if let Base::Sqlite(connection) = &mut base {
        let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(connection).await?;
        if found != "ok" {
            return Err(StoreError::Damaged(path.display().to_string()));
        }
    }
    let mark = base.mark().await?;
    let since = mark.as_ref().map(|mark| mark.since);
    let mut inventory = Inventory {
        creditors: base.creditors().await?,
        marked: mark.is_some(),
        since: if since.is_some() { since } else { base.clock().await? },
        ..Inventory::default()
    };
    base.close().await?;
    for creditor in inventory.creditors.clone() {
        let store = sqlite::Sqlite::still(path, &creditor).await?;
        let clients = store.recorded_clients().await?;
        inventory.clients += clients.len();
        for chunk in clients.chunks(CLIENTS) {
            for (ledger, _) in store.ledgers(chunk).await? {
                inventory.entries += ledger.rows.len();
                if !ledger.verify().is_empty() {
                    inventory.touched.push(ledger.client);
                }
            }
        }
        store.close().await;
    }
    Ok(inventory)
}

/// Makes sure that a file is a base of this version of Relance.
pub(super) async fn is_ours(base: &mut Base, path: &Path) -> Result<(), StoreError> {
    let Base::Sqlite(connection) = base else { return Ok(()) };
    let place = || path.display().to_string();
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(&mut *connection)
        .await?;
    if tables == 0 {
        return Err(StoreError::Foreign(place()));
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
            .fetch_all(connection)
            .await?;
    let known = |version: i64, checksum: &[u8]| {
        sqlite::MIGRATIONS.iter().any(|ours| ours.version == version && *ours.checksum == *checksum)
    };
    if !applied.iter().all(|(version, checksum)| known(*version, checksum)) {
        return Err(StoreError::OtherVersion(place()));
    }
    Ok(())
}

/// Compares two bases: every journal, every state, byte for byte.
pub(super) async fn same(from: &Place, to: &Place, creditors: Vec<String>) -> Result<Inventory, StoreError> {
    let mut inventory = Inventory { creditors, ..Inventory::default() };
    for creditor in inventory.creditors.clone() {
        let (old, new) = (store(from, &creditor).await?, store(to, &creditor).await?);
        let clients = old.recorded_clients().await?;
        if clients != new.recorded_clients().await? {
            return Err(StoreError::Copy(format!("clients de l’entité `{creditor}`")));
        }
        inventory.clients += clients.len();
        for chunk in clients.chunks(CLIENTS) {
            let (old, new) = (old.ledgers(chunk).await?, new.ledgers(chunk).await?);
            if let Some((there, _)) = old.iter().zip(&new).find(|(old, new)| old != new).map(|(old, _)| old) {
                return Err(StoreError::Copy(format!("client `{}`", there.client)));
            }
            for (ledger, _) in new {
                inventory.entries += ledger.rows.len();
                if !ledger.verify().is_empty() {
                    inventory.touched.push(ledger.client);
                }
            }
        }
        old.close().await;
        new.close().await;
    }
    Ok(inventory)
}

/// A creditor's part of a base that is not to be changed.
async fn store(place: &Place, creditor: &str) -> Result<Box<dyn Store>, StoreError> {
    match place {
        Place::File(path) if files::must_be_finished(path).is_ok() => {
            Ok(Box::new(sqlite::Sqlite::still(path, creditor).await?))
        }
        Place::File(path) => {
            Ok(Box::new(sqlite::Sqlite::open(&path.to_string_lossy(), Path::new(""), creditor).await?))
        }
        Place::Server(url) => Ok(Box::new(crate::store::postgres::Postgres::open(url, creditor).await?)),
    }
}
