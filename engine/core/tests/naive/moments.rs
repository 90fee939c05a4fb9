//! Goes through the days: midnight, the opening of each sending window, and the moments at which something becomes known.

use crate::generate::Others;
use crate::model::{File, Inv, Naive, Seen};
use chrono::{NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use relance_core::day::{Instant, add_days, civil_date, instant_at, start_of_day};
use relance_core::incoming::{Customer, Incoming, What};
use relance_core::machine::Machine;
use std::collections::{BTreeMap, BTreeSet};

/// When something becomes known: an invoice at its issue or later take-over, the rest at its moment or at 00:00 of its date.
fn known(thing: &Incoming, zone: Tz) -> Instant {
    match &thing.what {
        What::Invoice(invoice) => {
            start_of_day(invoice.taken_over.map_or(invoice.issued, |day| day.max(invoice.issued)), zone)
        }
        _ => thing.known.unwrap_or_else(|| start_of_day(thing.effective, zone)),
    }
}

/// Everything that people can observe of a client's invoices between two days, both included.
pub fn run(
    (machines, published): (&[Machine], Option<&(Instant, Vec<Machine>)>),
    things: &[Incoming],
    (from, to): (NaiveDate, NaiveDate),
    others: Others<'_>,
    zone: Tz,
) -> Vec<Seen> {
    let ordered = |machines| {
        let mut machines: Vec<&Machine> = <[Machine]>::iter(machines).collect();
        machines.sort_by_key(|m| (m.selection.is_none(), m.priority.unwrap_or(i64::MAX), m.name.clone()));
        machines
    };
    let mut machines = ordered(machines);
    let current = 0..machines.len();
    machines.extend(published.into_iter().flat_map(|(_, new)| ordered(new)));
    let bounces = others.bounces;
    let file = File {
        now: start_of_day(from, zone),
        today: from,
        minute: 0,
        client: "C1".to_owned(),
        customer: Customer::default(),
        credits: BTreeMap::new(),
        contacts: vec![],
        stopped: false,
        stopped_until: None,
        insolvent: None,
        invoices: Vec::<Inv>::new(),
        to_mend: vec![],
        sent: vec![],
    };
    let mut naive = Naive {
        machines,
        current,
        people: others.people,
        others,
        facts: file.clone(),
        file,
        log: vec![],
        orphans: vec![],
        events: vec![],
        quiet: false,
        republished: false,
    };
    let mut day = from;
    while day <= to {
        let mut moments: BTreeSet<Instant> = BTreeSet::from([start_of_day(day, zone)]);
        for machine in &naive.machines {
            let opens = u32::from(machine.settings.window.opens);
            let time = NaiveTime::from_num_seconds_from_midnight_opt(opens * 60, 0).unwrap_or_default();
            moments.insert(instant_at(day, time, zone));
        }
        let first = start_of_day(from, zone);
        let when = |thing: &Incoming| known(thing, zone).max(first);
        moments.extend(published.iter().map(|(at, _)| *at).filter(|at| civil_date(*at, zone) == day));
        moments.extend(bounces.iter().map(|(at, _)| *at).filter(|at| civil_date(*at, zone) == day));
        moments.extend(things.iter().map(when).filter(|at| civil_date(*at, zone) == day));
        let mut last = Some(start_of_day(day, zone) - chrono::TimeDelta::seconds(1));
        while let Some(now) = naive.next_moment(&moments, last).filter(|now| civil_date(*now, zone) == day) {
            last = Some(now);
            let local = now.with_timezone(&zone).time();
            (naive.file.now, naive.file.today) = (now, day);
            naive.file.minute = u16::try_from(local.num_seconds_from_midnight() / 60).unwrap_or(0);
            for (_, number) in bounces.iter().filter(|(at, _)| *at == now) {
                naive.comes_back(number);
            }
            if published.is_some_and(|(at, _)| *at == now) {
                naive.current = naive.current.end..naive.machines.len();
                naive.republished = true;
            }
            naive.moment(things.iter().filter(|t| when(t) == now).cloned().collect());
        }
        day = add_days(day, 1);
    }
    naive.log
}

impl Naive<'_> {
    /// The next of the day's moments, or of those at which a carrier is tried again.
    fn next_moment(&self, moments: &BTreeSet<Instant>, last: Option<Instant>) -> Option<Instant> {
        let runs = self.file.invoices.iter().flat_map(|inv| &inv.runs);
        let again = runs.flat_map(|run| &run.items).filter_map(|item| item.not_before);
        moments.iter().copied().chain(again).filter(|at| Some(*at) > last).min()
    }

    /// One instant: what happened outside, expiries, reactions, rungs, free rules, sequences; then people and carriers answer, and
    /// what follows from it still belongs to the instant.
    fn moment(&mut self, things: Vec<Incoming>) {
        self.take_in(things);
        for _ in 0..50 {
            let before = self.file.clone();
            for i in 0..self.file.invoices.len() {
                self.read_segment(i, &before);
            }
            let published = std::mem::take(&mut self.republished);
            for i in 0..self.file.invoices.len() {
                if published {
                    self.republish(i);
                }
                self.select(i);
            }
            self.expire();
            self.facts = self.file.clone();
            self.react();
            self.suspensions();
            self.facts = self.file.clone();
            self.firings();
            self.end_reactions();
            if !self.answers() && self.events.is_empty() {
                return;
            }
        }
    }

    /// Rungs, free rules and sequences until nothing more moves.
    fn firings(&mut self) {
        for _ in 0..50 {
            let before = self.file.invoices.clone();
            for i in 0..self.file.invoices.len() {
                self.rungs(i);
            }
            for i in 0..self.file.invoices.len() {
                self.free_rules(i);
            }
            for _ in 0..50 {
                let before = self.file.invoices.clone();
                self.sequences();
                self.departures();
                self.react();
                if before == self.file.invoices {
                    break;
                }
            }
            self.suspensions();
            if before == self.file.invoices {
                return;
            }
            // What a rung changes may be read by what is decided after it.
            self.facts = self.file.clone();
        }
    }

    /// The segment that a rule of the project gives the client of an invoice.
    fn read_segment(&mut self, i: usize, before: &File) {
        let Some(machine) = self.machines.get(self.current.start) else { return };
        let calendar = &machine.settings.calendar;
        let rule = machine.segments.iter().find(|s| crate::evaluate::holds(&s.guard, before, i, calendar));
        let segment = rule.map(|s| s.name.clone());
        if self.file.invoices[i].balance > 0 && self.file.invoices[i].segment != segment {
            self.file.invoices[i].segment = segment;
            self.file.invoices[i].reselect = true;
            self.note(i, "segment");
        }
    }
}
