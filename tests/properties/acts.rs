//! Whatever the file, an act is refused in words, or does what it says and leaves nothing to wonder about; sent twice it counts once.

use crate::worlds::{DAYS, first, history, plan};
use proptest::prelude::*;
use relance_core::act::{Act, CallOutcome, Case, Instalment, Signed, Sum, incoming};
use relance_core::day::{Instant, add_days, start_of_day};
use relance_core::dispute::DisputeCode;
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::incoming::{Incoming, Waived};
use relance_core::machine::Channel;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::simulate::{Inbox, People, World, run};
use relance_core::step::{Departure, Input, Outcome, step};
use relance_tests::{ZONE, program};
use std::collections::BTreeSet;

/// An act, with days that count from the moment at which it is tried.
type Draft = (u8, i64, i64, bool);

fn act((kind, n, cents, flag): Draft, today: chrono::NaiveDate, dossier: &Dossier) -> Act {
    let (day, text) = (add_days(today, n), |text: &str| text.to_owned());
    let currency = flag.then(|| Currency::parse("CHF")).flatten();
    let amount = (cents != 0).then_some(Sum { cents, currency });
    let code = (n > 0).then_some(DisputeCode::Price);
    let outcomes = [
        CallOutcome::Reached,
        CallOutcome::NoAnswer,
        CallOutcome::MessageLeft,
        CallOutcome::Promise,
        CallOutcome::Dispute,
        CallOutcome::Refused,
        CallOutcome::WrongNumber,
    ];
    // A key of something that the file has, or had, or of nothing.
    let task = dossier.tasks.first().map(|task| task.key.clone()).filter(|_| flag);
    let outcome = outcomes[cents.unsigned_abs() as usize % 7];
    let whole = || {
        let open = dossier.invoices.values().find(|file| file.is_open()).map_or(100, |file| file.balance);
        let part = |due, cents| Instalment { due, amount: Sum::of(cents) };
        vec![part(day, open / 2), part(add_days(day, 30), open - open / 2)]
    };
    let by = (n % 3 == 0).then_some(day);
    match kind {
        0..=3 => Act::Call {
            key: None,
            outcome,
            by: by.filter(|_| outcome == CallOutcome::Promise || flag),
            amount: amount.filter(|_| outcome.has_amount() || flag),
            code: code.filter(|_| outcome == CallOutcome::Dispute || flag),
        },
        4 | 5 => Act::Approve { key: None },
        6 => Act::Refuse { key: flag.then(|| text("F0-0#1.1.1.0")) },
        7 => Act::Pause { until: day },
        8 => Act::Stop {},
        9 | 10 => Act::Resume { catch_up: flag },
        11 => Act::Jump { state: text(if flag { "suivi" } else { "plan" }) },
        12 => Act::Promise { by: day, amount },
        13 => Act::Dispute { code: DisputeCode::Delay, amount },
        14 => Act::CloseDispute {},
        15 => Act::Announce { amount },
        16 => Act::Plan { instalments: whole() },
        17 => Act::Plan { instalments: vec![Instalment { due: day, amount: Sum::of(cents) }] },
        18 => Act::MoveDue { to: day },
        19 => Act::Reply {},
        20 => Act::Comment { text: text("vu") },
        21 => Act::Segment { segment: flag.then(|| text("vip")) },
        22 => Act::Waive { what: Waived::ALL[cents.unsigned_abs() as usize % 3], taken_back: flag },
        23 => Act::HandOver { target: text("recouvrement") },
        24 => Act::Task { text: text("rappeler"), to: None },
        25 | 26 => Act::TaskDone { key: task, impossible: n > 3 },
        27 => Act::LetterPosted { key: None, tracking: flag.then(|| text("1A123")), impossible: n > 3 },
        28 => Act::ConfirmAddress { channel: flag.then_some(Channel::Email) },
        29 => Act::Insolvency { judgment: day },
        _ => Act::InsolvencyClosed {},
    }
}

/// A client's file on a day, with what is on its way and what is in doubt.
fn until(program: &Program, things: &[Incoming], now: Instant, people: People) -> Dossier {
    let things = things.iter().filter(|thing| thing.client == "C0").map(|thing| (thing.clone(), None)).collect();
    let mut world = World { dossier: Dossier::new("C0"), wake: None, inbox: Inbox::new(things, ZONE) };
    run(program, &mut world, (start_of_day(first(), ZONE), now), people, |_, _| {});
    world.dossier
}

fn anomalies(entries: &[Entry]) -> Vec<&Entry> {
    entries.iter().filter(|entry| matches!(entry.event, Event::Anomaly { .. })).collect()
}

/// Steps until nothing more follows, carriers taking everything, and only what is new coming in: as a base does.
fn live(
    program: &Program,
    dossier: &mut Dossier,
    now: Instant,
    things: &[Incoming],
    known: &mut BTreeSet<String>,
) -> Vec<Entry> {
    let new = things.iter().filter(|thing| known.insert(thing.id.clone()));
    let mut inputs: Vec<Input> = new.map(|thing| Input::Incoming { incoming: thing.clone(), imported: None }).collect();
    let mut entries = Vec::new();
    while !inputs.is_empty() {
        let done = step(program, dossier, now, inputs);
        let taken = |message: Departure| Input::Outcome { message, outcome: Outcome::Accepted };
        inputs = done.departures.into_iter().map(taken).collect();
        entries.extend(done.entries);
    }
    entries
}

fn check(
    texts: &[String],
    things: &[Incoming],
    day: i64,
    drafts: &[(Draft, usize)],
    people: People,
) -> Result<(), TestCaseError> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let program = program(&texts);
    let today = add_days(first(), day);
    let now = start_of_day(today, ZONE) + chrono::TimeDelta::hours(10);
    let mut dossier = until(&program, things, now, people);
    let segments = ["vip".to_owned()];
    let mut known = BTreeSet::new();
    for (n, (draft, on)) in drafts.iter().enumerate() {
        let act = act(*draft, today, &dossier);
        let numbers: Vec<String> = dossier.invoices.keys().cloned().collect();
        let on: Vec<String> = match on {
            0 => Vec::new(),
            1 => numbers,
            n => numbers.get(n - 2).cloned().into_iter().collect(),
        };
        let id = format!("{n}");
        let signed = Signed { by: "Claire Durand", reason: Some("vu avec lui"), id: &id };
        let case = Case { program: &program, dossier: &dossier, inbox: &[], doubts: &[], segments: &segments, now };
        let json = serde_json::to_string(&act).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Act>(&json).unwrap(), &act);
        let accepted = match incoming(&case, &on, &act, &signed) {
            Ok(accepted) => accepted,
            Err(refusal) => {
                prop_assert!(!refusal.what.is_empty() && !refusal.help.is_empty(), "{refusal}");
                continue;
            }
        };
        prop_assert!(!accepted.is_empty(), "{act:?}");
        let ids: BTreeSet<&str> = accepted.iter().map(|thing| thing.id.as_str()).collect();
        prop_assert_eq!(ids.len(), accepted.len(), "{:?}", accepted);
        let entries = live(&program, &mut dossier, now, &accepted, &mut known);
        prop_assert!(anomalies(&entries).is_empty(), "{act:?} on {on:?}: {:?}", anomalies(&entries));
        let signed_by =
            |entry: &&Entry| entry.said.as_ref().is_some_and(|said| said.by.as_deref() == Some("Claire Durand"));
        prop_assert!(entries.iter().any(|entry| signed_by(&entry)), "{act:?} on {on:?}: nobody did it: {entries:?}");
        // Sent again under its id, it is refused, or is what the base knows already.
        let before = dossier.clone();
        let case = Case { program: &program, dossier: &before, inbox: &[], doubts: &[], segments: &segments, now };
        if let Ok(again) = incoming(&case, &on, &act, &signed) {
            prop_assert!(live(&program, &mut dossier, now, &again, &mut known).is_empty(), "{act:?} twice");
            prop_assert_eq!(&before, &dossier);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn an_act_is_refused_in_words_or_does_what_it_says(
        texts in plan(),
        things in history(),
        day in 0..DAYS,
        drafts in proptest::collection::vec(((0..31u8, -5..40i64, -10..200_000i64, any::<bool>()), 0..7usize), 1..8),
        absent in any::<bool>(),
    ) {
        check(&texts, &things, day, &drafts, if absent { People::ABSENT } else { People::NO_ANSWER })?;
    }
}
