//! How big a project may be: its scenarios are compared with each other, and each carries the definitions of all.

use super::Scenario;
use crate::check::Project;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

const MAX_SCENARIOS: usize = 500;
const MAX_STAGES: usize = 500;
const MAX_FIELDS: usize = 500;
const MAX_SEGMENTS: usize = 500;

/// Whether a project, of which `file` is the first file, can be worked on; else tells what there is too much of.
pub(crate) fn check_size(
    scenarios: &[Scenario],
    segments: usize,
    project: &Project,
    file: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let before = diagnostics.len();
    let mut tell = |message: String, file: &str, place: Span, help: &str| {
        diagnostics.push(Diagnostic::new(Code::TooMuch, message, file, place).help(help));
    };
    if let Some(scenario) = scenarios.get(MAX_SCENARIOS) {
        let message = format!("le projet a {} scénarios, pour {MAX_SCENARIOS} au plus", scenarios.len());
        tell(message, &scenario.file, scenario.place, "réunissez ceux qui ne diffèrent que par une condition");
    }
    for scenario in scenarios {
        if let Some(place) = scenario.stage_places.get(MAX_STAGES) {
            let (name, stages) = (&scenario.machine.name, scenario.stage_places.len());
            let message = format!("le scénario `{name}` a {stages} étapes, pour {MAX_STAGES} au plus");
            tell(message, &scenario.file, *place, "répartissez-les en plusieurs scénarios");
        }
    }
    for (many, most, what) in
        [(project.fields.len(), MAX_FIELDS, "champs"), (segments, MAX_SEGMENTS, "segments définis par une règle")]
    {
        if many > most {
            let message = format!("le projet a {many} {what}, pour {most} au plus");
            tell(message, file, Span::default(), "ne gardez que ceux que les scénarios lisent");
        }
    }
    diagnostics.len() == before
}
