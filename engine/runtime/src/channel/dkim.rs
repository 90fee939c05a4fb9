//! DKIM signatures (RFC 6376; RFC 8463 for Ed25519), by ring, which is here for TLS anyway. Both canonicalizations are relaxed: relays
//! fold headers again and cut blanks at the ends of lines.

use super::ChannelProblem;
use super::reply::plainly;
use crate::config::DkimConfig;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use memchr::memmem;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// The headers that are signed, when a message has them.
const SIGNED: [&str; 13] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "auto-submitted",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];
/// Those that are signed once more than they are there: nobody adds a second one on the way.
const ALONE: [&str; 5] = ["from", "to", "subject", "date", "reply-to"];

/// Signs the messages of one domain.
pub(super) struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("domain", &self.domain).field("selector", &self.selector).finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads the key; relative paths start from `project`.
    pub fn new(config: &DkimConfig, project: &Path) -> Result<Signer, ChannelProblem> {
        let path = project.join(&config.key);
        let shown = path.display();
        let problem = |say: String| ChannelProblem(format!("[email.dkim] `cle` : {shown} {say}"));
        let bytes = std::fs::read(&path).map_err(|error| problem(format!("est illisible ({})", plainly(&error))))?;
        let key = PrivateKeyDer::from_pem_slice(&bytes)
            .map_err(|_| problem("ne contient pas de clé privée sans mot de passe (format PEM attendu)".to_owned()))?;
        let rsa = |key: Result<RsaKeyPair, ring::error::KeyRejected>| key.map(|key| Key::Rsa(Box::new(key))).ok();
        let key = match &key {
            PrivateKeyDer::Pkcs1(der) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
            PrivateKeyDer::Pkcs8(der) => rsa(RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())).or_else(|| {
                let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
                key.map(|key| Key::Ed25519(Box::new(key))).ok()
            }),
            _ => None,
        };
        let key =
            key.ok_or_else(|| problem("n'est ni une clé RSA d'au moins 2048 bits, ni une clé Ed25519".to_owned()))?;
        Ok(Signer { domain: config.domain.clone(), selector: config.selector.clone(), key })
    }

    /// The message with its signature at its head, as at this second; `None` when the key does not sign.
    pub fn sign(&self, message: &[u8], second: i64) -> Option<Vec<u8>> {
        let (headers, body) = split(message);
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let names: Vec<&str> =
            SIGNED.into_iter().filter(|name| headers.iter().any(|(own, _)| own == name)).chain(ALONE).collect();
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n s={}; t={second};\r\n h={};\r\n bh={};\r\n b=",
            self.domain,
            self.selector,
            names.join(":\r\n  "),
            BASE64_STANDARD.encode(Sha256::digest(relaxed_body(body))),
        );
        let data = signed_data(&headers, &names, &unsigned);
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &data, &mut signature).ok()?;
                signature
            }
            Key::Ed25519(key) => key.sign(&Sha256::digest(&data)).as_ref().to_vec(),
        };
        let text = BASE64_STANDARD.encode(signature);
        let lines: Vec<&str> = text.as_bytes().chunks(72).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let signed = format!("{unsigned}{}\r\n", lines.join("\r\n  "));
        Some([signed.as_bytes(), message].concat())
    }
}

/// The headers, each with its name in small letters, and the body.
fn split(message: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let at = memmem::find(message, b"\r\n\r\n");
    let (head, body) = match at {
        Some(at) => (message.get(..at).unwrap_or_default(), message.get(at + 4..).unwrap_or_default()),
        None => (message, [].as_slice()),
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(head).split("\r\n") {
        match (headers.last_mut(), line.split_once(':')) {
            (Some((_, value)), _) if line.starts_with([' ', '\t']) => value.push_str(line),
            (_, Some((name, value))) => headers.push((name.trim().to_lowercase(), value.to_owned())),
            _ => {}
        }
    }
    (headers, body)
}

/// What is signed (RFC 6376, §3.7): the named headers from the last one upwards, then the signature's own, without its value.
fn signed_data(headers: &[(String, String)], names: &[&str], unsigned: &str) -> Vec<u8> {
    let mut data = String::new();
    for (i, name) in names.iter().enumerate() {
        let earlier = names.get(..i).unwrap_or_default().iter().filter(|other| *other == name).count();
        let found = headers.iter().rev().filter(|(own, _)| own == name).nth(earlier);
        if let Some((name, value)) = found {
            data.push_str(&format!("{name}:{}\r\n", relaxed(value)));
        }
    }
    let own = unsigned.split_once(':').map_or("", |(_, value)| value);
    data.push_str(&format!("dkim-signature:{}", relaxed(own)));
    data.into_bytes()
}

/// A header's value: on one line, blanks reduced to one (§3.4.2).
fn relaxed(value: &str) -> String {
    value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A body: blanks reduced to one, none at the ends of lines, no empty lines at the end (§3.4.4).
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut empty = 0;
    let mut rest = body;
    while !rest.is_empty() {
        let end = memmem::find(rest, b"\r\n");
        let (line, next) = match end {
            Some(end) => (rest.get(..end).unwrap_or_default(), rest.get(end + 2..).unwrap_or_default()),
            None => (rest, [].as_slice()),
        };
        rest = next;
        let start = out.len();
        let mut blank = false;
        for byte in line {
            if matches!(byte, b' ' | b'\t') {
                blank = true;
                continue;
            }
            if out.len() == start && empty > 0 {
                out.extend(std::iter::repeat_n(b"\r\n", empty).flatten());
                empty = 0;
            }
            if std::mem::take(&mut blank) {
                out.push(b' ');
            }
            out.push(*byte);
        }
        if out.len() == start { empty += 1 } else { out.extend(b"\r\n") }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    /// RFC 8463, appendix A.
    const RFC: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    #[test]
    fn the_example_of_the_standard_is_verified() {
        let (headers, body) = split(RFC.as_bytes());
        let hash = BASE64_STANDARD.encode(Sha256::digest(relaxed_body(body)));
        assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
        let own = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
                   q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
                   bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
        let names = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];
        let data = Sha256::digest(signed_data(&headers, &names, own));
        let signature = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
        let public = BASE64_STANDARD.decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap();
        let signature = BASE64_STANDARD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ED25519, public).verify(&data, &signature).unwrap();
    }

    #[test]
    fn bodies_are_relaxed_as_the_standard_says() {
        let relaxed = |body: &str| String::from_utf8(relaxed_body(body.as_bytes())).unwrap();
        assert_eq!(relaxed(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n", "RFC 6376, §3.4.5");
        assert_eq!(relaxed(""), "");
        assert_eq!(relaxed("\r\n\r\n"), "");
        assert_eq!(relaxed("a\r\n \r\n\r\nb"), "a\r\n\r\n\r\nb\r\n");
    }

    fn config(key: &str) -> DkimConfig {
        DkimConfig { domain: "ateliers.example".to_owned(), selector: "relance".to_owned(), key: key.into() }
    }

    /// Reads a signature as whoever receives the message would.
    fn is_valid(signed: &[u8], verify: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let (headers, body) = split(signed);
        let (_, own) = headers.iter().find(|(name, _)| name == "dkim-signature").unwrap();
        let tag = |name: &str| {
            let found = own.split(';').find_map(|tag| tag.trim().strip_prefix(name)?.strip_prefix('='));
            found.unwrap().split_whitespace().collect::<String>()
        };
        let at = own.rfind(" b=").unwrap() + 3;
        let names = tag("h");
        let names: Vec<&str> = names.split(':').collect();
        let data = signed_data(&headers, &names, &format!("DKIM-Signature:{}", &own[..at]));
        let hash = BASE64_STANDARD.encode(Sha256::digest(relaxed_body(body)));
        hash == tag("bh") && verify(&data, &BASE64_STANDARD.decode(tag("b")).unwrap())
    }

    #[test]
    fn what_is_signed_holds_until_somebody_changes_it() {
        let dir = tempfile::tempdir().unwrap();
        let curve = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
        // For this test, and for nothing else.
        for pem in [curve.as_str(), include_str!("tests/dkim-essai.pem")] {
            std::fs::write(dir.path().join("cle.pem"), pem).unwrap();
            let signer = Signer::new(&config("cle.pem"), dir.path()).unwrap();
            let signed = signer.sign(RFC.as_bytes(), 1_773_907_200).unwrap();
            assert_eq!(
                signed,
                signer.sign(RFC.as_bytes(), 1_773_907_200).unwrap(),
                "the same message has the same bytes"
            );
            let verify = |data: &[u8], signature: &[u8]| match &signer.key {
                Key::Rsa(key) => {
                    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
                    public.verify(data, signature).is_ok()
                }
                Key::Ed25519(key) => {
                    let public = UnparsedPublicKey::new(&ED25519, key.public_key().as_ref());
                    public.verify(&Sha256::digest(data), signature).is_ok()
                }
            };
            assert!(is_valid(&signed, verify));
            let text = String::from_utf8(signed.clone()).unwrap();
            assert!(text.split("\r\n").all(|line| line.len() <= 78), "{text}");
            // A relay that folds again breaks nothing; whoever changes words, or adds a sender, does.
            let folded = text.replace("Subject: Is dinner ready?", "subject:  Is dinner\r\n\tready? ");
            assert!(is_valid(folded.as_bytes(), verify));
            for (old, new) in
                [("hungry", "angry"), ("dinner", "lunch"), ("From: Joe", "From: Eve <e@e.example>\r\nFrom: Joe")]
            {
                assert!(!is_valid(text.replace(old, new).as_bytes(), verify), "{new}");
            }
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_says_so() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("vide.pem"), "rien").unwrap();
        let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        std::fs::write(dir.path().join("autre.pem"), other.serialize_pem()).unwrap();
        let told = ["absente.pem", "vide.pem", "autre.pem"].map(|key| {
            let problem = Signer::new(&config(key), dir.path()).unwrap_err().to_string();
            problem.replace(&*dir.path().to_string_lossy(), "…")
        });
        insta::assert_snapshot!(told.join("\n"));
    }
}
