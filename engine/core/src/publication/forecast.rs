//! The messages that other versions of the scenarios gain and lose.

use crate::day::{Instant, civil_date};
use crate::event::Event;
use crate::machine::Channel;
use crate::program::Program;
use crate::simulate::{People, World, run};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// A message, call or letter of a simulation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Message {
    /// On which day it leaves.
    #[serde(rename = "le")]
    pub on: NaiveDate,
    /// The client.
    pub client: String,
    /// The invoices that it is about.
    #[serde(rename = "factures")]
    pub invoices: Vec<String>,
    /// By which way.
    #[serde(rename = "canal")]
    pub channel: Channel,
    /// Its template.
    #[serde(rename = "modele")]
    pub template: Option<String>,
}

/// A message that leaves on another day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Shifted {
    /// The day on which it would have left.
    #[serde(rename = "au_lieu_du")]
    pub was: NaiveDate,
    /// As it leaves now.
    #[serde(flatten)]
    pub message: Message,
}

/// What leaves with one set of scenarios and not with another.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Forecast {
    /// What leaves only with the new one.
    #[serde(rename = "gagnes")]
    pub gained: Vec<Message>,
    /// What leaves only with the old one.
    #[serde(rename = "perdus")]
    pub lost: Vec<Message>,
    /// What leaves with both, on different days.
    #[serde(rename = "a_un_autre_jour")]
    pub shifted: Vec<Shifted>,
}

impl Forecast {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && self.shifted.is_empty()
    }

    /// What of it concerns the days up to one, that day included.
    pub fn until(&self, day: NaiveDate) -> Forecast {
        let soon = |messages: &[Message]| messages.iter().filter(|m| m.on <= day).cloned().collect();
        let shifted = self.shifted.iter().filter(|one| one.was.min(one.message.on) <= day).cloned().collect();
        Forecast { gained: soon(&self.gained), lost: soon(&self.lost), shifted }
    }
}

/// What leaves between two moments, both included, in order.
pub fn messages(
    program: &Program,
    worlds: &mut [World],
    (from, to): (Instant, Instant),
    people: People,
    mut progress: impl FnMut(usize),
) -> Vec<Message> {
    let mut sent = Vec::new();
    for (n, world) in worlds.iter_mut().enumerate() {
        // By the key of the message that really left: several invoices may be in it.
        let mut wholes: BTreeMap<String, Message> = BTreeMap::new();
        run(program, world, (from, to), people, |dossier, entry| {
            if let (Event::Sent { key, channel, template, within, .. }, Some(invoice)) = (&entry.event, &entry.invoice)
            {
                let message = wholes.entry(within.as_ref().unwrap_or(key).clone()).or_insert_with(|| Message {
                    on: civil_date(entry.at, program.zone),
                    client: dossier.client.clone(),
                    invoices: Vec::new(),
                    channel: *channel,
                    template: template.clone(),
                });
                // The invoice that leads it decides what it says; its entry may come after those of the others.
                if within.is_none() {
                    (message.channel, message.template) = (*channel, template.clone());
                }
                message.invoices.push(invoice.clone());
            }
        });
        sent.extend(wholes.into_values().map(|mut message| {
            message.invoices.sort();
            message
        }));
        progress(n + 1);
    }
    sent.sort();
    sent
}

/// What changes from the messages of one simulation to those of another.
pub fn forecast(before: &[Message], after: &[Message]) -> Forecast {
    let mut balance: BTreeMap<&Message, i64> = BTreeMap::new();
    for message in before {
        *balance.entry(message).or_default() -= 1;
    }
    for message in after {
        *balance.entry(message).or_default() += 1;
    }
    let mut found = Forecast::default();
    for (message, more) in balance {
        let list = if more > 0 { &mut found.gained } else { &mut found.lost };
        list.extend(std::iter::repeat_n(message.clone(), usize::try_from(more.abs()).unwrap_or(0)));
    }
    // The same message on another day is one that moves.
    let mut lost: BTreeMap<Message, Vec<NaiveDate>> = BTreeMap::new();
    for message in std::mem::take(&mut found.lost).into_iter().rev() {
        lost.entry(dateless(&message)).or_default().push(message.on);
    }
    for message in std::mem::take(&mut found.gained) {
        match lost.get_mut(&dateless(&message)).and_then(Vec::pop) {
            Some(was) => found.shifted.push(Shifted { was, message }),
            None => found.gained.push(message),
        }
    }
    found.lost =
        lost.into_iter().flat_map(|(m, days)| days.into_iter().map(move |on| Message { on, ..m.clone() })).collect();
    found.lost.sort();
    found
}

fn dateless(message: &Message) -> Message {
    Message { on: NaiveDate::MIN, ..message.clone() }
}
