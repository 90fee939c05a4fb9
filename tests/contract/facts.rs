//! Facts and scripts: what §5 says beyond plans with tests.

use crate::telling::{only, told_by};
use relance_core::day::start_of_day;
use relance_core::dossier::Dossier;
use relance_core::explain::standing;
use relance_core::incoming::Incoming;
use relance_core::machine::ScriptSource;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_dsl::{Context, Source, diagnostic::Code, verify};
use relance_tests::things::{client, f1};
use relance_tests::{ZONE, context, day, machines_in, span};
use std::collections::BTreeMap;

fn scripted(script: &str) -> Context {
    let source = ScriptSource { path: "scripts/risque.rhai".to_owned(), text: script.to_owned() };
    Context { scripts: vec![source], ..context() }
}

fn program(script: &str, plan: &str) -> Program {
    let text = format!("script \"scripts/risque.rhai\"\nscénario essai\nsans plafond\n{plan}");
    Program::new(machines_in(&scripted(script), &[&text]), ZONE, BTreeMap::new())
}

fn bill(number: &str, due: &str, amount: i64) -> Incoming {
    relance_tests::things::bill("C1", number, due, amount)
}

fn told(plan: &Program, things: &[Incoming]) -> Vec<String> {
    told_by(People::DILIGENT, plan, things, "2026-02-01", "2026-04-30")
}

#[test]
fn templates_of_two_languages_that_a_script_chooses_are_two_messages() {
    let script = "fn modele() { if facture.reste_du >= 500 { \"reminder\" } else { \"courtois\" } }";
    let text = "script \"scripts/risque.rhai\"\nscénario essai\nregrouper par client\n\
                à J+5 : email modele() parmi (courtois, reminder)";
    let plan = Program::new(machines_in(&scripted(script), &[text]), ZONE, BTreeMap::new());
    let bills = [("F1", 600), ("F2", 400), ("F3", 700)].map(|(number, amount)| bill(number, "2026-03-04", amount));
    let lines = told(&plan, &[vec![client("C1")], bills.to_vec()].concat());
    let sent = [
        "2026-03-09 09:00 F1 envoi J+5 email reminder",
        "2026-03-09 09:00 F3 envoi J+5 email reminder",
        "2026-03-10 09:00 F2 envoi J+5 email courtois",
    ];
    assert_eq!(only(&lines, "envoi"), sent);
}

#[test]
fn functions_serve_in_conditions_amounts_and_delays() {
    let script = "fn risque() { facture.reste_du >= 500 }\nfn seuil() { 800 }\nfn grace() { 5 }\nfn pause() { 3 }";
    let plan = "si retard >= grace() et risque() alors email courtois puis après pause() email ferme\n\
                à J+1 si reste_dû >= seuil() : tâche \"Seuil\"";
    let plan = program(script, plan);
    let lines = told(&plan, &[client("C1"), bill("F1", "2026-03-04", 600), bill("F2", "2026-03-04", 400)]);
    let sent = ["2026-03-09 09:00 F1 envoi J+5 email courtois", "2026-03-12 09:00 F1 envoi J+5 email ferme"];
    assert_eq!(only(&lines, "envoi"), sent);
    assert_eq!(only(&lines, "tache"), Vec::<String>::new());
    let lines = told(&plan, &[client("C1"), bill("F1", "2026-03-04", 800)]);
    assert_eq!(only(&lines, "tache"), ["2026-03-05 00:00 F1 tache J+1"]);
}

#[test]
fn a_function_of_an_unknown_fact_is_unknown_and_fires_nothing() {
    let script = "fn habituel() { client.delai_habituel < 100 }";
    let plan =
        "à J+1 si habituel() : tâche \"oui\"\nà J+1 si non habituel() : tâche \"non\"\nà J+1 : tâche \"toujours\"";
    let lines = told(&program(script, plan), &f1("2026-03-04"));
    assert_eq!(only(&lines, "tache").len(), 1, "{lines:?}");
}

#[test]
fn a_condition_that_reads_time_through_a_script_is_read_every_day_and_verify_says_so() {
    let (script, rule) = ("fn tard() { facture.retard >= 7 }", "si tard() alors tâche \"Tard\"");
    let lines = told(&program(script, rule), &f1("2026-03-04"));
    assert_eq!(only(&lines, "tache"), ["2026-03-11 00:00 F1 tache"]);
    let findings = |script: &str| {
        let text = format!("script \"scripts/risque.rhai\"\nscénario essai\n{rule}");
        let sources = [Source { path: "scenarios/essai.relance".to_owned(), bytes: text.into_bytes() }];
        let found = verify(&sources, &scripted(script), &[]).diagnostics;
        found.iter().filter(|d| d.code == Code::ReadDaily).count()
    };
    assert_eq!(findings(script), 1);
    assert_eq!(findings("fn tard() { client.factures_ouvertes >= 7 }"), 0, "nothing in it moves with time");
}

#[test]
fn a_script_that_fails_stops_its_invoice_only_and_loses_nothing() {
    // It fails on the invoice of 600 € before 20/03.
    let script = "fn gros() {\n  if facture.reste_du == 600 && facture.aujourd_hui < date(2026, 3, 20) { throw \"panne\" }\n  facture.reste_du > 100\n}";
    let plan = program(script, "à J+5 si gros() : email courtois\nà J+6 : email ferme");
    let lines = told(&plan, &[client("C1"), bill("F1", "2026-03-04", 700), bill("F2", "2026-03-04", 600)]);
    let others: Vec<String> = only(&lines, "F1").into_iter().filter(|line| line.contains("envoi")).collect();
    assert_eq!(
        others,
        ["2026-03-09 09:00 F1 envoi J+5 email courtois", "2026-03-10 09:00 F1 envoi J+6 email ferme"],
        "the other invoice goes on"
    );
    let own = only(&lines, "F2");
    assert_eq!(only(&own, "anomalie"), ["2026-03-09 00:00 F2 anomalie"], "it is listed, once");
    assert_eq!(only(&own, "anomalie_levee"), ["2026-03-20 00:00 F2 anomalie_levee"]);
    assert_eq!(
        only(&own, "envoi"),
        ["2026-03-20 09:00 F2 envoi J+6 email ferme"],
        "nothing before, not even by a rule without the script; then what its plan says"
    );
}

/// A world in which F1, due on 4 March, has just been taken over.
fn taken_over(plan: &str) -> (Program, World) {
    let program = relance_tests::program(&[plan]);
    let inbox = Inbox::new(f1("2026-03-04").into_iter().map(|thing| (thing, None)).collect(), ZONE);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    run(&program, &mut world, span(day("2026-02-01"), day("2026-02-01")), People::DILIGENT, |_, _| {});
    (program, world)
}

#[test]
fn what_the_client_owes_changes_by_events_only() {
    let (program, mut world) = taken_over("dès que client.encours >= 5 000 € : alerter \"direction\"");
    let mut entries = Vec::new();
    let ten_months = span(day("2026-02-02"), day("2026-12-31"));
    run(&program, &mut world, ten_months, People::DILIGENT, |_, entry| entries.push(entry.clone()));
    assert_eq!(entries, []);
    assert_eq!(world.wake, None, "nobody is to look at it again");
}

#[test]
fn falling_due_is_an_event_with_a_moment_of_its_own() {
    let (program, mut world) = taken_over("dès que client.factures_en_retard >= 1 : alerter \"direction\"");
    let mut wakes = Vec::new();
    while let Some(at) = world.wake.filter(|_| wakes.len() < 10) {
        wakes.push(at);
        run(&program, &mut world, (at, at), People::DILIGENT, |_, _| {});
    }
    assert!(wakes.len() <= 2, "no polling: {wakes:?}");
    assert_eq!(wakes.last(), Some(&start_of_day(day("2026-03-05"), ZONE)));
}

#[test]
fn the_trace_names_the_fact_that_is_unknown() {
    let (program, mut world) = taken_over("à J+1 si client.pays = \"FR\" et montant > 10 € : email courtois");
    let until = day("2026-03-10");
    run(&program, &mut world, span(day("2026-02-02"), until), People::DILIGENT, |_, _| {});
    let standing = standing(&program, &world.dossier, "F1", until).unwrap();
    let rule = &standing.regles[0];
    assert!(rule.verdict.contains("inconnu"), "{}", rule.verdict);
    let parts = &rule.conditions[0].parts;
    assert_eq!((parts[0].holds, parts[0].values.clone()), (None, vec![("client.pays".to_owned(), None)]));
    assert_eq!(parts[1].holds, Some(true));
}
