//! How journal entries build up what statements of account need.

use crate::dossier::{FormalNotice, InvoiceFile, Movement, MovementKind};
use crate::event::Event;
use crate::incoming::DoneResult;
use crate::machine::Nature;
use crate::registered::Deposit;
use chrono::NaiveDate;

impl InvoiceFile {
    pub(super) fn note_amounts(&mut self, event: &Event, today: NaiveDate) {
        let (kind, on, cents) = match event {
            Event::Paid { amount, on, .. } => (MovementKind::Payment, *on, *amount),
            Event::Reversed { amount, on, .. } => (MovementKind::Reversal, *on, *amount),
            Event::Credited { amount, on, .. } => (MovementKind::Credit, *on, *amount),
            _ => return self.note_notice(event, today),
        };
        self.movements.push(Movement { on, kind, cents });
    }

    /// A message left when its carrier took it, a letter when somebody says that it is posted.
    fn note_notice(&mut self, event: &Event, today: NaiveDate) {
        match event {
            Event::Sent { deposit, key, channel, nature: Nature::FormalNotice, .. }
                if self.notice.as_ref().is_none_or(|notice| notice.on.is_none()) =>
            {
                let left = !channel.by_hand() || *deposit == Deposit::Taken;
                self.notice = Some(FormalNotice { key: key.clone(), on: left.then_some(today) });
            }
            // One from before Relance was sent on its own day, and may be told after a later one. Before the due day it is none.
            Event::PastReminder { on, formal: true, unit, .. }
                if *on >= self.invoice.due
                    && self.notice.as_ref().and_then(|notice| notice.on).is_none_or(|known| *on < known) =>
            {
                self.notice = Some(FormalNotice { key: unit.clone(), on: Some(*on) });
            }
            Event::Completed { key, result: DoneResult::Done, .. } => {
                if let Some(notice) = self.notice.as_mut().filter(|notice| notice.key == *key && notice.on.is_none()) {
                    notice.on = Some(today);
                }
            }
            Event::Failed { key, .. } if self.notice.as_ref().is_some_and(|notice| notice.key == *key) => {
                self.notice = None;
            }
            _ => {}
        }
    }
}
