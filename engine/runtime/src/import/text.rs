//! Bytes to text: which encoding a French accounting export uses.

use super::problem::Problem;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// Decodes a text file: UTF-8 (with or without mark), UTF-16 with its mark, else Windows-1252. The second value names
/// the encoding when it is not UTF-8.
pub fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<(Cow<'a, str>, Option<&'static str>), Problem> {
    let (encoding, skip) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
    let body = bytes.get(skip..).unwrap_or_default();
    let (text, name) = if encoding == UTF_16LE || encoding == UTF_16BE {
        (encoding.decode_without_bom_handling(body).0, Some("UTF-16"))
    } else if let Ok(text) = std::str::from_utf8(body) {
        (Cow::Borrowed(text), None)
    } else {
        (WINDOWS_1252.decode_without_bom_handling(body).0, Some("Windows-1252"))
    };
    if text.contains('\0') {
        return Err(Problem::of_file(file, "ce n'est pas un fichier texte")
            .advise("enregistrez-le en CSV (séparateur point-virgule) ou en classeur XLSX"));
    }
    Ok((text, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let read = |bytes: &[u8]| decode("f.csv", bytes).map(|(t, n)| (t.into_owned(), n));
        assert_eq!(read("é€".as_bytes()), Ok(("é€".to_owned(), None)));
        assert_eq!(read(b"\xef\xbb\xbf\xc3\xa9"), Ok(("é".to_owned(), None)));
        assert_eq!(read(b"\xe9t\xe9 \x80\xa0"), Ok(("été €\u{a0}".to_owned(), Some("Windows-1252"))));
        assert_eq!(read(b"\xff\xfe\xe9\x00"), Ok(("é".to_owned(), Some("UTF-16"))));
        assert_eq!(read(b"\xfe\xff\x00\xe9"), Ok(("é".to_owned(), Some("UTF-16"))));
        assert!(read(b"a\0b").is_err());
    }
}
