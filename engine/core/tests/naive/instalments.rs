//! Invoices that are paid at several dates: they follow the first instalment that is not paid.

use crate::evaluate::after_instalment;
use crate::model::{Instalment, Naive, Progress};
use relance_core::incoming::DueAmount;
use relance_core::machine::{PLAN, Trigger};

impl Naive<'_> {
    /// A payment plan was agreed.
    pub fn agree(&mut self, i: usize, parts: &[DueAmount]) {
        let inv = &mut self.file.invoices[i];
        let part = |p: &DueAmount| Instalment { due: p.due, amount: p.amount.cents, missed: false, left: None };
        inv.instalments = parts.iter().map(part).collect();
        inv.instalments.sort_by_key(|p| p.due);
        inv.instalment = 0;
        if inv.state == PLAN {
            inv.progress = Progress::default();
            inv.visit += 1;
        }
        if let Some(first) = inv.instalments.first().map(|p| p.due) {
            self.falls_due(i, first);
        }
        self.follow_instalments(i);
    }

    fn falls_due(&mut self, i: usize, due: chrono::NaiveDate) {
        // What is told late finds the invoice running, also when it is no event.
        let history = self.quiet && self.file.invoices[i].came == self.file.now;
        let inv = &mut self.file.invoices[i];
        inv.due = due;
        inv.due_moved = !history;
        inv.due_hold_lifted = false;
    }

    /// The rungs of the plan follow each instalment by itself.
    pub fn follow_instalments(&mut self, i: usize) {
        let inv = &mut self.file.invoices[i];
        let unpaid = (0..inv.instalments.len()).find(|k| inv.balance > after_instalment(inv, *k));
        let Some(next) = unpaid.filter(|k| *k != inv.instalment) else { return };
        let old = std::mem::replace(&mut inv.instalment, next);
        inv.instalments[old].left = Some(inv.progress.clone());
        let back = inv.instalments[next].left.take().unwrap_or_default();
        if inv.state == PLAN {
            inv.progress = back;
            inv.visit += 1;
        }
        let due = inv.instalments[next].due;
        self.falls_due(i, due);
    }

    /// An instalment whose date has gone unpaid is missed.
    pub fn miss_instalments(&mut self, i: usize) {
        let inv = &mut self.file.invoices[i];
        for k in 0..inv.instalments.len() {
            let inv = &mut self.file.invoices[i];
            let unpaid = inv.balance > after_instalment(inv, k);
            if inv.instalments[k].missed || !unpaid || self.file.today <= inv.instalments[k].due {
                continue;
            }
            inv.instalments[k].missed = true;
            let before_our_time = inv.instalments[k].due < inv.taken_over;
            self.note(i, format!("échéance manquée {k}"));
            if !before_our_time {
                self.events.push((i, Trigger::InstalmentMissed, None));
            }
        }
    }
}
