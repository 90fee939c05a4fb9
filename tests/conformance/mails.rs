//! What is asked of a base to find whose a mail is.

use crate::{Post, at, client, machine, program};
use relance_core::day::Instant;

async fn since(office: &crate::Office, from: Instant) -> Vec<String> {
    office.store.mails_since(from).await.unwrap().into_iter().map(|(client, key)| format!("{client} {key}")).collect()
}

on_every_base! {
    async fn what_left_and_whose_an_address_is(office: Office) {
        let things = [client("C1", &[("F1", "2026-03-04")]), client("C2", &[("F2", "2026-03-04")])].concat();
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        let (program, refused) = (program(machine()), Post { gives_back: true, ..Post::default() });
        office.run(&program, &refused, at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(since(&office, at("2026-03-01T00:00:00Z")).await, Vec::<String>::new(), "nothing has left");
        office.run(&program, &Post::default(), at("2026-03-10T10:05:00Z"), |_| {}).await.unwrap();
        let sent = since(&office, at("2026-03-01T00:00:00Z")).await;
        assert_eq!(sent, ["C1 F1#1.1.1.0", "C2 F2#1.1.1.0"]);
        assert_eq!(since(&office, at("2026-03-11T00:00:00Z")).await, Vec::<String>::new());
        let found = office.store.customers_with("C1@EXAMPLE.fr").await.unwrap();
        let found: Vec<_> = found.iter().map(|(code, customer)| (code.as_str(), customer.email.as_deref())).collect();
        assert_eq!(found, [("C1", Some("c1@example.fr"))]);
        assert!(office.store.customers_with("%@example.fr").await.unwrap().is_empty(), "words, not a pattern");
    }
}
