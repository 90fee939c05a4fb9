//! One message for three invoices, and a machine that fails in the middle.

use crate::{Office, Post, ZONE, at, client, machine, program, thing};
use futures_util::FutureExt;
use relance_core::day::Instant;
use relance_core::event::Event;
use relance_core::incoming::What;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_engine::store::Store;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use tokio::sync::Notify;

const INVOICES: [(&str, &str); 3] = [("F3", "2026-03-02"), ("F1", "2026-03-04"), ("F2", "2026-03-04")];
const ALL: [&str; 3] = ["F3", "F1", "F2"];

fn grouped() -> Program {
    let mut machine = machine();
    machine.settings.group = true;
    program(machine)
}

fn now() -> Instant {
    at("2026-03-10T10:00:00Z")
}

fn later() -> Instant {
    at("2026-03-10T10:05:00Z")
}

async fn office() -> Office {
    let office = Office::new().await;
    office.take_in(&client("C1", &INVOICES), false, at("2026-03-10T08:00:00Z")).await;
    office
}

fn sorted(mut numbers: Vec<String>) -> Vec<String> {
    numbers.sort();
    numbers
}

fn is_sent(event: &Event) -> bool {
    matches!(event, Event::Sent { .. })
}

fn in_doubt(event: &Event) -> bool {
    matches!(event, Event::InDoubt { .. })
}

/// The machine fails after the claim, before anything is recorded.
async fn killed_while_sending(program: &Program) -> Office {
    let office = office().await;
    let post = Post { hangs: Some(Notify::new()), ..Post::default() };
    tokio::select! {
        ended = office.run(program, &post, now(), |_| {}) => panic!("it hangs: {ended:?}"),
        () = post.hangs.as_ref().unwrap().notified() => {}
    }
    assert_eq!(office.store.outbox_counts().await.unwrap().pending, 1, "one message for all three");
    office
}

#[tokio::test]
async fn a_group_leaves_as_one_message_that_lists_the_oldest_due_date_first() {
    let (office, post) = (office().await, Post::default());
    let report = office.run(&grouped(), &post, now(), |_| {}).await.unwrap();
    assert_eq!(post.sent(), [ALL]);
    assert_eq!(report.sent, 1);
    assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2", "F3"]);
    assert_eq!(office.store.outbox_counts().await.unwrap().sent, 1);
}

#[tokio::test]
async fn when_nobody_knows_whether_it_left_all_three_are_in_doubt_and_none_is_sent_again() {
    let program = grouped();
    let office = killed_while_sending(&program).await;
    let post = Post::default();
    for moment in [later(), at("2026-03-13T10:00:00Z")] {
        office.run(&program, &post, moment, |_| {}).await.unwrap();
    }
    assert_eq!(post.sent(), Vec::<Vec<String>>::new());
    assert_eq!(sorted(office.told(in_doubt).await), ["F1", "F2", "F3"]);
    let counts = office.store.outbox_counts().await.unwrap();
    assert_eq!((counts.in_doubt, counts.pending), (1, 0));
    let listed = office.store.in_doubt().await.unwrap();
    assert_eq!(listed.iter().map(|row| row.2.as_str()).collect::<Vec<_>>(), ["F3, F1, F2"]);
}

#[tokio::test]
async fn when_it_did_not_leave_all_three_leave_again_once() {
    let program = grouped();
    let office = killed_while_sending(&program).await;
    let post = Post { left: Some(false), ..Post::default() };
    for moment in [later(), at("2026-03-13T10:00:00Z")] {
        office.run(&program, &post, moment, |_| {}).await.unwrap();
    }
    assert_eq!(post.sent(), [ALL]);
    assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2", "F3"]);
}

#[tokio::test]
async fn when_it_did_leave_all_three_are_sent_and_nothing_leaves() {
    let program = grouped();
    let office = killed_while_sending(&program).await;
    let post = Post { left: Some(true), ..Post::default() };
    office.run(&program, &post, later(), |_| {}).await.unwrap();
    assert_eq!(post.sent(), Vec::<Vec<String>>::new());
    assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2", "F3"]);
}

#[tokio::test]
async fn what_is_paid_before_the_claim_drops_out_and_the_others_leave() {
    let (program, office) = (grouped(), office().await);
    let stop = |event: &Event| assert!(!matches!(event, Event::Departed { .. }), "the machine fails here");
    let cut_off = Post::default();
    let run = AssertUnwindSafe(office.run(&program, &cut_off, now(), stop));
    assert!(run.catch_unwind().await.is_err());
    let paid = thing("C1", Some("F3"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) });
    office.take_in(&[paid], false, later()).await;
    let post = Post::default();
    office.run(&program, &post, later(), |_| {}).await.unwrap();
    assert_eq!(post.sent(), [["F1", "F2"]]);
    assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2"]);
    let counts = office.store.outbox_counts().await.unwrap();
    assert_eq!((counts.sent, counts.pending, counts.in_doubt), (1, 0, 0));
}

/// Another process imports the payment of F3.
fn import_beside(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open("sqlite://relance.db", folder, "essai").await.unwrap();
        let paid = thing("C1", Some("F3"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) });
        store.take_in(&[paid], true, now(), ZONE, &serde_json::Value::Null).await.unwrap();
    });
}

#[tokio::test]
async fn an_import_between_decision_and_claim_is_read_before_anything_leaves() {
    let (program, office, post) = (grouped(), office().await, Post::default());
    let folder = office.folder.path().to_owned();
    let mut imported = false;
    let seen = |event: &Event| {
        if matches!(event, Event::Departed { .. }) && !std::mem::replace(&mut imported, true) {
            let folder = folder.clone();
            std::thread::spawn(move || import_beside(&folder)).join().unwrap();
        }
    };
    office.run(&program, &post, now(), seen).await.unwrap();
    assert_eq!(post.sent(), [["F1", "F2"]]);
    assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2"]);
}
