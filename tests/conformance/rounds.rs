//! What asks for itself again at one moment.

use crate::{Post, at, client, machine, program};

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
}
