//! Sequences that run: what started them and where each of their items stands.

use super::{RuleKey, is_false, is_plan, is_zero_u32, plan};
use crate::day::Instant;
use crate::interest::Gap;
use crate::machine::{Clock, Trigger};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What started a sequence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A rung, in days from the due date.
    #[serde(rename = "palier")]
    Rung(i64),
    /// A rung's rule without a contact: it fires besides.
    #[serde(rename = "palier_interne")]
    InternalRung(i64),
    /// A free rule, or one that repeats.
    #[serde(rename = "libre")]
    Free,
    /// `à l'entrée`, with the day of the entry in days from the due date.
    #[serde(rename = "entree")]
    Entry(i64),
    /// A reaction.
    #[serde(rename = "reaction")]
    Reaction(Trigger),
}

/// A running sequence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Its number on the invoice, from 1.
    pub id: u32,
    /// Its rule.
    pub rule: RuleKey,
    /// What started it.
    pub origin: Origin,
    /// The clock of its rung.
    #[serde(default, skip_serializing_if = "is_due_clock")]
    pub clock: Clock,
    /// The state in which it started.
    #[serde(default = "plan", skip_serializing_if = "is_plan")]
    pub state: String,
    /// The visit of that state in which it started, see [`InvoiceFile::visit`](super::InvoiceFile::visit).
    #[serde(default, skip_serializing_if = "is_zero_u32")]
    pub visit: u32,
    /// No later stage follows: its state was left by an action of this one, or only this one is done again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub left: bool,
    /// The states that the invoice had been in when this one was left: what survives reads the facts of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<BTreeSet<String>>,
    /// A formal notice in it needs no earlier reminder.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lifted: bool,
    /// A contact of an earlier stage has failed for good: what never follows a failure is left out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub after_failure: bool,
    /// The rung on which the invoice stood before the rule fired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<i64>,
    /// It is the fallback of a message of this run that came back after its stage was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repairs: Option<u32>,
    /// Why no later stage follows: an approval was refused or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The stage it is in.
    pub stage: u32,
    /// The day on which the rule fired.
    pub started: NaiveDate,
    /// The day from which the wait for the stage counts.
    pub since: NaiveDate,
    /// The day on which the stage begins; `None` once begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<NaiveDate>,
    /// The items of the stage, once begun.
    pub items: Vec<ItemState>,
    /// Whether a first contact of the sequence has left.
    #[serde(default, skip_serializing_if = "is_false")]
    pub contacted: bool,
    /// Whether a contact failed for good without a fallback.
    #[serde(default, skip_serializing_if = "is_false")]
    pub failed: bool,
}

/// Where one item of a stage stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ItemState {
    /// Which of its actions is tried: 0, then each `à défaut`.
    #[serde(default, skip_serializing_if = "is_zero_u32")]
    pub attempt: u32,
    /// How far it is.
    pub status: Status,
}

/// How far an action is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "etat", rename_all = "snake_case")]
pub enum Status {
    /// A contact that waits for its slot.
    #[serde(rename = "attend")]
    Waiting {
        /// Not before this moment.
        from: Instant,
        /// How often sending failed for now.
        #[serde(default, skip_serializing_if = "is_zero_u32")]
        tries: u32,
        /// What the journal already says about its waiting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        noted: Option<Noted>,
        /// What was approved, when it had to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved: Option<Approved>,
    },
    /// Waits for somebody's approval.
    #[serde(rename = "a_valider")]
    Approving {
        /// Last day on which it can be given.
        until: NaiveDate,
        /// The balance that is approved.
        balance: i64,
        /// The rung on which it is approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<i64>,
    },
    /// A message handed to the outbox.
    #[serde(rename = "parti")]
    Departed {
        /// When.
        at: Instant,
        /// The key of the message that it is part of, when several invoices are grouped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
        /// How often sending failed before.
        #[serde(default, skip_serializing_if = "is_zero_u32")]
        tries: u32,
        /// What was approved, when it had to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved: Option<Approved>,
    },
    /// An attempt whose result is not known; never repeated blindly.
    #[serde(rename = "doute")]
    InDoubt,
    /// A call, letter or task on somebody's list.
    #[serde(rename = "liste")]
    Listed {
        /// Since when.
        on: NaiveDate,
        /// The key of the call or letter that it is part of, when several invoices are grouped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
        /// Calls tried without an answer.
        #[serde(default, skip_serializing_if = "is_zero_u32")]
        tries: u32,
    },
    /// Done.
    #[serde(rename = "fait")]
    Done,
    /// Failed for good, fallbacks included.
    #[serde(rename = "echoue")]
    Failed,
}

/// What somebody approved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approved {
    /// The balance at that moment, in cents.
    pub balance: i64,
    /// The rung at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
}

/// Why a contact waits for another day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noted {
    /// Closed hours, weekend or holiday.
    #[serde(rename = "horaire")]
    Window,
    /// The contact cap.
    #[serde(rename = "plafond")]
    Cap,
    /// The payments are not up to date.
    #[serde(rename = "paiements")]
    Payments,
    /// It states amounts that are not firm.
    #[serde(rename = "montants")]
    Amounts(Gap),
}

impl Run {
    /// The run whose chain it belongs to: its own, or the one of which a message came back.
    pub fn chain(&self) -> u32 {
        self.repairs.unwrap_or(self.id)
    }

    /// Whether it waits for a stage and the wait stops while the invoice is suspended.
    pub fn stops_while_suspended(&self) -> bool {
        self.ready.is_some_and(|ready| ready > self.since) && !self.ignores_own_hold()
    }

    /// Whether the event that started it may itself have suspended the invoice: such a reaction goes on during the suspension.
    pub fn ignores_own_hold(&self) -> bool {
        matches!(
            self.origin,
            Origin::Reaction(
                Trigger::Stop | Trigger::Reply | Trigger::DisputeOpened | Trigger::Reversal | Trigger::DueDateMoved
            )
        )
    }

    /// Whether it comes from a rung below 0, which falls with the due date.
    pub fn is_pre_due(&self) -> bool {
        self.clock == Clock::Due && matches!(self.origin, Origin::Rung(o) | Origin::InternalRung(o) if o < 0)
    }
}

fn is_due_clock(clock: &Clock) -> bool {
    *clock == Clock::Due
}

impl Status {
    /// A contact that waits from `from` on.
    pub fn waiting(from: Instant, tries: u32) -> Status {
        Status::Waiting { from, tries, noted: None, approved: None }
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self) -> bool {
        matches!(self, Status::Done | Status::Failed)
    }
}

/// Names an effect for ever: the same decision has the same key on any machine.
pub fn effect_key(invoice: &str, run: u32, stage: u32, item: usize, attempt: u32) -> String {
    format!("{invoice}#{run}.{}.{}.{attempt}", stage + 1, item + 1)
}

/// What counts as one contact: the contacts that one stage starts together.
pub fn contact_unit(invoice: &str, run: u32, stage: u32) -> String {
    format!("{invoice}#{run}.{}", stage + 1)
}

/// The run, stage, item and attempt that a key names.
pub fn parse_key(key: &str) -> Option<(&str, u32, u32, usize, u32)> {
    let (invoice, rest) = key.rsplit_once('#')?;
    let mut numbers = rest.split('.');
    let run = numbers.next()?.parse().ok()?;
    let stage: u32 = numbers.next()?.parse().ok()?;
    let item: usize = numbers.next()?.parse().ok()?;
    let attempt = numbers.next()?.parse().ok()?;
    Some((invoice, run, stage.checked_sub(1)?, item.checked_sub(1)?, attempt))
}
