//! The measured book: five invoices a client; some are at J+15 on the day of the run, the others fall due later.

use relance_core::day::add_days;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::money::Amount;
use relance_tests::day;

/// The day of the run.
pub const TODAY: &str = "2026-03-18";

/// Its plan.
pub const PLAN: &str = "scénario general\n  sans plafond\n  à J+5 : email courtois\n  \
                    si retard >= 15j et reste_dû > 50 € et segment <> vip alors email ferme puis appel\n  à J+30 : email dernier_avis\n";

fn thing(id: String, client: &str, invoice: Option<String>, on: chrono::NaiveDate, what: What) -> Incoming {
    Incoming { id, client: client.to_owned(), invoice, effective: on, known: None, said: None, what }
}

/// Invoices `from` to `to` (not included) of a book of `all`, of which `due`, spread evenly, are due, with the clients that begin there.
pub fn portfolio((from, to): (usize, usize), due: usize, all: usize) -> Vec<Incoming> {
    let today = day(TODAY);
    let mut found = Vec::with_capacity((to - from) * 2);
    for n in from..to {
        let client = format!("C{:06}", n / 5);
        if n % 5 == 0 {
            let customer = Customer {
                name: format!("Client {client}"),
                segment: Some("mauvais_payeur".into()),
                email: Some(format!("{}@client.example", client.to_lowercase())),
                phone: Some("+33639980001".into()),
                ..Customer::default()
            };
            found.push(thing(format!("client:{client}"), &client, None, day("1970-01-01"), What::Customer(customer)));
        }
        let is_due = (n * due) / all != ((n + 1) * due) / all;
        let due_on = if is_due { add_days(today, -15) } else { add_days(today, 20 + (n % 40) as i64) };
        let amount = Amount::eur(10_000 + (n as i64 * 37) % 500_000);
        let invoice = Invoice::new(day("2026-02-01"), due_on, amount);
        let number = format!("F{n:07}");
        found.push(thing(
            format!("facture:{number}"),
            &client,
            Some(number),
            day("2026-02-01"),
            What::Invoice(invoice),
        ));
    }
    found
}
