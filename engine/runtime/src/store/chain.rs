//! The chain of a client's journal: each entry has a digest of its text, and a link that covers the digest and everything before it. The
//! digests are salted, so that an erased text cannot be guessed from its digest once the salt is destroyed; the client's file keeps the
//! salt, the head and the length, so that an end that was cut off is found too.

use super::{StoreError, micros, write};
use relance_core::event::Entry;
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What the link before the first entry would be.
pub(super) const START: Hash = [0; 32];

/// Where the chain of a client's journal stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    salt: Vec<u8>,
    head: Hash,
    length: u64,
}

/// The chain as the row of the client's file keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StoredHead {
    /// The salt; none before the first entry and after an erasure.
    pub salt: Option<Vec<u8>>,
    /// The last link; none before the first entry.
    pub head: Option<Vec<u8>>,
    /// How many entries there are.
    pub length: i64,
}

/// An entry of the journal, sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Its position in the client's journal, from 1.
    pub position: u64,
    /// Its exact text.
    pub text: String,
    /// The digest of the text.
    pub digest: Hash,
    /// The link.
    pub chain: Hash,
}

impl Chain {
    /// The chain to go on with. A file without a salt draws one.
    pub fn resume(stored: StoredHead) -> Result<Chain, StoreError> {
        let salt = match stored.salt {
            Some(salt) => salt,
            None => {
                let mut salt = vec![0; 16];
                getrandom::fill(&mut salt).map_err(|_| StoreError::Random)?;
                salt
            }
        };
        // A head that is none leads to links that [`Ledger::verify`](super::Ledger::verify) does not accept.
        let head = stored.head.and_then(|head| head.try_into().ok()).unwrap_or(START);
        Ok(Chain { salt, head, length: u64::try_from(stored.length).unwrap_or(0) })
    }

    /// Appends an entry.
    pub fn append(&mut self, entry: &Entry) -> Result<Link, StoreError> {
        let text = write("entrée du journal", entry)?;
        let position = self.length + 1;
        let digest = digest(&self.salt, position, &text);
        let chain = link(&self.head, position, micros(entry.at), &digest);
        (self.head, self.length) = (chain, position);
        Ok(Link { position, text, digest, chain })
    }

    /// The salt.
    pub(super) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The last link.
    pub(super) fn head(&self) -> &Hash {
        &self.head
    }

    /// How many entries there are.
    pub(super) fn length(&self) -> i64 {
        i64::try_from(self.length).unwrap_or(i64::MAX)
    }
}

/// The digest of an entry's text at its position.
pub(super) fn digest(salt: &[u8], position: u64, text: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(position.to_be_bytes());
    hash.update(text.as_bytes());
    hash.finalize().into()
}

/// The link of an entry to what comes before.
pub(super) fn link(last: &Hash, position: u64, at: i64, digest: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(last);
    hash.update(position.to_be_bytes());
    hash.update(at.to_be_bytes());
    hash.update(digest);
    hash.finalize().into()
}

/// Bytes as hexadecimal digits, for SQLite's `unhex`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| DIGITS.get(usize::from(n)).map_or('0', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
