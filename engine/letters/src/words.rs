//! Words as they may stand on paper.

/// Letters in a row after which a line may break: a word of ten thousand letters does not leave the page.
const BREAKS: usize = 20;
/// The same in the narrow columns of a table.
const NARROW: usize = 12;
/// The same for the names of files.
const LONG_NAME: usize = 34;
/// Where a line may break, unseen.
const BREAK: char = '\u{200b}';

/// Text that shows all that it says: without marks that turn the reading direction or only change how others look, and with places where
/// words that are too long can break.
pub(crate) fn shown(text: &str) -> String {
    breakable(text, BREAKS)
}

/// The same, for a narrow column.
pub(crate) fn narrow(text: &str) -> String {
    breakable(text, NARROW)
}

/// The name of a file: broken only where it would not fit, so that it can be copied.
pub(crate) fn file_name(text: &str) -> String {
    breakable(text, LONG_NAME)
}

fn breakable(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut row = 0;
    for c in text.chars() {
        if is_unseen(c) {
            continue;
        }
        let c = if c.is_control() && c != '\n' { ' ' } else { c };
        row = if c.is_whitespace() || c == '-' { 0 } else { row + 1 };
        if row > most {
            out.push(BREAK);
            row = 1;
        }
        out.push(c);
    }
    out
}

/// On one line.
pub(crate) fn line(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    visible.split(|c: char| c == ' ' || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The lines that are not empty.
pub(crate) fn lines(text: Option<&String>) -> Vec<String> {
    text.map_or("", String::as_str).lines().map(line).filter(|line| !line.is_empty()).collect()
}

/// Marks of direction, joiners, variation selectors and what else has no shape of its own.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_the_reading_is_left_out_and_long_words_can_break() {
        assert_eq!(shown("abc\u{202e}def\u{2066}g\u{200f}"), "abcdefg");
        assert_eq!(line(" a\u{202e}\tb\r\nc "), "a b c");
        let long = shown(&"x".repeat(10_000));
        assert!(long.split(BREAK).all(|word| word.len() <= BREAKS));
        assert_eq!(long.replace(BREAK, ""), "x".repeat(10_000));
        assert_eq!(shown("FR76\u{a0}3000\u{202f}6000"), "FR76\u{a0}3000\u{202f}6000");
    }
}
