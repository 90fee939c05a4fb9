//! The page itself: what is owed, how to pay it, and what can be said.

use super::acts::{EARLIEST, FARTHEST, LONGEST, MEANS, PARTS};
use super::closed::Closed;
use super::guest::Guest;
use super::transfer::{Transfer, online};
use crate::ui::filters;
use crate::ui::{encoded, page_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use relance_core::day::{add_days, civil_date, french_date};
use relance_core::dispute::DisputeCode;
use relance_core::dossier::InvoiceFile;
use relance_core::facts::collectable;
use relance_core::money::Amount;
use relance_desk::words::count;
use relance_engine::store::{DocumentKind, invoice_key};
use relance_engine::template::spoken_phone;
use std::collections::BTreeMap;

/// What was sent and could not be taken.
pub struct Wrong {
    /// By which form.
    pub act: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
    /// What was typed: nobody types it again.
    pub typed: Vec<(String, String)>,
}

/// An open invoice.
struct Row {
    number: String,
    label: Option<String>,
    issued: String,
    due: String,
    late: bool,
    amount: Amount,
    state: Option<String>,
    paper: Option<String>,
    online: Option<String>,
}

#[derive(Template)]
#[template(path = "portal.html")]
struct View {
    assets: &'static str,
    creditor: String,
    email: Option<String>,
    phone: Option<(String, String)>,
    name: String,
    home: String,
    said: Option<&'static str>,
    wrong: Option<Wrong>,
    rows: Vec<Row>,
    /// What is asked for now, in each currency.
    asked: Vec<Amount>,
    for_what: String,
    late: usize,
    transfer: Option<Transfer>,
    statement: bool,
    codes: Vec<(&'static str, String)>,
    today: String,
    day: String,
    earliest: String,
    farthest: String,
    farthest_day: String,
    longest: usize,
    expires: String,
    id: String,
}

impl View {
    /// What was typed into a field of a form that was not taken.
    fn typed(&self, act: &str, field: &str) -> &str {
        let wrong = self.wrong.as_ref().filter(|wrong| wrong.act == act);
        let found = wrong.and_then(|wrong| wrong.typed.iter().find(|(name, _)| name == field));
        found.map_or("", |(_, text)| text)
    }

    /// Whether that was chosen in a form that was not taken.
    fn chosen(&self, act: &str, field: &str, value: impl std::fmt::Display) -> bool {
        let value = value.to_string();
        !value.is_empty() && self.typed(act, field) == value
    }

    /// Whether a form is open: what was not taken, else the way to pay.
    fn opens(&self, act: &str) -> bool {
        self.wrong.as_ref().map_or("payer", |wrong| wrong.act) == act
    }
}

/// The page.
pub async fn show(guest: Guest) -> Result<Response, Closed> {
    view(&guest, None).await
}

/// The page, with what could not be taken.
pub async fn view(guest: &Guest, wrong: Option<Wrong>) -> Result<Response, Closed> {
    let (tenant, dossier) = (&guest.tenant, &guest.dossier);
    let (project, today) = (tenant.project(), tenant.today());
    let config = &project.config;
    let kept = tenant.store.documents(&guest.link.client).await?;
    let open = guest.open();
    let asked = |number: &str, file: &InvoiceFile| {
        Amount::new(collectable(dossier, number, file, today), file.invoice.currency())
    };
    let mut totals: BTreeMap<&str, Amount> = BTreeMap::new();
    let mut due: Vec<(&str, Amount)> = Vec::new();
    for (number, file) in open.iter().filter(|(_, file)| file.invoice.due <= today) {
        let amount = asked(number, file);
        if amount.cents > 0 {
            let total = totals.entry(file.invoice.amount.currency.symbol()).or_insert(Amount::new(0, amount.currency));
            total.cents = total.cents.saturating_add(amount.cents);
            due.push((number, amount));
        }
    }
    let totals: Vec<Amount> = totals.into_values().collect();
    let payable = totals.first().and_then(|total| {
        let numbers: Vec<&str> =
            due.iter().filter(|(_, amount)| amount.currency == total.currency).map(|(number, _)| *number).collect();
        Transfer::of(config, *total, &numbers)
    });
    let client = &guest.link.client;
    let row = |(number, file): &(&String, &InvoiceFile)| {
        let has = kept.iter().any(|one| one.kind == DocumentKind::Invoice && one.key == invoice_key(number));
        Row {
            number: (*number).clone(),
            label: file.invoice.label.clone(),
            issued: french_date(file.invoice.issued),
            due: french_date(file.invoice.due),
            late: file.invoice.due < today,
            amount: Amount::new(file.balance, file.invoice.currency()),
            state: state(file),
            paper: has.then(|| format!("{}/factures/{}/facture.pdf", guest.home, encoded(number))),
            online: online(config, client, number, asked(number, file)),
        }
    };
    let rows: Vec<Row> = open.iter().map(row).collect();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let customer = &dossier.customer;
    let view = View {
        assets: crate::assets::version(),
        creditor: config.creditor.name.clone(),
        email: config.creditor.email.clone(),
        phone: config.creditor.phone.as_deref().map(|phone| (phone.replace(' ', ""), spoken_phone(phone))),
        name: if customer.name.is_empty() { client.clone() } else { customer.name.clone() },
        home: guest.home.clone(),
        said: guest.said.as_deref().and_then(told),
        for_what: count(due.len(), "facture échue", "factures échues"),
        late: due.len(),
        asked: totals,
        transfer: payable,
        statement: relance_desk::paper::BUILT && !rows.is_empty(),
        rows,
        codes: codes(),
        today: today.to_string(),
        day: french_date(today),
        earliest: add_days(today, -EARLIEST).to_string(),
        farthest: add_days(today, FARTHEST).to_string(),
        farthest_day: french_date(add_days(today, FARTHEST)),
        longest: LONGEST,
        expires: french_date(civil_date(guest.link.expires, config.creditor.zone)),
        id: crate::token(),
        wrong,
    };
    Ok(page_with(status, &view)?)
}

/// What is already noted of an invoice.
fn state(file: &InvoiceFile) -> Option<String> {
    if !file.disputes.is_empty() {
        return Some("contestée".to_owned());
    }
    if file.announced.is_some() {
        return Some("paiement annoncé".to_owned());
    }
    let promised = file.promise.as_ref().map(|promise| format!("paiement prévu le {}", french_date(promise.by)));
    promised.or_else(|| (file.instalments.len() > 1).then(|| "en plusieurs échéances".to_owned()))
}

/// The reasons of a dispute, as a debtor says them.
fn codes() -> Vec<(&'static str, String)> {
    let words = |code: DisputeCode| match code {
        DisputeCode::Goods => "La marchandise ou la prestation",
        DisputeCode::Price => "Le prix, une remise, la TVA",
        DisputeCode::Quantity => "La quantité",
        DisputeCode::Delay => "Le délai de livraison",
        DisputeCode::Duplicate => "Elle est en double",
        DisputeCode::Paid => "Elle est déjà payée",
        DisputeCode::NotReceived => "Je ne l’ai pas reçue",
        DisputeCode::Paper => "Il manque une pièce (commande, livraison…)",
        DisputeCode::Other => "Autre chose",
    };
    DisputeCode::all().map(|(code, name)| (name, words(code).to_owned())).collect()
}

/// What an address says was just done.
fn told(word: &str) -> Option<&'static str> {
    Some(match word {
        "annonce" => "Merci, c’est noté : nous attendons votre paiement.",
        "promesse" => "Merci, la date est notée.",
        "echeancier" => "Votre demande est transmise. Quelqu’un la lit et vous répond ; rien n’est accordé d’ici là.",
        "litige" => "Votre contestation est transmise. Quelqu’un l’examine et vous répond.",
        _ => return None,
    })
}
