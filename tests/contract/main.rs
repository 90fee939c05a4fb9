//! The contract of the language, sentence by sentence: tables that name for each what would fail if it were not so, and the plans
//! with tests that they name.
//!
//! A table is `tests/contract/<section>.md`: a row a sentence, in our words, with the tests in its last column. A test is named
//! `section/fichier.relance: titre` (a test in a scenario file of this folder, played here), `path/from/the/root.rs::function`
//! or `tests/corpus/bad/fichier.relance` (a wrong file whose diagnostics stand beside it).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod addresses;
mod compiling;
mod facts;
mod imports;
mod letters;
mod life;
mod machine;
mod promises;
mod sequences;
mod telling;
mod text;
mod time;

use relance_core::program::Program;
use relance_dsl::{Source, TestCase, render_full, trial};
use relance_tests::{ZONE, context};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files of this folder with an extension, sorted, by their path in it.
fn files(extension: &str) -> BTreeMap<String, String> {
    let folder = root().join("tests/contract");
    let mut found = BTreeMap::new();
    let mut left = vec![folder.clone()];
    while let Some(here) = left.pop() {
        for entry in fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The days of the lines of a journal told that hold these words.
fn days<'a>(told: &'a str, words: &str) -> Vec<&'a str> {
    told.lines().filter(|line| line.contains(words)).map(|line| &line[..10]).collect()
}

/// A row of a table: its number, what holds, the tests.
struct Row {
    table: String,
    number: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (table, text) in files("md") {
        for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).skip(1) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [number, sentence, tests] = cells[..] else { panic!("{table}: three cells are wanted\n{line}") };
            assert!(!sentence.is_empty(), "{table}: {line}");
            let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            rows.push(Row { table: table.clone(), number: number.to_owned(), tests });
        }
    }
    rows
}

struct Plan {
    program: Program,
    tests: Vec<TestCase>,
}

fn plan(name: &str, text: &str) -> Plan {
    let source = Source { path: name.to_owned(), bytes: text.as_bytes().to_vec() };
    let compilation = relance_dsl::compile(std::slice::from_ref(&source), &context());
    let Some(machines) = compilation.machines else {
        panic!("{}", render_full(&compilation.diagnostics, &[source], false));
    };
    Plan { program: Program::new(machines, ZONE, BTreeMap::new()), tests: compilation.tests }
}

#[test]
fn every_plan_does_what_its_tests_say() {
    let mut failed = String::new();
    let mut played = 0;
    for (name, text) in files("relance") {
        let Plan { program, tests } = plan(&name, &text);
        assert!(!tests.is_empty(), "{name} holds no test");
        for told in trial::scenarios(&tests, &program, None, 100) {
            played += 1;
            if let Some(text) = told.failed.map(|failed| failed.text) {
                failed.push_str(&format!("{name}\n{text}\n"));
            }
        }
    }
    assert!(played > 0);
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn every_sentence_has_a_test_that_exists() {
    let plans = files("relance");
    let mut missing = String::new();
    let mut numbers = BTreeSet::new();
    for Row { table, number, tests } in rows() {
        if !numbers.insert((table.clone(), number.clone())) {
            missing.push_str(&format!("{table} {number}: the number stands twice\n"));
        }
        if tests.is_empty() {
            missing.push_str(&format!("{table} {number}: no test\n"));
        }
        for test in tests {
            let exists = if let Some((file, function)) = test.split_once("::") {
                let text = fs::read_to_string(root().join(file)).unwrap_or_default();
                text.contains(&format!("fn {function}("))
            } else if let Some((file, title)) = test.split_once(": ") {
                plans.get(file).is_some_and(|text| text.contains(&format!("test \"{title}\"")))
            } else {
                root().join(&test).is_file() && root().join(&test).with_extension("snap").is_file()
            };
            if !exists {
                missing.push_str(&format!("{table} {number}: {test} does not exist\n"));
            }
        }
    }
    assert!(!numbers.is_empty());
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn every_test_stands_for_a_sentence() {
    let named: BTreeSet<String> = rows().into_iter().flat_map(|row| row.tests).collect();
    let mut idle = String::new();
    for (name, text) in files("relance") {
        for title in text.lines().filter_map(|line| line.trim().strip_prefix("test \"")?.strip_suffix('"')) {
            if !named.contains(&format!("{name}: {title}")) {
                idle.push_str(&format!("{name}: {title}\n"));
            }
        }
    }
    assert!(idle.is_empty(), "no row names these\n{idle}");
}
