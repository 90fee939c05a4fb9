//! What waits for somebody, over all clients.

use crate::refusal::Refusal;
use crate::signatures::is_delicate;
use crate::site::{InForce, Tenant};
use chrono::NaiveDate;
use relance_core::day::end_of_day;
use relance_core::dossier::{Dossier, OwnTask, Status, effect_key};
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_core::step::suspension;
use relance_desk::calls::Stake;
use relance_desk::calls::open::{listed, open, payable};
use relance_engine::store::load_readable;
use std::collections::BTreeSet;

/// How many clients are loaded at once.
const CLIENTS: usize = 2_000;

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

/// All of it, what weighs most first.
#[derive(Default)]
pub struct Waiting {
    /// Clients to call.
    pub callers: Vec<String>,
    /// What is to be approved.
    pub approvals: Vec<Item>,
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
}

/// Gathers it.
pub async fn waiting(tenant: &Tenant, in_force: &InForce) -> Result<Waiting, Refusal> {
    let (program, today) = (&in_force.program, tenant.today());
    let at = end_of_day(today, program.zone);
    let (mut found, mut callers) = (Waiting::default(), Vec::new());
    let clients = tenant.store.clients().await?;
    for chunk in clients.chunks(CLIENTS) {
        let (loaded, unreadable) = load_readable(&*tenant.store, chunk, at, false).await?;
        for one in &unreadable {
            let what = format!("ses données ne se lisent pas : {}", one.reason);
            found.anomalies.push(item(&Dossier::new(&one.client), None, what, today));
        }
        for loaded in &loaded {
            let dossier = &loaded.world.dossier;
            let asked = |number: &String| {
                dossier.invoices.get(number).is_some_and(|file| payable(program, dossier, number, file, today) > 0)
            };
            let mut calls = open(program, dossier);
            calls.retain(|call| call.since <= today && call.invoices.iter().any(asked));
            if !calls.is_empty() {
                let numbers: Vec<&str> = calls.iter().flat_map(|call| &call.invoices).map(String::as_str).collect();
                callers.push((Stake::of(program, dossier, &numbers, today).rank(), dossier.client.clone()));
            }
            found.letters += listed(program, dossier, Channel::is_letter).len();
            of_client(&mut found, in_force, dossier, today);
        }
    }
    callers.sort();
    found.callers = callers.into_iter().map(|(_, client)| client).collect();
    for list in [&mut found.approvals, &mut found.tasks, &mut found.broken, &mut found.replies] {
        list.sort_by_key(|item| std::cmp::Reverse(item.amount.map_or(0, |amount| amount.cents)));
    }
    Ok(found)
}

fn of_client(found: &mut Waiting, in_force: &InForce, dossier: &Dossier, today: NaiveDate) {
    let program = &in_force.program;
    for (number, file) in dossier.invoices.iter().filter(|(_, file)| file.is_open() && file.taken_over) {
        if let Some(reason) = &file.broken {
            found.anomalies.push(item(dossier, Some(number), reason.clone(), today));
        } else if file.scenario.is_none() {
            found.anomalies.push(item(dossier, Some(number), "aucun scénario ne la prend".to_owned(), today));
        }
        if let Some(promise) = file.broken_promise.as_ref().filter(|promise| (today - promise.until).num_days() <= 7) {
            let what = format!("promis pour le {}", relance_core::day::french_date(promise.by));
            found.broken.push(item(dossier, Some(number), what, promise.until));
        }
        let Some(scenario) = file.scenario.as_ref().and_then(|scenario| program.scenario(&scenario.name)) else {
            continue;
        };
        let held = suspension(dossier, number, file, today).is_some();
        for run in &file.runs {
            for (i, one) in run.items.iter().enumerate() {
                let Some(attempt) = scenario.attempt(run.rule, run.stage, i, one.attempt) else { continue };
                let key = effect_key(number, run.id, run.stage, i, one.attempt);
                match &one.status {
                    Status::Approving { until, .. } if today <= *until && !held => {
                        let mut item = item(dossier, Some(number), attempt.action.to_string(), run.since);
                        item.key = Some(key);
                        item.until = Some(*until);
                        item.delicate = is_delicate(&attempt.action);
                        item.role = attempt.approval.as_ref().and_then(|approval| approval.by.clone());
                        found.approvals.push(item);
                    }
                    Status::Listed { on, within: None, .. } if attempt.action.contact().is_none() => {
                        let mut item = item(dossier, Some(number), attempt.action.to_string(), *on);
                        item.key = Some(key);
                        found.tasks.push(item);
                    }
                    _ => {}
                }
            }
        }
    }
    let mut told = BTreeSet::new();
    for task in &dossier.tasks {
        if !told.insert((&task.invoice, &task.text)) {
            continue;
        }
        let item = item(dossier, task.invoice.as_deref(), task.text.clone(), task.on);
        match task.why {
            OwnTask::Read => found.replies.push(item),
            OwnTask::Mend(_) => found.anomalies.push(item),
            _ => found.tasks.push(item),
        }
    }
}

fn item(dossier: &Dossier, number: Option<&str>, what: String, since: NaiveDate) -> Item {
    let file = number.and_then(|number| dossier.invoices.get(number));
    let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
    Item {
        client: dossier.client.clone(),
        name: name.clone(),
        invoice: number.map(str::to_owned),
        what,
        key: None,
        since,
        until: None,
        role: None,
        delicate: false,
        amount: file.map(|file| Amount::new(file.balance, file.invoice.currency())),
        act: crate::token(),
    }
}
