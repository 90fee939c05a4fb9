//! Payments that name their invoice by its creditor reference (RF), as a bank's statement does.

use super::Attempt;
use crate::import::batch::PaymentRow;
use relance_core::creditor_reference::{creditor_reference, read_creditor_reference};
use std::collections::BTreeMap;

/// Invoices by their reference; `None` where several have it.
pub(super) type References<'a> = BTreeMap<String, Option<&'a str>>;

impl<'a> Attempt<'a> {
    /// The invoice of a payment: as it is written, or that of the reference that is written in its place. `None` when the reference is not
    /// that of one invoice, which is then told.
    pub(super) fn invoice_of(&mut self, row: &'a PaymentRow) -> Option<Option<&'a str>> {
        let Some(written) = row.invoice.as_deref() else { return Some(None) };
        if self.invoices.contains_key(written) || self.known.invoices.contains_key(written) {
            return Some(Some(written));
        }
        let Some(reference) = read_creditor_reference(written) else { return Some(Some(written)) };
        let reason = match self.references().get(&reference) {
            Some(Some(number)) => return Some(Some(number)),
            Some(None) => "plusieurs factures ont cette référence",
            // It is not left to wait: no invoice will ever have it for its number.
            None => "aucune facture connue n'a cette référence",
        };
        let problem = self.batch.problem(row.source, "facture", written, reason);
        self.problem(row.source, problem.advise("écrivez le numéro de la facture à la place"));
        None
    }

    /// Made when the first reference is met: most imports have none.
    fn references(&mut self) -> &References<'a> {
        let (known, invoices) = (self.known, &self.invoices);
        self.references.get_or_insert_with(|| {
            let mut references = References::new();
            let of_base = known.invoices.keys().map(String::as_str).filter(|number| !invoices.contains_key(number));
            for number in of_base.chain(invoices.keys().copied()) {
                let Some(reference) = creditor_reference(number) else { continue };
                references.entry(reference).and_modify(|found| *found = None).or_insert(Some(number));
            }
            references
        })
    }
}
