//! A project as it stands on the disk.

use crate::project::{self, Project};
use relance_core::eval::Facts;
use relance_core::facts::InvoiceFacts;
use relance_core::schema::Fact;
use relance_dsl::{Context, Source};
use relance_engine::config::{Config, ConfigProblem};
use relance_engine::template::Severity;
use std::collections::BTreeMap;
use std::path::Path;

/// The settings of a project.
const SETTINGS: &str = "relance.toml";

/// An invoice's number, and the value of each of its facts; `None` is unknown.
pub type Values = (String, BTreeMap<String, Option<String>>);

/// What a project's folder gives.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What it declares.
    pub context: Context,
    /// Its scenarios.
    pub sources: Vec<Source>,
    /// What is wrong with its templates.
    pub problems: Vec<Problem>,
    /// The invoice that is looked at, and its facts by name.
    pub invoice: Option<Values>,
    /// Its settings could be read.
    pub known: bool,
}

/// Something wrong outside of the scenarios.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// The file's path in the project.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// It keeps the project from running.
    pub error: bool,
    /// What, and what to do.
    pub message: String,
}

/// Reads a project. Settings that are wrong leave it without what they declare.
pub fn project(dir: &Path, invoice: Option<&str>, base: Option<&str>) -> Loaded {
    let settings = std::fs::read_to_string(dir.join(SETTINGS)).unwrap_or_default();
    if let Err(found) = Config::parse(&settings, Path::new(SETTINGS)) {
        return Loaded { problems: found.into_iter().map(of_settings).collect(), ..without_settings(dir) };
    }
    let Ok(project) = project::open(dir, &[]) else { return without_settings(dir) };
    let problems = project.template_problems.iter().map(|problem| Problem {
        file: problem.file.clone(),
        line: problem.line,
        column: problem.column.unwrap_or(1),
        error: problem.severity == Severity::Error,
        message: told(&problem.message, problem.help.as_deref()),
    });
    Loaded {
        context: project.context(),
        problems: problems.collect(),
        invoice: invoice.and_then(|number| facts(&project, number, base)),
        sources: project.sources,
        known: true,
    }
}

fn without_settings(dir: &Path) -> Loaded {
    Loaded { sources: project::scenarios(dir).unwrap_or_default(), ..Loaded::default() }
}

fn of_settings(found: ConfigProblem) -> Problem {
    let message = told(&found.message, found.help.as_deref());
    Problem { file: found.file, line: found.line, column: found.column, error: true, message }
}

fn told(message: &str, help: Option<&str>) -> String {
    match help {
        Some(help) => format!("{message}\naide : {help}"),
        None => message.to_owned(),
    }
}

/// The facts of an invoice of the base, as they stand today. Nothing when there is no base, or no such invoice in it.
fn facts(project: &Project, number: &str, base: Option<&str>) -> Option<Values> {
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    runtime.block_on(async {
        if !project.has_base(base) {
            return None;
        }
        let store = project.store(base).await.ok()?;
        let client = store.client_of(number).await.ok()??;
        let program = project.prepare(store.machines_in_force().await.ok()?);
        let loaded = store.load(&[client], project::now(), &[], true).await.ok()?;
        let dossier = loaded.into_iter().next()?.world.dossier;
        store.close().await;
        let file = dossier.invoices.get(number)?;
        let facts = InvoiceFacts::new(&program, &dossier, number, file, project.today());
        let mut values = BTreeMap::new();
        for fact in Fact::ALL {
            values.insert(fact.name().to_owned(), facts.fact(*fact).map(|value| value.french()));
        }
        for field in project.fields() {
            let value = facts.field(&field.name).map(|value| value.french());
            values.insert(field.name, value);
        }
        Some((number.to_owned(), values))
    })
}
