//! Files before and after.

use crate::formatted;
use relance_dsl::Source;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "relance"));
    files.sort();
    assert!(!files.is_empty());
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn shown(text: &str) -> String {
    let done = formatted(text);
    let again = formatted(&done.text);
    assert_eq!(again.text, done.text);
    assert!(!again.changed);
    let source = Source { path: String::new(), bytes: text.as_bytes().to_vec() };
    let original = source.text();
    let mut shown = done.text;
    for place in done.kept {
        shown.push_str(&format!("\n──── gardé ────\n{}\n", &original[place.start..place.end]));
    }
    shown
}

#[test]
fn ours() {
    for path in files("tests/format/files") {
        let name = stem(&path);
        insta::assert_snapshot!(name, shown(&fs::read_to_string(&path).unwrap()));
    }
}

#[test]
fn the_good_files_of_the_corpus() {
    for path in files("../tests/corpus/good") {
        let name = format!("bon_{}", stem(&path));
        insta::assert_snapshot!(name, shown(&fs::read_to_string(&path).unwrap()));
    }
}

#[test]
fn the_bad_files_of_the_corpus() {
    for path in files("../tests/corpus/bad") {
        let name = format!("mauvais_{}", stem(&path));
        insta::assert_snapshot!(name, shown(&fs::read_to_string(&path).unwrap()));
    }
}
