//! Proofs: small files, pictures or PDF, from the service that is asked or from a person's hand. What they hold is never opened here.

use super::{Letter, Trouble};
use crate::channel::http;
use crate::store::{Document, DocumentKind, Store, StoreError};
use relance_core::day::Instant;
use relance_core::tracked::Proof;
use reqwest::{Client, Url};
use sha2::{Digest, Sha256};

/// The largest proof.
pub const LARGEST: usize = 5 * 1024 * 1024;
/// The longest name that is kept.
const LONGEST_NAME: usize = 80;

/// What the first bytes of a file say that it is, with the ending of its name.
const KINDS: [(&[u8], &str, &str); 5] = [
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"II*\0", "image/tiff", "tiff"),
    (b"MM\0*", "image/tiff", "tiff"),
];

/// A file that proves something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProofFile {
    /// What the journal says of it.
    pub proof: Proof,
    /// Its type, by its first bytes.
    pub media_type: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl ProofFile {
    /// A file whose bytes say what it is; `name` is whatever the giver calls it.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<ProofFile, Trouble> {
        if bytes.len() > LARGEST {
            return Err(Trouble::Proof("plus de 5 Mo".to_owned()));
        }
        let Some((_, media_type, ending)) = KINDS.into_iter().find(|(first, ..)| bytes.starts_with(first)) else {
            return Err(Trouble::Proof("ni un PDF, ni une image (PNG, JPEG, TIFF)".to_owned()));
        };
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(ProofFile { proof: Proof { name: tidy(name, ending), sha256 }, media_type, bytes })
    }
}

/// A name without folders, control characters and blanks, whose ending says what the bytes are.
fn tidy(name: &str, ending: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let kept: String = stem
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .take(LONGEST_NAME)
        .collect();
    let kept = kept.trim_matches(['.', '_']);
    format!("{}.{ending}", if kept.is_empty() { "preuve" } else { kept })
}

/// The service itself, which may get its token.
fn is_same(url: &Url, service: &Url) -> bool {
    url.scheme() == service.scheme() && url.host() == service.host() && url.port() == service.port()
}

/// Where a proof may be fetched: over TLS, or from the very host that the settings name.
fn allowed(url: &Url, service: &Url) -> bool {
    (url.scheme() == "https" || is_same(url, service)) && url.username().is_empty() && url.password().is_none()
}

/// Fetches a proof; the service itself gets `headers`, which may hold its token. A redirection is not followed: whoever wants to lead
/// elsewhere says so in the answer.
pub(super) async fn fetch(
    client: &Client,
    service: &Url,
    headers: &[(&str, String)],
    address: &str,
) -> Result<ProofFile, Trouble> {
    let wrong = |what: &str| Trouble::Proof(what.to_owned());
    // Relative to the service, as a link on its own pages.
    let url = service.join(address).map_err(|_| wrong("son adresse ne se lit pas"))?;
    if !allowed(&url, service) {
        return Err(wrong("son adresse n’est ni en https, ni chez le service"));
    }
    let mut request = client.get(url.clone());
    for (name, text) in headers.iter().filter(|_| is_same(&url, service)) {
        request = request.header(*name, text);
    }
    let mut response = request.send().await.map_err(|error| {
        wrong(if error.is_timeout() { "pas de réponse à temps" } else { "son adresse est injoignable" })
    })?;
    let status = response.status();
    if status.is_redirection() {
        return Err(wrong("son adresse renvoie ailleurs"));
    }
    if !status.is_success() {
        let later = http::pause(response.headers()).map(|_| ", à redemander plus tard").unwrap_or_default();
        return Err(Trouble::Proof(format!("réponse {}{later}", status.as_u16())));
    }
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => break,
            Err(_) => return Err(wrong("le fichier est coupé")),
        }
        if bytes.len() > LARGEST {
            return Err(wrong("plus de 5 Mo"));
        }
    }
    ProofFile::new(url.path(), bytes)
}

/// Keeps proofs of a letter beside the journal, which names them; returns them as they are named from now on.
pub(super) async fn keep(
    store: &dyn Store,
    letter: &Letter,
    files: Vec<ProofFile>,
    at: Instant,
) -> Result<Vec<Proof>, StoreError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken: Vec<(String, String)> = Vec::new();
    for kept in store.documents(&letter.client).await? {
        if kept.key == letter.key && kept.kind == DocumentKind::Proof {
            taken.push((kept.name, kept.sha256));
        }
    }
    let (mut proofs, mut documents) = (Vec::new(), Vec::new());
    for ProofFile { mut proof, media_type, bytes } in files {
        // Nothing that is kept changes: another file of the same name gets one of its own.
        if taken.iter().any(|(name, sha256)| *name == proof.name && *sha256 != proof.sha256) {
            let digits: String = proof.sha256.chars().take(8).collect();
            let (stem, ending) = proof.name.rsplit_once('.').unwrap_or((&proof.name, "bin"));
            proof.name = format!("{stem}-{digits}.{ending}");
        }
        taken.push((proof.name.clone(), proof.sha256.clone()));
        documents.push(Document {
            client: letter.client.clone(),
            key: letter.key.clone(),
            kind: DocumentKind::Proof,
            name: proof.name.clone(),
            media_type: media_type.to_owned(),
            at,
            bytes,
        });
        proofs.push(proof);
    }
    store.keep(&documents).await?;
    Ok(proofs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tamed_and_bytes_say_the_type() {
        let named = |name: &str| ProofFile::new(name, b"%PDF-1.7".to_vec()).unwrap().proof.name;
        for (given, kept) in [
            ("avis.pdf", "avis.pdf"),
            ("/a/b/../../etc/passwd", "passwd.pdf"),
            ("C:\\preuves\\avis n° 1.PDF", "avis_n__1.pdf"),
            ("..", "preuve.pdf"),
            ("", "preuve.pdf"),
            ("a\u{202e}fdp.exe", "a_fdp.pdf"),
            ("=cmd|'/c calc'!A1", "c_calc__A1.pdf"),
        ] {
            assert_eq!(named(given), kept, "{given}");
        }
        assert_eq!(named(&"é".repeat(500)).chars().count(), LONGEST_NAME + 4);
        assert_eq!(ProofFile::new("x", b"\xff\xd8\xff\xe0".to_vec()).unwrap().media_type, "image/jpeg");
        for refused in
            [b"MZ\x90".to_vec(), b"<html>".to_vec(), Vec::new(), [b"%PDF-".to_vec(), vec![0; LARGEST]].concat()]
        {
            assert!(ProofFile::new("avis.pdf", refused).is_err());
        }
    }

    #[test]
    fn only_tls_or_the_service_itself_is_asked_for_a_proof() {
        let service = Url::parse("http://127.0.0.1:9000/suivi/1A").unwrap();
        let allowed = |address: &str| super::allowed(&service.join(address).unwrap(), &service);
        for good in ["/preuve/1", "https://ailleurs.example/p.pdf", "http://127.0.0.1:9000/p"] {
            assert!(allowed(good), "{good}");
        }
        for bad in [
            "http://ailleurs.example/p.pdf",
            "http://127.0.0.1:9001/p",
            "file:///etc/passwd",
            "ftp://127.0.0.1:9000/p",
            "https://moi:secret@ailleurs.example/p",
            "data:text/plain,x",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }
}
