//! The VS Code extension says what the language says.
#![allow(clippy::unwrap_used, clippy::panic)]

use relance_core::schema::{Fact, fold};
use relance_dsl::ide::{Workspace, complete};
use relance_dsl::{Context, Source, keywords};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The words of the lists of a grammar, folded: `[eé]tape` is `etape`.
fn words(grammar: &Value, found: &mut BTreeSet<String>) {
    match grammar {
        Value::String(pattern) => {
            if let Some((_, list)) = pattern.split_once(".])(?:") {
                let list = list.split(')').next().unwrap();
                let plain = list
                    .replace("[aà]", "a")
                    .replace("[aâ]", "a")
                    .replace("[eé]", "e")
                    .replace("[eè]", "e")
                    .replace("[eê]", "e");
                let plain = plain.replace("[uû]", "u").replace("[uù]", "u").replace("['’]", "'").replace("\\.", ".");
                found.extend(plain.split('|').map(fold));
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| words(part, found)),
        Value::Object(parts) => parts.values().for_each(|part| words(part, found)),
        _ => {}
    }
}

#[test]
fn every_keyword_and_fact_has_its_colour() {
    let mut found = BTreeSet::new();
    words(&read("syntaxes/relance.tmLanguage.json"), &mut found);
    let all = keywords::RESERVED.iter().chain(keywords::CONTEXTUAL).chain(keywords::ACTIONS).copied();
    let facts = Fact::ALL.iter().map(|fact| fact.name());
    let wanted: BTreeSet<String> = all.chain(facts).map(fold).collect();
    let missing: Vec<_> = wanted.difference(&found).collect();
    assert!(missing.is_empty(), "not in the grammar: {missing:?}");
    let unknown: Vec<_> = found.difference(&wanted).collect();
    assert!(unknown.is_empty(), "not in the language: {unknown:?}");
}

#[test]
fn snippets_are_those_of_the_language_server() {
    let path = "a.relance";
    let mut workspace = Workspace::new(Context::default());
    workspace.set_file(Source { path: path.to_owned(), bytes: Vec::new() });
    workspace.check();
    let offered = complete(&workspace, path, 0);
    let snippets = read("snippets/relance.json");
    let snippets = snippets.as_object().unwrap();
    assert!(snippets.len() > 15);
    for (name, snippet) in snippets {
        let lines: Vec<&str> = snippet["body"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let same = offered.iter().find(|completion| completion.label == *name);
        assert_eq!(same.map(|completion| completion.insert.as_str()), Some(lines.join("\n").as_str()), "{name}");
        assert!(!snippet["prefix"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_manifest_names_what_is_there() {
    let manifest = read("package.json");
    let contributes = &manifest["contributes"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode");
    for file in [
        &manifest["main"],
        &contributes["languages"][0]["configuration"],
        &contributes["grammars"][0]["path"],
        &contributes["snippets"][0]["path"],
    ] {
        assert!(folder.join(file.as_str().unwrap()).is_file(), "{file}");
    }
    assert_eq!(contributes["languages"][0]["extensions"][0], ".relance");
    assert_eq!(contributes["grammars"][0]["scopeName"], read("syntaxes/relance.tmLanguage.json")["scopeName"]);
    read("language-configuration.json");
    let extension = std::fs::read_to_string(folder.join("extension.js")).unwrap();
    for setting in contributes["configuration"]["properties"].as_object().unwrap().keys() {
        let name = setting.strip_prefix("relance.").unwrap();
        assert!(extension.contains(&format!("settings.get(\"{name}\")")), "{setting} is not read");
    }
}
