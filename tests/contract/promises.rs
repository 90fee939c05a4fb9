//! What must always hold, where no law of `tests/properties` says it.

use relance_core::day::start_of_day;
use relance_core::dossier::Dossier;
use relance_core::explain::standing;
use relance_core::incoming::{Incoming, What};
use relance_core::journal::Places;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_dsl::{Source, TestCase, trial};
use relance_engine::runner::{CLIENTS_PER_BATCH, Runner, Sender};
use relance_tests::things::{bill, client, euros, f1, payment, thing};
use relance_tests::{Office, ZONE, context, day, jsonl, machines, program, simulate, span};
use std::collections::BTreeMap;

const PLAN: &str = "\
scénario petits
  pour les factures où montant < 500 €
  à J+5 : email courtois puis après 2 jours sms rappel
  quand soldée : email remerciement

scénario gros
  pour les factures où montant >= 500 €
  à J+5 si client.pays = \"FR\" et montant > 10 € : email courtois
  à J+8 : email ferme
  à J+40 : email dernier_avis
  dès que reste_dû < 100 € : note \"presque\"
";

fn things() -> Vec<Incoming> {
    let mut all = vec![client("C1"), bill("C1", "F1", "2026-03-04", 300), bill("C1", "F2", "2026-03-04", 900)];
    all.extend([client("C2"), bill("C2", "G1", "2026-03-10", 700), payment("2026-03-12", 300)]);
    all
}

#[test]
fn what_people_do_by_default_is_what_they_are_asked() {
    assert_eq!(People::default(), People::DILIGENT);
}

#[test]
fn the_order_of_files_and_of_things_changes_nothing() {
    let (small, large) = PLAN.split_at(PLAN.find("scénario gros").unwrap());
    let told = |texts: [&str; 2], things: &[Incoming]| {
        // Each file compiled by itself, under one name: their order alone differs.
        let machines = texts.iter().flat_map(|text| machines(&[text])).collect();
        let program = Program::new(machines, ZONE, BTreeMap::new());
        let lines = simulate(&program, things, span(day("2026-02-01"), day("2026-06-30")), People::DILIGENT);
        (program.digest, jsonl(&lines))
    };
    let mut backwards = things();
    backwards.reverse();
    let first = told([small, large], &things());
    assert!(first.1.contains("remerciement") && first.1.contains("\"ferme\""), "{}", first.1);
    assert_eq!(told([large, small], &backwards), first);
}

#[tokio::test]
async fn a_run_looks_only_at_the_files_in_which_something_is_due() {
    let office = Office::new().await;
    let program = program(&["à J+5 : email courtois"]);
    let mut things = Vec::new();
    for n in 0..50 {
        let (code, due) = (format!("C{n:02}"), if n == 7 { "2026-03-05" } else { "2026-04-01" });
        things.extend([client(&code), bill(&code, &format!("F{n:02}"), due, 100)]);
    }
    office.take_in(&things, start_of_day(day("2026-03-01"), ZONE)).await;
    office.run(&program, span(day("2026-03-01"), day("2026-03-09")), People::DILIGENT).await;
    let sender = Sender::default();
    let runner = Runner {
        store: &*office.store,
        name: "essai",
        batch: CLIENTS_PER_BATCH,
        program: &program,
        carrier: &office.post,
        sender: &sender,
        people: People::DILIGENT,
        stop: None,
    };
    let looked_at = async |on: &str| runner.run(span(day(on), day(on)), |_, _| {}, |_, _| {}).await.unwrap().dossiers;
    assert_eq!(looked_at("2026-03-10").await, 1);
    assert_eq!(looked_at("2026-03-11").await, 0);
    assert_eq!(looked_at("2026-04-01").await, 49, "the others fall due");
}

#[test]
fn every_rule_of_an_invoice_is_explained_with_its_line_and_the_value_of_each_part() {
    let program = program(&[PLAN]);
    let own = things().into_iter().filter(|thing| thing.client == "C1").map(|thing| (thing, None)).collect();
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox: Inbox::new(own, ZONE) };
    let mut told = Vec::new();
    for on in ["2026-03-01", "2026-03-10", "2026-03-31"] {
        let from = world.dossier.clock.unwrap_or(start_of_day(day("2026-02-01"), ZONE));
        run(&program, &mut world, (from, span(day(on), day(on)).1), People::DILIGENT, |_, entry| {
            // What a rule did names its line.
            if let Some(about) = entry.about.as_ref().filter(|about| about.rule.is_some()) {
                assert!(program.place(about).is_some_and(|place| place.line > 0), "{entry:?}");
            }
        });
        let standing = standing(&program, &world.dossier, "F2", day(on)).unwrap();
        let lines: Vec<u32> = standing.regles.iter().map(|rule| rule.place.as_ref().unwrap().line).collect();
        assert_eq!(lines, [8, 9, 10, 11], "each rule of its scenario, in file order");
        let fact = &standing.regles[0].conditions[0].parts[1].values;
        assert_eq!(fact, &[("montant".to_owned(), Some("900,00\u{a0}€".to_owned()))]);
        told.push(standing.regles.iter().map(|rule| rule.verdict.clone()).collect::<Vec<_>>());
    }
    insta::assert_snapshot!(told.iter().map(|day| day.join("\n") + "\n\n").collect::<String>());
}

/// Plays the one test of a file.
fn played(text: &str) -> Result<(), String> {
    let sources = [Source { path: "scenarios/essai.relance".to_owned(), bytes: text.as_bytes().to_vec() }];
    let compilation = relance_dsl::compile(&sources, &context());
    let cases: &[TestCase] = &compilation.tests;
    let program = Program::new(compilation.machines.unwrap(), ZONE, BTreeMap::new());
    let told = trial::scenarios(cases, &program, None, 80);
    let [told] = told.as_slice() else { panic!("one test is wanted") };
    told.failed.as_ref().map_or(Ok(()), |failed| Err(failed.text.clone()))
}

#[test]
fn a_named_day_holds_exactly_what_it_lists_and_the_others_are_free() {
    let with = |lines: &str| {
        played(&format!(
            "à J+5 : email courtois et tâche \"Noter\"\nà J+12 : email ferme\n\
             test \"essai\"\n  facture F1 de 100 € échue le 04/03/2026\n{lines}\n"
        ))
    };
    assert_eq!(with("  le 09/03/2026 : email courtois et tâche \"Noter\""), Ok(()), "the 16th is free");
    assert_eq!(with("  le 16/03/2026 : email ferme"), Ok(()), "the 9th is free");
    assert!(with("  le 09/03/2026 : email courtois").is_err(), "less than happens");
    assert!(with("  le 09/03/2026 : email courtois, tâche \"Noter\" et sms rappel").is_err(), "more than happens");
    assert!(with("  le 10/03/2026 : email courtois").is_err(), "on another day");
    assert!(with("  le 09/03/2026 : rien").is_err());
    assert_eq!(with("  le 16/03/2026 : email ferme\n  ensuite rien"), Ok(()));
    let failed = with("  le 09/03/2026 : email courtois et tâche \"Noter\"\n  ensuite rien");
    let text = failed.unwrap_err();
    assert!(text.contains("ensuite rien") && text.contains("16/03/2026"), "{text}");
    // The expected timeline and the real one stand side by side.
    let heads = text.lines().find(|line| line.contains("attendu") && line.contains("| obtenu"));
    let differs = text.lines().find(|line| line.starts_with('≠') && line.contains("| email ferme"));
    assert!(heads.is_some() && differs.is_some(), "{text}");
}

#[test]
fn a_payment_known_at_a_moment_is_heard_before_whatever_leaves_at_that_moment() {
    let at = span(day("2026-03-09"), day("2026-03-09")).0 + chrono::TimeDelta::hours(9);
    let paid = What::Payment { amount: euros(1_000) };
    let late = Incoming { known: Some(at), ..thing("C1", Some("F1"), "2026-03-09", paid) };
    let program = program(&["à J+5 : email courtois"]);
    let things = [f1("2026-03-04"), vec![late]].concat();
    let lines = simulate(&program, &things, span(day("2026-02-01"), day("2026-04-30")), People::DILIGENT);
    assert!(lines.iter().all(|line| line.evenement != "envoi"), "{}", jsonl(&lines));
}
