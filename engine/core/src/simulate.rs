//! Runs clients' files over a stretch of time with a virtual clock: simulation, tests, "what comes next". The decisions are the step
//! function's; here are only the clock, carriers that accept, and people who do what they are asked.

use crate::day::Instant;
use crate::dossier::{Dossier, Status, effect_key};
use crate::event::{Entry, Event};
use crate::incoming::{DoneResult, Incoming, What};
use crate::machine::Channel;
use crate::program::Program;
use crate::step::{Departure, Input, Outcome, Step, known_at, step};

/// A client's file and what is still to become known about it.
#[derive(Clone, PartialEq, Debug)]
pub struct World {
    /// The file.
    pub dossier: Dossier,
    /// When time alone changes something next; `None` with an untouched file.
    pub wake: Option<Instant>,
    /// What happens outside, by the moment at which it becomes known.
    pub inbox: Inbox,
}

/// What happens outside, ordered by the moment at which it becomes known.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Inbox {
    /// Latest first, so that taking is cheap.
    later_first: Vec<(Instant, Incoming, Option<Instant>)>,
}

impl Inbox {
    /// Orders incoming things; each with the moment of its import, `None` in a simulation from files.
    pub fn new(things: Vec<(Incoming, Option<Instant>)>, zone: chrono_tz::Tz) -> Inbox {
        Inbox::known_at(things.into_iter().map(|(i, at)| (known(&i, zone), i, at)).collect())
    }

    /// Orders incoming things by the moment given with each, at which it becomes known.
    pub fn known_at(mut later_first: Vec<(Instant, Incoming, Option<Instant>)>) -> Inbox {
        later_first.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| b.1.id.cmp(&a.1.id)));
        Inbox { later_first }
    }

    /// Whether anything in it is about this invoice.
    pub fn names(&self, invoice: &str) -> bool {
        self.later_first.iter().any(|(_, incoming, _)| incoming.invoice.as_deref() == Some(invoice))
    }

    /// When the next one becomes known.
    pub fn next(&self) -> Option<Instant> {
        self.later_first.last().map(|(at, ..)| *at)
    }

    /// Takes out what is known at `now`.
    pub fn take(&mut self, now: Instant) -> Vec<Input> {
        let from = self.later_first.partition_point(|(at, ..)| *at > now);
        self.later_first
            .split_off(from)
            .into_iter()
            .rev()
            .map(|(_, incoming, imported)| Input::Incoming { incoming, imported })
            .collect()
    }
}

/// When an incoming thing is taken in: an invoice not before its take-over, when the data gives one.
pub fn known(incoming: &Incoming, zone: chrono_tz::Tz) -> Instant {
    match &incoming.what {
        What::Invoice(invoice) => {
            let day = invoice.taken_over.map_or(invoice.issued, |day| day.max(invoice.issued));
            crate::day::start_of_day(day, zone)
        }
        _ => known_at(incoming, zone),
    }
}

/// What people do with calls, letters and tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum People {
    /// They do them at once.
    #[default]
    Diligent,
    /// Nobody answers the telephone; the rest is done at once.
    NoAnswer,
    /// They do nothing.
    Absent,
}

/// The next moment at which something is due, not before `from`.
pub fn next_moment(wake: Option<Instant>, inbox: Option<Instant>, from: Instant) -> Option<Instant> {
    wake.into_iter().chain(inbox).min().map(|at| at.max(from))
}

/// Runs one client's file from `from` to `to`, both included, and gives each journal entry to `seen` with the file as it is after the
/// step that wrote it.
pub fn run(
    program: &Program,
    world: &mut World,
    (from, to): (Instant, Instant),
    people: People,
    mut seen: impl FnMut(&Dossier, &Entry),
) {
    let mut pending =
        if people == People::Absent { Vec::new() } else { overdue_work(&world.dossier, from, program, people) };
    loop {
        let now = match next_moment(world.wake, world.inbox.next(), from) {
            _ if !pending.is_empty() => from,
            Some(now) if now <= to => now,
            _ => break,
        };
        let mut inputs = world.inbox.take(now);
        inputs.append(&mut pending);
        loop {
            let Step { entries, departures, wake, .. } = step(program, &mut world.dossier, now, inputs);
            world.wake = wake.map(|w| w.at);
            for entry in &entries {
                seen(&world.dossier, entry);
            }
            inputs = answers(program, &world.dossier, &entries, departures, people);
            if inputs.is_empty() {
                break;
            }
        }
    }
}

/// Carriers accept; people do what the step put on their lists.
fn answers(
    program: &Program,
    dossier: &Dossier,
    entries: &[Entry],
    departures: Vec<Departure>,
    people: People,
) -> Vec<Input> {
    let mut inputs: Vec<Input> =
        departures.into_iter().map(|message| Input::Outcome { message, outcome: Outcome::Accepted }).collect();
    if people != People::Absent {
        inputs.extend(work_done(program, dossier, entries, people));
    }
    inputs
}

/// What stood on people's lists before the simulation began: they do it first.
fn overdue_work(dossier: &Dossier, at: Instant, program: &Program, people: People) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (number, file) in &dossier.invoices {
        let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { continue };
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                if matches!(item.status, Status::Listed { .. }) {
                    let action = scenario.action(run.rule, run.stage, i, item.attempt);
                    let call = action.and_then(|a| a.contact()).is_some_and(|c| c.channel == Channel::Call);
                    let key = effect_key(number, run.id, run.stage, i, item.attempt);
                    inputs.push(report(dossier, number, &key, at, call, (program, people)));
                }
            }
        }
    }
    inputs
}

fn report(
    dossier: &Dossier,
    number: &str,
    key: &str,
    at: Instant,
    call: bool,
    (program, people): (&Program, People),
) -> Input {
    let result = if call && people == People::NoAnswer { DoneResult::NoAnswer } else { DoneResult::Done };
    Input::Incoming {
        incoming: Incoming {
            id: format!("fait:{key}"),
            client: dossier.client.clone(),
            invoice: Some(number.to_owned()),
            effective: crate::day::civil_date(at, program.zone),
            known: Some(at),
            what: What::Done { key: Some(key.to_owned()), channel: None, result },
        },
        imported: None,
    }
}

/// The outcomes that diligent people would report of what `entries` put on their lists.
pub fn work_done(program: &Program, dossier: &Dossier, entries: &[Entry], people: People) -> Vec<Input> {
    let mut inputs = Vec::new();
    for entry in entries {
        let (Some(number), Some(key)) = (&entry.invoice, entry.event.key()) else { continue };
        let Some(file) = dossier.invoices.get(number) else { continue };
        let listed = file.runs.iter().any(|run| {
            run.items.iter().enumerate().any(|(i, item)| {
                matches!(item.status, Status::Listed { .. })
                    && effect_key(number, run.id, run.stage, i, item.attempt) == key
            })
        });
        if !listed {
            continue;
        }
        let call = matches!(
            entry.event,
            Event::Sent { channel: Channel::Call, .. } | Event::Completed { channel: Some(Channel::Call), .. }
        );
        inputs.push(report(dossier, number, key, entry.at, call, (program, people)));
    }
    inputs
}
