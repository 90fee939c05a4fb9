//! The formatter: one form, the same machine, nothing lost.

use crate::project::{compiled, source};
use relance_dsl::{Formatted, Source, format};

/// Formats the bytes, twice.
pub fn check(bytes: &[u8]) {
    let original = source(bytes);
    let Ok(done) = format(&original) else { return };
    assert_eq!(done.defect, None, "given up");
    let text = original.text();
    assert_eq!(done.changed, done.text.as_bytes() != bytes);
    let again = twice(&done);
    assert_eq!(again.text, done.text, "formatted twice");
    assert_eq!(again.kept.len(), done.kept.len());
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    for place in &done.kept {
        let kept = text.get(place.start..place.end).expect("a place in the text");
        assert!(done.text.contains(&plain(kept)), "lost `{kept}`");
    }
    assert!(comments(&text).iter().all(|comment| done.text.contains(comment.as_str())), "lost a comment");
    let hashes = |source: &Source| {
        Some(compiled(&source.bytes).machines?.iter().map(|machine| machine.hash()).collect::<Vec<_>>())
    };
    assert_eq!(hashes(&original), hashes(&as_source(&done)), "another machine");
}

fn as_source(done: &Formatted) -> Source {
    source(done.text.as_bytes())
}

fn twice(done: &Formatted) -> Formatted {
    format(&as_source(done)).expect("what it wrote is text")
}

/// The comments that stand on lines of their own, whatever else is on the page: those that no quote can hide.
fn comments(text: &str) -> Vec<String> {
    let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    let whole = lines.filter_map(|line| line.trim().strip_prefix('#'));
    whole
        .map(|line| line.trim().to_owned())
        .filter(|line| line.is_ascii() && !line.contains(char::is_control))
        .collect()
}
