//! Bytes of a text and the protocol's lines and columns. Nothing else in Relance counts in UTF-16.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use relance_dsl::Span;

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// What every client understands.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best of what the client offers: bytes need no counting.
    pub fn choose(offered: &[PositionEncodingKind]) -> Encoding {
        if offered.contains(&PositionEncodingKind::UTF8) {
            Encoding::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32) {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// The lines of a text.
pub struct Lines<'a> {
    text: &'a str,
    begins: Vec<usize>,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    /// Finds the lines of a text.
    pub fn new(text: &'a str, encoding: Encoding) -> Lines<'a> {
        let bytes = text.as_bytes();
        let ends = |(i, byte): (usize, &u8)| {
            (*byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'))).then_some(i + 1)
        };
        let begins = std::iter::once(0).chain(bytes.iter().enumerate().filter_map(ends)).collect();
        Lines { text, begins, encoding }
    }

    /// The byte at a position; the end of its line, or of the text, when the position lies behind it.
    pub fn offset(&self, position: Position) -> usize {
        let Some(begin) = self.begins.get(position.line as usize).copied() else { return self.text.len() };
        let end = self.begins.get(position.line as usize + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(begin..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let mut column = 0;
        for (i, c) in line.char_indices() {
            if column >= position.character as usize {
                return begin + i;
            }
            column += self.encoding.width(c);
        }
        begin + line.len()
    }

    /// The position of a byte.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.begins.partition_point(|begin| *begin <= offset).saturating_sub(1);
        let begin = self.begins.get(line).copied().unwrap_or(0);
        let before = self.text.get(begin..offset).unwrap_or_default();
        Position { line: number(line), character: number(self.width(before)) }
    }

    /// How wide a text is, in columns.
    pub fn width(&self, text: &str) -> usize {
        text.chars().map(|c| self.encoding.width(c)).sum()
    }

    /// The range of a span.
    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end.max(span.start)) }
    }

    /// The span of a range.
    pub fn span(&self, range: Range) -> Span {
        let start = self.offset(range.start);
        Span { start, end: self.offset(range.end).max(start) }
    }
}

/// A number of the protocol.
pub fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_was_agreed() {
        let text = "é𝄞a\r\nb";
        for (encoding, column) in [(Encoding::Utf8, 6), (Encoding::Utf16, 3), (Encoding::Utf32, 2)] {
            let lines = Lines::new(text, encoding);
            let at = text.find('a').unwrap();
            assert_eq!(lines.position(at), Position { line: 0, character: column });
            assert_eq!(lines.offset(Position { line: 0, character: column }), at);
        }
    }

    #[test]
    fn positions_behind_the_end_are_the_end() {
        let lines = Lines::new("é\r\nb", Encoding::Utf16);
        assert_eq!(lines.offset(Position { line: 0, character: 99 }), 2);
        assert_eq!(lines.offset(Position { line: 9, character: 0 }), 5);
        assert_eq!(lines.position(99), Position { line: 1, character: 1 });
    }
}
