//! What the files of one import say, row by row, before it is compared with what is known.

use super::einvoice::Electronic;
use super::kind::Kind;
use super::problem::{Column, Info, Problem};
use super::table::Table;
use super::value::amount::Written;
use super::value::date::Moment;
use chrono::NaiveDate;
use relance_core::incoming::{Customer, Invoice, What};
use relance_core::money::Amount;
use relance_core::said::Said;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where a row stands: which file of the batch, and which line of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Source {
    /// Index in [`Batch::files`].
    pub file: usize,
    /// The line, from 1.
    pub line: u64,
}

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct FileRead {
    /// Its name.
    #[serde(rename = "fichier")]
    pub name: String,
    /// What it holds, when that could be told.
    #[serde(rename = "genre")]
    pub kind: Option<Kind>,
    /// How many rows it has below its headings.
    #[serde(rename = "lignes")]
    pub rows: usize,
    /// How many of them were taken.
    #[serde(rename = "prises")]
    pub taken: usize,
    /// Column and heading of each field found: places for what is only found wrong later.
    #[serde(skip)]
    pub headings: BTreeMap<&'static str, (usize, String)>,
    /// Whether it is a workbook.
    #[serde(skip)]
    pub spreadsheet: bool,
    /// Whether it is an electronic invoice: one of them tells nothing of the others.
    #[serde(rename = "facture_electronique", skip_serializing_if = "std::ops::Not::not")]
    pub electronic: bool,
}

impl FileRead {
    /// A problem of a field on a line.
    pub(super) fn problem(&self, line: u64, field: &str, value: &str, reason: impl Into<String>) -> Problem {
        let mut problem = Problem::of_file(&self.name, reason).about(value);
        // An electronic invoice has no lines that its reader knows.
        problem.line = (!self.electronic).then_some(line);
        problem.column = self.headings.get(field).map(|(column, heading)| {
            let cell = Table::cell_name(*column, line);
            Box::new(Column { cell, heading: heading.clone(), spreadsheet: self.spreadsheet })
        });
        problem
    }
}

/// A client's row.
#[derive(Clone, PartialEq, Debug)]
pub struct CustomerRow {
    /// Its place.
    pub source: Source,
    /// The code.
    pub code: String,
    /// The data.
    pub customer: Customer,
}

/// An invoice's row.
#[derive(Clone, PartialEq, Debug)]
pub struct InvoiceRow {
    /// Its place.
    pub source: Source,
    /// The number.
    pub number: String,
    /// The client's code.
    pub client: String,
    /// The client's name, when the file gives it.
    pub client_name: Option<String>,
    /// The data; several rows of one number are one invoice with its instalments.
    pub invoice: Invoice,
    /// What remains due, in the currency of the invoice, when the file gives it.
    pub balance: Option<i64>,
}

/// A credit note's row.
#[derive(Clone, PartialEq, Debug)]
pub struct CreditRow {
    /// Its place.
    pub source: Source,
    /// The number of the credit note.
    pub number: String,
    /// The client's code.
    pub client: String,
    /// The client's name, when the file gives it.
    pub client_name: Option<String>,
    /// Its date.
    pub issued: NaiveDate,
    /// Positive.
    pub amount: Amount,
    /// What of it is not used yet (positive), when the file gives it.
    pub balance: Option<i64>,
    /// The invoice that it names.
    pub invoice: Option<String>,
}

/// A payment's row.
#[derive(Clone, PartialEq, Debug)]
pub struct PaymentRow {
    /// Its place.
    pub source: Source,
    /// The day of its effect.
    pub date: NaiveDate,
    /// The client's code, when given.
    pub client: Option<String>,
    /// The invoice's number, when given.
    pub invoice: Option<String>,
    /// Negative for a payment taken back; the currency is the invoice's when none is written.
    pub amount: Written,
    /// Its own identifier, when given.
    pub identifier: Option<String>,
    /// When it became known, when given.
    pub known: Option<Moment>,
}

/// An event's row.
#[derive(Clone, PartialEq, Debug)]
pub struct EventRow {
    /// Its place.
    pub source: Source,
    /// The day of its effect.
    pub date: NaiveDate,
    /// The type, as our files name it: `litige_clos`.
    pub kind: &'static str,
    /// The client's code, when given.
    pub client: Option<String>,
    /// The invoice's number, when given.
    pub invoice: Option<String>,
    /// What it says; amounts without a written currency are in euros until the invoice is known.
    pub what: What,
    /// Whether the amount's currency was written.
    pub currency_written: bool,
    /// What makes two events of one day, type and invoice differ: amount, date and detail as read.
    pub details: String,
    /// Its own identifier, when given.
    pub identifier: Option<String>,
    /// When it became known, when given.
    pub known: Option<Moment>,
    /// Who did it, and why, when given.
    pub said: Option<Said>,
}

/// Everything that the files of one import say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Batch {
    /// The files, by name.
    pub files: Vec<FileRead>,
    /// Clients.
    pub customers: Vec<CustomerRow>,
    /// Invoices.
    pub invoices: Vec<InvoiceRow>,
    /// Credit notes that stand among the invoices.
    pub credits: Vec<CreditRow>,
    /// Electronic invoices, one for each file.
    pub electronic: Vec<Electronic>,
    /// Payments and reversals.
    pub payments: Vec<PaymentRow>,
    /// Events.
    pub events: Vec<EventRow>,
    /// Invoices in files of which nothing was taken, with the file: their payments are told why they wait.
    pub withheld: BTreeMap<String, String>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What was done or left aside.
    pub infos: Vec<Info>,
    /// Whether the good rows of a file with problems are taken.
    pub tolerant: bool,
    /// Whether balances come with the invoices (`mode = "postes_ouverts"`).
    pub open_items: bool,
}

impl Batch {
    /// The invoices of which a message is said to have come back, or to have reached its recipient.
    pub fn bounced(&self) -> BTreeSet<&str> {
        let bounced = self
            .events
            .iter()
            .filter(|row| matches!(row.what, What::Bounced { .. } | What::Delivered { .. } | What::Tracked(_)));
        bounced.filter_map(|row| row.invoice.as_deref()).collect()
    }

    /// The name of the file in which a row stands.
    pub fn file_name(&self, source: Source) -> &str {
        self.files.get(source.file).map_or("", |file| file.name.as_str())
    }

    /// A problem of a field of a row.
    pub(super) fn problem(&self, source: Source, field: &str, value: &str, reason: impl Into<String>) -> Problem {
        match self.files.get(source.file) {
            Some(file) => file.problem(source.line, field, value, reason),
            None => Problem::of_file("", reason).at_line(source.line).about(value),
        }
    }
}
