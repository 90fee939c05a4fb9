//! What a debtor sends along: a PDF or a picture, by what it is and not by what it says it is.

use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;

/// The largest file, in bytes.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// The longest text of a field, in bytes.
const LONGEST_FIELD: usize = 16 * 1024;
/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 80;

/// A file, of a kind that is taken.
pub struct Piece {
    /// Its name, without anything that a system could take for something else, and with the ending of what it is.
    pub name: String,
    /// What it is.
    pub media_type: &'static str,
    /// Itself.
    pub bytes: Vec<u8>,
}

impl Piece {
    /// A file as it was sent; why it is not taken, in French.
    pub fn of(name: &str, bytes: Vec<u8>) -> Result<Piece, &'static str> {
        if bytes.len() > LARGEST {
            return Err("Cette pièce dépasse 10 Mo.");
        }
        let (media_type, ending) =
            kind(&bytes).ok_or("Cette pièce n’est ni un PDF, ni une image JPEG ou PNG, quel que soit son nom.")?;
        Ok(Piece { name: format!("{}.{ending}", stem(name)), media_type, bytes })
    }
}

/// What a file is, by its first bytes.
fn kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const KINDS: [(&[u8], &str, &str); 3] = [
        (b"%PDF-", "application/pdf", "pdf"),
        (b"\xff\xd8\xff", "image/jpeg", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    ];
    KINDS.into_iter().find(|(start, ..)| bytes.starts_with(start)).map(|(_, media, ending)| (media, ending))
}

/// The name without folders, ending and odd signs.
fn stem(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { ' ' };
    let words: String = stem.chars().take(LONGEST_NAME).map(plain).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { "piece".to_owned() } else { words }
}

/// A form with at most one file.
pub struct Form {
    /// The other fields.
    pub fields: Vec<(String, String)>,
    /// The file, or why it is not taken.
    pub piece: Option<Result<Piece, &'static str>>,
}

/// Reads a form; why it cannot be read, in French.
pub async fn read(mut form: Multipart) -> Result<Form, &'static str> {
    let mut read = Form { fields: Vec::new(), piece: None };
    while let Some(field) = form.next_field().await.map_err(|error| cut(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file) => {
                let bytes = field.bytes().await.map_err(|error| cut(&error))?;
                // A field of files in which nothing was chosen is sent empty.
                if read.piece.is_none() && !(file.is_empty() && bytes.is_empty()) {
                    read.piece = Some(Piece::of(&file, bytes.to_vec()));
                }
            }
            None => {
                let text = field.text().await.map_err(|error| cut(&error))?;
                if text.len() > LONGEST_FIELD || read.fields.len() > 20 {
                    return Err("Ce formulaire est trop long.");
                }
                read.fields.push((name, text));
            }
        }
    }
    Ok(read)
}

fn cut(error: &MultipartError) -> &'static str {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        "Cette pièce dépasse 10 Mo."
    } else {
        "L’envoi est coupé, ou ne se lit pas."
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let pdf = Piece::of("../../etc/Bon de livraison n°7.exe", b"%PDF-1.7 \xff".to_vec()).unwrap();
        assert_eq!((pdf.name.as_str(), pdf.media_type), ("Bon de livraison n 7.pdf", "application/pdf"));
        let picture = Piece::of("C:\\photos\\é.PDF", b"\xff\xd8\xff\xe0...".to_vec()).unwrap();
        assert_eq!((picture.name.as_str(), picture.media_type), ("é.jpg", "image/jpeg"));
        assert_eq!(Piece::of(".png", b"\x89PNG\r\n\x1a\nx".to_vec()).unwrap().name, "piece.png");
        for (name, bytes) in [
            ("facture.pdf", &b"<html><script>alert(1)</script>"[..]),
            ("photo.png", b"PNG"),
            ("vide.pdf", b""),
            ("image.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("ecart.pdf", b" %PDF-1.7"),
        ] {
            assert!(Piece::of(name, bytes.to_vec()).is_err(), "{name}");
        }
        let mut large = b"%PDF-".to_vec();
        large.resize(LARGEST, 0);
        assert!(Piece::of("a.pdf", large.clone()).is_ok());
        large.push(0);
        assert!(Piece::of("a.pdf", large).is_err());
    }
}
