//! One invoice, as lists show it.

use super::Situation;
use crate::dossier::{Dossier, InvoiceFile};
use crate::eval::{Facts, Quick, Val};
use crate::facts::InvoiceFacts;
use crate::money::Currency;
use crate::program::Program;
use crate::schema::Fact;
use chrono::NaiveDate;

/// What lists sort, filter and sum invoices by; as of the day of the last step, see the [module](super).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct InvoiceView {
    /// The day of issue.
    pub issued: NaiveDate,
    /// The day on which it is due, moved ones as moved; of instalments, the one that counts.
    pub due: NaiveDate,
    /// The amount as issued, in cents.
    pub amount: i64,
    /// What is left to pay, in cents.
    pub balance: i64,
    /// In which currency.
    pub currency: Currency,
    /// The segment that guards see; `aucun` when there is none.
    pub segment: String,
    /// Who follows it: its own, else its client's.
    pub owner: Option<String>,
    /// The scenario that runs it.
    pub scenario: Option<String>,
    /// Where it stands.
    pub situation: Situation,
    /// Until when payment is promised, while something is left to pay.
    pub promised: Option<NaiveDate>,
    /// Until when payment was promised in vain, the last time, while something is left to pay.
    pub broken_promise: Option<NaiveDate>,
    /// The day on which the balance reached 0.
    pub settled: Option<NaiveDate>,
}

impl InvoiceView {
    /// Of an invoice of a client's file.
    pub fn of(program: &Program, dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> InvoiceView {
        // As guards see them, so that a list by segment is the list of what a rule means.
        let facts = InvoiceFacts::new(program, dossier, number, file, today);
        let segment = match facts.quick(Fact::Segment) {
            Some(Quick::Word(word)) => word.to_owned(),
            _ => "aucun".to_owned(),
        };
        let owner = match Facts::fact(&facts, Fact::Owner) {
            Some(Val::Text(owner)) => Some(owner.into_owned()),
            _ => None,
        };
        InvoiceView {
            issued: file.invoice.issued,
            due: file.invoice.due,
            amount: file.invoice.amount.cents,
            balance: file.balance,
            currency: file.invoice.currency(),
            segment,
            owner,
            scenario: file.scenario.as_ref().map(|scenario| scenario.name.clone()),
            situation: Situation::of(dossier, number, file, today),
            promised: file.promise.as_ref().filter(|_| file.is_open()).map(|promise| promise.by),
            broken_promise: file.broken_promise.as_ref().filter(|_| file.is_open()).map(|promise| promise.by),
            settled: file.settled_on.filter(|_| !file.is_open()),
        }
    }
}
