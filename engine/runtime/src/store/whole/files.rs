//! The files of bases and backups: never one over another, never half of one under its name.

use crate::store::StoreError;
use relance_core::day::Instant;
use sqlx::sqlite::{SqliteConnectOptions, SqliteLockingMode};
use sqlx::{ConnectOptions, Connection, Executor};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What SQLite keeps beside a base at work.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// How long another program may take to let go of a base.
const PATIENCE: Duration = Duration::from_secs(2);

fn failed(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::File { place: path.display().to_string(), source }
}

/// A path with something behind its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(suffix);
    path.with_file_name(name)
}

/// Makes sure that nothing has this name, and that there is a folder for it.
pub(super) fn must_be_free(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(failed(folder)(io::ErrorKind::NotFound.into()));
    }
    if path.symlink_metadata().is_ok() { Err(StoreError::Exists(path.display().to_string())) } else { Ok(()) }
}

/// Makes sure that a file holds all of a base: nothing of it waits beside.
pub(super) fn must_be_finished(path: &Path) -> Result<(), StoreError> {
    let file = fs::metadata(path).map_err(failed(path))?;
    if !file.is_file() {
        return Err(StoreError::Foreign(path.display().to_string()));
    }
    let waits = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if waits { Err(StoreError::Unfinished(path.display().to_string())) } else { Ok(()) }
}

/// Makes sure that the file of a base is not empty: SQLite would take it for a new one.
pub(super) fn must_hold_something(base: &Path) -> Result<(), StoreError> {
    let empty = fs::metadata(base).is_ok_and(|file| file.is_file() && file.len() == 0);
    if empty { Err(StoreError::Empty(base.display().to_string())) } else { Ok(()) }
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

/// Copies a file, down to the disk.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::copy(from, to).map_err(failed(to))?;
    on_disk(to)
}

fn on_disk(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(failed(path))
}

/// Gives a finished file its name, for good.
pub(super) fn put(partial: &Path, path: &Path) -> Result<(), StoreError> {
    on_disk(partial)?;
    fs::rename(partial, path).map_err(failed(path))?;
    // The name is on the disk once its folder is; where folders cannot be opened, the system sees to it by itself.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Puts a finished file in the place of a base, which is kept aside: says where.
pub(super) fn replace(partial: &Path, base: &Path, at: Instant) -> Result<Option<PathBuf>, StoreError> {
    if base.symlink_metadata().is_err() {
        put(partial, base)?;
        return Ok(None);
    }
    let stem = base.file_stem().unwrap_or_default().to_string_lossy();
    let ending = base.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    let aside = base.with_file_name(format!("{stem}.avant-restauration-{}{ending}", at.format("%Y%m%d-%H%M%S")));
    must_be_free(&aside)?;
    // The log of the old base must not be read into the new one: it goes first.
    for companion in COMPANIONS {
        match fs::rename(beside(base, companion), beside(&aside, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(base)(error)),
            _ => {}
        }
    }
    // A second name, so that the base is never without a file; where the disk knows no second names, a new one.
    if fs::hard_link(base, &aside).is_err() {
        fs::rename(base, &aside).map_err(failed(&aside))?;
    }
    put(partial, base)?;
    Ok(Some(aside))
}

/// Makes sure that no other program has a base open. One that is too damaged to be asked has nobody who works on it.
pub(super) async fn alone(base: &Path) -> Result<(), StoreError> {
    if !base.is_file() {
        return Ok(());
    }
    let options = SqliteConnectOptions::new().filename(base).busy_timeout(PATIENCE);
    let asked = async {
        let mut connection = options.locking_mode(SqliteLockingMode::Exclusive).connect().await?;
        connection.execute("BEGIN EXCLUSIVE").await?;
        connection.execute("COMMIT").await?;
        connection.close().await
    };
    let refused = asked.await.err().and_then(|error| StoreError::Sql(error).sqlite());
    if matches!(refused, Some(5 | 6)) { Err(StoreError::AtWork(base.display().to_string())) } else { Ok(()) }
}
