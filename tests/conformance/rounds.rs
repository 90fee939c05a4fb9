//! What happens when many files are worked off together: what asks for itself again, what is of different moments.

use crate::{Post, at, client, machine, program, thing};
use relance_core::event::Event;
use relance_core::incoming::What;
use relance_core::money::Amount;

on_every_base! {
    async fn what_comes_back_for_ever_stops_with_an_anomaly_and_waits_for_the_next_run(office: Office) {
        let things = [client("C1", &[("F1", "2026-03-04")]), client("C2", &[("F2", "2026-03-04")])].concat();
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        let program = program(machine());
        let tired = Post { gives_back: true, ..Post::default() };
        let report = office.run(&program, &tired, at("2026-03-10T10:00:00Z"), |_| {}).await.unwrap();
        let told = |client: &str| report.incidents.iter().filter(|told| told.starts_with(client)).count();
        assert_eq!((told("C1 : anomalie"), told("C2 : anomalie")), (1, 1), "{:?}", report.incidents);
        let post = Post::default();
        office.run(&program, &post, at("2026-03-10T10:05:00Z"), |_| {}).await.unwrap();
        assert_eq!(post.sent(), [["F1"], ["F2"]], "nothing is lost, and nothing leaves twice");
    }

    async fn what_becomes_known_later_takes_nothing_from_the_message_of_an_earlier_day(office: Office) {
        let mut things = [client("C1", &[("F1", "2026-03-09")]), client("C2", &[("F2", "2026-03-11")])].concat();
        things.push(thing("C1", Some("F1"), "2026-03-11", What::Payment { amount: Amount::eur(1_000) }));
        office.take_in(&things, false, at("2026-03-09T08:00:00Z")).await;
        let post = Post::default();
        office.run_span(&program(machine()), &post, (at("2026-03-09T08:00:00Z"), at("2026-03-13T08:00:00Z"))).await;
        assert_eq!(post.sent(), [["F1"], ["F2"]]);
        let taken_back = office.told(|event| matches!(event, Event::Delayed { .. })).await;
        assert_eq!(taken_back, Vec::<String>::new());
    }
}
