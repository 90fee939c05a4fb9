//! Lives of invoices at random.

use super::build::SEGMENTS;
use chrono::NaiveDate;
use proptest::prelude::*;
use relance_core::day::{add_days, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::Machine;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use std::collections::BTreeMap;

pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

pub fn program(machine: &Machine) -> Program {
    Program::new(vec![machine.clone()], ZONE, BTreeMap::new())
}

fn due() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 3).unwrap()
}

fn thing(id: String, invoice: Option<&str>, effective: NaiveDate, what: What) -> Incoming {
    Incoming { id, client: "C1".into(), invoice: invoice.map(str::to_owned), effective, known: None, said: None, what }
}

fn customer(segment: usize, regime: usize, usual: Option<i64>) -> Customer {
    Customer {
        name: "Durand".into(),
        segment: SEGMENTS.get(segment).map(|s| (*s).to_owned()),
        email: Some("a@b.example".into()),
        phone: Some("+33639980001".into()),
        regime: ["b2b", "b2c"].get(regime).map(|r| (*r).to_owned()),
        usual_delay: usual,
        ..Customer::default()
    }
}

fn happening() -> impl Strategy<Value = What> {
    let amount = prop_oneof![Just(5_000i64), Just(30_000)].prop_map(Amount::eur);
    prop_oneof![
        3 => amount.clone().prop_map(|amount| What::Payment { amount }),
        1 => amount.clone().prop_map(|amount| What::Reversal { amount }),
        1 => amount.clone().prop_map(|amount| What::CreditNote { amount: Amount::eur(-amount.cents) }),
        2 => proptest::option::of(amount).prop_map(|amount| What::DisputeOpened { amount, reason: None }),
        1 => Just(What::DisputeClosed),
        1 => (3i64..20).prop_map(|n| What::Promise { by: add_days(due(), n), amount: None }),
        1 => Just(What::Stop { until: None }),
        2 => proptest::bool::ANY.prop_map(|catch_up| What::Resume { catch_up }),
        1 => Just(What::Reply),
        1 => (-20i64..40).prop_map(|n| What::DueDateMoved { to: add_days(due(), n) }),
        2 => prop_oneof![Just("suivi"), Just("plan")].prop_map(|s| What::Jump { state: s.into() }),
        2 => Just(What::PastReminder { channel: None, formal: false }),
    ]
}

/// What comes from outside about one client with two invoices.
pub fn life() -> impl Strategy<Value = Vec<Incoming>> {
    let client = (0usize..3, 0usize..3, proptest::option::of(prop_oneof![Just(0i64), Just(10)]));
    let events = proptest::collection::vec((-20i64..70, happening()), 0..5);
    let amount = || prop_oneof![Just(5_000i64), Just(10_000), Just(49_999), Just(50_000), Just(120_000)];
    let change = proptest::option::of((-10i64..60, 0usize..3));
    (client, amount(), proptest::option::of(-25i64..60), events, change, proptest::option::of((amount(), -30i64..30)))
        .prop_map(|((segment, regime, usual), cents, taken_over, events, change, other)| {
            let issued = add_days(due(), -30);
            let mut invoice = Invoice::new(issued, due(), Amount::eur(cents));
            invoice.taken_over = taken_over.map(|n| add_days(due(), n));
            let mut things = vec![
                thing("client".into(), None, add_days(issued, -100), What::Customer(customer(segment, regime, usual))),
                thing("F1".into(), Some("F1"), issued, What::Invoice(invoice)),
            ];
            if let Some((cents, n)) = other {
                let second = Invoice::new(add_days(issued, -40), add_days(due(), n), Amount::eur(cents));
                things.push(thing("F2".into(), Some("F2"), add_days(issued, -40), What::Invoice(second)));
            }
            if let Some((n, segment)) = change {
                let changed = What::Customer(customer(segment, regime, usual));
                things.push(thing("client2".into(), None, add_days(due(), n), changed));
            }
            let events = events.into_iter().enumerate();
            things.extend(events.map(|(i, (n, what))| thing(format!("e{i}"), Some("F1"), add_days(due(), n), what)));
            things
        })
}

/// The journal of a life.
pub fn journal(program: &Program, things: Vec<Incoming>) -> Vec<Entry> {
    let first = things.iter().map(|thing| thing.effective).min().unwrap();
    let last = things.iter().map(|thing| thing.effective).max().unwrap();
    let inbox = Inbox::new(things.into_iter().map(|thing| (thing, None)).collect(), ZONE);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    let span = (start_of_day(first, ZONE), end_of_day(add_days(last, 120), ZONE));
    let mut entries = Vec::new();
    run(program, &mut world, span, People::DILIGENT, |_, entry| entries.push(entry.clone()));
    entries
}
