//! The calls, and the letters, that wait for somebody, as the files have them.

use crate::dossier::{Dossier, Status, effect_key};
use crate::incoming::{Incoming, What};
use crate::machine::{Channel, Contact};
use crate::program::Program;
use chrono::NaiveDate;

/// How the ids begin of what people note of calls.
pub const ANSWER: &str = "appel:";

/// A call or a letter on the list. It may be about several invoices, and has one outcome.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenCall<'p> {
    /// The effect's key.
    pub key: String,
    /// Whom to call, and with which script.
    pub contact: &'p Contact,
    /// The invoice that decided it, then those grouped with it.
    pub invoices: Vec<String>,
    /// Since when it is on the list.
    pub since: NaiveDate,
    /// How often nobody answered.
    pub tries: u32,
    /// Whether something stands instead of it, should it fail.
    pub fallback: bool,
}

/// The open calls of a client, oldest first.
pub fn open_calls<'p>(program: &'p Program, dossier: &Dossier) -> Vec<OpenCall<'p>> {
    listed(program, dossier, |channel| channel == Channel::Call)
}

/// What waits for somebody on such channels, oldest first.
pub fn listed<'p>(program: &'p Program, dossier: &Dossier, wanted: fn(Channel) -> bool) -> Vec<OpenCall<'p>> {
    let mut calls: Vec<OpenCall<'p>> = Vec::new();
    let mut parts: Vec<(String, String)> = Vec::new();
    for (number, file) in &dossier.invoices {
        let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { continue };
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                let Status::Listed { on, within, tries } = &item.status else { continue };
                let attempt = scenario.attempt(run.rule, run.stage, i, item.attempt);
                let contact = attempt.and_then(|attempt| attempt.action.contact());
                let Some(contact) = contact.filter(|contact| wanted(contact.channel)) else { continue };
                if let Some(leader) = within {
                    parts.push((leader.clone(), number.clone()));
                    continue;
                }
                calls.push(OpenCall {
                    key: effect_key(number, run.id, run.stage, i, item.attempt),
                    contact,
                    invoices: vec![number.clone()],
                    since: *on,
                    tries: *tries,
                    fallback: scenario.attempt(run.rule, run.stage, i, item.attempt + 1).is_some(),
                });
            }
        }
    }
    for (leader, number) in parts {
        let Some(call) = calls.iter_mut().find(|call| call.key == leader) else { continue };
        call.invoices.push(number);
    }
    calls.sort_by(|a, b| (a.since, &a.key).cmp(&(b.since, &b.key)));
    calls
}

impl OpenCall<'_> {
    /// Identifies what comes of this attempt: noted twice, it counts once.
    pub fn answer_id(&self) -> String {
        format!("{ANSWER}{}:{}", self.key, self.tries + 1)
    }

    /// Whether somebody has told what came of it, and no run has taken that in yet.
    pub fn is_answered_by(&self, thing: &Incoming) -> bool {
        let What::Done { key, channel, .. } = &thing.what else { return false };
        match key {
            Some(key) => *key == self.key,
            None => {
                let own = self.contact.channel;
                let same = channel.is_some_and(|channel| channel == own || (channel.is_letter() && own.is_letter()));
                same && thing.invoice.as_ref().is_some_and(|n| self.invoices.contains(n))
            }
        }
    }
}
