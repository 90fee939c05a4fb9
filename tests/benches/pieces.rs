//! The pieces by themselves: parse and check a plan, evaluate and step a client's file, read and reconcile an import.
//!
//! `cargo bench -p relance-tests --bench pieces`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use relance_core::day::{add_days, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::eval::truth;
use relance_core::facts::InvoiceFacts;
use relance_core::incoming::Incoming;
use relance_core::simulate::{Inbox, People, World, run};
use relance_core::step::step;
use relance_dsl::{Source, compile};
use relance_engine::import::{Known, Options, read, reconcile};
use relance_engine::portfolio::{Params, generate};
use relance_tests::{ZONE, context, day, program};
use std::collections::BTreeMap;

fn main() {
    divan::main();
}

/// A plan of `rules` rungs with guards and sequences.
fn plan(rules: usize) -> String {
    let mut text = "scénario banc\n  pour les factures où segment <> vip et montant >= 50 €\n  au plus 1 contact tous les 2 jours par client\n".to_owned();
    for n in 0..rules {
        text.push_str(&format!(
            "  si retard >= {}j et (segment = mauvais_payeur ou reste_dû > {} €) et nombre_relances < 9 alors email ferme puis après 2 jours ouvrés appel ferme\n",
            n + 1,
            100 + n
        ));
    }
    text
}

#[divan::bench(args = [10, 100, 1000])]
fn parse_and_check(bencher: Bencher, rules: usize) {
    let sources = [Source { path: "scenarios/banc.relance".into(), bytes: plan(rules).into_bytes() }];
    let context = context();
    bencher.counter(ItemsCount::new(rules)).bench(|| {
        let compilation = compile(black_box(&sources), &context);
        assert!(compilation.machines.is_some());
        compilation
    });
}

fn portfolio(invoices: usize) -> Vec<(String, String)> {
    generate(Params { invoices, customers: invoices / 7 + 1, seed: 7, today: day("2026-03-18") }).files()
}

fn incoming(invoices: usize) -> Vec<Incoming> {
    let files: Vec<(String, Vec<u8>)> = portfolio(invoices).into_iter().map(|(n, t)| (n, t.into_bytes())).collect();
    let found = reconcile(&Known::default(), &read(&files, &Options::default()), day("2026-03-18"), ZONE);
    assert!(found.problems.is_empty());
    found.incoming
}

fn worlds(invoices: usize) -> Vec<World> {
    let mut clients: BTreeMap<String, Vec<(Incoming, Option<relance_core::day::Instant>)>> = BTreeMap::new();
    for thing in incoming(invoices) {
        clients.entry(thing.client.clone()).or_default().push((thing, None));
    }
    clients
        .into_iter()
        .map(|(client, things)| World { dossier: Dossier::new(&client), wake: None, inbox: Inbox::new(things, ZONE) })
        .collect()
}

/// One guard of three parts, with exact decimals, over the facts of an open invoice.
#[divan::bench]
fn evaluate_a_guard(bencher: Bencher) {
    let program = program(&["si retard >= 15j et segment = mauvais_payeur et reste_dû > 50 € alors email ferme"]);
    let today = day("2026-03-18");
    let mut worlds = worlds(500);
    let span = (start_of_day(today, ZONE), end_of_day(today, ZONE));
    worlds.iter_mut().for_each(|w| run(&program, w, span, People::ABSENT, |_, _| {}));
    let guard = program.scenarios[0].states[0].rules[0].branches[0].guard.clone();
    let files: Vec<(&Dossier, &String, &relance_core::dossier::InvoiceFile)> =
        worlds.iter().flat_map(|w| w.dossier.invoices.iter().map(|(n, f)| (&w.dossier, n, f))).collect();
    bencher.counter(ItemsCount::new(files.len())).bench(|| {
        let mut held = 0usize;
        for (dossier, number, file) in &files {
            let facts = InvoiceFacts::new(&program, dossier, number, file, today);
            held += usize::from(truth(black_box(&guard), &facts) == Some(true));
        }
        held
    });
}

/// A step of every client's file on an ordinary day, in memory.
#[divan::bench]
fn step_a_day(bencher: Bencher) {
    let text = plan(10);
    let program = program(&[&text]);
    let first = day("2026-03-18");
    let mut worlds = worlds(2_000);
    let span = (start_of_day(first, ZONE), end_of_day(first, ZONE));
    worlds.iter_mut().for_each(|w| run(&program, w, span, People::DILIGENT, |_, _| {}));
    let next = start_of_day(add_days(first, 1), ZONE) + chrono::TimeDelta::hours(10);
    bencher.counter(ItemsCount::new(2_000usize)).with_inputs(|| worlds.clone()).bench_values(|mut worlds| {
        worlds.iter_mut().map(|w| step(&program, &mut w.dossier, next, Vec::new()).entries.len()).sum::<usize>()
    });
}

#[divan::bench(args = [2_000, 20_000], sample_count = 10)]
fn read_and_reconcile(bencher: Bencher, invoices: usize) {
    let files: Vec<(String, Vec<u8>)> = portfolio(invoices).into_iter().map(|(n, t)| (n, t.into_bytes())).collect();
    bencher.counter(ItemsCount::new(invoices)).bench(|| {
        reconcile(&Known::default(), &read(black_box(&files), &Options::default()), day("2026-03-18"), ZONE)
            .incoming
            .len()
    });
}
