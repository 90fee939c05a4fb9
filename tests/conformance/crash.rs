//! One message for three invoices, and a machine that fails in the middle.

use crate::{Office, Post, ZONE, at, client, machine, program, thing};
use futures_util::FutureExt;
use relance_core::day::Instant;
use relance_core::event::Event;
use relance_core::incoming::What;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_engine::store::{self, Intake};
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

async fn three_invoices(office: &Office) {
    office.take_in(&client("C1", &INVOICES), false, at("2026-03-10T08:00:00Z")).await;
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
async fn killed_while_sending(program: &Program, office: &Office) {
    three_invoices(office).await;
    let post = Post { hangs: Some(Notify::new()), ..Post::default() };
    tokio::select! {
        ended = office.run(program, &post, now(), |_| {}) => panic!("it hangs: {ended:?}"),
        () = post.hangs.as_ref().unwrap().notified() => {}
    }
    assert_eq!(office.store.outbox_counts().await.unwrap().pending, 1, "one message for all three");
    office.bury_runner().await;
}

/// Another process imports the payment of F3.
fn import_beside(url: &str, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = store::open(url, folder, "essai").await.unwrap();
        let paid = thing("C1", Some("F3"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) });
        let report = serde_json::Value::Null;
        let intake = Intake { incoming: &[paid], payments: true, at: now(), zone: ZONE, report: &report };
        store.take_in(&intake).await.unwrap();
    });
}

on_every_base! {
    async fn a_group_leaves_as_one_message_that_lists_the_oldest_due_date_first(office: Office) {
        let post = Post::default();
        three_invoices(&office).await;
        let report = office.run(&grouped(), &post, now(), |_| {}).await.unwrap();
        assert_eq!(post.sent(), [ALL]);
        assert_eq!(report.sent, 1);
        assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2", "F3"]);
        assert_eq!(office.store.outbox_counts().await.unwrap().sent, 1);
    }

    async fn when_nobody_knows_whether_it_left_all_three_are_in_doubt_and_none_is_sent_again(office: Office) {
        let program = grouped();
        killed_while_sending(&program, &office).await;
        let post = Post::default();
        for moment in [later(), at("2026-03-13T10:00:00Z")] {
            office.run(&program, &post, moment, |_| {}).await.unwrap();
        }
        assert_eq!(post.sent(), Vec::<Vec<String>>::new());
        assert_eq!(sorted(office.told(in_doubt).await), ["F1", "F2", "F3"]);
        let counts = office.store.outbox_counts().await.unwrap();
        assert_eq!((counts.in_doubt, counts.pending), (1, 0));
        let (listed, _) = office.store.in_doubt().await.unwrap();
        assert_eq!(listed.iter().map(|row| row.invoices.join(", ")).collect::<Vec<_>>(), ["F3, F1, F2"]);
    }

    async fn when_it_did_not_leave_all_three_leave_again_once(office: Office) {
        let program = grouped();
        killed_while_sending(&program, &office).await;
        let post = Post { left: Some(false), ..Post::default() };
        for moment in [later(), at("2026-03-13T10:00:00Z")] {
            office.run(&program, &post, moment, |_| {}).await.unwrap();
        }
        assert_eq!(post.sent(), [ALL]);
        assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2", "F3"]);
    }

    async fn when_it_did_leave_all_three_are_sent_and_nothing_leaves(office: Office) {
        let program = grouped();
        killed_while_sending(&program, &office).await;
        let post = Post { left: Some(true), ..Post::default() };
        office.run(&program, &post, later(), |_| {}).await.unwrap();
        assert_eq!(post.sent(), Vec::<Vec<String>>::new());
        assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2", "F3"]);
    }

    async fn what_is_paid_before_the_claim_drops_out_and_the_others_leave(office: Office) {
        let program = grouped();
        three_invoices(&office).await;
        let stop = |event: &Event| assert!(!matches!(event, Event::Departed { .. }), "the machine fails here");
        let cut_off = Post::default();
        let run = AssertUnwindSafe(office.run(&program, &cut_off, now(), stop));
        assert!(run.catch_unwind().await.is_err());
        office.bury_runner().await;
        let paid = thing("C1", Some("F3"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) });
        office.take_in(&[paid], false, later()).await;
        let post = Post::default();
        office.run(&program, &post, later(), |_| {}).await.unwrap();
        assert_eq!(post.sent(), [["F1", "F2"]]);
        assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2"]);
        let counts = office.store.outbox_counts().await.unwrap();
        assert_eq!((counts.sent, counts.pending, counts.in_doubt), (1, 0, 0));
    }

    async fn an_import_between_decision_and_claim_is_read_before_anything_leaves(office: Office) {
        let (program, post) = (grouped(), Post::default());
        three_invoices(&office).await;
        let (url, folder) = (office.base.url.clone(), office.base.folder.path().to_owned());
        let mut imported = false;
        let seen = |event: &Event| {
            if matches!(event, Event::Departed { .. }) && !std::mem::replace(&mut imported, true) {
                let (url, folder) = (url.clone(), folder.clone());
                std::thread::spawn(move || import_beside(&url, &folder)).join().unwrap();
            }
        };
        office.run(&program, &post, now(), seen).await.unwrap();
        assert_eq!(post.sent(), [["F1", "F2"]]);
        assert_eq!(sorted(office.told(is_sent).await), ["F1", "F2"]);
    }
}
