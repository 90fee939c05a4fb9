//! Where everything is kept: journal, dossiers, outbox. One semantic interface; SQLite behind it.

mod due;
mod reading;
mod sqlite;
mod writing;

pub use due::{Due, Loaded};
pub use reading::{JournalRow, OutboxCounts};
pub use sqlite::Store;
pub use writing::{Commit, DossierRow, OutboxChange, OutboxStatus};

use relance_core::day::Instant;

/// What went wrong with the store, in French, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The base cannot be opened.
    #[error(
        "la base {place} ne s’ouvre pas : {source}\n  aide : vérifiez le chemin et les droits, ou indiquez une autre base par --base"
    )]
    Open {
        /// Where it is.
        place: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error(
        "la base a refusé une opération : {0}\n  aide : si le disque est plein ou la base verrouillée par un autre programme, libérez-les et recommencez ; rien n’est perdu"
    )]
    Sql(#[from] sqlx::Error),
    /// A migration failed.
    #[error(
        "la base ne se met pas à jour : {0}\n  aide : une version plus récente de Relance a peut-être servi ; utilisez-la, ou une autre base"
    )]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored value cannot be read.
    #[error(
        "donnée illisible dans la base ({what}) : {source}\n  aide : la base a peut-être été modifiée à la main ; reprenez une sauvegarde"
    )]
    Data {
        /// Which.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The URL is of an unknown kind.
    #[error(
        "base `{0}` : seules les bases SQLite sont prises en charge par cette version\n  aide : écrivez sqlite://chemin/vers/relance.db"
    )]
    Kind(String),
}

pub(crate) fn micros(at: Instant) -> i64 {
    at.timestamp_micros()
}

pub(crate) fn instant(micros: i64) -> Instant {
    chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Data { what: what.to_owned(), source })
}

pub(crate) fn write<T: serde::Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Data { what: what.to_owned(), source })
}
