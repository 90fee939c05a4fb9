//! Lives of invoices for what a plan with tests cannot say: what comes in from outside, and the journal that follows.

use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::Machine;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_dsl::{Context, Source, render_full};
use relance_tests::{context, day, simulate, span};
use std::collections::BTreeMap;

/// Something that happens outside; its identity says what it is.
pub fn thing(client: &str, invoice: Option<&str>, on: &str, what: What) -> Incoming {
    let id = format!("{client}:{}:{on}:{}", invoice.unwrap_or_default(), serde_json::to_string(&what).unwrap());
    let invoice = invoice.map(str::to_owned);
    Incoming { id, client: client.to_owned(), invoice, effective: day(on), known: None, what }
}

/// Something about F1 of C1.
pub fn event(on: &str, what: What) -> Incoming {
    thing("C1", Some("F1"), on, what)
}

/// Whole euros.
pub fn euros(amount: i64) -> Amount {
    Amount::eur(amount * 100)
}

/// A payment of F1.
pub fn payment(on: &str, amount: i64) -> Incoming {
    event(on, What::Payment { amount: euros(amount) })
}

/// A client whom messages reach.
pub fn client(code: &str) -> Incoming {
    let customer = Customer {
        name: code.to_owned(),
        email: Some("compta@durand.example".into()),
        phone: Some("+33639980001".into()),
        ..Customer::default()
    };
    thing(code, None, "1970-01-01", What::Customer(customer))
}

/// An invoice of a client, issued on 1 February 2026.
pub fn bill(client: &str, number: &str, due: &str, amount: i64) -> Incoming {
    let issued = "2026-02-01";
    thing(client, Some(number), issued, What::Invoice(Invoice::new(day(issued), day(due), euros(amount))))
}

/// C1 and its invoice F1 of 1 000 €.
pub fn f1(due: &str) -> Vec<Incoming> {
    vec![client("C1"), bill("C1", "F1", due, 1_000)]
}

/// Machines of one text, in a project of its own.
pub fn machines(text: &str, context: &Context) -> Vec<Machine> {
    let sources = [Source { path: "scenarios/contrat.relance".to_owned(), bytes: text.as_bytes().to_vec() }];
    let compilation = relance_dsl::compile(&sources, context);
    compilation.machines.unwrap_or_else(|| panic!("{}", render_full(&compilation.diagnostics, &sources, false)))
}

/// A program of one text.
pub fn program(text: &str) -> Program {
    Program::new(machines(text, &context()), relance_tests::ZONE, BTreeMap::new())
}

/// What the public journal tells from one day to another, a line each: `2026-03-07 00:00 F1 palier J+5`.
pub fn told_by(people: People, plan: &Program, things: &[Incoming], from: &str, to: &str) -> Vec<String> {
    let lines = simulate(plan, things, span(day(from), day(to)), people);
    let quiet = ["client", "facture", "prise_en_charge", "scenario"];
    lines
        .into_iter()
        .filter(|line| !quiet.contains(&line.evenement))
        .map(|line| {
            let at = line.le[..16].replace('T', " ");
            let words = [
                Some(at),
                line.facture,
                Some(line.evenement.to_owned()),
                line.palier,
                line.canal.map(str::to_owned),
                line.modele,
                line.historique.then(|| "(passé)".to_owned()),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// The same with people who do what they are asked.
pub fn told(plan: &str, things: &[Incoming], from: &str, to: &str) -> Vec<String> {
    told_by(People::DILIGENT, &program(plan), things, from, to)
}

/// The lines that tell of one kind of event.
pub fn only(lines: &[String], event: &str) -> Vec<String> {
    lines.iter().filter(|line| line.split(' ').any(|word| word == event)).cloned().collect()
}
