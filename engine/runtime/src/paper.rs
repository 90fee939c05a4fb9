//! What leaves as PDF, letters by a service and statements of account with e-mails: what setting it takes, and what it gives. Setting
//! itself is another crate's.

use crate::template::{LetterText, MessageContext};
use relance_core::dossier::Dossier;
use relance_core::interest::Debt;
use relance_core::registered::Registered;
use std::fmt;

/// The accounts behind a letter, by the number of their invoice.
pub type Accounts = Vec<(String, Debt)>;

/// A letter to set.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// What it can say.
    pub message: &'a MessageContext,
    /// What it says.
    pub text: &'a LetterText,
    /// What its service makes of it; none of a letter that is no registered one.
    pub registered: Option<Registered>,
    /// The accounts of its invoices, for its annex.
    pub accounts: &'a [(String, Debt)],
}

/// A letter that is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// The lines of the address in its window.
    pub recipient: Vec<String>,
}

/// Sets letters, and statements of account.
pub trait Typesetter: fmt::Debug + Send + Sync {
    /// A letter as PDF, or why there is none, in French.
    fn set(&self, order: &Order<'_>) -> Result<Sheet, String>;

    /// The statement of account of a message's invoices as PDF, or why there is none, in French.
    fn statement(&self, message: &MessageContext, accounts: &[(String, Debt)]) -> Result<Vec<u8>, String>;
}

/// The accounts of the invoices that a message is about, in its order.
pub fn accounts(dossier: &Dossier, message: &MessageContext) -> Accounts {
    let account = |number: &String| {
        let debt = Debt::of(dossier, dossier.invoices.get(number)?);
        Some((number.clone(), debt))
    };
    message.invoices.iter().filter_map(|invoice| account(&invoice.number)).collect()
}
