//! What the journal records. Applying an entry is the only way to change a dossier: the state is the fold of its journal.

use crate::day::Instant;
use crate::dossier::{
    Announced, ContactRecord, Dispute, Dossier, InvoiceFile, ItemState, Noted, Origin, Promise, RuleKey, Run,
    ScenarioRef, Status, parse_key,
};
use crate::incoming::{Customer, DoneResult, Incoming, Invoice};
use crate::machine::{Channel, Nature, RuleId};
use crate::money::Currency;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One line of the journal.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided or learnt.
    pub at: Instant,
    /// The invoice's number; none for what concerns the whole client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Which rule of which scenario it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// What happened.
    pub event: Event,
}

/// The rule that an entry comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct About {
    /// The scenario's name.
    pub scenario: String,
    /// The first twelve digits of its hash.
    pub version: String,
    /// The rule's number in that version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The rung, in days from the due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung: Option<i64>,
}

/// What can happen to a dossier. Amounts are cents in the invoice's currency unless said otherwise.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "quoi", rename_all = "snake_case")]
pub enum Event {
    /// The client's data.
    Customer {
        /// All of it.
        customer: Customer,
    },
    /// An invoice became known.
    Known {
        /// Its data.
        invoice: Invoice,
        /// When Relance takes it over.
        takeover: Instant,
    },
    /// Data of the invoice other than amount and due date changed.
    Changed {
        /// Its data.
        invoice: Invoice,
    },
    /// Relance takes the invoice over.
    TakenOver,
    /// A scenario runs the invoice from now on (`None`: no scenario takes it).
    Assigned {
        /// The scenario.
        scenario: Option<ScenarioRef>,
        /// Rules that are not to fire any more although they are due: the move itself sends nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<RuleKey>,
        /// The position after the move.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<i64>,
    },
    /// A payment.
    Paid {
        /// Positive.
        amount: i64,
        /// Date of effect.
        on: NaiveDate,
        /// Before take-over: no event.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        history: bool,
    },
    /// A payment was reversed.
    Reversed {
        /// Positive.
        amount: i64,
        /// Date of effect.
        on: NaiveDate,
        /// Before take-over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        history: bool,
    },
    /// A credit note, or a correction upwards when negative.
    Credited {
        /// Positive lowers the balance.
        amount: i64,
        /// Date of effect.
        on: NaiveDate,
        /// Before take-over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        history: bool,
    },
    /// An unallocated credit of the client changed.
    ClientCredit {
        /// Positive adds a credit.
        amount: i64,
        /// Its currency.
        currency: Currency,
    },
    /// The balance reached 0.
    Settled {
        /// Date of effect.
        on: NaiveDate,
        /// Before take-over: no event.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        history: bool,
    },
    /// A settled invoice has a balance again.
    Reopened {
        /// Last day of the hold.
        until: NaiveDate,
    },
    /// A dispute was opened.
    DisputeOpened {
        /// The part in dispute; `None` is everything.
        amount: Option<i64>,
        /// Date of effect.
        on: NaiveDate,
        /// The reason given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The dispute was closed.
    DisputeClosed,
    /// A promise was made.
    Promised {
        /// The promise.
        promise: Promise,
    },
    /// The promise was kept.
    PromiseKept,
    /// The promise was broken.
    PromiseBroken,
    /// A payment was announced.
    Announced {
        /// What and until when.
        announced: Announced,
    },
    /// The debtor replied.
    Replied {
        /// Last day of the hold.
        until: NaiveDate,
    },
    /// A person stopped the reminders.
    Stopped {
        /// Why.
        reason: String,
    },
    /// A person resumed them.
    Resumed {
        /// Rules due meanwhile that are not to fire any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<RuleKey>,
        /// The position afterwards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<i64>,
    },
    /// The due date moved.
    DueMoved {
        /// From.
        from: NaiveDate,
        /// To.
        to: NaiveDate,
    },
    /// A reminder from before take-over.
    PastReminder {
        /// When.
        on: NaiveDate,
        /// By which way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
        /// Identity of the record.
        unit: String,
    },
    /// Nothing is collectable, or a person or a reply holds the invoice.
    Suspended {
        /// In French.
        reason: String,
    },
    /// The hold ended.
    Unsuspended {
        /// Days it lasted; waits are prolonged by as much.
        days: i64,
    },
    /// A rung is due, but too little is collectable.
    Withheld {
        /// In French.
        reason: String,
    },
    /// The set of scenarios that runs the client's invoices changed.
    Program {
        /// Its digest.
        digest: u64,
    },
    /// A rule fired.
    Fired {
        /// Number of the run that it starts.
        run: u32,
        /// The rule.
        rule: RuleKey,
        /// What kind of firing.
        origin: Origin,
        /// Whether the rule contacts the client.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        contact: bool,
    },
    /// A rung was never fired and will not be.
    RungSkipped {
        /// Days from the due date.
        rung: i64,
    },
    /// A stage of a sequence is the next one, from `ready` on.
    StageReached {
        /// The run.
        run: u32,
        /// The stage, from 0.
        stage: u32,
        /// The day it begins.
        ready: NaiveDate,
    },
    /// A stage begins.
    StageStarted {
        /// The run.
        run: u32,
        /// How many items it has.
        items: u32,
    },
    /// A message was handed to the outbox.
    Departed {
        /// The effect's key.
        key: String,
        /// By which way.
        channel: Channel,
        /// Its template.
        template: Option<String>,
        /// What for.
        nature: Nature,
        /// What counts as one contact.
        unit: String,
    },
    /// A message was accepted by its carrier; a call or letter was put on the list.
    Sent {
        /// The effect's key.
        key: String,
        /// By which way.
        channel: Channel,
        /// Its template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
        /// What for.
        nature: Nature,
        /// What counts as one contact.
        unit: String,
        /// Whether it counts as a reminder of the invoice.
        reminder: bool,
    },
    /// A call, letter or task had its outcome.
    Completed {
        /// The effect's key.
        key: String,
        /// What came of it.
        result: DoneResult,
        /// Whether it is over: a call without an answer is tried three times.
        over: bool,
        /// By which way; `None` is a task.
        channel: Option<Channel>,
        /// Whether it counts as a reminder of the invoice.
        reminder: bool,
        /// What counts as one contact.
        unit: String,
    },
    /// An action failed for good.
    Failed {
        /// The effect's key.
        key: String,
        /// By which way.
        channel: Channel,
        /// Its template.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
        /// In French.
        reason: String,
        /// Whether a fallback follows.
        fallback: bool,
    },
    /// A message could not be sent now, or was taken back from the outbox, and is tried again.
    Delayed {
        /// The effect's key.
        key: String,
        /// Not before.
        until: Instant,
        /// In French.
        reason: String,
        /// How often sending failed so far.
        tries: u32,
    },
    /// It is not known whether a message left.
    InDoubt {
        /// The effect's key.
        key: String,
        /// By which way.
        channel: Channel,
        /// In French.
        reason: String,
    },
    /// A contact waits.
    Postponed {
        /// The effect's key.
        key: String,
        /// Until when at the earliest.
        until: Instant,
        /// What makes it wait.
        why: Noted,
    },
    /// A task for somebody.
    Task {
        /// The effect's key; empty when no sequence waits for it.
        key: String,
        /// What to do.
        text: String,
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// The channel whose address is to be mended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mend: Option<Channel>,
    },
    /// Somebody was told.
    Alert {
        /// The effect's key.
        key: String,
        /// Whom.
        target: String,
    },
    /// A note.
    Note {
        /// The effect's key.
        key: String,
        /// The text.
        text: String,
    },
    /// A sequence ended.
    RunEnded {
        /// The run.
        run: u32,
    },
    /// A sequence was cancelled.
    Cancelled {
        /// The run.
        run: u32,
        /// What it was about to do, as the language writes it.
        what: String,
        /// In French.
        reason: String,
    },
    /// A sequence was cancelled because the invoice is settled; it goes on if the invoice reopens.
    Parked {
        /// The run.
        run: u32,
        /// What it was about to do.
        what: String,
    },
    /// The sequences of a reopened invoice go on.
    Restored,
    /// Something came about an invoice that is not known yet; it is taken in when the invoice is.
    Orphan {
        /// The thing.
        incoming: Box<Incoming>,
    },
    /// What waited for this invoice is taken in now.
    Adopted,
    /// Something came that does not fit the data; it changed nothing.
    Anomaly {
        /// In French.
        text: String,
    },
}

impl Event {
    /// The run that the event belongs to.
    pub fn run(&self) -> Option<u32> {
        match self {
            Event::Fired { run, .. }
            | Event::StageReached { run, .. }
            | Event::StageStarted { run, .. }
            | Event::RunEnded { run }
            | Event::Cancelled { run, .. }
            | Event::Parked { run, .. } => Some(*run),
            _ => parse_key(self.key()?).map(|(_, run, ..)| run),
        }
    }

    /// The key of the effect that the event is about.
    pub fn key(&self) -> Option<&str> {
        match self {
            Event::Departed { key, .. }
            | Event::Sent { key, .. }
            | Event::Completed { key, .. }
            | Event::Failed { key, .. }
            | Event::Delayed { key, .. }
            | Event::InDoubt { key, .. }
            | Event::Postponed { key, .. }
            | Event::Task { key, .. }
            | Event::Alert { key, .. }
            | Event::Note { key, .. } => Some(key).filter(|key| !key.is_empty()).map(String::as_str),
            _ => None,
        }
    }
}

impl Dossier {
    /// Applies an entry. Total: an entry that does not fit the state changes nothing.
    pub fn apply(&mut self, entry: &Entry, today: NaiveDate) {
        self.entries += 1;
        self.clock = Some(entry.at);
        match (&entry.invoice, &entry.event) {
            (_, Event::Customer { customer }) => {
                self.customer = customer.clone();
                self.to_mend.clear();
            }
            (_, Event::Program { digest }) => self.program = *digest,
            (_, Event::ClientCredit { amount, currency }) => *self.credits.entry(*currency).or_default() += amount,
            (_, Event::Orphan { incoming }) => self.orphans.push((**incoming).clone()),
            (Some(number), Event::Adopted) => self.orphans.retain(|o| o.invoice.as_ref() != Some(number)),
            (Some(number), Event::Known { invoice, takeover }) => {
                self.invoices.entry(number.clone()).or_insert_with(|| InvoiceFile::new(invoice.clone(), *takeover));
            }
            (Some(number), event) => {
                self.apply_contact(event, today);
                if let Some(file) = self.invoices.get_mut(number) {
                    let settled_before = file.settled_on.map(|on| (on - file.invoice.due).num_days());
                    let surplus_before = file.surplus;
                    file.apply(event, entry.at, today);
                    let settled_after = file.settled_on.map(|on| (on - file.invoice.due).num_days());
                    if settled_before != settled_after {
                        self.settled.0 =
                            self.settled.0 + u32::from(settled_after.is_some()) - u32::from(settled_before.is_some());
                        self.settled.1 += settled_after.unwrap_or(0) - settled_before.unwrap_or(0);
                    }
                    if file.surplus != surplus_before {
                        *self.credits.entry(file.invoice.currency()).or_default() += file.surplus - surplus_before;
                    }
                }
            }
            (None, _) => {}
        }
    }

    fn apply_contact(&mut self, event: &Event, today: NaiveDate) {
        match event {
            Event::Departed { key, nature, unit, .. } | Event::Sent { key, nature, unit, .. }
                if *nature != Nature::Information && !self.contacts.iter().any(|c| c.key == *key) =>
            {
                self.contacts.push(ContactRecord { on: today, unit: unit.clone(), key: key.clone() });
            }
            Event::Completed { key, channel: Some(_), over: true, .. } => {
                // A listed call reserves its day; made on another day, it counts there.
                if let Some(record) = self.contacts.iter_mut().find(|c| c.key == *key) {
                    record.on = today;
                }
            }
            Event::Failed { key, .. } | Event::Delayed { key, .. } => self.contacts.retain(|c| c.key != *key),
            Event::PastReminder { on, unit, .. } => {
                self.contacts.push(ContactRecord { on: *on, unit: unit.clone(), key: unit.clone() });
            }
            Event::Task { mend: Some(channel), .. } => {
                self.to_mend.insert(*channel);
            }
            _ => {}
        }
    }
}

impl InvoiceFile {
    fn apply(&mut self, event: &Event, at: Instant, today: NaiveDate) {
        match event {
            Event::Changed { invoice } => {
                // Amount and due date change by their own events.
                self.invoice = Invoice { amount: self.invoice.amount, due: self.invoice.due, ..invoice.clone() };
            }
            Event::TakenOver => self.taken_over = true,
            Event::Assigned { scenario, skipped, position } => {
                self.scenario = scenario.clone();
                self.fired.extend(skipped);
                self.position = *position;
            }
            Event::Paid { amount, .. } => {
                if let Some(promise) = &mut self.promise {
                    promise.paid += amount;
                }
                self.lower(*amount);
                self.announced = None;
            }
            Event::Credited { amount, .. } if *amount >= 0 => self.lower(*amount),
            Event::Credited { amount, .. } => self.raise(amount.saturating_neg()),
            Event::Reversed { amount, .. } => self.raise(*amount),
            Event::Settled { on, history } => {
                self.settled_on = Some(*on);
                self.settled_once |= !history;
                self.dispute = None;
                self.promise = None;
                self.announced = None;
                self.reply_until = None;
                self.reopened_until = None;
                self.suspended_since = None;
                self.parked = std::mem::take(&mut self.runs);
                for item in self.parked.iter_mut().flat_map(|run| &mut run.items) {
                    if let Status::Departed { tries, .. } = item.status {
                        item.status = Status::waiting(at, tries);
                    }
                }
            }
            Event::Reopened { until } => {
                self.settled_on = None;
                self.reopened_until = Some(*until);
                self.runs.clear();
            }
            Event::Restored => {
                self.runs.append(&mut self.parked);
                self.reopened_until = None;
            }
            Event::DisputeOpened { amount, on, .. } => self.dispute = Some(Dispute { amount: *amount, since: *on }),
            Event::DisputeClosed => self.dispute = None,
            Event::Promised { promise } => self.promise = Some(promise.clone()),
            Event::PromiseKept => self.promise = None,
            Event::PromiseBroken => {
                self.broken_promise = self.promise.take();
                self.promises_broken += 1;
            }
            Event::Announced { announced } => self.announced = Some(announced.clone()),
            Event::Replied { until } => self.reply_until = Some(*until),
            Event::Stopped { reason } => self.stopped = Some(reason.clone()),
            Event::Resumed { skipped, position } => {
                self.stopped = None;
                self.fired.extend(skipped);
                self.position = *position;
            }
            Event::DueMoved { to, .. } => {
                self.invoice.due = *to;
                self.due_moved = self.taken_over;
            }
            Event::PastReminder { on, unit, .. } => self.remind(*on, unit),
            Event::Suspended { .. } => self.suspended_since = Some(today),
            Event::Unsuspended { days } => {
                self.suspended_since = None;
                for run in &mut self.runs {
                    if let Some(ready) = &mut run.ready {
                        *ready = crate::day::add_days(*ready, *days);
                    }
                }
            }
            Event::Fired { run, rule, origin, contact } => {
                if !matches!(origin, Origin::Reaction(_)) {
                    self.fired.insert(*rule);
                }
                if let Origin::Rung(rung) = origin {
                    self.position = Some(self.position.map_or(*rung, |p| p.max(*rung)));
                    self.after_reaction = false;
                    self.withheld = None;
                }
                if *contact && matches!(origin, Origin::Reaction(_)) {
                    self.after_reaction = true;
                }
                self.last_run = *run;
                self.runs.push(Run {
                    id: *run,
                    rule: *rule,
                    origin: *origin,
                    stage: 0,
                    ready: Some(today),
                    items: Vec::new(),
                    contacted: false,
                    failed: false,
                });
            }
            Event::Withheld { reason } => self.withheld = Some(reason.clone()),
            Event::RungSkipped { rung } => {
                self.skipped.insert(*rung);
            }
            Event::StageReached { run, stage, ready } => {
                if let Some(run) = self.runs.iter_mut().find(|r| r.id == *run) {
                    run.stage = *stage;
                    run.ready = Some(*ready);
                    run.items.clear();
                }
            }
            Event::StageStarted { run, items } => {
                if let Some(run) = self.runs.iter_mut().find(|r| r.id == *run) {
                    run.ready = None;
                    run.items = (0..*items).map(|_| ItemState { attempt: 0, status: Status::waiting(at, 0) }).collect();
                }
            }
            Event::Departed { key, .. } => self.item(key, |item| {
                let tries = if let Status::Waiting { tries, .. } = item.status { tries } else { 0 };
                item.status = Status::Departed { at, tries };
            }),
            Event::Sent { key, channel, unit, reminder, nature, .. } => {
                let listed = matches!(channel, Channel::Call | Channel::Letter);
                self.item(key, |item| {
                    item.status = if listed { Status::Listed { on: today, tries: 0 } } else { Status::Done };
                });
                if *nature != Nature::Information || !listed {
                    self.mark_contacted(key);
                }
                if *reminder {
                    self.remind(today, unit);
                }
            }
            Event::Completed { key, result, over, reminder, unit, .. } => {
                self.item(key, |item| {
                    item.status = match (&item.status, over) {
                        (Status::Listed { on, tries }, false) => Status::Listed { on: *on, tries: tries + 1 },
                        _ if *result == DoneResult::Impossible => Status::Failed,
                        _ => Status::Done,
                    };
                });
                if *reminder {
                    self.remind(today, unit);
                }
            }
            Event::Failed { key, fallback, .. } => {
                self.item(key, |item| {
                    if *fallback {
                        item.attempt += 1;
                        item.status = Status::waiting(at, 0);
                    } else {
                        item.status = Status::Failed;
                    }
                });
                if !fallback {
                    self.with_run(key, |run| run.failed = true);
                }
            }
            Event::Delayed { key, until, tries, .. } => self.item(key, |item| {
                item.status = Status::waiting(*until, *tries);
            }),
            Event::Postponed { key, why, .. } => self.item(key, |item| {
                if let Status::Waiting { noted, .. } = &mut item.status {
                    *noted = Some(*why);
                }
            }),
            Event::InDoubt { key, .. } => self.item(key, |item| item.status = Status::InDoubt),
            Event::Task { key, .. } => self.item(key, |item| item.status = Status::Listed { on: today, tries: 0 }),
            Event::Alert { key, .. } | Event::Note { key, .. } => self.item(key, |item| item.status = Status::Done),
            Event::RunEnded { run } | Event::Cancelled { run, .. } => {
                self.runs.retain(|r| r.id != *run);
                self.parked.retain(|r| r.id != *run);
            }
            Event::Customer { .. }
            | Event::Known { .. }
            | Event::ClientCredit { .. }
            | Event::Parked { .. }
            | Event::Program { .. }
            | Event::Orphan { .. }
            | Event::Adopted
            | Event::Anomaly { .. } => {}
        }
    }

    fn lower(&mut self, amount: i64) {
        let taken = amount.min(self.balance).max(0);
        self.balance -= taken;
        self.surplus = self.surplus.saturating_add(amount.max(0) - taken);
    }

    fn raise(&mut self, amount: i64) {
        let from_surplus = amount.min(self.surplus).max(0);
        self.surplus -= from_surplus;
        self.balance = self.balance.saturating_add(amount.max(0) - from_surplus);
    }

    fn remind(&mut self, on: NaiveDate, unit: &str) {
        if !self.reminders.iter().any(|(_, known)| known == unit) {
            let place = self.reminders.partition_point(|(day, _)| *day <= on);
            self.reminders.insert(place, (on, unit.to_owned()));
        }
    }

    fn mark_contacted(&mut self, key: &str) {
        self.with_run(key, |run| run.contacted = true);
    }

    fn with_run(&mut self, key: &str, change: impl FnOnce(&mut Run)) {
        let Some((_, id, ..)) = parse_key(key) else { return };
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id) {
            change(run);
        }
    }

    fn item(&mut self, key: &str, change: impl FnOnce(&mut ItemState)) {
        let Some((_, id, stage, item, attempt)) = parse_key(key) else { return };
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id && run.stage == stage)
            && let Some(state) = run.items.get_mut(item)
            && state.attempt == attempt
        {
            change(state);
        }
    }
}
