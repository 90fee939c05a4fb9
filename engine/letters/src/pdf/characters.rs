//! Characters that no font has. A missing one would leave a hole, which PDF/A forbids: a box stands in its place.

use serde_json::Value;
use std::collections::BTreeMap;
use typst::text::Font;

/// What stands for a character that cannot be printed.
const BOX: char = '\u{25a1}';

/// Replaces in all texts what none of the fonts has.
pub(super) fn printable(value: &mut Value, fonts: &[Font]) {
    let mut known = BTreeMap::new();
    walk(value, fonts, &mut known);
}

fn walk(value: &mut Value, fonts: &[Font], known: &mut BTreeMap<char, bool>) {
    match value {
        Value::String(text) => {
            let mut has = |c: char| {
                c.is_ascii()
                    || c == '\u{200b}'
                    || *known
                        .entry(c)
                        .or_insert_with(|| fonts.iter().any(|font| font.info().coverage.contains(c.into())))
            };
            if !text.chars().all(&mut has) {
                *text = text.chars().map(|c| if has(c) { c } else { BOX }).collect();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, fonts, known)),
        Value::Object(fields) => fields.values_mut().for_each(|item| walk(item, fonts, known)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
