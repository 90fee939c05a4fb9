//! Realistic portfolios out of a seed: for the demo, for trying out and for benchmarks. The same parameters give the same
//! bytes on any machine: one ChaCha stream, whole numbers only, no map whose order is its own.

mod behaviour;
mod dice;
mod files;
mod life;
mod names;
mod setbacks;

use chrono::{Datelike, NaiveDate};
use dice::Dice;
use relance_core::day::{add_days, end_of_month};

/// What to generate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Params {
    /// How many invoices.
    pub invoices: usize,
    /// How many clients; one at least.
    pub customers: usize,
    /// The seed.
    pub seed: u64,
    /// The day on which the portfolio is seen: nothing in it happened later.
    pub today: NaiveDate,
}

impl Params {
    /// The demo's portfolio: 2,000 invoices of 300 clients.
    pub fn demo(today: NaiveDate) -> Params {
        Params { invoices: 2_000, customers: 300, seed: 1, today }
    }
}

/// The usual segments, as `init` declares them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Segment {
    /// Pays on time.
    Good,
    /// Pays late, always by as much.
    Regular,
    /// Pays very late or never.
    Bad,
    /// A large account.
    Vip,
    /// An account that matters beyond its invoices.
    Strategic,
    /// A public body.
    Public,
    /// A consumer.
    Consumer,
}

impl Segment {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Segment::Good => "bon_payeur",
            Segment::Regular => "regulier",
            Segment::Bad => "mauvais_payeur",
            Segment::Vip => "vip",
            Segment::Strategic => "strategique",
            Segment::Public => "public",
            Segment::Consumer => "particulier",
        }
    }

    /// The regime of its invoices.
    pub fn regime(self) -> &'static str {
        match self {
            Segment::Public => "public",
            Segment::Consumer => "b2c",
            _ => "b2b",
        }
    }
}

/// A client. Empty texts are what the creditor does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its segment.
    pub segment: Segment,
    /// Address of the dunning contact.
    pub email: String,
    /// Landline.
    pub phone: String,
    /// Mobile.
    pub mobile: String,
    /// Street, postcode and town.
    pub address: [String; 3],
    /// Usual delay in days, when it has one.
    pub usual_delay: Option<i64>,
    /// Who follows it.
    pub owner: String,
    /// Address of its accounts payable.
    pub accounting_email: String,
    /// Address of its management.
    pub management_email: String,
    /// Address of the salesman who knows it.
    pub sales_email: String,
    /// Address of the public accountant who pays for it.
    pub public_accountant_email: String,
}

/// An invoice; negative for a credit note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bill {
    /// Its number.
    pub number: String,
    /// Index of its client.
    pub client: usize,
    /// Issued on.
    pub issued: NaiveDate,
    /// Due on.
    pub due: NaiveDate,
    /// Cents, taxes included.
    pub cents: i64,
}

/// A payment, or one taken back (negative).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The day.
    pub date: NaiveDate,
    /// Index of the client.
    pub client: usize,
    /// Index of the invoice; none for an unallocated payment.
    pub bill: Option<usize>,
    /// Cents.
    pub cents: i64,
}

/// An event of an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Happening {
    /// The day.
    pub date: NaiveDate,
    /// The type, as `evenements.csv` writes it.
    pub kind: &'static str,
    /// Index of the invoice.
    pub bill: usize,
    /// Cents, when it has some.
    pub cents: Option<i64>,
    /// The day promised.
    pub expected: Option<NaiveDate>,
    /// In a few words.
    pub detail: &'static str,
}

/// A generated portfolio.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Portfolio {
    /// Clients, by code.
    pub clients: Vec<Client>,
    /// Invoices, by number.
    pub bills: Vec<Bill>,
    /// Payments, by date.
    pub receipts: Vec<Receipt>,
    /// Events, by date.
    pub happenings: Vec<Happening>,
}

impl Portfolio {
    /// The portfolio as the CSV files that the import reads: name and text.
    pub fn files(&self) -> Vec<(String, String)> {
        files::write(self)
    }
}

/// Generates a portfolio.
pub fn generate(params: Params) -> Portfolio {
    let mut dice = Dice::new(params.seed);
    let clients: Vec<Client> = (0..params.customers.max(1)).map(|i| names::client(&mut dice, i)).collect();
    let mut drafts: Vec<(NaiveDate, usize)> = (0..params.invoices)
        .map(|i| {
            // Everyone has an invoice as long as there are enough; then a few clients have many.
            let n = clients.len() as u64;
            let client = if i < clients.len() { i } else { (dice.below(n) * dice.below(n) / n) as usize };
            (weekday(add_days(params.today, -(dice.below(365) as i64))), client)
        })
        .collect();
    drafts.sort();
    let mut portfolio = Portfolio { clients, bills: Vec::new(), receipts: Vec::new(), happenings: Vec::new() };
    for (i, (issued, client)) in drafts.into_iter().enumerate() {
        let Some(who) = portfolio.clients.get(client) else { continue };
        let number = format!("F{}-{:06}", issued.year(), i + 1);
        let bill = Bill {
            number,
            client,
            issued,
            due: due(&mut dice, who.segment, issued),
            cents: amount(&mut dice, who.segment),
        };
        let at = portfolio.bills.len();
        life::live(&mut dice, who, &bill, at, params.today, &mut portfolio.receipts, &mut portfolio.happenings);
        portfolio.bills.push(bill);
    }
    unallocated(&mut dice, params.today, &mut portfolio);
    setbacks::add(&mut dice, params.today, &mut portfolio);
    portfolio.receipts.sort_by_key(|r| (r.date, r.bill, r.client, r.cents));
    portfolio.happenings.sort_by_key(|h| (h.date, h.bill, h.kind, h.expected));
    portfolio
}

/// Payments that name no invoice, and credit notes of the client.
fn unallocated(dice: &mut Dice, today: NaiveDate, portfolio: &mut Portfolio) {
    for client in 0..portfolio.clients.len() {
        if dice.chance(20) {
            let date = weekday(add_days(today, -dice.between(5, 200)));
            portfolio.receipts.push(Receipt { date, client, bill: None, cents: dice.between(5_000, 60_000) });
        }
        if dice.chance(15) {
            let issued = weekday(add_days(today, -dice.between(5, 200)));
            let number = format!("AV{}-{:06}", issued.year(), client + 1);
            portfolio.bills.push(Bill { number, client, issued, due: issued, cents: -dice.between(2_000, 40_000) });
        }
    }
}

/// Nobody issues or pays on a Sunday: the Friday before.
fn weekday(day: NaiveDate) -> NaiveDate {
    add_days(day, -(i64::from(day.weekday().num_days_from_monday()) - 4).max(0))
}

fn due(dice: &mut Dice, segment: Segment, issued: NaiveDate) -> NaiveDate {
    let term = match segment {
        Segment::Public | Segment::Consumer => 0,
        _ => dice.below(100),
    };
    match term {
        0..40 => add_days(issued, 30),
        40..70 => end_of_month(add_days(issued, 45)),
        _ => add_days(issued, 60),
    }
}

/// From 40 € to 60 000 €: as many in each tenfold, nearly.
fn amount(dice: &mut Dice, segment: Segment) -> i64 {
    const BANDS: [(u64, i64, i64); 7] = [
        (140, 40, 100),
        (400, 100, 300),
        (650, 300, 1_000),
        (830, 1_000, 3_000),
        (940, 3_000, 10_000),
        (990, 10_000, 30_000),
        (1_000, 30_000, 60_000),
    ];
    let drawn = match segment {
        Segment::Consumer => dice.below(720),
        Segment::Vip | Segment::Strategic => 300 + dice.below(700),
        _ => dice.below(1_000),
    };
    let (_, low, high) = BANDS.into_iter().find(|(upto, ..)| drawn < *upto).unwrap_or((1_000, 40, 100));
    dice.between(low * 100, high * 100)
}
