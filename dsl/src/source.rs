//! From bytes to the plain text that the grammar reads: lower case, no accents, ordinary blanks, each byte tied to the
//! place it comes from.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use relance_core::schema::fold;

/// A scenario file as the caller read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Path relative to the project, with `/`.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// How documents begin that people rename instead of saving them as text.
const DOCUMENTS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "un document Word, Excel ou une archive"),
    (b"\xd0\xcf\x11\xe0", "un ancien document Word ou Excel"),
    (b"%PDF", "un document PDF"),
    (b"{\\rtf", "un document RTF"),
    (b"\x89PNG", "une image"),
    (b"\xff\xd8\xff", "une image"),
    (b"<!DOCTYPE html", "une page web"),
    (b"<html", "une page web"),
    (b"<?xml", "un fichier XML"),
];

/// Largest file that is read.
pub const MAX_BYTES: usize = 1024 * 1024;

impl Source {
    /// The text, without byte-order mark; what is not UTF-8 is replaced, so that it can still be shown.
    pub fn text(&self) -> String {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// The file's name without folder or extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".relance").unwrap_or(name)
    }

    /// The text, or why it cannot be read.
    pub(crate) fn decode(&self) -> Result<String, Box<Diagnostic>> {
        let start = Span::default();
        if self.bytes.len() > MAX_BYTES {
            let message = format!(
                "ce fichier est trop gros : {} Kio, pour {} Kio au plus",
                self.bytes.len().div_ceil(1024),
                MAX_BYTES / 1024
            );
            return Err(Box::new(
                Diagnostic::new(Code::TooLarge, message, &self.path, start)
                    .help("répartissez les scénarios en plusieurs fichiers"),
            ));
        }
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        if let Some((_, what)) = DOCUMENTS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
            return Err(Box::new(
                Diagnostic::new(
                    Code::ControlCharacter,
                    format!("ce fichier est {what}, pas un texte"),
                    &self.path,
                    start,
                )
                .help("ouvrez-le dans son logiciel, et enregistrez-le en « texte brut », encodage UTF-8"),
            ));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if is_table(text) => Err(Box::new(
                Diagnostic::new(Code::UnexpectedWord, "ce fichier est un tableau, pas un scénario", &self.path, start)
                    .help("un scénario dit ce qu'il faut faire (`à J+15 : email ferme`) ; un tableau de factures s'importe par `relance importer`"),
            )),
            Ok(text) if text.trim_start().starts_with("{\"") => Err(Box::new(
                Diagnostic::new(Code::UnexpectedWord, "ce fichier est en JSON, pas un scénario", &self.path, start)
                    .help("un scénario s'écrit en français : `à J+15 : email ferme`"),
            )),
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let at = error.valid_up_to();
                let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
                let message = match wide {
                    true => "ce fichier est enregistré en UTF-16, et non en UTF-8",
                    false => "ce fichier n'est pas enregistré en UTF-8",
                };
                Err(Box::new(
                    Diagnostic::new(
                        Code::NotUtf8,
                        message,
                        &self.path,
                        Span { start: at, end: at + 1 },
                    )
                    .label("premier caractère illisible")
                    .help("enregistrez-le de nouveau en choisissant l'encodage « UTF-8 » dans votre éditeur"),
                ))
            }
        }
    }
}

/// Whether each line has as many semicolons as the first, two at least: rows of a table.
fn is_table(text: &str) -> bool {
    let mut rows = text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.matches(';').count());
    let first = rows.next().unwrap_or(0);
    let mut others = 0;
    first >= 2 && rows.inspect(|_| others += 1).all(|row| row == first) && others > 0
}

/// Characters that a word processor leaves in a text and nobody sees.
pub(crate) fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Text ready for the grammar, with the way back to what was written.
#[derive(Default)]
pub(crate) struct Plain {
    pub text: String,
    /// For each byte of `text`, and its end, the byte of the original that it comes from.
    map: Vec<usize>,
}

impl Plain {
    /// Folds a text: case, accents (composed or not) and typographic forms disappear.
    pub fn new(original: &str) -> Plain {
        let mut plain =
            Plain { text: String::with_capacity(original.len()), map: Vec::with_capacity(original.len() + 1) };
        let mut buffer = [0; 4];
        for (at, c) in original.char_indices() {
            let ascii;
            let folded: &str = match c {
                '\r' => {
                    if original.get(at + 1..).is_some_and(|rest| rest.starts_with('\n')) {
                        continue;
                    }
                    "\n"
                }
                '\t' | '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{2009}' | '\u{3000}' => " ",
                '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
                '’' | '‘' | 'ʼ' => "'",
                '–' | '—' | '−' | '‑' => "-",
                '≤' => "<=",
                '≥' => ">=",
                '≠' => "<>",
                '×' => "*",
                '÷' => "/",
                '→' => "->",
                c if invisible(c) => continue,
                c if c.is_ascii() => {
                    buffer = [c.to_ascii_lowercase() as u8, 0, 0, 0];
                    ascii = buffer;
                    std::str::from_utf8(ascii.get(..1).unwrap_or_default()).unwrap_or(" ")
                }
                c => &fold(c.encode_utf8(&mut buffer)),
            };
            plain.push(folded, at);
        }
        plain.map.push(original.len());
        plain
    }

    fn push(&mut self, text: &str, origin: usize) {
        self.text.push_str(text);
        self.map.extend(std::iter::repeat_n(origin, text.len()));
    }

    /// The place in the original of a range of the plain text.
    pub fn origin(&self, start: usize, end: usize) -> Span {
        let last = self.map.last().copied().unwrap_or(0);
        let start = self.map.get(start).copied().unwrap_or(last);
        Span { start, end: self.map.get(end).copied().unwrap_or(last).max(start) }
    }

    /// A part of the text.
    pub fn part(&self, range: std::ops::Range<usize>) -> Plain {
        let text = self.text.get(range.clone()).unwrap_or_default().to_owned();
        let map = self.map.get(range.start..=range.start + text.len()).unwrap_or_default().to_vec();
        Plain { text, map }
    }

    /// The text with some ranges replaced. Edits are in order and do not overlap.
    pub fn edited(&self, edits: &[Edit]) -> Plain {
        let mut result =
            Plain { text: String::with_capacity(self.text.len()), map: Vec::with_capacity(self.map.len()) };
        let mut copied = 0;
        let copy = |result: &mut Plain, from: usize, to: usize| {
            if let (Some(text), Some(map)) = (self.text.get(from..to), self.map.get(from..to)) {
                result.text.push_str(text);
                result.map.extend_from_slice(map);
            }
        };
        for edit in edits {
            copy(&mut result, copied, edit.start);
            let origin = self.origin(edit.start, edit.end);
            let words = edit.text.trim_end();
            result.push(words, origin.start);
            // So that the last word ends where what it replaces does.
            let after = if words.is_empty() { origin.start } else { origin.end };
            result.push(edit.text.get(words.len()..).unwrap_or_default(), after);
            copied = edit.end;
        }
        copy(&mut result, copied, self.text.len());
        result.map.push(self.map.last().copied().unwrap_or(0));
        result
    }
}

/// A replacement in the plain text.
#[derive(Clone)]
pub(crate) struct Edit {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// Line and column, from 1, of a byte of a text; columns count characters.
pub(crate) fn line_column(text: &str, at: usize) -> (usize, usize) {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    // A lone `\r` ends a line, as it does in editors.
    let ends = |(i, byte): (usize, u8)| {
        (byte == b'\n' || (byte == b'\r' && text.as_bytes().get(i + 1) != Some(&b'\n'))).then_some(i + 1)
    };
    let (mut line, mut line_start) = (1, 0);
    for start in before.bytes().enumerate().filter_map(ends) {
        line += 1;
        line_start = start;
    }
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (line, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_the_way_back() {
        let original = "À J+15\u{202f}: re\u{301}tard ≥ 1\u{a0}€ œuf";
        let plain = Plain::new(original);
        assert_eq!(plain.text, "a j+15 : retard >= 1 € oeuf");
        let at = plain.text.find("retard").unwrap();
        let span = plain.origin(at, at + 6);
        assert_eq!(&original[span.start..span.end], "re\u{301}tard");
        let at = plain.text.find("oeuf").unwrap();
        assert_eq!(&original[plain.origin(at, at + 4).start..], "œuf");
    }

    #[test]
    fn edits_keep_the_way_back() {
        let plain = Plain::new("a == b && c");
        let edits = [Edit { start: 2, end: 4, text: "=".into() }, Edit { start: 7, end: 9, text: "et".into() }];
        let edited = plain.edited(&edits);
        assert_eq!(edited.text, "a = b et c");
        assert_eq!(edited.origin(9, 10), Span { start: 10, end: 11 });
        assert_eq!(edited.origin(2, 3), Span { start: 2, end: 4 });
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_column("é\nàbc", 5), (2, 2));
        assert_eq!(line_column("é\r\nàbc", 6), (2, 2));
        assert_eq!(line_column("é\ràbc", 5), (2, 2));
        assert_eq!(line_column("", 12), (1, 1));
    }
}
