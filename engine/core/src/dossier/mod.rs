//! The client's file (dossier): its invoices with one machine instance each, its credits, its contacts. The state is the fold of
//! the journal: nothing but [`Dossier::apply`](crate::event) changes it.

mod addresses;
mod movement;
mod returnable;
mod run;
mod segment;
mod sent;
mod tasks;
mod waivers;

pub use addresses::{AddressNews, BadAddress};
pub use movement::{FormalNotice, Movement, MovementKind};
pub use returnable::Returnable;
pub use run::{Approved, ItemState, Noted, Origin, Run, Status, contact_unit, effect_key, parse_key};
pub use segment::ChosenSegment;
pub use sent::{SentMessage, TRACKING_DAYS};
pub use tasks::{OpenTask, OwnTask};
pub use waivers::Waivers;

use crate::day::Instant;
use crate::incoming::{Customer, Incoming, Invoice};
use crate::machine::{Channel, PLAN, Trigger};
use crate::money::Currency;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A rule's identity across versions of its scenario: a digest of what it says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RuleKey(pub u64);

/// Everything about one client of one creditor.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Dossier {
    /// The client's code.
    pub client: String,
    /// The client's data as last imported.
    pub customer: Customer,
    /// Unallocated credits in cents, by currency.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub credits: BTreeMap<Currency, i64>,
    /// Contacts that count for the cap, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactRecord>,
    /// Over settled invoices: how many, and the sum of their delays in days.
    #[serde(default)]
    pub settled: (u32, i64),
    /// Channels for which a task to mend the client's address is open.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub to_mend: BTreeSet<Channel>,
    /// Addresses at which nobody is, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad_addresses: Vec<BadAddress>,
    /// Open tasks that no rule asks for, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<OpenTask>,
    /// Why a person stopped the reminders of the whole client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The last day of that, when it is a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_until: Option<NaiveDate>,
    /// The segment that a person has chosen, whatever data and rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_segment: Option<ChosenSegment>,
    /// Date of the judgment that opened insolvency proceedings; debts from before it are frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insolvent: Option<NaiveDate>,
    /// What came about invoices that are not known yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<Incoming>,
    /// Digest of the set of scenarios that assigned the invoices; 0 before the first.
    #[serde(default)]
    pub program: u64,
    /// The day on which the segment or the owner of the client last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resegmented: Option<NaiveDate>,
    /// The moment of the last step.
    #[serde(default)]
    pub clock: Option<Instant>,
    /// Number of journal entries so far.
    #[serde(default)]
    pub entries: u64,
    /// Invoices by number. Settled ones may be left out when nothing concerns them.
    #[serde(skip)]
    pub invoices: BTreeMap<String, InvoiceFile>,
}

/// A contact that counts for the cap.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ContactRecord {
    /// The civil date.
    pub on: NaiveDate,
    /// What counts as one: the contacts of one `a et b`.
    pub unit: String,
    /// The effect's key.
    pub key: String,
}

/// One invoice and its machine instance.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct InvoiceFile {
    /// The data; `due` follows what was moved, `amount` stays as issued.
    pub invoice: Invoice,
    /// What is left to pay, in cents, never negative.
    pub balance: i64,
    /// What was paid over the amount; counted in the client's credits.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub surplus: i64,
    /// Payments, reversals and credit notes, in the order in which they became known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub movements: Vec<Movement>,
    /// Its first formal notice: a consumer's interest runs from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<FormalNotice>,
    /// When Relance takes it over.
    pub takeover: Instant,
    /// Whether it has.
    #[serde(default)]
    pub taken_over: bool,
    /// The day on which the balance reached 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_on: Option<NaiveDate>,
    /// Whether `soldée` has been an event already.
    #[serde(default, skip_serializing_if = "is_false")]
    pub settled_once: bool,
    /// The open disputes, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// The running promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// The last promise that was broken: what messages about it say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_promise: Option<Promise>,
    /// How many promises were broken.
    #[serde(default, skip_serializing_if = "is_zero_u32")]
    pub promises_broken: u32,
    /// The announced payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Announced>,
    /// Last day of the hold after a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_until: Option<NaiveDate>,
    /// Last day of the hold after a reopening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_until: Option<NaiveDate>,
    /// Why a person stopped the reminders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The last day of that, when it is a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_until: Option<NaiveDate>,
    /// What the company has given up of what it may claim besides the principal.
    #[serde(default, skip_serializing_if = "Waivers::is_none")]
    pub waived: Waivers,
    /// Whether the due date was moved after take-over.
    #[serde(default, skip_serializing_if = "is_false")]
    pub due_moved: bool,
    /// A reaction replaced the hold until the moved due date.
    #[serde(default, skip_serializing_if = "is_false")]
    pub due_hold_lifted: bool,
    /// Since when it is suspended, as journaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_since: Option<NaiveDate>,
    /// Dates of the reminders, oldest first, with what counts as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<(NaiveDate, String)>,
    /// The scenario that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<ScenarioRef>,
    /// Since when its scenario was chosen, and whether it is to be read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_on: Option<NaiveDate>,
    /// The client's segment or the invoice's owner changed since the scenario was chosen.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reselect: bool,
    /// The segment that a rule gives its client; `None` leaves what the data say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// The state of the machine.
    #[serde(default = "plan", skip_serializing_if = "is_plan")]
    pub state: String,
    /// How many states it has entered: what started in an earlier visit of the same state is not of this one.
    #[serde(default, skip_serializing_if = "is_zero_u32")]
    pub visit: u32,
    /// Every state that it has been in, but for the plan.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub visited: BTreeSet<String>,
    /// Day 0 of the clock of the state; `None` until the actions of the entry are done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<NaiveDate>,
    /// The same for what counts working days, once a suspension has ended since: it stopped for the working days in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_clock: Option<NaiveDate>,
    /// An action of the entry was refused, expired or failed: the clock of the state does not start.
    #[serde(default, skip_serializing_if = "is_false")]
    pub entry_failed: bool,
    /// The highest rung reached in the state, in days from the due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// The day of that rung when it was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_day: Option<NaiveDate>,
    /// `rattrapage pas à pas`: the day on which the last rung's first contact was really sent, or its sequence was over without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stepped_on: Option<NaiveDate>,
    /// `tous les n j`: the last multiple that fired, and how often the rule fired, in the state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ticks: BTreeMap<RuleKey, Ticks>,
    /// `suspendre`: held by a rule, until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_hold: Option<RuleHold>,
    /// Who got a `transmettre`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handed_over: Vec<String>,
    /// A script failed on it: it is stopped until the script is mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// Events whose answer a script keeps from being chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<(Trigger, Option<String>)>,
    /// A script keeps the actions of the entry from being chosen.
    #[serde(default, skip_serializing_if = "is_false")]
    pub entry_pending: bool,
    /// Its due dates, when it is paid in instalments, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instalments: Vec<Instalment>,
    /// The instalment that `retard` and the rungs follow.
    #[serde(default, skip_serializing_if = "is_zero_usize")]
    pub instalment: usize,
    /// Rules that fired or were skipped for good.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fired: BTreeSet<RuleKey>,
    /// Those of them that did not fire: they were due, or held, when the invoice moved to another plan or was resumed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub set_aside: BTreeSet<RuleKey>,
    /// Rungs recorded as skipped, in days from the due date.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skipped: BTreeSet<i64>,
    /// After a reaction planned a contact, rungs with a contact wait until the cap allows.
    #[serde(default, skip_serializing_if = "is_false")]
    pub after_reaction: bool,
    /// Why a rung that is due is held back, as journaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
    /// Sequences that run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// Messages accepted in this visit of the state that may still come back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returnable: Vec<Returnable>,
    /// Every message that left and may still come back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<SentMessage>,
    /// Sequences that were pending when the invoice was settled, in case it reopens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Run>,
    /// Number of the last run.
    #[serde(default)]
    pub last_run: u32,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

fn is_zero_u32(n: &u32) -> bool {
    *n == 0
}

pub(crate) fn is_false(b: &bool) -> bool {
    !b
}

fn is_zero_usize(n: &usize) -> bool {
    *n == 0
}

fn plan() -> String {
    PLAN.to_owned()
}

fn is_plan(state: &str) -> bool {
    state == PLAN
}

/// How often a repeated rule fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Ticks {
    /// The last multiple that fired.
    pub last: u32,
    /// How often it fired.
    pub count: u32,
}

/// A hold by `suspendre`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RuleHold {
    /// Last day; `None` until `reprendre` or a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// The run that suspended: it goes on.
    pub run: u32,
}

impl RuleHold {
    /// Whether it holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.until.is_none_or(|until| day <= until)
    }
}

/// One of several due dates of an invoice.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Instalment {
    /// Its due date.
    pub due: NaiveDate,
    /// What is to be paid then, in cents.
    pub amount: i64,
    /// Whether it was missed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub missed: bool,
    /// How far the rungs were when the invoice went on to another instalment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Box<Progress>>,
}

/// How far the rungs of a state are.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// See [`InvoiceFile::position`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// See [`InvoiceFile::position_day`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_day: Option<NaiveDate>,
    /// See [`InvoiceFile::fired`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fired: BTreeSet<RuleKey>,
    /// See [`InvoiceFile::skipped`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skipped: BTreeSet<i64>,
}

/// A scenario in one version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScenarioRef {
    /// Its name.
    pub name: String,
    /// The machine's hash.
    pub hash: String,
}

/// An open dispute.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Dispute {
    /// The part in dispute in cents; `None` is everything.
    pub amount: Option<i64>,
    /// Since when.
    pub since: NaiveDate,
    /// A reaction replaced the pause of the amount.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unpaused: bool,
}

/// A running promise.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Promise {
    /// The day promised.
    pub by: NaiveDate,
    /// Last day on which it is kept: `by` + 2 business days.
    pub until: NaiveDate,
    /// What was promised in cents; `None` is everything.
    pub amount: Option<i64>,
    /// What was paid since, in cents.
    pub paid: i64,
    /// A reaction replaced the pause of the amount.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unpaused: bool,
}

/// A payment announced.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Announced {
    /// Cents; `None` is everything.
    pub amount: Option<i64>,
    /// Last day of the pause.
    pub until: NaiveDate,
    /// A reaction replaced the pause of the amount.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unpaused: bool,
}

impl Dossier {
    /// An empty file for a client.
    pub fn new(client: &str) -> Dossier {
        Dossier { client: client.to_owned(), ..Dossier::default() }
    }
}

impl InvoiceFile {
    /// An invoice that has just become known.
    pub fn new(invoice: Invoice, takeover: Instant) -> InvoiceFile {
        let invoice_instalments = instalments(&invoice.instalments);
        InvoiceFile {
            balance: invoice.amount.cents.max(0),
            invoice,
            surplus: 0,
            movements: Vec::new(),
            notice: None,
            takeover,
            taken_over: false,
            settled_on: None,
            settled_once: false,
            disputes: Vec::new(),
            promise: None,
            broken_promise: None,
            promises_broken: 0,
            announced: None,
            reply_until: None,
            reopened_until: None,
            stopped: None,
            stopped_until: None,
            waived: Waivers::default(),
            due_moved: false,
            due_hold_lifted: false,
            suspended_since: None,
            reminders: Vec::new(),
            scenario: None,
            selected_on: None,
            reselect: false,
            segment: None,
            state: plan(),
            visit: 0,
            visited: BTreeSet::new(),
            clock: None,
            business_clock: None,
            entry_failed: false,
            position: None,
            position_day: None,
            stepped_on: None,
            ticks: BTreeMap::new(),
            rule_hold: None,
            handed_over: Vec::new(),
            broken: None,
            unanswered: Vec::new(),
            entry_pending: false,
            instalments: invoice_instalments,
            instalment: 0,
            fired: BTreeSet::new(),
            set_aside: BTreeSet::new(),
            skipped: BTreeSet::new(),
            after_reaction: false,
            withheld: None,
            runs: Vec::new(),
            returnable: Vec::new(),
            sent: Vec::new(),
            parked: Vec::new(),
            last_run: 0,
        }
    }

    /// Whether something is left to pay.
    pub fn is_open(&self) -> bool {
        self.balance > 0
    }

    /// Whether time or a message may still change anything of it.
    pub fn is_active(&self) -> bool {
        self.is_open() || !self.taken_over || !self.runs.is_empty()
    }

    /// What is in dispute and paused for that, in cents, at most the balance.
    pub fn disputed(&self) -> i64 {
        let parts = self.disputes.iter().filter(|d| !d.unpaused).map(|d| d.amount.unwrap_or(self.balance));
        parts.fold(0i64, i64::saturating_add).clamp(0, self.balance)
    }

    /// What is promised and not paid yet, in cents, at most the balance.
    pub fn promised(&self) -> i64 {
        self.promise
            .as_ref()
            .filter(|p| !p.unpaused)
            .map_or(0, |p| p.amount.map_or(self.balance, |a| a - p.paid).clamp(0, self.balance))
    }

    /// What is announced, in cents, at most the balance, while `today` is in its pause.
    pub fn announced(&self, today: NaiveDate) -> i64 {
        match &self.announced {
            Some(a) if today <= a.until && !a.unpaused => a.amount.unwrap_or(self.balance).min(self.balance),
            _ => 0,
        }
    }

    /// What is left to pay of the instalments after the `i`-th, in cents.
    fn after_instalment(&self, i: usize) -> i64 {
        self.instalments.iter().skip(i + 1).map(|part| part.amount).fold(0i64, i64::saturating_add)
    }

    /// Whether the `i`-th instalment is paid: the balance is covered by those after it.
    pub fn is_paid(&self, i: usize) -> bool {
        self.balance <= self.after_instalment(i)
    }

    /// The first instalment that is not paid.
    pub fn current_instalment(&self) -> Option<usize> {
        (0..self.instalments.len()).find(|i| !self.is_paid(*i))
    }

    /// What is not due yet because its instalment comes later, in cents, at most the balance.
    pub fn to_come(&self, today: NaiveDate) -> i64 {
        let Some(current) = self.current_instalment() else { return 0 };
        let due = self.instalments.iter().rposition(|part| part.due <= today);
        self.after_instalment(due.map_or(current, |due| due.max(current))).clamp(0, self.balance)
    }

    /// Whether an action of the entry into its state is still to be done.
    pub fn enters(&self) -> bool {
        self.runs.iter().any(|run| self.is_entry(run))
    }

    /// Whether a run is of the entry into the state in which the invoice is, in this visit of it.
    pub fn is_entry(&self, run: &Run) -> bool {
        matches!(run.origin, Origin::Entry(_)) && run.visit == self.visit
    }

    /// The run of this number.
    pub fn run(&self, id: u32) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }
}

/// The instalments of an invoice as imported, by date.
pub fn instalments(parts: &[crate::incoming::DueAmount]) -> Vec<Instalment> {
    let mut all: Vec<Instalment> = parts
        .iter()
        .map(|part| Instalment { due: part.due, amount: part.amount.cents, missed: false, left: None })
        .collect();
    all.sort_by_key(|part| part.due);
    all
}
