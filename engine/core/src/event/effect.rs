//! Which run and which effect an event is about, and whether it says what people do.

use super::Event;
use crate::dossier::{OwnTask, parse_key};

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
            | Event::Delivered { key, .. }
            | Event::InDoubt { key, .. }
            | Event::Postponed { key, .. }
            | Event::Task { key, .. }
            | Event::Alert { key, .. }
            | Event::RuleSuspended { key, .. }
            | Event::Continued { key }
            | Event::LeftOut { key, .. }
            | Event::HandedOver { key, .. }
            | Event::ApprovalAsked { key, .. }
            | Event::Approved { key, .. }
            | Event::Refused { key, .. }
            | Event::Note { key, .. } => Some(key).filter(|key| !key.is_empty()).map(String::as_str),
            Event::DoubtSettled(answer) => Some(&answer.key),
            Event::Tracked(tracking) => Some(&tracking.key),
            Event::StateEntered { key, .. } | Event::RuleResumed { key } => key.as_deref(),
            _ => None,
        }
    }
    /// Whether it is the very thing that came in, rather than what follows of it: it says who did it, and why.
    pub fn is_of_people(&self) -> bool {
        match self {
            Event::StateEntered { key, .. } => key.is_none(),
            Event::HandedOver { key, .. } => key.is_empty(),
            // That a reply is to be read is all that there is of a reply to nothing open.
            Event::Task { own, .. } => matches!(own, Some(OwnTask::Asked | OwnTask::Read)),
            Event::Refused { expired, .. } => !expired,
            Event::Customer { .. }
            | Event::Changed { .. }
            | Event::Paid { .. }
            | Event::Reversed { .. }
            | Event::Credited { .. }
            | Event::ClientCredit { .. }
            | Event::DisputeOpened { .. }
            | Event::DisputeClosed
            | Event::Promised { .. }
            | Event::Announced { .. }
            | Event::Replied { .. }
            | Event::Stopped(_)
            | Event::Resumed(_)
            | Event::Commented(_)
            | Event::SegmentChosen(_)
            | Event::Waived(_)
            | Event::DueMoved { .. }
            | Event::PastReminder { .. }
            | Event::PlanAgreed { .. }
            | Event::Insolvent { .. }
            | Event::InsolvencyClosed
            | Event::Address(_)
            | Event::External { .. }
            | Event::Approved { .. }
            | Event::Completed { .. }
            | Event::Failed { .. }
            | Event::Delivered { .. }
            | Event::Tracked(_)
            | Event::DoubtSettled(_)
            | Event::Orphan { .. }
            | Event::Anomaly { .. } => true,
            _ => false,
        }
    }
}
