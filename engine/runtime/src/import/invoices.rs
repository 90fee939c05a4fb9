//! Rows of `factures.csv`.

use super::batch::{CreditRow, InvoiceRow, Source};
use super::custom;
use super::problem::Refusal;
use super::rows::{RowReader, in_currency};
use super::value::word;
use relance_core::incoming::Invoice;
use relance_core::money::Amount;
use std::collections::BTreeMap;

/// What a row of the file is.
pub(super) enum Row {
    Invoice(InvoiceRow),
    Credit(CreditRow),
}

/// What the column `type` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Invoice,
    Credit,
}

fn piece(text: &str) -> Result<Piece, Refusal> {
    let word = word::identifier(text);
    if word.contains("avoir") || ["av", "a", "credit", "credit_note"].contains(&word.as_str()) {
        Ok(Piece::Credit)
    } else if word.starts_with("fac")
        || ["fa", "fc", "f", "fv", "fd", "invoice", "vente", "acompte"].contains(&word.as_str())
    {
        Ok(Piece::Invoice)
    } else {
        Err(Refusal::new("type de pièce inconnu", "attendu : facture ou avoir ; retirez les autres lignes"))
    }
}

/// Reads a row; `None` when something is wrong, which the reader then holds. The balance is read with open items only.
pub(super) fn read(row: &mut RowReader<'_, '_>, source: Source, open_items: bool) -> Option<Row> {
    row.check_width();
    let number = row.needed_text("numero");
    let client = row.needed_text("client");
    let client_name = row.text("nom");
    let issued = row.needed_date("date_emission");
    let amount = row.needed_amount("montant_ttc").map(in_currency);
    let kind = row.word("type", piece);
    let credit = kind == Some(Piece::Credit) || amount.is_some_and(|a| a.cents < 0);
    if kind == Some(Piece::Invoice) && credit {
        row.refuse("montant_ttc", Refusal::bare("une facture ne peut pas être négative : est-ce un avoir ?"));
    }
    // A credit note is never chased: its due date means nothing, and most exports leave it empty.
    let due = if credit { row.date("date_echeance") } else { row.needed_date("date_echeance") };
    let regime = row.word("regime", word::regime);
    let penalty_rate = row.word("taux_penalites", word::penalty_rate);
    let owner = row.text("responsable");
    let label = row.text("libelle");
    let performed = row.date("date_fin_prestation");
    let taken_over = row.date("prise_en_charge");
    let fields = if credit { BTreeMap::new() } else { custom::values(row, amount.map(|a| a.currency)) };
    let balance = match (open_items, credit) {
        (false, _) => None,
        (true, true) => row.amount("solde"),
        (true, false) => row.needed_amount("solde"),
    };
    let origin = row.text("facture_origine");
    if let (Some(balance), Some(amount)) = (balance.and_then(|b| b.currency), amount)
        && balance != amount.currency
    {
        row.refuse("solde", Refusal::bare("la devise du solde n'est pas celle du montant"));
    }
    let balance = balance.map(|b| b.cents);
    if !credit
        && let (Some(balance), Some(amount)) = (balance, amount)
        && balance > amount.cents
    {
        row.refuse("solde", Refusal::bare("le solde dépasse le montant de la facture"));
    }
    if origin.is_some() && origin == number {
        row.refuse("facture_origine", Refusal::bare("un avoir ne peut pas se désigner lui-même"));
    }
    if !row.good() {
        return None;
    }
    let (number, client, issued, amount) = (number?, client?, issued?, amount?);
    if credit {
        let amount = Amount::new(amount.cents.saturating_abs(), amount.currency);
        let balance = balance.map(i64::saturating_abs);
        return Some(Row::Credit(CreditRow {
            source,
            number,
            client,
            client_name,
            issued,
            amount,
            balance,
            invoice: origin,
        }));
    }
    let invoice = Invoice {
        performed,
        regime,
        penalty_rate,
        owner,
        label,
        taken_over,
        fields,
        ..Invoice::new(issued, due?, amount)
    };
    Some(Row::Invoice(InvoiceRow { source, number, client, client_name, invoice, balance }))
}
