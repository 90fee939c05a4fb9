//! What every base must do, the same tests on SQLite and on PostgreSQL: grouped messages through crashes, payments that must be up to
//! date, several runners, several creditors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::NaiveDate;
use relance_core::day::{Instant, Span};
use relance_core::event::Event;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::{
    Action, Bound, Branch, Channel, Clock, Contact, Expr, Item, Machine, Nature, Rule, RuleId, Sequence, SequenceStage,
    Tone, Value,
};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_core::step::Outcome;
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, Delivery, Parcel, RunReport, Runner, Sender};
use relance_engine::store::{Intake, Store, StoreError};
use relance_tests::base::{Base, Kind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Makes each test run on every kind of base.
macro_rules! on_every_base {
    ($($(#[$about:meta])* async fn $name:ident($office:ident: Office) $body:block)+) => {
        $($(#[$about])* async fn $name($office: crate::Office) $body)+
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::Office::new(relance_tests::base::Kind::Sqlite).await.unwrap()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                if let Some(office) = crate::Office::new(relance_tests::base::Kind::Postgres).await {
                    super::$name(office).await;
                }
            })+
        }
    };
}

mod accounts;
mod aside;
mod crash;
mod creditors;
mod documents;
mod doubts;
mod fold;
mod frozen;
mod ledger;
mod letters;
mod lists;
mod mails;
mod moving;
mod notices;
mod payments;
mod plans;
mod rates;
mod rounds;
mod runners;
mod service;
mod shards;
mod storms;
mod versions;

/// The runner's name.
const RUNNER: &str = "essai";

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A moment, `2026-03-10T10:00:00Z`.
fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// `à J+1 : email ferme`.
fn machine() -> Machine {
    let contact = Contact {
        channel: Channel::Email,
        template: Some("ferme".to_owned()),
        choice: None,
        nature: Nature::Reminder,
        tone: Tone::Firm,
        language: None,
        variants: Vec::new(),
        to: Vec::new(),
        copy: Vec::new(),
    };
    let offset = Expr::Literal(Value::Duration(Span::Days(1)));
    let bound = Bound { clock: Clock::Due, offset, extra_days: 0, end_of_month: false };
    let items = vec![Item(vec![Action::Contact(contact).into()])];
    let mut machine = Machine::new("essai", None);
    machine.states[0].rules.push(Rule {
        id: RuleId(0),
        branches: vec![Branch { bounds: vec![bound], guard: Expr::always() }],
        repeat: None,
        sequence: Sequence { stages: vec![SequenceStage { wait: None, items }] },
        without_prior_reminder: false,
    });
    machine
}

fn program(machine: Machine) -> Program {
    Program::new(vec![machine], ZONE, BTreeMap::new())
}

fn thing(client: &str, invoice: Option<&str>, on: &str, what: What) -> Incoming {
    let id = format!("{client}:{}:{on}:{}", invoice.unwrap_or_default(), serde_json::to_string(&what).unwrap());
    let invoice = invoice.map(str::to_owned);
    Incoming { id, client: client.to_owned(), invoice, effective: day(on), known: None, said: None, what }
}

/// A client with an address, and an invoice of 100 € for each number and due date.
fn client(code: &str, invoices: &[(&str, &str)]) -> Vec<Incoming> {
    let email = Some(format!("{}@example.fr", code.to_lowercase()));
    let customer = Customer { name: code.to_owned(), email, ..Customer::default() };
    let mut all = vec![thing(code, None, "1970-01-01", What::Customer(customer))];
    all.extend(invoices.iter().map(|(number, due)| {
        let invoice = Invoice::new(day("2026-01-05"), day(due), Amount::eur(10_000));
        thing(code, Some(number), "2026-01-05", What::Invoice(invoice))
    }));
    all
}

/// A carrier that keeps what it is given, or never answers.
#[derive(Default)]
struct Post {
    /// The machine fails while it sends: told when it has got there, the carrier never answers.
    hangs: Option<Notify>,
    /// It never gets to a message: each goes back.
    gives_back: bool,
    /// What it says afterwards of a message that may have left.
    left: Option<bool>,
    /// It was given something to send.
    sends: Notify,
    /// The invoices of every message, in the order of its list.
    sent: Mutex<Vec<Vec<String>>>,
}

impl Post {
    fn sent(&self) -> Vec<Vec<String>> {
        self.sent.lock().unwrap().clone()
    }
}

impl Carrier for Post {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        if let Some(reached) = &self.hangs {
            reached.notify_one();
            std::future::pending::<()>().await;
        }
        if self.gives_back {
            return parcels.iter().map(|_| Delivery::plain(Outcome::Recalled)).collect();
        }
        self.sends.notify_one();
        // Whoever was told has a word before the answer.
        tokio::task::yield_now().await;
        for parcel in parcels {
            let numbers = parcel.context.invoices.iter().map(|invoice| invoice.number.clone()).collect();
            self.sent.lock().unwrap().push(numbers);
        }
        parcels.iter().map(|_| Delivery::accepted()).collect()
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        self.left
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        8
    }
}

/// A base, and the runner's view of it.
struct Office {
    store: Arc<dyn Store>,
    base: Base,
}

impl Office {
    async fn new(kind: Kind) -> Option<Office> {
        let base = Base::new(kind).await?;
        Some(Office { store: base.open("essai").await, base })
    }

    /// The runner has died, and its lease has run out.
    async fn bury_runner(&self) {
        let clients = self.store.clients().await.unwrap();
        self.store.give_back(RUNNER, &clients).await.unwrap();
    }

    async fn take_in(&self, incoming: &[Incoming], payments: bool, at: Instant) {
        let report = serde_json::Value::Null;
        self.store.take_in(&Intake { incoming, payments, at, zone: ZONE, report: &report }).await.unwrap();
    }

    /// Runs what is due at a moment; `seen` may stop the world after a commit by a panic.
    async fn run(
        &self,
        program: &Program,
        post: &Post,
        now: Instant,
        seen: impl FnMut(&Event),
    ) -> Result<RunReport, StoreError> {
        let sender = Sender::default();
        let mut seen = seen;
        self.runner(program, post, &sender).run((now, now), |_, entry| seen(&entry.event), |_, _| {}).await
    }

    /// Runs a whole time, moment by moment.
    async fn run_span(&self, program: &Program, post: &Post, span: (Instant, Instant)) {
        let sender = Sender::default();
        self.runner(program, post, &sender).run(span, |_, _| {}, |_, _| {}).await.unwrap();
    }

    fn runner<'a, C: Carrier>(&'a self, program: &'a Program, carrier: &'a C, sender: &'a Sender) -> Runner<'a, C> {
        Runner {
            store: &*self.store,
            name: RUNNER,
            program,
            carrier,
            sender,
            batch: CLIENTS_PER_BATCH,
            people: People::ABSENT,
            stop: None,
        }
    }

    /// The invoices about which the journal says something.
    async fn told(&self, what: fn(&Event) -> bool) -> Vec<String> {
        let rows = self.store.journal(None, None, None, None).await.unwrap();
        rows.into_iter().filter(|row| what(&row.entry.event)).filter_map(|row| row.entry.invoice).collect()
    }
}
