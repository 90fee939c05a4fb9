//! Runs clients' files over a stretch of time with a virtual clock: simulation, tests, "what comes next". The decisions are the step
//! function's; here are only the clock, carriers that accept, and people who do what they are asked.

use crate::day::Instant;
use crate::dossier::{Dossier, Status, effect_key, parse_key};
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

/// What people do with what is put on their lists: calls, letters, tasks, approvals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct People {
    /// What comes of their calls; `None` leaves them undone.
    pub calls: Option<DoneResult>,
    /// Whether they do their tasks and post their letters.
    pub work: bool,
    /// Whether they approve; `None` leaves it unanswered.
    pub approve: Option<bool>,
}

impl People {
    /// They do everything at once, reach whom they call, and approve.
    pub const DILIGENT: People = People { calls: Some(DoneResult::Done), work: true, approve: Some(true) };
    /// They do nothing.
    pub const ABSENT: People = People { calls: None, work: false, approve: None };
    /// Nobody answers their calls.
    pub const NO_ANSWER: People = People { calls: Some(DoneResult::NoAnswer), ..People::DILIGENT };
}

impl Default for People {
    fn default() -> People {
        People::DILIGENT
    }
}

/// How often carriers and people answer at one moment.
const MAX_ANSWERS: usize = 1_000;

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
    let mut pending = overdue_work(&world.dossier, from, program, people);
    loop {
        let now = match next_moment(world.wake, world.inbox.next(), from) {
            _ if !pending.is_empty() => from,
            Some(now) if now <= to => now,
            _ => break,
        };
        let mut inputs = world.inbox.take(now);
        inputs.append(&mut pending);
        // People who finish at once what asks for itself again would work for ever: they rest until the next moment.
        for _ in 0..MAX_ANSWERS {
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
    inputs.extend(work_done(program, dossier, entries, people));
    inputs
}

/// What stood on people's lists before the simulation began: they do it first.
fn overdue_work(dossier: &Dossier, at: Instant, program: &Program, people: People) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (number, file) in &dossier.invoices {
        for run in &file.runs {
            for (i, item) in run.items.iter().enumerate() {
                let key = effect_key(number, run.id, run.stage, i, item.attempt);
                inputs.extend(answer(program, dossier, number, &key, at, people));
            }
        }
    }
    inputs
}

/// What people do with the work of this key, if it is on a list.
fn answer(program: &Program, dossier: &Dossier, number: &str, key: &str, at: Instant, people: People) -> Option<Input> {
    let (_, run, stage, item, attempt) = parse_key(key)?;
    let file = dossier.invoices.get(number)?;
    let run = file.run(run).filter(|run| run.stage == stage)?;
    let state = run.items.get(item).filter(|state| state.attempt == attempt)?;
    let scenario = file.scenario.as_ref().and_then(|s| program.scenario(&s.name))?;
    let action = scenario.action(run.rule, stage, item, attempt)?;
    let call = action.contact().is_some_and(|c| c.channel == Channel::Call);
    let what = match &state.status {
        Status::Approving { .. } => What::Approval { key: Some(key.to_owned()), granted: people.approve?, by: None },
        // One call or letter for several invoices is done once.
        Status::Listed { within: Some(_), .. } => return None,
        Status::Listed { .. } => {
            let result = if call { people.calls? } else { people.work.then_some(DoneResult::Done)? };
            What::Done { key: Some(key.to_owned()), channel: None, result }
        }
        _ => return None,
    };
    Some(Input::Incoming {
        incoming: Incoming {
            id: format!("fait:{key}"),
            client: dossier.client.clone(),
            invoice: Some(number.to_owned()),
            effective: crate::day::civil_date(at, program.zone),
            known: Some(at),
            what,
        },
        imported: None,
    })
}

/// What people report of what `entries` put on their lists.
pub fn work_done(program: &Program, dossier: &Dossier, entries: &[Entry], people: People) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries {
        let (Some(number), Some(key)) = (&entry.invoice, entry.event.key()) else { continue };
        let asks = matches!(
            entry.event,
            Event::Sent { .. } | Event::Completed { .. } | Event::Task { .. } | Event::ApprovalAsked { .. }
        );
        if asks && !seen.contains(&key) {
            seen.push(key);
            inputs.extend(answer(program, dossier, number, key, entry.at, people));
        }
    }
    inputs
}
