//! What of a file waits for a person.

use super::{Rank, Stake, payable};
use crate::act::listed;
use crate::dossier::{Dossier, InvoiceFile, OwnTask, Status, effect_key};
use crate::machine::{Action, Channel, PLAN};
use crate::money::Currency;
use crate::program::Program;
use crate::step::suspension;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What kind of work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// To call.
    #[serde(rename = "appel")]
    Call,
    /// To post a letter.
    #[serde(rename = "courrier")]
    Letter,
    /// A task, of a rule or of the engine.
    #[serde(rename = "tache")]
    Task,
    /// To approve something.
    #[serde(rename = "validation")]
    Approval,
    /// To decide how an invoice goes on that can't by itself.
    #[serde(rename = "decision")]
    Decision,
    /// To read what a client replied.
    #[serde(rename = "reponse")]
    Reply,
    /// To mend a script, or an address.
    #[serde(rename = "anomalie")]
    Anomaly,
}

impl WorkKind {
    /// Every kind.
    pub const ALL: [WorkKind; 7] = [
        WorkKind::Call,
        WorkKind::Letter,
        WorkKind::Task,
        WorkKind::Approval,
        WorkKind::Decision,
        WorkKind::Reply,
        WorkKind::Anomaly,
    ];

    /// The word in the base.
    pub fn word(self) -> &'static str {
        match self {
            WorkKind::Call => "appel",
            WorkKind::Letter => "courrier",
            WorkKind::Task => "tache",
            WorkKind::Approval => "validation",
            WorkKind::Decision => "decision",
            WorkKind::Reply => "reponse",
            WorkKind::Anomaly => "anomalie",
        }
    }

    /// The kind of a word in the base.
    pub fn read(word: &str) -> Option<WorkKind> {
        WorkKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Something that waits for a person; as of the day of the last step, see the [module](super).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct WorkItem {
    /// Names it among those of its client; the effect's key of what a rule asks for.
    pub key: String,
    /// What kind of work.
    pub kind: WorkKind,
    /// The key of a task that no rule asks for.
    pub own: Option<String>,
    /// The invoices that it is about, the one that decided it first; none: the client.
    pub invoices: Vec<String>,
    /// Since when, if that is known.
    pub since: Option<NaiveDate>,
    /// The last day on which it can be done.
    pub until: Option<NaiveDate>,
    /// For whom, if the scenario says so.
    pub role: Option<String>,
    /// What to do, in French.
    pub what: String,
    /// What is left to pay of its invoices, in cents; those in another currency than the first are left out.
    pub amount: i64,
    /// In which currency, when it is about an invoice.
    pub currency: Option<Currency>,
    /// Whether nobody is to do it now: all that it asks for is held, promised or disputed.
    pub rests: bool,
    /// What weighs most comes first.
    pub rank: Rank,
}

/// All that waits for a person in a client's file, by key.
pub fn work(program: &Program, dossier: &Dossier, today: NaiveDate) -> Vec<WorkItem> {
    let mut found = Vec::new();
    contacts(program, dossier, today, &mut found);
    for (number, file) in dossier.invoices.iter().filter(|(_, file)| file.is_open() && file.taken_over) {
        of_invoice(program, dossier, number, file, today, &mut found);
    }
    own_tasks(dossier, &mut found);
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}

/// Something about these invoices that ranks by what is left to pay of them.
fn item(dossier: &Dossier, kind: WorkKind, key: String, invoices: Vec<String>, what: String) -> WorkItem {
    let files = || invoices.iter().filter_map(|number| dossier.invoices.get(number));
    let currency = files().next().map(|file| file.invoice.currency());
    let same = files().filter(|file| Some(file.invoice.currency()) == currency);
    let amount = same.fold(0i64, |sum, file| sum.saturating_add(file.balance));
    let rank = Rank::of(currency.filter(|_| amount > 0), amount, 0);
    let (since, until, role, own) = (None, None, None, None);
    WorkItem { key, kind, own, invoices, since, until, role, what, amount, currency, rests: false, rank }
}

/// Calls and letters: one of several invoices stands once. All calls of a client weigh the same, as they are made in one.
fn contacts(program: &Program, dossier: &Dossier, today: NaiveDate, found: &mut Vec<WorkItem>) {
    let mut open = listed(program, dossier, |_| true);
    open.retain(|one| one.invoices.iter().filter_map(|n| dossier.invoices.get(n)).any(|f| f.is_open() && f.taken_over));
    let asked = |number: &String| {
        dossier.invoices.get(number).is_some_and(|file| payable(program, dossier, number, file, today) > 0)
    };
    let calls = open.iter().filter(|one| one.contact.channel == Channel::Call);
    let called: Vec<&str> = calls.flat_map(|one| &one.invoices).map(String::as_str).collect();
    let stake = (!called.is_empty()).then(|| Stake::of(program, dossier, &called, today).rank());
    for one in &open {
        let rests = !one.invoices.iter().any(asked);
        let call = one.contact.channel == Channel::Call;
        let kind = if call { WorkKind::Call } else { WorkKind::Letter };
        let what = Action::Contact(one.contact.clone()).to_string();
        let item = item(dossier, kind, one.key.clone(), one.invoices.clone(), what);
        let rank = stake.clone().filter(|_| call).unwrap_or_else(|| item.rank.clone());
        found.push(WorkItem { since: Some(one.since), rests, rank, ..item });
    }
}

/// Tasks, approvals and what is wrong, of an open invoice.
fn of_invoice(
    program: &Program,
    dossier: &Dossier,
    number: &str,
    file: &InvoiceFile,
    today: NaiveDate,
    found: &mut Vec<WorkItem>,
) {
    let new = |kind: WorkKind, key: String, what: String| item(dossier, kind, key, vec![number.to_owned()], what);
    if let Some(reason) = &file.broken {
        found.push(new(WorkKind::Anomaly, format!("anomalie:{number}"), reason.clone()));
    }
    for (i, what) in undecided(program, file).into_iter().enumerate() {
        found.push(new(WorkKind::Decision, format!("decision:{number}:{}", i + 1), what));
    }
    let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { return };
    let held = || suspension(dossier, number, file, today).is_some();
    for run in &file.runs {
        for (i, state) in run.items.iter().enumerate() {
            let Some(attempt) = scenario.attempt(run.rule, run.stage, i, state.attempt) else { continue };
            let key = || effect_key(number, run.id, run.stage, i, state.attempt);
            let what = || attempt.action.to_string();
            match (&state.status, &attempt.action) {
                // One that has expired by then asks for nothing any more.
                (Status::Approving { until, .. }, _) if today <= *until => found.push(WorkItem {
                    role: attempt.approval.as_ref().and_then(|approval| approval.by.clone()),
                    since: Some(run.since),
                    until: Some(*until),
                    rests: held(),
                    ..new(WorkKind::Approval, key(), what())
                }),
                (Status::Listed { on, within: None, .. }, action) if action.contact().is_none() => {
                    let role = match action {
                        Action::Task { to, .. } => to.clone(),
                        _ => None,
                    };
                    found.push(WorkItem { since: Some(*on), role, ..new(WorkKind::Task, key(), what()) });
                }
                _ => {}
            }
        }
    }
}

/// What no rule asks for. A settled invoice asks for nothing, but the address of its client may be wrong all the same.
fn own_tasks(dossier: &Dossier, found: &mut Vec<WorkItem>) {
    for (i, task) in dossier.tasks.iter().enumerate() {
        let open = task.invoice.as_ref().filter(|n| dossier.invoices.get(*n).is_some_and(InvoiceFile::is_open));
        if task.invoice.is_some() && open.is_none() && !matches!(task.why, OwnTask::Mend(_)) {
            continue;
        }
        // Its key names it for ever; an invoice tells those of several apart that are asked for at once.
        let key = format!("{}:{}", task.key, task.invoice.as_deref().unwrap_or_default());
        let key = if found.iter().any(|item| item.key == key) { format!("{key}:{i}") } else { key };
        let invoices: Vec<String> = task.invoice.iter().cloned().collect();
        let kind = match task.why {
            OwnTask::Read => WorkKind::Reply,
            OwnTask::Mend(_) => WorkKind::Anomaly,
            OwnTask::Claim | OwnTask::Decide | OwnTask::Refusal | OwnTask::Asked => WorkKind::Task,
        };
        let item = item(dossier, kind, key, invoices, task.text.clone());
        found.push(WorkItem { own: Some(task.key.clone()), since: Some(task.on), role: task.to.clone(), ..item });
    }
}

/// Why a person has to decide how an open invoice goes on, in French.
fn undecided(program: &Program, file: &InvoiceFile) -> Vec<String> {
    let Some(reference) = &file.scenario else { return Vec::new() };
    let state = program.scenario(&reference.name).and_then(|scenario| scenario.state(&file.state));
    let mut told = Vec::new();
    if file.entry_failed {
        let title = state.filter(|_| file.state != PLAN).and_then(|state| state.title.as_ref());
        told.push(format!("l’entrée dans « {} » n’a pas abouti", title.unwrap_or(&file.state)));
    }
    // A publication took its state away: nothing fires there any more.
    if state.is_none() {
        told.push(format!(
            "le scénario `{1}` n’a plus d’étape « {0} » : déplacez la facture (événement `saut`)",
            file.state, reference.name
        ));
    }
    told
}
