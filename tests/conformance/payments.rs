//! `paiements à jour depuis moins de 24h`: nothing is sent on old balances, and the import wakes what waited. So it is with amounts, whose
//! rates somebody adds.

use crate::{Office, Post, at, client, machine, program};
use relance_core::day::Instant;
use relance_core::interest::{Amounts, Terms};
use relance_core::machine::{Channel, MessageCalls};
use relance_core::program::Program;
use relance_engine::legal_rates::rates;
use std::sync::Arc;

fn fresh() -> Program {
    let mut machine = machine();
    machine.settings.fresh_payments = Some(24);
    program(machine)
}

/// Its message states amounts.
fn stating(amounts: Amounts) -> Program {
    let mut machine = machine();
    let (channel, template) = (Channel::Email, "ferme".to_owned());
    machine.messages.push(MessageCalls { channel, template, calls: Vec::new(), amounts: true });
    let mut program = program(machine);
    program.amounts = Some(Arc::new(amounts));
    program
}

async fn run(office: &Office, program: &Program, now: Instant) -> Vec<Vec<String>> {
    let post = Post::default();
    office.run(program, &post, now, |_| {}).await.unwrap();
    post.sent()
}

async fn due(office: &Office, now: Instant) -> usize {
    office.store.count_due(now).await.unwrap()
}

on_every_base! {
    async fn nothing_leaves_before_the_first_import_of_payments_which_wakes_what_waits(office: Office) {
        let program = fresh();
        let (morning, noon) = (at("2026-03-10T08:00:00Z"), at("2026-03-10T11:00:00Z"));
        let mut things = client("C1", &[("F1", "2026-03-04")]);
        things.extend(client("C2", &[("F2", "2026-06-04")]));
        office.take_in(&things, false, morning).await;
        assert_eq!(run(&office, &program, at("2026-03-10T10:00:00Z")).await, Vec::<Vec<String>>::new());
        assert_eq!(office.store.payments_imported().await.unwrap(), None);
        assert_eq!(due(&office, noon).await, 0, "no polling");
        office.take_in(&[], true, noon).await;
        assert_eq!(office.store.payments_imported().await.unwrap(), Some(noon));
        assert_eq!(due(&office, noon).await, 1, "what does not wait is left alone");
        assert_eq!(run(&office, &program, noon).await, [["F1"]]);
        assert_eq!(run(&office, &program, at("2026-03-10T11:10:00Z")).await, Vec::<Vec<String>>::new());
    }

    async fn an_import_that_grows_old_holds_messages_again_and_closed_days_do_not_count(office: Office) {
        let program = fresh();
        // On Friday at 15:00; F1 falls due on Saturday, F2 on Monday.
        office.take_in(&client("C1", &[("F1", "2026-03-14")]), true, at("2026-03-13T14:00:00Z")).await;
        office.take_in(&client("C2", &[("F2", "2026-03-16")]), false, at("2026-03-13T14:00:00Z")).await;
        assert_eq!(run(&office, &program, at("2026-03-16T09:00:00Z")).await, [["F1"]], "Monday: the weekend did not count");
        assert_eq!(run(&office, &program, at("2026-03-17T09:00:00Z")).await, Vec::<Vec<String>>::new(), "Tuesday");
        // An older import than the last one changes nothing.
        office.take_in(&[], true, at("2026-03-13T09:00:00Z")).await;
        assert_eq!(office.store.payments_imported().await.unwrap(), Some(at("2026-03-13T14:00:00Z")));
        office.take_in(&[], true, at("2026-03-17T09:30:00Z")).await;
        assert_eq!(run(&office, &program, at("2026-03-17T09:30:00Z")).await, [["F2"]]);
    }
    async fn a_message_without_its_rate_waits_until_the_rate_is_added(office: Office) {
        let (without, with) = (
            stating(Amounts::default()),
            stating(Amounts { rates: rates(&[]), terms: Terms::default() }),
        );
        let (morning, later) = (at("2026-03-10T10:00:00Z"), at("2026-03-10T11:00:00Z"));
        let mut things = client("C1", &[("F1", "2026-03-04")]);
        things.extend(client("C2", &[("F2", "2026-06-04")]));
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        assert_eq!(run(&office, &without, morning).await, Vec::<Vec<String>>::new());
        assert_eq!(due(&office, later).await, 0, "no polling");
        assert_eq!(office.store.rate_added(morning).await.unwrap(), 1, "what does not wait is left alone");
        assert_eq!(due(&office, later).await, 1);
        assert_eq!(run(&office, &with, later).await, [["F1"]]);
        assert_eq!(office.store.rate_added(later).await.unwrap(), 0);
    }
}
