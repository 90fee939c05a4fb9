//! What a sequence can do at the very instant at which it begins: where it can lead, and whether a contact of it can fail.

use super::solve::Linear;
use crate::machine::{Action, Attempt, Contact, Expr, Item, Nature, Sequence, SequenceStage, Settings};

/// Who does what at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quick {
    /// The machine and the carriers.
    Carriers,
    /// People, too: they make their calls and do their tasks the same day.
    People,
    /// Whatever is no wait, a hold and the cap included.
    Everything,
}

/// What takes no time.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// A message that a carrier takes at once is followed by the next: no cap makes it wait.
    uncapped: bool,
    quick: Quick,
}

/// What a sequence can do at once.
pub(super) struct AtOnce<'a> {
    pub goes: Vec<Going<'a>>,
    /// A contact can fail for good.
    pub fails: bool,
    /// All of it can be done.
    pub done: bool,
}

/// A state that a sequence can go to at once.
pub(super) struct Going<'a> {
    pub state: &'a str,
    /// A contact that is joined to it by `et` can fail after it.
    pub leaves_a_failure: bool,
    /// The client has been reminded before.
    pub reminded: bool,
}

impl Pace {
    pub fn of(settings: &Settings, quick: Quick) -> Pace {
        Pace { uncapped: settings.cap.is_none(), quick }
    }

    /// Whether a hold and the cap keep what follows them waiting.
    pub fn waits(self) -> bool {
        self.quick != Quick::Everything
    }

    /// Whether people do their work at once.
    pub fn work_is_instant(self) -> bool {
        self.quick != Quick::Carriers
    }

    /// Whether the action is done at the instant at which it begins.
    fn is_done(self, attempt: &Attempt) -> bool {
        let work = self.work_is_instant();
        let quick = match &attempt.action {
            Action::Note { .. }
            | Action::Alert { .. }
            | Action::HandOver { .. }
            | Action::GoTo { .. }
            | Action::Resume
            | Action::Continue => true,
            Action::Contact(c) => (work || !c.channel.by_hand()) && (self.uncapped || c.nature == Nature::Information),
            Action::Task { .. } => work,
            Action::Suspend { .. } => false,
        };
        !self.waits() || (quick && (work || attempt.approval.is_none()))
    }

    /// Whether the action can fail at the instant at which it begins: without an address, or refused by its carrier.
    fn can_fail(self, attempt: &Attempt, followed: bool) -> bool {
        let reaches_nobody = |c: &Contact| !c.channel.is_letter() || followed;
        attempt.action.contact().is_some_and(reaches_nobody) && (self.work_is_instant() || attempt.approval.is_none())
    }

    /// The attempts of an item that can be tried at once: each after one that can fail.
    fn tried(self, item: &Item) -> impl Iterator<Item = &Attempt> {
        let last = item.0.len().saturating_sub(1);
        let failing = item.0.iter().enumerate().take_while(move |(i, attempt)| self.can_fail(attempt, *i < last));
        item.0.iter().take(failing.count().saturating_add(1))
    }

    /// Whether the whole item can fail at once.
    fn item_fails(self, item: &Item) -> bool {
        let last = item.0.len().saturating_sub(1);
        item.0.iter().enumerate().all(|(i, attempt)| self.can_fail(attempt, i < last))
    }
}

/// What a sequence can do at once. `held`: the state suspends the invoice, so that no contact is tried.
pub(super) fn at_once(sequence: &Sequence, pace: Pace, held: bool) -> AtOnce<'_> {
    let mut does = AtOnce { goes: Vec::new(), fails: false, done: false };
    // Whether the stage can be reached with everything before it done, and with a contact before it failed.
    let (mut clean, mut after_failure, mut held) = (true, false, held);
    let mut reminded = false;
    for stage in &sequence.stages {
        if !no_wait(stage) || !(clean || after_failure) {
            return does;
        }
        held |= suspends(stage);
        let tried = || stage.items.iter().flat_map(|item| pace.tried(item));
        let fails = !held && tried().any(|attempt| pace.can_fail(attempt, true) && !is_lone_letter(stage, attempt));
        does.fails |= fails;
        let leaves = |attempt: &&Attempt| pace.work_is_instant() || attempt.approval.is_none();
        if clean {
            for attempt in tried().filter(leaves) {
                if let Action::GoTo { state } = &attempt.action {
                    does.goes.push(Going { state, leaves_a_failure: fails, reminded });
                }
            }
        }
        if stage.items.iter().filter_map(|item| item.0.first()).any(|first| matches!(first.action, Action::GoTo { .. }))
        {
            return does;
        }
        let done = |item: &Item| pace.tried(item).any(|attempt| pace.is_done(attempt));
        let over = |item: &Item| done(item) || (!held && pace.item_fails(item));
        let all_over = stage.items.iter().all(over);
        let one_fails = !held && stage.items.iter().any(|item| pace.item_fails(item));
        after_failure = all_over && (after_failure || (clean && one_fails));
        clean &= stage.items.iter().all(done);
        reminded |= stage.items.iter().any(|item| item.0.iter().all(reminds));
    }
    does.done = clean;
    does
}

/// Whether an action, once done, counts as a reminder.
fn reminds(attempt: &Attempt) -> bool {
    attempt.action.contact().is_some_and(|c| c.nature != Nature::Information)
}

/// Whether the stage suspends the invoice: its contacts wait, and those after it.
pub(super) fn suspends(stage: &SequenceStage) -> bool {
    stage.items.iter().filter_map(|item| item.0.first()).any(|first| matches!(first.action, Action::Suspend { .. }))
}

/// A letter without a fallback is posted by a person who can find the address.
fn is_lone_letter(stage: &SequenceStage, attempt: &Attempt) -> bool {
    let letter = attempt.action.contact().is_some_and(|c| c.channel.is_letter());
    letter && stage.items.iter().any(|item| item.0.last().is_some_and(|last| std::ptr::eq(last, attempt)))
}

fn no_wait(stage: &SequenceStage) -> bool {
    let days = |wait: &Expr| Linear::of(wait, &|_| None).filter(|sum| sum.terms.is_empty()).map(|sum| sum.constant.low);
    stage.wait.as_ref().is_none_or(|wait| days(wait).is_some_and(|low| low <= 0))
}
