//! What of a file waits for a person.

use super::calls::{listed, payable};
use super::{Rank, Stake};
use crate::dossier::{Dossier, InvoiceFile, OwnTask, Status, effect_key};
use crate::machine::{Action, Channel, PLAN};
use crate::money::Currency;
use crate::program::Program;
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
    /// To mend a script.
    #[serde(rename = "anomalie")]
    Anomaly,
}

impl WorkKind {
    /// Every kind.
    pub const ALL: [WorkKind; 6] =
        [WorkKind::Call, WorkKind::Letter, WorkKind::Task, WorkKind::Approval, WorkKind::Decision, WorkKind::Anomaly];

    /// The word in the base.
    pub fn word(self) -> &'static str {
        match self {
            WorkKind::Call => "appel",
            WorkKind::Letter => "courrier",
            WorkKind::Task => "tache",
            WorkKind::Approval => "validation",
            WorkKind::Decision => "decision",
            WorkKind::Anomaly => "anomalie",
        }
    }

    /// The kind of a word in the base.
    pub fn read(word: &str) -> Option<WorkKind> {
        WorkKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Something that waits for a person; as of the day of the last step, see the [module](super).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkItem {
    /// Names it among those of its client: the effect's key, if there is one.
    pub key: String,
    /// What kind of work.
    pub kind: WorkKind,
    /// Why, when the engine asks for it by itself.
    pub own: Option<OwnTask>,
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

/// Calls and letters: one of several invoices stands once. Calls come in the order in which clients are called.
fn contacts(program: &Program, dossier: &Dossier, today: NaiveDate, found: &mut Vec<WorkItem>) {
    for open in listed(program, dossier, |_| true) {
        let asked = |number: &String| {
            dossier.invoices.get(number).is_some_and(|file| payable(program, dossier, number, file, today) > 0)
        };
        if !open.invoices.iter().any(|n| dossier.invoices.get(n).is_some_and(|f| f.is_open() && f.taken_over)) {
            continue;
        }
        let rests = !open.invoices.iter().any(asked);
        let call = open.contact.channel == Channel::Call;
        let kind = if call { WorkKind::Call } else { WorkKind::Letter };
        let what = Action::Contact(open.contact.clone()).to_string();
        let item = item(dossier, kind, open.key, open.invoices, what);
        let called: Vec<&str> = item.invoices.iter().map(String::as_str).collect();
        let rank = if call { Stake::of(program, dossier, &called, today).rank() } else { item.rank.clone() };
        found.push(WorkItem { since: Some(open.since), rests, rank, ..item });
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
    let mut add = |kind: WorkKind, key: String, what: String| {
        found.push(item(dossier, kind, key, vec![number.to_owned()], what));
        found.last_mut()
    };
    if let Some(reason) = &file.broken {
        add(WorkKind::Anomaly, format!("anomalie:{number}"), reason.clone());
    }
    for (i, what) in undecided(program, file).into_iter().enumerate() {
        add(WorkKind::Decision, format!("decision:{number}:{}", i + 1), what);
    }
    let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { return };
    for run in &file.runs {
        for (i, state) in run.items.iter().enumerate() {
            let Some(attempt) = scenario.attempt(run.rule, run.stage, i, state.attempt) else { continue };
            let key = || effect_key(number, run.id, run.stage, i, state.attempt);
            let what = || attempt.action.to_string();
            match (&state.status, &attempt.action) {
                // One that has expired by then asks for nothing any more.
                (Status::Approving { until, .. }, _) if today <= *until => {
                    if let Some(item) = add(WorkKind::Approval, key(), what()) {
                        item.role = attempt.approval.as_ref().and_then(|approval| approval.by.clone());
                        (item.since, item.until) = (Some(run.since), Some(*until));
                    }
                }
                (Status::Listed { on, within: None, .. }, action) if action.contact().is_none() => {
                    if let Some(item) = add(WorkKind::Task, key(), what()) {
                        item.since = Some(*on);
                        item.role = match action {
                            Action::Task { to, .. } => to.clone(),
                            _ => None,
                        };
                    }
                }
                _ => {}
            }
        }
    }
}

/// What the engine asks for by itself. A settled invoice asks for nothing, but the address of its client may be wrong all the same.
fn own_tasks(dossier: &Dossier, found: &mut Vec<WorkItem>) {
    for (i, task) in dossier.tasks.iter().enumerate() {
        let open = task.invoice.as_ref().filter(|n| dossier.invoices.get(*n).is_some_and(InvoiceFile::is_open));
        if task.invoice.is_some() && open.is_none() && !matches!(task.why, OwnTask::Mend(_)) {
            continue;
        }
        // Tasks have no key of their own: which of those of its invoice it is tells them apart.
        let about = task.invoice.as_deref().unwrap_or_default();
        let before = dossier.tasks.iter().take(i).filter(|other| other.invoice == task.invoice).count();
        let key = format!("moteur:{about}:{}", before + 1);
        let invoices: Vec<String> = task.invoice.iter().cloned().collect();
        let item = item(dossier, WorkKind::Task, key, invoices, task.text.clone());
        found.push(WorkItem { own: Some(task.why), since: Some(task.on), ..item });
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
