//! What happens outside in a test: events as the engine takes them in.

use super::given::Client;
use crate::cases::{Happening, Outside, TestCase, What as Said};
use chrono::{NaiveDate, NaiveTime};
use relance_core::day::{Instant, instant_at};
use relance_core::incoming::{DueAmount, Incoming, What};
use relance_core::money::Amount;
use std::collections::BTreeMap;

/// The moment of a line: its hour, or the day's first instant.
pub(super) fn moment(date: NaiveDate, hour: Option<u16>, zone: chrono_tz::Tz) -> Instant {
    let seconds = u32::from(hour.unwrap_or(0)) * 60;
    instant_at(date, NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or(NaiveTime::MIN), zone)
}

/// What an invoice owes as the events go, so that `paiement total` has an amount.
struct Account {
    client: String,
    amount: Amount,
    balance: i64,
    paid: i64,
}

/// The events of a test with their moments, in the order of the file; and what is wrong with them.
pub(super) fn events(
    case: &TestCase,
    clients: &[Client],
    zone: chrono_tz::Tz,
) -> (Vec<(Instant, Incoming)>, Vec<String>) {
    let mut accounts: BTreeMap<&str, Account> = BTreeMap::new();
    for client in clients {
        for bill in &client.bills {
            let amount = bill.invoice.amount;
            let account =
                Account { client: client.code.clone(), amount, balance: amount.cents - bill.paid, paid: bill.paid };
            accounts.insert(&bill.number, account);
        }
    }
    let mut said: Vec<(Instant, NaiveDate, &Happening, &Outside)> = Vec::new();
    for day in &case.days {
        for happening in &day.happenings {
            if let Said::Event(event) = &happening.what {
                said.push((moment(day.date, day.hour, zone), day.date, happening, event));
            }
        }
    }
    said.sort_by_key(|(at, ..)| *at);
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for (n, (at, date, happening, event)) in said.into_iter().enumerate() {
        let mut tell = |client: &str, invoice: Option<&str>, what: What| {
            let incoming = Incoming {
                id: format!("test:{n:05}"),
                client: client.to_owned(),
                invoice: invoice.map(str::to_owned),
                effective: date,
                known: Some(at),
                said: None,
                what,
            };
            found.push((at, incoming));
        };
        let named = &happening.invoices;
        let several = case.invoices.len() > 1;
        if let (true, Some(what)) = (named.is_empty() && several, of_client(event, date)) {
            clients.iter().for_each(|client| tell(&client.code, None, what.clone()));
            continue;
        }
        let numbers: Vec<&str> = if named.is_empty() {
            case.invoices.iter().map(|invoice| invoice.number.as_str()).collect()
        } else {
            named.iter().map(String::as_str).collect()
        };
        if numbers.len() > 1 && has_amount(event) {
            let first = numbers.first().copied().unwrap_or("F1");
            problems.push(format!("`{}` : dites de quelle facture, par exemple `… pour {first}`", happening.text));
            continue;
        }
        for number in numbers {
            let Some(account) = accounts.get_mut(number) else { continue };
            let client = account.client.clone();
            if let Some(what) = of_invoice(event, date, account) {
                tell(&client, Some(number), what);
            }
        }
    }
    (found, problems)
}

/// What the event is when it is about a whole client.
fn of_client(event: &Outside, date: NaiveDate) -> Option<What> {
    Some(match event {
        Outside::Reply => What::Reply,
        Outside::Stop => What::Stop { until: None },
        Outside::Resume => What::Resume { catch_up: false },
        Outside::External(name) => What::External { name: name.clone() },
        Outside::Insolvency(judgment) => What::Insolvency { judgment: judgment.unwrap_or(date) },
        _ => return None,
    })
}

/// Whether the event has an amount of its own, which only one invoice can have.
fn has_amount(event: &Outside) -> bool {
    matches!(
        event,
        Outside::Payment(Some(_))
            | Outside::PaymentAnnounced(Some(_))
            | Outside::Promise { amount: Some(_), .. }
            | Outside::PaymentPlan(_)
            | Outside::DisputeOpened(Some(_))
            | Outside::CreditNote(Some(_))
            | Outside::Reversal(Some(_))
    )
}

/// What the event is for one invoice; `None` when nothing of it is left to happen.
fn of_invoice(event: &Outside, date: NaiveDate, account: &mut Account) -> Option<What> {
    let currency = account.amount.currency;
    let whole = |given: &Option<Amount>, all: i64| given.or_else(|| (all > 0).then(|| Amount::new(all, currency)));
    Some(match event {
        Outside::Payment(given) => {
            let amount = whole(given, account.balance)?;
            account.balance -= amount.cents;
            account.paid += amount.cents;
            What::Payment { amount }
        }
        Outside::CreditNote(given) => {
            let amount = whole(given, account.balance)?;
            account.balance -= amount.cents;
            What::CreditNote { amount }
        }
        Outside::Reversal(given) => {
            let amount = whole(given, account.paid)?;
            account.balance += amount.cents;
            account.paid -= amount.cents;
            What::Reversal { amount }
        }
        Outside::PaymentAnnounced(amount) => What::PaymentAnnounced { amount: *amount },
        Outside::Promise { amount, until } => What::Promise { by: *until, amount: *amount },
        Outside::PaymentPlan(parts) => What::PaymentPlan {
            instalments: parts.iter().map(|(amount, due)| DueAmount { due: *due, amount: *amount }).collect(),
        },
        Outside::DisputeOpened(amount) => What::DisputeOpened { amount: *amount, reason: None },
        Outside::DisputeClosed => What::DisputeClosed,
        Outside::Jump(state) => What::Jump { state: state.clone() },
        Outside::DueDateMoved(to) => What::DueDateMoved { to: *to },
        // It is the carrier's answer, not an event that comes by itself.
        Outside::Failure(_) => return None,
        _ => return of_client(event, date),
    })
}
