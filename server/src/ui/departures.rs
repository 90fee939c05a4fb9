//! What left on a day: e-mails, SMS, letters and calls, each with the invoice that led it.

use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, encoded, filters, page};
use askama::Template;
use axum::extract::Query;
use chrono::NaiveDate;
use relance_core::day::{civil_date, end_of_day, start_of_day};
use relance_core::event::Event;
use relance_core::machine::Channel;
use relance_desk::words::long_date;
use relance_engine::store::{Cursor, DepartureRow, StoreError};
use serde::Deserialize;

/// Rows of a page.
const ROWS: usize = 100;

/// Which day, from which place on.
#[derive(Deserialize)]
pub struct Asked {
    le: Option<NaiveDate>,
    #[serde(default)]
    apres: String,
}

#[derive(Template)]
#[template(path = "departures.html")]
struct View {
    frame: Frame,
    date: String,
    before: Option<Day>,
    after: Option<Day>,
    all: usize,
    rows: Vec<Row>,
    previous: Option<String>,
    next: Option<String>,
}

/// The nearest day on which something left: its words and its address.
struct Day {
    words: String,
    address: String,
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
    let span = (start_of_day(day, zone), end_of_day(day, zone));
    let from = Cursor::read(&asked.apres);
    let all = tenant.lists.departures_count(span).await?;
    let found = tenant.lists.departures(span, from.as_ref(), ROWS).await?;
    let row = |row: DepartureRow| {
        let Event::Sent { channel, template, .. } = &row.entry.event else { return None };
        Some(Row {
            hour: row.entry.at.with_timezone(&zone).format("%H:%M").to_string(),
            icon: icon(*channel),
            what: template.clone().unwrap_or_default(),
            read: row.kept.as_ref().map(|one| {
                format!("{}/clients/{}/{}", visit.home(), encoded(&row.client), super::timeline::address(one))
            }),
            invoice: row.entry.invoice.unwrap_or_default(),
            client: row.client,
            others: row.others,
        })
    };
    let at = |cursor: Cursor| format!("?le={day}&apres={}", encoded(&cursor.to_string()));
    let (previous, next) = (found.previous.map(at), found.next.map(at));
    let rows: Vec<Row> = found.rows.into_iter().filter_map(row).collect();
    let beside = async |at, later| {
        let found = tenant.lists.departure_beside(at, later).await?;
        let day = found.map(|at| civil_date(at, zone));
        Ok::<_, StoreError>(day.map(|day| Day { words: long_date(day), address: format!("?le={day}") }))
    };
    let (before, after) = (beside(span.0, false).await?, beside(span.1, true).await?);
    let view = View {
        date: long_date(day),
        before,
        after,
        previous,
        next,
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
