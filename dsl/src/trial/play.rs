//! Plays a test: each client's file goes from moment to moment through the step function, until nothing more can change.

use super::given::Client;
use super::people::{At, BOUNCED, Outcomes};
use super::{limit, outside};
use crate::cases::TestCase;
use chrono::NaiveDate;
use relance_core::day::{Instant, civil_date, end_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::incoming::{DoneResult, Incoming, What};
use relance_core::program::Program;
use relance_core::simulate::{Inbox, work_done};
use relance_core::step::{Departure, Input, Outcome, step};
use std::collections::{BTreeMap, BTreeSet};

/// A moment takes so many rounds of answers at most; none of a finite plan needs as many.
const MAX_ROUNDS: usize = 1_000;
/// So many moments are played at most: daily conditions over the ten years of the limit, and some.
const MAX_MOMENTS: usize = 20_000;

/// A journal entry of a client's file.
pub(super) struct Record {
    pub client: String,
    pub entry: Entry,
}

/// What a test really does.
pub(super) struct Played {
    /// In the order of the journal: time, client, then as written.
    pub records: Vec<Record>,
    /// Each client's file as it stands at the end of each day that the test names.
    pub on: BTreeMap<NaiveDate, Vec<Dossier>>,
    /// Each client's file at the end.
    pub last: Vec<Dossier>,
    /// The lines about people and carriers that met nothing.
    pub unused: BTreeSet<At>,
}

/// Plays a test to its end. An `échec` that meets no message on its day is the return of an earlier one: known once the day is over.
pub(super) fn play(case: &TestCase, program: &Program, clients: &[Client]) -> (Played, Vec<String>) {
    let mut late = BTreeSet::new();
    loop {
        let (played, missed, problems) = once(case, program, clients, &late);
        if missed.is_subset(&late) {
            return (played, problems);
        }
        late.extend(missed);
    }
}

/// Plays it once; with the `échec` lines that met no message.
fn once(
    case: &TestCase,
    program: &Program,
    clients: &[Client],
    late: &BTreeSet<At>,
) -> (Played, BTreeSet<At>, Vec<String>) {
    let (events, problems) = outside::events(case, clients, program.zone);
    let mut played = Played { records: Vec::new(), on: BTreeMap::new(), last: Vec::new(), unused: BTreeSet::new() };
    let mut used: BTreeSet<At> = BTreeSet::new();
    let mut missed: BTreeSet<At> = BTreeSet::new();
    for client in clients {
        let own = events.iter().filter(|(_, incoming)| incoming.client == client.code);
        let inbox = Inbox::known_at(own.map(|(at, incoming)| (*at, incoming.clone(), None)).collect());
        let mut player = Player {
            program,
            dossier: client.dossier.clone(),
            wake: None,
            inbox,
            outcomes: Outcomes::of(case, late, program.zone),
            sent: Vec::new(),
            records: Vec::new(),
        };
        player.through(case, client, &mut played.on);
        used.extend(player.outcomes.answers.iter().filter(|answer| answer.used).map(|answer| answer.line));
        used.extend(player.outcomes.bounces.iter().filter(|bounce| bounce.used).map(|bounce| bounce.line));
        missed.extend(player.outcomes.bounces.iter().map(|bounce| bounce.line));
        let lines = player.outcomes.answers.iter().map(|a| a.line).chain(missed.iter().copied());
        played.unused.extend(lines);
        let code = &client.code;
        played.records.extend(player.records.into_iter().map(|entry| Record { client: code.clone(), entry }));
        played.last.push(player.dossier);
    }
    // With several clients, a line is met when one of their files meets it.
    played.unused.retain(|line| !used.contains(line));
    missed.retain(|line| !used.contains(line));
    played.records.sort_by(|a, b| (a.entry.at, &a.client).cmp(&(b.entry.at, &b.client)));
    (played, missed, problems)
}

struct Player<'a> {
    program: &'a Program,
    dossier: Dossier,
    wake: Option<Instant>,
    inbox: Inbox,
    outcomes: Outcomes<'a>,
    sent: Vec<Departure>,
    records: Vec<Entry>,
}

impl Player<'_> {
    fn through(&mut self, case: &TestCase, client: &Client, on: &mut BTreeMap<NaiveDate, Vec<Dossier>>) {
        let zone = self.program.zone;
        let end = end_of_day(limit(case), zone);
        let mut named: Vec<NaiveDate> = case.days.iter().map(|day| day.date).collect();
        named.sort();
        named.dedup();
        let mut named = named.into_iter().peekable();
        let mut arrivals: Vec<(Instant, usize)> =
            client.bills.iter().enumerate().map(|(n, bill)| (bill.arrives(zone), n)).collect();
        arrivals.sort();
        let mut arrivals = arrivals.into_iter().peekable();
        for _ in 0..MAX_MOMENTS {
            let next = [self.wake, self.inbox.next(), self.outcomes.next(), arrivals.peek().map(|(at, _)| *at)];
            let now = next.into_iter().flatten().min().filter(|now| *now <= end);
            while let Some(day) = named.next_if(|day| now.is_none_or(|now| end_of_day(*day, zone) < now)) {
                on.entry(day).or_default().push(self.dossier.clone());
            }
            let Some(now) = now else { break };
            let mut inputs = Vec::new();
            let mut arrived = Vec::new();
            while let Some((_, n)) = arrivals.next_if(|(at, _)| *at <= now) {
                inputs.extend(client.arrival(n, case, self.program));
                arrived.push(n);
            }
            inputs.extend(self.inbox.take(now));
            inputs.extend(self.outcomes.take(now, self.program, &self.dossier, &self.sent));
            self.at(now, inputs);
            for bill in arrived.into_iter().filter_map(|n| client.bills.get(n)) {
                bill.patch(&mut self.dossier);
            }
        }
    }

    /// One moment: what comes in, and what people and carriers answer to what follows from it.
    fn at(&mut self, now: Instant, mut inputs: Vec<Input>) {
        for _ in 0..MAX_ROUNDS {
            let done = step(self.program, &mut self.dossier, now, inputs);
            self.wake = done.wake.map(|wake| wake.at);
            inputs = done.departures.into_iter().map(|message| self.carried(message, now)).collect();
            for entry in &done.entries {
                inputs.extend(self.answered(entry, now));
            }
            self.records.extend(done.entries);
            if inputs.is_empty() {
                return;
            }
        }
    }

    fn carried(&mut self, message: Departure, now: Instant) -> Input {
        if self.outcomes.fails(&message, now) {
            return Input::Outcome { message, outcome: Outcome::Failed(BOUNCED.to_owned()) };
        }
        self.sent.push(message.clone());
        Input::Outcome { message, outcome: Outcome::Accepted }
    }

    fn answered(&mut self, entry: &Entry, now: Instant) -> Vec<Input> {
        if self.outcomes.cannot_be_done(entry, now) {
            let key = entry.event.key().map(str::to_owned);
            let incoming = Incoming {
                id: format!("impossible:{}", key.as_deref().unwrap_or_default()),
                client: self.dossier.client.clone(),
                invoice: entry.invoice.clone(),
                effective: civil_date(now, self.program.zone),
                known: Some(now),
                what: What::Done { key, channel: None, result: DoneResult::Impossible },
            };
            return vec![Input::Incoming { incoming, imported: None }];
        }
        let Some(people) = self.outcomes.asked(entry, now) else { return Vec::new() };
        work_done(self.program, &self.dossier, std::slice::from_ref(entry), people)
    }
}
