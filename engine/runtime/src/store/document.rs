//! What is kept of what left or came back: messages as they were handed over, letters, proofs.

use super::chain::hex;
use super::{ROWS_PER_STATEMENT, StoreError, instant, micros};
use async_trait::async_trait;
use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use relance_core::day::Instant;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::io::Read;

/// How many bytes of documents one statement writes at most, but for a single one that is larger.
pub(super) const BYTES_PER_STATEMENT: usize = 8_000_000;

/// What a document is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DocumentKind {
    /// A message as it was handed over to a carrier.
    Message,
    /// A letter as it was printed.
    Letter,
    /// What proves that something was posted, shown or handed over.
    Proof,
    /// An invoice as it was issued.
    Invoice,
    /// What the client sent by its own page.
    Piece,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [DocumentKind; 5] =
        [DocumentKind::Message, DocumentKind::Letter, DocumentKind::Proof, DocumentKind::Invoice, DocumentKind::Piece];

    /// The word in the base.
    pub fn word(self) -> &'static str {
        match self {
            DocumentKind::Message => "message",
            DocumentKind::Letter => "courrier",
            DocumentKind::Proof => "preuve",
            DocumentKind::Invoice => "facture",
            DocumentKind::Piece => "piece",
        }
    }
}

/// The name of the only document that an invoice has under its key.
pub const INVOICE_NAME: &str = "facture.pdf";

/// The key of an invoice's own document: those of effects have a `#`.
pub fn invoice_key(number: &str) -> String {
    format!("facture:{number}")
}

/// A document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The client.
    pub client: String,
    /// The key of the effect that it belongs to, or [`invoice_key`].
    pub key: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Its name: the same effect has no two documents of one kind and name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Since when it is as it is.
    pub at: Instant,
    /// The document itself.
    pub bytes: Vec<u8>,
}

/// A document that is kept, without itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The key of the effect that it belongs to.
    pub key: String,
    /// What it is.
    pub kind: DocumentKind,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Since when it is as it is.
    pub at: Instant,
    /// How many bytes it has.
    pub size: u64,
    /// SHA-256 of its bytes, as hexadecimal digits.
    pub sha256: String,
}

/// Documents, which are never changed.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Keeps documents: those of which there is one already, by client, key, kind and name, stay as they are, and nothing is kept of a
    /// client who was erased.
    async fn keep(&self, documents: &[Document]) -> Result<(), StoreError>;

    /// What is kept of a client, oldest first.
    async fn documents(&self, client: &str) -> Result<Vec<Kept>, StoreError>;

    /// The bytes of one of them; an error when they are no longer those that were kept.
    async fn document(
        &self,
        client: &str,
        key: &str,
        kind: DocumentKind,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError>;
}

/// A document as a base keeps it.
pub(super) struct Sealed {
    pub(super) at: i64,
    pub(super) size: i64,
    pub(super) digest: [u8; 32],
    pub(super) packed: bool,
    pub(super) content: Vec<u8>,
}

/// Documents in groups, none more than one statement takes.
pub(super) fn groups<'d, 'a>(documents: &'d [&'a Document]) -> Vec<&'d [&'a Document]> {
    let (mut groups, mut rest) = (Vec::new(), documents);
    while !rest.is_empty() {
        let mut bytes = 0_usize;
        let fits = |document: &&&Document| {
            bytes = bytes.saturating_add(document.bytes.len());
            bytes <= BYTES_PER_STATEMENT
        };
        let many = rest.iter().take(ROWS_PER_STATEMENT).take_while(fits).count().max(1);
        let (group, later) = rest.split_at(many);
        groups.push(group);
        rest = later;
    }
    groups
}

/// Compresses a document when that helps, and takes its digest.
pub(super) fn seal(document: &Document) -> Sealed {
    let shorter = deflated(&document.bytes).filter(|shorter| shorter.len() < document.bytes.len());
    Sealed {
        at: micros(document.at),
        size: i64::try_from(document.bytes.len()).unwrap_or(i64::MAX),
        digest: Sha256::digest(&document.bytes).into(),
        packed: shorter.is_some(),
        content: shorter.unwrap_or_else(|| document.bytes.clone()),
    }
}

thread_local! {
    /// Used again and again: its tables are larger than most documents.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

fn deflated(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        // What does not fit is longer than what it was made of.
        let mut shorter = Vec::with_capacity(bytes.len());
        let status = compressor.compress_vec(bytes, &mut shorter, FlushCompress::Finish).ok()?;
        (status == Status::StreamEnd).then_some(shorter)
    })
}

/// A row without the document itself: key, kind, name, media type, moment, size, digest.
pub(super) type KeptRow = (String, String, String, String, i64, i64, Vec<u8>);

/// A kept document out of its row.
pub(super) fn kept((key, kind, name, media_type, at, size, digest): KeptRow) -> Result<Kept, StoreError> {
    let known = DocumentKind::ALL.into_iter().find(|one| one.word() == kind);
    let kind = known.ok_or_else(|| StoreError::Document(name.clone()))?;
    let size = u64::try_from(size).unwrap_or(0);
    Ok(Kept { key, kind, name, media_type, at: instant(at), size, sha256: hex(&digest) })
}

/// The document itself out of its row: content, whether compressed, size, digest.
pub(super) fn opened(
    name: &str,
    (content, packed, size, digest): (Vec<u8>, bool, i64, Vec<u8>),
) -> Result<Vec<u8>, StoreError> {
    let changed = || StoreError::Document(name.to_owned());
    let bytes = if packed {
        let mut bytes = Vec::new();
        // No further than it was long: what somebody else wrote there could go on without end.
        let most = u64::try_from(size).unwrap_or(0).saturating_add(1);
        DeflateDecoder::new(content.as_slice()).take(most).read_to_end(&mut bytes).map_err(|_| changed())?;
        bytes
    } else {
        content
    };
    let same = Sha256::digest(&bytes).as_slice() == digest;
    same.then_some(bytes).ok_or_else(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(bytes: Vec<u8>) -> Document {
        let (client, key, name) = ("C1".to_owned(), "cle".to_owned(), "message.eml".to_owned());
        let media_type = "message/rfc822".to_owned();
        Document { client, key, kind: DocumentKind::Message, name, media_type, at: instant(0), bytes }
    }

    fn row(sealed: &Sealed) -> (Vec<u8>, bool, i64, Vec<u8>) {
        (sealed.content.clone(), sealed.packed, sealed.size, sealed.digest.to_vec())
    }

    #[test]
    fn a_document_comes_out_as_it_went_in_or_not_at_all() {
        for bytes in [Vec::new(), b"a".to_vec(), b"bonjour ".repeat(500), (0..=255).collect()] {
            let one = document(bytes.clone());
            let sealed = seal(&one);
            assert!(sealed.content.len() <= bytes.len());
            assert_eq!(opened("x", row(&sealed)).unwrap(), bytes);
            let mut touched = row(&sealed);
            touched.0.push(b'!');
            touched.1 = false;
            assert!(opened("x", touched).is_err());
            let mut touched = row(&sealed);
            touched.3[0] ^= 1;
            assert!(opened("x", touched).is_err());
        }
        assert!(seal(&document(b"bonjour ".repeat(500))).packed);
    }

    #[test]
    fn groups_are_neither_too_many_nor_too_heavy() {
        let of = |sizes: &[usize]| -> Vec<usize> {
            let all: Vec<Document> = sizes.iter().map(|size| document(vec![0; *size])).collect();
            groups(&all.iter().collect::<Vec<_>>()).iter().map(|group| group.len()).collect()
        };
        assert_eq!(of(&[]), Vec::<usize>::new());
        assert_eq!(of(&[9_000_000, 1, 1, 7_999_999, 8_000_000]), [1, 2, 1, 1]);
        assert_eq!(of(&[1; 2_100]), [1_000, 1_000, 100]);
    }
}
