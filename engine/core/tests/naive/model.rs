//! What the naive interpreter remembers: plain lists, nothing precomputed.

use crate::generate::{Others, ZONE};
use chrono::NaiveDate;
use relance_core::day::{Instant, start_of_day};
use relance_core::incoming::{Customer, Incoming, Invoice};
use relance_core::machine::{Clock, Machine, PLAN, RuleId, Sequence, Settings, State, Trigger};
use relance_core::money::Currency;
use relance_core::simulate::People;
use std::collections::BTreeMap;

/// Something that people can observe, as a short sentence.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Seen {
    pub invoice: String,
    pub at: Instant,
    pub what: String,
}

/// A client's file as it stands.
#[derive(Clone)]
pub struct File {
    pub now: Instant,
    pub today: NaiveDate,
    /// Minutes after midnight.
    pub minute: u16,
    pub client: String,
    pub customer: Customer,
    pub credits: BTreeMap<Currency, i64>,
    pub contacts: Vec<Contacted>,
    pub stopped: bool,
    pub stopped_until: Option<NaiveDate>,
    pub insolvent: Option<NaiveDate>,
    /// In the order of their numbers.
    pub invoices: Vec<Inv>,
    /// Channels for which a task to mend the address is open.
    pub to_mend: Vec<&'static str>,
    /// Messages of carriers, in the order in which they left.
    pub sent: Vec<Sent>,
}

/// An invoice's part of a message.
#[derive(Clone, PartialEq, Debug)]
pub struct Sent {
    /// What names the message that it is part of: invoice, run, stage and item of the leader.
    pub within: (String, u32, usize, usize),
    pub invoice: String,
    pub channel: &'static str,
    /// The run as it was.
    pub run: Run,
    pub k: usize,
    pub attempt: usize,
    pub accepted: Option<NaiveDate>,
    /// In which visit of a state.
    pub visit: u32,
    /// A higher rung has fired since.
    pub superseded: bool,
}

/// A contact that counts for the cap.
#[derive(Clone, PartialEq, Debug)]
pub struct Contacted {
    pub on: NaiveDate,
    /// What counts as one.
    pub unit: String,
    /// Invoice, run, stage and item.
    pub by: (String, u32, usize, usize),
}

/// A promise, or a payment announced.
#[derive(Clone, PartialEq, Debug)]
pub struct Pause {
    pub amount: Option<i64>,
    /// Last day.
    pub until: NaiveDate,
    pub paid: i64,
    /// A reaction replaced the pause of the amount.
    pub unpaused: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Instalment {
    pub due: NaiveDate,
    pub amount: i64,
    pub missed: bool,
    /// How far the rungs were when the invoice went on to another instalment.
    pub left: Option<Progress>,
}

/// How far the rungs of a state are.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Progress {
    pub position: Option<i64>,
    pub position_day: Option<NaiveDate>,
    pub fired: Vec<RuleId>,
    /// What the rules said that fired in scenarios that the invoice has left.
    pub said: Vec<String>,
    pub skipped: Vec<i64>,
}

/// One invoice and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Inv {
    pub number: String,
    pub data: Invoice,
    /// The due date that counts now.
    pub due: NaiveDate,
    pub balance: i64,
    /// What was paid over the amount.
    pub surplus: i64,
    pub paid_in: i64,
    /// When it came, and the moment and the day of take-over, which the data may have put before that.
    pub came: Instant,
    pub taken_over_at: Instant,
    pub taken_over: NaiveDate,
    pub settled_on: Option<NaiveDate>,
    pub settled_once: bool,
    /// Amount in dispute (none: all of it), and whether a reaction lifted the pause.
    pub disputes: Vec<(Option<i64>, bool)>,
    pub promise: Option<Pause>,
    pub promises_broken: i64,
    pub announced: Option<Pause>,
    pub reply_until: Option<NaiveDate>,
    pub reopened_until: Option<NaiveDate>,
    pub stopped: bool,
    pub stopped_until: Option<NaiveDate>,
    pub due_moved: bool,
    pub due_hold_lifted: bool,
    /// `suspendre`: until when, and by which run.
    pub rule_hold: Option<(Option<NaiveDate>, u32)>,
    pub suspended_since: Option<NaiveDate>,
    pub reminders: Vec<(NaiveDate, String)>,
    /// Index of its scenario.
    pub scenario: Option<usize>,
    pub selected_on: Option<NaiveDate>,
    /// Its scenario was published anew while it was settled.
    pub stale: bool,
    pub reselect: bool,
    pub segment: Option<String>,
    pub state: String,
    pub visited: Vec<String>,
    /// Day 0 of the clock of the state.
    pub clock: Option<NaiveDate>,
    /// The same for what counts working days: each of them that was spent suspended makes it a working day later.
    pub working_clock: Option<NaiveDate>,
    pub entry_failed: bool,
    pub progress: Progress,
    /// `rattrapage pas à pas`: when the last rung really contacted.
    pub stepped_on: Option<NaiveDate>,
    /// Per repeated rule: the last multiple, how often.
    pub ticks: Vec<(RuleId, u32, u32)>,
    /// The same of scenarios that the invoice has left, by what the rules say.
    pub ticks_left: Vec<(String, u32, u32)>,
    /// A reaction planned a contact: rungs with a contact wait.
    pub after_reaction: bool,
    pub handed_over: Vec<String>,
    pub instalments: Vec<Instalment>,
    pub instalment: usize,
    pub runs: Vec<Run>,
    pub parked: Vec<Run>,
    pub last_run: u32,
    /// Counts the states entered, the instalments begun and the settlements: what left before cannot be mended after.
    pub visit: u32,
    /// Counts the states entered alone.
    pub stay: u32,
    pub external: Option<String>,
}

/// What started a sequence.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Origin {
    /// The day of the entry, from the due date.
    Entry(i64),
    /// A rung with a contact to the client or an `aller à`: its day, from the due date.
    Rung(i64, Clock),
    /// A rung without.
    Internal(i64, Clock),
    Free,
    Reaction(Trigger),
}

impl Origin {
    /// Whether it is a rung below 0 of the due date's clock.
    pub fn is_early(self) -> bool {
        matches!(self, Origin::Rung(n, Clock::Due) | Origin::Internal(n, Clock::Due) if n < 0)
    }
}

/// A sequence that runs.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    pub id: u32,
    pub rule: RuleId,
    pub origin: Origin,
    /// The state whose rule it is.
    pub state: String,
    /// In which stay in a state it began.
    pub stay: u32,
    pub fired_on: NaiveDate,
    /// The stage that is next or running.
    pub stage: usize,
    /// When the stage before was done.
    pub reached: NaiveDate,
    /// The day on which the stage begins.
    pub ready: NaiveDate,
    /// It waits working days for that.
    pub working_days: bool,
    /// Empty until the stage begins.
    pub items: Vec<Item>,
    pub started: bool,
    /// A contact of it has left.
    pub contacted: bool,
    /// An action of it failed for good, without a fallback.
    pub failed: bool,
    /// It joined an `aller à` and outlives its state.
    pub survivor: bool,
    /// One of an earlier stage did: what never follows a failure is left out.
    pub after_failure: bool,
    /// The rung on which the invoice stood before the instant's first firing.
    pub standing: Option<i64>,
    /// The states that were left before its own.
    pub visited: Option<Vec<String>>,
    /// An approval was refused or expired.
    pub refused: bool,
    /// The formal notice in it needs no earlier reminder.
    pub lifted: bool,
    /// A message of this run came back late: this is its fallback, for which what is left of that one waits.
    pub repairs: Option<u32>,
    /// The scenario that has its rule was left while it was put aside.
    pub lost: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    pub attempt: usize,
    pub status: Status,
    /// A carrier could not take it for now: how often, and when it is tried again.
    pub tries: u32,
    pub not_before: Option<Instant>,
    /// The template of the message that it left in.
    pub template: String,
    /// What stood when it was approved: balance and rung.
    pub approved: Option<(i64, Option<i64>)>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Status {
    /// A contact that waits to leave, or an action that is about to be done.
    Waiting,
    /// Left in this round; the carrier's answer comes with the next.
    Left,
    /// Nobody knows whether the carrier took it.
    Doubt,
    /// On somebody's list; how often a call was tried.
    Listed {
        tries: u32,
    },
    /// Waits for an approval; what stood when it was asked.
    Approving {
        until: NaiveDate,
        balance: i64,
        position: Option<i64>,
    },
    Done,
    Failed,
}

impl Run {
    /// The run whose chain it belongs to.
    pub fn chain(&self) -> u32 {
        self.repairs.unwrap_or(self.id)
    }
}

impl Status {
    pub fn is_over(self) -> bool {
        matches!(self, Status::Done | Status::Failed)
    }
}

/// The interpreter.
pub struct Naive<'a> {
    /// Every version that was published, one after the other; in each, in the order in which their selections are tried.
    pub machines: Vec<&'a Machine>,
    /// Those that count now.
    pub current: std::ops::Range<usize>,
    pub people: People,
    pub others: Others<'a>,
    pub file: File,
    /// The file as it was before the first firing of the instant: what guards read.
    pub facts: File,
    pub log: Vec<Seen>,
    pub orphans: Vec<Incoming>,
    /// Events of this round for reactions: invoice, event, name.
    pub events: Vec<(usize, Trigger, Option<String>)>,
    /// What is taken in now is history.
    pub quiet: bool,
    /// Other scenarios count from this moment on.
    pub republished: bool,
}

impl Inv {
    pub fn new(number: &str, data: &Invoice, now: Instant, today: NaiveDate) -> Inv {
        let taken_over = data.taken_over.unwrap_or(today);
        Inv {
            number: number.to_owned(),
            data: data.clone(),
            due: data.due,
            balance: data.amount.cents,
            surplus: 0,
            paid_in: 0,
            came: now,
            taken_over_at: data.taken_over.map_or(now, |day| start_of_day(day, ZONE)),
            taken_over,
            settled_on: None,
            settled_once: false,
            disputes: vec![],
            promise: None,
            promises_broken: 0,
            announced: None,
            reply_until: None,
            reopened_until: None,
            stopped: false,
            stopped_until: None,
            due_moved: false,
            due_hold_lifted: false,
            rule_hold: None,
            suspended_since: None,
            reminders: vec![],
            scenario: None,
            selected_on: None,
            stale: false,
            reselect: true,
            segment: None,
            state: PLAN.to_owned(),
            visited: vec![],
            clock: Some(taken_over),
            working_clock: Some(taken_over),
            entry_failed: false,
            progress: Progress::default(),
            stepped_on: None,
            ticks: vec![],
            ticks_left: vec![],
            after_reaction: false,
            handed_over: vec![],
            instalments: vec![],
            instalment: 0,
            runs: vec![],
            parked: vec![],
            last_run: 0,
            visit: 0,
            stay: 0,
            external: None,
        }
    }

    pub fn run(&mut self, id: u32) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id)
    }
}

impl<'a> Naive<'a> {
    pub fn machine(&self, i: usize) -> Option<&'a Machine> {
        self.file.invoices[i].scenario.map(|s| self.machines[s])
    }

    pub fn settings(&self, i: usize) -> Settings {
        self.machine(i).map(|m| m.settings.clone()).unwrap_or_default()
    }

    pub fn state(&self, i: usize) -> Option<&'a State> {
        self.machine(i)?.state(&self.file.invoices[i].state)
    }

    /// Scenario by scenario, the sequence of a rule.
    pub fn sequence(&self, i: usize, rule: RuleId) -> Option<&'a Sequence> {
        self.machine(i)?.sequence(rule)
    }

    pub fn note(&mut self, i: usize, what: impl Into<String>) {
        let (invoice, at) = (self.file.invoices[i].number.clone(), self.file.now);
        self.log.push(Seen { invoice, at, what: what.into() });
    }
}
