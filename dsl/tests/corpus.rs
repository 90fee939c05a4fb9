//! Files that compile, with their machine, and files that do not, with what the user reads.
#![allow(clippy::unwrap_used)]

mod common;

use relance_dsl::{Source, compile, render_full};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "relance"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn each(folder: &str, good: bool) {
    for path in files(folder) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = Source { path: format!("scenarios/{stem}.relance"), bytes: fs::read(&path).unwrap() };
        let compilation = compile(std::slice::from_ref(&source), &common::context());
        let mut output = render_full(&compilation.diagnostics, &[source], false);
        assert_eq!(compilation.machines.is_some(), good, "{stem}\n{output}");
        if let Some(machines) = compilation.machines {
            output.push_str(&serde_json::to_string_pretty(&machines).unwrap());
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(stem, output));
    }
}

#[test]
fn good() {
    each("good", true);
}

#[test]
fn bad() {
    each("bad", false);
}
