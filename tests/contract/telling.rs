//! Histories of one client that a plan with tests cannot tell, and the journal that they give.

use relance_core::day::{Instant, start_of_day};
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::journal::Line;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_tests::{ZONE, day, simulate, span};

/// Something that happens to an invoice (to the client, without one) on a day.
pub fn event(on: &str, invoice: Option<&str>, what: What) -> Incoming {
    let id = format!("{on} {invoice:?} {what:?}");
    Incoming { id, client: "C1".into(), invoice: invoice.map(str::to_owned), effective: day(on), known: None, what }
}

/// The same, known at an hour of that day.
pub fn at(hour: i64, event: Incoming) -> Incoming {
    let known: Instant = start_of_day(event.effective, ZONE) + chrono::Duration::hours(hour);
    Incoming { known: Some(known), ..event }
}

/// The client's data from a day on.
pub fn client(on: &str, segment: &str) -> Incoming {
    let customer = Customer {
        name: "Durand".into(),
        segment: Some(segment.to_owned()),
        email: Some("compta@durand.example".into()),
        phone: Some("+33639980001".into()),
        ..Customer::default()
    };
    event(on, None, What::Customer(customer))
}

/// An invoice of so many euros, issued thirty days before it is due.
pub fn invoice(number: &str, due: &str, euros: i64) -> Incoming {
    let issued = day(due) - chrono::Duration::days(30);
    let invoice = Invoice::new(issued, day(due), Amount::eur(euros * 100));
    event(&issued.to_string(), Some(number), What::Invoice(invoice))
}

/// The journal's lines of a history, by people who do their work.
pub fn journal(program: &Program, events: &[Incoming], from: &str, to: &str) -> Vec<Line> {
    simulate(program, events, span(day(from), day(to)), People::DILIGENT)
}

/// Those lines that tell one thing, in a few words: day, invoice, rung, template or text.
pub fn told(lines: &[Line], what: &str) -> Vec<String> {
    let lines = lines.iter().filter(|line| line.evenement == what);
    lines
        .map(|line| {
            let words = [
                Some(line.le[..10].to_owned()),
                line.facture.clone(),
                line.palier.clone(),
                line.modele.clone(),
                line.detail.clone(),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect()
}
