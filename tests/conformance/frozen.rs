//! A connection that dies without a word: nothing comes back any more, and nobody closes it.

use crate::{Office, Post, at, client, machine, program};
use relance_core::machine::Channel;
use relance_engine::runner::{Carrier, Delivery, Parcel, Sender};
use relance_tests::base::Base;
use relance_tests::postgres::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Between the program and the server. While frozen it takes what comes and passes nothing on, and accepts connections that lead nowhere;
/// those stay dead when it is thawed.
struct Wire {
    port: u16,
    frozen: watch::Sender<bool>,
    /// How many pieces have got lost.
    lost: Arc<AtomicUsize>,
}

impl Wire {
    async fn before(server: &str) -> Wire {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (frozen, lost) = (watch::Sender::new(false), Arc::new(AtomicUsize::new(0)));
        let (server, state, count) = (server.to_owned(), frozen.clone(), Arc::clone(&lost));
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(&server).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pass(near_in, far_out, state.subscribe(), Arc::clone(&count)));
                tokio::spawn(pass(far_in, near_out, state.subscribe(), Arc::clone(&count)));
            }
        });
        Wire { port, frozen, lost }
    }
}

async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    frozen: watch::Receiver<bool>,
    lost: Arc<AtomicUsize>,
) {
    let mut bytes = [0; 16 * 1024];
    let mut dead = false;
    while let Ok(n @ 1..) = from.read(&mut bytes).await {
        dead |= *frozen.borrow();
        if dead {
            lost.fetch_add(1, Ordering::SeqCst);
        } else if to.write_all(&bytes[..n]).await.is_err() {
            break;
        }
    }
    if dead {
        // Nobody is told that it has ended.
        std::future::pending::<()>().await;
    }
}

/// An office behind a wire, with twenty clients who are due.
async fn office(server: &Server, base: &str) -> (Office, Wire) {
    let direct = server.create(base);
    let address = direct.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let wire = Wire::before(&address).await;
    let url = direct.replace(&address, &format!("127.0.0.1:{}", wire.port));
    let base = Base::at(url, tempfile::tempdir().unwrap());
    let office = Office { store: base.open("essai").await, base };
    let codes: Vec<String> = (0..20).map(|n| format!("C{n:02}")).collect();
    let things: Vec<_> = codes.iter().flat_map(|code| client(code, &[(code, "2026-03-04")])).collect();
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
    (office, wire)
}

/// The wire freezes while messages are on their way; once the run has noticed, it is whole again for new connections.
struct Winter<'w> {
    wire: &'w Wire,
    post: Post,
}

impl Carrier for Winter<'_> {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        let first = self.post.sent().is_empty();
        let deliveries = self.post.deliver(parcels).await;
        if first {
            self.wire.frozen.send_replace(true);
        }
        deliveries
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        None
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        8
    }
}

#[tokio::test]
async fn what_left_before_the_wire_froze_is_written_down_once_it_is_whole() {
    let Some(server) = Server::start() else { return };
    let (office, wire) = office(&server, "hiver").await;
    let winter = Winter { wire: &wire, post: Post::default() };
    let (program, sender) = (program(machine()), Sender::default());
    let now = at("2026-03-10T10:00:00Z");
    let runner = office.runner(&program, &winter, &sender);
    let thaw = async {
        // The commit got lost; what gets lost after it is the run's next attempt, so it has given the first one up.
        while wire.lost.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        wire.frozen.send_replace(false);
    };
    let (report, ()) = tokio::join!(runner.run((now, now), |_, _| {}, |_, _| {}), thaw);
    let report = report.unwrap();
    assert_eq!((report.sent, report.incidents.len()), (20, 0), "{report:?}");
    let mut sent = winter.post.sent().concat();
    sent.sort();
    sent.dedup();
    assert_eq!((sent.len(), winter.post.sent().concat().len()), (20, 20));
    let counts = office.store.outbox_counts().await.unwrap();
    assert_eq!((counts.sent, counts.pending, counts.in_doubt), (20, 0, 0));
}

#[tokio::test]
async fn a_run_that_finds_the_wire_frozen_ends_with_an_error_that_passes() {
    let Some(server) = Server::start() else { return };
    let (office, wire) = office(&server, "gel").await;
    wire.frozen.send_replace(true);
    let (program, post) = (program(machine()), Post::default());
    let now = at("2026-03-10T10:00:00Z");
    let error = office.run(&program, &post, now, |_| {}).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    wire.frozen.send_replace(false);
    office.run(&program, &post, now, |_| {}).await.unwrap();
    assert_eq!(post.sent().len(), 20);
}
