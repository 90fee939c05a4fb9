//! The way of an invoice, made by really running its plan.

use crate::machines::*;
use chrono::NaiveDate;
use relance_core::day::{Span, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::drawing::Path;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::*;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use std::collections::BTreeMap;

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The machine: three rungs in the plan, then a state with rungs on both clocks.
pub fn machine() -> Machine {
    let mut b = Builder::default();
    let mut m = Machine::new("essai", Some("Essai".into()));
    m.states[0].rules = vec![
        b.rung(3, Expr::always(), then(vec![email("courtois")])),
        b.rung(10, Expr::always(), then(vec![email("ferme")])),
        b.rung(20, Expr::always(), then(vec![email("dernier"), go_to("suite")])),
    ];
    let mut next = State::new("suite", Some("La suite".into()));
    next.rules = vec![
        b.rung(12, Expr::always(), then(vec![email("trop_bas")])),
        b.rung(40, Expr::always(), then(vec![email("quarante")])),
        b.rung(60, Expr::always(), then(vec![email("soixante")])),
        b.after(Span::Days(5), then(vec![contact(Channel::Call, "suite")])),
    ];
    m.states.push(next);
    m.states.push(State::new("ailleurs", None));
    m
}

/// The way of an invoice that is due on 2 March 2026, taken over on `from` and followed up to `to`.
pub fn followed(from: &str, to: &str) -> (Machine, Path) {
    let machine = machine();
    let program = Program::new(vec![machine.clone()], ZONE, BTreeMap::new());
    let thing = |id: &str, invoice: Option<&str>, what| Incoming {
        id: id.into(),
        client: "C1".into(),
        invoice: invoice.map(str::to_owned),
        effective: day("2026-02-01"),
        known: None,
        said: None,
        what,
    };
    let customer = Customer { name: "Durand".into(), email: Some("a@b.example".into()), ..Customer::default() };
    let mut invoice = Invoice::new(day("2026-02-01"), day("2026-03-02"), Amount::eur(100_000));
    invoice.taken_over = Some(day(from));
    let things = vec![
        (thing("client", None, What::Customer(customer)), None),
        (thing("facture", Some("F1"), What::Invoice(invoice)), None),
    ];
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox: Inbox::new(things, ZONE) };
    let span = (start_of_day(day(from), ZONE), end_of_day(day(to), ZONE));
    run(&program, &mut world, span, People::DILIGENT, |_, _| {});
    let path = Path::of(&program, &world.dossier, "F1", day(to)).unwrap();
    (machine, path)
}

/// An invoice in its second state.
pub fn journey() -> (Machine, Path) {
    followed("2026-02-01", "2026-04-15")
}
