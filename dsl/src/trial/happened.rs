//! What a test can see of what its scenario did: messages, calls, tasks, alerts, notes, hand-overs, changes of state, and approvals
//! that are asked for. Everything else in the journal is how it came about.

use super::people::BOUNCED;
use super::play::Record;
use chrono::NaiveDate;
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::parse_key;
use relance_core::event::{Entry, Event};
use relance_core::machine::{Action, Attempt, Channel, Contact, Nature, Place, Tone};
use relance_core::program::Program;
use std::collections::{BTreeMap, BTreeSet};

/// How far an action came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stand {
    /// Done, or put on somebody's list.
    Done,
    /// Somebody has to approve it first.
    Asked,
    /// It failed for good, because the test says so.
    Bounced,
    /// It failed for good by itself.
    Failed,
}

/// Something that a person would see.
#[derive(Clone, Debug)]
pub(super) struct Happened {
    pub at: Instant,
    pub day: NaiveDate,
    /// The invoices that it is about: several when they are grouped, none when it is about the whole client.
    pub invoices: Vec<String>,
    /// What was done, as the scenario says it.
    pub did: Attempt,
    pub stand: Stand,
    /// A day may leave it unsaid: the engine's own tasks, suspensions, what waits for an approval that the test withholds.
    pub unsaid: bool,
    /// The rule that it comes from.
    pub place: Option<Place>,
    /// The rung of that rule.
    pub rung: Option<i64>,
    /// The keys of the effect, one for each invoice.
    pub keys: Vec<String>,
}

impl Happened {
    /// As the timeline shows it.
    pub fn text(&self) -> String {
        let mut text = self.did.action.to_string();
        match self.stand {
            Stand::Done => {}
            Stand::Asked => text.push_str(", à valider"),
            Stand::Bounced | Stand::Failed => text.push_str(", en échec"),
        }
        text
    }
}

/// The action that an entry is about, as the scenario says it.
pub(super) fn action(program: &Program, entry: &Entry) -> Option<Attempt> {
    let about = entry.about.as_ref()?;
    let (_, _, stage, item, attempt) = parse_key(entry.event.key()?)?;
    let machine = &program.scenario(&about.scenario)?.machine;
    let sequence = machine.sequence(about.rule?)?;
    sequence.stages.get(stage as usize)?.items.get(item)?.0.get(attempt as usize).cloned()
}

/// What of the records a person would see, in their order.
pub(super) fn happened(program: &Program, records: &[Record]) -> Vec<Happened> {
    let zone = program.zone;
    let mut all: Vec<Happened> = Vec::new();
    let mut leaders: BTreeMap<&str, &str> = BTreeMap::new();
    let mut left: BTreeSet<&str> = BTreeSet::new();
    for Record { entry, .. } in records {
        if let Event::Departed { key, within, .. } = &entry.event {
            leaders.insert(key, within.as_deref().unwrap_or(key));
        }
        let day = civil_date(entry.at, zone);
        if let Event::Approved { key, .. } = &entry.event {
            // Approved on the day on which it was asked: only what was approved is seen.
            all.retain(|h| !(h.stand == Stand::Asked && h.day == day && h.keys.contains(key)));
            continue;
        }
        let Some((did, stand, unsaid)) = seen(program, entry) else { continue };
        let key = entry.event.key().map(str::to_owned);
        if let Event::Failed { key, .. } = &entry.event {
            // A message that comes back was seen when it left.
            if left.contains(key.as_str()) {
                continue;
            }
        }
        let leader = match &entry.event {
            Event::Sent { key, within, .. } => Some(within.as_deref().unwrap_or(key)),
            Event::Failed { key, .. } => leaders.get(key.as_str()).copied(),
            _ => None,
        };
        if let Event::Sent { key, .. } = &entry.event {
            left.insert(key);
        }
        let together = leader.and_then(|leader| {
            all.iter_mut().rfind(|h| h.at == entry.at && h.stand == stand && h.keys.iter().any(|own| own == leader))
        });
        if let Some(together) = together {
            together.keys.extend(key);
            together.invoices.extend(entry.invoice.clone());
            continue;
        }
        all.push(Happened {
            at: entry.at,
            day,
            invoices: entry.invoice.iter().cloned().collect(),
            did,
            stand,
            unsaid,
            place: entry.about.as_ref().and_then(|about| {
                program.scenario(&about.scenario).and_then(|s| s.machine.place(about.rule?)).cloned()
            }),
            rung: entry.about.as_ref().and_then(|about| about.rung),
            keys: key.into_iter().collect(),
        });
    }
    all
}

/// What an entry shows; how far it came; whether a day may leave it unsaid.
fn seen(program: &Program, entry: &Entry) -> Option<(Attempt, Stand, bool)> {
    let said = || action(program, entry);
    let own = |action: Action| Some((Attempt::from(action), Stand::Done, true));
    match &entry.event {
        Event::Sent { channel, template, .. } => {
            let attempt = said().map_or_else(|| bare(*channel, template), |attempt| chosen(attempt, template));
            Some((attempt, Stand::Done, false))
        }
        Event::Failed { channel, template, reason, .. } => {
            let attempt = said().map_or_else(|| bare(*channel, template), |attempt| chosen(attempt, template));
            let by_test = reason == BOUNCED;
            Some((attempt, if by_test { Stand::Bounced } else { Stand::Failed }, by_test))
        }
        Event::Task { key, text, to, .. } if key.is_empty() => own(Action::Task { text: text.clone(), to: to.clone() }),
        Event::Alert { key, target, .. } if key.is_empty() => own(Action::Alert { target: target.clone() }),
        Event::Task { .. } | Event::Alert { .. } | Event::Note { .. } | Event::HandedOver { .. } => {
            Some((said()?, Stand::Done, false))
        }
        Event::StateEntered { key: Some(_), to, .. } => {
            Some((said().unwrap_or_else(|| Action::GoTo { state: to.clone() }.into()), Stand::Done, false))
        }
        Event::ApprovalAsked { .. } => Some((said()?, Stand::Asked, true)),
        Event::RuleSuspended { .. } | Event::RuleResumed { key: Some(_) } | Event::Continued { .. } => {
            Some((said()?, Stand::Done, true))
        }
        _ => None,
    }
}

/// A contact whose rule is not known any more.
fn bare(channel: Channel, template: &Option<String>) -> Attempt {
    Action::Contact(Contact {
        channel,
        template: template.clone(),
        choice: None,
        nature: Nature::default(),
        tone: Tone::default(),
        language: None,
        variants: Vec::new(),
        to: Vec::new(),
        copy: Vec::new(),
    })
    .into()
}

/// The action with the template that was really taken: a script may have chosen it, or a grouped message speak for all.
fn chosen(mut attempt: Attempt, template: &Option<String>) -> Attempt {
    if let Action::Contact(contact) = &mut attempt.action
        && template.is_some()
    {
        contact.template = template.clone();
        contact.choice = None;
    }
    attempt
}
