//! The step function told as stories: one client's file, a few days, what the journal says.

#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;
use relance_core::day::{end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::journal::Line;
use relance_core::machine::*;
use relance_core::money::{Amount, Currency};
use relance_core::program::Program;
use relance_core::said::Said;
use relance_core::simulate::{Inbox, People, World, run};
use std::collections::BTreeMap;

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn contact(channel: Channel, template: &str, nature: Nature) -> Action {
    Action::Contact(Contact {
        channel,
        template: Some(template.into()),
        nature,
        choice: None,
        tone: Tone::Polite,
        language: None,
        variants: Vec::new(),
        to: vec![],
        copy: vec![],
    })
}

fn email(template: &str) -> Action {
    contact(Channel::Email, template, Nature::Reminder)
}

fn stage(wait: Option<relance_core::day::Span>, actions: Vec<Action>) -> SequenceStage {
    SequenceStage { wait: wait.map(Expr::from), items: actions.into_iter().map(|a| Item(vec![a.into()])).collect() }
}

fn rung(id: u32, offset: i64, stages: Vec<SequenceStage>) -> Rule {
    let offset = Expr::Literal(Value::Duration(relance_core::day::Span::Days(offset)));
    let bound = Bound { clock: Clock::Due, offset, extra_days: 0, end_of_month: false };
    Rule {
        id: RuleId(id),
        branches: vec![Branch { bounds: vec![bound], guard: Expr::always() }],
        repeat: None,
        sequence: Sequence { stages },
        without_prior_reminder: false,
    }
}

fn machine(rules: Vec<Rule>, reactions: Vec<Reaction>) -> Machine {
    let mut machine = Machine::new("essai", None);
    machine.states[0].rules = rules;
    machine.reactions = reactions;
    machine
}

fn thing(id: &str, invoice: Option<&str>, on: &str, what: What) -> Incoming {
    Incoming {
        id: id.into(),
        client: "C1".into(),
        invoice: invoice.map(str::to_owned),
        effective: day(on),
        known: None,
        said: None,
        what,
    }
}

fn customer() -> Incoming {
    let customer = Customer {
        name: "Durand".into(),
        email: Some("compta@durand.example".into()),
        phone: Some("+33639980001".into()),
        ..Customer::default()
    };
    thing("client", None, "1970-01-01", What::Customer(customer))
}

fn invoice(number: &str, issued: &str, due: &str, cents: i64) -> Incoming {
    let invoice = Invoice::new(day(issued), day(due), Amount::eur(cents));
    thing(&format!("facture:{number}"), Some(number), issued, What::Invoice(invoice))
}

fn told(program: &Program, things: Vec<Incoming>, from: &str, to: &str) -> String {
    told_with(People::DILIGENT, program, things, from, to)
}

fn told_with(people: People, program: &Program, things: Vec<Incoming>, from: &str, to: &str) -> String {
    let inbox = Inbox::new(things.into_iter().map(|t| (t, None)).collect(), ZONE);
    let mut world = World { dossier: Dossier::new("C1"), wake: None, inbox };
    let mut out = String::new();
    run(program, &mut world, (start_of_day(day(from), ZONE), end_of_day(day(to), ZONE)), people, |_, entry| {
        if let Some(line) = Line::of(entry, "C1", Currency::EUR, ZONE, program) {
            let words = [
                Some(line.le[..16].to_owned()),
                line.facture,
                Some(line.evenement.to_owned()),
                line.canal.map(str::to_owned),
                line.modele,
                line.palier,
                line.montant,
                line.jusqu_a.map(|j| format!("→ {}", &j[..10])),
                line.detail.map(|d| format!("({d})")),
            ];
            out.push_str(&words.into_iter().flatten().collect::<Vec<_>>().join(" "));
            out.push('\n');
        }
    });
    out
}

fn program(rules: Vec<Rule>, reactions: Vec<Reaction>) -> Program {
    Program::new(vec![machine(rules, reactions)], ZONE, BTreeMap::new())
}

#[test]
fn a_payment_stops_the_call_and_is_thanked() {
    let program = program(
        vec![rung(
            0,
            15,
            vec![
                stage(None, vec![email("ferme")]),
                stage(None, vec![contact(Channel::Call, "ferme", Nature::Reminder)]),
            ],
        )],
        vec![Reaction {
            id: RuleId(1),
            on: Trigger::Settled,
            name: None,
            guard: Expr::always(),
            sequence: Sequence {
                stages: vec![stage(None, vec![contact(Channel::Email, "remerciement", Nature::Information)])],
            },
        }],
    );
    let mut paid = vec![customer(), invoice("F1", "2026-02-01", "2026-03-03", 120_000)];
    paid.push(thing("p1", Some("F1"), "2026-03-19", What::Payment { amount: Amount::eur(120_000) }));
    insta::assert_snapshot!(told(&program, paid, "2026-02-15", "2026-04-01"));
    let unpaid = vec![customer(), invoice("F1", "2026-02-01", "2026-03-03", 120_000)];
    insta::assert_snapshot!(told(&program, unpaid, "2026-02-15", "2026-04-01"));
}

#[test]
fn an_old_invoice_gets_one_message_the_right_one() {
    let rules = vec![
        rung(0, -5, vec![stage(None, vec![email("preventif")])]),
        rung(1, 3, vec![stage(None, vec![email("courtois")])]),
        rung(2, 15, vec![stage(None, vec![email("ferme")])]),
        rung(3, 60, vec![stage(None, vec![email("dernier_avis")])]),
    ];
    let things = vec![customer(), invoice("F1", "2026-01-01", "2026-02-01", 5_000)];
    insta::assert_snapshot!(told(&program(rules, vec![]), things, "2026-03-13", "2026-04-30"));
}

#[test]
fn the_cap_lets_one_contact_a_day_leave_the_oldest_rung_first() {
    let rules = vec![
        rung(0, 3, vec![stage(None, vec![email("courtois")])]),
        rung(1, 15, vec![stage(None, vec![email("ferme")])]),
    ];
    let things = vec![
        customer(),
        invoice("F1", "2026-01-01", "2026-03-01", 5_000),
        invoice("F2", "2026-01-01", "2026-03-10", 9_000),
        invoice("F3", "2026-01-01", "2026-03-10", 7_000),
    ];
    insta::assert_snapshot!(told(&program(rules, vec![]), things, "2026-03-20", "2026-03-27"));
}

#[test]
fn promise_dispute_stop_and_reversal() {
    let rules = vec![
        rung(0, 3, vec![stage(None, vec![email("courtois")])]),
        rung(1, 15, vec![stage(None, vec![email("ferme")])]),
        rung(2, 30, vec![stage(None, vec![email("dernier_avis")])]),
    ];
    let things = vec![
        customer(),
        invoice("F1", "2026-01-01", "2026-03-02", 100_000),
        thing("a", Some("F1"), "2026-03-06", What::Promise { by: day("2026-03-12"), amount: None }),
        thing("b", Some("F1"), "2026-03-20", What::DisputeOpened { amount: None, reason: Some("prix".into()) }),
        thing("c", Some("F1"), "2026-04-03", What::DisputeClosed),
        thing("d", Some("F1"), "2026-04-13", What::Payment { amount: Amount::eur(40_000) }),
        thing("e", Some("F1"), "2026-04-14", What::Payment { amount: Amount::eur(60_000) }),
        thing("f", Some("F1"), "2026-04-20", What::Reversal { amount: Amount::eur(60_000) }),
        Incoming {
            said: Said::why(Some("geste commercial")),
            ..thing("g", Some("F1"), "2026-04-29", What::Stop { until: None })
        },
    ];
    insta::assert_snapshot!(told(&program(rules, vec![]), things, "2026-02-01", "2026-06-01"));
}

#[test]
fn what_a_rung_below_0_began_is_not_restored_after_the_due_day() {
    let early = Sequence {
        stages: vec![
            stage(None, vec![Action::Task { text: "Appeler".into(), to: None }]),
            stage(None, vec![email("a")]),
        ],
    };
    let rules = vec![rung(0, -6, early.stages)];
    let things = vec![
        customer(),
        invoice("F1", "2026-02-20", "2026-02-28", 10_000),
        thing("p", Some("F1"), "2026-02-25", What::Payment { amount: Amount::eur(10_000) }),
        thing("r", Some("F1"), "2026-03-02", What::Reversal { amount: Amount::eur(10_000) }),
    ];
    insta::assert_snapshot!(told_with(People::ABSENT, &program(rules, vec![]), things, "2026-02-20", "2026-04-01"));
}

/// Whoever does the task gets it again at once: the simulation ends the day and says why.
#[test]
fn work_that_comes_back_at_once_is_told() {
    let task = || Action::Task { text: "Vérifier".into(), to: None };
    let back = vec![stage(None, vec![task()]), stage(None, vec![Action::GoTo { state: PLAN.into() }])];
    let program = Program::new(vec![machine(vec![rung(0, 5, back)], vec![])], ZONE, BTreeMap::new());
    let things = vec![customer(), invoice("F1", "2026-02-01", "2026-03-01", 10_000)];
    let told = told(&program, things, "2026-02-15", "2026-03-07");
    let anomalies: Vec<&str> = told.lines().filter(|line| line.contains("anomalie")).collect();
    insta::assert_snapshot!(anomalies.join("\n"));
}

/// The compiler refuses it; a machine made by hand gets through.
#[test]
fn a_cycle_without_time_is_stopped_and_told_and_tried_again() {
    let mut machine = machine(vec![rung(0, 5, vec![stage(None, vec![Action::GoTo { state: "b".into() }])])], vec![]);
    let mut b = State::new("b", None);
    let first = Sequence { stages: vec![stage(None, vec![email("ferme")])] };
    b.entry = vec![EntryRule { id: RuleId(1), guard: Expr::always(), sequence: first, without_prior_reminder: false }];
    let back = Sequence { stages: vec![stage(None, vec![Action::GoTo { state: "b".into() }])] };
    machine.reactions =
        vec![Reaction { id: RuleId(2), on: Trigger::Failure, name: None, guard: Expr::always(), sequence: back }];
    machine.states.push(b);
    let program = Program::new(vec![machine], ZONE, BTreeMap::new());
    let nobody = thing("client", None, "1970-01-01", What::Customer(Customer::default()));
    let reachable = Customer { email: Some("compta@durand.example".into()), ..Customer::default() };
    let things = vec![
        nobody,
        invoice("F1", "2026-02-01", "2026-03-01", 10_000),
        thing("mieux", None, "2026-03-11", What::Customer(reachable)),
    ];
    let told = told(&program, things, "2026-02-15", "2026-04-01");
    // What repeats is told once.
    let mut lines: Vec<String> = Vec::new();
    let mut times: Vec<usize> = Vec::new();
    for line in told.lines() {
        match lines.iter().position(|known| known == line) {
            Some(at) => times[at] += 1,
            None => {
                lines.push(line.to_owned());
                times.push(1);
            }
        }
    }
    let counted: String = lines.iter().zip(&times).map(|(line, n)| format!("{n:>3} × {line}\n")).collect();
    insta::assert_snapshot!(counted);
}
