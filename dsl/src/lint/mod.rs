//! Findings about scenarios that compile: what the proofs of the core say, told at the words of the file.

mod advice;
mod places;
mod silence;
mod wording;

pub(crate) use places::Places;

use crate::diagnostic::Diagnostic;
use crate::span::in_text;
use crate::{Context, Source};
use relance_core::machine::Machine;
use relance_core::proof::{At, Finding, Kind, Project, TemplateFacts, examine};

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

/// Takes out what the front matter of templates accepts.
pub(crate) fn silence_templates(diagnostics: &mut Vec<Diagnostic>, machines: &[Machine], templates: &[TemplateFacts]) {
    silence::templates(diagnostics, machines, templates);
}

fn diagnostic(finding: &Finding, machines: &[Machine], places: &[Places]) -> Option<Diagnostic> {
    let words = wording::of(finding, machines)?;
    let own = places.iter().find(|known| known.scenario == finding.scenario)?;
    let message = match finding.assumed {
        Some(assumed) => format!("{}, {assumed}", words.message),
        None => words.message,
    };
    let rule = own.of(machines, &finding.at);
    let mut told = match &finding.template {
        // A claim is wrong where it is sent; all else, where it is written.
        Some(text) if !matches!(finding.kind, Kind::ConsumerClaim { .. }) => {
            let told = Diagnostic::new(words.code, message, &text.file, in_text(&text.text, &text.at));
            told.also(&own.file, rule, words.also.clone())
        }
        Some(text) => Diagnostic::new(words.code, message, &own.file, rule).also(
            &text.file,
            in_text(&text.text, &text.at),
            "écrit dans ce modèle",
        ),
        None => Diagnostic::new(words.code, message, &own.file, rule),
    };
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
