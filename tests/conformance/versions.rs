//! Versions in flight: what putting scenarios in force does to the base, and what it leaves to the next run.

use crate::{Office, Post, ZONE, at, client, machine, program};
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::event::{CarriedOver, Event};
use relance_core::machine::*;
use relance_core::program::Program;
use relance_engine::store::{Chain, Commit, DossierRow, Publishing, StoredHead};
use std::collections::{BTreeMap, BTreeSet};

/// `à J+1 : email ferme et aller à <étape>`, where a task waits to be done.
fn in_state(name: &str) -> Machine {
    let mut machine = machine();
    let go = Action::GoTo { state: name.to_owned() };
    machine.states[0].rules[0].sequence.stages[0].items.push(Item(vec![go.into()]));
    let task = Action::Task { text: "Préparer".to_owned(), to: None };
    let sequence = Sequence { stages: vec![SequenceStage { wait: None, items: vec![Item(vec![task.into()])] }] };
    let entry = EntryRule { id: RuleId(1), guard: Expr::always(), sequence, without_prior_reminder: false };
    machine.states.push(State { name: name.to_owned(), entry: vec![entry], ..State::default() });
    machine
}

fn renamed(from: &str, to: &str) -> Machine {
    let carries = vec![Carry { from: from.to_owned(), to: to.to_owned() }];
    Machine { carries, ..in_state(to) }
}

async fn publish(office: &Office, program: &Program, at: Instant, replaces: Option<u64>) -> bool {
    let machines: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    let (machines, digest) = (machines.as_slice(), program.digest);
    let replaces = Some(replaces);
    let new = Publishing { machines, digest, at, catch_up: false, planned: true, replaces };
    office.store.publish(&new).await.unwrap()
}

async fn found(office: &Office, program: &Program, at: Instant) -> bool {
    let machines: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    office.store.put_in_force(&machines, program.digest, at, false).await.unwrap()
}

/// The state of F1, and how many of its sequences run.
async fn standing(office: &Office) -> (String, usize) {
    let loaded = office.store.load(&["C1".to_owned()], at("2026-12-31T00:00:00Z"), &[], true).await.unwrap();
    let file = &loaded[0].world.dossier.invoices["F1"];
    (file.state.clone(), file.runs.len())
}

async fn journal(office: &Office) -> Vec<Event> {
    let rows = office.store.journal(None, None, None, None).await.unwrap();
    rows.into_iter().map(|row| row.entry.event).collect()
}

on_every_base! {
    async fn publishing_writes_no_message_and_moves_nothing_before_the_next_run(office: Office) {
        let (old, new, post) = (program(in_state("med")), program(renamed("med", "mise_en_demeure")), Post::default());
        office.take_in(&client("C1", &[("F1", "2026-03-04")]), true, at("2026-03-10T08:00:00Z")).await;
        assert!(found(&office, &old, at("2026-03-10T10:00:00Z")).await);
        office.run(&old, &post, at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!((post.sent().len(), standing(&office).await), (1, ("med".to_owned(), 1)));
        let (before, counts) = (journal(&office).await, office.store.outbox_counts().await.unwrap());

        let noon = at("2026-03-10T12:00:00Z");
        assert!(publish(&office, &new, noon, Some(old.digest)).await);
        assert_eq!(journal(&office).await, before, "publishing says nothing in the journal of a client");
        assert_eq!(office.store.outbox_counts().await.unwrap(), counts);
        assert_eq!(standing(&office).await.0, "med");
        assert_eq!(office.store.next_due().await.unwrap(), Some(noon), "the next run looks at the file");

        office.run(&new, &post, noon, |_| {}).await.unwrap();
        assert_eq!(standing(&office).await, ("mise_en_demeure".to_owned(), 1), "its task waits on");
        let after = journal(&office).await;
        office.run(&new, &post, at("2026-03-11T12:00:00Z"), |_| {}).await.unwrap();
        assert_eq!((journal(&office).await.len(), post.sent().len()), (after.len(), 1), "it moves once, and sends nothing");
        assert!(!publish(&office, &new, noon, Some(new.digest)).await, "it is in force already");
    }

    async fn an_old_version_that_comes_back_carries_the_positions_back(office: Office) {
        let (old, new, post) = (program(in_state("med")), program(renamed("med", "mise_en_demeure")), Post::default());
        office.take_in(&client("C1", &[("F1", "2026-03-04")]), true, at("2026-03-10T08:00:00Z")).await;
        let moments = ["2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z", "2026-03-10T12:00:00Z"].map(at);
        let mut last = None;
        for (version, moment) in [&old, &new, &old].into_iter().zip(moments) {
            assert!(publish(&office, version, moment, last).await);
            office.run(version, &post, moment, |_| {}).await.unwrap();
            last = Some(version.digest);
        }
        assert_eq!(standing(&office).await, ("med".to_owned(), 1), "its task waits under the first name again");
        assert_eq!(post.sent().len(), 1);
        let told: Vec<Event> = journal(&office).await.into_iter().filter(|e| matches!(e, Event::StateCarried { .. })).collect();
        let moved: Vec<String> = told.into_iter().filter_map(|event| match event {
            Event::StateCarried(CarriedOver { moved: Some(moved), .. }) => Some(format!("{} {}", moved.from, moved.to)),
            _ => None,
        }).collect();
        assert_eq!(moved, ["med mise_en_demeure", "mise_en_demeure med"]);
        let publications = office.store.publications().await.unwrap();
        let told: Vec<(Instant, u64, bool)> = publications.iter().map(|p| (p.at, p.digest, p.planned)).collect();
        assert_eq!(told, [(moments[0], old.digest, true), (moments[1], new.digest, true), (moments[2], old.digest, true)]);
        assert_eq!(publications[0].hashes, publications[2].hashes);
    }

    async fn what_somebody_published_is_not_replaced_by_what_a_run_finds(office: Office) {
        let (folder, published) = (program(machine()), program(in_state("med")));
        let moment = at("2026-03-10T10:00:00Z");
        assert!(found(&office, &folder, moment).await);
        assert!(publish(&office, &published, moment, Some(folder.digest)).await);
        assert!(!found(&office, &folder, moment).await);
        assert_eq!(office.store.digest_in_force().await.unwrap(), Some(published.digest));
    }

    async fn a_plan_that_another_publication_overtook_is_not_applied(office: Office) {
        let (one, two, three) = (program(machine()), program(in_state("med")), program(in_state("suivi")));
        let moment = at("2026-03-10T10:00:00Z");
        assert!(publish(&office, &one, moment, None).await);
        assert!(publish(&office, &two, moment, Some(one.digest)).await);
        assert!(!publish(&office, &three, moment, Some(one.digest)).await);
        assert_eq!(office.store.digest_in_force().await.unwrap(), Some(two.digest));
    }

    async fn a_runner_of_scenarios_that_are_no_longer_in_force_touches_nothing(office: Office) {
        let (old, new, post) = (program(machine()), program(in_state("med")), Post::default());
        office.take_in(&client("C1", &[("F1", "2026-03-04")]), true, at("2026-03-10T08:00:00Z")).await;
        let moment = at("2026-03-10T10:00:00Z");
        assert!(publish(&office, &new, moment, None).await);
        let report = office.run(&old, &post, moment, |_| {}).await.unwrap();
        assert_eq!((post.sent().len(), report.incidents.len()), (0, 1), "{:?}", report.incidents);
        assert_eq!(office.store.count_due(moment).await.unwrap(), 1, "the file is there for the next run");
        office.run(&new, &post, moment, |_| {}).await.unwrap();
        assert_eq!(standing(&office).await.0, "med");
    }

    async fn a_file_written_under_scenarios_that_were_replaced_meanwhile_is_looked_at_again(office: Office) {
        office.take_in(&client("C1", &[("F1", "2026-12-24")]), true, at("2026-03-10T08:00:00Z")).await;
        let (old, new, post) = (program(machine()), program(in_state("med")), Post::default());
        let (morning, noon) = (at("2026-03-10T10:00:00Z"), at("2026-03-10T12:00:00Z"));
        assert!(found(&office, &old, morning).await);
        office.run(&old, &post, morning, |_| {}).await.unwrap();
        assert!(office.store.next_due().await.unwrap() > Some(noon));
        let later = at("2027-03-10T10:00:00Z");
        assert_eq!(office.store.claim_due("un", later, 5, &BTreeSet::new()).await.unwrap(), ["C1"]);
        // The publication comes between what the runner decided and its commit.
        assert!(publish(&office, &new, noon, Some(old.digest)).await);
        let dossier = Dossier::new("C1");
        let chain = Chain::resume(StoredHead::default()).unwrap();
        let row = DossierRow { dossier: &dossier, chain: &chain, wake: None, waits_for_payments: false, kept: false };
        let batch = Commit { program: Some(old.digest), dossiers: vec![row], ..Commit::default() };
        assert_eq!(office.store.commit("un", &batch).await.unwrap(), BTreeSet::new());
        assert_eq!(office.store.next_due().await.unwrap(), Some(noon));
        assert_eq!(Program::new(office.store.machines_in_force().await.unwrap(), ZONE, BTreeMap::new()).digest, new.digest);
    }
}
