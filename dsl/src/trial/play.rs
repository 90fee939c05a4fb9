//! Plays a test: each client's file is driven through its moments, with carriers and people that do what the test says.

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
use relance_core::simulate::{Inbox, Outside, World, accepted, drive, work_done};
use relance_core::step::{Departure, Input, Outcome};
use std::collections::{BTreeMap, BTreeSet};

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
        let mut world = World { dossier: client.dossier.clone(), wake: None, inbox };
        let mut player = Player::new(program, case, client, late);
        let until = end_of_day(limit(case), program.zone);
        let code = &client.code;
        drive(program, &mut world, (Instant::MIN_UTC, until), &mut player, |_, entry| {
            played.records.push(Record { client: code.clone(), entry: entry.clone() });
        });
        let own = played.records.iter().filter(|record| record.client == *code);
        own.for_each(|record| player.outcomes.failed_by_itself(&record.entry));
        for (day, dossier) in player.days {
            played.on.entry(day).or_default().push(dossier);
        }
        used.extend(player.outcomes.answers.iter().filter(|answer| answer.used).map(|answer| answer.line));
        used.extend(player.outcomes.bounces.iter().filter(|bounce| bounce.used).map(|bounce| bounce.line));
        missed.extend(player.outcomes.bounces.iter().map(|bounce| bounce.line));
        let lines = player.outcomes.answers.iter().map(|a| a.line).chain(missed.iter().copied());
        played.unused.extend(lines);
        played.last.push(world.dossier);
    }
    // With several clients, a line is met when one of their files meets it.
    played.unused.retain(|line| !used.contains(line));
    missed.retain(|line| !used.contains(line));
    played.records.sort_by(|a, b| (a.entry.at, &a.client).cmp(&(b.entry.at, &b.client)));
    (played, missed, problems)
}

/// One client of a test, and the carriers and people as the test says them.
struct Player<'a> {
    program: &'a Program,
    case: &'a TestCase,
    client: &'a Client,
    outcomes: Outcomes<'a>,
    /// When its invoices become known, earliest last.
    arrivals: Vec<(Instant, usize)>,
    /// Those of this very moment.
    arrived: Vec<usize>,
    /// The days that the test names and that are not over, earliest last.
    named: Vec<NaiveDate>,
    /// The file at the end of those that are.
    days: Vec<(NaiveDate, Dossier)>,
    sent: Vec<Departure>,
    moments: usize,
}

impl<'a> Player<'a> {
    fn new(program: &'a Program, case: &'a TestCase, client: &'a Client, late: &BTreeSet<At>) -> Player<'a> {
        let mut named: Vec<NaiveDate> = case.days.iter().map(|day| day.date).collect();
        named.sort();
        named.dedup();
        named.reverse();
        let bills = client.bills.iter().enumerate();
        let mut arrivals: Vec<(Instant, usize)> = bills.map(|(n, bill)| (bill.arrives(program.zone), n)).collect();
        arrivals.sort();
        arrivals.reverse();
        Player {
            program,
            case,
            client,
            outcomes: Outcomes::of(case, late, program.zone),
            arrivals,
            arrived: Vec::new(),
            named,
            days: Vec::new(),
            sent: Vec::new(),
            moments: 0,
        }
    }

    fn carried(&mut self, message: Departure, now: Instant) -> Input {
        if self.outcomes.fails(&message, now) {
            return Input::Outcome { message, outcome: Outcome::Failed(BOUNCED.to_owned()) };
        }
        self.sent.push(message.clone());
        accepted(message)
    }

    fn answered(&mut self, dossier: &Dossier, entry: &Entry, now: Instant) -> Vec<Input> {
        if self.outcomes.cannot_be_done(entry, now) {
            let key = entry.event.key().map(str::to_owned);
            let incoming = Incoming {
                id: format!("impossible:{}", key.as_deref().unwrap_or_default()),
                client: dossier.client.clone(),
                invoice: entry.invoice.clone(),
                effective: civil_date(now, self.program.zone),
                known: Some(now),
                said: None,
                what: What::Done { key, channel: None, result: DoneResult::Impossible, tracking: None },
            };
            return vec![Input::Incoming { incoming, imported: None }];
        }
        let Some(people) = self.outcomes.asked(entry, now) else { return Vec::new() };
        work_done(self.program, dossier, std::slice::from_ref(entry), people)
    }
}

impl Outside for Player<'_> {
    fn next(&self) -> Option<Instant> {
        self.outcomes.next().into_iter().chain(self.arrivals.last().map(|(at, _)| *at)).min()
    }

    fn goes_on(&mut self, next: Option<Instant>, dossier: &Dossier) -> bool {
        let zone = self.program.zone;
        while let Some(day) = self.named.pop_if(|day| next.is_none_or(|next| end_of_day(*day, zone) < next)) {
            self.days.push((day, dossier.clone()));
        }
        self.moments += 1;
        self.moments <= MAX_MOMENTS
    }

    fn tell(&mut self, now: Instant, dossier: &Dossier) -> Vec<Input> {
        let mut inputs = Vec::new();
        while let Some((_, n)) = self.arrivals.pop_if(|(at, _)| *at <= now) {
            inputs.extend(self.client.arrival(n, self.case, self.program));
            self.arrived.push(n);
        }
        inputs.extend(self.outcomes.take(now, self.program, dossier, &self.sent));
        inputs
    }

    fn answer(&mut self, dossier: &Dossier, now: Instant, entries: &[Entry], departures: Vec<Departure>) -> Vec<Input> {
        let mut inputs: Vec<Input> = departures.into_iter().map(|message| self.carried(message, now)).collect();
        for entry in entries {
            inputs.extend(self.answered(dossier, entry, now));
        }
        inputs
    }

    fn after(&mut self, _: Instant, dossier: &mut Dossier) {
        for bill in std::mem::take(&mut self.arrived).into_iter().filter_map(|n| self.client.bills.get(n)) {
            bill.patch(dossier);
        }
    }
}
