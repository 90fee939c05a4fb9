//! Text to rows of cells. A reader of our own because it must say the right line after blank lines and cells of several
//! lines, take every line end, and tell where a quote was left open.

use super::problem::Problem;
use std::borrow::Cow;

/// One record and the line on which it starts.
pub(super) struct Record<'a> {
    pub line: u64,
    pub cells: Vec<Cow<'a, str>>,
}

/// Reads one record after the other.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    separator: u8,
    /// The line of a quote that nothing closes.
    pub open_quote: Option<u64>,
}

impl<'a> Records<'a> {
    /// Reads `text` from its start, whose cells stand between `separator`s.
    pub fn new(text: &'a str, separator: u8) -> Records<'a> {
        let mut records = Records { text, at: 0, line: 1, separator, open_quote: None };
        // Excel's own way of saying which separator follows.
        if let Some(end) = separator_line(text).map(|(_, end)| end) {
            records.at = end;
            records.end_of_line();
        }
        records
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Consumes one line end, whichever it is; false when none stands here.
    fn end_of_line(&mut self) -> bool {
        match self.peek() {
            Some(b'\r') => {
                self.at += 1;
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            Some(b'\n') => self.at += 1,
            _ => return false,
        }
        self.line += 1;
        true
    }

    fn bare_cell(&mut self) -> &'a str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = rest.iter().position(|&b| b == self.separator || b == b'\n' || b == b'\r').unwrap_or(rest.len());
        self.at = start + length;
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A cell that opens with a quote; what stands after the closing one is kept as it is.
    fn quoted_cell(&mut self) -> Cow<'a, str> {
        let opened = self.line;
        self.at += 1;
        let mut start = self.at;
        let mut built: Option<String> = None;
        loop {
            let piece = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
            match self.peek() {
                None => {
                    self.open_quote.get_or_insert(opened);
                    let tail = piece(start, self.at);
                    return built.map_or(Cow::Borrowed(tail), |b| Cow::Owned(b + tail));
                }
                Some(b'"') if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => {
                    let kept = piece(start, self.at + 1);
                    built.get_or_insert_default().push_str(kept);
                    self.at += 2;
                    start = self.at;
                }
                Some(b'"') => {
                    let tail = piece(start, self.at);
                    self.at += 1;
                    let after = self.bare_cell();
                    return match built {
                        None if after.is_empty() => Cow::Borrowed(tail),
                        built => Cow::Owned(built.unwrap_or_default() + tail + after),
                    };
                }
                // Line ends inside a cell are one kind afterwards, whatever the file's.
                Some(b'\r') => {
                    let kept = piece(start, self.at);
                    let built = built.get_or_insert_default();
                    built.push_str(kept);
                    built.push('\n');
                    self.end_of_line();
                    start = self.at;
                }
                Some(b'\n') => {
                    self.end_of_line();
                }
                Some(_) => self.at += 1,
            }
        }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    /// The next record; blank lines are records of one empty cell.
    fn next(&mut self) -> Option<Record<'a>> {
        self.peek()?;
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            cells.push(match self.peek() {
                Some(b'"') => self.quoted_cell(),
                _ => Cow::Borrowed(self.bare_cell()),
            });
            if self.end_of_line() || self.peek().is_none() {
                return Some(Record { line, cells });
            }
            self.at += 1; // the separator
        }
    }
}

/// The separator that a first line `sep=;` names, and where that line ends.
fn separator_line(text: &str) -> Option<(u8, usize)> {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let named = text.get(..end)?.trim_matches('"').strip_prefix("sep=")?;
    match named.as_bytes() {
        [b] if b.is_ascii_punctuation() || *b == b'\t' => Some((*b, end)),
        _ => None,
    }
}

/// Which separator the file uses: the one under which most headings are known, else the one that cuts the lines most
/// alike.
pub(super) fn sniff(text: &str, recognise: &dyn Fn(&str) -> bool) -> u8 {
    if let Some((named, _)) = separator_line(text) {
        return named;
    }
    // A quote left open would make the sample the whole file: 64 kB tell enough.
    let mut cut = text.len().min(65_536);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let sample = text.get(..cut).unwrap_or_default();
    let score = |separator: u8| {
        let rows: Vec<_> = Records::new(sample, separator).take(60).filter(|r| r.cells.len() > 1).collect();
        let known = rows.iter().take(30).map(|r| r.cells.iter().filter(|c| recognise(c)).count()).max().unwrap_or(0);
        let usual = rows.iter().map(|r| rows.iter().filter(|o| o.cells.len() == r.cells.len()).count()).max();
        (known, usual.unwrap_or(0))
    };
    let mut best = (b';', score(b';'));
    for separator in [b'\t', b','] {
        let other = score(separator);
        if other > best.1 {
            best = (separator, other);
        }
    }
    best.0
}

/// The problem of a quote that nothing closes.
pub(super) fn open_quote(file: &str, line: u64) -> Problem {
    Problem::of_file(file, "un guillemet `\"` s'ouvre ici et rien ne le ferme")
        .at_line(line)
        .advise("fermez-le, ou doublez-le (`\"\"`) s'il fait partie du texte")
}
