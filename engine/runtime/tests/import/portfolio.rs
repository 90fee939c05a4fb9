//! Generated portfolios: the same for a seed, importable as they are, and of the shape that was promised.

use crate::today;
use relance_core::incoming::What;
use relance_engine::import::{Known, Options, Reconciled, read, reconcile};
use relance_engine::portfolio::{Params, Portfolio, generate};
use std::collections::BTreeMap;

fn demo() -> Portfolio {
    generate(Params::demo(today()))
}

fn imported(portfolio: &Portfolio) -> Reconciled {
    reconcile(&Known::default(), &read(&portfolio.files(), &Options::default()), today(), chrono_tz::Europe::Paris)
}

#[test]
fn the_first_lines_of_a_seed() {
    let mut told = String::new();
    for (name, text) in demo().files() {
        told += &format!("— {name} ({} lignes)\n", text.lines().count());
        told.extend(text.lines().take(12).map(|line| format!("{line}\n")));
    }
    insta::assert_snapshot!(told);
    assert_eq!(demo(), demo());
    assert_ne!(demo(), generate(Params { seed: 2, ..Params::demo(today()) }));
}

#[test]
fn what_is_generated_imports_without_a_problem() {
    for (invoices, customers) in [(0, 1), (1, 1), (10, 30), (2_000, 300), (20_000, 900)] {
        let portfolio = generate(Params { invoices, customers, seed: 7, today: today() });
        let result = imported(&portfolio);
        assert_eq!(result.problems, []);
        assert_eq!(result.infos, [], "nothing ignored, nothing odd");
        assert_eq!((result.counts.invoices_new, result.counts.customers_new), (invoices, customers));
        assert_eq!(result.counts.already_known, 0);
    }
}

#[test]
fn nothing_happens_after_today_nor_before_the_invoice() {
    let portfolio = demo();
    for receipt in &portfolio.receipts {
        assert!(receipt.date <= today());
        assert!(receipt.bill.is_none_or(|b| portfolio.bills[b].issued <= receipt.date));
    }
    for happening in &portfolio.happenings {
        assert!(happening.date <= today() && portfolio.bills[happening.bill].issued <= happening.date);
    }
    assert!(portfolio.bills.iter().all(|b| b.issued <= today() && b.issued <= b.due));
}

#[test]
fn a_third_is_open_and_a_good_half_of_it_overdue() {
    let portfolio = generate(Params { invoices: 20_000, customers: 2_000, seed: 3, today: today() });
    let mut known = Known::default();
    let result = imported(&portfolio);
    for incoming in &result.incoming {
        known.learn(incoming);
    }
    let open: Vec<_> = known.invoices.values().filter(|k| k.balance > 0).collect();
    let overdue = open.iter().filter(|k| k.invoice.due < today()).count();
    assert!((28..=38).contains(&(open.len() * 100 / 20_000)), "{} open", open.len());
    assert!((52..=70).contains(&(overdue * 100 / open.len())), "{overdue} overdue of {}", open.len());
    assert!(known.invoices.values().all(|k| k.balance >= 0 && (4_000..=6_000_000).contains(&k.invoice.amount.cents)));
    let without_address = known.customers.values().filter(|c| c.email.is_none()).count();
    assert!((80..=160).contains(&without_address), "{without_address} of 2,000 without an address");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for happening in &portfolio.happenings {
        *kinds.entry(happening.kind).or_default() += 1;
    }
    for kind in [
        "arret",
        "avoir",
        "echeancier",
        "litige",
        "litige_clos",
        "procedure_collective",
        "promesse",
        "relance",
        "reponse",
    ] {
        assert!(kinds.get(kind).is_some_and(|n| *n > 10), "{kinds:?}");
    }
    let reversals = result.incoming.iter().filter(|i| matches!(i.what, What::Reversal { .. })).count();
    assert!(reversals > 50, "{reversals} rejected debits");
    let segments: BTreeMap<&str, usize> = portfolio.clients.iter().fold(BTreeMap::new(), |mut all, c| {
        *all.entry(c.segment.name()).or_default() += 1;
        all
    });
    assert!(segments.len() == 7 && segments.values().all(|n| *n > 40), "{segments:?}");
}

#[test]
fn addresses_and_numbers_are_nobodys() {
    for client in demo().clients {
        for address in [&client.email, &client.accounting_email, &client.management_email, &client.sales_email] {
            assert!(
                address.is_empty() || address.ends_with("@example.fr") || address.ends_with(".example"),
                "{address}"
            );
        }
        assert!(client.phone.is_empty() || client.phone.starts_with("01 99 00 "));
        assert!(client.mobile.is_empty() || client.mobile.starts_with("06 39 98 "));
    }
}
