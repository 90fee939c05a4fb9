//! Which scenario an invoice has, and for how long.

use crate::compiling::{compiled, found, machine, project};
use crate::telling::{journal, said};
use relance_core::day::start_of_day;
use relance_core::incoming::{Incoming, Invoice, What};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_dsl::{Source, compile};
use relance_tests::things::{event, in_segment, invoice};
use relance_tests::{ZONE, day, program};

#[test]
fn rules_before_any_header_are_one_scenario_named_after_the_file() {
    let text = "à J+3 : email courtois\nà J+15 : email ferme\nétape suivi\n  à l'entrée : appel\n";
    let machine = machine(text);
    assert_eq!((machine.name.as_str(), machine.states.len()), ("essai", 2));
    assert_eq!((machine.states[0].rules.len(), machine.title, machine.selection), (2, None, None));
    let both = compiled(&[text, "scénario autre\n  pour les factures où segment = vip\n  à J+3 : appel\n"].concat());
    let names: Vec<String> = both.machines.unwrap().into_iter().map(|machine| machine.name).collect();
    assert_eq!(names, ["essai", "autre"]);
    let elsewhere = Source { path: "scenarios/sous/Relances 2026.relance".to_owned(), bytes: text.into() };
    assert_eq!(compile(&[elsewhere], &project()).machines.unwrap()[0].name, "Relances 2026");
}

#[test]
fn one_scenario_at_most_has_no_selection() {
    let text = "scénario un\n  à J+3 : appel\nscénario deux\n  à J+4 : appel\n";
    assert_eq!(found(text), [("R0502", 3, "deux".to_owned())]);
    assert!(compiled(text).machines.is_none());
    // A priority does not make room for a second one.
    assert!(compiled(&text.replace("\n  à J+4", "\n  priorité 1\n  à J+4")).machines.is_none());
}

#[test]
fn selections_that_overlap_want_different_priorities() {
    let text = |first: &str, second: &str| {
        format!(
            "scénario un\n  pour les factures où segment = vip\n{first}  à J+3 : appel\nscénario deux\n  pour les factures où montant >= 50 €\n{second}  à J+4 : appel\n"
        )
    };
    for (first, second, fine) in [
        ("", "", false),
        ("  priorité 1\n", "", true),
        ("", "  priorité 1\n", true),
        ("  priorité 1\n", "  priorité 2\n", true),
        ("  priorité 1\n", "  priorité 1\n", false),
    ] {
        let text = text(first, second);
        assert_eq!(compiled(&text).machines.is_some(), fine, "{text}");
        assert_eq!(found(&text).iter().any(|(code, ..)| *code == "R0503"), !fine, "{text}\n{:?}", found(&text));
    }
    assert!(compiled(&text("", "").replace("montant >= 50 €", "segment = public")).machines.is_some());
}

#[test]
fn an_invoice_that_no_scenario_takes_is_listed() {
    let program = program(&["scénario x\n  pour les factures où segment = vip\n  à J+3 : note \"x\"\n"]);
    let events = [in_segment("2026-01-01", "public"), invoice("F1", "2026-03-02", 100)];
    let lines = journal(&program, &events, "2026-01-01", "2026-05-01");
    let listed: Vec<_> = lines.iter().filter(|line| line.evenement == "sans_scenario").collect();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].facture.as_deref(), Some("F1"));
    assert_eq!(said(&lines, "note"), [""; 0]);
}

const BY_SEGMENT: &str = "scénario un
  pour les factures où segment = regulier
  à J+3 : note \"un, J+3\"
  à J+20 : note \"un, J+20\"
scénario deux
  pour les factures où segment = vip
  à J+20 : note \"deux, J+20\"
  à J+25 : aller à suivi
étape suivi
  à J+40 : note \"suivi\"
scénario trois
  pour les factures où segment = public
  à J+20 : note \"trois, J+20\"
  à J+50 : note \"trois, J+50\"
";

fn notes(program: &Program, events: &[Incoming]) -> Vec<String> {
    said(&journal(program, events, "2026-01-01", "2026-06-01"), "note")
}

#[test]
fn a_segment_that_changes_changes_the_scenario() {
    let program = program(&[BY_SEGMENT]);
    let regular = [in_segment("2026-01-01", "regulier"), invoice("F1", "2026-03-02", 100)];
    assert_eq!(notes(&program, &regular), ["2026-03-05 F1 J+3 un, J+3", "2026-03-22 F1 J+20 un, J+20"]);
    let moved = [regular.as_slice(), &[in_segment("2026-03-10", "vip")]].concat();
    assert_eq!(notes(&program, &moved)[..2], ["2026-03-05 F1 J+3 un, J+3", "2026-03-22 F1 J+20 deux, J+20"]);
}

#[test]
fn an_assignment_that_changes_changes_the_scenario() {
    let program = program(&["scénario un
  pour les factures où responsable = \"Anne\"
  à J+20 : note \"Anne\"
scénario deux
  à J+20 : note \"les autres\"
"]);
    let owned = |on: &str, owner: &str| {
        let bill = Invoice::new(day("2026-01-31"), day("2026-03-02"), Amount::eur(100));
        event(on, Some("F1"), What::Invoice(Invoice { owner: Some(owner.to_owned()), ..bill }))
    };
    let first = [in_segment("2026-01-01", "vip"), owned("2026-01-31", "Anne")];
    assert_eq!(notes(&program, &first), ["2026-03-22 F1 J+20 Anne"]);
    let moved = [first.as_slice(), &[owned("2026-03-10", "Luc")]].concat();
    assert_eq!(notes(&program, &moved), ["2026-03-22 F1 J+20 les autres"]);
}

#[test]
fn no_other_fact_changes_the_scenario() {
    let program = program(&["scénario un
  pour les factures où reste_dû >= 500 € et client.email est connu et nombre_relances = 0
  à J+20 : note \"un\"
scénario deux
  à J+20 : note \"deux\"
"]);
    let first = [in_segment("2026-01-01", "vip"), invoice("F1", "2026-03-02", 1000)];
    let payment = event("2026-03-10", Some("F1"), What::Payment { amount: Amount::eur(90_000) });
    let silent = match in_segment("2026-03-11", "vip") {
        Incoming { what: What::Customer(customer), id, .. } => {
            let customer = relance_core::incoming::Customer { email: None, ..customer };
            Incoming { id, ..event("2026-03-11", None, What::Customer(customer)) }
        }
        other => other,
    };
    let events = [first.as_slice(), &[payment.clone(), silent]].concat();
    assert_eq!(notes(&program, &events), ["2026-03-22 F1 J+20 un"]);
    // It is read anew at take-over only: what was paid before counts.
    let late = Incoming { effective: day("2026-01-15"), ..payment };
    assert_eq!(notes(&program, &[first.as_slice(), &[late]].concat()), ["2026-03-22 F1 J+20 deux"]);
}

/// The same, known at an hour of its day.
fn at(hour: i64, event: Incoming) -> Incoming {
    let known = start_of_day(event.effective, ZONE) + chrono::TimeDelta::hours(hour);
    Incoming { known: Some(known), ..event }
}

#[test]
fn the_scenario_is_read_again_once_a_day() {
    let program = program(&[BY_SEGMENT]);
    let events = [
        in_segment("2026-01-01", "regulier"),
        invoice("F1", "2026-03-02", 100),
        at(10, in_segment("2026-03-10", "vip")),
        at(14, in_segment("2026-03-10", "public")),
    ];
    let lines = journal(&program, &events, "2026-01-01", "2026-06-01");
    let read: Vec<(&str, Option<&str>)> = lines
        .iter()
        .filter(|line| line.evenement == "scenario")
        .map(|line| (&line.le[..16], line.scenario.as_deref()))
        .collect();
    let expected =
        [("2026-01-31T00:00", Some("un")), ("2026-03-10T10:00", Some("deux")), ("2026-03-11T00:00", Some("trois"))];
    assert_eq!(read, expected);
}

#[test]
fn in_a_stage_only_a_person_changes_the_scenario() {
    let program = program(&[BY_SEGMENT]);
    let first = [in_segment("2026-01-01", "vip"), invoice("F1", "2026-03-02", 100), in_segment("2026-03-30", "public")];
    let stays = ["2026-03-22 F1 J+20 deux, J+20", "2026-04-11 F1 J+40 suivi"];
    assert_eq!(notes(&program, &first), stays);
    let jump = event("2026-04-15", Some("F1"), What::Jump { state: "plan".to_owned() });
    let moved = [first.as_slice(), &[jump]].concat();
    let after = notes(&program, &moved);
    assert_eq!(after[..2], stays);
    assert_eq!(after[2..], ["2026-04-21 F1 J+50 trois, J+50"]);
}
