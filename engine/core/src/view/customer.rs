//! One client, as lists show it.

use crate::dossier::Dossier;
use crate::money::Currency;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// One client in columns.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CustomerView {
    /// The name; the code when there is none.
    pub name: String,
    /// The segment that the data give; `aucun` when they give none.
    pub segment: String,
    /// Who follows it.
    pub owner: Option<String>,
    /// Its country, two letters.
    pub country: Option<String>,
    /// What is left to pay over all invoices, in cents; currencies without any are left out.
    pub balances: BTreeMap<Currency, i64>,
    /// How many invoices are open.
    pub open: usize,
    /// The earliest day on which an open invoice is due.
    pub oldest: Option<NaiveDate>,
    /// Whether a person stopped the reminders of the whole client.
    pub stopped: bool,
    /// Whether insolvency proceedings run.
    pub insolvent: bool,
}

impl CustomerView {
    /// Of a client's file. Settled invoices need not be loaded.
    pub fn of(dossier: &Dossier) -> CustomerView {
        let customer = &dossier.customer;
        let mut balances: BTreeMap<Currency, i64> = BTreeMap::new();
        let (mut open, mut oldest) = (0, None::<NaiveDate>);
        for file in dossier.invoices.values().filter(|file| file.is_open()) {
            let sum = balances.entry(file.invoice.currency()).or_default();
            *sum = sum.saturating_add(file.balance);
            open += 1;
            oldest = Some(oldest.map_or(file.invoice.due, |day| day.min(file.invoice.due)));
        }
        CustomerView {
            name: if customer.name.is_empty() { dossier.client.clone() } else { customer.name.clone() },
            segment: customer.segment.clone().unwrap_or_else(|| "aucun".to_owned()),
            owner: customer.owner.clone(),
            country: customer.country.clone(),
            balances,
            open,
            oldest,
            stopped: dossier.stopped.is_some(),
            insolvent: dossier.insolvent.is_some(),
        }
    }
}
