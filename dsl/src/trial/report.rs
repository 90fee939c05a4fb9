//! The tests of a project, scenarios' and scripts', and what is printed of them.

use super::{Outcome, Verdict, render, run};
use crate::cases::TestCase;
use crate::diagnostic::xml;
use relance_core::program::Program;
use relance_core::schema::fold;
use relance_core::script::Scripts;
use serde_json::{Value, json};
use std::fmt::Write;

/// A test that was run.
#[derive(Clone, PartialEq, Debug)]
pub struct Told {
    /// The file that it stands in.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// Why it failed; none when it passed.
    pub failed: Option<Failed>,
    /// What was compared; none for a test of a script.
    pub outcome: Option<Outcome>,
}

/// Why a test failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    /// The line to look at first, in the test's file unless `file` says otherwise.
    pub line: usize,
    /// The file of that line.
    pub file: String,
    /// In one sentence, in French.
    pub message: String,
    /// In full, for a person.
    pub text: String,
}

/// Whether a name is asked for, whatever its case and accents.
fn wanted(name: &str, filter: Option<&str>) -> bool {
    filter.is_none_or(|filter| fold(name).contains(&fold(filter.trim())))
}

/// Plays the tests of scenario files whose names hold the filter, in the order of the files; texts are at most `width` columns wide.
pub fn scenarios(cases: &[TestCase], program: &Program, filter: Option<&str>, width: usize) -> Vec<Told> {
    cases.iter().filter(|case| wanted(&case.name, filter)).map(|case| scenario(case, program, width)).collect()
}

fn scenario(case: &TestCase, program: &Program, width: usize) -> Told {
    let outcome = run(case, program);
    let failed = (!outcome.passed).then(|| {
        let text = render(case, &outcome, width);
        let first = outcome.differences.first();
        let (place, message) = match (outcome.problems.first(), first) {
            (Some(problem), _) => (&case.place, problem.clone()),
            (None, Some(difference)) => (&difference.place, difference.message.clone()),
            (None, None) => (&case.place, String::new()),
        };
        Failed { file: place.file.clone(), line: place.line as usize, message, text }
    });
    Told {
        file: case.place.file.clone(),
        line: case.place.line as usize,
        name: case.name.clone(),
        failed,
        outcome: Some(outcome),
    }
}

/// Runs the unit tests of scripts whose names hold the filter.
pub fn scripts(scripts: &Scripts, filter: Option<&str>) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for test in scripts.tests().filter(|test| wanted(&test.name, filter)) {
        let failed = scripts.run_test(&test.name).err().map(|failure| Failed {
            text: format!("{} ({}:{})\n  {failure}\n", test.name, test.place.file, test.place.line),
            line: failure.place.line,
            file: failure.place.file,
            message: failure.message,
        });
        let (file, line, name) = (test.place.file.clone(), test.place.line, test.name.clone());
        all.push(Told { file, line, name, failed, outcome: None });
    }
    all.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    all
}

/// The tests as a JUnit report: a suite for each file. Without times: the same tests give the same report.
pub fn junit(all: &[Told]) -> String {
    let failures = |of: &[&Told]| of.iter().filter(|told| told.failed.is_some()).count();
    let every: Vec<&Told> = all.iter().collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites tests=\"{}\" failures=\"{}\" errors=\"0\">", all.len(), failures(&every));
    let mut files: Vec<&str> = Vec::new();
    for told in all {
        if !files.contains(&told.file.as_str()) {
            files.push(&told.file);
        }
    }
    for file in files {
        let own: Vec<&Told> = all.iter().filter(|told| told.file == file).collect();
        let (name, tests, failed) = (xml(file), own.len(), failures(&own));
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">"
        );
        for told in own {
            let class = xml(file.rsplit_once('.').map_or(file, |(stem, _)| stem).replace('/', ".").as_str());
            let _ = write!(
                out,
                "    <testcase classname=\"{class}\" name=\"{}\" file=\"{name}\" line=\"{}\"",
                xml(&told.name),
                told.line
            );
            match &told.failed {
                None => out.push_str("/>\n"),
                Some(failed) => {
                    let (message, text) = (xml(&failed.message), xml(&failed.text));
                    let _ = writeln!(
                        out,
                        ">\n      <failure message=\"{message}\" type=\"ecart\">{text}</failure>\n    </testcase>"
                    );
                }
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// The tests as JSON.
pub fn json(all: &[Told]) -> Value {
    let failed = all.iter().filter(|told| told.failed.is_some()).count();
    let tests: Vec<Value> = all.iter().map(one).collect();
    json!({ "tests": all.len(), "echecs": failed, "resultats": tests })
}

fn one(told: &Told) -> Value {
    let mut value = json!({
        "fichier": told.file,
        "ligne": told.line,
        "nom": told.name,
        "genre": if told.outcome.is_some() { "scenario" } else { "script" },
        "reussi": told.failed.is_none(),
    });
    let (Some(failed), Some(object)) = (&told.failed, value.as_object_mut()) else { return value };
    let first = json!({ "fichier": failed.file, "ligne": failed.line, "message": failed.message });
    let Some(outcome) = &told.outcome else {
        object.insert("ecarts".to_owned(), json!([first]));
        return value;
    };
    let problem = |text: &String| json!({ "fichier": told.file, "ligne": told.line, "message": text });
    let differences = outcome.differences.iter().map(|difference| {
        json!({
            "fichier": difference.place.file,
            "ligne": difference.place.line,
            "message": difference.message,
            "raison": difference.reason,
        })
    });
    let told: Vec<Value> = outcome.problems.iter().map(problem).chain(differences).collect();
    let line =
        |line: &super::Line| json!({ "attendu": line.expected, "obtenu": line.actual, "constat": word(line.verdict) });
    let days = outcome.rows.iter().map(|row| {
        let lines: Vec<Value> = row.lines.iter().map(line).collect();
        json!({ "date": row.date.to_string(), "nomme": row.place.is_some(), "lignes": lines })
    });
    let days: Vec<Value> = days.collect();
    let ends =
        outcome.ends.iter().map(|end| json!({ "facture": end.invoice, "attendu": end.expected, "obtenu": end.actual }));
    let ends: Vec<Value> = ends.collect();
    object.insert("ecarts".to_owned(), json!(told));
    object.insert("chronologie".to_owned(), json!(days));
    object.insert("etats_finals".to_owned(), json!(ends));
    value
}

/// How a line compares, for programs.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Given => "donne",
        Verdict::Same => "conforme",
        Verdict::Free => "libre",
        Verdict::Unsaid => "tu",
        Verdict::Missing => "manque",
        Verdict::Surplus => "en_trop",
        Verdict::Instead => "autre",
    }
}
