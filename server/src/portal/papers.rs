//! Documents of the client: its invoices as they were issued, and the statement of account.

use super::closed::Closed;
use super::guest::Guest;
use super::limits::Asked;
use crate::refusal::Refusal;
use crate::ui::file;
use axum::response::Response;
use relance_core::dossier::Dossier;
use relance_core::interest::Debt;
use relance_core::step::Grouped;
use relance_desk::paper::statement_piece;
use relance_engine::runner::{Sender, context};
use relance_engine::store::{DocumentKind, INVOICE_NAME, invoice_key};

/// The statement of more invoices would take too long for a page.
const MOST: usize = 200;

/// An invoice of the client as it was issued.
pub async fn invoice(guest: Guest) -> Result<Response, Closed> {
    let number = guest.param("numero")?;
    // Only an invoice of this file: the number is looked for in it, never in the base.
    if !guest.dossier.invoices.contains_key(number) {
        return Err(Closed::Gone);
    }
    guest.one_more(Asked::Paper).await?;
    let (client, key) = (&guest.link.client, invoice_key(number));
    let bytes = guest.tenant.store.document(client, &key, DocumentKind::Invoice, INVOICE_NAME).await?;
    Ok(file(bytes.ok_or(Closed::Gone)?, "application/pdf", &format!("{number}.pdf"), true)?)
}

/// The statement of account of what is open.
pub async fn statement(guest: Guest) -> Result<Response, Closed> {
    guest.one_more(Asked::Paper).await?;
    let numbers: Vec<String> = stated(&guest).into_iter().take(MOST).collect();
    let Some((first, others)) = numbers.split_first() else { return Err(Closed::Gone) };
    let (tenant, dossier) = (&guest.tenant, &guest.dossier);
    let (project, in_force) = (tenant.project(), tenant.in_force().await?);
    // Nobody pays by a link of a statement: its secret is not asked for.
    let sender = Sender { creditor: project.creditor(), ..Sender::default() };
    let others: Vec<Grouped> =
        others.iter().map(|number| Grouped { invoice: number.clone(), key: String::new() }).collect();
    let message = context(&sender, &in_force.program, dossier, (first, &others), None, tenant.today());
    let message = message.ok_or(Closed::Gone)?;
    let debts = debts(dossier, &numbers);
    let made = tokio::task::spawn_blocking(move || statement_piece(&project.amounts, &message, &debts)).await;
    match made {
        Ok(Ok((bytes, _))) => Ok(file(bytes, "application/pdf", "decompte.pdf", true)?),
        Ok(Err(failure)) => Err(Closed::from(Refusal::from(failure))),
        Err(_) => Err(Closed::Outside),
    }
}

/// The open invoices of one statement: those in the currency of the oldest.
fn stated(guest: &Guest) -> Vec<String> {
    let open = guest.open();
    let currency = open.first().map(|(_, file)| file.invoice.currency());
    let same = open.into_iter().filter(|(_, file)| Some(file.invoice.currency()) == currency);
    same.map(|(number, _)| number.clone()).collect()
}

fn debts(dossier: &Dossier, numbers: &[String]) -> Vec<(String, Debt)> {
    let debt = |number: &String| Some((number.clone(), Debt::of(dossier, dossier.invoices.get(number)?)));
    numbers.iter().filter_map(debt).collect()
}
