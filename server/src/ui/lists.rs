//! Clients and invoices: searched, filtered, sorted, page by page.

use super::frame::Frame;
use super::invoice::late;
use super::visit::Visit;
use super::{Answer, done, encoded, filters, page};
use crate::site::InForce;
use askama::Template;
use axum::extract::Query;
use chrono::NaiveDate;
use relance_core::day::{add_days, french_date};
use relance_core::machine::PLAN;
use relance_core::money::{Amount, Currency};
use relance_core::step::rung_label;
use relance_core::view::Situation;
use relance_desk::words::count;
use relance_engine::store::{
    Axis, Cursor, CustomerHit, CustomerQuery, CustomerRow, CustomerSort, InvoiceHit, InvoiceQuery, InvoiceRow,
    InvoiceSort, Listing, StoreError, Sum,
};
use serde::Deserialize;

/// Rows of a page.
const ROWS: usize = 50;
/// So many clients or invoices are found by words.
const FOUND: usize = 100;
/// The owner of what nobody follows, in addresses.
pub const NOBODY: &str = "-";

/// Which rows, in which order, from where on.
#[derive(Deserialize, Clone, Default)]
#[serde(default)]
pub struct Asked {
    texte: String,
    etat: String,
    scenario: String,
    segment: String,
    responsable: String,
    du: String,
    au: String,
    promis_du: String,
    promis_au: String,
    tri: String,
    apres: String,
}

impl Asked {
    /// What was asked, by the names in addresses.
    fn parts(&self) -> [(&'static str, &str); 10] {
        [
            ("texte", &self.texte),
            ("etat", &self.etat),
            ("scenario", &self.scenario),
            ("segment", &self.segment),
            ("responsable", &self.responsable),
            ("du", &self.du),
            ("au", &self.au),
            ("promis_du", &self.promis_du),
            ("promis_au", &self.promis_au),
            ("tri", &self.tri),
        ]
    }

    /// The same question with something else in it, from the beginning.
    fn with(&self, name: &str, value: &str) -> String {
        let parts = self.parts().into_iter().filter(|(own, _)| *own != name).chain([(name, value)]);
        let parts = parts.filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("?{}", parts.join("&"))
    }

    fn at(&self, cursor: Option<&Cursor>) -> Option<String> {
        cursor.map(|cursor| self.with("apres", &cursor.to_string()))
    }

    fn cursor(&self) -> Option<Cursor> {
        Cursor::read(&self.apres)
    }

    /// The filters that are on: what each says, and the same list without it.
    fn chips(&self, in_force: &InForce) -> Vec<(String, String)> {
        let on = |name: &'static str, value: &str| {
            let told = match name {
                "texte" => format!("« {value} »"),
                "etat" => {
                    STATES.iter().find(|(word, _)| *word == value).map_or(value, |(_, title)| title).to_lowercase()
                }
                "scenario" => format!("scénario {}", title(in_force, value)),
                "segment" => format!("segment {value}"),
                "responsable" if value == NOBODY => "sans responsable".to_owned(),
                "responsable" => format!("suivies par {value}"),
                "du" => format!("échéance à partir du {}", shown(value)),
                "au" => format!("échéance jusqu’au {}", shown(value)),
                "promis_du" => format!("promises à partir du {}", shown(value)),
                _ => format!("promises jusqu’au {}", shown(value)),
            };
            (told, self.with(name, ""))
        };
        let parts = self.parts().into_iter().filter(|(name, value)| *name != "tri" && !value.is_empty());
        parts.map(|(name, value)| on(name, value)).collect()
    }

    fn owner(&self) -> Option<String> {
        let owner = Some(self.responsable.clone()).filter(|owner| !owner.is_empty());
        owner.map(|owner| if owner == NOBODY { String::new() } else { owner })
    }
}

/// What a list of invoices can be of.
const STATES: [(&str, &str); 14] = [
    ("", "Toutes les ouvertes"),
    ("echues", "Échues"),
    ("a_echoir", "À échoir"),
    ("promises", "Promises"),
    ("rompues", "Promesse rompue"),
    ("litige", "En litige"),
    ("suspendue", "Suspendues"),
    ("annoncee", "Paiement annoncé"),
    ("arretee", "Arrêtées"),
    ("collective", "Procédure collective"),
    ("anomalie", "En anomalie"),
    ("sans_scenario", "Sans scénario"),
    ("ouverte", "En cours"),
    ("soldees", "Soldées"),
];

fn word(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

/// A day as people write it.
fn shown(text: &str) -> String {
    day(text).map_or_else(|| text.to_owned(), french_date)
}

/// The title of a scenario.
fn title(in_force: &InForce, name: &str) -> String {
    let scenario = in_force.program.scenario(name);
    scenario.and_then(|scenario| scenario.machine.title.clone()).unwrap_or_else(|| name.to_owned())
}

/// The list that is asked for, but for its words.
fn query(asked: &Asked, today: NaiveDate) -> InvoiceQuery {
    let (promised_from, promised_to) = (day(&asked.promis_du), day(&asked.promis_au));
    let mut query = InvoiceQuery {
        scenario: word(&asked.scenario),
        segment: word(&asked.segment),
        owner: asked.owner(),
        due_from: day(&asked.du),
        due_to: day(&asked.au),
        ..InvoiceQuery::default()
    };
    // By due day where days are asked for.
    if asked.tri == "echeance" || query.due_from.or(query.due_to).is_some() {
        query.sort = InvoiceSort::Due;
    }
    match asked.etat.as_str() {
        "echues" => query.due_to = Some(query.due_to.map_or(add_days(today, -1), |to| to.min(add_days(today, -1)))),
        "a_echoir" => query.due_from = Some(query.due_from.map_or(today, |from| from.max(today))),
        "promises" => query.sort = InvoiceSort::Promise,
        "rompues" => query.sort = InvoiceSort::Broken,
        "soldees" => query.sort = InvoiceSort::Settled,
        other => query.situation = Situation::read(other).filter(|situation| *situation != Situation::Settled),
    }
    if promised_from.or(promised_to).is_some() {
        (query.sort, query.from, query.to) = (InvoiceSort::Promise, promised_from, promised_to);
    }
    query
}

/// An invoice of a list.
struct Row {
    number: String,
    client: String,
    name: String,
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
    states: &'static [(&'static str, &'static str)],
    scenarios: Vec<(String, String)>,
    segments: Vec<String>,
    owners: Vec<String>,
    chips: Vec<(String, String)>,
    rows: Vec<Row>,
    total: Option<(String, String)>,
    order: &'static str,
    /// Which orders there are besides.
    by_balance: bool,
    previous: Option<String>,
    next: Option<String>,
}

impl Invoices {
    fn sort(&self, tri: &str) -> String {
        self.asked.with("tri", tri)
    }
}

fn row(in_force: &InForce, row: InvoiceRow, today: NaiveDate) -> Row {
    let view = &row.view;
    let open = |file: &relance_engine::store::InvoiceRow| {
        let file = file.file.as_ref()?;
        if file.state == PLAN {
            return Some((file.position.map_or_else(|| "plan".to_owned(), rung_label), "accent"));
        }
        let scenario = in_force.program.scenario(&file.scenario.as_ref()?.name)?;
        let state = scenario.state(&file.state).and_then(|state| state.title.clone());
        Some((state.unwrap_or_else(|| file.state.clone()), "bad"))
    };
    let badge = match view.situation {
        Situation::Open => "accent",
        Situation::Settled => "ok",
        Situation::Broken | Situation::Unassigned => "bad",
        Situation::Promised | Situation::Announced => "info",
        _ => "warn",
    };
    let told = Some(()).filter(|()| view.situation == Situation::Open).and_then(|()| open(&row));
    let (stands, badge) = told.unwrap_or_else(|| (view.situation.title().to_owned(), badge));
    let days = (today - view.due).num_days();
    let cents = if view.situation == Situation::Settled { view.amount } else { view.balance };
    Row {
        due: french_date(view.due),
        days: if view.situation == Situation::Settled { 0 } else { days },
        late: if view.situation == Situation::Settled { String::new() } else { late(days) },
        amount: Amount::new(cents, view.currency),
        owner: view.owner.clone().unwrap_or_default(),
        stands,
        badge,
        number: row.number,
        client: row.client,
        name: row.name,
    }
}

/// Invoices and amount of sums.
fn told(sums: &[(Currency, Sum)]) -> (String, String) {
    let all: i64 = sums.iter().map(|(_, sum)| sum.count).sum();
    let amounts: Vec<String> =
        sums.iter().map(|(currency, sum)| Amount::new(sum.cents, *currency).to_string()).collect();
    let amounts = if amounts.is_empty() { Amount::eur(0).to_string() } else { amounts.join(" + ") };
    (count(usize::try_from(all).unwrap_or(0), "facture", "factures"), amounts)
}

/// Narrows a list to what words mean: invoices of that number, else those of the clients that they name.
async fn narrowed(lists: &Listing, mut query: InvoiceQuery, text: &str) -> Result<InvoiceQuery, StoreError> {
    if text.trim().is_empty() {
        return Ok(query);
    }
    let found = lists.search(text, FOUND).await?;
    if found.invoices.is_empty() {
        query.clients = Some(found.customers.into_iter().map(|hit| hit.client).collect());
    } else {
        query.numbers = Some(found.invoices.into_iter().map(|hit| hit.number).collect());
    }
    Ok(query)
}

/// The invoices.
pub async fn invoices(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (tenant, lists, today) = (&visit.tenant, &visit.tenant.lists, visit.tenant.today());
    let in_force = tenant.in_force().await?;
    let query = narrowed(lists, query(&asked, today), &asked.texte).await?;
    let page_of = lists.invoices(&query, asked.cursor().as_ref(), ROWS).await?;
    let sums = lists.sums(&query).await?;
    let scenarios = in_force.program.scenarios.iter().map(|scenario| scenario.machine.name.clone());
    let view = Invoices {
        frame: Frame::new(&visit, "factures", "Factures"),
        states: &STATES,
        scenarios: scenarios.map(|name| (name.clone(), title(&in_force, &name))).collect(),
        segments: lists.values(Axis::Segment).await?,
        owners: lists.values(Axis::Owner).await?,
        chips: asked.chips(&in_force),
        total: sums.map(|sums| told(&sums)),
        order: match query.order() {
            InvoiceSort::Balance => "les plus lourdes d’abord",
            InvoiceSort::Due => "par échéance",
            InvoiceSort::Promise => "par jour promis",
            InvoiceSort::Broken => "les dernières promesses rompues d’abord",
            InvoiceSort::Settled => "les dernières soldées d’abord",
        },
        by_balance: asked.scenario.is_empty() && asked.du.is_empty() && asked.au.is_empty(),
        previous: asked.at(page_of.previous.as_ref()),
        next: asked.at(page_of.next.as_ref()),
        rows: page_of.rows.into_iter().map(|one| row(&in_force, one, today)).collect(),
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
    amount: String,
    late: String,
    stopped: bool,
    insolvent: bool,
}

#[derive(Template)]
#[template(path = "clients.html")]
struct Clients {
    frame: Frame,
    asked: Asked,
    segments: Vec<String>,
    owners: Vec<String>,
    rows: Vec<Client>,
    previous: Option<String>,
    next: Option<String>,
}

impl Clients {
    fn sort(&self, tri: &str) -> String {
        self.asked.with("tri", tri)
    }
}

fn client(row: CustomerRow, today: NaiveDate) -> Client {
    let view = row.view;
    let amounts: Vec<String> =
        view.balances.iter().map(|(currency, cents)| Amount::new(*cents, *currency).to_string()).collect();
    let oldest = view.oldest.map(|due| (today - due).num_days());
    Client {
        code: row.client,
        name: view.name,
        segment: Some(view.segment).filter(|segment| segment != "aucun").unwrap_or_default(),
        owner: view.owner.unwrap_or_default(),
        open: view.open,
        amount: amounts.join(" + "),
        late: oldest.filter(|days| *days > 0).map(late).unwrap_or_default(),
        stopped: view.stopped,
        insolvent: view.insolvent,
    }
}

/// The clients.
pub async fn clients(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (lists, today) = (&visit.tenant.lists, visit.tenant.today());
    let sort = match asked.tri.as_str() {
        "nom" => CustomerSort::Name,
        "code" => CustomerSort::Code,
        _ => CustomerSort::Balance,
    };
    let mut query =
        CustomerQuery { segment: word(&asked.segment), owner: asked.owner(), sort, ..CustomerQuery::default() };
    if !asked.texte.trim().is_empty() {
        let found = lists.search(&asked.texte, FOUND).await?;
        query.clients = Some(found.customers.into_iter().map(|hit| hit.client).collect());
    }
    let page_of = lists.customers(&query, asked.cursor().as_ref(), ROWS).await?;
    let view = Clients {
        frame: Frame::new(&visit, "clients", "Clients"),
        segments: lists.values(Axis::Segment).await?,
        owners: lists.values(Axis::Owner).await?,
        previous: asked.at(page_of.previous.as_ref()),
        next: asked.at(page_of.next.as_ref()),
        rows: page_of.rows.into_iter().map(|row| client(row, today)).collect(),
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

#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    frame: Frame,
    wanted: String,
    customers: Vec<CustomerHit>,
    invoices: Vec<InvoiceHit>,
}

/// To the invoice or the client of this name, or to those that are like it.
pub async fn search(visit: Visit, Query(wanted): Query<Wanted>) -> Answer {
    let text = wanted.q.trim();
    let found = visit.tenant.lists.search(text, FOUND / 2).await?;
    let invoice = |hit: &InvoiceHit| done(&format!("{}/factures/{}", visit.home(), encoded(&hit.number)));
    let customer = |hit: &CustomerHit| done(&format!("{}/clients/{}", visit.home(), encoded(&hit.client)));
    if let Some(hit) = found.invoices.iter().find(|hit| hit.number == text) {
        return invoice(hit);
    }
    if let Some(hit) = found.customers.iter().find(|hit| hit.client == text) {
        return customer(hit);
    }
    match (found.customers.as_slice(), found.invoices.as_slice()) {
        ([only], []) => return customer(only),
        ([], [only]) => return invoice(only),
        _ => {}
    }
    let view = Search {
        frame: Frame::new(&visit, "", "Recherche"),
        wanted: text.to_owned(),
        customers: found.customers,
        invoices: found.invoices,
    };
    page(&view)
}
