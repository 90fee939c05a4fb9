//! Open items: balances that come with the invoices instead of payments.

use super::Attempt;
use crate::import::batch::InvoiceRow;
use crate::import::known::{KnownInvoice, part, prefix};
use crate::import::problem::{Info, count, list};
use relance_core::day::add_days;
use relance_core::incoming::{Invoice, What};
use relance_core::money::Amount;
use relance_core::said::Said;

impl Attempt<'_> {
    /// What was paid on a new invoice before it came: history, dated the day before.
    pub(super) fn first_balance(&mut self, row: &InvoiceRow) {
        let amount = row.invoice.amount;
        let Some(balance) = row.balance.filter(|balance| *balance < amount.cents) else { return };
        let id = format!("{}{}:{}>{balance}", prefix::OPEN_ITEM, part(&row.number), amount.cents);
        let what = What::Payment { amount: Amount::new(amount.cents.saturating_sub(balance), amount.currency) };
        self.emit(self.known.fresh(id), &row.client, Some(&row.number), add_days(self.today, -1), what);
    }

    /// The difference between the balance known and the one given; true when there is one, or when the invoice is back.
    pub(super) fn next_balance(&mut self, row: &InvoiceRow, invoice: &Invoice, known: &KnownInvoice) -> bool {
        let number = row.number.as_str();
        if known.absent {
            let id = format!("{}{}:{}", prefix::BACK, part(number), self.today);
            self.emit(self.known.fresh(id), &row.client, Some(number), self.today, What::Resume { catch_up: false });
        }
        let Some(balance) = row.balance else { return known.absent };
        // A changed amount has its own credit note, which changes the balance as well.
        let corrected = invoice.amount.cents.saturating_sub(known.invoice.amount.cents);
        let expected = known.balance.saturating_add(corrected);
        if balance == expected {
            return known.absent;
        }
        let amount = |cents| Amount::new(cents, invoice.currency());
        let what = if balance < expected {
            What::Payment { amount: amount(expected.saturating_sub(balance)) }
        } else {
            What::Reversal { amount: amount(balance.saturating_sub(expected)) }
        };
        let id = format!("{}{}:{expected}>{balance}:{}", prefix::OPEN_ITEM, part(number), self.today);
        self.emit(self.known.fresh(id), &row.client, Some(number), self.today, what);
        true
    }

    /// Open invoices that the export no longer has: settled, most likely, but nobody said so. They are held, and listed.
    pub(super) fn disappeared(&mut self) {
        if !self.invoices_complete() {
            return;
        }
        let mut gone = Vec::new();
        for (number, known) in &self.known.invoices {
            let told = self.invoices.contains_key(number.as_str()) || self.withheld.contains_key(number.as_str());
            if told || known.absent || known.balance <= 0 {
                continue;
            }
            gone.push(number.clone());
            let id = format!("{}{}:{}", prefix::ABSENT, part(number), self.today);
            let (id, said) = (self.known.fresh(id), Said::why(Some("absente du dernier export")));
            let what = What::Stop { until: None };
            self.emit_known(id, &known.client, Some(number), self.today, (None, said), what);
        }
        if !gone.is_empty() {
            let how_many = count(
                gone.len(),
                "facture absente du dernier export, suspendue",
                "factures absentes du dernier export, suspendues",
            );
            self.infos.push(Info::general(format!("{how_many} : {}", list(&gone, 50))));
        }
        for (number, known) in &self.known.credits {
            if self.credits.contains_key(number.as_str()) || known.amount.cents == 0 || known.invoice.is_some() {
                continue;
            }
            // A credit note that is no longer open has been used.
            let id =
                format!("{}{}:{}>0:{}", prefix::CREDIT, part(number), known.amount.cents, known.amount.currency.code());
            let what =
                What::CreditNote { amount: Amount::new(known.amount.cents.saturating_neg(), known.amount.currency) };
            self.emit(self.known.fresh(id), &known.client, None, self.today, what);
        }
    }
}
