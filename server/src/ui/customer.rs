//! A client: what is owed, what was said, what a person can do; and the documents that are kept.

use super::access::{self, Access};
use super::act_forms::{self, ActForm, Kind};
use super::filters;
use super::frame::Frame;
use super::invoice::late;
use super::timeline::{self, Day};
use super::visit::Visit;
use super::{Answer, file, page};
use crate::acts::file_of;
use crate::refusal::Refusal;
use crate::site::InForce;
use askama::Template;
use axum::extract::{Path, Query};
use relance_core::day::french_date;
use relance_core::journal::Line;
use relance_core::money::Amount;
use relance_engine::store::{DocumentKind, JournalRow};
use relance_engine::template::spoken_phone;
use serde::Deserialize;

/// So many lines of the journal are shown.
const LINES: usize = 300;
/// So many entries of it are read at once: not all of them are told.
const AT_ONCE: usize = 400;

#[derive(Template)]
#[template(path = "customer.html")]
struct View {
    frame: Frame,
    /// What can be done, every day and more rarely.
    often: Vec<ActForm>,
    others: Vec<ActForm>,
    code: String,
    name: String,
    segment: String,
    owner: Option<String>,
    contacts: Vec<(String, String)>,
    stopped: Option<String>,
    open: Vec<Invoice>,
    settled: usize,
    history: Vec<Day>,
    whole: bool,
    papers: Vec<(String, String)>,
    act: String,
    requests: super::requests::Requests,
    access: Option<Access>,
}

/// An open invoice.
struct Invoice {
    number: String,
    due: String,
    late: String,
    is_late: bool,
    amount: Amount,
}

/// How much of its time line is told.
#[derive(Deserialize)]
pub struct Asked {
    /// `entier`: how every rule went, too.
    fil: Option<String>,
}

/// The page of a client.
pub async fn show(visit: Visit, Path((_, code)): Path<(String, String)>, Query(asked): Query<Asked>) -> Answer {
    let tenant = &visit.tenant;
    let dossier = file_of(tenant, &code).await?.dossier;
    let (today, in_force) = (tenant.today(), tenant.in_force().await?);
    let kept = tenant.store.documents(&code).await?;
    let lines = latest(&visit, &in_force, &code).await?;
    let mut open: Vec<_> = dossier.invoices.iter().filter(|(_, file)| file.is_open()).collect();
    open.sort_by_key(|(number, file)| (file.invoice.due, (*number).clone()));
    let invoice = |(number, file): &(&String, &relance_core::dossier::InvoiceFile)| {
        let days = (today - file.invoice.due).num_days();
        Invoice {
            number: (*number).clone(),
            due: french_date(file.invoice.due),
            late: late(days),
            is_late: days > 0,
            amount: Amount::new(file.balance, file.invoice.currency()),
        }
    };
    let whole = asked.fil.as_deref() == Some("entier");
    let customer = &dossier.customer;
    let mut contacts = Vec::new();
    contacts.extend(customer.email.iter().map(|email| ("Courriel".to_owned(), email.clone())));
    contacts.extend(customer.phone.iter().map(|phone| ("Téléphone".to_owned(), spoken_phone(phone))));
    contacts.extend(customer.address.iter().map(|address| ("Adresse".to_owned(), address.replace('\n', ", "))));
    for contact in &customer.contacts {
        let parts = [&contact.name, &contact.email, &contact.phone];
        let words: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        contacts.push((contact.role.clone(), words.join(", ")));
    }
    let now = (dossier.insolvent.is_some(), !dossier.bad_addresses.is_empty());
    let (often, others) = act_forms::of_client(&visit, dossier.stopped.is_some(), now, &tenant.project().segments());
    let view = View {
        often,
        others,
        name: if customer.name.is_empty() { code.clone() } else { customer.name.clone() },
        segment: customer.segment.clone().unwrap_or_else(|| "aucun".to_owned()),
        owner: customer.owner.clone(),
        contacts,
        stopped: dossier.stopped.clone(),
        settled: dossier.invoices.len() - open.len(),
        open: open.iter().map(invoice).collect(),
        history: if whole { timeline::days(&lines, &kept) } else { timeline::of_client(&lines, &kept) },
        whole,
        papers: kept.iter().map(|one| (timeline::words(one), timeline::address(one))).collect(),
        act: crate::token(),
        requests: super::requests::about(&visit, &code, None).await?,
        access: access::of(&visit, &code, customer).await?,
        frame: Frame::new(&visit, "clients", format!("Client {code}")),
        code,
    };
    page(&view)
}

/// The last lines of a client's journal, the last first.
async fn latest(visit: &Visit, in_force: &InForce, code: &str) -> Result<Vec<Line>, Refusal> {
    let (mut lines, mut before) = (Vec::new(), None);
    loop {
        let mut rows = visit.tenant.store.latest(code, before, AT_ONCE).await?;
        let all = rows.len() < AT_ONCE;
        before = rows.last().map(|row| row.position);
        // What is of one moment stands by invoice.
        rows.sort_by(|a, b| {
            let place = |row: &JournalRow| (row.entry.at, row.entry.invoice.clone(), row.position);
            place(b).cmp(&place(a))
        });
        let zone = in_force.program.zone;
        lines.extend(rows.iter().filter_map(|row| Line::of(&row.entry, code, row.currency, zone, &in_force.places)));
        if all || lines.len() >= LINES {
            lines.truncate(LINES);
            return Ok(lines);
        }
    }
}

/// A document that is kept of a client, as it was.
pub async fn document(visit: Visit, Path(path): Path<(String, String, String, String, String)>) -> Answer {
    let (_, client, kind, key, name) = path;
    let kind = DocumentKind::ALL.into_iter().find(|one| one.word() == kind).ok_or(Refusal::Unknown)?;
    let kept = visit.tenant.store.documents(&client).await?;
    let known = kept.iter().find(|one| one.kind == kind && one.key == key && one.name == name);
    let known = known.ok_or(Refusal::Unknown)?;
    let bytes = visit.tenant.store.document(&client, &key, kind, &name).await?.ok_or(Refusal::Unknown)?;
    // Only what a browser shows without running anything of it; and nothing that came from outside.
    let own = kind != DocumentKind::Piece;
    let shown = own && (known.media_type == "application/pdf" || known.media_type.starts_with("text/plain"));
    file(bytes, if shown { &known.media_type } else { "application/octet-stream" }, &name, shown)
}
