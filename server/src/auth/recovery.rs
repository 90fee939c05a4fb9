//! Codes that replace the second factor when the telephone is lost: ten, each once.

use super::Trouble;
use super::token::{base32, drawn, sha256};
use relance_engine::store::accounts::Digest;

/// How many there are.
pub const MANY: usize = 10;

/// A new set, as people write them down: four groups of four.
pub fn draw() -> Result<Vec<String>, Trouble> {
    (0..MANY).map(|_| Ok(shown(&drawn::<10>()?))).collect()
}

fn shown(bytes: &[u8; 10]) -> String {
    let letters: Vec<char> = base32(bytes).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What a base keeps of one, however it is typed.
pub fn digest(typed: &str) -> Digest {
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    // What looks alike on paper: the alphabet has neither of these digits.
    let letters = letters.replace('0', "O").replace('1', "I").replace('8', "B");
    sha256(&[b"secours\0", letters.as_bytes()])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = shown(&[0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
        assert_eq!(code, "ABCD-EFGH-IJKL-MNOP");
        for typed in ["abcd efgh ijkl mnop", " ABCDEFGHIJKLMNOP", "a8cd-efgh-1jkl-mn0p"] {
            assert_eq!(digest(typed), digest(&code));
        }
        assert_ne!(digest("ABCD-EFGH-IJKL-MNOQ"), digest(&code));
    }

    #[test]
    fn each_of_a_set_differs() {
        let mut codes = draw().unwrap();
        assert!(codes.iter().all(|code| code.len() == 19));
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), MANY);
    }
}
