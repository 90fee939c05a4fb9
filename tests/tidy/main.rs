//! Rules of the house that a compiler does not check.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relance_dsl::{render_full, verify};
use relance_tests::pack::Pack;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// No file is longer.
const LONGEST: usize = 600;
/// Half of the files of our crates are shorter.
const SHORT: usize = 200;
/// Everything at the top of the checkout, besides dot-files and what a build makes.
const TOP: [&str; 13] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "cli",
    "desk",
    "docs",
    "dsl",
    "engine",
    "scenarios",
    "server",
    "tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The names at the top that count.
fn top() -> Vec<String> {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "target").collect();
    names.sort();
    names
}

/// Every file under a folder.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The files that people write, with their number of lines: no snapshots, no locks.
fn written() -> Vec<(PathBuf, usize)> {
    let mut files = Vec::new();
    for name in top() {
        let path = root().join(name);
        if path.is_dir() {
            walk(&path, &mut files);
        } else {
            files.push(path);
        }
    }
    let kinds = ["rs", "pest", "sql", "md", "toml", "relance"];
    let ours = |path: &PathBuf| path.extension().is_some_and(|e| kinds.iter().any(|kind| e == *kind));
    files.retain(ours);
    files.sort();
    // Wrong files of the corpus need not be text.
    let lines = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).lines().count();
    files.into_iter().map(|path| (path.strip_prefix(root()).unwrap().to_owned(), lines(&path))).collect()
}

#[test]
fn the_top_is_what_was_agreed() {
    assert_eq!(top(), TOP);
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = written().into_iter().filter(|(_, lines)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "plus de {LONGEST} lignes : {long:?}");
}

#[test]
fn half_of_the_source_files_are_short() {
    let files: Vec<_> = written().into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "rs")).collect();
    assert!(files.len() > 100);
    let short = files.iter().filter(|(_, lines)| *lines < SHORT).count();
    assert!(2 * short >= files.len(), "{short} fichiers sur {} ont moins de {SHORT} lignes", files.len());
}

#[test]
fn no_file_is_named_utils() {
    let vague = |path: &Path| path.file_stem().is_some_and(|stem| stem == "utils" || stem == "util");
    let folder = |path: &Path| path.components().any(|part| part.as_os_str() == "utils");
    let found: Vec<_> = written().into_iter().filter(|(path, _)| vague(path) || folder(path)).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// What each of our packages depends on among ours, development included.
fn ours() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |package: &Value| package["name"].as_str().unwrap().to_owned();
    let local = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let mut names: Vec<String> = dependencies.filter(|d| d["path"].is_string()).map(name).collect();
        names.sort();
        names.dedup();
        names
    };
    packages.iter().map(|package| (name(package), local(package))).collect()
}

#[test]
fn crates_depend_on_each_other_as_agreed() {
    let ours = ours();
    let expected: [(&str, &[&str]); 8] = [
        (
            "relance",
            &[
                "relance-core",
                "relance-desk",
                "relance-dsl",
                "relance-engine",
                "relance-letters",
                "relance-server",
                "relance-tests",
            ],
        ),
        ("relance-core", &[]),
        ("relance-desk", &["relance-core", "relance-dsl", "relance-engine", "relance-letters"]),
        ("relance-dsl", &["relance-core"]),
        ("relance-engine", &["relance-core"]),
        ("relance-letters", &["relance-core", "relance-engine"]),
        (
            "relance-server",
            &["relance-core", "relance-desk", "relance-dsl", "relance-engine", "relance-letters", "relance-tests"],
        ),
        ("relance-tests", &["relance-core", "relance-dsl", "relance-engine"]),
    ];
    assert_eq!(ours.len(), expected.len(), "{ours:?}");
    for (name, allowed) in expected {
        let found = ours.get(name).unwrap_or_else(|| panic!("{name} manque : {ours:?}"));
        assert!(found.iter().all(|d| allowed.contains(&d.as_str())), "{name} dépend de {found:?}");
    }
}

#[test]
fn the_shipped_scenarios_compile_without_any_finding() {
    let pack = Pack::read();
    assert_eq!(pack.sources.len(), 6);
    let compilation = verify(&pack.sources, &pack.context, &pack.library.facts());
    assert!(compilation.diagnostics.is_empty(), "{}", render_full(&compilation.diagnostics, &pack.sources, false));
    assert_eq!(compilation.machines.map(|machines| machines.len()), Some(pack.sources.len()));
}
