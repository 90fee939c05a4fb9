//! One value that everything reads: serialisable, with a hash of what it says.

use super::dossier;
use crate::compiling::{compiled, found, machine};
use crate::telling::{journal, said};
use relance_core::drawing;
use relance_core::explain::standing;
use relance_core::incoming::{Incoming, What};
use relance_core::machine::Machine;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_tests::things::{event, in_segment, invoice};
use relance_tests::{ZONE, day, jsonl};
use std::collections::BTreeMap;

const PLAN: &str = "scénario essai
  à J+3 : email courtois puis après 2 jours appel ferme puis tâche \"Suivre\"
  si montant >= 500 € et segment = vip alors note \"gros\"
  à J+15 : aller à suivi
  quand paiement partiel : email promesse_non_tenue
étape suivi \"Suivi\"
  à l'entrée : tâche \"Vérifier\"
  après 5 jours : email ferme
  quand événement \"visite\" : appel
";

fn program(machine: Machine) -> Program {
    Program::new(vec![machine], ZONE, BTreeMap::new())
}

fn events() -> Vec<Incoming> {
    vec![
        in_segment("2026-01-01", "vip"),
        invoice("F1", "2026-03-02", 1000),
        invoice("F2", "2026-03-09", 200),
        event("2026-03-20", Some("F1"), What::Payment { amount: Amount::eur(30_000) }),
    ]
}

#[test]
fn a_scenario_is_one_explicit_machine() {
    let machine = machine(PLAN);
    let names: Vec<&str> = machine.states.iter().map(|state| state.name.as_str()).collect();
    assert_eq!(names, ["plan", "suivi"], "the plan first, then a state for each `étape`");
    assert_eq!(machine.sequences().count(), machine.places.len());
}

#[test]
fn a_machine_comes_back_whole_from_its_text() {
    let machine = machine(PLAN);
    let text = serde_json::to_string(&machine).unwrap();
    let back: Machine = serde_json::from_str(&text).unwrap();
    assert_eq!(back, machine);
    assert_eq!(back.hash(), machine.hash());
}

#[test]
fn its_hash_follows_what_it_says_and_nothing_else() {
    let hash = machine(PLAN).hash();
    let same = PLAN.replace("  ", "    ").replace("15", "15 # le quinzième jour\n ").replace("alors", ":");
    assert_ne!(same, PLAN);
    assert_eq!(machine(&same).hash(), hash);
    for (said, other) in [
        ("J+3", "J+4"),
        ("2 jours", "3 jours"),
        ("courtois", "ferme"),
        ("500 €", "500,01 €"),
        ("vip", "public"),
        ("partiel", "annoncé"),
        ("email ferme", "email ferme à direction"),
        ("\"visite\"", "\"appel\""),
        ("\"Suivi\"", "\"Le suivi\""),
        ("scénario essai\n", "scénario essai\n  minimum 5 €\n"),
    ] {
        assert_ne!(machine(&PLAN.replacen(said, other, 1)).hash(), hash, "{said} → {other}");
    }
}

/// What a machine does, shows and explains comes from that value alone: read back from its text, it gives the same.
#[test]
fn what_runs_draws_and_explains_reads_the_machine_alone() {
    let here = machine(PLAN);
    let back: Machine = serde_json::from_str(&serde_json::to_string(&here).unwrap()).unwrap();
    let (here, back) = (program(here), program(back));
    let lines = |program: &Program| jsonl(&journal(program, &events(), "2026-01-01", "2026-06-01"));
    assert!(lines(&here).contains("promesse_non_tenue"));
    assert_eq!(lines(&here), lines(&back));
    let explained = |program: &Program| {
        let dossier = dossier(program, &events(), "2026-01-01", "2026-03-16");
        standing(program, &dossier, "F1", day("2026-03-16")).unwrap()
    };
    assert_eq!(explained(&here), explained(&back));
    let drawn = |program: &Program| drawing::svg(&drawing::plan(&program.scenarios[0].machine), None);
    assert_eq!(drawn(&here), drawn(&back));
}

#[test]
fn each_invoice_runs_its_own_instance() {
    let program = program(machine(PLAN));
    let dossier = dossier(&program, &events(), "2026-01-01", "2026-03-18");
    let state = |number: &str| (dossier.invoices[number].state.as_str(), dossier.invoices[number].position);
    assert_eq!(state("F1"), ("suivi", None));
    assert_eq!(state("F2"), ("plan", Some(3)));
}

#[test]
fn a_running_sequence_is_a_sub_state_for_each_position() {
    let program = program(machine(PLAN));
    let events = &events()[..2];
    for (on, stage, ready) in [
        ("2026-03-04", None, None),
        ("2026-03-05", Some(1), Some(day("2026-03-07"))),
        // The call waits for Monday, and for somebody.
        ("2026-03-07", Some(1), None),
        ("2026-03-09", Some(1), None),
    ] {
        let dossier = dossier(&program, events, "2026-01-01", on);
        let run = dossier.invoices["F1"].runs.first();
        assert_eq!(run.map(|run| (run.stage, run.ready)), stage.map(|stage| (stage, ready)), "{on}");
    }
    let called = What::Done {
        key: None,
        channel: Some(relance_core::machine::Channel::Call),
        result: relance_core::incoming::DoneResult::Done,
        tracking: None,
    };
    let events = [events, &[event("2026-03-10", Some("F1"), called)]].concat();
    let dossier = dossier(&program, &events, "2026-01-01", "2026-03-10");
    assert_eq!(dossier.invoices["F1"].runs[0].stage, 2);
}

const END: &str = "scénario essai
  à J+3 : aller à terme
étape terme
  à l'entrée : note \"entrée\"
  à J+5 : note \"palier\"
  après 3j : note \"horloge\"
  si montant > 5 € alors note \"libre\"
  tous les 4 jours (au plus 2 fois) : note \"répétée\"
  quand paiement partiel : note \"réaction\"
";

#[test]
fn rungs_and_free_rules_stop_in_an_end() {
    let mut machine = machine(END);
    let paid = event("2026-03-20", Some("F1"), What::Payment { amount: Amount::eur(1_000) });
    let events = [in_segment("2026-01-01", "vip"), invoice("F1", "2026-03-02", 100), paid];
    let notes = |machine: &Machine| {
        let lines = said(&journal(&program(machine.clone()), &events, "2026-01-01", "2026-06-01"), "note");
        lines.iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(notes(&machine), ["entrée", "libre", "palier", "horloge", "répétée", "répétée", "réaction"]);
    machine.states[1].is_final = true;
    assert_eq!(notes(&machine), ["entrée", "réaction"]);
}

#[test]
fn a_rule_that_could_not_fire_in_an_end_is_an_error() {
    for (rule, line) in [
        ("à J+5 : note \"x\"", 5),
        ("après 3j : note \"x\"", 5),
        ("si montant > 5 € alors note \"x\"", 5),
        ("dès que en_litige : note \"x\"", 5),
        ("tous les 4 jours : note \"x\"", 5),
    ] {
        let text =
            format!("scénario essai\n  à J+3 : aller à terme\nétape terme\n  à l'entrée : appel\n  {rule}\n  fin\n");
        assert!(compiled(&text).machines.is_none(), "{text}");
        assert!(found(&text).iter().any(|(code, at, _)| (*code, *at) == ("R0408", line)), "{text}\n{:?}", found(&text));
    }
}
