//! `verifier --portefeuille`: what unknown facts cost, counted on the invoices of the base or of `donnees`.

use super::worlds;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::output::{self, BOLD, DIM, count};
use crate::project::Project;
use relance_core::day::{end_of_day, french_date, start_of_day};
use relance_core::machine::{Machine, Place};
use relance_core::program::Program;
use relance_core::schema::fold;
use relance_core::simulate::{People, run};
use relance_core::unknown::lost;
use relance_dsl::{Finding, Held, Source};
use std::collections::BTreeMap;

/// How many invoices are named for each fact.
const EXAMPLES: usize = 3;

/// What was counted.
pub struct Portfolio {
    /// In French, where the invoices come from.
    origin: String,
    /// Open invoices.
    open: usize,
    /// Those of which a rule is lost.
    held: usize,
    rows: Vec<Row>,
}

/// A rule and a fact that it waits for.
struct Row {
    place: Place,
    /// A selection, not a rule.
    selection: bool,
    fact: String,
    invoices: usize,
    examples: Vec<String>,
}

/// A scenario, the number of its rule (none for the selection), the unknown fact.
type Key = (String, Option<u32>, String);
/// How many invoices it keeps, and the first of them.
type Kept = (usize, Vec<String>);

/// Counts, on the day asked for.
pub async fn read(
    project: &Project,
    machines: Vec<Machine>,
    base: Option<&str>,
    args: &CheckArgs,
) -> Result<Portfolio, Failure> {
    let program = project.prepare(machines);
    let day = args.le.unwrap_or_else(|| project.today());
    let span = (start_of_day(day, program.zone), end_of_day(day, program.zone));
    let mut loaded = worlds::load(project, &program, base, None, span.0, None).await?;
    let (mut open, mut held) = (0, 0);
    let mut found: BTreeMap<Key, Kept> = BTreeMap::new();
    for world in &mut loaded.worlds {
        run(&program, world, span, People::ABSENT, |_, _| {});
        for (number, file) in &world.dossier.invoices {
            open += usize::from(file.is_open() && file.taken_over);
            let lost = lost(&program, &world.dossier, number, day);
            held += usize::from(!lost.is_empty());
            for (lost, fact) in lost.iter().flat_map(|lost| lost.facts.iter().map(move |fact| (lost, fact))) {
                let key = (lost.scenario.clone(), lost.rule.map(|rule| rule.0), fact.clone());
                let (invoices, examples) = found.entry(key).or_default();
                *invoices += 1;
                if examples.len() < EXAMPLES {
                    examples.push(number.clone());
                }
            }
        }
    }
    let row = |((scenario, rule, fact), (invoices, examples)): (Key, Kept)| Row {
        place: place(project, &program, &scenario, rule),
        selection: rule.is_none(),
        fact,
        invoices,
        examples,
    };
    let mut rows: Vec<Row> = found.into_iter().map(row).collect();
    rows.sort_by(|a, b| (&a.place.file, a.place.line, &a.fact).cmp(&(&b.place.file, b.place.line, &b.fact)));
    Ok(Portfolio { origin: loaded.origin, open, held, rows })
}

/// Where a rule stands, or the header of a scenario.
fn place(project: &Project, program: &Program, scenario: &str, rule: Option<u32>) -> Place {
    let Some(machine) = program.scenario(scenario).map(|s| &s.machine) else { return Place::default() };
    if let Some(place) = rule.and_then(|rule| machine.places.get(rule as usize)) {
        return place.clone();
    }
    let file = machine.places.first().map(|place| place.file.clone()).unwrap_or_default();
    let text = project.sources.iter().find(|source| source.path == file).map(Source::text).unwrap_or_default();
    let header = |line: &str| {
        let mut words = line.split_whitespace().map(fold);
        words.next().as_deref() == Some("scenario") && words.next() == Some(fold(scenario))
    };
    let line = text.lines().position(header).map_or(1, |n| n + 1);
    Place { file, line: u32::try_from(line).unwrap_or(1), text: format!("pour les factures où … (`{scenario}`)") }
}

impl Row {
    fn told(&self) -> String {
        let invoices = count(self.invoices, "facture", "factures");
        let lost =
            if self.selection { "la sélection ne peut pas se décider" } else { "la règle ne se déclenche pas" };
        format!("`{}` est inconnu pour {invoices} : {lost}", self.fact)
    }

    fn shown_examples(&self) -> String {
        let more = if self.invoices > self.examples.len() { " …" } else { "" };
        format!("{}{more}", self.examples.join(", "))
    }
}

impl Portfolio {
    /// In the form of the findings.
    pub fn findings(&self) -> Vec<Finding> {
        let finding = |row: &Row| Finding {
            file: row.place.file.clone(),
            line: row.place.line as usize,
            column: 1,
            end_line: row.place.line as usize,
            end_column: 1,
            code: "R0631".to_owned(),
            severity: "info",
            message: row.told(),
            help: Some(format!("complétez les données, par exemple celles de {}", row.shown_examples())),
            fix: None,
            held: Some(Held { fact: row.fact.clone(), invoices: row.invoices, examples: row.examples.clone() }),
        };
        self.rows.iter().map(finding).collect()
    }

    /// One line each.
    pub fn short(&self) -> String {
        let line = |row: &Row| format!("{}:{}:1: info[R0631]: {}\n", row.place.file, row.place.line, row.told());
        self.rows.iter().map(line).collect()
    }

    /// For a person.
    pub fn text(&self, day: chrono::NaiveDate) -> String {
        let open = count(self.open, "facture ouverte", "factures ouvertes");
        let day = french_date(day);
        if self.rows.is_empty() {
            return format!("Au {day}, {}, {open} : aucune n’attend un fait inconnu.\n", self.origin);
        }
        let held = count(self.held, "attend un fait inconnu", "attendent un fait inconnu");
        let mut told = format!("{BOLD}Au {day}, {}, {open} : {held}{BOLD:#}\n", self.origin);
        let mut table = vec![["Règle", "Fait inconnu", "Factures", "Par exemple"].map(str::to_owned)];
        table.extend(self.rows.iter().map(|row| {
            let rule = format!("{}:{}", row.place.file, row.place.line);
            [rule, row.fact.clone(), output::thousands(row.invoices), row.shown_examples()]
        }));
        let width =
            |of: fn(&[String; 4]) -> &String| table.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
        let (rules, facts, counts) = (width(|row| &row[0]), width(|row| &row[1]), width(|row| &row[2]));
        for [rule, fact, invoices, examples] in &table {
            told.push_str(&format!("  {rule:<rules$}  {fact:<facts$}  {invoices:>counts$}  {examples}\n"));
        }
        told.push_str(&format!(
            "{DIM}Ces règles ne partiront pas tant que le fait n’a pas de valeur (`relance expliquer-code R0631`).{DIM:#}\n\n"
        ));
        told
    }
}
