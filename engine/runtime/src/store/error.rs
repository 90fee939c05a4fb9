//! What can go wrong with a base, in French, with what to do.

/// What went wrong with the store, in French, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The base cannot be opened.
    #[error(
        "la base {place} ne s’ouvre pas : {source}\n  aide : vérifiez le chemin et les droits, ou indiquez une autre base par --base"
    )]
    Open {
        /// Where it is, without its password.
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
        "base `{0}` : Relance connaît SQLite et PostgreSQL\n  aide : écrivez sqlite://chemin/vers/relance.db ou postgres://utilisateur@machine/base"
    )]
    Kind(String),
}
