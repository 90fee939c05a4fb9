//! Answers that get lost, and a server that is killed while messages are on their way.

use crate::{Office, Post, at, client, machine, program};
use relance_core::dossier::Dossier;
use relance_core::event::{Entry, Event};
use relance_core::machine::Channel;
use relance_engine::runner::{Carrier, Delivery, Parcel, Sender};
use relance_engine::store::{Chain, Commit, DossierRow, Link, StoredHead};
use relance_tests::base::Base;
use relance_tests::postgres::Server;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The file of C1 after a step that said something.
fn spoken() -> (Dossier, Entry) {
    let text = "essai".to_owned();
    let entry = Entry {
        at: at("2026-03-10T10:00:00Z"),
        invoice: None,
        about: None,
        said: None,
        event: Event::Anomaly { text },
    };
    (Dossier::new("C1"), entry)
}

/// A new chain, and the entry sealed as its first.
fn sealed(entry: &Entry) -> (Chain, Link) {
    let mut chain = Chain::resume(StoredHead { salt: None, head: None, length: 0 }).unwrap();
    let link = chain.append(entry).unwrap();
    (chain, link)
}

fn commit<'a>(dossier: &'a Dossier, entry: &'a Entry, (chain, link): &'a (Chain, Link)) -> Commit<'a> {
    let row = DossierRow { dossier, chain, wake: None, waits_for_payments: false, kept: false };
    Commit { dossiers: vec![row], entries: vec![("C1", entry, link)], ..Commit::default() }
}

on_every_base! {
    async fn a_commit_whose_answer_got_lost_is_recognised(office: Office) {
        let now = at("2026-03-10T10:00:00Z");
        office.take_in(&client("C1", &[("F1", "2026-03-04")]), false, now).await;
        office.store.claim_due("un", now, 5, &BTreeSet::new()).await.unwrap();
        let (dossier, entry) = spoken();
        let first = sealed(&entry);
        let batch = commit(&dossier, &entry, &first);
        assert!(!office.store.is_committed(&batch).await.unwrap());
        assert_eq!(office.store.commit("un", &batch).await.unwrap(), BTreeSet::new());
        assert!(office.store.is_committed(&batch).await.unwrap());
        let (dossier, mut entry) = spoken();
        entry.event = Event::Anomaly { text: "d’un autre".to_owned() };
        let other = sealed(&entry);
        assert!(!office.store.is_committed(&commit(&dossier, &entry, &other)).await.unwrap(), "another runner's entry at this place");
    }

    async fn a_claim_whose_answer_got_lost_is_taken_back_by_its_runner_only(office: Office) {
        let now = at("2026-03-10T10:00:00Z");
        office.take_in(&client("C1", &[("F1", "2026-03-04")]), false, now).await;
        let stop = |event: &Event| assert!(!matches!(event, Event::Departed { .. }), "the machine fails here");
        let (program, post) = (program(machine()), Post::default());
        let run = std::panic::AssertUnwindSafe(office.run(&program, &post, now, stop));
        assert!(futures_util::FutureExt::catch_unwind(run).await.is_err());
        let unfinished = office.store.unfinished(&["C1".to_owned()]).await.unwrap();
        let wanted: Vec<_> = unfinished.iter().map(|u| (u.client.clone(), u.message.key.clone())).collect();
        assert_eq!(wanted.len(), 1);
        let all: BTreeSet<_> = wanted.iter().cloned().collect();
        let attempted = async || office.store.unfinished(&["C1".to_owned()]).await.unwrap()[0].attempted;
        assert_eq!(office.store.claim(crate::RUNNER, &wanted, now).await.unwrap(), all);
        assert_eq!(office.store.claim(crate::RUNNER, &wanted, now).await.unwrap(), BTreeSet::new());
        office.store.unclaim("autre", &wanted).await.unwrap();
        assert!(attempted().await, "it is not the other's");
        office.store.unclaim(crate::RUNNER, &wanted).await.unwrap();
        assert!(!attempted().await);
        assert_eq!(office.store.claim(crate::RUNNER, &wanted, now).await.unwrap(), all);
    }

    async fn a_runner_gives_back_all_it_has(office: Office) {
        let now = at("2026-03-10T10:00:00Z");
        let things = [client("C1", &[("F1", "2026-03-04")]), client("C2", &[("F2", "2026-03-04")])].concat();
        office.take_in(&things, false, now).await;
        let claim = async |runner| office.store.claim_due(runner, now, 1, &BTreeSet::new()).await.unwrap();
        assert_eq!((claim("un").await, claim("deux").await), (vec!["C1".to_owned()], vec!["C2".to_owned()]));
        assert!(!office.store.left_undone().await.unwrap());
        office.store.release("un").await.unwrap();
        assert!(office.store.left_undone().await.unwrap());
        assert_eq!(office.store.held(now).await.unwrap(), 1, "the other keeps its own");
    }
}

/// A carrier during whose work the server is killed; it is back a little later.
struct Storm {
    server: Arc<Mutex<Server>>,
    post: Post,
}

impl Carrier for Storm {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        let deliveries = self.post.deliver(parcels).await;
        self.server.lock().unwrap().kill();
        let server = Arc::clone(&self.server);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            server.lock().unwrap().restart();
        });
        deliveries
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        None
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        8
    }
}

/// Every group of messages is accepted, and then the server is gone: each is written down in the end, none is in doubt, none leaves twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_messages_are_on_their_way_forgets_none_of_them() {
    let Some(server) = Server::with(&["fsync=off"]) else { return };
    let url = server.create("tempete");
    let folder = tempfile::tempdir().unwrap();
    let base = Base::at(url, folder);
    let office = Office { store: base.open("essai").await, base };
    let codes: Vec<String> = (0..20).map(|n| format!("C{n:02}")).collect();
    let things: Vec<_> = codes.iter().flat_map(|code| client(code, &[(code, "2026-03-04")])).collect();
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
    let storm = Storm { server: Arc::new(Mutex::new(server)), post: Post::default() };
    let (program, sender) = (program(machine()), Sender::default());
    let now = at("2026-03-10T10:00:00Z");
    let report = office.runner(&program, &storm, &sender).run((now, now), |_, _| {}, |_, _| {}).await.unwrap();
    assert_eq!((report.sent, report.incidents.len()), (20, 0), "{report:?}");
    let mut sent = storm.post.sent().concat();
    sent.sort();
    assert_eq!(sent, codes);
    let counts = office.store.outbox_counts().await.unwrap();
    assert_eq!((counts.sent, counts.pending, counts.in_doubt), (20, 0, 0));
}
