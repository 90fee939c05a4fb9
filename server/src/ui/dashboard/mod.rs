//! The dashboard: what is outstanding, since when, with whom, and what comes in. Every figure leads to the list that it is the sum of.

mod chart;

use super::frame::Frame;
use super::lists::NOBODY;
use super::visit::Visit;
use super::{Answer, encoded, filters, page};
use askama::Template;
use axum::extract::Query;
use chart::{Bar, Piece, Rule};
use chrono::{Datelike, Days, Months, NaiveDate};
use relance_core::day::add_days;
use relance_core::money::{Amount, Currency};
use relance_core::view::{Situation, by_exhaustion};
use relance_desk::words::{count, long_date};
use relance_engine::store::{Aged, Axis, Cursor, Month, PaymentRow, Sum, Totals};
use serde::Deserialize;

/// For so many months turnover is read, and so many are drawn.
const TURNOVER: u32 = 24;
const DRAWN: u32 = 12;
/// Rows of the list of payments.
const ROWS: usize = 50;
/// The ages of a balance, as they are shown.
const AGES: [&str; 5] = ["Non échu", "1 à 30 j", "31 à 60 j", "61 à 90 j", "Plus de 90 j"];

/// Which currency.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    devise: String,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct View {
    frame: Frame,
    date: String,
    currency: &'static str,
    /// The others: code and address.
    currencies: Vec<(String, String)>,
    ages: &'static [&'static str],
    figures: Vec<Figure>,
    segments: Vec<Row>,
    whole: Row,
    owners: Vec<Owner>,
    situations: Vec<Standing>,
    received: Vec<(String, Amount, String)>,
    bars: Vec<Bar>,
    rules: Vec<Rule>,
}

/// A key figure with the list behind it.
struct Figure {
    label: &'static str,
    value: String,
    note: String,
    class: &'static str,
    link: String,
}

/// A line of the aged balance.
struct Row {
    title: String,
    link: String,
    pieces: Vec<Piece>,
    /// Amount and link, by age.
    parts: Vec<(&'static str, Amount, String)>,
    all: Amount,
}

struct Owner {
    name: String,
    count: i64,
    all: (Amount, String),
    overdue: (Amount, String),
}

struct Standing {
    title: &'static str,
    count: i64,
    amount: Amount,
    link: String,
}

/// Addresses of lists.
struct Links(String);

impl Links {
    fn invoices(&self, parts: &[(&str, &str)]) -> String {
        let parts: Vec<String> = parts.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let sign = if parts.is_empty() { "" } else { "?" };
        format!("{}/factures{sign}{}", self.0, parts.join("&"))
    }

    /// The invoices of an age, of a segment if given.
    fn aged(&self, own: &[(&str, &str)], age: usize, today: NaiveDate) -> String {
        let (first, last) = Aged::days(age, today);
        let days = [("du", first), ("au", last)].map(|(name, day)| (name, day.map(|day| day.to_string())));
        let days = days.iter().filter_map(|(name, day)| Some((*name, day.as_deref()?)));
        let parts: Vec<(&str, &str)> = own.iter().copied().chain(days).collect();
        self.invoices(&parts)
    }

    fn payments(&self, month: NaiveDate) -> String {
        format!("{}/encaissements?mois={}", self.0, month.format("%Y-%m"))
    }
}

fn row(
    title: String,
    own: &[(&str, &str)],
    aged: &Aged,
    (links, currency, today): (&Links, Currency, NaiveDate),
) -> Row {
    let amount = |sum: &Sum| Amount::new(sum.cents, currency);
    let parts: Vec<(&'static str, Amount, String)> = aged
        .parts
        .iter()
        .zip(AGES)
        .enumerate()
        .map(|(age, (sum, name))| (name, amount(sum), links.aged(own, age, today)))
        .collect();
    let drawn: Vec<(i64, String, String)> =
        parts.iter().map(|(name, amount, link)| (amount.cents, link.clone(), format!("{name} : {amount}"))).collect();
    Row { title, link: links.invoices(own), pieces: chart::pieces(&drawn), parts, all: amount(&aged.all) }
}

/// The first day of the month of a day.
fn first(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The days of the months of turnover up to today, and the turnover of each, the latest first.
fn turnover(totals: &Totals, currency: Currency, today: NaiveDate) -> Vec<(i64, i64)> {
    let of = |month: NaiveDate| {
        let own = |one: &&Month| one.first == month && one.currency == currency;
        totals.issued.iter().find(own).map_or(0, |month| month.sum.cents)
    };
    let months = (0..TURNOVER).filter_map(|n| first(today).checked_sub_months(Months::new(n)));
    let days = |month: NaiveDate| {
        let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
        (next.min(add_days(today, 1)) - month).num_days()
    };
    months.map(|month| (days(month), of(month))).collect()
}

/// « 82,4 j ».
fn days(tenths: i64) -> String {
    format!("{},{} j", tenths / 10, tenths % 10)
}

/// The page.
pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (tenant, today) = (&visit.tenant, visit.tenant.today());
    let since = first(today).checked_sub_months(Months::new(TURNOVER)).unwrap_or(today);
    let totals = tenant.lists.totals(today, since).await?;
    let outstanding = totals.outstanding();
    let known: Vec<Currency> = outstanding.keys().copied().collect();
    let wanted = Currency::parse(&asked.devise).filter(|wanted| known.contains(wanted));
    let main = known.iter().find(|one| **one == Currency::EUR).or(known.first());
    let currency = wanted.or(main.copied()).unwrap_or(Currency::EUR);
    let aged = outstanding.get(&currency).copied().unwrap_or_default();
    let links = Links(visit.home());
    let of = (&links, currency, today);
    let on = |axis: Axis| {
        totals
            .open
            .iter()
            .filter(move |((own, _, code), _)| *own == axis && *code == currency)
            .map(|((_, value, _), aged)| (value, aged))
    };
    let segments = on(Axis::Segment).map(|(name, aged)| row(name.clone(), &[("segment", name)], aged, of)).collect();
    let owner = |(name, aged): (&String, &Aged)| {
        let word = if name.is_empty() { NOBODY } else { name };
        let amount = |sum: Sum| Amount::new(sum.cents, currency);
        Owner {
            name: if name.is_empty() { "personne".to_owned() } else { name.clone() },
            count: aged.all.count,
            all: (amount(aged.all), links.invoices(&[("responsable", word)])),
            overdue: (amount(aged.overdue()), links.invoices(&[("responsable", word), ("etat", "echues")])),
        }
    };
    let owners = on(Axis::Owner).map(owner).collect();
    let standing = |situation: Situation| {
        let (_, aged) = on(Axis::Situation).find(|(word, _)| *word == situation.word())?;
        let amount = Amount::new(aged.all.cents, currency);
        let link = links.invoices(&[("etat", situation.word())]);
        Some(Standing { title: situation.title(), count: aged.all.count, amount, link })
    };
    let situations = Situation::ALL.into_iter().filter_map(standing).collect();
    let months: Vec<(NaiveDate, i64)> = (0..DRAWN)
        .rev()
        .filter_map(|n| first(today).checked_sub_months(Months::new(n)))
        .map(|month| (month, received(&totals, currency, month).cents))
        .collect();
    let columns: Vec<(String, i64, String)> = months
        .iter()
        .map(|(month, cents)| (month.format("%m/%y").to_string(), *cents, links.payments(*month)))
        .collect();
    let (bars, rules) = chart::bars(&columns, currency);
    let view = View {
        date: long_date(today),
        currency: if currency == Currency::EUR { "euros" } else { "devise choisie" },
        currencies: known
            .iter()
            .filter(|one| **one != currency)
            .map(|one| (one.code().to_owned(), format!("?devise={}", one.code())))
            .collect(),
        ages: &AGES,
        figures: figures(&totals, &aged, of),
        segments,
        whole: row("Ensemble".to_owned(), &[], &aged, of),
        owners,
        situations,
        received: columns.into_iter().map(|(label, cents, link)| (label, Amount::new(cents, currency), link)).collect(),
        bars,
        rules,
        frame: Frame::new(&visit, "tableau-de-bord", "Tableau de bord"),
    };
    page(&view)
}

/// What was received in a month.
fn received(totals: &Totals, currency: Currency, month: NaiveDate) -> Sum {
    let own = |one: &&Month| one.first == month && one.currency == currency;
    totals.received.iter().find(own).map(|month| month.sum).unwrap_or_default()
}

fn invoices(n: i64) -> String {
    count(usize::try_from(n).unwrap_or(0), "facture", "factures")
}

fn figures(totals: &Totals, aged: &Aged, (links, currency, today): (&Links, Currency, NaiveDate)) -> Vec<Figure> {
    let amount = |cents: i64| Amount::new(cents, currency).to_string();
    let overdue = aged.overdue();
    let share = i128::from(overdue.cents) * 1_000 / i128::from(aged.all.cents.max(1));
    let months = turnover(totals, currency, today);
    let dso = |cents: i64| match by_exhaustion(cents, &months) {
        None => "n. c.".to_owned(),
        Some(dso) if dso.at_least => format!("≥ {}", days(dso.tenths)),
        Some(dso) => days(dso.tenths),
    };
    let coming = |to: Option<NaiveDate>| {
        let own = |one: &&Month| one.currency == currency && one.first >= today && to.is_none_or(|to| one.first <= to);
        totals
            .promised
            .iter()
            .filter(own)
            .fold(Sum::default(), |sum, one| Sum { count: sum.count + one.sum.count, cents: sum.cents + one.sum.cents })
    };
    let (promised, soon) = (coming(None), coming(Some(add_days(today, 7))));
    let disputed = totals.open.get(&(Axis::Situation, Situation::Disputed.word().to_owned(), currency));
    let disputed = disputed.map(|aged| aged.all).unwrap_or_default();
    let this = received(totals, currency, first(today));
    let from = today.to_string();
    vec![
        Figure {
            label: "Encours",
            value: amount(aged.all.cents),
            note: format!("{} ouverte{}", invoices(aged.all.count), if aged.all.count > 1 { "s" } else { "" }),
            class: "",
            link: links.invoices(&[]),
        },
        Figure {
            label: "Échu",
            value: amount(overdue.cents),
            note: format!("{}, {},{} %", invoices(overdue.count), share / 10, share % 10),
            class: "late",
            link: links.invoices(&[("etat", "echues")]),
        },
        Figure {
            label: "DSO, par épuisement",
            value: dso(aged.all.cents),
            note: format!("sans retard : {}", dso(aged.parts[0].cents)),
            class: "",
            link: links.invoices(&[]),
        },
        Figure {
            label: "Reçu ce mois",
            value: amount(this.cents),
            note: count(usize::try_from(this.count).unwrap_or(0), "règlement", "règlements"),
            class: "done",
            link: links.payments(first(today)),
        },
        Figure {
            label: "Promesses à venir",
            value: amount(promised.cents),
            note: format!("{}, dont {} d’ici une semaine", invoices(promised.count), soon.count),
            class: "",
            link: links.invoices(&[("promis_du", &from)]),
        },
        Figure {
            label: "En litige",
            value: amount(disputed.cents),
            note: invoices(disputed.count),
            class: "",
            link: links.invoices(&[("etat", "litige")]),
        },
    ]
}

/// Which month, from where on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AskedMonth {
    mois: String,
    apres: String,
}

#[derive(Template)]
#[template(path = "payments.html")]
struct Payments {
    frame: Frame,
    month: String,
    told: String,
    sum: String,
    rows: Vec<PaymentRow>,
    before: String,
    after: Option<String>,
    previous: Option<String>,
    next: Option<String>,
}

/// The payments of a month.
pub async fn payments(visit: Visit, Query(asked): Query<AskedMonth>) -> Answer {
    let (lists, today) = (&visit.tenant.lists, visit.tenant.today());
    let month: Option<NaiveDate> = format!("{}-01", asked.mois).parse().ok();
    let month = month.unwrap_or_else(|| first(today));
    let next_month = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let last = next_month.checked_sub_days(Days::new(1)).unwrap_or(month);
    let found = lists.payments((month, last), Cursor::read(&asked.apres).as_ref(), ROWS).await?;
    let totals = lists.totals(today, month).await?;
    let sums: Vec<&Month> = totals.received.iter().filter(|one| one.first == month).collect();
    let all: i64 = sums.iter().map(|one| one.sum.count).sum();
    let amounts: Vec<String> = sums.iter().map(|one| Amount::new(one.sum.cents, one.currency).to_string()).collect();
    let at = |month: NaiveDate, apres: &str| {
        let place = if apres.is_empty() { String::new() } else { format!("&apres={}", encoded(apres)) };
        format!("?mois={}{place}", month.format("%Y-%m"))
    };
    let place = |cursor: Option<&Cursor>| cursor.map(|cursor| at(month, &cursor.to_string()));
    let view = Payments {
        month: month.format("%m/%Y").to_string(),
        told: count(usize::try_from(all).unwrap_or(0), "règlement", "règlements"),
        sum: amounts.join(" + "),
        before: at(month.checked_sub_months(Months::new(1)).unwrap_or(month), ""),
        after: Some(next_month).filter(|next| *next <= today).map(|next| at(next, "")),
        previous: place(found.previous.as_ref()),
        next: place(found.next.as_ref()),
        rows: found.rows,
        frame: Frame::new(&visit, "tableau-de-bord", "Règlements reçus"),
    };
    page(&view)
}
