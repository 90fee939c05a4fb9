//! Messages that left and may still come back, and how their `à défaut` starts when one does.

use super::sent::is_recent;
use super::{InvoiceFile, Origin, Run, Status, parse_key};
use crate::day::Instant;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A message that its carrier took and of which something is to be known should it come back in this visit of its state: its `à défaut`
/// starts then; an answer to a failure does not answer its own.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Returnable {
    /// The effect's key.
    pub key: String,
    /// The day on which it was accepted.
    pub on: NaiveDate,
    /// Its run as it stood then; only its stage is done again.
    pub run: Run,
    /// The higher rung that superseded its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<i64>,
}

impl InvoiceFile {
    /// The message of this key, when it may still come back.
    pub fn returnable(&self, key: &str, today: NaiveDate) -> Option<&Returnable> {
        self.returnable.iter().find(|sent| sent.key == key && is_recent(sent.on, today))
    }

    /// Whether the run waits for the fallback of a message of it that came back.
    pub fn awaits_fallback(&self, run: &Run) -> bool {
        self.runs.iter().any(|other| other.repairs == Some(run.id))
    }

    /// A message was accepted.
    pub(crate) fn may_return(&mut self, key: &str, today: NaiveDate) {
        self.returnable.retain(|sent| is_recent(sent.on, today));
        let Some((_, id, stage, ..)) = parse_key(key) else { return };
        if let Some(run) = self.run(id).filter(|run| run.stage == stage) {
            let run = Run { left: true, ..run.clone() };
            self.returnable.push(Returnable { key: key.to_owned(), on: today, run, superseded: None });
        }
    }

    /// A higher rung of the state fired.
    pub(crate) fn supersede_returnable(&mut self, rung: i64) {
        for sent in &mut self.returnable {
            let lower = matches!(sent.run.origin, Origin::Rung(own) if own < rung);
            if lower && sent.run.visit == self.visit {
                sent.superseded.get_or_insert(rung);
            }
        }
    }

    /// The message came back after its stage was over: its fallback starts in a run of its own, for which the rest of the chain waits.
    pub(crate) fn start_fallback(&mut self, key: &str, id: u32, at: Instant, today: NaiveDate) {
        let Some((_, _, _, item, attempt)) = parse_key(key) else { return };
        let Some(mut run) = self.returnable(key, today).map(|sent| sent.run.clone()) else { return };
        run.repairs = Some(run.chain());
        run.id = id;
        run.since = today;
        run.ready = None;
        run.contacted = true;
        run.failed = false;
        for (i, state) in run.items.iter_mut().enumerate() {
            state.status = Status::Done;
            if i == item {
                state.attempt = attempt.saturating_add(1);
                state.status = Status::waiting(at, 0);
            }
        }
        self.last_run = id;
        self.runs.push(run);
    }
}
