//! What users wrote, made harmless in each notation.

/// Folds blanks into one ordinary space, keeps no-break ones, and shows what no notation can carry as U+FFFD: control characters, and
/// marks that turn the direction of the text.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' | '\t' | '\r' | '\n' => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => plain.push('\u{fffd}'),
            c if c.is_control() => plain.push('\u{fffd}'),
            c => plain.push(c),
        }
    }
    plain.trim().to_owned()
}

/// Text or an attribute of XML.
pub(super) fn xml(text: &str) -> String {
    replaced(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    })
}

/// Inside the quotes of Graphviz.
pub(super) fn dot(text: &str) -> String {
    replaced(text, |c| match c {
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        _ => None,
    })
}

/// Inside the quotes of a Mermaid label, which may hold HTML, Markdown (`` ` ``), formulas (`$$`) and directives (`%%{`).
pub(super) fn mermaid(text: &str) -> String {
    replaced(text, |c| match c {
        '"' => Some("#quot;"),
        '#' => Some("#35;"),
        '&' => Some("#amp;"),
        '<' => Some("#lt;"),
        '>' => Some("#gt;"),
        '`' => Some("#96;"),
        '%' => Some("#37;"),
        '$' => Some("#36;"),
        _ => None,
    })
}

fn replaced(text: &str, by: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match by(c) {
            Some(replacement) => out.push_str(replacement),
            None => out.push(c),
        }
    }
    out
}
