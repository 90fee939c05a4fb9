//! What opens a door: 256 drawn bits, of which a base keeps the SHA-256 only.

use super::Trouble;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use relance_engine::store::accounts::Digest;
use ring::{digest, hmac};

/// How many characters a token has as text.
const LENGTH: usize = 43;

/// A token. Whoever has its text is let in.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    pub fn draw() -> Result<Token, Trouble> {
        Ok(Token(drawn()?))
    }

    /// Of these bytes.
    pub fn of(bytes: [u8; 32]) -> Token {
        Token(bytes)
    }

    /// What a cookie or a link says, if that can be a token.
    pub fn read(text: &str) -> Option<Token> {
        if text.len() != LENGTH {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Token(bytes.try_into().ok()?))
    }

    /// What a cookie or a link says.
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What a base keeps.
    pub fn digest(&self) -> Digest {
        sha256(&[&self.0])
    }

    /// What a form of this session carries, so that no other site can send it: nobody derives it without the token.
    pub fn form_mark(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.form_key(), FORM))
    }

    /// Whether a form carries the mark of this session.
    pub fn is_form_mark(&self, given: &str) -> bool {
        let given = BASE64_URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
        hmac::verify(&self.form_key(), FORM, &given).is_ok()
    }

    fn form_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

/// What is signed for forms.
const FORM: &[u8] = b"formulaire";

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A SHA-256 of pieces, one after the other.
pub fn sha256(pieces: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        context.update(piece);
    }
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    bytes
}

/// Drawn bytes.
pub(super) fn drawn<const N: usize>() -> Result<[u8; N], Trouble> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Trouble::Random)?;
    Ok(bytes)
}

/// A drawn name for an account, a session, a request: it opens nothing.
pub fn draw_id() -> Result<String, Trouble> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(drawn::<16>()?))
}

/// Bytes in the alphabet of RFC 4648, section 6, without padding: people type it.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: [char; 32] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
        'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
    ];
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let letters = (0..(bytes.len() * 8).div_ceil(5)).map(|n| (0..5).fold(0, |value, k| value * 2 + bit(n * 5 + k)));
    letters.filter_map(|value| ALPHABET.get(value)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_verifies_only_itself(bytes: [u8; 32], other: [u8; 32], bit in 0_usize..256) {
            let token = Token(bytes);
            let read = Token::read(&token.text()).unwrap();
            prop_assert_eq!(&read, &token);
            prop_assert!(read.is_form_mark(&token.form_mark()));
            let mut near = bytes;
            near[bit / 8] ^= 1 << (bit % 8);
            for strange in [near, other].into_iter().filter(|strange| *strange != bytes).map(Token) {
                prop_assert_ne!(strange.digest(), token.digest());
                prop_assert_ne!(strange.text(), token.text());
                prop_assert!(!strange.is_form_mark(&token.form_mark()));
            }
        }

        /// One token has one text: a text that was changed in any way is no token, or another one.
        #[test]
        fn a_text_is_read_as_one_token_only(text in "\\PC{0,60}|[A-Za-z0-9_-]{43}") {
            if let Some(token) = Token::read(&text) {
                prop_assert_eq!(token.text(), text);
            }
        }
    }

    #[test]
    fn what_is_drawn_differs_and_is_not_shown() {
        assert_ne!(Token::draw().unwrap(), Token::draw().unwrap());
        assert_ne!(draw_id().unwrap(), draw_id().unwrap());
        assert_eq!(format!("{:?}", Token([7; 32])), "Token(…)");
        assert!(!Token([7; 32]).is_form_mark(""));
        assert_ne!(Token([7; 32]).form_mark(), Token([7; 32]).text());
    }

    /// RFC 4648, section 10, and the digest of FIPS 180.
    #[test]
    fn known_values() {
        let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base32(text.as_bytes()));
        assert_eq!(words, ["", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"]);
        let hex: String = sha256(&[b"a", b"bc"]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
