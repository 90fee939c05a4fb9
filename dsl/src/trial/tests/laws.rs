//! What must always hold: a test that says nothing of people is a simulation, entry for entry; and whatever it says, it ends.

use super::{PLAN, compiled};
use crate::trial::{given, limit, outside, play, played_by, run};
use proptest::prelude::*;
use relance_core::day::{add_days, end_of_day, french_date};
use relance_core::event::Entry;
use relance_core::simulate::{Inbox, People, World};
use relance_core::step::Input;

/// Events and lines about people that a day may hold.
const EVENTS: [&str; 14] = [
    "paiement de 100 €",
    "paiement total",
    "litige",
    "litige clos",
    "litige de 200 €",
    "promesse de 300 € pour le 25/03/2026",
    "avoir de 50 €",
    "rejet",
    "réponse",
    "arrêt",
    "reprise",
    "échéance reportée au 20/03/2026",
    "saut à contentieux",
    "échéancier de 400 € au 01/04/2026 et 800 € au 01/05/2026",
];
const PEOPLE: [&str; 8] = [
    "appel sans réponse",
    "appel fait",
    "personne n'appelle",
    "validation refusée",
    "validation accordée",
    "personne ne valide",
    "échec",
    "email ferme",
];

fn day() -> impl Strategy<Value = String> {
    (0i64..80).prop_map(|n| french_date(add_days("2026-02-20".parse().unwrap(), n)))
}

fn text(lines: &[(String, &str)]) -> String {
    let mut text = format!("{PLAN}test \"loi\"\n  facture F1 de 1 200 € échue le 03/03/2026\n");
    for (day, what) in lines {
        text.push_str(&format!("  le {day} : {what}\n"));
    }
    text + "  ensuite rien\n"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_test_is_a_simulation(lines in prop::collection::vec((day(), prop::sample::select(EVENTS.to_vec())), 0..5)) {
        let (compilation, program) = compiled(&text(&lines));
        let case = compilation.tests.first().unwrap();
        let program = played_by(case, &program);
        let (clients, problems) = given::clients(case, &program);
        prop_assert!(problems.is_empty());
        let (played, _) = play::play(case, &program, &clients);
        let (events, _) = outside::events(case, &clients, program.zone);
        let client = clients.first().unwrap();
        let at = client.bills.first().unwrap().arrives(program.zone);
        let arrival = client.arrival(0, case, &program).into_iter().filter_map(|input| match input {
            Input::Incoming { incoming, .. } => Some((at, incoming)),
            Input::Outcome { .. } | Input::Overrun { .. } => None,
        });
        let things = arrival.chain(events).map(|(at, incoming)| (at, incoming, None)).collect();
        let mut world = World { dossier: client.dossier.clone(), wake: None, inbox: Inbox::known_at(things) };
        let mut entries: Vec<Entry> = Vec::new();
        let to = end_of_day(limit(case), program.zone);
        relance_core::simulate::run(&program, &mut world, (at, to), People::DILIGENT, |_, entry| entries.push(entry.clone()));
        let own: Vec<Entry> = played.records.into_iter().map(|record| record.entry).collect();
        prop_assert_eq!(own, entries);
    }

    #[test]
    fn whatever_a_test_says_it_ends_and_tells_the_same(
        lines in prop::collection::vec((day(), prop::sample::select([EVENTS.to_vec(), PEOPLE.to_vec()].concat())), 0..6),
    ) {
        let (compilation, program) = compiled(&text(&lines));
        let case = compilation.tests.first().unwrap();
        let outcome = run(case, &program);
        prop_assert_eq!(&outcome, &run(case, &program));
        let differs = outcome.rows.iter().flat_map(|row| &row.lines).any(|line| line.verdict.differs());
        prop_assert_eq!(outcome.passed, !differs);
        // Every line of the test stands in the timeline, once.
        let said: usize = outcome.rows.iter().flat_map(|row| &row.lines).filter(|line| line.expected.is_some()).count();
        prop_assert_eq!(said, lines.len());
    }
}
