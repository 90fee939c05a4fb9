//! Runs clients' files over a stretch of time with a virtual clock: simulation, tests in scenario files, "what comes next". The decisions
//! are the step function's; here are only the clock, carriers that accept, and people who do what they are asked.

use crate::day::Instant;
use crate::dossier::{Dossier, Status, effect_key, parse_key};
use crate::event::{Entry, Event};
use crate::incoming::{DoneResult, Incoming, What};
use crate::machine::Channel;
use crate::program::Program;
use crate::step::{Departure, Input, Outcome, Step, known_at, step};
use std::collections::BTreeSet;

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

    /// What is in it, with the moment at which it becomes known.
    pub fn iter(&self) -> impl Iterator<Item = (Instant, &Incoming)> {
        self.later_first.iter().map(|(at, incoming, _)| (*at, incoming))
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
pub const MAX_ANSWERS: usize = 1_000;

/// The next moment at which something is due, not before `from`.
pub fn next_moment(wake: Option<Instant>, inbox: Option<Instant>, from: Instant) -> Option<Instant> {
    wake.into_iter().chain(inbox).min().map(|at| at.max(from))
}

/// Who answers a client's file while it is driven: carriers and people, and what they tell of their own accord.
pub trait Outside {
    /// The next moment at which they tell something of their own accord.
    fn next(&self) -> Option<Instant> {
        None
    }

    /// Looks at the file before its next moment, `None` at the end; false stops there.
    fn goes_on(&mut self, _next: Option<Instant>, _dossier: &Dossier) -> bool {
        true
    }

    /// What they tell of their own accord at this moment.
    fn tell(&mut self, _now: Instant, _dossier: &Dossier) -> Vec<Input> {
        Vec::new()
    }

    /// What they answer to a step: to its messages, and to what it puts on their lists.
    fn answer(&mut self, dossier: &Dossier, now: Instant, entries: &[Entry], departures: Vec<Departure>) -> Vec<Input>;

    /// Puts into the file, after a moment, what no step could.
    fn after(&mut self, _now: Instant, _dossier: &mut Dossier) {}
}

/// Moves one client's file through its moments between two, both included: what comes in, the step, the answers to it and what follows
/// from them. Gives each journal entry to `seen` with the file as it is after the step that wrote it.
pub fn drive(
    program: &Program,
    world: &mut World,
    (from, to): (Instant, Instant),
    outside: &mut impl Outside,
    mut seen: impl FnMut(&Dossier, &Entry),
) {
    loop {
        let told = world.inbox.next().into_iter().chain(outside.next()).min();
        let next = next_moment(world.wake, told, from).filter(|now| *now <= to);
        if !outside.goes_on(next, &world.dossier) {
            return;
        }
        let Some(now) = next else { return };
        let mut inputs = world.inbox.take(now);
        inputs.extend(outside.tell(now, &world.dossier));
        // People who finish at once what asks for itself again would work for ever: they rest until the next moment.
        for _ in 0..MAX_ANSWERS {
            let Step { entries, departures, wake, .. } = step(program, &mut world.dossier, now, inputs);
            world.wake = wake.map(|w| w.at);
            for entry in &entries {
                seen(&world.dossier, entry);
            }
            inputs = outside.answer(&world.dossier, now, &entries, departures);
            if inputs.is_empty() {
                break;
            }
        }
        if !inputs.is_empty() {
            let Step { entries, wake, .. } = step(program, &mut world.dossier, now, overrun(&inputs));
            world.wake = wake.map(|w| w.at);
            entries.iter().for_each(|entry| seen(&world.dossier, entry));
        }
        outside.after(now, &mut world.dossier);
    }
}

/// The invoices that answers are about, each told once to have had too many of them.
fn overrun(answers: &[Input]) -> Vec<Input> {
    let about = answers.iter().filter_map(|answer| match answer {
        Input::Incoming { incoming, .. } => incoming.invoice.as_ref(),
        Input::Outcome { message, .. } => Some(&message.invoice),
        Input::Overrun { .. } => None,
    });
    let invoices: BTreeSet<&String> = about.collect();
    invoices.into_iter().map(|invoice| Input::Overrun { invoice: invoice.clone() }).collect()
}

/// Runs one client's file from `from` to `to`, both included, with carriers that accept and these people; see [`drive`].
pub fn run(
    program: &Program,
    world: &mut World,
    (from, to): (Instant, Instant),
    people: People,
    seen: impl FnMut(&Dossier, &Entry),
) {
    let overdue = overdue_work(&world.dossier, from, program, people);
    let mut outside = Usual { program, people, overdue, from };
    drive(program, world, (from, to), &mut outside, seen);
}

/// Carriers accept; people do what a step puts on their lists, and first what stood on them before.
struct Usual<'a> {
    program: &'a Program,
    people: People,
    overdue: Vec<Input>,
    from: Instant,
}

impl Outside for Usual<'_> {
    fn next(&self) -> Option<Instant> {
        (!self.overdue.is_empty()).then_some(self.from)
    }

    fn tell(&mut self, _: Instant, _: &Dossier) -> Vec<Input> {
        std::mem::take(&mut self.overdue)
    }

    fn answer(&mut self, dossier: &Dossier, _: Instant, entries: &[Entry], departures: Vec<Departure>) -> Vec<Input> {
        let mut inputs: Vec<Input> = departures.into_iter().map(accepted).collect();
        inputs.extend(work_done(self.program, dossier, entries, self.people));
        inputs
    }
}

/// The carrier takes a message.
pub fn accepted(message: Departure) -> Input {
    Input::Outcome { message, outcome: Outcome::Accepted }
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
        Status::Approving { .. } => What::Approval { key: Some(key.to_owned()), granted: people.approve? },
        // One call or letter for several invoices is done once.
        Status::Listed { within: Some(_), .. } => return None,
        Status::Listed { .. } => {
            let result = if call { people.calls? } else { people.work.then_some(DoneResult::Done)? };
            What::Done { key: Some(key.to_owned()), channel: None, result, tracking: None }
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
            said: None,
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
