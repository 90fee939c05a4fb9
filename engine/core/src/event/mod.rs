//! What the journal records. Applying an entry is the only way to change a dossier: the state is the fold of its journal.

mod answer;
mod carried_over;
mod effect;
mod hold_end;
mod people;
mod tracking;
pub use crate::entry::{About, Entry};
pub use answer::DoubtAnswer;
pub use carried_over::CarriedOver;
pub use hold_end::HoldEnd;
pub use people::{Comment, Resuming, SegmentChoice, Stopping, Waiving};
pub use tracking::Tracking;

use crate::day::Instant;
use crate::dossier::{AddressNews, Announced, Instalment, Noted, Origin, OwnTask, Promise, RuleKey, ScenarioRef};
use crate::incoming::{Customer, DoneResult, Incoming, Invoice, Told};
use crate::machine::{Channel, Clock, Nature, Trigger};
use crate::money::Currency;
use crate::registered::Deposit;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

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
    TakenOver {
        /// The day from which the clock of the plan counts.
        on: NaiveDate,
    },
    /// A scenario runs the invoice from now on (`None`: no scenario takes it).
    Assigned {
        /// The scenario.
        scenario: Option<ScenarioRef>,
        /// Rules that are not to fire any more although they are due: the move itself sends nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<RuleKey>,
        /// Rules that repeat, with the last multiple that has passed: they go on with the next one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passed: Vec<(RuleKey, u32)>,
        /// The position after the move.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<i64>,
        /// `--rattraper`: rungs already due were not skipped.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        catch_up: bool,
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
    Stopped(Stopping),
    /// A person resumed them, or their pause ended.
    Resumed(Resuming),
    /// A colleague commented.
    Commented(Comment),
    /// A person chose the client's segment.
    SegmentChosen(SegmentChoice),
    /// The company gave up penalties or the recovery fee.
    Waived(Waiving),
    /// Rules due while a person had stopped the whole client are not to fire any more.
    PassedOver {
        /// The rules.
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
        /// It was a formal notice.
        #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
        formal: bool,
        /// Identity of the record.
        unit: String,
    },
    /// Nothing is collectable, or a person or a reply holds the invoice.
    Suspended {
        /// In French.
        reason: String,
    },
    /// The hold ended.
    Unsuspended(HoldEnd),
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
        /// The clock of the rung.
        #[serde(default, skip_serializing_if = "Clock::is_usual")]
        clock: Clock,
        /// Whether the rule contacts the client.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        contact: bool,
        /// A formal notice in it needs no earlier reminder.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        lifted: bool,
        /// For a rule that repeats: the multiple of its period.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tick: Option<u32>,
        /// The rung on which the invoice stood before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<i64>,
    },
    /// A state was entered; what was pending in the old one was cancelled before.
    StateEntered {
        /// The key of the `aller à`; none when a person moved the invoice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// The old state.
        from: String,
        /// The new one.
        to: String,
        /// Why, when a person did, in entries older than [`Entry::said`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The scenario's new version calls states otherwise (`reprise étape a → b`): what is known goes by the new names; nothing is entered.
    StateCarried(CarriedOver),
    /// The clock of the state starts: the actions of its entry are done.
    ClockStarted,
    /// An action of the entry was refused, expired or failed: the clock of the state does not start.
    EntryFailed,
    /// A rule suspended the invoice.
    RuleSuspended {
        /// The effect's key.
        key: String,
        /// Last day; none until it is resumed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<NaiveDate>,
    },
    /// A rule resumed the invoice.
    RuleResumed {
        /// The effect's key; none when its last day has gone, or a person resumed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// `continuer` was reached.
    Continued {
        /// The effect's key.
        key: String,
    },
    /// A reaction replaces the built-in effect of its event.
    EffectReplaced {
        /// The event.
        on: Trigger,
    },
    /// The debt was handed over.
    HandedOver {
        /// The effect's key; empty when a person handed it over.
        key: String,
        /// To whom.
        target: String,
    },
    /// Somebody has to approve an action before it is done.
    ApprovalAsked {
        /// The effect's key.
        key: String,
        /// What is to be approved, as the language writes it.
        what: String,
        /// Who approves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Last day.
        until: NaiveDate,
    },
    /// It was approved.
    Approved {
        /// The effect's key.
        key: String,
        /// Who, in entries older than [`Entry::said`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// It was refused, or nobody answered in time.
    Refused {
        /// The effect's key.
        key: String,
        /// Who, in entries older than [`Entry::said`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Nobody answered in time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        expired: bool,
    },
    /// A payment plan was agreed.
    PlanAgreed {
        /// What is paid when.
        instalments: Vec<Instalment>,
    },
    /// The invoice goes on to another instalment, whose due date counts from now on.
    NextInstalment {
        /// Its place in the plan, from 0.
        index: usize,
        /// Its due date.
        due: NaiveDate,
    },
    /// An instalment was not paid at its date.
    InstalmentMissed {
        /// Its place in the plan, from 0.
        index: usize,
        /// Its due date.
        due: NaiveDate,
    },
    /// Insolvency proceedings were opened against the client.
    Insolvent {
        /// The date of the judgment.
        judgment: NaiveDate,
    },
    /// They were closed.
    InsolvencyClosed,
    /// Nobody is at an address of the client, or somebody is again.
    Address(AddressNews),
    /// An event of the company's own systems.
    External {
        /// Its name.
        name: String,
    },
    /// The segment that a rule gives the invoice's client changed.
    SegmentRuled {
        /// The segment; `None` leaves what the data say.
        segment: Option<String>,
    },
    /// The selections were read again and nothing changed.
    SelectionKept,
    /// A script failed: the invoice is stopped until it is mended.
    Broken {
        /// In French, with the place in the script.
        reason: String,
    },
    /// The script works again.
    Mended,
    /// A script kept a reaction from being chosen; the event is answered when it is mended.
    AnswerHeld {
        /// The event.
        on: Trigger,
        /// The name of an event of the company's own systems, folded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// It is answered now.
    AnswerTaken {
        /// The event.
        on: Trigger,
        /// The name of an event of the company's own systems, folded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A script keeps the actions of an entry from being chosen, or does no longer.
    EntryHeld {
        /// Whether it does.
        held: bool,
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
        /// The key of the message that it is part of, when several invoices are grouped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
    },
    /// A message was accepted by its carrier; a call or letter was put on the list.
    Sent {
        /// What became of a registered letter where a service takes them.
        #[serde(default, skip_serializing_if = "Deposit::is_none")]
        deposit: Deposit,
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
        /// Whether something is to be known of it, should it come back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        remembered: bool,
        /// The key of the message that it is part of, when several invoices are grouped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
    },
    /// A call, letter or task had its outcome.
    Completed {
        /// The effect's key, or that of a task that no rule asked for; empty is the oldest one of these.
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
        /// What else there is to know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<Told>,
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
        /// The run in which it does, when the message came back after its stage was over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late: Option<u32>,
    },
    /// An action that never follows a failed contact was left out, or a fallback whose time has gone.
    LeftOut {
        /// The effect's key.
        key: String,
        /// The action, as the language writes it.
        what: String,
        /// Why, in French; none: a contact before it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The contact that a reaction planned is done and the cap allows: rungs with a contact wait no longer.
    ReactionOver,
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
    /// A message has reached its recipient, somebody says.
    Delivered {
        /// The effect's key.
        key: String,
        /// By which way.
        channel: Channel,
    },
    /// A letter that was posted got somewhere, or is proven to have.
    Tracked(Tracking),
    /// It is not known whether a message left.
    InDoubt {
        /// The effect's key.
        key: String,
        /// By which way.
        channel: Channel,
        /// In French.
        reason: String,
    },
    /// Somebody has found out whether a message in doubt had left.
    DoubtSettled(DoubtAnswer),
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
        /// The effect's key; that of the task when a person asks for it; else empty: no sequence waits for it.
        key: String,
        /// What to do.
        text: String,
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Why the engine asks for it by itself; `None` is a rule's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        own: Option<OwnTask>,
    },
    /// Somebody was told.
    Alert {
        /// The effect's key.
        key: String,
        /// Whom.
        target: String,
        /// What about, when the journal alone would not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
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
