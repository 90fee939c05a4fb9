//! What keeps an answer from being given at all.

use relance_engine::store::StoreError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The base.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random numbers.
    #[error(
        "le système ne donne pas de nombres aléatoires : aucun accès ne peut être créé\n  aide : vérifiez l’accès à /dev/urandom"
    )]
    Random,
    /// Too many passwords are being checked.
    #[error("le serveur vérifie déjà beaucoup de mots de passe\n  aide : recommencez dans quelques secondes")]
    Busy,
    /// A password could not be hashed: not enough memory, or a task that ended badly.
    #[error(
        "le mot de passe n’a pas pu être vérifié\n  aide : recommencez ; si cela dure, vérifiez la mémoire du serveur"
    )]
    Hashing,
}
