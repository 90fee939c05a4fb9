//! Messages in doubt: a provider that can be asked settles those that it has, and rows that cannot be read stop nobody.

use crate::ledger::behind;
use crate::{Office, at, client, machine, program, thing};
use relance_core::day::Instant;
use relance_core::event::Event;
use relance_core::incoming::What;
use relance_core::machine::Channel;
use relance_core::step::Outcome;
use relance_engine::runner::{Answer, Carrier, Delivery, Found, Parcel, RunReport, Sender};
use relance_engine::store::Doubt;
use relance_tests::ZONE;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// A provider that never says what it took, and lists some of it.
#[derive(Default)]
struct Mute {
    /// What it has for clients, by its own names: all of one text.
    has: BTreeMap<&'static str, Vec<&'static str>>,
    failed: bool,
    given: Mutex<Vec<String>>,
    asked: Mutex<Vec<String>>,
}

impl Carrier for Mute {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        self.given.lock().unwrap().extend(parcels.iter().map(|parcel| parcel.message.invoice.clone()));
        let lost = || Outcome::InDoubt("connexion perdue".to_owned());
        parcels.iter().map(|_| Delivery::plain(lost())).collect()
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        None
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        8
    }

    fn asks(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn find(&self, parcel: &Parcel, since: Instant, taken: &BTreeSet<String>) -> Answer {
        assert!(since < parcel.at && parcel.at - since <= chrono::TimeDelta::minutes(5), "{since}");
        self.asked.lock().unwrap().push(parcel.message.invoice.clone());
        let names = self.has.get(parcel.client.as_str());
        match names.and_then(|names| names.iter().find(|name| !taken.contains(**name))) {
            Some(name) => Answer::Found(Found { name: (*name).to_owned(), failed: self.failed }),
            None => Answer::Nothing,
        }
    }
}

async fn run(office: &Office, mute: &Mute, moment: &str) -> RunReport {
    // Both reminders of C1 on one day.
    let mut machine = machine();
    machine.settings.cap = None;
    let (program, sender, now) = (program(machine), Sender::default(), at(moment));
    office.runner(&program, mute, &sender).run((now, now), |_, _| {}, |_, _| {}).await.unwrap()
}

/// A first run, after which two invoices of C1 and one of C2 were in doubt.
async fn lived(office: &Office, mute: &Mute) -> RunReport {
    let mut things = client("C1", &[("F1", "2026-03-04"), ("F2", "2026-03-04")]);
    things.extend(client("C2", &[("F3", "2026-03-04")]));
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
    run(office, mute, "2026-03-10T10:00:00Z").await
}

async fn in_doubt(office: &Office) -> Vec<String> {
    let (doubts, unreadable) = office.store.in_doubt().await.unwrap();
    assert_eq!(unreadable, []);
    doubts.into_iter().flat_map(|doubt| doubt.invoices).collect()
}

fn names(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

on_every_base! {
    async fn what_the_provider_has_had_left(office: Office) {
        let mute = Mute { has: BTreeMap::from([("C1", vec!["M1", "M2"])]), ..Mute::default() };
        let report = lived(&office, &mute).await;
        assert_eq!((report.unsent, in_doubt(&office).await), (1, vec!["F3".to_owned()]));
        assert_eq!(office.store.provider_names("C1").await.unwrap(), names(&["M1", "M2"]));
        assert_eq!(office.store.provider_names("C2").await.unwrap(), names(&[]));
        assert_eq!(office.told(|event| matches!(event, Event::Sent { .. })).await, ["F1", "F2"]);
        for moment in ["2026-03-11T10:00:00Z", "2026-03-12T10:00:00Z"] {
            run(&office, &mute, moment).await;
        }
        assert_eq!(*mute.asked.lock().unwrap(), ["F1", "F2", "F3", "F3", "F3"]);
        assert_eq!(mute.given.lock().unwrap().len(), 3, "nothing leaves twice");
        assert_eq!(office.store.outbox_counts().await.unwrap().sent, 2);
    }

    /// Two messages of one text, and one of them at the provider: it counts for one.
    async fn one_message_settles_one_doubt(office: Office) {
        let mute = Mute { has: BTreeMap::from([("C1", vec!["M1"])]), ..Mute::default() };
        lived(&office, &mute).await;
        run(&office, &mute, "2026-03-11T10:00:00Z").await;
        assert_eq!(in_doubt(&office).await, ["F2", "F3"]);
    }

    async fn what_the_provider_could_not_deliver_has_failed(office: Office) {
        let mute = Mute { has: BTreeMap::from([("C2", vec!["M1"])]), failed: true, ..Mute::default() };
        lived(&office, &mute).await;
        assert_eq!(in_doubt(&office).await, ["F1", "F2"]);
        assert_eq!(office.told(|event| matches!(event, Event::Failed { .. })).await, ["F3"]);
        let counts = office.store.outbox_counts().await.unwrap();
        assert_eq!((counts.failed, counts.in_doubt), (1, 2));
    }

    /// Whoever answers first is believed.
    async fn nobody_is_asked_of_what_a_person_has_settled(office: Office) {
        let mute = Mute::default();
        lived(&office, &mute).await;
        let (doubts, _) = office.store.in_doubt().await.unwrap();
        let settled = |doubt: &Doubt| {
            let message = Box::new(doubt.message.clone());
            let what = What::DoubtSettled { message, left: true, provider: None };
            let mut answer = thing(&doubt.client, Some(&doubt.message.invoice), "2026-03-11", what);
            answer.id = doubt.answer_id();
            answer
        };
        let answers: Vec<_> = doubts.iter().take(2).map(settled).collect();
        office.take_in(&answers, false, at("2026-03-11T08:00:00Z")).await;
        let all = Mute { has: BTreeMap::from([("C1", vec!["M1", "M2"]), ("C2", vec!["M3"])]), ..Mute::default() };
        run(&office, &all, "2026-03-11T10:00:00Z").await;
        assert_eq!(*all.asked.lock().unwrap(), ["F3"]);
        assert_eq!(office.told(|event| matches!(event, Event::DoubtSettled(_))).await.len(), 3);
        assert_eq!(office.told(|event| matches!(event, Event::Sent { .. })).await.len(), 3);
    }

    /// It came back, and then somebody who had looked at an older list says that it left: the row says what the journal says.
    async fn what_came_back_stays_failed_whoever_says_that_it_left(office: Office) {
        let mute = Mute::default();
        lived(&office, &mute).await;
        let (doubts, _) = office.store.in_doubt().await.unwrap();
        let doubt = doubts.iter().find(|doubt| doubt.client == "C2").unwrap();
        let back = What::Bounced { key: Some(doubt.key.clone()), channel: Some(Channel::Email), why: None };
        office.take_in(&[thing("C2", Some("F3"), "2026-03-11", back)], false, at("2026-03-11T08:00:00Z")).await;
        run(&office, &mute, "2026-03-11T10:00:00Z").await;
        assert_eq!(office.store.outbox_counts().await.unwrap().failed, 1);
        let message = Box::new(doubt.message.clone());
        let what = What::DoubtSettled { message, left: true, provider: None };
        let mut answer = thing("C2", Some("F3"), "2026-03-12", what);
        answer.id = doubt.answer_id();
        office.take_in(&[answer], false, at("2026-03-12T08:00:00Z")).await;
        run(&office, &mute, "2026-03-12T10:00:00Z").await;
        let counts = office.store.outbox_counts().await.unwrap();
        assert_eq!((counts.failed, counts.sent, counts.in_doubt), (1, 0, 2));
    }

    /// What becomes known on a later day of a run over several settles a doubt on that day, and not before.
    async fn a_doubt_is_settled_when_its_news_come(office: Office) {
        let mute = Mute::default();
        lived(&office, &mute).await;
        let arrived = What::Delivered { key: None, channel: Some(Channel::Email) };
        let news = thing("C2", Some("F3"), "2026-03-12", arrived);
        office.take_in(&[news], false, at("2026-03-12T08:00:00Z")).await;
        let mut machine = machine();
        machine.settings.cap = None;
        let (program, sender) = (program(machine), Sender::default());
        let span = (at("2026-03-11T08:00:00Z"), at("2026-03-13T10:00:00Z"));
        let mut told = Vec::new();
        let seen = |_: &relance_core::dossier::Dossier, entry: &relance_core::event::Entry| {
            if matches!(entry.event, Event::Sent { .. }) {
                told.push((entry.invoice.clone(), entry.at.with_timezone(&ZONE).date_naive().to_string()));
            }
        };
        office.runner(&program, &mute, &sender).run(span, seen, |_, _| {}).await.unwrap();
        assert_eq!(told, [(Some("F3".to_owned()), "2026-03-12".to_owned())]);
    }

    async fn a_doubt_that_cannot_be_read_stops_nobody(office: Office) {
        let mute = Mute { has: BTreeMap::from([("C1", vec!["M1", "M2"])]), ..Mute::default() };
        let silent = Mute::default();
        lived(&office, &silent).await;
        behind(&office, "UPDATE envois SET message = '' WHERE client = 'C2'").await.unwrap();
        let (doubts, unreadable) = office.store.in_doubt().await.unwrap();
        assert_eq!(doubts.len(), 2);
        assert_eq!(unreadable.iter().map(|one| one.client.as_str()).collect::<Vec<_>>(), ["C2"]);
        assert!(unreadable[0].reason.contains("F3#"), "{unreadable:?}");
        run(&office, &mute, "2026-03-11T10:00:00Z").await;
        assert_eq!(office.store.in_doubt().await.unwrap().0.len(), 0);
    }

    async fn an_old_import_that_cannot_be_read_sets_its_client_aside(office: Office) {
        lived(&office, &Mute::default()).await;
        behind(&office, "UPDATE entrees SET donnees = '{}' WHERE client = 'C2'").await.unwrap();
        let known = office.store.known().await.unwrap();
        assert_eq!(known.aside.keys().collect::<Vec<_>>(), ["C2"]);
        assert!(known.aside["C2"].contains("C2:"), "its row is named: {known:?}");
        assert_eq!(known.customers.keys().collect::<Vec<_>>(), ["C1"]);
        let (imported, unreadable) = office.store.everything_imported().await.unwrap();
        assert_eq!((imported.len(), unreadable.len()), (3, 2));
    }
}
