//! Tasks that no rule asks for: the engine gives them to people, and no sequence waits for them.

use super::Dossier;
use crate::event::{Entry, Event};
use crate::machine::Channel;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Why the engine asks for something by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnTask {
    /// To mend the client's address for a channel.
    #[serde(rename = "corriger")]
    Mend(Channel),
    /// To read what the client replied.
    #[serde(rename = "lire")]
    Read,
    /// To claim a debt in insolvency proceedings.
    #[serde(rename = "declarer")]
    Claim,
    /// To decide what follows an entry that failed.
    #[serde(rename = "decider")]
    Decide,
    /// To decide what follows when the client refuses to pay.
    #[serde(rename = "refus")]
    Refusal,
}

/// A task of the engine that is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenTask {
    /// The invoice that it is about; none: the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Since when.
    pub on: NaiveDate,
    /// What to do.
    pub text: String,
    /// Why.
    pub why: OwnTask,
}

impl Dossier {
    /// The oldest open task of the engine about an invoice, or about the client.
    pub fn own_task(&self, invoice: Option<&str>) -> Option<&OpenTask> {
        self.tasks.iter().find(|task| task.invoice.as_deref() == invoice)
    }

    /// How an entry opens and closes such tasks.
    pub(crate) fn apply_task(&mut self, entry: &Entry, today: NaiveDate) {
        let invoice = &entry.invoice;
        match &entry.event {
            // What an entry that failed asks is open for as long as the state of the invoice says so.
            Event::Task { own: Some(why), text, .. } if *why != OwnTask::Decide => {
                let (invoice, text) = (invoice.clone(), text.clone());
                self.tasks.push(OpenTask { invoice, on: today, text, why: *why });
            }
            Event::Completed { key, .. } if key.is_empty() => {
                let oldest = self.tasks.iter().position(|task| task.invoice == *invoice);
                if let Some(OwnTask::Mend(channel)) = oldest.map(|at| self.tasks.remove(at).why) {
                    self.to_mend.remove(&channel);
                }
            }
            Event::Customer { .. } => self.tasks.retain(|task| !matches!(task.why, OwnTask::Mend(_))),
            Event::InsolvencyClosed => self.tasks.retain(|task| task.why != OwnTask::Claim),
            // A debt that comes back is to be claimed as before.
            Event::Settled { .. } => {
                let falls = |why: OwnTask| matches!(why, OwnTask::Read | OwnTask::Refusal);
                self.tasks.retain(|task| !falls(task.why) || task.invoice.is_none() || task.invoice != *invoice);
            }
            _ => {}
        }
    }
}
