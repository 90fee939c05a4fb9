//! Backups, restorations and transfers: nothing is lost, nothing is sent twice, and nobody runs two bases for one creditor.

use crate::{Office, Post, at, client, documents, machine, program, thing};
use relance_core::incoming::What;
use relance_core::money::Amount;
use relance_engine::runner::{Recovery, Sender};
use relance_engine::store::{self, Place, Store, StoreError, Why};
use relance_tests::base::{Base, Kind};
use std::path::PathBuf;

fn place(base: &Base) -> Place {
    Place::of(&base.url, base.folder.path()).unwrap()
}

/// The other kind.
async fn other(office: &Office) -> Option<Base> {
    let kind = if office.base.url.starts_with("postgres") { Kind::Sqlite } else { Kind::Postgres };
    Base::new(kind).await
}

/// Everything that a store tells.
async fn all(store: &dyn Store) -> String {
    let clients = store.recorded_clients().await.unwrap();
    let mut records = Vec::new();
    for client in &clients {
        records.push((store.record(client).await.unwrap(), documents::all(store, client).await));
    }
    format!(
        "{:#?}",
        (
            store.ledgers(&clients).await.unwrap(),
            records,
            store.everything_imported().await.unwrap(),
            (
                store.machines_in_force().await.unwrap(),
                store.digest_in_force().await.unwrap(),
                store.clock().await.unwrap()
            ),
            (
                store.next_due().await.unwrap(),
                store.payments_imported().await.unwrap(),
                store.outbox_counts().await.unwrap()
            ),
            store.all_machines().await.unwrap(),
        )
    )
}

/// C1 was reminded, C2 has paid, C3 is due on the 13th.
async fn lived(office: &Office) {
    let things = [
        client("C1", &[("F1", "2026-03-04")]),
        client("C2", &[("F2", "2026-03-04"), ("F3", "2026-03-30")]),
        client("C3", &[("F4", "2026-03-12")]),
    ]
    .concat();
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
    let paid = thing("C2", Some("F2"), "2026-03-09", What::Payment { amount: Amount::eur(10_000) });
    office.take_in(&[paid], true, at("2026-03-10T08:30:00Z")).await;
    publish(office).await;
    let post = Post::default();
    office.run(&program(machine()), &post, at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
    assert_eq!(post.sent(), [["F1"]]);
    // Several statements' worth, one of them empty.
    let heavy = vec![7; 5_000_000];
    let kept =
        [documents::proof("C1", "a", &heavy), documents::proof("C1", "b", b""), documents::proof("C2", "c", b"c")];
    office.store.keep(&kept).await.unwrap();
}

async fn publish(office: &Office) {
    let program = program(machine());
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    office.store.put_in_force(&versions, program.digest, at("2026-03-10T09:00:00Z"), false).await.unwrap();
}

/// A base as an office.
async fn office(base: Base) -> Office {
    Office { store: base.open("essai").await, base }
}

/// A new base out of a backup, on a file.
async fn restored(backup: &std::path::Path) -> Office {
    let base = Base::new(Kind::Sqlite).await.unwrap();
    let found = store::examine(backup).await.unwrap();
    let file = base.folder.path().join("relance.db");
    assert_eq!(store::put_back(backup, &found, &file, at("2026-03-14T10:00:00Z")).await.unwrap(), None);
    office(base).await
}

async fn backed_up(office: &Office) -> PathBuf {
    let to = office.base.folder.path().join("sauvegarde.db");
    let made = store::back_up(&place(&office.base), &to, at("2026-03-10T12:00:00Z")).await.unwrap();
    assert_eq!((made.creditors.len(), made.clients, made.touched.len(), made.marked), (1, 3, 0, true));
    to
}

on_every_base! {
    async fn a_backup_is_all_of_the_base_and_does_not_run_by_itself(office: Office) {
        lived(&office).await;
        let backup = backed_up(&office).await;
        assert!(office.store.mark().await.unwrap().is_none(), "the base itself goes on");
        let restored = restored(&backup).await;
        assert_eq!(all(&*restored.store).await, all(&*office.store).await);
        let mark = restored.store.mark().await.unwrap().unwrap();
        assert_eq!((mark.why, mark.since), (Why::Backup, at("2026-03-10T12:00:00Z")));
        let (program, post) = (program(machine()), Post::default());
        let refused = restored.run(&program, &post, at("2026-03-14T10:00:00Z"), |_| {}).await;
        assert!(matches!(refused, Err(StoreError::Marked(_))), "{refused:?}");
        restored.take_in(&client("C4", &[]), false, at("2026-03-14T09:00:00Z")).await;
        restored.store.unmark().await.unwrap();
        restored.run(&program, &post, at("2026-03-16T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(post.sent(), [["F4"]]);
    }

    async fn a_backup_is_never_written_over_a_file(office: Office) {
        lived(&office).await;
        let backup = backed_up(&office).await;
        let before = std::fs::read(&backup).unwrap();
        let again = store::back_up(&place(&office.base), &backup, at("2026-03-10T13:00:00Z")).await;
        assert!(matches!(again, Err(StoreError::Exists(_))), "{again:?}");
        assert_eq!(std::fs::read(&backup).unwrap(), before);
    }

    /// F4 left on the 13th; the base of the 10th is put back on the 14th. It says nothing about F4 but that it may have left.
    async fn what_may_have_left_since_the_backup_is_in_doubt_and_does_not_leave_again(office: Office) {
        lived(&office).await;
        let backup = backed_up(&office).await;
        let program = program(machine());
        let lost = Post::default();
        office.run(&program, &lost, at("2026-03-13T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(lost.sent(), [["F4"]]);
        let restored = restored(&backup).await;
        let (post, sender) = (Post::default(), Sender::default());
        let closed = Recovery(&post);
        let clock = restored.store.clock().await.unwrap().unwrap();
        let span = (clock, at("2026-03-14T10:00:00Z"));
        restored.runner(&program, &closed, &sender).run(span, |_, _| {}, |_, _| {}).await.unwrap();
        restored.store.unmark().await.unwrap();
        let (doubts, _) = restored.store.in_doubt().await.unwrap();
        assert_eq!(doubts.iter().map(|doubt| doubt.invoices.join(", ")).collect::<Vec<_>>(), ["F4"]);
        // Later reminders leave as usual: F3 is due on the 30th.
        restored.run(&program, &post, at("2026-04-02T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(post.sent(), [["F3"]]);
    }

    /// A carrier that knows its messages is asked: what it has sent is no doubt.
    async fn what_the_carrier_knows_to_have_left_has_left(office: Office) {
        lived(&office).await;
        let restored = restored(&backed_up(&office).await).await;
        let (program, post, sender) = (program(machine()), Post { left: Some(true), ..Post::default() }, Sender::default());
        let closed = Recovery(&post);
        let span = (at("2026-03-10T10:00:00Z"), at("2026-03-14T10:00:00Z"));
        restored.runner(&program, &closed, &sender).run(span, |_, _| {}, |_, _| {}).await.unwrap();
        assert_eq!(restored.store.in_doubt().await.unwrap().0.len(), 0);
        assert_eq!((post.sent().len(), restored.store.outbox_counts().await.unwrap().sent), (0, 2));
    }

    async fn a_transferred_base_is_the_same_and_goes_on_in_its_place(office: Office) {
        let Some(other) = other(&office).await else { return };
        lived(&office).await;
        let before = all(&*office.store).await;
        let moved = store::transfer(&place(&office.base), &place(&other), at("2026-03-11T10:00:00Z")).await.unwrap();
        assert_eq!((moved.clients, moved.touched.len()), (3, 0));
        let there = self::office(other).await;
        assert_eq!(all(&*there.store).await, before);
        assert!(there.store.mark().await.unwrap().is_none());
        // The old one stays as it was, but neither runs nor imports.
        assert_eq!(all(&*office.store).await, before);
        let mark = office.store.mark().await.unwrap().unwrap();
        assert_eq!((mark.why, mark.to.is_some()), (Why::Moved, true));
        let (program, post) = (program(machine()), Post::default());
        let refused = office.run(&program, &post, at("2026-03-13T10:00:00Z"), |_| {}).await;
        assert!(matches!(refused, Err(StoreError::Marked(_))), "{refused:?}");
        let report = serde_json::Value::Null;
        let late = client("C9", &[]);
        let (now, payments, zone) = (at("2026-03-13T09:00:00Z"), false, crate::ZONE);
        let intake = store::Intake { incoming: &late, payments, at: now, zone, report: &report };
        assert!(matches!(office.store.take_in(&intake).await, Err(StoreError::Marked(_))));
        there.run(&program, &post, at("2026-03-13T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(post.sent(), [["F4"]], "where it left off");
        let again = store::transfer(&place(&office.base), &place(&there.base), now).await;
        assert!(matches!(again, Err(StoreError::Marked(_))), "{again:?}");
    }

    async fn a_base_that_holds_something_is_not_filled(office: Office) {
        let Some(other) = other(&office).await else { return };
        lived(&office).await;
        let there = self::office(other).await;
        there.take_in(&client("C7", &[("F7", "2026-03-04")]), false, at("2026-03-10T08:00:00Z")).await;
        let (before, theirs) = (all(&*office.store).await, all(&*there.store).await);
        let refused = store::transfer(&place(&office.base), &place(&there.base), at("2026-03-11T10:00:00Z")).await;
        assert!(matches!(refused, Err(StoreError::Occupied(_))), "{refused:?}");
        assert_eq!((all(&*office.store).await, all(&*there.store).await), (before, theirs));
        assert!(office.store.mark().await.unwrap().is_none() && there.store.mark().await.unwrap().is_none());
    }

    /// A transfer that finds the source at odds with itself leaves both as they were.
    async fn a_transfer_that_fails_leaves_no_trace(office: Office) {
        let Some(other) = other(&office).await else { return };
        lived(&office).await;
        let clients = office.store.claim_due("autre", at("2026-03-13T10:00:00Z"), 5, &Default::default()).await.unwrap();
        assert_eq!(clients, ["C3"]);
        let done = store::transfer(&place(&office.base), &place(&other), at("2026-03-11T10:00:00Z")).await;
        let there = self::office(other).await;
        if office.base.url.starts_with("postgres") {
            assert!(matches!(done, Err(StoreError::AtWork(_))), "a runner has C3 in its hands: {done:?}");
            assert!(office.store.mark().await.unwrap().is_none());
            assert_eq!(there.store.recorded_clients().await.unwrap().len(), 0);
            office.store.give_up("autre", &clients).await.unwrap();
            store::transfer(&place(&office.base), &place(&there.base), at("2026-03-11T10:00:00Z")).await.unwrap();
        }
        assert_eq!(there.store.recorded_clients().await.unwrap().len(), 3);
    }
}
