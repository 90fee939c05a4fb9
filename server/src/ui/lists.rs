//! Clients and invoices: searched, filtered, sorted, page by page.

use super::filters;
use super::frame::Frame;
use super::invoice::late;
use super::visit::Visit;
use super::{Answer, done, encoded, page};
use crate::refusal::Refusal;
use crate::site::{InForce, Tenant};
use askama::Template;
use axum::extract::Query;
use chrono::NaiveDate;
use relance_core::day::{end_of_day, french_date};
use relance_core::dossier::{Dossier, InvoiceFile};
use relance_core::machine::PLAN;
use relance_core::money::{Amount, Currency};
use relance_core::schema::fold;
use relance_core::step::suspension;
use relance_desk::words::count;
use relance_engine::store::load_readable;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How many clients are loaded at once.
const CLIENTS: usize = 2_000;
/// Rows of a page.
const ROWS: usize = 50;

/// Which rows, in which order, from where on.
#[derive(Deserialize, Clone, Default)]
pub struct Asked {
    #[serde(default)]
    texte: String,
    #[serde(default)]
    etat: String,
    #[serde(default)]
    scenario: String,
    #[serde(default)]
    tri: String,
    #[serde(default)]
    apres: usize,
}

impl Asked {
    /// The same question with something else in it.
    fn with(&self, tri: &str, apres: usize) -> String {
        let parts = [("texte", self.texte.as_str()), ("etat", &self.etat), ("scenario", &self.scenario), ("tri", tri)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)));
        let mut parts: Vec<String> = parts.collect();
        if apres > 0 {
            parts.push(format!("apres={apres}"));
        }
        format!("?{}", parts.join("&"))
    }

    fn matches(&self, texts: &[&str]) -> bool {
        let wanted = fold(self.texte.trim());
        wanted.is_empty() || texts.iter().any(|text| fold(text).contains(&wanted))
    }
}

/// An invoice of a list.
struct Row {
    number: String,
    client: String,
    name: String,
    due_day: NaiveDate,
    due: String,
    days: i64,
    late: String,
    amount: Amount,
    stands: String,
    badge: &'static str,
    owner: String,
}

#[derive(Template)]
#[template(path = "invoices.html")]
struct Invoices {
    frame: Frame,
    asked: Asked,
    scenarios: Vec<(String, String)>,
    rows: Vec<Row>,
    told: String,
    sum: String,
    previous: Option<String>,
    next: Option<String>,
}

impl Invoices {
    fn sort(&self, tri: &str) -> String {
        self.asked.with(tri, 0)
    }
}

/// Every file with its open invoices, in turn.
async fn each(tenant: &Tenant, whole: bool, mut seen: impl FnMut(&Dossier)) -> Result<(), Refusal> {
    let at = end_of_day(tenant.today(), tenant.project().config.creditor.zone);
    let clients = tenant.store.clients().await?;
    for chunk in clients.chunks(CLIENTS) {
        let (loaded, _) = load_readable(&*tenant.store, chunk, at, whole).await?;
        loaded.iter().for_each(|one| seen(&one.world.dossier));
    }
    Ok(())
}

fn row(in_force: &InForce, dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> Row {
    let days = (today - file.invoice.due).num_days();
    let title = || {
        let scenario = in_force.program.scenario(&file.scenario.as_ref()?.name)?;
        scenario.state(&file.state).and_then(|state| state.title.clone()).or_else(|| Some(file.state.clone()))
    };
    let held = || suspension(dossier, number, file, today);
    let (stands, badge) = if !file.is_open() {
        ("soldée".to_owned(), "ok")
    } else if file.broken.is_some() {
        ("anomalie".to_owned(), "bad")
    } else if !file.disputes.is_empty() {
        ("litige".to_owned(), "warn")
    } else if file.promise.is_some() {
        ("promesse".to_owned(), "info")
    } else if held().is_some() {
        ("suspendue".to_owned(), "warn")
    } else if file.state != PLAN {
        (title().unwrap_or_default(), "bad")
    } else {
        (file.position.map_or_else(|| "plan".to_owned(), relance_core::step::rung_label), "accent")
    };
    let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
    Row {
        number: number.to_owned(),
        client: dossier.client.clone(),
        name: name.clone(),
        due_day: file.invoice.due,
        due: french_date(file.invoice.due),
        days,
        late: late(days),
        amount: Amount::new(file.balance, file.invoice.currency()),
        stands,
        badge,
        owner: file.invoice.owner.clone().or(dossier.customer.owner.clone()).unwrap_or_default(),
    }
}

/// The invoices.
pub async fn invoices(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (tenant, today) = (&visit.tenant, visit.tenant.today());
    let in_force = tenant.in_force().await?;
    let mut rows = Vec::new();
    each(tenant, asked.etat == "soldees", |dossier| {
        for (number, file) in &dossier.invoices {
            let wanted = match asked.etat.as_str() {
                "echues" => file.is_open() && file.invoice.due < today,
                "a_echoir" => file.is_open() && file.invoice.due >= today,
                "litige" => file.is_open() && !file.disputes.is_empty(),
                "promises" => file.is_open() && file.promise.is_some(),
                "suspendues" => file.is_open() && file.suspended_since.is_some(),
                "soldees" => !file.is_open(),
                _ => file.is_open(),
            };
            let scenario = file.scenario.as_ref().map_or("", |scenario| scenario.name.as_str());
            let texts = [number.as_str(), dossier.client.as_str(), dossier.customer.name.as_str()];
            if wanted && (asked.scenario.is_empty() || asked.scenario == scenario) && asked.matches(&texts) {
                rows.push(row(&in_force, dossier, number, file, today));
            }
        }
    })
    .await?;
    match asked.tri.as_str() {
        "numero" => rows.sort_by(|a, b| a.number.cmp(&b.number)),
        "client" => rows.sort_by(|a, b| (&a.name, a.due_day, &a.number).cmp(&(&b.name, b.due_day, &b.number))),
        "echeance" => rows.sort_by(|a, b| (a.due_day, &a.number).cmp(&(b.due_day, &b.number))),
        _ => rows.sort_by(|a, b| (Reverse(a.amount.cents), &a.number).cmp(&(Reverse(b.amount.cents), &b.number))),
    }
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for row in &rows {
        let sum = sums.entry(row.amount.currency).or_default();
        *sum = sum.saturating_add(row.amount.cents);
    }
    let sum: Vec<String> = sums.iter().map(|(currency, cents)| Amount::new(*cents, *currency).to_string()).collect();
    let all = rows.len();
    let scenarios = in_force.program.scenarios.iter().map(|scenario| &scenario.machine);
    let view = Invoices {
        frame: Frame::new(&visit, "factures", "Factures"),
        scenarios: scenarios.map(|one| (one.name.clone(), one.title.clone().unwrap_or(one.name.clone()))).collect(),
        told: count(all, "facture", "factures"),
        sum: sum.join(" + "),
        previous: asked.apres.checked_sub(ROWS).map(|from| asked.with(&asked.tri, from)),
        next: (all > asked.apres + ROWS).then(|| asked.with(&asked.tri, asked.apres + ROWS)),
        rows: rows.into_iter().skip(asked.apres).take(ROWS).collect(),
        asked,
    };
    page(&view)
}

/// A client of a list.
struct Client {
    code: String,
    name: String,
    segment: String,
    owner: String,
    open: usize,
    cents: i64,
    amount: String,
    late: String,
    stopped: bool,
}

#[derive(Template)]
#[template(path = "clients.html")]
struct Clients {
    frame: Frame,
    asked: Asked,
    rows: Vec<Client>,
    told: String,
    previous: Option<String>,
    next: Option<String>,
}

impl Clients {
    fn sort(&self, tri: &str) -> String {
        self.asked.with(tri, 0)
    }
}

/// The clients.
pub async fn clients(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (tenant, today) = (&visit.tenant, visit.tenant.today());
    let mut rows = Vec::new();
    each(tenant, false, |dossier| {
        let customer = &dossier.customer;
        let contacts = [customer.email.as_deref(), customer.phone.as_deref()].map(Option::unwrap_or_default);
        let texts = [dossier.client.as_str(), customer.name.as_str(), contacts[0], contacts[1]];
        if !asked.matches(&texts) {
            return;
        }
        let open: Vec<&InvoiceFile> = dossier.invoices.values().filter(|file| file.is_open()).collect();
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for file in &open {
            *sums.entry(file.invoice.currency()).or_default() += file.balance;
        }
        let oldest = open.iter().map(|file| (today - file.invoice.due).num_days()).max();
        let amounts: Vec<String> =
            sums.iter().map(|(currency, cents)| Amount::new(*cents, *currency).to_string()).collect();
        rows.push(Client {
            code: dossier.client.clone(),
            name: if customer.name.is_empty() { dossier.client.clone() } else { customer.name.clone() },
            segment: dossier.customer.segment.clone().unwrap_or_default(),
            owner: customer.owner.clone().unwrap_or_default(),
            open: open.len(),
            cents: sums.values().sum(),
            amount: amounts.join(" + "),
            late: oldest.filter(|days| *days > 0).map(late).unwrap_or_default(),
            stopped: dossier.stopped.is_some(),
        });
    })
    .await?;
    match asked.tri.as_str() {
        "nom" => rows.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code))),
        "code" => rows.sort_by(|a, b| a.code.cmp(&b.code)),
        _ => rows.sort_by(|a, b| (Reverse(a.cents), &a.code).cmp(&(Reverse(b.cents), &b.code))),
    }
    let all = rows.len();
    let view = Clients {
        frame: Frame::new(&visit, "clients", "Clients"),
        told: count(all, "client", "clients"),
        previous: asked.apres.checked_sub(ROWS).map(|from| asked.with(&asked.tri, from)),
        next: (all > asked.apres + ROWS).then(|| asked.with(&asked.tri, asked.apres + ROWS)),
        rows: rows.into_iter().skip(asked.apres).take(ROWS).collect(),
        asked,
    };
    page(&view)
}

/// What somebody looks for.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
}

/// To the invoice or the client of this name, or to those that are like it.
pub async fn search(visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    let (store, text) = (&visit.tenant.store, wanted.q.trim());
    if store.client_of(text).await?.is_some() {
        return done(&format!("{}/factures/{}", visit.home(), encoded(text)));
    }
    let clients = store.customers_with(text).await?;
    match clients.as_slice() {
        [(only, _)] => done(&format!("{}/clients/{}", visit.home(), encoded(only))),
        [] => done(&format!("{}/factures?texte={}", visit.home(), encoded(text))),
        _ => done(&format!("{}/clients?texte={}", visit.home(), encoded(text))),
    }
}
