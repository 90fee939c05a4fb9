//! What a test gives: its clients and invoices as they are when Relance gets to know them.

use super::limit;
use super::start::first_day;
use crate::cases::{TestCase, TestInvoice, TestName};
use chrono::{NaiveDate, TimeDelta};
use relance_core::day::{Instant, Span, add_days, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::Value;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::schema::Fact;
use relance_core::step::Input;
use std::collections::BTreeMap;

/// A client of a test.
pub(super) struct Client {
    /// Its code.
    pub code: String,
    /// Its file before the first invoice.
    pub dossier: Dossier,
    /// Its invoices, in file order.
    pub bills: Vec<Bill>,
    customer: Customer,
    others: Others,
    insolvent: bool,
}

/// What is given of the client's invoices that the test does not name.
#[derive(Default)]
struct Others {
    outstanding: Option<Amount>,
    overdue: Option<Amount>,
    late: Option<i64>,
    open: Option<i64>,
}

/// An invoice of a test.
pub(super) struct Bill {
    pub number: String,
    pub invoice: Invoice,
    /// The day on which Relance takes it over, when it is not the day of issue.
    known: Option<NaiveDate>,
    /// What was paid before Relance knew it, in cents.
    pub paid: i64,
    disputed: Option<Option<Amount>>,
    promised: Option<Option<Amount>>,
    broken: u32,
    reminders: u32,
    last_reminder: Option<i64>,
}

/// How long before the take-over the last reminder lies when the test gives only their number.
const LAST_REMINDER: i64 = 30;

impl Bill {
    fn new(given: &TestInvoice) -> Bill {
        // The day of issue is settled once every fact is known.
        let issued = given.issued.unwrap_or(given.due);
        Bill {
            number: given.number.clone(),
            invoice: Invoice::new(issued, given.due, given.amount),
            known: given.known,
            paid: 0,
            disputed: None,
            promised: None,
            broken: 0,
            reminders: 0,
            last_reminder: None,
        }
    }

    /// The day on which Relance takes it over.
    fn taken_over(&self) -> NaiveDate {
        self.known.unwrap_or(self.invoice.issued)
    }

    /// The moment at which Relance gets to know it: just before the day on which it takes it over.
    pub fn arrives(&self, zone: chrono_tz::Tz) -> Instant {
        start_of_day(self.taken_over(), zone) - TimeDelta::microseconds(1)
    }

    /// What is put into its file when it becomes known: what only a longer history could have left there.
    pub fn patch(&self, dossier: &mut Dossier) {
        let Some(file) = dossier.invoices.get_mut(&self.number) else { return };
        file.promises_broken = self.broken;
        let last = add_days(self.taken_over(), -self.last_reminder.unwrap_or(LAST_REMINDER));
        for n in (0..self.reminders).rev() {
            let on = add_days(last, -LAST_REMINDER * i64::from(n));
            file.reminders.push((on, format!("donnée:{}:{n}", self.number)));
        }
    }
}

/// The clients of a test; and what it gives that cannot be given.
pub(super) fn clients(case: &TestCase, program: &Program) -> (Vec<Client>, Vec<String>) {
    let mut problems = Vec::new();
    let mut all: BTreeMap<String, Client> = BTreeMap::new();
    for given in &case.clients {
        let client = all.entry(given.code.clone()).or_insert_with(|| Client::new(&given.code));
        for (name, value) in &given.facts {
            client.give(name, value, None, &mut problems);
        }
    }
    for given in &case.invoices {
        let client = all.entry(given.client.clone()).or_insert_with(|| Client::new(&given.client));
        let mut bill = Bill::new(given);
        for (name, value) in &given.facts {
            client.give(name, value, Some(&mut bill), &mut problems);
        }
        client.bills.push(bill);
    }
    for client in all.values_mut() {
        client.dossier.customer = client.customer.clone();
        for n in 0..client.bills.len() {
            let given = case.invoices.iter().find(|i| client.bills.get(n).is_some_and(|b| b.number == i.number));
            if given.is_some_and(|invoice| invoice.issued.is_none())
                && let Some(day) = first_day(case, program, client, n)
                && let Some(bill) = client.bills.get_mut(n)
            {
                bill.invoice.issued = bill.known.map_or(day, |known| known.min(day));
            }
        }
        client.dossier.customer = Customer::default();
    }
    (all.into_values().collect(), problems)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn amount(value: &Value) -> Option<Amount> {
    if let Value::Amount(amount) = value { Some(*amount) } else { None }
}

fn days(value: &Value) -> Option<i64> {
    if let Value::Duration(Span::Days(n)) = value { Some(*n) } else { None }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) if n.is_integer() => n.normalize().to_string().parse().ok().filter(|n| (0..=1000).contains(n)),
        _ => None,
    }
}

impl Client {
    fn new(code: &str) -> Client {
        // Whoever is not said to have no address has one: a test is about the plan, not about the data.
        let customer = Customer {
            name: code.to_owned(),
            email: Some("relance@client.example".to_owned()),
            phone: Some("+33639980001".to_owned()),
            address: Some("1 rue de l’Essai\n75001 Paris".to_owned()),
            ..Customer::default()
        };
        Client {
            code: code.to_owned(),
            dossier: Dossier::new(code),
            bills: Vec::new(),
            customer,
            others: Others::default(),
            insolvent: false,
        }
    }

    fn give(&mut self, name: &TestName, value: &Value, bill: Option<&mut Bill>, problems: &mut Vec<String>) {
        let fact = match name {
            TestName::Fact(fact) => *fact,
            TestName::Field(name) => {
                let fields = match bill {
                    Some(bill) => &mut bill.invoice.fields,
                    None => &mut self.customer.fields,
                };
                fields.insert(name.clone(), value.clone());
                return;
            }
        };
        let yes = *value == Value::Bool(true);
        let refused = match (fact, bill) {
            (Fact::Segment, _) => {
                self.customer.segment = text(value).filter(|name| name != "aucun");
                None
            }
            (Fact::CustomerName, _) => set(&mut self.customer.name, text(value).unwrap_or_default()),
            (Fact::CustomerEmail, _) => set(&mut self.customer.email, text(value)),
            (Fact::CustomerPhone, _) => set(&mut self.customer.phone, text(value)),
            (Fact::CustomerCountry, _) => set(&mut self.customer.country, text(value)),
            (Fact::Regime, Some(bill)) => set(&mut bill.invoice.regime, text(value)),
            (Fact::Regime, None) => set(&mut self.customer.regime, text(value)),
            (Fact::Owner, Some(bill)) => set(&mut bill.invoice.owner, text(value)),
            (Fact::Owner, None) => set(&mut self.customer.owner, text(value)),
            (Fact::CustomerInsolvent, _) => set(&mut self.insolvent, yes),
            (Fact::CustomerUsualDelay, _) if days(value).is_some() => set(&mut self.customer.usual_delay, days(value)),
            (Fact::CustomerAverageDelay, _) if days(value).is_some() => {
                set(&mut self.dossier.settled, (1, days(value).unwrap_or(0)))
            }
            (Fact::CustomerUsualDelay | Fact::CustomerAverageDelay, _) => Some("donnez-le en jours : `25j`"),
            (Fact::CustomerOutstanding, _) => set(&mut self.others.outstanding, amount(value)),
            (Fact::CustomerOverdue, _) => set(&mut self.others.overdue, amount(value)),
            (Fact::CustomerLateInvoices, _) => set(&mut self.others.late, number(value)),
            (Fact::CustomerOpenInvoices, _) => set(&mut self.others.open, number(value)),
            (Fact::CustomerOldestDelay, _) => {
                Some("ajoutez l'autre facture du client, avec son échéance : `facture F2 de 100 € échue le …`")
            }
            (Fact::BalanceDue, Some(bill)) => match amount(value) {
                Some(left) if left.currency == bill.invoice.currency() && left.cents <= bill.invoice.amount.cents => {
                    set(&mut bill.paid, bill.invoice.amount.cents - left.cents.max(0))
                }
                _ => Some("le reste dû est dans la devise de la facture et ne dépasse pas son montant"),
            },
            (Fact::Disputed, Some(bill)) => set(&mut bill.disputed, amount(value).map(Some)),
            (Fact::Promised, Some(bill)) => set(&mut bill.promised, amount(value).map(Some)),
            (Fact::InDispute, Some(bill)) => {
                // The amount may have been given before.
                if yes && bill.disputed.is_none() {
                    bill.disputed = Some(None);
                }
                None
            }
            (Fact::PromiseRunning, Some(bill)) => {
                if yes && bill.promised.is_none() {
                    bill.promised = Some(None);
                }
                None
            }
            (Fact::PromisesBroken, Some(bill)) => {
                set(&mut bill.broken, number(value).and_then(|n| u32::try_from(n).ok()).unwrap_or(0))
            }
            (Fact::Reminders, Some(bill)) => {
                set(&mut bill.reminders, number(value).and_then(|n| u32::try_from(n).ok()).unwrap_or(0))
            }
            (Fact::DaysSinceReminder, Some(bill)) if days(value).is_some_and(|n| n >= 0) => {
                bill.reminders = bill.reminders.max(1);
                set(&mut bill.last_reminder, days(value))
            }
            (Fact::DaysSinceReminder, Some(_)) => Some("donnez-le en jours : `10j`"),
            (Fact::Currency, Some(bill)) if text(value).as_deref() == Some(bill.invoice.currency().code()) => None,
            (Fact::Currency, _) => Some("elle se dit dans le montant de la facture : `200 CHF`"),
            (Fact::Instalments | Fact::InstalmentsMissed, _) => Some(
                "écrivez l'échéancier : `le 05/03/2026 : échéancier de 400 € au 01/04/2026 et 400 € au 01/05/2026`",
            ),
            (Fact::Collectable, _) => {
                Some("il se calcule : donnez `reste_dû`, `montant_en_litige` ou `montant_promis`")
            }
            (_, Some(_)) => Some("il se calcule"),
            (_, None) => Some("il se dit de la facture, sur sa ligne : `facture F1 de 1 200 € échue le 03/03/2026, …`"),
        };
        if let Some(help) = refused {
            problems.push(format!("`{} {value}` ne se donne pas ainsi : {help}", fact.name()));
        }
    }

    /// What becomes known with the invoice of this place: itself and its history; with the client's first one, the client.
    pub fn arrival(&self, n: usize, case: &TestCase, program: &Program) -> Vec<Input> {
        let Some(bill) = self.bills.get(n) else { return Vec::new() };
        let at = bill.arrives(program.zone);
        let day = add_days(bill.taken_over(), -1);
        let mut inputs = Vec::new();
        let mut tell = |invoice: Option<&str>, what: What| {
            let incoming = Incoming {
                id: format!("donnée:{}:{}", bill.number, inputs.len()),
                client: self.code.clone(),
                invoice: invoice.map(str::to_owned),
                effective: day,
                known: Some(at),
                said: None,
                what,
            };
            inputs.push(Input::Incoming { incoming, imported: None });
        };
        let first = self.bills.iter().map(|b| (b.arrives(program.zone), &b.number)).min();
        if first == Some((at, &bill.number)) {
            tell(None, What::Customer(self.customer.clone()));
            for (number, invoice) in self.background(case) {
                tell(Some(&number), What::Invoice(invoice));
            }
            if self.insolvent {
                // Debts from before the judgment are frozen: all of the test's are.
                let last = self.bills.iter().map(Bill::taken_over).max().unwrap_or(day);
                tell(None, What::Insolvency { judgment: add_days(last, 1) });
            }
        }
        let invoice = Invoice { taken_over: Some(bill.taken_over()), ..bill.invoice.clone() };
        let number = Some(bill.number.as_str());
        tell(number, What::Invoice(invoice));
        if bill.paid > 0 {
            tell(number, What::Payment { amount: Amount::new(bill.paid, bill.invoice.currency()) });
        }
        if let Some(amount) = bill.disputed {
            tell(number, What::DisputeOpened { amount, reason: None });
        }
        if let Some(amount) = bill.promised {
            tell(number, What::Promise { by: limit(case), amount });
        }
        inputs
    }

    /// Invoices of the client that the test does not name, which make its totals what the test says. Relance never takes them over.
    fn background(&self, case: &TestCase) -> Vec<(String, Invoice)> {
        let Some(own) = self.bills.first() else { return Vec::new() };
        let currency = own.invoice.currency();
        let in_currency = |given: Option<Amount>| given.filter(|a| a.currency == currency).map(|a| a.cents);
        let mut all = Vec::new();
        let mut add = |due: NaiveDate, cents: i64| {
            let first = self.bills.iter().map(Bill::taken_over).min().unwrap_or(due);
            let mut invoice = Invoice::new(add_days(first, -1), due, Amount::new(cents.max(1), currency));
            invoice.taken_over = Some(add_days(limit(case), 1));
            all.push((format!("autre facture {}", all.len() + 1), invoice));
        };
        let early = self.bills.iter().map(Bill::taken_over).min().map(|day| add_days(day, -LAST_REMINDER));
        let late_day = early.unwrap_or(own.invoice.due);
        let overdue = in_currency(self.others.overdue).unwrap_or(0);
        let late = self.others.late.unwrap_or(i64::from(overdue > 0));
        for n in 0..late {
            add(late_day, if n == 0 { overdue - (late - 1) } else { 1 });
        }
        let owned: i64 = self.bills.iter().map(|b| b.invoice.amount.cents - b.paid).sum();
        let rest = in_currency(self.others.outstanding).map_or(0, |all| all - overdue.max(late) - owned);
        let named = i64::try_from(self.bills.len()).unwrap_or(i64::MAX);
        let open = self.others.open.map_or(i64::from(rest > 0), |open| open - late - named);
        for n in 0..open.max(0) {
            add(limit(case), if n == 0 { rest - (open - 1) } else { 1 });
        }
        all
    }
}

/// Sets a value that can be given.
fn set<T>(place: &mut T, value: T) -> Option<&'static str> {
    *place = value;
    None
}
