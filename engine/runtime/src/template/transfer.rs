//! The transfer that a message asks for, as its payment code says it: the same in an e-mail and in a letter.

use super::context::MessageContext;
use relance_core::creditor_reference::creditor_reference;
use relance_core::epc::{NoCode, Transfer};
use relance_core::money::Amount;

/// A payment code that an e-mail brings with it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct TransferCode {
    /// What a banking app reads.
    pub text: String,
    /// How much it asks for.
    pub amount: Amount,
}

impl TransferCode {
    /// The name by which a page calls the picture.
    pub const CID: &'static str = "code-qr@relance";
}

impl MessageContext {
    /// What the message asks for: what can be asked for now, and what is owed besides if it says so.
    pub fn asked(&self, computed: bool) -> Amount {
        let collectable = self.total_collectable();
        if !computed {
            return collectable;
        }
        let besides = self.invoices.iter().filter_map(|invoice| {
            let all = invoice.payable().filter(|all| all.currency == collectable.currency)?;
            Some(all.cents.saturating_sub(invoice.collectable.cents))
        });
        Amount::new(besides.fold(collectable.cents, i64::saturating_add), collectable.currency)
    }

    /// What a transfer says of itself: the reference of the one invoice, or the client and the numbers of all.
    pub fn remittance(&self) -> String {
        let reference = match self.invoices.as_slice() {
            [only] => creditor_reference(&only.number),
            _ => None,
        };
        let numbers = || self.invoices.iter().map(|invoice| invoice.number.as_str());
        reference
            .unwrap_or_else(|| [self.client.code.as_str()].into_iter().chain(numbers()).collect::<Vec<_>>().join(" "))
    }

    /// The text of the code for this amount.
    ///
    /// # Errors
    /// Why there is none.
    pub fn transfer(&self, amount: Amount) -> Result<String, NoCode> {
        let creditor = &self.creditor;
        Transfer {
            name: &creditor.name,
            iban: creditor.iban.as_deref(),
            bic: creditor.bic.as_deref(),
            amount,
            remittance: &self.remittance(),
        }
        .payload()
    }
}
