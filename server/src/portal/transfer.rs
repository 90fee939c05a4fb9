//! How to pay: the transfer with its code, and the provider's page.

use relance_core::creditor_reference::creditor_reference;
use relance_core::epc::Transfer as Order;
use relance_core::money::Amount;
use relance_engine::config::{Config, LinkForm};
use relance_engine::payment_link::PaymentLinks;
use relance_engine::qr;

/// A transfer to make.
pub struct Transfer {
    /// How much.
    pub amount: Amount,
    /// The account's holder.
    pub holder: String,
    /// In groups of four.
    pub iban: String,
    /// The bank's code.
    pub bic: Option<String>,
    /// What it says of itself.
    pub reference: String,
    /// Its code, as SVG.
    pub code: Option<String>,
}

impl Transfer {
    /// Of invoices; none where the creditor has no account, or nothing is to be paid.
    pub fn of(config: &Config, amount: Amount, numbers: &[&str]) -> Option<Transfer> {
        let creditor = &config.creditor;
        let iban = creditor.iban.as_deref()?;
        if amount.cents <= 0 {
            return None;
        }
        let reference = match numbers {
            [number] => creditor_reference(number).unwrap_or_else(|| (*number).to_owned()),
            several => several.join(" "),
        };
        let order = Order {
            name: &creditor.name,
            iban: Some(iban),
            bic: creditor.bic.as_deref(),
            amount,
            remittance: &reference,
        };
        let code = order.payload().ok().and_then(|payload| qr::svg(&payload));
        Some(Transfer {
            amount,
            holder: creditor.name.clone(),
            iban: in_fours(iban),
            bic: creditor.bic.clone(),
            reference: if numbers.len() == 1 { in_fours(&reference) } else { reference },
            code,
        })
    }
}

/// The page of a provider at which an invoice is paid, where there is one. A secret that is missing closes that way only.
pub fn online(config: &Config, client: &str, number: &str, amount: Amount) -> Option<String> {
    if amount.cents <= 0 || !matches!(config.payment.link, Some(LinkForm::Provider(_))) {
        return None;
    }
    PaymentLinks::new(config).ok().flatten()?.invoice(client, number, amount)
}

/// In groups of four, as banks print accounts and references.
fn in_fours(text: &str) -> String {
    let marks: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    marks.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
