//! Keeps the data's characters apart from the template's. Each character of a value that is printed is moved to a
//! private plane of Unicode, where nothing has a meaning, and moved back once the Markdown was read: a client called
//! `<b>*SARL*_` can neither open a tag nor a list.

/// Where U+0000 goes.
const PLANE: u32 = 0xF_0000;
/// Stands for a value that the message lacks; no data can contain it (see [`clean`]).
pub(super) const ABSENT: char = '\u{10FFFD}';

/// A value longer than this is a mistake of the data, or worse: it is cut.
const LONGEST: usize = 500;

/// Marks that turn the direction of a text: they make a name, or what stands after it, read as another.
pub(crate) fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value of the data, clean and no longer than a message can bear.
pub(super) fn value(text: &str) -> String {
    let mut value = clean(text);
    if let Some((at, _)) = value.char_indices().nth(LONGEST) {
        value.truncate(at);
        value.push('…');
    }
    value
}

/// Data as it may enter a message: one kind of line end, no control characters, no marks of direction, nothing of the private planes.
pub(super) fn clean(text: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    let cleaned = unix.chars().filter(|c| !turns(*c)).map(|c| match c {
        '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        '\n' => '\n',
        c if c.is_control() => ' ',
        c if u32::from(c) >= PLANE => '\u{FFFD}',
        c => c,
    });
    cleaned.collect()
}

/// Moves a text out of the reach of Markdown.
pub(super) fn hide(text: &str) -> String {
    text.chars()
        .map(|c| if u32::from(c) < 0x1_0000 { char::from_u32(PLANE + u32::from(c)).unwrap_or(c) } else { c })
        .collect()
}

/// Moves it back.
pub(super) fn reveal(text: &str) -> String {
    text.chars().map(|c| u32::from(c).checked_sub(PLANE).and_then(char::from_u32).unwrap_or(c)).collect()
}

/// A text on one line, as headers and short messages need it.
pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c == ' ' || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_text_comes_back_and_has_no_markup() {
        let nasty = "<b>*SARL*_\n# titre\u{202f}é 😀 𠀀 [x](y)";
        let hidden = hide(&clean(nasty));
        assert!(!hidden.contains(['<', '*', '_', '#', '[', '\n']));
        assert_eq!(reveal(&hidden), nasty);
    }

    #[test]
    fn data_cannot_forge_hidden_text() {
        let forged = hide("<script>");
        assert!(!reveal(&hide(&clean(&forged))).contains('<'));
        assert!(!clean("a\u{10FFFD}b").contains(ABSENT));
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{200f}"), "abc");
        assert_eq!(value(&"é".repeat(10_000)).chars().count(), LONGEST + 1);
        assert_eq!(one_line(&clean("Objet\r\nBcc: x@y.z\tfin\u{a0}!")), "Objet Bcc: x@y.z fin\u{a0}!");
    }
}
