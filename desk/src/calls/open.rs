//! The calls, and the letters, that wait for somebody, as the files have them.

use chrono::NaiveDate;
pub use relance_core::act::{ANSWER, OpenCall, listed, open_calls as open};
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::facts::InvoiceFacts;
use relance_core::program::Program;
use relance_core::step::suspension;

/// What of an invoice a call can ask for, in cents; nothing while it is held, promised or disputed as a whole.
pub fn payable(program: &Program, dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> i64 {
    if !file.is_open() || !file.taken_over || suspension(dossier, number, file, today).is_some() {
        return 0;
    }
    InvoiceFacts::new(program, dossier, number, file, today).collectable()
}
