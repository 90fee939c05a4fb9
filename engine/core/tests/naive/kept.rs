//! Stories that once told the two apart, or that no random story tells, kept with what must happen.

use crate::compare::{difference, engine, told};
use crate::generate::{Others, Story, ZONE, number, start};
use crate::moments;
use chrono::{NaiveDate, TimeDelta};
use relance_core::day::{Instant, Span, add_days, instant_at, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::incoming::{Customer, DueAmount, Incoming, Invoice, What};
use relance_core::machine::*;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::schema::Fact;
use relance_core::simulate::People;
use relance_core::step::{Input, Outcome, Step, step};
use std::collections::BTreeMap;

fn day(n: i64) -> NaiveDate {
    add_days(start(), n)
}

fn at(n: i64, hour: u32) -> Instant {
    instant_at(day(n), chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap(), ZONE)
}

fn email() -> Action {
    let (channel, nature, tone) = (Channel::Email, Nature::Reminder, Tone::Polite);
    Action::Contact(Contact {
        language: None,
        variants: Vec::new(),
        channel,
        template: Some("m0".into()),
        choice: None,
        nature,
        tone,
        to: vec![],
        copy: vec![],
    })
}

fn does(attempt: impl Into<Attempt>) -> Sequence {
    Sequence { stages: vec![SequenceStage { wait: None, items: vec![Item(vec![attempt.into()])] }] }
}

fn asked(action: Action) -> Attempt {
    Attempt { action, approval: Some(Approval::default()) }
}

fn bound(clock: Clock, n: i64) -> Bound {
    Bound { clock, offset: Expr::Literal(Value::Duration(Span::Days(n))), extra_days: 0, end_of_month: false }
}

fn rung(bounds: Vec<Bound>, guard: Expr, sequence: Sequence) -> Rule {
    let branches = vec![Branch { bounds, guard }];
    Rule { id: RuleId(0), branches, repeat: None, sequence, without_prior_reminder: false }
}

fn plan(rules: Vec<Rule>) -> Machine {
    let mut machine = Machine::new("essai", None);
    machine.states[0].rules = rules;
    number(&mut machine);
    machine
}

fn thing(id: &str, invoice: Option<&str>, effective: NaiveDate, what: What) -> Incoming {
    let invoice = invoice.map(str::to_owned);
    Incoming { id: id.into(), client: "C1".into(), invoice, effective, known: None, said: None, what }
}

/// One invoice of 600 €, issued on the first day and due on day `due`.
fn invoice(due: i64) -> Vec<Incoming> {
    let customer = Customer { name: "Durand".into(), email: Some("a@b.example".into()), ..Customer::default() };
    let invoice = Invoice::new(start(), day(due), Amount::eur(60_000));
    vec![thing("a", None, day(-400), What::Customer(customer)), thing("f", Some("F0"), start(), What::Invoice(invoice))]
}

fn story(machine: Machine, things: Vec<Incoming>) -> Story {
    let (bounces, troubles) = (vec![], vec![]);
    Story { machines: vec![machine], things, days: 40, people: People::ABSENT, bounces, troubles, published: None }
}

/// What both say happens, without the invoice's number.
fn happens(story: &Story) -> Vec<String> {
    let days = (start(), day(story.days));
    let others = Others { people: story.people, bounces: &story.bounces, troubles: &story.troubles };
    let machines = (story.machines.as_slice(), story.published.as_ref());
    let naive = told(moments::run(machines, &story.things, days, others, ZONE));
    let engine = told(engine(machines, &story.things, days, others, ZONE));
    assert_eq!(difference(&naive, &engine), None);
    engine.into_iter().map(|line| line.replacen("F0 ", "", 1)).collect()
}

#[test]
fn an_invoice_without_a_scenario_is_looked_at_when_its_segment_changes_with_time() {
    let late = Expr::Compare(
        Compare::GreaterOrEqual,
        Box::new(Expr::Fact(Fact::CustomerOldestDelay)),
        Box::new(Expr::Literal(Value::Duration(Span::Days(6)))),
    );
    let vip = Expr::Literal(Value::Text("vip".into()));
    let mut machine = plan(vec![rung(vec![bound(Clock::Due, 10)], Expr::always(), does(email()))]);
    machine.segments = vec![SegmentRule { name: "vip".into(), guard: late }];
    machine.selection = Some(Expr::Compare(Compare::Equal, Box::new(Expr::Fact(Fact::Segment)), Box::new(vip)));
    let lines = happens(&story(machine, invoice(0)));
    assert_eq!(lines, ["04/03 23:00 segment", "08/03 23:00 règle 0 palier 10", "09/03 08:00 envoi email m0"]);
}

#[test]
fn an_entry_that_a_publication_cuts_short_does_not_start_the_clock() {
    let mut machine =
        plan(vec![rung(vec![bound(Clock::Due, 0)], Expr::always(), does(Action::GoTo { state: "e1".into() }))]);
    let entry = |sequence| EntryRule { id: RuleId(0), guard: Expr::always(), sequence, without_prior_reminder: true };
    let after = rung(vec![bound(Clock::State, 3)], Expr::always(), does(email()));
    let state =
        State { name: "e1".into(), entry: vec![entry(does(asked(email())))], rules: vec![after], ..State::default() };
    machine.states.push(state);
    number(&mut machine);
    let mut next = machine.clone();
    next.states[1].entry = vec![entry(does(Action::Task { text: "écrire".into(), to: None }))];
    let mut story = story(machine, invoice(0));
    story.published = Some((at(2, 12), vec![next]));
    let lines = happens(&story);
    assert_eq!(lines[4..], ["01/03 11:00 annulé", "01/03 11:00 tâche *"], "{lines:?}");
}

#[test]
fn a_repeated_rule_whose_text_is_changed_goes_on_with_its_next_multiple() {
    let every = |machine: &Machine, template: &str| {
        let mut machine = machine.clone();
        let Action::Contact(contact) = email() else { panic!() };
        let contact = Contact { template: Some(template.into()), ..contact };
        let mut rule = rung(vec![], Expr::always(), does(Action::Contact(contact)));
        rule.repeat = Some(Repeat { every: Span::Days(10), at_most: None });
        machine.states[0].rules = vec![rule];
        machine
    };
    let machine = plan(vec![]);
    let mut story = story(every(&machine, "m0"), invoice(0));
    story.published = Some((at(12, 12), vec![every(&machine, "m1")]));
    story.days = 22;
    let sent: Vec<String> = happens(&story).into_iter().filter(|line| line.contains("envoi")).collect();
    assert_eq!(sent, ["09/03 08:00 envoi email m0", "19/03 08:00 envoi email m1"]);
}

#[test]
fn what_a_settled_invoice_still_does_ends_with_its_rule() {
    let mut machine = plan(vec![rung(vec![bound(Clock::Due, 30)], Expr::always(), does(email()))]);
    let on = Trigger::Settled;
    let thanks = Reaction { id: RuleId(0), on, name: None, guard: Expr::always(), sequence: does(email()) };
    let next = machine.clone();
    machine.reactions = vec![thanks];
    number(&mut machine);
    let mut things = invoice(20);
    things.push(thing("p", Some("F0"), day(1), What::Payment { amount: Amount::eur(60_000) }));
    let mut story = story(machine, things);
    story.published = Some((at(2, 12), vec![next]));
    let lines = happens(&story);
    assert_eq!(lines, ["27/02 23:00 règle 1 réaction", "27/02 23:00 soldée", "01/03 11:00 annulé"]);
}

#[test]
fn a_rung_that_a_moved_due_date_puts_below_0_is_told_when_that_day_takes_it() {
    let unknown = Expr::Compare(
        Compare::Equal,
        Box::new(Expr::Fact(Fact::CustomerCountry)),
        Box::new(Expr::Literal(Value::Text("FR".into()))),
    );
    let both = vec![bound(Clock::Due, -2), bound(Clock::State, 0)];
    let machine =
        plan(vec![rung(both, unknown, does(email())), rung(vec![bound(Clock::Due, 0)], Expr::always(), does(email()))]);
    let mut things = invoice(-8);
    things.push(thing("d", Some("F0"), day(2), What::DueDateMoved { to: day(2) }));
    let lines = happens(&story(machine, things));
    assert!(lines.contains(&"28/02 23:00 sauté -2".to_owned()), "{lines:?}");
}

/// A call that was joined to `aller à` is made although the invoice comes back and leaves again.
#[test]
fn what_outlives_its_state_does_not_end_with_the_next_visit() {
    let Action::Contact(contact) = email() else { panic!() };
    let call = Action::Contact(Contact { channel: Channel::Call, ..contact });
    let to = |state: &str| Action::GoTo { state: state.into() };
    let answer = |items: Vec<Action>| {
        let items = items.into_iter().map(|action| Item(vec![action.into()])).collect();
        let sequence = Sequence { stages: vec![SequenceStage { wait: None, items }] };
        let name = Some("x".to_owned());
        vec![Reaction { id: RuleId(0), on: Trigger::External, name, guard: Expr::always(), sequence }]
    };
    let mut machine = plan(vec![rung(vec![bound(Clock::Due, 0)], Expr::always(), does(to("e1")))]);
    let one = State { name: "e1".into(), reactions: answer(vec![call, to("e2")]), ..State::default() };
    let two = State { name: "e2".into(), reactions: answer(vec![to("e1")]), ..State::default() };
    machine.states.extend([one, two]);
    number(&mut machine);
    let mut things = invoice(0);
    let event = |n: i64| thing(&format!("x{n}"), Some("F0"), day(n), What::External { name: "x".into() });
    things.extend([4, 5, 6].map(event));
    let lines = happens(&story(machine, things));
    assert_eq!(lines.iter().filter(|line| line.contains("étape e")).count(), 4, "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("annulé")), "{lines:?}");
}

/// Were it read later, the day of the next evaluation would decide when the second rule fires.
#[test]
fn what_a_firing_makes_true_is_read_at_the_same_instant() {
    let reached = Expr::Compare(
        Compare::GreaterOrEqual,
        Box::new(Expr::Fact(Fact::RungReached)),
        Box::new(Expr::Literal(Value::Duration(Span::Days(3)))),
    );
    let note = |text: &str| does(Action::Note { text: text.into() });
    let unknown = Expr::Not(Box::new(Expr::Known(Box::new(Expr::Fact(Fact::RungReached)))));
    let machine = plan(vec![
        rung(vec![bound(Clock::Due, 3)], Expr::always(), does(email())),
        rung(vec![bound(Clock::Due, 3)], unknown, note("avant")),
        rung(vec![], reached, note("après")),
    ]);
    let lines = happens(&story(machine, invoice(0)));
    let first: Vec<&str> = lines.iter().filter(|line| line.starts_with("01/03 23:00")).map(|l| &l[12..]).collect();
    assert_eq!(first, ["note après", "note avant", "règle 0 palier 3", "règle 1 palier 3", "règle 2 libre"]);
}

/// A letter approved for one balance is asked for again when a carrier gives it back and the balance has changed meanwhile.
#[test]
fn an_approval_does_not_follow_the_balance_while_its_message_is_under_way() {
    let machine = plan(vec![rung(vec![bound(Clock::Due, 0)], Expr::always(), does(asked(email())))]);
    let program = Program::new(vec![machine], ZONE, BTreeMap::new());
    let mut dossier = Dossier::new("C1");
    let take = |thing| Input::Incoming { incoming: thing, imported: None };
    let mut go = |now, inputs| step(&program, &mut dossier, now, inputs);
    go(start_of_day(start(), ZONE), invoice(0).into_iter().map(take).collect());
    let granted = What::Approval { key: None, granted: true };
    let Step { departures, .. } = go(at(0, 10), vec![take(thing("v", Some("F0"), start(), granted))]);
    let [message] = &departures[..] else { panic!("{departures:?}") };
    go(at(0, 11), vec![take(thing("p", Some("F0"), start(), What::Payment { amount: Amount::eur(10_000) }))]);
    let outcome = Outcome::Retry("occupé".to_owned());
    go(at(0, 11), vec![Input::Outcome { message: message.clone(), outcome }]);
    let later = go(at(0, 11) + TimeDelta::hours(2), vec![]);
    assert!(later.departures.is_empty(), "{:?}", later.departures);
    assert!(
        dossier.invoices["F0"]
            .runs
            .iter()
            .flat_map(|run| &run.items)
            .any(|item| { matches!(item.status, relance_core::dossier::Status::Approving { balance: 50_000, .. }) })
    );
}

/// The selection is not read again because the file is new.
#[test]
fn the_first_moment_of_a_file_is_no_publication() {
    let limit = Expr::Literal(Value::Amount(Amount::eur(60_000)));
    let overdue = Box::new(Expr::Fact(Fact::CustomerOverdue));
    let other = Machine { name: "autre".into(), ..plan(vec![]) };
    let selection = Some(Expr::Compare(Compare::Less, overdue, Box::new(limit)));
    let other = Machine { selection, ..other };
    let own = plan(vec![rung(vec![bound(Clock::Due, 0)], Expr::always(), does(email()))]);
    let part = |n, cents| relance_core::incoming::DueAmount { due: day(n), amount: Amount::eur(cents) };
    let instalments = vec![part(7, 20_000), part(10, 40_000)];
    let mut things = invoice(-8);
    if let What::Invoice(invoice) = &mut things[1].what {
        invoice.issued = day(-41);
        invoice.taken_over = Some(day(-1));
    }
    let agreed = thing("p", Some("F0"), day(-1), What::PaymentPlan { instalments });
    things.push(Incoming { known: Some(at(-1, 1)), ..agreed });
    let story = story(own, things);
    let lines = happens(&Story { machines: vec![story.machines[0].clone(), other], ..story });
    assert!(lines.contains(&"05/03 23:00 règle 0 palier 0".to_owned()), "{lines:?}");
}

/// The invoice stands in `e1` since the first day; there a task waits, and a message is due on the sixth.
fn waiting() -> Machine {
    let mut machine =
        plan(vec![rung(vec![bound(Clock::Due, 0)], Expr::always(), does(Action::GoTo { state: "e1".into() }))]);
    let entry = EntryRule {
        id: RuleId(0),
        guard: Expr::always(),
        sequence: does(Action::Note { text: "entrée".into() }),
        without_prior_reminder: false,
    };
    let after = rung(vec![bound(Clock::State, 5)], Expr::always(), does(email()));
    machine.states.push(State { name: "e1".into(), entry: vec![entry], rules: vec![after], ..State::default() });
    number(&mut machine);
    machine
}

fn carry(from: &str, to: &str) -> Vec<Carry> {
    vec![Carry { from: from.into(), to: to.into() }]
}

#[test]
fn a_state_under_another_name_is_not_entered_and_its_clock_goes_on() {
    let mut next = waiting();
    next.states[1].name = "e2".into();
    next.states[0].rules[0].sequence = does(Action::GoTo { state: "e2".into() });
    next.carries = carry("e1", "e2");
    let mut story = story(waiting(), invoice(0));
    let without = happens(&story);
    story.published = Some((at(2, 12), vec![next]));
    assert_eq!(happens(&story), without);
    assert!(without.iter().any(|line| line.contains("03/03 23:00 règle 2 palier 5")), "{without:?}");
}

#[test]
fn what_is_due_already_in_the_state_that_takes_an_invoice_is_skipped() {
    let mut next = waiting();
    next.states[0].rules[0].sequence = does(Action::GoTo { state: "e2".into() });
    let sooner = rung(vec![bound(Clock::State, 1)], Expr::always(), does(email()));
    next.states[1] = State { name: "e2".into(), rules: vec![sooner], ..State::default() };
    number(&mut next);
    next.carries = carry("e1", "e2");
    let mut story = story(waiting(), invoice(0));
    story.published = Some((at(2, 12), vec![next]));
    let lines = happens(&story);
    assert!(!lines.iter().any(|line| line.contains("envoi")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("01/03 11:00 sauté")), "{lines:?}");
}

/// A rung fired on the 20th day of the old due date does not stand, by a mere resume, on the 20th day of the new one.
#[test]
fn what_is_stopped_and_resumed_while_settled_is_where_it_stood_when_it_reopens() {
    let rules = [2, 9].map(|n| rung(vec![bound(Clock::State, n)], Expr::always(), does(email())));
    let mut things = invoice(-16);
    let paid = Amount::eur(60_000);
    let on = |id: &str, n: i64, what: What| thing(id, Some("F0"), day(n), what);
    things.extend([
        on("z0", 7, What::DueDateMoved { to: day(4) }),
        on("z1", 7, What::Payment { amount: paid }),
        on("y0", 7, What::Stop { until: None }),
        on("y1", 8, What::Resume { catch_up: true }),
        on("z2", 55, What::Reversal { amount: paid }),
    ]);
    let story = Story { days: 62, ..story(plan(rules.to_vec()), things) };
    let lines = happens(&story);
    assert_eq!(
        lines[3..],
        [
            "22/04 22:00 rouverte",
            "22/04 22:00 suspendue",
            "28/04 22:00 fin de suspension",
            "28/04 22:00 règle 1 palier 11",
            "29/04 07:00 envoi email m0"
        ],
        "{lines:?}"
    );
}

/// A call and an e-mail that start together are one reminder of each invoice that they are about, also of those that another one leads.
#[test]
fn what_starts_together_in_a_group_is_one_reminder_of_each_invoice() {
    let Action::Contact(contact) = email() else { panic!() };
    let call = Action::Contact(Contact { channel: Channel::Call, ..contact });
    let both = SequenceStage { wait: None, items: vec![Item(vec![call.into()]), Item(vec![email().into()])] };
    let two = Expr::Literal(Value::Number(2.into()));
    let reminded = Expr::Compare(Compare::GreaterOrEqual, Box::new(Expr::Fact(Fact::Reminders)), Box::new(two));
    let mut machine = plan(vec![
        rung(vec![bound(Clock::State, 3)], Expr::always(), Sequence { stages: vec![both] }),
        rung(vec![bound(Clock::Due, 4)], reminded, does(Action::Task { text: "t".into(), to: None })),
    ]);
    machine.settings.group = true;
    let mut things = invoice(0);
    if let What::Customer(customer) = &mut things[0].what {
        customer.phone = Some("+33639980001".into());
    }
    things.push(thing("f1", Some("F1"), start(), What::Invoice(Invoice::new(start(), day(1), Amount::eur(10_000)))));
    let lines = happens(&Story { people: People::DILIGENT, ..story(machine, things) });
    assert_eq!(lines.iter().filter(|line| line.contains("envoi")).count(), 4, "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("tâche t")), "{lines:?}");
}

/// The dispute leaves nothing to ask for until the announced payment's day is over: working days go on from there, not from the end of
/// the rule's own suspension.
#[test]
fn a_suspension_that_an_announced_payment_prolongs_ends_with_its_day() {
    let hold = Action::Suspend { length: Some(Span::Days(6)) };
    let mut rule = rung(vec![], Expr::always(), does(hold));
    rule.repeat = Some(Repeat { every: Span::BusinessDays(3), at_most: None });
    let mut things = invoice(0);
    let hundred = Some(Amount::eur(10_000));
    things.push(thing("d", Some("F0"), start(), What::DisputeOpened { amount: hundred, reason: None }));
    things.push(thing("a1", Some("F0"), day(7), What::PaymentAnnounced { amount: None }));
    let lines = happens(&story(plan(vec![rule]), things));
    let fired: Vec<&String> = lines.iter().filter(|line| line.contains("règle 0")).collect();
    assert_eq!(fired[..2], ["03/03 23:00 règle 0 libre", "15/03 23:00 règle 0 libre"], "{lines:?}");
}

/// A rung of the state's clock that has fired is not told as skipped when its rule gets another text after the due date has moved.
#[test]
fn a_rung_that_fired_is_not_skipped_by_a_publication_after_the_due_date_moved() {
    let rule = |sequence| rung(vec![bound(Clock::State, 28)], Expr::always(), sequence);
    let machine = plan(vec![rule(does(email()))]);
    let twice = SequenceStage { wait: None, items: vec![Item(vec![email().into(), email().into()])] };
    let next = plan(vec![rule(Sequence { stages: vec![twice] })]);
    let mut things = invoice(0);
    things.push(thing("d", Some("F0"), day(29), What::DueDateMoved { to: day(56) }));
    let lines = happens(&Story { published: Some((at(29, 12), vec![next])), ..story(machine, things) });
    assert!(!lines.iter().any(|line| line.contains("sauté")), "{lines:?}");
}

/// A rung below 0 and one of the state's clock fall on one day before a due date that was moved: only the first may fire, and does.
#[test]
fn a_rung_below_0_fires_although_another_branch_of_its_rule_waits_for_the_moved_due_date() {
    let branch = |clock, n| Branch { bounds: vec![bound(clock, n)], guard: Expr::always() };
    let mut rule = rung(vec![], Expr::always(), does(email()));
    rule.branches = vec![branch(Clock::Due, -4), branch(Clock::State, 14)];
    let mut things = invoice(0);
    let parts = [(18, 30_000), (21, 30_000)].map(|(n, cents)| DueAmount { due: day(n), amount: Amount::eur(cents) });
    things.push(thing("p", Some("F0"), day(11), What::PaymentPlan { instalments: parts.to_vec() }));
    let lines = happens(&story(plan(vec![rule]), things));
    assert!(lines.contains(&"12/03 23:00 règle 0 palier -4".to_owned()), "{lines:?}");
}
