//! Words of other people on our lines: a client's name may be anything.

/// The longest text of others on one line.
const LONGEST: usize = 80;

/// Whether a character moves what stands around it: right-to-left marks and their like.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text without what a terminal or a reader would obey.
pub fn inert(text: &str) -> String {
    text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// A text on one line, cut where it goes beyond all measure.
pub fn line(text: &str) -> String {
    let one = inert(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if one.chars().count() <= LONGEST { one } else { format!("{}…", one.chars().take(LONGEST).collect::<String>()) }
}

/// A cell of a CSV file with semicolons. What a spreadsheet would take for a formula gets an apostrophe before it, as a person would write it.
pub fn cell(text: &str) -> String {
    let text = inert(text);
    let dangerous = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let number =
        text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ',' | '.' | ' ' | '\u{a0}' | '\u{202f}'))
            && text.chars().filter(|c| matches!(c, '+' | '-')).count() <= 1;
    let text = if dangerous && !number { format!("'{text}") } else { text };
    if text.contains([';', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_data() {
        for (text, wanted) in [
            ("Garage Lefort", "Garage Lefort"),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            (" =1+1", "' =1+1"),
            ("\t=1+1", "' =1+1"),
            ("\u{202e}=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\r=1", "' =1"),
            ("＝1+1", "'＝1+1"),
            ("+41 22 700 00 00", "+41 22 700 00 00"),
            ("-12,50", "-12,50"),
            ("+1-1", "'+1-1"),
            ("a;b", "\"a;b\""),
            ("a\r\nb", "\"a \nb\""),
        ] {
            assert_eq!(cell(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn lines_are_one_line() {
        assert_eq!(line("Durand\r\n\u{1b}[31mSA\u{202e}"), "Durand [31mSA");
        assert_eq!(line(&"é".repeat(10_000)).chars().count(), LONGEST + 1);
    }
}
