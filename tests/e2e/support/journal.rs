//! Reading what `journal --format jsonl` says.

use serde_json::Value;
use std::collections::BTreeSet;

/// The sendings of a journal, of one channel or of all.
pub fn sent<'a>(lines: &'a [Value], channel: &str) -> Vec<&'a Value> {
    lines.iter().filter(|l| l["evenement"] == "envoi" && (channel.is_empty() || l["canal"] == channel)).collect()
}

/// Their keys; the same key twice is the one thing that must never be.
pub fn keys(lines: &[&Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lines {
        let key = line["cle"].as_str().expect("every sending has a key").to_owned();
        assert!(found.insert(key), "a key left twice: {line}");
    }
    found
}
