//! What waits for somebody, over all clients: the beginning of each list, the heaviest first, and how much there is of it. Only the
//! clients that are shown are opened.

use crate::refusal::Refusal;
use crate::signatures::is_delicate;
use crate::site::{InForce, Tenant};
use chrono::NaiveDate;
use relance_core::day::{add_days, end_of_day, french_date};
use relance_core::dossier::Dossier;
use relance_core::machine::{Action, Channel};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::view::{Situation, WorkKind};
use relance_engine::store::{Cursor, InvoiceQuery, InvoiceRow, InvoiceSort, WorkRow, load_readable};
use std::collections::BTreeSet;

/// So many of each list are shown at once.
pub const SHOWN: usize = 20;
/// For so many days a broken promise is news.
const OF_LATE: i64 = 7;
/// So many invoices are proposed where one is to be chosen.
const PROPOSED: usize = 30;

/// Something that waits.
pub struct Item {
    /// The client's code.
    pub client: String,
    /// Its name.
    pub name: String,
    /// The invoice; none for the whole client.
    pub invoice: Option<String>,
    /// What, in French.
    pub what: String,
    /// Key of the effect.
    pub key: Option<String>,
    /// The message that it is about: its way's folder and its template.
    pub message: Option<(&'static str, String)>,
    /// Since when.
    pub since: NaiveDate,
    /// Until when.
    pub until: Option<NaiveDate>,
    /// Who is asked.
    pub role: Option<String>,
    /// What is owed.
    pub amount: Option<Amount>,
    /// Its approval takes two people.
    pub delicate: bool,
    /// An identity for what is done about it.
    pub act: String,
}

/// The beginning of all of it.
#[derive(Default)]
pub struct Waiting {
    /// Clients to call.
    pub callers: Vec<String>,
    /// Those after them.
    pub more_callers: Option<Cursor>,
    /// How many calls there are to make.
    pub calls: usize,
    /// What is to be approved.
    pub approvals: Vec<Item>,
    /// How much of it.
    pub all_approvals: usize,
    /// What is out of order.
    pub anomalies: Vec<Item>,
    /// Replies to be read.
    pub replies: Vec<Item>,
    /// Promises that were broken of late.
    pub broken: Vec<Item>,
    /// How many letters are to be posted.
    pub letters: usize,
    /// What else is to be done.
    pub tasks: Vec<Item>,
    /// How much of it.
    pub all_tasks: usize,
}

/// Overdue invoices to try something on, the largest first: number and client. Those of certain scenarios, if given.
pub async fn some_invoices(tenant: &Tenant, scenarios: Option<&[String]>) -> Result<Vec<(String, String)>, Refusal> {
    let late = |scenario: Option<&String>| InvoiceQuery {
        due_to: Some(add_days(tenant.today(), -1)),
        scenario: scenario.cloned(),
        ..InvoiceQuery::default()
    };
    let queries =
        scenarios.map_or_else(|| vec![late(None)], |names| names.iter().map(|name| late(Some(name))).collect());
    let mut found = Vec::new();
    for query in &queries {
        let page = tenant.lists.invoices(query, None, PROPOSED).await?;
        found.extend(page.rows.into_iter().map(|row| (row.view.balance, row.number, row.name)));
    }
    found.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    Ok(found.into_iter().take(PROPOSED).map(|(_, number, name)| (number, name)).collect())
}

/// Gathers it; calls from a place on.
pub async fn waiting(tenant: &Tenant, in_force: &InForce, from: Option<&Cursor>) -> Result<Waiting, Refusal> {
    let (lists, today) = (&tenant.lists, tenant.today());
    let counts = lists.work_counts().await?;
    let count = |kind: WorkKind| counts.get(&kind).and_then(|n| usize::try_from(*n).ok()).unwrap_or(0);
    let first = async |kind: WorkKind| Ok::<_, Refusal>(lists.work(kind, None, SHOWN).await?.rows);
    let callers = lists.work(WorkKind::Call, from, SHOWN).await?;
    let mut told = BTreeSet::new();
    let clients = callers.rows.iter().map(|row| row.client.clone()).filter(|client| told.insert(client.clone()));
    let mut found = Waiting {
        callers: clients.collect(),
        more_callers: callers.next,
        calls: count(WorkKind::Call),
        all_approvals: count(WorkKind::Approval),
        letters: count(WorkKind::Letter),
        all_tasks: count(WorkKind::Task) + count(WorkKind::Decision),
        ..Waiting::default()
    };
    // What has run out since the last step asks for nothing any more.
    let approvals = first(WorkKind::Approval).await?.into_iter();
    let approvals: Vec<WorkRow> = approvals.filter(|row| row.until.is_none_or(|until| today <= until)).collect();
    found.approvals = approving(tenant, &in_force.program, approvals, today).await?;
    let decisions = first(WorkKind::Decision).await?.into_iter().chain(first(WorkKind::Task).await?);
    found.tasks = decisions.map(|row| item(row, today)).collect();
    found.replies = first(WorkKind::Reply).await?.into_iter().map(|row| item(row, today)).collect();
    found.anomalies = first(WorkKind::Anomaly).await?.into_iter().map(|row| item(row, today)).collect();
    let lost = InvoiceQuery { situation: Some(Situation::Unassigned), ..InvoiceQuery::default() };
    for row in lists.invoices(&lost, None, SHOWN).await?.rows {
        found.anomalies.push(of_invoice(row, "aucun scénario ne la prend".to_owned(), today));
    }
    let late = add_days(today, -OF_LATE);
    let broken = InvoiceQuery { sort: InvoiceSort::Broken, from: Some(late), ..InvoiceQuery::default() };
    for row in lists.invoices(&broken, None, SHOWN).await?.rows {
        let by = row.view.broken_promise.unwrap_or(today);
        found.broken.push(of_invoice(row, format!("promis pour le {}", french_date(by)), by));
    }
    Ok(found)
}

/// Approvals, each with the message that it is about.
async fn approving(
    tenant: &Tenant,
    program: &Program,
    rows: Vec<WorkRow>,
    today: NaiveDate,
) -> Result<Vec<Item>, Refusal> {
    let clients: BTreeSet<String> = rows.iter().map(|row| row.client.clone()).collect();
    let clients: Vec<String> = clients.into_iter().collect();
    let (loaded, _) = load_readable(&*tenant.store, &clients, end_of_day(today, program.zone), false).await?;
    let items = rows.into_iter().map(|row| {
        let file = loaded.iter().find(|one| one.world.dossier.client == row.client);
        let action = file.and_then(|one| action(program, &one.world.dossier, &row.key));
        Item { message: action.and_then(message), delicate: action.is_some_and(is_delicate), ..item(row, today) }
    });
    Ok(items.collect())
}

/// What an effect would do.
fn action<'p>(program: &'p Program, dossier: &Dossier, key: &str) -> Option<&'p Action> {
    let (number, ..) = relance_core::dossier::parse_key(key)?;
    let file = dossier.invoices.get(number)?;
    let scenario = program.scenario(&file.scenario.as_ref()?.name)?;
    let found = file.runs.iter().find_map(|run| {
        run.items.iter().enumerate().find_map(|(i, one)| {
            let own = relance_core::dossier::effect_key(number, run.id, run.stage, i, one.attempt);
            (own == key).then(|| scenario.attempt(run.rule, run.stage, i, one.attempt)).flatten()
        })
    });
    Some(&found?.action)
}

/// The message that it sends: its way's folder and its template.
fn message(action: &Action) -> Option<(&'static str, String)> {
    let contact = action.contact()?;
    let way = if contact.channel.is_letter() { Channel::Letter } else { contact.channel };
    Some((way.folder(), contact.template.clone()?))
}

fn item(row: WorkRow, today: NaiveDate) -> Item {
    Item {
        client: row.client,
        name: row.name,
        invoice: row.invoices.into_iter().next(),
        // Names of the language are words for people.
        what: row.what.replace('_', " "),
        // Only what a rule asks for is answered from here.
        key: Some(row.key).filter(|_| row.own.is_none()),
        message: None,
        delicate: false,
        since: row.since.unwrap_or(today),
        until: row.until,
        role: row.role,
        amount: row.amount,
        act: crate::token(),
    }
}

fn of_invoice(row: InvoiceRow, what: String, since: NaiveDate) -> Item {
    Item {
        client: row.client,
        name: row.name,
        invoice: Some(row.number),
        what,
        key: None,
        message: None,
        delicate: false,
        since,
        until: None,
        role: None,
        amount: Some(Amount::new(row.view.balance, row.view.currency)),
        act: crate::token(),
    }
}
