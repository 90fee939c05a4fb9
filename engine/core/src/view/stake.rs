//! What is at stake with a client, and in which order clients are called.

use crate::dossier::{Dossier, InvoiceFile};
use crate::facts::InvoiceFacts;
use crate::money::{Amount, Currency};
use crate::program::Program;
use crate::step::suspension;
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What of an invoice a call can ask for, in cents; nothing while it is held, promised or disputed as a whole.
pub fn payable(program: &Program, dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> i64 {
    if !file.is_open() || !file.taken_over || suspension(dossier, number, file, today).is_some() {
        return 0;
    }
    InvoiceFacts::new(program, dossier, number, file, today).collectable()
}

/// So many days of delay make an invoice weigh once more.
const MONTH: i64 = 30;

/// What a client could pay today, over all invoices that are due.
#[derive(Default)]
pub struct Stake {
    /// Cents, by currency.
    sums: BTreeMap<Currency, i64>,
    /// The same, each invoice weighed by its age and its broken promises.
    weights: BTreeMap<Currency, i64>,
    /// How many invoices.
    pub invoices: usize,
    /// The longest delay, in days.
    pub oldest: i64,
    /// How many promises were broken over them.
    pub broken: u32,
}

impl Stake {
    /// Of the due invoices of a client; `called` are counted although they are not due.
    pub fn of(program: &Program, dossier: &Dossier, called: &[&str], today: NaiveDate) -> Stake {
        let mut stake = Stake::default();
        for (number, file) in &dossier.invoices {
            let late = (today - file.invoice.due).num_days();
            let cents = payable(program, dossier, number, file, today);
            if cents == 0 || (late <= 0 && !called.contains(&number.as_str())) {
                continue;
            }
            let currency = file.invoice.currency();
            let age = 1 + late.max(0) / MONTH;
            let promises = if file.promises_broken > 0 { 2 } else { 1 };
            let add = |to: &mut BTreeMap<Currency, i64>, cents: i64| {
                let sum = to.entry(currency).or_default();
                *sum = sum.saturating_add(cents);
            };
            add(&mut stake.sums, cents);
            add(&mut stake.weights, cents.saturating_mul(age).saturating_mul(promises));
            stake.invoices += 1;
            stake.oldest = stake.oldest.max(late);
            stake.broken = stake.broken.saturating_add(file.promises_broken);
        }
        stake
    }

    /// Euros first, then by the code of the currency.
    pub fn amounts(&self) -> Vec<Amount> {
        let mut all: Vec<Amount> = self.sums.iter().map(|(currency, cents)| Amount::new(*cents, *currency)).collect();
        all.sort_by_key(|amount| order(amount.currency));
        all
    }

    /// Where the client stands among those to call. Currencies are not compared: a client stands with the first of its own.
    pub fn rank(&self) -> Rank {
        let first = self.weights.iter().min_by_key(|(currency, _)| order(**currency));
        Rank::of(first.map(|(currency, _)| *currency), first.map_or(0, |(_, weight)| *weight), self.oldest)
    }
}

/// Sorts what weighs most first, within a currency; euros before the others, and what weighs nothing last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rank {
    nothing: bool,
    currency: Option<(bool, String)>,
    weight: Reverse<i64>,
    oldest: Reverse<i64>,
}

impl Rank {
    /// Of a weight in a currency; none is nothing at all. Of two that weigh the same, the one that is late for longer comes first.
    pub fn of(currency: Option<Currency>, weight: i64, oldest: i64) -> Rank {
        let (weight, oldest) = (Reverse(weight.max(0)), Reverse(oldest.max(0)));
        Rank { nothing: currency.is_none(), currency: currency.map(order), weight, oldest }
    }

    /// The rank as a text that sorts byte by byte as the rank does: what a base can index.
    pub fn key(&self) -> String {
        let currency = match &self.currency {
            None => "9".to_owned(),
            Some((false, _)) => "0".to_owned(),
            Some((true, code)) => format!("1{code}"),
        };
        format!("{currency}:{:019}:{:019}", i64::MAX - self.weight.0, i64::MAX - self.oldest.0)
    }
}

fn order(currency: Currency) -> (bool, String) {
    (currency != Currency::EUR, currency.code().to_owned())
}
