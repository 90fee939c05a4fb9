//! Every example of docs/formats.md runs. A block ```` ```csv factures.csv ```` is a file of that name, ```` ```csv faux factures.csv ````
//! one whose problems the following ```` ```text ```` block shows; a `toml` block names the columns of the files after it.

use crate::{import_with, today};
use relance_engine::import::{Kind, Known, Options, read, reconcile};

/// The segments of the examples.
fn of_the_project() -> Options {
    Options { segments: vec!["vip".to_owned()], ..Options::default() }
}

#[test]
fn every_example_of_the_documentation_imports() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut good: Vec<(String, String)> = Vec::new();
    let mut options = of_the_project();
    let mut last_problems = None;
    let mut blocks = 0;
    for block in text.split("\n```").skip(1).step_by(2) {
        let (info, body) = block.split_once('\n').unwrap();
        let body = format!("{body}\n");
        match info.split_once(' ') {
            Some(("csv", name)) => {
                blocks += 1;
                let name = name.trim();
                if let Some(name) = name.strip_prefix("faux ") {
                    let result = import_with(&Known::default(), &[(name, &body)], &Options::default());
                    last_problems = Some(result.problems.iter().map(|p| format!("{p}\n")).collect::<String>());
                    continue;
                }
                let batch = read(&[(name, &body)], &options);
                assert_eq!(batch.problems, [], "{name}");
                assert!(batch.files[0].taken > 0, "{name}");
                if options.columns.is_empty() {
                    good.push((name.to_owned(), body));
                }
            }
            None if info == "toml" => {
                let settings: toml::Table = body.parse().unwrap();
                for (kind, section) in settings["import"].as_table().unwrap() {
                    let columns = section["colonnes"].as_table().unwrap();
                    let columns = columns.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
                    options.columns.insert(Kind::find(kind).unwrap(), columns);
                }
            }
            None if info == "text" => {
                if let Some(problems) = last_problems.take() {
                    assert_eq!(body, problems);
                }
            }
            _ => {}
        }
    }
    assert!(blocks >= 6, "{blocks} examples found");
    let result = reconcile(&Known::default(), &read(&good, &of_the_project()), today(), chrono_tz::Europe::Paris);
    assert_eq!(result.problems, [], "all the good examples together");
}

/// The tables of columns in the documentation name every column that the code knows.
#[test]
fn every_column_is_documented() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kind in Kind::ALL {
        let section =
            text.split(&format!("## `{}.csv`", kind.name())).nth(1).unwrap_or_else(|| panic!("no section of {kind:?}"));
        let section = section.split("\n## ").next().unwrap();
        for field in kind.fields() {
            assert!(section.contains(&format!("`{}`", field.name)), "{kind:?}: {} is not documented", field.name);
        }
    }
}
