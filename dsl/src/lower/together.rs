//! What is checked across the scenarios of a project.

use super::Scenario;
use crate::diagnostic::{Code, Diagnostic};
use relance_core::proof::{Project, Together, together};
use relance_core::schema::fold;

/// More than this of one project helps nobody.
const MAX_FOUND: usize = 100;

/// Compares every two scenarios.
pub(crate) fn check_together(scenarios: &[Scenario], segments: &[String], diagnostics: &mut Vec<Diagnostic>) {
    let before = diagnostics.len();
    let project = Project { segments: segments.to_vec(), ..Project::default() };
    for (i, second) in scenarios.iter().enumerate() {
        if diagnostics.len() - before > MAX_FOUND {
            return;
        }
        for first in scenarios.iter().take(i) {
            let named =
                |scenario: &Scenario| !(scenario.machine.name.is_empty() || scenario.implicit && scenario.unsure);
            if named(first) && named(second) && fold(&first.machine.name) == fold(&second.machine.name) {
                let message = format!("il y a déjà un scénario `{}`", second.machine.name);
                diagnostics.push(
                    Diagnostic::new(Code::DuplicateScenario, message, &second.file, second.place)
                        .also(&first.file, first.place, "le premier est ici")
                        .help("donnez-lui un autre nom, après `scénario`"),
                );
            }
            if first.unsure || second.unsure {
                continue;
            }
            diagnostics.extend(selections(first, second, &project));
        }
    }
}

fn selections(first: &Scenario, second: &Scenario, project: &Project) -> Option<Diagnostic> {
    let place = |scenario: &Scenario| scenario.selection_place.unwrap_or(scenario.place);
    match (&first.machine.selection, &second.machine.selection) {
        (None, None) => Some(
            Diagnostic::new(
                Code::TwoDefaults,
                format!(
                    "`{}` et `{}` prennent tous deux les factures qui restent",
                    first.machine.name, second.machine.name
                ),
                &second.file,
                second.place,
            )
            .also(&first.file, first.place, "celui-ci n'a pas de sélection non plus")
            .help("dites lesquelles prend l'un des deux : `pour les factures où segment = …`"),
        ),
        (Some(_), Some(_)) if first.machine.priority == second.machine.priority => {
            let Together::Possible(witness) = together(&first.machine, &second.machine, project) else { return None };
            let advice = match second.machine.priority {
                None => "ajoutez `priorité 1` à celui qui doit passer d'abord, ou rendez les sélections exclusives"
                    .to_owned(),
                Some(n) => {
                    format!("donnez-leur des priorités différentes, par exemple `priorité {}` à l'un des deux", n + 1)
                }
            };
            let example = witness.map(|witness| format!("\nexemple : {witness}")).unwrap_or_default();
            let message =
                format!("`{}` et `{}` peuvent prendre la même facture", first.machine.name, second.machine.name);
            Some(
                Diagnostic::new(Code::OverlappingSelections, message, &second.file, place(second))
                    .also(&first.file, place(first), "et celle-ci")
                    .label("cette sélection")
                    .help(format!("{advice}{example}")),
            )
        }
        _ => None,
    }
}
