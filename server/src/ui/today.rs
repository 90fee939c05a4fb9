//! Aujourd'hui: what waits for somebody, what weighs most first, each with what it takes to be done with it.

use super::act_forms::codes;
use super::filters;
use super::frame::Frame;
use super::invoice::late;
use super::visit::Visit;
use super::{Answer, aside, encoded, page};
use crate::auth::role::Permission;
use crate::refusal::Refusal;
use crate::waiting::{Item, waiting};
use askama::Template;
use axum::extract::Query;
use relance_core::day::{add_days, french_date, start_of_day};
use relance_desk::calls::{self, Call};
use relance_desk::words::{count, long_date};
use relance_engine::store::Cursor;
use relance_engine::template::spoken_phone;
use serde::Deserialize;

/// So many doubts are shown at once.
const SHOWN: usize = crate::waiting::SHOWN;

#[derive(Template)]
#[template(path = "today.html")]
struct View {
    frame: Frame,
    date: String,
    today: String,
    /// A promise is often for a week later.
    in_a_week: String,
    calls: Vec<ShownCall>,
    all_calls: usize,
    more_calls: Option<String>,
    resting: usize,
    approvals: Vec<Item>,
    all_approvals: usize,
    may_approve: bool,
    may_note: bool,
    anomalies: Vec<Item>,
    replies: Vec<Item>,
    broken: Vec<Item>,
    doubts: Vec<Doubt>,
    letters: usize,
    tasks: Vec<Item>,
    all_tasks: usize,
    left: Vec<(&'static str, &'static str, usize)>,
    codes: Vec<(String, String)>,
    requests: super::requests::Requests,
}

impl View {
    /// Whether something waits that takes two people.
    fn delicate(&self) -> bool {
        self.approvals.iter().any(|item| item.delicate)
    }
}

/// A call as the page shows it.
struct ShownCall {
    call: Call,
    key: String,
    /// The invoice that leads it.
    invoice: String,
    stake: String,
    phone: Option<(String, String)>,
    who: String,
    late: String,
    invoices: String,
    broken: Option<String>,
    act: String,
}

/// A message of which nobody knows whether it left.
struct Doubt {
    invoice: String,
    client: String,
    key: String,
    what: String,
    why: String,
    act: String,
}

/// Where the calls begin.
#[derive(Deserialize)]
pub struct From {
    apres: Option<String>,
}

/// The page.
pub async fn show(visit: Visit, Query(from): Query<From>) -> Answer {
    aside(shown(visit, from)).await
}

async fn shown(visit: Visit, from: From) -> Answer {
    let tenant = &visit.tenant;
    let (project, in_force, today) = (tenant.project(), tenant.in_force().await?, tenant.today());
    let place = from.apres.as_deref().and_then(Cursor::read);
    let waits = waiting(tenant, &in_force, place.as_ref()).await?;
    let sender = project.sender()?;
    let (store, program) = (&*tenant.store, &in_force.program);
    let (list, _) = calls::list((&project, &sender, program), store, &waits.callers, today, true).await?;
    let (doubts, _) = tenant.store.in_doubt().await?;
    let view = View {
        date: long_date(today),
        today: today.to_string(),
        in_a_week: add_days(today, 7).to_string(),
        all_calls: waits.calls,
        more_calls: waits.more_callers.map(|next| encoded(&next.to_string())),
        resting: list.en_pause,
        calls: list.appels.into_iter().filter_map(call).collect(),
        all_approvals: waits.all_approvals,
        approvals: waits.approvals,
        may_approve: visit.allows(Permission::Approve),
        may_note: visit.allows(Permission::Calls),
        anomalies: waits.anomalies,
        replies: waits.replies,
        broken: waits.broken,
        doubts: doubts.into_iter().take(SHOWN).map(doubt).collect(),
        letters: waits.letters,
        all_tasks: waits.all_tasks,
        tasks: waits.tasks,
        left: Vec::new(),
        codes: codes(),
        requests: super::requests::open(&visit).await?,
        frame: Frame::new(&visit, "aujourdhui", "Aujourd’hui"),
    };
    let view = left(&visit, view).await?;
    page(&view)
}

fn call(call: Call) -> Option<ShownCall> {
    let first = call.factures.first()?;
    let stake: Vec<String> = call.enjeu.iter().map(ToString::to_string).collect();
    let who: Vec<&str> = [&call.interlocuteur, &call.role].into_iter().flatten().map(String::as_str).collect();
    Some(ShownCall {
        key: first.cle.clone(),
        invoice: first.numero.clone(),
        stake: stake.join(" + "),
        phone: call.telephone.as_deref().map(|phone| (phone.to_owned(), spoken_phone(phone))),
        who: who.join(", "),
        late: late(call.retard),
        invoices: count(call.enjeu_factures, "facture", "factures"),
        broken: (call.promesses_rompues > 0)
            .then(|| count(call.promesses_rompues as usize, "promesse rompue", "promesses rompues")),
        act: crate::token(),
        call,
    })
}

fn doubt(doubt: relance_engine::store::Doubt) -> Doubt {
    let template = doubt.message.template.as_deref().unwrap_or_default();
    Doubt {
        invoice: doubt.message.invoice.clone(),
        what: format!("{} {template}", doubt.channel),
        why: doubt.detail.unwrap_or_default(),
        client: doubt.client,
        key: doubt.key,
        act: crate::token(),
    }
}

/// What left since this morning.
async fn left(visit: &Visit, mut view: View) -> Result<View, Refusal> {
    let tenant = &visit.tenant;
    let zone = tenant.project().config.creditor.zone;
    let mails = tenant.lists.mails_since(start_of_day(tenant.today(), zone)).await?;
    view.left = vec![("email", "Courriels", mails), ("courrier", "Courriers à poster", view.letters)];
    Ok(view)
}

/// « demandée le 20/11/2026, possible jusqu’au 04/12/2026 ».
pub fn until(item: &Item) -> String {
    let since = french_date(item.since);
    match item.until {
        Some(day) => format!("demandée le {since}, possible jusqu’au {}", french_date(day)),
        None => format!("depuis le {since}"),
    }
}
