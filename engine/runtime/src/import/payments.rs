//! Rows of `reglements.csv`.

use super::batch::{PaymentRow, Source};
use super::problem::Refusal;
use super::rows::RowReader;

/// Reads a row; `None` when something is wrong, which the reader then holds.
pub(super) fn read(row: &mut RowReader<'_, '_>, source: Source) -> Option<PaymentRow> {
    row.check_width();
    let date = row.needed_date("date");
    let client = row.text("client");
    let invoice = row.text("facture");
    let amount = row.needed_amount("montant");
    let identifier = row.text("identifiant");
    let known = row.moment("connu_le");
    if amount.is_some_and(|a| a.cents == 0) {
        row.refuse("montant", Refusal::bare("un règlement de zéro n'en est pas un"));
    }
    if client.is_none() && invoice.is_none() {
        row.refuse("facture", Refusal::bare("ni facture ni client : à qui est ce règlement ?"));
    }
    if !row.good() {
        return None;
    }
    Some(PaymentRow { source, date: date?, client, invoice, amount: amount?, identifier, known })
}
