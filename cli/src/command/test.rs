//! `tester`: the tests in scenario files and the unit tests of scripts.

use super::check;
use crate::args::{CheckFormat, TestArgs, TestFormat};
use crate::failure::Failure;
use crate::output::{self, BOLD, DIM, GREEN, RED, count};
use crate::project::{self, Project};
use relance_core::script::Scripts;
use relance_dsl::Severity;
use relance_dsl::trial::{self, Told};
use std::path::{Path, PathBuf};

/// Columns of a failure when the terminal does not say how many it has.
const COLUMNS: usize = 80;

/// Runs the tests of a project and tells how they ended.
pub fn run(dir: &Path, args: &TestArgs) -> Result<(), Failure> {
    // Tests may play scenarios of other files: all are read, and the files chosen afterwards.
    let project = project::open(dir, &[])?;
    let machines = project.machines().inspect_err(|_| unplayed(&project, dir, args.format))?;
    let tests = project.compile().tests;
    let sources = project.context().scripts;
    let fields: Vec<_> = machines.iter().flat_map(|m| &m.fields).map(|f| (f.name.clone(), f.ty)).collect();
    let scripts = Scripts::compile(&sources, &fields).map_err(|problems| {
        problems.iter().for_each(|problem| anstream::eprintln!("{problem}"));
        Failure::Findings(count(problems.len(), "erreur dans les scripts", "erreurs dans les scripts"))
    })?;
    let program = project.prepare(machines);
    let filter = args.filtre.as_deref();
    let names: Vec<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    let mut all = trial::scenarios(&tests, &program, filter, columns());
    all.extend(trial::scripts(&scripts, filter));
    let known = project.sources.iter().map(|s| s.path.as_str()).chain(sources.iter().map(|s| s.path.as_str()));
    let known: Vec<&str> = known.collect();
    if !args.fichiers.is_empty() {
        let chosen = args.fichiers.iter().map(|file| named(dir, file, &known)).collect::<Result<Vec<String>, _>>()?;
        all.retain(|told| chosen.contains(&told.file));
    }
    if let (true, Some(filter)) = (all.is_empty(), filter) {
        // A name that is mistyped must not look like a success, least of all to a machine.
        return Err(Failure::Usage(
            format!("aucun test dont le nom contient « {filter} » : rien n’a été joué"),
            nearest(&names, filter),
        ));
    }
    let failed = all.iter().filter(|told| told.failed.is_some()).count();
    match args.format {
        TestFormat::Texte => output::print(&text(&all))?,
        TestFormat::Json => output::json(&trial::json(&all))?,
        TestFormat::Junit => output::print(&trial::junit(&all))?,
    }
    if failed > 0 {
        let verb = if failed > 1 { "échouent" } else { "échoue" };
        return Err(Failure::Findings(format!("{} sur {} {verb}.", count(failed, "test", "tests"), all.len())));
    }
    Ok(())
}

/// A plan that does not compile plays no test; a program that reads the report is told why.
fn unplayed(project: &Project, dir: &Path, format: TestFormat) {
    let diagnostics = project.verify().diagnostics.into_iter().filter(|d| d.severity == Severity::Error);
    let findings = check::told(project, &diagnostics.collect::<Vec<_>>());
    // The failure itself is told by who called.
    let _ = match format {
        TestFormat::Texte => Ok(()),
        TestFormat::Json => check::written(dir, CheckFormat::Json, findings, &[]),
        TestFormat::Junit => check::written(dir, CheckFormat::Junit, findings, &[]),
    };
}

/// Which tests there are, the most alike first.
fn nearest(names: &[&str], filter: &str) -> String {
    let mut near: Vec<&str> = names.to_vec();
    near.sort_by(|a, b| strsim::jaro_winkler(b, filter).total_cmp(&strsim::jaro_winkler(a, filter)));
    match near.as_slice() {
        [] => "le projet n’a aucun test".to_owned(),
        [only] => format!("le seul test du projet est « {only} »"),
        more => {
            let told: Vec<String> = more.iter().take(3).map(|name| format!("« {name} »")).collect();
            format!("il y a par exemple {} ; sans --filtre, tous sont joués", told.join(", "))
        }
    }
}

/// The project's name of a file that the user names.
fn named(dir: &Path, file: &PathBuf, known: &[&str]) -> Result<String, Failure> {
    let inside = file.strip_prefix(dir).unwrap_or(file).to_string_lossy().replace('\\', "/");
    let inside = inside.trim_start_matches("./");
    // Named from another folder, it may be known by the end of its path.
    let found = known.iter().find(|path| **path == inside).or_else(|| {
        let whole = std::fs::canonicalize(file).ok()?;
        let root = std::fs::canonicalize(dir).ok()?;
        let inside = whole.strip_prefix(root).ok()?.to_string_lossy().replace('\\', "/");
        known.iter().find(|path| **path == inside)
    });
    found.map(|path| (*path).to_owned()).ok_or_else(|| {
        Failure::Usage(
            format!("`{}` n’est ni un scénario ni un script du projet", file.display()),
            "donnez un fichier de `scenarios/` ou de `scripts/`, ou aucun pour tout tester".to_owned(),
        )
    })
}

fn columns() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    told.unwrap_or(COLUMNS).clamp(60, 160)
}

fn text(all: &[Told]) -> String {
    let Some(first) = all.first() else {
        return "Aucun test : écrivez un bloc `test \"…\"` dans un scénario, ou une fonction `test_…` dans un script.\n"
            .to_owned();
    };
    let mut out = String::new();
    let mut file = "";
    for told in all {
        if told.file != file || std::ptr::eq(told, first) {
            file = &told.file;
            out.push_str(&format!("{BOLD}{file}{BOLD:#}\n"));
        }
        let mark = if told.failed.is_some() { format!("{RED}✗{RED:#}") } else { format!("{GREEN}✓{GREEN:#}") };
        out.push_str(&format!("  {mark} {}\n", told.name));
    }
    for failed in all.iter().filter_map(|told| told.failed.as_ref()) {
        out.push('\n');
        for (n, line) in failed.text.lines().enumerate() {
            out.push_str(&match line.chars().next() {
                _ if n == 0 => format!("{RED}échec{RED:#} : {BOLD}{line}{BOLD:#}\n"),
                Some('≠') => format!("{RED}{line}{RED:#}\n"),
                _ if line.contains("(libre)") => format!("{DIM}{line}{DIM:#}\n"),
                _ => format!("{line}\n"),
            });
        }
    }
    let failed = all.iter().filter(|told| told.failed.is_some()).count();
    if failed == 0 {
        let passed = if all.len() > 1 { "réussis" } else { "réussi" };
        out.push_str(&format!("\n{GREEN}{} {passed}{GREEN:#}.\n", count(all.len(), "test", "tests")));
    }
    out
}
