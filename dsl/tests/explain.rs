//! What the explanation says of each rule, day by day.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use relance_core::day::{end_of_day, french_date, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::explain::standing;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_dsl::{Source, compile, render_full};
use std::collections::BTreeMap;

const PLAN: &str = "\
scénario suivi
  au plus 1 contact tous les 10 jours par client
  à J-5 : email rappel_amical
  à J+3 : email courtois puis après 12j appel ferme
  à J+5 si reste_dû > 5 000 € : email ferme
  à J+6 si client.délai_habituel > 3j : email ferme
  à J+8 : aller à demeure
  si reste_dû > 50 € alors tâche \"Vérifier\"
  quand promesse rompue : email ferme
étape demeure \"Mise en demeure\"
  à l'entrée : courrier dernier_avis après validation de direction
  après 8j : email ferme
  tous les 5j au plus 2 fois : note \"suivi\"
  à J+20 : lettre_recommandée mise_en_demeure
";

fn told(people: People, days: &[&str]) -> String {
    let source = Source { path: "suivi.relance".to_owned(), bytes: PLAN.as_bytes().to_vec() };
    let compilation = compile(std::slice::from_ref(&source), &common::context());
    let problems = render_full(&compilation.diagnostics, &[source], false);
    let program = Program::new(compilation.machines.expect(&problems), chrono_tz::Europe::Paris, BTreeMap::new());
    let zone = program.zone;
    let thing = |id: &str, invoice: Option<&str>, on: &str, what: What| Incoming {
        id: id.into(),
        client: "C1".into(),
        invoice: invoice.map(str::to_owned),
        effective: on.parse().unwrap(),
        known: None,
        said: None,
        what,
    };
    let customer =
        Customer { email: Some("a@b.example".into()), phone: Some("+33639980001".into()), ..Customer::default() };
    let invoice = Invoice::new("2026-02-01".parse().unwrap(), "2026-03-02".parse().unwrap(), Amount::eur(100_000));
    let things = vec![
        (thing("c", None, "1970-01-01", What::Customer(customer)), None),
        (thing("f", Some("F1"), "2026-02-01", What::Invoice(invoice)), None),
    ];
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox: Inbox::new(things, zone) };
    let mut from = start_of_day("2026-02-01".parse().unwrap(), zone);
    let mut out = String::new();
    for day in days {
        let day = day.parse().unwrap();
        run(&program, &mut world, (from, end_of_day(day, zone)), people, |_, _| {});
        from = end_of_day(day, zone);
        let found = standing(&program, &world.dossier, "F1", day).unwrap();
        let clock = found.horloge.map(|day| format!(", horloge du {}", french_date(day))).unwrap_or_default();
        out.push_str(&format!("{} : {}, {}{clock}\n", french_date(day), found.etape, found.etat));
        for rule in found.regles {
            let when = rule.quand.or(rule.palier).unwrap_or_else(|| "libre".to_owned());
            out.push_str(&format!("  {when} : {}\n    {}\n", rule.actions, rule.verdict));
        }
    }
    out
}

#[test]
fn every_rule_has_its_verdict() {
    insta::assert_snapshot!(told(
        People::ABSENT,
        &["2026-02-20", "2026-03-05", "2026-03-09", "2026-03-12", "2026-03-30"]
    ));
}

#[test]
fn a_state_whose_entry_is_done() {
    insta::assert_snapshot!(told(People::DILIGENT, &["2026-03-10", "2026-03-23", "2026-03-30"]));
}
