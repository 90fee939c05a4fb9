//! Tasks that no rule asks for: the engine, or a colleague, gives them to people, and no sequence waits for them.

use super::Dossier;
use crate::event::{Entry, Event};
use crate::machine::Channel;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Why something is asked for that no rule asks for.
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
    /// A colleague asks for it.
    #[serde(rename = "demandee")]
    Asked,
}

/// A task that no rule asks for, and that is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenTask {
    /// Names it for ever: what is done is said of this key.
    #[serde(default)]
    pub key: String,
    /// The invoice that it is about; none: the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Since when.
    pub on: NaiveDate,
    /// What to do.
    pub text: String,
    /// Who is to do it, when a colleague says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Who asks for it, when a colleague does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    pub why: OwnTask,
}

impl Dossier {
    /// The open task of this key about an invoice, or about the client; without a key, the oldest one.
    pub fn own_task(&self, invoice: Option<&str>, key: Option<&str>) -> Option<&OpenTask> {
        self.tasks.iter().find(|task| task.is_meant(invoice, key))
    }

    /// How an entry opens and closes such tasks.
    pub(crate) fn apply_task(&mut self, entry: &Entry, today: NaiveDate) {
        let invoice = &entry.invoice;
        match &entry.event {
            // What an entry that failed asks is open for as long as the state of the invoice says so.
            Event::Task { key, own: Some(why), text, to } if *why != OwnTask::Decide => {
                // Those of the engine are named by their place in the journal.
                let key = if key.is_empty() { format!("tache:{}", self.entries) } else { key.clone() };
                let (invoice, text, to) = (invoice.clone(), text.clone(), to.clone());
                let by = entry.said.as_ref().and_then(|said| said.by.clone());
                self.tasks.push(OpenTask { key, invoice, on: today, text, to, by, why: *why });
            }
            Event::Completed { key, channel: None, .. } => {
                let key = Some(key.as_str()).filter(|key| !key.is_empty());
                let meant = self.tasks.iter().position(|task| task.is_meant(invoice.as_deref(), key));
                if let Some(OwnTask::Mend(channel)) = meant.map(|at| self.tasks.remove(at).why) {
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

impl OpenTask {
    fn is_meant(&self, invoice: Option<&str>, key: Option<&str>) -> bool {
        self.invoice.as_deref() == invoice && key.is_none_or(|key| key == self.key)
    }
}
