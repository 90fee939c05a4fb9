//! The statechart says the same as the engine, day after day, when somebody else runs it.

use crate::chart::Actor;
use crate::machines::*;
use chrono::NaiveDate;
use proptest::prelude::*;
use relance_core::calendar::Region;
use relance_core::day::{Span, add_days, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::export::xstate;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::journal::Line;
use relance_core::machine::*;
use relance_core::money::{Amount, Currency};
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use std::collections::BTreeMap;

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;
/// The last day looked at, in days past due.
const LAST: i64 = 90;

fn due() -> NaiveDate {
    "2026-06-01".parse().unwrap()
}

/// Nothing but the plan decides when a message leaves.
fn open(mut machine: Machine) -> Machine {
    machine.settings.window = Window { days: [true; 7], opens: 0, closes: 1440 };
    machine.settings.cap = None;
    machine.settings.calendar.region = Region::None;
    machine
}

/// What the engine does: day past due and what leaves, or the state that is entered.
fn engine(machine: &Machine, from: i64, cents: i64) -> Vec<(i64, String)> {
    let program = Program::new(vec![machine.clone()], ZONE, BTreeMap::new());
    let issued = add_days(due(), from);
    let thing = |id: &str, invoice: Option<&str>, what| Incoming {
        id: id.into(),
        client: "C".into(),
        invoice: invoice.map(str::to_owned),
        effective: issued,
        known: None,
        said: None,
        what,
    };
    let customer = Customer {
        email: Some("a@b.example".into()),
        phone: Some("+33639980001".into()),
        address: Some("1 rue du Port".into()),
        ..Customer::default()
    };
    let things = vec![
        (thing("client", None, What::Customer(customer)), None),
        (thing("facture", Some("F"), What::Invoice(Invoice::new(issued, due(), Amount::eur(cents)))), None),
    ];
    let mut world = World { dossier: Dossier::new("C"), wake: None, inbox: Inbox::new(things, ZONE) };
    let mut said = vec![(from, "→ plan".to_owned())];
    let span = (start_of_day(issued, ZONE), end_of_day(add_days(due(), LAST), ZONE));
    run(&program, &mut world, span, People::DILIGENT, |dossier, entry| {
        let Some(line) = Line::of(entry, "C", Currency::EUR, ZONE, &program) else { return };
        let day: NaiveDate = line.le[..10].parse().unwrap();
        let what = match line.evenement {
            "envoi" => line.modele.unwrap(),
            "note" => line.detail.unwrap(),
            "etape" => format!("→ {}", dossier.invoices["F"].state),
            _ => return,
        };
        said.push(((day - due()).num_days(), what));
    });
    said
}

fn chart(machine: &Machine, from: i64, cents: i64) -> Vec<(i64, String)> {
    let chart = xstate(machine);
    let mut actor = Actor::start(&chart, from, cents);
    (from..=LAST).for_each(|day| actor.day(day));
    actor.said
}

/// What happens on one day has no order here: carriers may be asked in any.
fn by_day(mut said: Vec<(i64, String)>) -> Vec<(i64, String)> {
    said.sort();
    said
}

#[test]
fn the_statechart_of_three_stages() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&xstate(&stages())).unwrap());
}

#[test]
fn a_late_invoice_gets_one_message_in_both() {
    let mut b = Builder::default();
    let mut m = open(Machine::new("m", None));
    m.states[0].rules = vec![
        b.rung(3, Expr::always(), then(vec![email("trois")])),
        b.rung(15, Expr::always(), then(vec![email("quinze")])),
        b.rung(15, over(1_000_000), then(vec![email("gros")])),
        b.rung(30, over(1_000_000), then(vec![email("trente")])),
        b.rung(60, Expr::always(), then(vec![contact(Channel::RegisteredLetter, "demeure")])),
    ];
    let expected = vec![(40, "→ plan".to_owned()), (40, "quinze".into()), (60, "demeure".into())];
    assert_eq!(chart(&m, 40, 5_000), expected);
    assert_eq!(engine(&m, 40, 5_000), expected);
}

/// What simple rules are made of.
fn rules() -> impl Strategy<Value = Vec<(u8, i64, bool, u8)>> {
    proptest::collection::vec((0u8..8, -8i64..50, any::<bool>(), 0u8..6), 0..7)
}

fn build(states: [Vec<(u8, i64, bool, u8)>; 3]) -> Machine {
    let mut b = Builder::default();
    let mut m = open(Machine::new("m", None));
    m.states.extend([State::new("un", None), State::new("deux", None)]);
    m.states[2].is_final = states[2].len() == 3;
    for (s, rules) in states.into_iter().enumerate() {
        for (i, (kind, n, rich, what)) in rules.into_iter().enumerate() {
            let name = format!("m{s}_{i}");
            let guard = if rich { over(1_000_000) } else { Expr::always() };
            let sequence = match what {
                0 => then(vec![Action::Note { text: name }]),
                // Only forward, so that every walk ends.
                1 if s < 2 => then(vec![email(&name), go_to(if s == 0 { "un" } else { "deux" })]),
                2 if s == 0 => then(vec![go_to("deux")]),
                3 => then(vec![contact(Channel::RegisteredLetter, &name)]),
                _ => then(vec![email(&name)]),
            };
            let rule = match kind {
                0 => b.free(guard, sequence),
                1 => Rule {
                    branches: vec![Branch { bounds: vec![], guard }],
                    ..b.every(Span::Days(n.abs() + 4), Some(2), sequence)
                },
                2 => {
                    let mut both = b.rung(n, guard, sequence);
                    both.branches.push(Branch { bounds: vec![bound(Clock::Due, days(n + 9))], guard: Expr::always() });
                    both
                }
                3 if s == 1 => b.after(Span::Days(n.abs()), sequence),
                _ => b.rung(n, guard, sequence),
            };
            m.states[s].rules.push(rule);
        }
        // A rung of the other clock would be ordered by the day of the entry: see `meta.ordre`.
        if m.states[s].rules.iter().any(|r| r.branches.iter().any(|b| b.bounds.iter().any(|b| b.clock == Clock::State)))
        {
            m.states[s].rules.retain(|r| r.branches.iter().all(|b| b.bounds.iter().all(|b| b.clock == Clock::State)));
        }
    }
    m
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn chart_and_engine_say_the_same(
        plan in rules(), one in rules(), two in rules(), from in -20i64..60, rich in any::<bool>(),
    ) {
        let machine = build([plan, one, two]);
        let cents = if rich { 2_000_000 } else { 5_000 };
        prop_assert_eq!(by_day(chart(&machine, from, cents)), by_day(engine(&machine, from, cents)));
    }
}

/// Every machine has a statechart whose targets exist.
#[test]
fn targets_exist() {
    for machine in [plan_only(), stages(), large(), hostile()] {
        let chart = xstate(&machine);
        let states = chart["states"].as_object().unwrap();
        assert_eq!(states.len(), machine.states.len() + 1);
        for node in states.values().chain([&chart]) {
            for transition in node["on"].as_object().into_iter().flat_map(|on| on.values()) {
                if let Some(target) = transition["target"].as_str() {
                    assert!(states.contains_key(target.trim_start_matches('.')), "{target}");
                }
            }
        }
    }
}
