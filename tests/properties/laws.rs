//! Jumping equals polling; dry run equals production; the order of imports does not matter; the state is the fold of the journal.

use crate::worlds::{DAYS, first, history, plan};
use proptest::prelude::*;
use relance_core::day::{Instant, add_days, civil_date, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::incoming::Incoming;
use relance_core::journal::Line;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run, work_done};
use relance_core::step::{Input, Outcome, step};
use relance_tests::base::Kind;
use relance_tests::{Office, ZONE, jsonl, program, simulate, span};
use std::collections::{BTreeMap, BTreeSet};

fn by_client(incoming: &[Incoming]) -> BTreeMap<String, Vec<(Incoming, Option<Instant>)>> {
    let mut clients: BTreeMap<String, Vec<(Incoming, Option<Instant>)>> = BTreeMap::new();
    for thing in incoming {
        clients.entry(thing.client.clone()).or_default().push((thing.clone(), None));
    }
    clients
}

fn all() -> (Instant, Instant) {
    span(first(), add_days(first(), DAYS))
}

/// Evaluates every half hour, whatever the wake-up says.
fn polled(program: &Program, client: &str, things: Vec<(Incoming, Option<Instant>)>, people: People) -> Vec<Entry> {
    let (from, to) = all();
    let mut dossier = Dossier::new(client);
    let mut inbox = Inbox::new(things, ZONE);
    let mut entries = Vec::new();
    let mut now = from;
    while now <= to {
        let mut inputs = inbox.take(now);
        loop {
            let done = step(program, &mut dossier, now, inputs);
            inputs = done
                .departures
                .into_iter()
                .map(|message| Input::Outcome { message, outcome: Outcome::Accepted })
                .chain(work_done(program, &dossier, &done.entries, people))
                .collect();
            entries.extend(done.entries);
            if inputs.is_empty() {
                break;
            }
        }
        now += chrono::TimeDelta::minutes(30);
    }
    entries
}

fn jumped(
    program: &Program,
    client: &str,
    things: Vec<(Incoming, Option<Instant>)>,
    people: People,
) -> (Vec<Entry>, Dossier) {
    let mut world = World { dossier: Dossier::new(client), wake: None, inbox: Inbox::new(things, ZONE) };
    let mut entries = Vec::new();
    run(program, &mut world, all(), people, |_, entry| entries.push(entry.clone()));
    (entries, world.dossier)
}

fn told(entries: &[Entry], client: &str, program: &Program) -> String {
    let lines: Vec<Line> = entries.iter().filter_map(|e| Line::of(e, client, Currency::EUR, ZONE, program)).collect();
    jsonl(&lines)
}

fn check_jumping(texts: &[String], incoming: &[Incoming], people: People) -> Result<(), TestCaseError> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let program = program(&texts);
    for (client, things) in by_client(incoming) {
        let (jumps, dossier) = jumped(&program, &client, things.clone(), people);
        let polls = polled(&program, &client, things, people);
        prop_assert_eq!(told(&jumps, &client, &program), told(&polls, &client, &program));
        prop_assert_eq!(&jumps, &polls);
        // The state is the fold of the journal.
        let mut folded = Dossier::new(&client);
        for entry in &jumps {
            folded.apply(entry, civil_date(entry.at, ZONE));
        }
        folded.clock = dossier.clock;
        prop_assert_eq!(&folded, &dossier);
    }
    Ok(())
}

fn check_promises(texts: &[String], incoming: &[Incoming]) -> Result<(), TestCaseError> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let program = program(&texts);
    let lines = simulate(&program, incoming, all(), People::DILIGENT);
    let mut keys = BTreeSet::new();
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    for line in &lines {
        let number = line.facture.as_deref().unwrap_or_default();
        match line.evenement {
            "envoi" => {
                prop_assert!(keys.insert(line.cle.clone()), "{:?} twice", line.cle);
                let thanks = line.modele.as_deref() == Some("remerciement");
                prop_assert!(!settled.contains(number) || thanks, "a reminder after the payment: {line:?}");
                prop_assert!(line.regle.is_some(), "no place: {line:?}");
                let hour: u32 = line.le[11..13].parse().unwrap();
                prop_assert!((8..20).contains(&hour), "out of hours: {line:?}");
            }
            "soldee" => {
                settled.insert(number);
            }
            "reouverture" => {
                settled.remove(number);
            }
            _ => {}
        }
    }
    Ok(())
}

fn people() -> impl Strategy<Value = People> {
    prop::sample::select(vec![
        People::DILIGENT,
        People::ABSENT,
        People::NO_ANSWER,
        People { approve: Some(false), ..People::DILIGENT },
    ])
}

/// What so many runners on a base of this kind persist is what the simulation shows.
fn check_production(
    texts: &[String],
    incoming: &[Incoming],
    people: People,
    (kind, runners): (Kind, usize),
) -> Result<(), TestCaseError> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let program = program(&texts);
    let expected = jsonl(&simulate(&program, incoming, all(), people));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let real = runtime.block_on(async {
        let office = Office::on(kind, runners).await?;
        office.take_in(incoming, start_of_day(first(), ZONE)).await;
        for n in 0..=DAYS {
            let today = add_days(first(), n);
            office.run(&program, span(today, today), people).await;
        }
        Some(jsonl(&office.journal(&program).await))
    });
    if let Some(real) = real {
        prop_assert_eq!(expected, real);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn jumping_equals_polling(texts in plan(), incoming in history(), people in people()) {
        check_jumping(&texts, &incoming, people)?;
    }

    #[test]
    fn no_reminder_twice_nor_after_the_payment(texts in plan(), incoming in history()) {
        check_promises(&texts, &incoming)?;
    }

    #[test]
    fn the_order_of_imports_does_not_matter(texts in plan(), (incoming, shuffled) in history().prop_flat_map(|h| {
        (Just(h.clone()), Just(h).prop_shuffle())
    })) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let program = program(&texts);
        let told = |things: &[Incoming]| jsonl(&simulate(&program, things, all(), People::DILIGENT));
        prop_assert_eq!(told(&incoming), told(&shuffled));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn dry_run_equals_production(texts in plan(), incoming in history(), people in people()) {
        check_production(&texts, &incoming, people, (Kind::Sqlite, 1))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn dry_run_equals_several_runners_on_postgresql(texts in plan(), incoming in history(), people in people()) {
        check_production(&texts, &incoming, people, (Kind::Postgres, 3))?;
    }
}
