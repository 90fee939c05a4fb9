//! Every state is the fold of its journal, whatever was loaded when it changed.

use crate::{Office, Post, ZONE, at, client, thing};
use chrono::Days;
use relance_core::day::{Instant, end_of_day, start_of_day};
use relance_core::incoming::{Customer, What};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_engine::import::{Known, Options, read, reconcile};
use relance_engine::portfolio::{Params, generate};
use relance_engine::replay::{Replay, replay};
use relance_engine::runner::{Runner, Sender};
use relance_tests::day;
use relance_tests::pack::Pack;

/// Makes every file anew: all must come out as they are kept, and every journal be whole.
async fn all_are_folds(office: &Office) -> usize {
    let clients = office.store.recorded_clients().await.unwrap();
    let mut entries = 0;
    for (ledger, states) in office.store.ledgers(&clients).await.unwrap() {
        assert_eq!(ledger.verify(), [], "{}", ledger.client);
        assert_eq!(replay(&ledger, &states, ZONE).unwrap(), Replay::Same, "{}", ledger.client);
        entries += ledger.rows.len();
    }
    entries
}

async fn run(office: &Office, program: &Program, span: (Instant, Instant)) {
    let (sender, post) = (Sender::default(), Post::default());
    let runner = Runner {
        store: &*office.store,
        name: "essai",
        program,
        carrier: &post,
        sender: &sender,
        batch: 7,
        people: People::DILIGENT,
        stop: None,
    };
    runner.run(span, |_, _| {}, |_, _| {}).await.unwrap();
}

fn in_segment(code: &str, on: &str, segment: &str) -> relance_core::incoming::Incoming {
    let customer = Customer { segment: Some(segment.to_owned()), ..Customer::default() };
    thing(code, None, on, What::Customer(customer))
}

/// One scenario for a segment, one for what is left.
fn by_segment() -> Program {
    let choice = "scénario choisi\n  pour les factures où segment = vip\n  à J+1 : email ferme\n";
    relance_tests::program(&[choice, "scénario reste\n  priorité 1\n  à J+1 : email ferme\n"])
}

on_every_base! {
    async fn months_of_a_portfolio_are_the_fold_of_its_journal(office: Office) {
        let (first, last) = (day("2025-12-15"), day("2026-03-19"));
        let program = Pack::read().program();
        let portfolio = generate(Params { invoices: 240, customers: 40, seed: 7, today: last });
        let found = reconcile(&Known::default(), &read(&portfolio.files(), &Options::default()), first, ZONE);
        let mut things = found.incoming;
        let codes: Vec<String> = things.iter().filter(|t| matches!(t.what, What::Customer(_))).map(|t| t.client.clone()).collect();
        for (n, code) in codes.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
            let on = (first + Days::new(n as u64)).to_string();
            things.push(in_segment(code, &on, ["vip", "mauvais_payeur"][n % 2]));
        }
        office.take_in(&things, true, start_of_day(first, ZONE)).await;
        for today in first.iter_days().take_while(|today| *today <= last) {
            run(&office, &program, (start_of_day(today, ZONE), end_of_day(today, ZONE))).await;
        }
        assert!(all_are_folds(&office).await > 2_000);
    }

    /// The segment changes after the scenario was chosen that day: it is chosen again the next day, although a base lies between.
    async fn a_segment_that_changes_during_the_day_moves_the_invoice_the_next_day(office: Office) {
        office.take_in(&client("C1", &[("F1", "2026-06-04"), ("F2", "2026-06-05")]), false, at("2026-03-10T08:00:00Z")).await;
        let program = by_segment();
        run(&office, &program, (at("2026-03-10T09:00:00Z"), at("2026-03-10T09:00:00Z"))).await;
        office.take_in(&[in_segment("C1", "2026-03-10", "vip")], false, at("2026-03-10T10:00:00Z")).await;
        run(&office, &program, (at("2026-03-10T11:00:00Z"), at("2026-03-10T11:00:00Z"))).await;
        all_are_folds(&office).await;
        run(&office, &program, (at("2026-03-11T09:00:00Z"), at("2026-03-11T09:00:00Z"))).await;
        all_are_folds(&office).await;
        assert_eq!(scenarios(&office).await, ["choisi", "choisi"]);
    }

    /// A settled invoice is not even loaded when the segment changes; it is chosen for again when it reopens.
    async fn a_segment_that_changed_meanwhile_counts_when_an_invoice_reopens(office: Office) {
        let mut things = client("C1", &[("F1", "2026-06-04")]);
        things.push(thing("C1", Some("F1"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) }));
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        let program = by_segment();
        run(&office, &program, (at("2026-03-10T09:00:00Z"), at("2026-03-12T09:00:00Z"))).await;
        office.take_in(&[in_segment("C1", "2026-03-13", "vip")], false, at("2026-03-13T08:00:00Z")).await;
        run(&office, &program, (at("2026-03-13T09:00:00Z"), at("2026-03-13T09:00:00Z"))).await;
        all_are_folds(&office).await;
        let back = thing("C1", Some("F1"), "2026-03-16", What::Reversal { amount: Amount::eur(10_000) });
        office.take_in(&[back], false, at("2026-03-16T08:00:00Z")).await;
        run(&office, &program, (at("2026-03-16T09:00:00Z"), at("2026-03-17T09:00:00Z"))).await;
        all_are_folds(&office).await;
        assert_eq!(scenarios(&office).await, ["choisi"]);
    }
}

async fn scenarios(office: &Office) -> Vec<String> {
    let loaded = office.store.load(&["C1".to_owned()], at("2026-03-20T09:00:00Z"), &[], true).await.unwrap();
    let files = loaded[0].world.dossier.invoices.values();
    files.filter_map(|file| Some(file.scenario.as_ref()?.name.clone())).collect()
}
