//! Plays the tests that scenario files contain, on the code that production runs: the step function decides, here are only what the
//! test gives, what it says of people, and the comparison with what it expects.

mod compare;
mod expect;
mod given;
mod happened;
mod hint;
mod outside;
mod people;
mod play;
mod render;
mod report;
mod start;
#[cfg(test)]
mod tests;

pub use render::render;
pub use report::{Failed, Told, json, junit, scenarios, scripts};

use crate::cases::{Outside, SETTLED, TestCase, TestPlace, What};
use chrono::{Datelike, NaiveDate};
use compare::{compare, same_state};
use relance_core::day::{add_days, french_date};
use relance_core::machine::Expr;
use relance_core::program::Program;
use std::borrow::Cow;

/// How a test ended.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Everything is as the test says.
    pub passed: bool,
    /// What was expected and what happened, by day.
    pub rows: Vec<Row>,
    /// The states at the end that the test speaks of.
    pub ends: Vec<End>,
    /// Every difference, by day; then the states at the end.
    pub differences: Vec<Difference>,
    /// What keeps the test from being played: what it gives that cannot be given. In French.
    pub problems: Vec<String>,
}

/// A day of the timeline.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The day.
    pub date: NaiveDate,
    /// The first line that names it; none for a day that the test leaves free or closes by `ensuite rien`.
    pub place: Option<TestPlace>,
    /// `ensuite rien` forbids everything on it.
    pub closed: bool,
    /// What it holds.
    pub lines: Vec<Line>,
}

/// One thing, as expected and as it happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// As the test writes it.
    pub expected: Option<String>,
    /// As it happened.
    pub actual: Option<String>,
    /// How they compare.
    pub verdict: Verdict,
    /// The line of the test that says it.
    pub place: Option<TestPlace>,
}

/// How what was expected and what happened compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The test lets it happen: an event, what people do.
    Given,
    /// As expected.
    Same,
    /// On a day that the test leaves free.
    Free,
    /// The engine's own, which a day may leave unsaid.
    Unsaid,
    /// Expected, and did not happen.
    Missing,
    /// Happened, and was not expected.
    Surplus,
    /// Something else of the same kind was expected.
    Instead,
}

impl Verdict {
    /// Whether the test fails for it.
    pub fn differs(self) -> bool {
        matches!(self, Verdict::Missing | Verdict::Surplus | Verdict::Instead)
    }
}

/// A state at the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// The invoice.
    pub invoice: String,
    /// As the test says.
    pub expected: String,
    /// As it is.
    pub actual: String,
    /// The line of the test.
    pub place: TestPlace,
}

impl End {
    /// Whether the test fails for it.
    pub fn differs(&self) -> bool {
        !same_state(&self.expected, &self.actual)
    }
}

/// What is not as the test says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The line of the test that it is about.
    pub place: TestPlace,
    /// In French.
    pub message: String,
    /// Why, as far as the journal tells. In French.
    pub reason: Option<String>,
}

/// Reasons are looked up for so many differences: whoever reads mends the first ones first.
const REASONED: usize = 5;
/// A test is played for so many days after everything that it dates, unless nothing can change any more before.
const LIMIT: i64 = 3_653;

/// Plays a test. `program` holds the scenarios of the project: the one that the test names, or, when it names none, those among which
/// its invoices find theirs.
pub fn run(case: &TestCase, program: &Program) -> Outcome {
    let program = played_by(case, program);
    let (clients, mut problems) = given::clients(case, &program);
    if case.named_scenario && program.scenario(&case.scenario).is_none() {
        problems.push(format!("le projet n'a pas de scénario `{}`", case.scenario));
    }
    let (played, wrong) = play::play(case, &program, &clients);
    problems.extend(wrong);
    let expected = expect::expected(case);
    let happened = happened::happened(&program, &played.records);
    let (rows, pairs) = compare(case, &expected, &happened, &played.unused, program.zone);
    let ends = ends(case, &played);
    let scene = hint::Scene {
        case,
        program: &program,
        played: &played,
        expected: &expected,
        happened: &happened,
        pairs: &pairs,
    };
    let differences = differences(&rows, &ends, &scene);
    let passed = problems.is_empty() && differences.is_empty();
    Outcome { passed, rows, ends, differences, problems }
}

/// The scenarios that a test is played with. One that it names takes its invoices whatever they are.
fn played_by<'p>(case: &TestCase, program: &'p Program) -> Cow<'p, Program> {
    if !case.named_scenario {
        return Cow::Borrowed(program);
    }
    let mut program = program.clone();
    for scenario in &mut program.scenarios {
        let named = scenario.machine.name == case.scenario;
        scenario.machine.selection = (!named).then(|| Expr::Not(Box::new(Expr::always())));
    }
    Cow::Owned(program)
}

/// The last day that a test may reach.
fn limit(case: &TestCase) -> NaiveDate {
    let mut last = case.invoices.iter().map(|invoice| invoice.due).max().unwrap_or_default();
    for day in &case.days {
        last = last.max(day.date);
        for happening in &day.happenings {
            last = last.max(match &happening.what {
                What::Event(Outside::Promise { until: date, .. } | Outside::DueDateMoved(date)) => *date,
                What::Event(Outside::PaymentPlan(parts)) => parts.iter().map(|(_, date)| *date).max().unwrap_or(last),
                _ => last,
            });
        }
    }
    add_days(last, LIMIT)
}

fn ends(case: &TestCase, played: &play::Played) -> Vec<End> {
    let mut all = Vec::new();
    for end in &case.ends {
        for invoice in &case.invoices {
            if end.invoice.as_ref().is_some_and(|named| *named != invoice.number) {
                continue;
            }
            let file = played.last.iter().find_map(|dossier| dossier.invoices.get(&invoice.number));
            let actual = match file {
                Some(file) if file.settled_on.is_some() => SETTLED.to_owned(),
                Some(file) => file.state.clone(),
                None => "inconnue".to_owned(),
            };
            let (invoice, expected) = (invoice.number.clone(), end.state.clone());
            all.push(End { invoice, expected, actual, place: end.place.clone() });
        }
    }
    all
}

/// What is told of everything that differs. After `ensuite rien` only the first thing is: the others follow from it, and the timeline
/// shows them.
fn differences(rows: &[Row], ends: &[End], scene: &hint::Scene<'_>) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut closed = false;
    for row in rows {
        for line in row.lines.iter().filter(|line| line.verdict.differs()) {
            if !std::mem::replace(&mut closed, row.closed) || !row.closed {
                let reason = if all.len() < REASONED { scene.why(row, line) } else { None };
                let place = line.place.clone().or_else(|| row.place.clone()).or_else(|| last_place(scene.case));
                let place = place.unwrap_or_else(|| scene.case.place.clone());
                all.push(Difference { place, message: told(row, line, scene.case), reason });
            }
        }
    }
    for end in ends.iter().filter(|end| end.differs()) {
        let message = format!("{} : état final `{}`, attendu `{}`", end.invoice, end.actual, end.expected);
        all.push(Difference { place: end.place.clone(), message, reason: scene.why_end(&end.invoice) });
    }
    all
}

/// Where the last day of a test stands: `ensuite rien` follows it.
fn last_place(case: &TestCase) -> Option<TestPlace> {
    case.days.iter().max_by_key(|day| day.date).map(|day| day.place.clone())
}

/// A line that differs, as a sentence.
fn told(row: &Row, line: &Line, case: &TestCase) -> String {
    let on = long_date(row.date);
    let last = case.days.iter().map(|day| day.date).max();
    match (&line.expected, &line.actual) {
        (Some(expected), Some(actual)) => format!("{on} : `{expected}` était attendu, et c'est `{actual}` qui a lieu"),
        (Some(expected), None) => format!("{on} : `{expected}` était attendu et n'a pas lieu"),
        (None, actual) => {
            let closed = match last {
                Some(last) if row.closed => format!(", `ensuite rien` après le {}", french_date(last)),
                _ => String::new(),
            };
            format!("{on} : `{}` a lieu et n'était pas attendu{closed}", actual.as_deref().unwrap_or_default())
        }
    }
}

/// `vendredi 20/03/2026`.
fn long_date(day: NaiveDate) -> String {
    let names = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
    let name = names.get(day.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
    format!("{name} {}", french_date(day))
}
