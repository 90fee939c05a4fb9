//! What cannot be read of one client stops nobody else.

use crate::ledger::behind;
use crate::{Office, Post, at, client, machine, program};
use relance_engine::store::{StoreError, readable};
use tokio::sync::Notify;

const CLIENTS: [&str; 5] = ["C1", "C2", "C3", "C4", "C5"];

/// Five clients whose files have been looked at; their reminders are due a week later.
async fn five(office: &Office) {
    let things: Vec<_> = CLIENTS.iter().flat_map(|code| client(code, &[(code, "2026-03-09")])).collect();
    office.take_in(&things, false, at("2026-03-03T08:00:00Z")).await;
    let report = office.run(&program(machine()), &Post::default(), at("2026-03-03T10:00:00Z"), |_| {}).await.unwrap();
    assert_eq!((report.sent, report.unreadable.len()), (0, 0));
}

/// A column is spoilt for C2: the others get their message, C2 is named, and gets it once mended.
async fn spoilt(office: &Office, table: &str, column: &str) {
    five(office).await;
    let spoil = format!("UPDATE {table} SET {column} = 'x' || {column} WHERE client = 'C2'");
    behind(office, &spoil).await.unwrap();
    let (program, post) = (program(machine()), Post::default());
    for moment in ["2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z"] {
        let report = office.run(&program, &post, at(moment), |_| {}).await.unwrap();
        let named: Vec<&str> = report.unreadable.iter().map(|one| one.client.as_str()).collect();
        assert_eq!(named, ["C2"], "told by every run");
        assert!(report.unreadable[0].reason.contains("C2"), "{report:?}");
    }
    assert_eq!(post.sent(), [["C1"], ["C3"], ["C4"], ["C5"]]);
    assert_eq!(office.store.count_due(at("2026-03-10T11:00:00Z")).await.unwrap(), 1, "it stays due");
    let mend = format!("UPDATE {table} SET {column} = substr({column}, 2) WHERE client = 'C2'");
    behind(office, &mend).await.unwrap();
    let report = office.run(&program, &post, at("2026-03-10T12:00:00Z"), |_| {}).await.unwrap();
    assert_eq!((report.unreadable.len(), post.sent().last().unwrap()), (0, &vec!["C2".to_owned()]));
    assert_eq!(office.store.count_due(at("2026-03-10T12:00:00Z")).await.unwrap(), 0);
}

on_every_base! {
    async fn a_file_that_cannot_be_read_stops_its_client_only(office: Office) {
        spoilt(&office, "dossiers", "etat").await;
    }

    async fn an_invoice_that_cannot_be_read_stops_its_client_only(office: Office) {
        spoilt(&office, "instances", "etat").await;
    }

    async fn the_journal_is_read_beside_an_invoice_that_cannot_be(office: Office) {
        five(&office).await;
        let before = office.store.journal(None, None, None, None).await.unwrap();
        behind(&office, "UPDATE instances SET etat = 'x' || etat WHERE client = 'C2'").await.unwrap();
        assert_eq!(office.store.journal(None, None, None, None).await.unwrap().len(), before.len());
    }

    async fn an_import_that_cannot_be_read_stops_its_client_only(office: Office) {
        let things: Vec<_> = CLIENTS.iter().flat_map(|code| client(code, &[(code, "2026-03-04")])).collect();
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        behind(&office, "UPDATE entrees SET donnees = '{}' WHERE client = 'C4'").await.unwrap();
        let post = Post::default();
        let report = office.run(&program(machine()), &post, at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(report.unreadable.iter().map(|one| one.client.as_str()).collect::<Vec<_>>(), ["C4"]);
        assert_eq!(post.sent(), [["C1"], ["C2"], ["C3"], ["C5"]]);
    }

    /// A runner died with a message of each client in its hands, and one of them cannot be read any more.
    async fn a_message_that_cannot_be_read_stops_its_client_only(office: Office) {
        let things: Vec<_> = CLIENTS.iter().flat_map(|code| client(code, &[(code, "2026-03-04")])).collect();
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        let (program, dead) = (program(machine()), Post { hangs: Some(Notify::new()), ..Post::default() });
        tokio::select! {
            ended = office.run(&program, &dead, at("2026-03-10T10:00:00Z"), |_| {}) => panic!("it hangs: {ended:?}"),
            () = dead.hangs.as_ref().unwrap().notified() => {}
        }
        office.bury_runner().await;
        behind(&office, "UPDATE envois SET message = '' WHERE client = 'C5'").await.unwrap();
        let post = Post { left: Some(false), ..Post::default() };
        let report = office.run(&program, &post, at("2026-03-10T10:05:00Z"), |_| {}).await.unwrap();
        assert_eq!(report.unreadable.iter().map(|one| one.client.as_str()).collect::<Vec<_>>(), ["C5"]);
        assert_eq!(post.sent(), [["C1"], ["C2"], ["C3"], ["C4"]]);
    }

    async fn a_base_that_fails_is_no_unreadable_client(office: Office) {
        let clients = CLIENTS.map(str::to_owned);
        let broken = async |_: &[String]| Err::<Vec<()>, _>(StoreError::Kind("x".to_owned()));
        assert!(readable(&clients, broken).await.is_err());
        let (read, unreadable) = readable(&clients, async |part| office.store.unfinished(part).await).await.unwrap();
        assert_eq!((read.len(), unreadable.len()), (0, 0));
    }
}
