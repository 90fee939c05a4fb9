//! Tests of the test runner: small plans with tests that pass, and tests that fail and say why.
#![allow(clippy::unwrap_used, clippy::panic)]

mod failing;
mod late;
mod laws;
mod lines;
mod passing;
mod reports;

use super::{Outcome, render, run};
use crate::{Compilation, Context, Source, Template, compile, render_full};
use relance_core::machine::{Channel, Nature, Tone};
use relance_core::program::Program;
use std::collections::BTreeMap;

const PLAN: &str = "\
scénario impayés
  envois du lundi au vendredi de 9h à 18h
  au plus 1 contact tous les 3 jours par client
  à J-5 : email rappel_amical
  à J+3 : email courtois
  si retard >= 15j alors email ferme puis appel
  à J+30 : aller à mise_en_demeure
  quand soldée : email remerciement
  quand promesse rompue : email promesse_non_tenue à comptabilité puis tâche \"Rappeler le client\"

étape mise_en_demeure \"Mise en demeure\"
  à l'entrée : lettre_recommandée mise_en_demeure après validation de direction
  après 8 jours ouvrés : aller à contentieux

étape contentieux
  à l'entrée : transmettre \"recouvrement\" et tâche \"Constituer le dossier\"
  fin
";

fn context() -> Context {
    let of = |channel: Channel, names: &str| -> Vec<Template> {
        let template = |name: &str| {
            let nature = match name {
                "mise_en_demeure" => Some(Nature::FormalNotice),
                "remerciement" => Some(Nature::Information),
                _ => None,
            };
            Template {
                channel,
                name: name.to_owned(),
                nature,
                tone: Tone::Polite,
                language: None,
                variants: Vec::new(),
            }
        };
        names.split(' ').map(template).collect()
    };
    let mut templates = of(Channel::Email, "rappel_amical courtois ferme promesse_non_tenue remerciement preventif");
    templates.extend(of(Channel::Sms, "rappel"));
    templates.extend(of(Channel::Call, "ferme"));
    templates.extend(of(Channel::Letter, "mise_en_demeure"));
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Context {
        segments: words("bon_payeur mauvais_payeur vip"),
        templates,
        roles: words("comptabilité direction commercial"),
        ..Context::default()
    }
}

fn compiled(text: &str) -> (Compilation, Program) {
    let sources = [Source { path: "scenarios/essai.relance".to_owned(), bytes: text.as_bytes().to_vec() }];
    let compilation = compile(&sources, &context());
    let Some(machines) = compilation.machines.clone() else {
        panic!("{}", render_full(&compilation.diagnostics, &sources, false));
    };
    (compilation, Program::new(machines, chrono_tz::Europe::Paris, BTreeMap::new()))
}

/// The outcome of every test of a file.
fn outcomes(text: &str) -> Vec<(String, Outcome)> {
    let (compilation, program) = compiled(text);
    assert!(!compilation.tests.is_empty());
    let told = |case| {
        let outcome = run(case, &program);
        (render(case, &outcome, 80), outcome)
    };
    compilation.tests.iter().map(told).collect()
}

/// Every test of the file passes.
#[track_caller]
fn passes(text: &str) {
    for (told, outcome) in outcomes(text) {
        assert!(outcome.passed, "{told}");
    }
}

/// The one test of the file fails: what a person reads.
#[track_caller]
fn fails(text: &str) -> String {
    let all = outcomes(text);
    let [(told, outcome)] = all.as_slice() else { panic!("one test was expected") };
    assert!(!outcome.passed, "{told}");
    for line in told.lines().skip(1) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    told.clone()
}

/// The plan of these tests with one test.
fn with(test: &str) -> String {
    format!("{PLAN}\ntest \"essai\"\n  avec impayés\n{test}\n")
}
