//! What is kept of a message: as it was handed over, but for the bytes of the files in it.

use super::message::{Mail, header_text};
use super::{Outgoing, digest};
use crate::store::{Document, DocumentKind, hex};
use memchr::memmem;
use relance_core::machine::Channel;
use sha2::{Digest, Sha256};

/// The longest name of a file that is told.
const LONGEST_NAME: usize = 100;

/// What is kept of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Copy {
    name: &'static str,
    media_type: &'static str,
    bytes: Vec<u8>,
}

impl Copy {
    /// An e-mail. One without files is kept byte for byte; of another, each file gives way to its name, size and digest, and the first
    /// header has those of the whole message.
    pub(super) fn of_mail(outgoing: &Outgoing, mail: &Mail) -> Copy {
        let id = digest(&outgoing.key);
        let handed_over = mail.bytes.as_slice();
        let mut bytes = handed_over.to_vec();
        if !outgoing.attached.is_empty() {
            let files = outgoing.attached.iter().map(|file| instead(&file.name, &file.bytes)).collect();
            bytes = without_files(&bytes, &format!("pieces-{id}"), files);
        }
        let pictures = mail.pictures.iter().map(|(name, picture)| instead(name, picture)).collect();
        bytes = without_files(&bytes, &format!("page-{id}"), pictures);
        if bytes != handed_over {
            let (all, length) = (sha256(handed_over), handed_over.len());
            bytes.splice(0..0, format!("X-Relance-Remis: sha256={all}; octets={length}\r\n").into_bytes());
        }
        Copy { name: "message.eml", media_type: "message/rfc822", bytes }
    }

    /// An SMS: number, moment and text.
    pub(super) fn of_sms(bytes: Vec<u8>) -> Copy {
        Copy { name: "message.txt", media_type: "text/plain; charset=utf-8", bytes }
    }
}

/// What is kept of a message that left, or may have: its copy, and a letter that went with it.
pub(crate) fn kept(outgoing: &Outgoing, channel: Channel, copy: Option<Copy>) -> Vec<Document> {
    let document = |kind, name: String, media_type: &str, bytes| Document {
        client: outgoing.client.clone(),
        key: outgoing.key.clone(),
        kind,
        name,
        media_type: media_type.to_owned(),
        at: outgoing.date,
        bytes,
    };
    let copy = copy.map(|copy| document(DocumentKind::Message, copy.name.to_owned(), copy.media_type, copy.bytes));
    let letters = outgoing.attached.iter().filter(|_| channel.is_letter());
    let letter = letters.map(|file| {
        document(DocumentKind::Letter, header_text(&file.name, LONGEST_NAME), "application/pdf", file.bytes.clone())
    });
    copy.into_iter().chain(letter).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The message without what stands behind the first part of this boundary, which is the text: these words instead of each file.
fn without_files(bytes: &[u8], boundary: &str, words: Vec<String>) -> Vec<u8> {
    let mark = format!("\r\n--{boundary}");
    let pieces = split(bytes, mark.as_bytes());
    if pieces.len().saturating_sub(3) != words.len() {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len());
    for (place, piece) in pieces.iter().enumerate() {
        if place > 0 {
            out.extend_from_slice(mark.as_bytes());
        }
        match place.checked_sub(2).and_then(|file| words.get(file)) {
            Some(words) => out.extend_from_slice(words.as_bytes()),
            None => out.extend_from_slice(piece),
        }
    }
    out
}

/// What stands for a file.
fn instead(name: &str, file: &[u8]) -> String {
    let (name, length, digest) = (header_text(name, LONGEST_NAME), file.len(), sha256(file));
    format!(
        "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Fichier joint, non gardé ici : {name} ({length} octets, SHA-256 {digest})\r\n"
    )
}

/// The pieces between the places where something stands.
fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Vec<&'b [u8]> {
    let (mut pieces, mut begin) = (Vec::new(), 0);
    for at in memmem::find_iter(bytes, mark) {
        pieces.push(bytes.get(begin..at).unwrap_or_default());
        begin = at + mark.len();
    }
    pieces.push(bytes.get(begin..).unwrap_or_default());
    pieces
}
