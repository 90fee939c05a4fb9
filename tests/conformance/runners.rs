//! Several runners share a base, each with the files that it has claimed.

use crate::{Office, at, client, thing};
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::incoming::What;
use relance_core::money::Amount;
use relance_engine::store::{Chain, Commit, DossierRow, StoredHead};
use std::collections::BTreeSet;
use std::sync::LazyLock;

fn now() -> Instant {
    at("2026-03-10T10:00:00Z")
}

async fn three_clients(office: &Office) {
    let things: Vec<_> = ["C1", "C2", "C3"].iter().flat_map(|code| client(code, &[("F1", "2026-03-04")])).collect();
    office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
}

async fn claim(office: &Office, runner: &str, limit: usize) -> Vec<String> {
    office.store.claim_due(runner, now(), limit, &BTreeSet::new()).await.unwrap()
}

/// The file of one client, as after a step that leaves nothing more to do.
fn commit(dossier: &Dossier) -> Commit<'_> {
    static CHAIN: LazyLock<Chain> = LazyLock::new(|| Chain::resume(StoredHead::default()).unwrap());
    let row = DossierRow { dossier, chain: &CHAIN, wake: None, waits_for_payments: false, kept: false };
    Commit { dossiers: vec![row], ..Commit::default() }
}

on_every_base! {
    async fn a_client_is_in_one_hand_only(office: Office) {
        three_clients(&office).await;
        assert_eq!(claim(&office, "un", 2).await, ["C1", "C2"]);
        assert_eq!(claim(&office, "deux", 5).await, ["C3"]);
        assert_eq!(claim(&office, "un", 5).await, Vec::<String>::new());
        assert_eq!(office.store.held(now()).await.unwrap(), 3);
        office.store.give_back("deux", &["C1".to_owned()]).await.unwrap();
        assert_eq!(claim(&office, "deux", 5).await, Vec::<String>::new(), "nobody gives back what another holds");
        office.store.give_back("un", &["C2".to_owned()]).await.unwrap();
        assert_eq!(office.store.held(now()).await.unwrap(), 2);
        assert_eq!(claim(&office, "deux", 5).await, ["C2"]);
    }

    async fn what_is_left_out_is_not_claimed(office: Office) {
        three_clients(&office).await;
        let except = BTreeSet::from(["C1".to_owned(), "C3".to_owned()]);
        assert_eq!(office.store.claim_due("un", now(), 5, &except).await.unwrap(), ["C2"]);
    }

    async fn a_claim_for_which_nothing_is_due_ends_with_the_run(office: Office) {
        three_clients(&office).await;
        let (program, post) = (crate::program(crate::machine()), crate::Post::default());
        office.run(&program, &post, now(), |_| {}).await.unwrap();
        // A runner claims them for a later day, and dies before it begins.
        let later = at("2026-09-10T10:00:00Z");
        three_clients(&office).await;
        let paid = thing("C1", Some("F1"), "2026-09-09", What::Payment { amount: Amount::eur(10_000) });
        office.take_in(&[paid], false, now()).await;
        assert_eq!(office.store.claim_due("mort", later, 5, &BTreeSet::new()).await.unwrap(), ["C1"]);
        office.store.give_back("mort", &["C1".to_owned()]).await.unwrap();
        assert_eq!(office.store.count_due(now()).await.unwrap(), 1);
        office.run(&program, &post, now(), |_| {}).await.unwrap();
        assert_eq!(office.store.count_due(now()).await.unwrap(), 0, "nothing was due now");
        assert_eq!(office.store.count_due(later).await.unwrap(), 1, "the payment still is, on its day");
    }

    async fn a_runner_that_came_back_from_the_dead_writes_nothing(office: Office) {
        three_clients(&office).await;
        assert_eq!(claim(&office, "un", 1).await, ["C1"]);
        office.store.give_back("un", &["C1".to_owned()]).await.unwrap();
        assert_eq!(claim(&office, "deux", 1).await, ["C1"]);
        let dossier = Dossier::new("C1");
        assert_eq!(office.store.commit("un", &commit(&dossier)).await.unwrap(), BTreeSet::from(["C1".to_owned()]));
        assert_eq!(office.store.count_due(now()).await.unwrap(), 3, "nothing was written");
        assert_eq!(office.store.commit("deux", &commit(&dossier)).await.unwrap(), BTreeSet::new());
        assert_eq!(office.store.commit("deux", &commit(&dossier)).await.unwrap(), BTreeSet::from(["C1".to_owned()]), "given up");
    }

    async fn what_is_imported_while_a_runner_works_is_looked_at_afterwards(office: Office) {
        three_clients(&office).await;
        assert_eq!(claim(&office, "un", 1).await, ["C1"]);
        let loaded = office.store.load(&["C1".to_owned()], now(), &[], false).await.unwrap();
        let ids: Vec<String> = loaded[0].inbox_ids.iter().map(|(_, id)| id.clone()).collect();
        assert_eq!(ids.len(), 2, "the client and the invoice");
        let paid = thing("C1", Some("F1"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) });
        office.take_in(&[paid], false, now()).await;
        let dossier = Dossier::new("C1");
        let mut batch = commit(&dossier);
        batch.taken = ids.iter().map(|id| ("C1", id.as_str())).collect();
        assert_eq!(office.store.commit("un", &batch).await.unwrap(), BTreeSet::new());
        assert_eq!(claim(&office, "deux", 5).await, ["C1", "C2", "C3"], "C1 has a payment to read");
        let loaded = office.store.load(&["C1".to_owned()], now(), &[], false).await.unwrap();
        assert_eq!(loaded[0].inbox_ids.len(), 1);
    }

    async fn creditors_of_one_base_do_not_see_each_other(office: Office) {
        let other = office.base.open("autre").await;
        three_clients(&office).await;
        let program = crate::program(crate::machine());
        let post = crate::Post::default();
        office.run(&program, &post, now(), |_| {}).await.unwrap();
        assert_eq!(post.sent().len(), 3);
        assert_eq!(other.clients().await.unwrap(), Vec::<String>::new());
        assert_eq!(other.client_of("F1").await.unwrap(), None);
        assert_eq!(other.journal(None, None, None, None).await.unwrap(), []);
        assert_eq!(other.everything_imported().await.unwrap().0, []);
        assert_eq!(other.outbox_counts().await.unwrap().sent, 0);
        assert_eq!((other.clock().await.unwrap(), other.next_due().await.unwrap()), (None, None));
        assert_eq!((other.waiting().await.unwrap(), other.payments_imported().await.unwrap()), ((0, None), None));
        assert_eq!(other.all_machines().await.unwrap().len() + other.machines_in_force().await.unwrap().len(), 0);
        let journal = office.store.journal(None, None, None, None).await.unwrap();
        // The same clients and invoices of another creditor, at work at the same time.
        let shared = Office { store: other, base: office.base };
        three_clients(&shared).await;
        assert_eq!(shared.store.count_due(now()).await.unwrap(), 3);
        assert_eq!(claim(&shared, "un", 1).await, ["C1"]);
        assert_eq!(office.store.held(now()).await.unwrap() + office.store.count_due(now()).await.unwrap(), 0);
        assert_eq!(office.store.journal(None, None, None, None).await.unwrap(), journal);
        let loaded = shared.store.load(&["C1".to_owned()], now(), &[], true).await.unwrap();
        assert!(loaded[0].world.dossier.invoices.is_empty(), "the file of the first creditor is not the second's");
    }
}
