//! Clients, invoices and credit notes against those known.

use super::{Attempt, fingerprint};
use crate::import::batch::{CreditRow, InvoiceRow};
use crate::import::known::{KnownInvoice, beginning, part, prefix};
use crate::import::problem::{Info, count, list};
use relance_core::incoming::{Invoice, What};
use relance_core::money::Amount;

impl<'a> Attempt<'a> {
    pub(super) fn customers(&mut self) {
        let rows: Vec<_> = self.customers.values().copied().collect();
        for row in rows {
            match self.known.customers.get(&row.code) {
                None => {
                    let id = format!("{}{}", prefix::CUSTOMER, part(&row.code));
                    self.emit(id, &row.code, None, beginning(), What::Customer(row.customer.clone()));
                }
                Some(known) if *known == row.customer => self.counts.already_known += 1,
                Some(_) => self.changed_customer(&row.code, row.customer.clone()),
            }
        }
    }

    pub(super) fn invoices(&mut self) {
        let mut rows: Vec<&'a InvoiceRow> = self.invoices.values().copied().collect();
        rows.sort_by(|a, b| a.number.cmp(&b.number));
        let mut early = Vec::new();
        for row in rows {
            if row.invoice.due < row.invoice.issued {
                early.push(row.number.clone());
            }
            match self.known.invoices.get(&row.number) {
                None => self.new_invoice(row),
                Some(known) => self.known_invoice(row, known),
            }
        }
        if !early.is_empty() {
            let how_many =
                count(early.len(), "facture est échue avant son émission", "factures sont échues avant leur émission");
            self.infos.push(Info::general(format!("{how_many} : {}", list(&early, 10))));
        }
    }

    fn new_invoice(&mut self, row: &InvoiceRow) {
        let id = format!("{}{}", prefix::INVOICE, part(&row.number));
        let effective = row.invoice.taken_over.unwrap_or(row.invoice.issued);
        self.emit(id, &row.client, Some(&row.number), effective, What::Invoice(row.invoice.clone()));
        if self.batch.open_items {
            self.first_balance(row);
        }
    }

    fn known_invoice(&mut self, row: &InvoiceRow, known: &KnownInvoice) {
        let number = row.number.as_str();
        let refused = if known.client != row.client {
            Some((
                "client",
                row.client.clone(),
                format!("la facture {number} est déjà connue au client {}", known.client),
            ))
        } else if known.invoice.currency() != row.invoice.currency() {
            let (old, new) = (known.invoice.currency(), row.invoice.currency());
            Some((
                "montant_ttc",
                new.code().to_owned(),
                format!("la facture {number} est déjà connue en {}", old.code()),
            ))
        } else {
            None
        };
        if let Some((field, value, reason)) = refused {
            let problem = self.batch.problem(row.source, field, &value, reason);
            self.problem(row.source, problem.advise("émettez un avoir et une nouvelle facture, ou corrigez la ligne"));
            self.invoices.remove(number);
            return;
        }
        let (old, new) = (&known.invoice, &self.with_known_instalments(row, known));
        let mut changed = false;
        // With other instalments, the first of them brings the due date.
        if old.due != new.due && old.instalments == new.instalments {
            changed = true;
            let id = format!("{}{}:{}>{}:{}", prefix::DUE, part(number), old.due, new.due, self.today);
            let what = What::DueDateMoved { to: new.due };
            self.emit(self.known.fresh(id), &row.client, Some(number), self.today, what);
        }
        if old.amount != new.amount {
            changed = true;
            let (from, to) = (old.amount.cents, new.amount.cents);
            let code = new.currency();
            let id = format!("{}{}:{from}>{to}:{}:{}", prefix::AMOUNT, part(number), code.code(), self.today);
            let what = What::CreditNote { amount: Amount::new(from.saturating_sub(to), code) };
            self.emit(self.known.fresh(id), &row.client, Some(number), self.today, what);
        }
        let rest = Invoice { due: old.due, amount: old.amount, ..new.clone() };
        if rest != *old {
            changed = true;
            let id = format!("{}{}:{}:{}", prefix::INVOICE, part(number), self.today, fingerprint(&rest));
            self.emit(self.known.fresh(id), &row.client, Some(number), self.today, What::Invoice(new.clone()));
        }
        if self.batch.open_items {
            changed |= self.next_balance(row, new, known);
        }
        if !changed {
            self.counts.already_known += 1;
        }
    }

    pub(super) fn credits(&mut self) {
        let mut rows: Vec<&'a CreditRow> = self.credits.values().copied().collect();
        rows.sort_by(|a, b| a.number.cmp(&b.number));
        for row in rows {
            if self.invoices.contains_key(row.number.as_str()) || self.known.invoices.contains_key(&row.number) {
                let problem =
                    self.batch.problem(row.source, "numero", &row.number, "ce numéro est déjà celui d'une facture");
                self.problem(row.source, problem.advise("donnez à l'avoir son propre numéro"));
                continue;
            }
            // With open items, the invoice's own balance already tells what a credit note took off it.
            let named = row.invoice.as_deref().filter(|_| !self.batch.open_items);
            if let Some(number) = named {
                let Some(owner) = self.subject(row.source, Some(&row.client), Some(number), "facture_origine") else {
                    continue;
                };
                if owner.currency.is_some_and(|c| c != row.amount.currency) {
                    let reason = format!("la facture {number} est dans une autre devise");
                    let problem = self.batch.problem(row.source, "montant_ttc", row.amount.currency.code(), reason);
                    self.problem(row.source, problem);
                    continue;
                }
            }
            let amount = Amount::new(row.balance.unwrap_or(row.amount.cents), row.amount.currency);
            let number = part(&row.number);
            let (from, effective) = match self.known.credits.get(&row.number) {
                None => (0, row.issued),
                Some(known) if known.client != row.client || known.amount.currency != amount.currency => {
                    let reason = format!(
                        "cet avoir est déjà connu au client {}, en {}",
                        known.client,
                        known.amount.currency.code()
                    );
                    let problem = self.batch.problem(row.source, "numero", &row.number, reason);
                    self.problem(row.source, problem);
                    continue;
                }
                Some(known) => (known.amount.cents, self.today),
            };
            let difference = amount.cents.saturating_sub(from);
            if difference == 0 {
                self.counts.already_known += 1;
                continue;
            }
            let id = format!("{}{number}:{from}>{}:{}", prefix::CREDIT, amount.cents, amount.currency.code());
            let what = What::CreditNote { amount: Amount::new(difference, amount.currency) };
            self.emit(self.known.fresh(id), &row.client, named, effective, what);
        }
    }
}
