//! Findings about scenarios that compile: what the proofs of the core say, told at the words of the file.

mod advice;
mod places;
mod silence;
mod wording;

pub(crate) use places::Places;

use crate::diagnostic::Diagnostic;
use crate::{Context, Source};
use relance_core::machine::Machine;
use relance_core::proof::{At, Finding, Project, TemplateFacts, examine};

/// What the proofs find, by file and place.
pub(crate) fn find(
    machines: &[Machine],
    places: &[Places],
    context: &Context,
    templates: &[TemplateFacts],
) -> Vec<Diagnostic> {
    let project = Project { segments: context.segments.clone(), templates: templates.to_vec(), ..Project::default() };
    examine(machines, &project).iter().filter_map(|finding| diagnostic(finding, machines, places)).collect()
}

/// Takes out what comments accept, and tells which of these comments do nothing.
pub(crate) fn silence(diagnostics: &mut Vec<Diagnostic>, sources: &[Source], places: &[Places]) {
    silence::apply(diagnostics, sources, places);
}

fn diagnostic(finding: &Finding, machines: &[Machine], places: &[Places]) -> Option<Diagnostic> {
    let words = wording::of(finding, machines)?;
    let own = places.iter().find(|known| known.scenario == finding.scenario)?;
    let message = match finding.assumed {
        Some(assumed) => format!("{}, {assumed}", words.message),
        None => words.message,
    };
    let mut told = Diagnostic::new(words.code, message, &own.file, own.of(machines, &finding.at));
    if let Some(label) = words.label {
        told = told.label(label);
    }
    for (scenario, at) in finding.also.iter().take(5) {
        let Some(other) = places.iter().find(|known| known.scenario == *scenario) else { continue };
        told = told.also(&other.file, other.of(machines, at), words.also.clone());
    }
    let advice = advice::of(&finding.kind);
    Some(match &finding.witness {
        Some(witness) => told.help(format!("{advice}\nexemple : {witness}")),
        None => told.help(advice),
    })
}

impl Places {
    fn of(&self, machines: &[Machine], at: &At) -> crate::Span {
        let machine = machines.iter().find(|machine| machine.name == self.scenario);
        match at {
            At::Scenario => self.header,
            At::Selection => self.selection.unwrap_or(self.header),
            At::Rule(id) => self.heads.get(id.0 as usize).copied().unwrap_or(self.header),
            At::State(name) => {
                let number = machine.and_then(|machine| machine.states.iter().position(|state| state.name == *name));
                // The plan has no header.
                let stage = number.and_then(|n| n.checked_sub(1)).and_then(|n| self.stages.get(n));
                stage.copied().unwrap_or(self.header)
            }
        }
    }
}
