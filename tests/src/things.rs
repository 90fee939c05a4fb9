//! What happens outside, from a few words: clients, their invoices, what becomes of them.

use crate::day;
use chrono::TimeDelta;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::money::Amount;

/// Something that happens outside; its identity says what it is.
pub fn thing(client: &str, invoice: Option<&str>, on: &str, what: What) -> Incoming {
    let said = serde_json::to_string(&what).expect("what happens is JSON");
    let id = format!("{client}:{}:{on}:{said}", invoice.unwrap_or_default());
    let invoice = invoice.map(str::to_owned);
    Incoming { id, client: client.to_owned(), invoice, effective: day(on), known: None, said: None, what }
}

/// Something about an invoice of C1, or about C1.
pub fn event(on: &str, invoice: Option<&str>, what: What) -> Incoming {
    thing("C1", invoice, on, what)
}

/// Whole euros.
pub fn euros(amount: i64) -> Amount {
    Amount::eur(amount * 100)
}

/// A payment of F1.
pub fn payment(on: &str, amount: i64) -> Incoming {
    event(on, Some("F1"), What::Payment { amount: euros(amount) })
}

/// Someone who can be written to and called.
pub fn durand() -> Customer {
    Customer {
        name: "Durand".into(),
        email: Some("compta@durand.example".into()),
        phone: Some("+33639980001".into()),
        ..Customer::default()
    }
}

/// A client whom messages reach.
pub fn client(code: &str) -> Incoming {
    thing(code, None, "1970-01-01", What::Customer(Customer { name: code.to_owned(), ..durand() }))
}

/// C1, in a segment from a day on.
pub fn in_segment(on: &str, segment: &str) -> Incoming {
    event(on, None, What::Customer(Customer { segment: Some(segment.to_owned()), ..durand() }))
}

/// An invoice of a client, issued on 1 February 2026.
pub fn bill(client: &str, number: &str, due: &str, amount: i64) -> Incoming {
    issued("2026-02-01", client, number, due, amount)
}

/// An invoice of C1, issued thirty days before it is due.
pub fn invoice(number: &str, due: &str, amount: i64) -> Incoming {
    issued(&(day(due) - TimeDelta::days(30)).to_string(), "C1", number, due, amount)
}

fn issued(on: &str, client: &str, number: &str, due: &str, amount: i64) -> Incoming {
    thing(client, Some(number), on, What::Invoice(Invoice::new(day(on), day(due), euros(amount))))
}

/// C1 and its invoice F1 of 1 000 €.
pub fn f1(due: &str) -> Vec<Incoming> {
    vec![client("C1"), bill("C1", "F1", due, 1_000)]
}
