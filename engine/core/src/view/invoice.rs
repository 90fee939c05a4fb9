//! One invoice, as lists show it.

use super::Situation;
use crate::dossier::{Dossier, InvoiceFile};
use crate::eval::{Facts, Quick, Val};
use crate::facts::InvoiceFacts;
use crate::money::Currency;
use crate::program::Program;
use crate::schema::Fact;
use chrono::NaiveDate;

/// One invoice in columns; as of the day of the last step, see the [module](super).
#[derive(Clone, PartialEq, Eq, Debug)]
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
    /// The state of its machine.
    pub state: String,
    /// Where it stands.
    pub situation: Situation,
    /// What is in open disputes, in cents, at most the balance; also what a reaction does not pause.
    pub disputed: i64,
    /// Until when payment is promised, and what of it is not paid yet, in cents, at most the balance.
    pub promised: Option<(NaiveDate, i64)>,
    /// The day of the last promise that was broken, while something is left to pay.
    pub broken_promise: Option<NaiveDate>,
    /// How many reminders left.
    pub reminders: usize,
    /// The day of the last one.
    pub reminded: Option<NaiveDate>,
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
        let parts = file.disputes.iter().map(|dispute| dispute.amount.unwrap_or(file.balance));
        let promised = file.promise.as_ref().map(|promise| {
            let left = promise.amount.map_or(file.balance, |cents| cents.saturating_sub(promise.paid));
            (promise.by, left.clamp(0, file.balance))
        });
        InvoiceView {
            issued: file.invoice.issued,
            due: file.invoice.due,
            amount: file.invoice.amount.cents,
            balance: file.balance,
            currency: file.invoice.currency(),
            segment,
            owner,
            scenario: file.scenario.as_ref().map(|scenario| scenario.name.clone()),
            state: file.state.clone(),
            situation: Situation::of(dossier, number, file, today),
            disputed: parts.fold(0i64, i64::saturating_add).clamp(0, file.balance),
            promised,
            broken_promise: file.broken_promise.as_ref().filter(|_| file.is_open()).map(|promise| promise.by),
            reminders: file.reminders.len(),
            reminded: file.reminders.last().map(|(on, _)| *on),
            settled: file.settled_on,
        }
    }
}
