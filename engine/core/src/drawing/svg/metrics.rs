//! How wide text is, by estimate: the letters of Helvetica, whose metrics Arial and Liberation Sans share, rounded up.

use crate::drawing::escape::plain;
use crate::schema::fold;

/// Widths of the characters from U+0020 to U+007E, in thousandths of the font's size.
const ASCII: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // blank to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
];

fn thousandths(c: char) -> i64 {
    let ascii = |c: char| ASCII.get((c as usize).wrapping_sub(32)).copied().map(i64::from);
    match c {
        ' '..='~' => ascii(c).unwrap_or(600),
        '\u{a0}' | '\u{202f}' | '·' | '’' | '‘' => 333,
        '…' | '—' | '→' | '←' | '\u{fffd}' | '✓' => 1000,
        '\u{c0}'..='\u{24f}' => {
            // An accent does not widen its letter; what is no accented letter of French is taken as wide.
            let base = fold(&c.to_string()).chars().next().and_then(ascii);
            if c.is_lowercase() { base.unwrap_or(720) } else { base.map_or(1000, |width| width + 230) }
        }
        '\u{80}'..='\u{2af}' | '\u{2010}'..='\u{22ff}' => 620,
        '\u{2b0}'..='\u{10ff}' => 900,
        _ => 1400,
    }
}

/// How text looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Style {
    /// Class in the style sheet.
    pub class: &'static str,
    /// Height of the letters.
    pub size: i64,
    /// From line to line.
    pub line: i64,
    /// Whether it is bold.
    pub bold: bool,
}

impl Style {
    pub(super) const fn new(class: &'static str, size: i64, bold: bool) -> Style {
        Style { class, size, line: (size * 4 + 2) / 3, bold }
    }
}

/// The width of a line of text.
pub(super) fn width(text: &str, style: Style) -> i64 {
    scaled(text.chars().map(thousandths).fold(0, i64::saturating_add), style)
}

fn scaled(thousandths: i64, style: Style) -> i64 {
    let heavy = if style.bold { 112 } else { 103 };
    (thousandths.saturating_mul(style.size).saturating_mul(heavy) / 100_000).saturating_add(1)
}

/// The width that the drawing allows for a line of text, in its units: what is wrapped and placed by it does not overlap.
pub fn text_width(text: &str, size: u8, bold: bool) -> i64 {
    width(text, Style::new("", i64::from(size), bold))
}

/// Lines no wider than `room`: broken at blanks, a word that is too long after an underscore or wherever it must be.
pub(super) fn wrap(text: &str, style: Style, room: i64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    // French quotes stay with what they enclose.
    let text = plain(text).replace("« ", "«\u{a0}").replace(" »", "\u{a0}»");
    for word in text.split(' ') {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&joined, style) <= room {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while let Some(cut) = cut(rest, style, room) {
            let (head, tail) = rest.split_at(cut);
            lines.push(head.to_owned());
            rest = tail;
        }
        line = rest.to_owned();
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Where a word that is too long is cut, `None` when it is not: at least one character stays.
fn cut(word: &str, style: Style, room: i64) -> Option<usize> {
    let (mut sum, mut nice) = (0, None);
    for (at, c) in word.char_indices() {
        sum += thousandths(c);
        if at > 0 && scaled(sum, style) > room {
            return nice.or(Some(at));
        }
        if matches!(c, '_' | '-' | '.' | '/' | '\u{a0}') {
            nice = Some(at + c.len_utf8());
        }
    }
    None
}
