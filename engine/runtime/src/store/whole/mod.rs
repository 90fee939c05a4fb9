//! A base as a whole, all its creditors together: backed up into a file, examined, put back, moved to another base.
//!
//! A backup is an SQLite file, whatever the base: one form serves both. Backups and bases that were moved carry a [`Mark`](super::Mark),
//! so that none sends again what left elsewhere, even when a file was only copied by hand.

mod base;
mod check;
mod copy;
mod files;
mod tables;

pub use check::Inventory;

use super::mark::Why;
use super::{StoreError, postgres};
use base::Base;
use relance_core::day::Instant;
use std::path::{Path, PathBuf};

/// Where a base is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// On a PostgreSQL server.
    Server(String),
}

impl Place {
    /// The place that a URL names, as [`open`](super::open) reads it.
    pub fn of(url: &str, project: &Path) -> Result<Place, StoreError> {
        match super::file_of(url)? {
            Some(path) => Ok(Place::File(project.join(path))),
            None => Ok(Place::Server(url.to_owned())),
        }
    }

    /// How people read it: without a password.
    pub fn shown(&self) -> String {
        match self {
            Place::File(path) => path.display().to_string(),
            Place::Server(url) => postgres::without_password(url),
        }
    }
}

/// Writes a backup of a base, as it is at one moment, while others work on it; then examines what was written. Never over another file.
pub async fn back_up(base: &Place, to: &Path, at: Instant) -> Result<Inventory, StoreError> {
    files::must_be_free(to)?;
    let partial = files::beside(to, ".partiel");
    files::remove(&partial)?;
    let made = async {
        write_backup(base, &partial, at).await?;
        let inventory = check::examine(&partial).await?;
        files::must_be_free(to)?;
        files::put(&partial, to)?;
        Ok(inventory)
    };
    let made = made.await;
    if made.is_err() {
        files::remove(&partial)?;
    }
    made
}

async fn write_backup(base: &Place, to: &Path, at: Instant) -> Result<(), StoreError> {
    let target = Place::File(to.to_owned());
    let mut from = Base::open(base).await?;
    if let Place::File(path) = base {
        files::must_hold_something(path)?;
        check::is_ours(&mut from, path).await?;
    }
    if let Base::Sqlite(connection) = &mut from {
        let path = to.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(path).execute(connection).await?;
    } else {
        let mut to = Base::made(&target).await?;
        from.freeze().await?;
        to.begin().await?;
        copy::everything(&mut from, &mut to).await?;
        to.commit().await?;
        from.commit().await?;
        to.close().await?;
    }
    from.close().await?;
    let mut written = Base::open(&target).await?;
    written.empty_passing().await?;
    written.set_mark(Some((Why::Backup, at, None))).await?;
    written.close().await
}

/// Reads a backup, or any file of a base that nobody works on, and says what is in it: an error when it is not whole, or not a base.
pub async fn examine(backup: &Path) -> Result<Inventory, StoreError> {
    check::examine(backup).await
}

/// Puts an examined backup in the place of a base's file, which is kept aside: says where. The caller holds the base's lock.
pub async fn put_back(
    backup: &Path,
    examined: &Inventory,
    base: &Path,
    at: Instant,
) -> Result<Option<PathBuf>, StoreError> {
    files::alone(base).await?;
    let partial = files::beside(base, ".partiel");
    files::remove(&partial)?;
    let made = async {
        files::copy(backup, &partial)?;
        // A copy that was made by other means does not say since when things are unknown: no later than its own clock.
        if !examined.marked {
            let mut copy = Base::open(&Place::File(partial.clone())).await?;
            copy.empty_passing().await?;
            copy.set_mark(Some((Why::Backup, examined.since.unwrap_or(at), None))).await?;
            copy.close().await?;
        }
        files::replace(&partial, base, at)
    };
    let made = made.await;
    if made.is_err() {
        files::remove(&partial)?;
    }
    made
}

/// Moves a base into another, empty one, and compares them. The old one is marked, so that only the new one runs. The caller holds the
/// lock of a file.
pub async fn transfer(from: &Place, to: &Place, at: Instant) -> Result<Inventory, StoreError> {
    let mut source = Base::open(from).await?;
    if let Base::Sqlite(_) = &source {
        check::is_ours(&mut source, Path::new(&from.shown())).await?;
    }
    if let Some(mark) = source.mark().await? {
        return Err(StoreError::Marked(mark));
    }
    let mut target = empty(to).await?;
    source.set_mark(Some((Why::Moved, at, Some(&to.shown())))).await?;
    let done = async {
        if source.is_at_work().await? {
            return Err(StoreError::AtWork(from.shown()));
        }
        fill(&mut source, &mut target, at).await?;
        let inventory = check::same(from, to, source.creditors().await?).await?;
        target.set_mark(None).await?;
        Ok(inventory)
    };
    let done = done.await;
    if done.is_err() {
        // Nobody may find half of it, and the old base goes on. A source that cannot be reached now stays marked, which says what to do.
        let _ = clear(&mut target).await;
        source.roll_back().await;
        source.set_mark(None).await?;
    }
    source.close().await?;
    target.close().await?;
    done
}

/// Fills an empty base on a server from an examined backup.
pub async fn put_back_into(backup: &Path, examined: &Inventory, to: &Place, at: Instant) -> Result<(), StoreError> {
    let from = Place::File(backup.to_owned());
    let (mut source, mut target) = (Base::still(backup).await?, empty(to).await?);
    let done = async {
        fill(&mut source, &mut target, at).await?;
        check::same(&from, to, source.creditors().await?).await?;
        target.set_mark(Some((Why::Backup, examined.since.unwrap_or(at), None))).await
    };
    let done = done.await;
    if done.is_err() {
        let _ = clear(&mut target).await;
    }
    target.close().await?;
    done
}

/// Opens a base that must be empty; what a transfer that was cut off has left there goes.
async fn empty(place: &Place) -> Result<Base, StoreError> {
    let mut base = Base::made(place).await?;
    if base.mark().await?.is_some_and(|mark| mark.why == Why::Filling) {
        clear(&mut base).await?;
    }
    if !base.is_empty().await? {
        return Err(StoreError::Occupied(place.shown()));
    }
    Ok(base)
}

/// Copies everything, under a mark: until it has been compared, nobody runs it.
async fn fill(from: &mut Base, to: &mut Base, at: Instant) -> Result<(), StoreError> {
    from.freeze().await?;
    to.begin().await?;
    copy::everything(from, to).await?;
    let creditors = from.creditors().await?;
    to.marked(&creditors, Why::Filling, at, None).await?;
    to.commit().await?;
    from.commit().await
}

/// Empties a base that was empty before a transfer.
async fn clear(base: &mut Base) -> Result<(), StoreError> {
    // What was begun and did not end.
    base.roll_back().await;
    base.empty_tables().await
}
