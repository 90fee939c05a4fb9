//! The engine's journal, said in the same short sentences.

use crate::generate::{Others, Trouble, ZONE};
use crate::model::Seen;
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use relance_core::day::{Instant, civil_date, end_of_day, start_of_day};
use relance_core::dossier::{Dossier, Origin};
use relance_core::event::{Entry, Event};
use relance_core::incoming::Incoming;
use relance_core::machine::Machine;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, Outside, World, drive, work_done};
use relance_core::step::{Departure, Input, Outcome};
use std::collections::BTreeMap;

/// What the engine shows for the same story.
pub fn engine(
    (machines, published): (&[Machine], Option<&(Instant, Vec<Machine>)>),
    things: &[Incoming],
    (from, to): (NaiveDate, NaiveDate),
    others: Others<'_>,
    zone: Tz,
) -> Vec<Seen> {
    let prepared = |machines: &[Machine]| Program::new(machines.to_vec(), zone, BTreeMap::new());
    let program = prepared(machines);
    let next = published.map(|(at, machines)| (*at, prepared(machines)));
    let inbox = Inbox::new(things.iter().map(|t| (t.clone(), None)).collect(), zone);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    let mut seen = vec![];
    let mut outside = Returning { program: &program, others, bounces: others.bounces.to_vec(), sent: vec![] };
    let mut note = |_: &Dossier, entry: &Entry| {
        if let (Some(invoice), Some(what)) = (&entry.invoice, sentence(entry)) {
            seen.push(Seen { invoice: invoice.clone(), at: entry.at, what });
        }
    };
    let (from, to) = (start_of_day(from, zone), end_of_day(to, zone));
    if let Some((at, next)) = &next {
        drive(&program, &mut world, (from, *at - TimeDelta::seconds(1)), &mut outside, &mut note);
        // A publication looks at every file.
        world.wake = Some(*at);
        outside.program = next;
        drive(next, &mut world, (*at, to), &mut outside, &mut note);
    } else {
        drive(&program, &mut world, (from, to), &mut outside, &mut note);
    }
    seen
}

/// Carriers that do not take every message at once and bring some back later.
struct Returning<'a> {
    program: &'a Program,
    others: Others<'a>,
    bounces: Vec<(Instant, String)>,
    sent: Vec<Departure>,
}

impl Outside for Returning<'_> {
    fn next(&self) -> Option<Instant> {
        self.bounces.first().map(|(at, _)| *at)
    }

    fn tell(&mut self, now: Instant, _: &Dossier) -> Vec<Input> {
        let mut inputs = vec![];
        while self.bounces.first().is_some_and(|(at, _)| *at <= now) {
            let (_, number) = self.bounces.remove(0);
            let about = |m: &Departure| m.invoice == number || m.others.iter().any(|other| other.invoice == number);
            if let Some(at) = self.sent.iter().rposition(about) {
                let outcome = Outcome::Failed("revenu".to_owned());
                inputs.push(Input::Outcome { message: self.sent.remove(at), outcome });
            }
        }
        inputs
    }

    fn answer(&mut self, dossier: &Dossier, now: Instant, entries: &[Entry], departures: Vec<Departure>) -> Vec<Input> {
        let mut inputs = vec![];
        for message in departures {
            let outcome = match self.others.trouble(&message.invoice, civil_date(now, ZONE)) {
                Some(Trouble::Failed) => Outcome::Failed("refusé".to_owned()),
                Some(Trouble::Later) => Outcome::Retry("occupé".to_owned()),
                Some(Trouble::Doubt) => Outcome::InDoubt("sans réponse".to_owned()),
                None => {
                    self.sent.push(message.clone());
                    Outcome::Accepted
                }
            };
            inputs.push(Input::Outcome { message, outcome });
        }
        inputs.extend(work_done(self.program, dossier, entries, self.others.people));
        inputs
    }
}

fn sentence(entry: &Entry) -> Option<String> {
    let rule = entry.about.as_ref().and_then(|a| a.rule).map_or("?".to_owned(), |r| r.0.to_string());
    Some(match &entry.event {
        Event::Fired { origin, .. } => {
            let kind = match origin {
                Origin::Rung(r) | Origin::InternalRung(r) => format!("palier {r}"),
                Origin::Free => "libre".to_owned(),
                Origin::Entry(_) => "entrée".to_owned(),
                Origin::Reaction(_) => "réaction".to_owned(),
            };
            format!("règle {rule} {kind}")
        }
        Event::RungSkipped { rung } => format!("sauté {rung}"),
        Event::Sent { channel, template, within, .. } => {
            let _ = within;
            format!("envoi {} {}", channel.name(), template.clone().unwrap_or_default())
        }
        Event::InDoubt { channel, .. } => format!("en doute {}", channel.name()),
        Event::Failed { channel, .. } => format!("échec {}", channel.name()),
        Event::Task { key, .. } if key.is_empty() => "tâche *".to_owned(),
        Event::Task { text, .. } => format!("tâche {text}"),
        Event::Alert { target, .. } => format!("alerte {target}"),
        Event::Note { text, .. } => format!("note {text}"),
        Event::HandedOver { target, .. } => format!("transmis {target}"),
        Event::ApprovalAsked { .. } => "validation".to_owned(),
        Event::Approved { .. } => "validé".to_owned(),
        Event::Refused { expired: false, .. } => "refusé".to_owned(),
        Event::Refused { expired: true, .. } => "validation expirée".to_owned(),
        Event::StateEntered { to, .. } => format!("étape {to}"),
        Event::Cancelled { .. } | Event::Parked { .. } | Event::LeftOut { .. } => "annulé".to_owned(),
        Event::Suspended { .. } => "suspendue".to_owned(),
        Event::Unsuspended { .. } => "fin de suspension".to_owned(),
        Event::Settled { history: false, .. } => "soldée".to_owned(),
        Event::Reopened { .. } => "rouverte".to_owned(),
        Event::PromiseKept => "promesse tenue".to_owned(),
        Event::PromiseBroken => "promesse rompue".to_owned(),
        Event::InstalmentMissed { index, .. } => format!("échéance manquée {index}"),
        Event::RuleSuspended { until, .. } => format!("suspendue par règle {until:?}"),
        Event::RuleResumed { .. } => "reprise par règle".to_owned(),
        Event::SegmentRuled { .. } => "segment".to_owned(),
        _ => return None,
    })
}

/// By invoice and moment; what one moment shows has no order among itself.
pub fn told(mut seen: Vec<Seen>) -> Vec<String> {
    seen.sort();
    seen.into_iter().map(|s| format!("{} {} {}", s.invoice, s.at.format("%d/%m %H:%M"), s.what)).collect()
}

/// The first lines in which the two differ, with what came before.
pub fn difference(naive: &[String], engine: &[String]) -> Option<String> {
    if naive == engine {
        return None;
    }
    let same = naive.iter().zip(engine).take_while(|(a, b)| a == b).count();
    let tail = |lines: &[String]| lines.iter().skip(same).take(8).map(|l| format!("    {l}\n")).collect::<String>();
    let before: String = naive[..same].iter().map(|l| format!("    {l}\n")).collect();
    Some(format!("commun :\n{before}  naïf :\n{}  moteur :\n{}", tail(naive), tail(engine)))
}
