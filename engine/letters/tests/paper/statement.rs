//! The statement of account that goes with an e-mail.

use crate::brief::account;
use crate::print::message;
use relance_core::interest::{Amounts, Terms};
use relance_engine::legal_rates::rates;
use relance_letters::{Account, statement_sheet};

#[test]
fn every_invoice_stands_in_it_and_a_few_have_their_calculation() {
    let amounts = Amounts { rates: rates(&[]), terms: Terms::default() };
    for (invoices, listed, detailed, remarks) in
        [(1, 0, 1, 2), (2, 2, 2, 2), (50, 50, 50, 2), (51, 51, 0, 3), (400, 400, 0, 3)]
    {
        let message = message(invoices);
        let accounts: Vec<Account<'_>> =
            message.invoices.iter().map(|invoice| account(&invoice.number, 0, &amounts)).collect();
        let sheet = statement_sheet(&message, &accounts);
        let annex = sheet.annex.unwrap();
        let table = annex.table.map_or(0, |table| table.rows.len());
        assert_eq!((table, annex.accounts.len(), annex.remarks.len()), (listed, detailed, remarks), "{invoices}");
        assert!(sheet.body.is_empty() && !sheet.references[1].1.contains("ci-joint"), "{:?}", sheet.references);
    }
}
