//! Approvals: asked when an action's turn comes, good for what was approved, gone after ten business days.

use super::Worker;
use super::states::is_approving;
use crate::dossier::{InvoiceFile, Run, Status, effect_key};
use crate::event::Event;
use crate::machine::Attempt;

/// Business days after which an approval that nobody gave expires.
const APPROVAL_EXPIRY: i64 = 10;

impl Worker<'_> {
    /// Asks for an approval.
    pub(super) fn ask_approval(&mut self, number: &str, key: String, attempt: &Attempt) {
        let until = self.business_days(number, self.today, APPROVAL_EXPIRY);
        let by = attempt.approval.as_ref().and_then(|approval| approval.by.clone());
        let what = attempt.action.to_string();
        self.emit(Some(number), Event::ApprovalAsked { key, what, by, until });
    }

    /// Whether what a waiting item is about to do has to be approved, first or again: the balance or the rung has changed.
    pub(super) fn lacks_approval(file: &InvoiceFile, attempt: &Attempt, status: &Status) -> bool {
        let Status::Waiting { approved, .. } = status else { return false };
        attempt.approval.is_some()
            && approved.is_none_or(|approved| (approved.balance, approved.position) != (file.balance, file.position))
    }

    /// Somebody approved or refused.
    pub(super) fn answer_approval(&mut self, number: &str, key: Option<&str>, granted: bool) {
        let asked = self.file(number).map(|file| approving(number, file)).unwrap_or_default();
        let Some(key) = asked.into_iter().find(|own| key.is_none_or(|key| key == own)) else {
            let text = format!("aucune validation n’est attendue sur la facture {number} : sans effet");
            return self.emit(Some(number), Event::Anomaly { text });
        };
        if !granted {
            return self.emit(Some(number), Event::Refused { key, by: None, expired: false });
        }
        self.emit(Some(number), Event::Approved { key, by: None });
    }

    /// Approvals that nobody gave in time.
    pub(super) fn expire_approvals(&mut self, number: &str) {
        let Some(file) = self.file(number) else { return };
        let late = |run: &Run, i: usize| matches!(run.items.get(i).map(|item| &item.status), Some(Status::Approving { until, .. }) if self.today > *until);
        let mut keys = Vec::new();
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                if late(run, i) {
                    keys.push(effect_key(number, run.id, run.stage, i, item.attempt));
                }
            }
        }
        for key in keys {
            self.emit(Some(number), Event::Refused { key, by: None, expired: true });
        }
    }
}

/// The keys of what waits for an approval on an invoice, oldest first.
pub(crate) fn approving(number: &str, file: &InvoiceFile) -> Vec<String> {
    let mut keys = Vec::new();
    for run in &file.runs {
        for (i, item) in run.items.iter().enumerate() {
            if is_approving(&item.status) {
                keys.push(effect_key(number, run.id, run.stage, i, item.attempt));
            }
        }
    }
    keys
}
