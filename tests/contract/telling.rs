//! What the journal tells of lives that a plan with tests cannot say, in a few words a line.

use relance_core::incoming::Incoming;
use relance_core::journal::Line;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_tests::{day, program, simulate, span};

/// The public journal from one day to another, a line each: `2026-03-07 00:00 F1 palier J+5`.
pub fn told_by(people: People, plan: &Program, things: &[Incoming], from: &str, to: &str) -> Vec<String> {
    let lines = simulate(plan, things, span(day(from), day(to)), people);
    let quiet = ["client", "facture", "prise_en_charge", "scenario"];
    lines
        .into_iter()
        .filter(|line| !quiet.contains(&line.evenement))
        .map(|line| {
            let at = line.le[..16].replace('T', " ");
            let words = [
                Some(at),
                line.facture,
                Some(line.evenement.to_owned()),
                line.palier,
                line.canal.map(str::to_owned),
                line.modele,
                line.historique.then(|| "(passé)".to_owned()),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// The same with people who do what they are asked.
pub fn told(plan: &str, things: &[Incoming], from: &str, to: &str) -> Vec<String> {
    told_by(People::DILIGENT, &program(&[plan]), things, from, to)
}

/// The lines that tell of one kind of event.
pub fn only(lines: &[String], event: &str) -> Vec<String> {
    lines.iter().filter(|line| line.split(' ').any(|word| word == event)).cloned().collect()
}

/// The journal's lines of a history, by people who do their work.
pub fn journal(program: &Program, things: &[Incoming], from: &str, to: &str) -> Vec<Line> {
    simulate(program, things, span(day(from), day(to)), People::DILIGENT)
}

/// What the lines of one kind say: day, invoice, rung, template or text.
pub fn said(lines: &[Line], what: &str) -> Vec<String> {
    let lines = lines.iter().filter(|line| line.evenement == what);
    lines
        .map(|line| {
            let words = [
                Some(line.le[..10].to_owned()),
                line.facture.clone(),
                line.palier.clone(),
                line.modele.clone(),
                line.detail.clone(),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect()
}
