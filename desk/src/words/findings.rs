//! What was found in scenarios and templates, for people: not more of one file than anybody reads.

use super::{DIM, count};
use relance_dsl::{Diagnostic, Severity, Source};
use relance_engine::template::{self, TemplateProblem};
use std::collections::BTreeMap;

/// How many findings of one file are shown; errors go before the rest.
const SHOWN: usize = 25;

/// Findings and problems, with the lines of the files, and what is left out.
pub fn text(diagnostics: &[Diagnostic], sources: &[Source], problems: &[TemplateProblem]) -> String {
    let file = |found: &Diagnostic| found.place().map(|label| label.file.clone()).unwrap_or_default();
    let (shown, left_out) = first(diagnostics, file, |found| found.severity == Severity::Error);
    let mut text = relance_dsl::render_full(&shown, sources, true);
    text.push_str(&rest(&left_out));
    let (shown, left_out) =
        first(problems, |problem| problem.file.clone(), |problem| problem.severity == template::Severity::Error);
    text.extend(shown.iter().map(|problem| format!("{problem}\n")));
    text.push_str(&rest(&left_out));
    text
}

/// The findings of each file that are shown, in their order, and how many of which file are not.
fn first<F: Clone>(
    all: &[F],
    file: impl Fn(&F) -> String,
    is_error: impl Fn(&F) -> bool,
) -> (Vec<F>, BTreeMap<String, usize>) {
    let (mut room, mut left_out) = (BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
    let mut shown = vec![false; all.len()];
    for errors in [true, false] {
        for (found, shown) in all.iter().zip(&mut shown).filter(|(found, _)| is_error(found) == errors) {
            let name = file(found);
            let taken = room.entry(name.clone()).or_default();
            if *taken < SHOWN {
                *taken += 1;
                *shown = true;
            } else {
                *left_out.entry(name).or_default() += 1;
            }
        }
    }
    let shown = all.iter().zip(shown).filter(|(_, shown)| *shown).map(|(found, _)| found.clone()).collect();
    (shown, left_out)
}

fn rest(left_out: &BTreeMap<String, usize>) -> String {
    let told = |(file, n): (&String, &usize)| {
        let more = count(*n, "autre signalement", "autres signalements");
        format!("{DIM}… et {more} dans {file} (relance verifier --format court les donne tous){DIM:#}\n\n")
    };
    left_out.iter().map(told).collect()
}
