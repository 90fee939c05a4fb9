//! Instalments: payment plans that do not fit what is due, and invoices that come again with other due dates.

use super::Attempt;
use crate::import::batch::InvoiceRow;
use crate::import::known::KnownInvoice;
use crate::import::problem::{Info, list};
use relance_core::day::french_date;
use relance_core::incoming::{DueAmount, Incoming, Invoice, What};
use relance_core::money::Amount;
use std::collections::BTreeMap;

impl Attempt<'_> {
    /// Says which of the plans among what came from `first` on do not sum up to what is left to pay: a part may have been given up,
    /// or forgotten.
    pub(super) fn tell_plans(&mut self, first: usize) {
        let mut plans: BTreeMap<String, (chrono::NaiveDate, Amount)> = BTreeMap::new();
        for incoming in self.out.iter().skip(first) {
            if let (What::PaymentPlan { instalments }, Some(number)) = (&incoming.what, &incoming.invoice)
                && let Some(one) = instalments.first()
            {
                let cents = instalments.iter().fold(0i64, |sum, part| sum.saturating_add(part.amount.cents));
                plans.insert(number.clone(), (incoming.effective, Amount::new(cents, one.amount.currency)));
            }
        }
        if plans.is_empty() {
            return;
        }
        let mut balances: BTreeMap<&str, i64> = BTreeMap::new();
        for number in plans.keys() {
            let known = self.known.invoices.get(number).map(|known| known.balance);
            let new = || self.invoices.get(number.as_str()).map(|row| row.invoice.amount.cents);
            balances.extend(known.or_else(new).map(|balance| (number.as_str(), balance)));
        }
        for Incoming { invoice, effective, what, .. } in &self.out {
            let number = invoice.as_deref().unwrap_or_default();
            let (Some((agreed, _)), Some(balance)) = (plans.get(number), balances.get_mut(number)) else { continue };
            // What was paid after the plan was agreed is paid on the plan.
            let change = match what {
                What::Payment { amount } | What::CreditNote { amount } => amount.cents.saturating_neg(),
                What::Reversal { amount } => amount.cents,
                _ => 0,
            };
            if effective <= agreed {
                *balance = balance.saturating_add(change);
            }
        }
        for (number, (_, sum)) in &plans {
            let Some(balance) = balances.get(number.as_str()).filter(|balance| **balance != sum.cents) else {
                continue;
            };
            let due = Amount::new(*balance, sum.currency);
            let text = format!("l'échéancier de la facture {number} fait {sum}, alors qu'il reste {due} à payer");
            self.infos.push(Info::general(text));
        }
    }

    /// A known invoice as a row gives it again. Exports often leave out the due dates that are paid: those that are missing stay, and
    /// an invoice that had several keeps them as instalments.
    pub(super) fn with_known_instalments(&mut self, row: &InvoiceRow, known: &KnownInvoice) -> Invoice {
        let old = &known.invoice.instalments;
        let mut invoice = row.invoice.clone();
        if old.is_empty() {
            return invoice;
        }
        if invoice.instalments.is_empty() {
            invoice.instalments = vec![DueAmount { due: invoice.due, amount: invoice.amount }];
        }
        if !invoice.instalments.iter().all(|part| old.contains(part)) {
            return invoice;
        }
        let missing = old.iter().filter(|part| !invoice.instalments.contains(part));
        let missing: Vec<String> = missing.map(|part| french_date(part.due)).collect();
        if !missing.is_empty() {
            // What stood on the missing rows only.
            invoice.label = known.invoice.label.clone();
            invoice.owner = invoice.owner.or_else(|| known.invoice.owner.clone());
            invoice.performed = invoice.performed.or(known.invoice.performed);
            invoice.penalty_rate = invoice.penalty_rate.or(known.invoice.penalty_rate);
            invoice.regime = invoice.regime.or_else(|| known.invoice.regime.clone());
        }
        // With open items, an instalment that is no longer there has been paid.
        if !missing.is_empty() && !self.batch.open_items {
            let number = &row.number;
            let text =
                format!("échéances de la facture {number} absentes du fichier, gardées : {}", list(&missing, 10));
            self.infos.push(Info::general(text));
        }
        Invoice { due: known.invoice.due, amount: known.invoice.amount, instalments: old.clone(), ..invoice }
    }
}
