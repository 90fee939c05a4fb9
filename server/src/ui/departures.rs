//! What left on a day: e-mails, SMS, letters and calls, each with the invoice that led it.

use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, encoded, filters, page};
use askama::Template;
use axum::extract::Query;
use chrono::NaiveDate;
use relance_core::day::{add_days, end_of_day, start_of_day};
use relance_core::event::Event;
use relance_core::machine::Channel;
use relance_desk::words::long_date;
use relance_engine::store::{DocumentKind, JournalRow};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Rows of a page.
const ROWS: usize = 100;

/// Which day, from which row on.
#[derive(Deserialize)]
pub struct Asked {
    le: Option<NaiveDate>,
    #[serde(default)]
    apres: usize,
}

#[derive(Template)]
#[template(path = "departures.html")]
struct View {
    frame: Frame,
    date: String,
    before: String,
    after: Option<String>,
    all: usize,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    hour: String,
    icon: &'static str,
    what: String,
    client: String,
    invoice: String,
    others: usize,
    /// Where it can be read.
    read: Option<String>,
}

/// The page.
pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let tenant = &visit.tenant;
    let (today, zone) = (tenant.today(), tenant.project().config.creditor.zone);
    let day = asked.le.unwrap_or(today).min(today);
    let entries = tenant.store.journal(None, None, Some(start_of_day(day, zone)), Some(end_of_day(day, zone))).await?;
    // Invoices that left within the message of another one are counted with it.
    let mut others: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut left: Vec<&JournalRow> = Vec::new();
    for row in &entries {
        match &row.entry.event {
            Event::Sent { within: Some(whole), .. } => {
                *others.entry((row.client.as_str(), whole.as_str())).or_default() += 1;
            }
            Event::Sent { channel, .. } if *channel != Channel::Call => left.push(row),
            _ => {}
        }
    }
    left.reverse();
    let all = left.len();
    let mut rows = Vec::new();
    for row in left.iter().skip(asked.apres).take(ROWS) {
        let Event::Sent { key, channel, template, .. } = &row.entry.event else { continue };
        let kept = tenant.store.documents(&row.client).await?;
        let own =
            kept.iter().find(|one| one.key == *key && matches!(one.kind, DocumentKind::Message | DocumentKind::Letter));
        rows.push(Row {
            hour: row.entry.at.with_timezone(&zone).format("%H:%M").to_string(),
            icon: icon(*channel),
            what: template.clone().unwrap_or_default(),
            client: row.client.clone(),
            invoice: row.entry.invoice.clone().unwrap_or_default(),
            others: others.get(&(row.client.as_str(), key.as_str())).copied().unwrap_or_default(),
            read: own.map(|one| {
                format!("{}/clients/{}/{}", visit.home(), encoded(&row.client), super::timeline::address(one))
            }),
        });
    }
    let address = |day: NaiveDate| format!("?le={day}");
    let view = View {
        date: long_date(day),
        before: address(add_days(day, -1)),
        after: (day < today).then(|| address(add_days(day, 1))),
        next: (all > asked.apres + ROWS).then(|| format!("?le={day}&apres={}", asked.apres + ROWS)),
        all,
        rows,
        frame: Frame::new(&visit, "aujourdhui", "Ce qui est parti"),
    };
    page(&view)
}

fn icon(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
        Channel::Call => "telephone",
        Channel::Letter => "courrier",
        Channel::RegisteredLetter => "recommande",
    }
}
