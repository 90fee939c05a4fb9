//! Letters are found by the number on their receipt, whoever asks and however it is written.

use crate::{Office, Post, at, client, thing};
use relance_core::incoming::{Customer, DoneResult, Incoming, What};
use relance_core::machine::Channel;

/// C1 and C2 each get a letter, posted with a number.
async fn posted(office: &Office) {
    let mut things = [client("C1", &[("F1", "2026-03-04")]), client("C2", &[("F2", "2026-03-04")])].concat();
    for thing in &mut things {
        if let What::Customer(customer) = &mut thing.what {
            *customer = Customer { address: Some("3 rue du Port\n69001 Lyon".to_owned()), ..customer.clone() };
        }
    }
    office.take_in(&things, false, at("2026-03-09T08:00:00Z")).await;
    let program = relance_tests::program(&["à J+1 : courrier dernier_avis"]);
    office.run(&program, &Post::default(), at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
    let done = |client: &str, invoice: &str, number: &str| -> Incoming {
        let tracking = Some(number.to_owned());
        let what = What::Done { key: None, channel: Some(Channel::Letter), result: DoneResult::Done, tracking };
        thing(client, Some(invoice), "2026-03-11", what)
    };
    let numbers = [done("C1", "F1", "1A12345678901"), done("C2", "F2", "1A1234567890")];
    office.take_in(&numbers, false, at("2026-03-11T08:00:00Z")).await;
    office.run(&program, &Post::default(), at("2026-03-11T10:00:00Z"), |_| {}).await.unwrap();
}

on_every_base! {
    async fn a_letter_is_found_by_its_whole_number_only(office: Office) {
        posted(&office).await;
        let named = async |name: &str| -> Vec<String> {
            let found = office.store.letters_named(name).await.unwrap();
            found.into_iter().map(|(client, key)| format!("{client} {}", key.split('#').next().unwrap())).collect()
        };
        assert_eq!(named("1A12345678901").await, ["C1 F1"]);
        assert_eq!(named(" 1a 123 456 7890 1").await, ["C1 F1"]);
        assert_eq!(named("1A1234567890").await, ["C2 F2"], "the beginning of another");
        for unknown in ["", "1A", "%", "1A12345678901\" OR 1=1 --", "2B12345678901"] {
            assert_eq!(named(unknown).await, Vec::<String>::new(), "{unknown}");
        }
    }

    async fn only_clients_with_letters_are_asked_for(office: Office) {
        posted(&office).await;
        let program = relance_tests::program(&["à J+1 : email courtois"]);
        office.take_in(&client("C3", &[("F3", "2026-03-10")]), false, at("2026-03-11T11:00:00Z")).await;
        office.run(&program, &Post::default(), at("2026-03-12T10:00:00Z"), |_| {}).await.unwrap();
        assert_eq!(office.store.record("C3").await.unwrap().messages.len(), 1);
        assert_eq!(office.store.clients_with_letters().await.unwrap(), ["C1", "C2"]);
    }
}
