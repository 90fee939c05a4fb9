//! What earlier imports brought: the past against which files are compared.

use chrono::NaiveDate;
use relance_core::day::Instant;
use relance_core::dossier::InvoiceFile;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::money::Amount;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// What is known before an import. [`Known::learn`] builds it out of everything that came in, in the order in which it
/// did; a store may keep it instead.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Known {
    /// Clients by code.
    pub customers: BTreeMap<String, Customer>,
    /// Invoices by number.
    pub invoices: BTreeMap<String, KnownInvoice>,
    /// Credit notes that stood among the invoices, by number.
    pub credits: BTreeMap<String, KnownCredit>,
    /// Ids of everything that came in.
    pub ids: HashSet<String>,
    /// Messages that left, of the invoices that a bounce speaks of.
    pub messages: Messages,
    /// Clients of whom something that came in cannot be read any more, and what: files cannot be compared with it.
    pub aside: BTreeMap<String, String>,
}

/// Messages that may come back, by invoice, as a base knows them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Messages {
    /// Up to when the base has lived; `None` knows of nothing: whatever has to leave may still do so.
    pub until: Option<Instant>,
    /// The invoices that a bounce speaks of.
    pub invoices: BTreeMap<String, InvoiceFile>,
}

/// An invoice as the files last gave it.
#[derive(Clone, PartialEq, Debug)]
pub struct KnownInvoice {
    /// The client's code.
    pub client: String,
    /// The data as last imported: a due date moved by an event, not by the invoices' file, leaves it as it is.
    pub invoice: Invoice,
    /// Cents still due after everything that came in.
    pub balance: i64,
    /// Whether it has disappeared from the open items.
    pub absent: bool,
}

/// A credit note as the files last gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownCredit {
    /// The client's code.
    pub client: String,
    /// The invoice that it names.
    pub invoice: Option<String>,
    /// Its amount; with open items, what of it is not used yet.
    pub amount: Amount,
}

/// How ids begin that the import gives to its own findings.
pub(super) mod prefix {
    pub const CUSTOMER: &str = "client:";
    pub const INVOICE: &str = "facture:";
    pub const AMOUNT: &str = "montant:";
    pub const DUE: &str = "echeance_facture:";
    pub const CREDIT: &str = "avoir_facture:";
    pub const PAYMENT: &str = "paiement:";
    pub const OPEN_ITEM: &str = "solde:";
    pub const ABSENT: &str = "absente:";
    pub const BACK: &str = "revenue:";
    pub const EVENT: &str = "evenement:";
}

/// A part of an id: what separates the parts cannot stand in one.
pub(super) fn part(text: &str) -> Cow<'_, str> {
    if text.contains(['%', ':']) { text.replace('%', "%25").replace(':', "%3A").into() } else { text.into() }
}

/// The id of a payment that has an identifier of its own, whoever brings it: a file or the payment provider.
pub fn payment_id(identifier: &str) -> String {
    format!("{}id:{}", prefix::PAYMENT, part(identifier))
}

fn unpart(text: &str) -> String {
    text.replace("%3A", ":").replace("%25", "%")
}

impl Known {
    /// Takes in one thing that came from outside.
    pub fn learn(&mut self, incoming: &Incoming) {
        if !self.ids.insert(incoming.id.clone()) {
            return;
        }
        let id = incoming.id.as_str();
        match &incoming.what {
            What::Customer(customer) => {
                self.customers.insert(incoming.client.clone(), customer.clone());
                return;
            }
            What::CreditNote { amount } if id.starts_with(prefix::CREDIT) => {
                let number = id.split(':').nth(1).map(unpart).unwrap_or_default();
                let new = || KnownCredit {
                    client: incoming.client.clone(),
                    invoice: incoming.invoice.clone(),
                    amount: Amount::new(0, amount.currency),
                };
                let credit = self.credits.entry(number).or_insert_with(new);
                credit.amount.cents = credit.amount.cents.saturating_add(amount.cents);
            }
            _ => {}
        }
        let Some(number) = &incoming.invoice else { return };
        if let What::Invoice(invoice) = &incoming.what {
            match self.invoices.get_mut(number) {
                // The amount and the due date of a known invoice come as movements of their own; other instalments bring theirs.
                Some(known) => {
                    let replanned = known.invoice.instalments != invoice.instalments;
                    let (amount, due) = (known.invoice.amount, known.invoice.due);
                    let due = if replanned { invoice.due } else { due };
                    known.invoice = Invoice { amount, due, ..invoice.clone() };
                }
                None => {
                    let (client, balance) = (incoming.client.clone(), invoice.amount.cents);
                    let known = KnownInvoice { client, invoice: invoice.clone(), balance, absent: false };
                    self.invoices.insert(number.clone(), known);
                }
            }
            return;
        }
        let Some(known) = self.invoices.get_mut(number) else { return };
        let currency = known.invoice.amount.currency;
        let in_currency = |amount: &Amount| if amount.currency == currency { amount.cents } else { 0 };
        match &incoming.what {
            What::Payment { amount } => known.balance = known.balance.saturating_sub(in_currency(amount)),
            What::Reversal { amount } => known.balance = known.balance.saturating_add(in_currency(amount)),
            What::CreditNote { amount } => {
                known.balance = known.balance.saturating_sub(in_currency(amount));
                if id.starts_with(prefix::AMOUNT) {
                    known.invoice.amount.cents = known.invoice.amount.cents.saturating_sub(in_currency(amount));
                }
            }
            What::DueDateMoved { to } if id.starts_with(prefix::DUE) => known.invoice.due = *to,
            What::Stop { .. } if id.starts_with(prefix::ABSENT) => known.absent = true,
            What::Resume { .. } if id.starts_with(prefix::BACK) => known.absent = false,
            _ => {}
        }
    }

    /// An id that nothing known has: the same correction may be needed twice on one day.
    pub(super) fn fresh(&self, id: String) -> String {
        if !self.ids.contains(&id) {
            return id;
        }
        (2..).map(|n: u64| format!("{id}:{n}")).find(|id| !self.ids.contains(id)).unwrap_or(id)
    }
}

/// The day on which a client begins to exist: before anything that may happen to it.
pub(super) fn beginning() -> NaiveDate {
    NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default()
}
