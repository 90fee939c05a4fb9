//! Small machines, written by hand or at random.

use proptest::prelude::*;
use relance_core::day::Span;
use relance_core::machine::*;
use relance_core::money::Amount;
use relance_core::schema::Fact;

/// The segments of the test's project.
pub const SEGMENTS: [&str; 2] = ["vip", "lent"];

pub fn contact(channel: Channel, template: &str, nature: Nature) -> Action {
    let tone = Tone::Polite;
    Action::Contact(Contact {
        channel,
        template: Some(template.into()),
        choice: None,
        nature,
        tone,
        language: None,
        variants: Vec::new(),
        to: vec![],
        copy: vec![],
    })
}

pub fn email(template: &str) -> Action {
    contact(Channel::Email, template, Nature::Reminder)
}

pub fn go(state: &str) -> Action {
    Action::GoTo { state: state.into() }
}

pub fn sequence(stages: Vec<Vec<Action>>) -> Sequence {
    let stage = |actions: Vec<Action>| SequenceStage {
        wait: None,
        items: actions.into_iter().map(|action| Item(vec![action.into()])).collect(),
    };
    Sequence { stages: stages.into_iter().map(stage).collect() }
}

pub fn compare(fact: Fact, sign: Compare, value: Value) -> Expr {
    Expr::Compare(sign, Box::new(Expr::Fact(fact)), Box::new(Expr::Literal(value)))
}

pub fn days(n: i64) -> Value {
    Value::Duration(Span::Days(n))
}

pub fn rule(bounds: Vec<Bound>, guard: Expr, sequence: Sequence) -> Rule {
    let branches = vec![Branch { bounds, guard }];
    Rule { id: RuleId(0), branches, repeat: None, sequence, without_prior_reminder: false }
}

pub fn bound(clock: Clock, n: i64) -> Bound {
    Bound { clock, offset: Expr::Literal(days(n)), extra_days: 0, end_of_month: false }
}

/// Numbers the rules in file order.
pub fn numbered(mut machine: Machine) -> Machine {
    let mut next = 0..;
    let mut id = || RuleId(next.next().unwrap());
    for state in &mut machine.states {
        state.entry.iter_mut().for_each(|entry| entry.id = id());
        state.rules.iter_mut().for_each(|rule| rule.id = id());
        state.reactions.iter_mut().for_each(|reaction| reaction.id = id());
    }
    machine.reactions.iter_mut().for_each(|reaction| reaction.id = id());
    machine
}

fn sign() -> impl Strategy<Value = Compare> {
    use Compare::*;
    prop_oneof![Just(Equal), Just(NotEqual), Just(Less), Just(LessOrEqual), Just(Greater), Just(GreaterOrEqual)]
}

fn part() -> impl Strategy<Value = Expr> {
    let text = |s: &str| Value::Text(s.into());
    let equality = || prop_oneof![Just(Compare::Equal), Just(Compare::NotEqual)];
    prop_oneof![
        3 => (equality(), prop_oneof![Just("vip"), Just("lent"), Just("aucun")])
            .prop_map(move |(s, word)| compare(Fact::Segment, s, text(word))),
        1 => (equality(), prop_oneof![Just("b2b"), Just("b2c")]).prop_map(move |(s, word)| compare(Fact::Regime, s, text(word))),
        3 => (sign(), prop_oneof![Just(0i64), Just(5), Just(20), Just(40)]).prop_map(|(s, n)| compare(Fact::DaysLate, s, days(n))),
        2 => (sign(), prop_oneof![Just(Fact::Amount), Just(Fact::BalanceDue), Just(Fact::Collectable)], prop_oneof![Just(10_000i64), Just(50_000)])
            .prop_map(|(s, fact, n)| compare(fact, s, Value::Amount(Amount::eur(n)))),
        2 => (sign(), 0i64..3).prop_map(|(s, n)| compare(Fact::Reminders, s, Value::Number(n.into()))),
        1 => (sign(), prop_oneof![Just(0i64), Just(8)]).prop_map(|(s, n)| compare(Fact::DaysSinceReminder, s, days(n))),
        1 => (sign(), prop_oneof![Just(0i64), Just(10)]).prop_map(|(s, n)| compare(Fact::CustomerUsualDelay, s, days(n))),
        1 => (sign(), prop_oneof![Just(10i64), Just(40)]).prop_map(|(s, n)| compare(Fact::CustomerOldestDelay, s, days(n))),
        1 => (sign(), 0i64..2).prop_map(|(s, n)| compare(Fact::CustomerLateInvoices, s, Value::Number(n.into()))),
        1 => Just(Expr::Fact(Fact::InDispute)),
        1 => Just(Expr::Visited("suivi".into())),
    ]
}

pub fn guard() -> impl Strategy<Value = Expr> {
    let both = || proptest::collection::vec(part(), 2..4);
    prop_oneof![
        3 => Just(Expr::always()),
        3 => part(),
        3 => both().prop_map(Expr::And),
        1 => both().prop_map(Expr::Or),
        1 => part().prop_map(|part| Expr::Not(Box::new(part))),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => prop_oneof![Just("a"), Just("b")].prop_map(email),
        1 => Just(contact(Channel::Call, "a", Nature::Reminder)),
        1 => Just(contact(Channel::RegisteredLetter, "m", Nature::FormalNotice)),
        1 => Just(Action::Task { text: "voir".into(), to: None }),
        1 => Just(Action::HandOver { target: "cabinet".into() }),
        2 => prop_oneof![Just("suivi"), Just("fin")].prop_map(go),
    ]
}

fn actions() -> impl Strategy<Value = Sequence> {
    proptest::collection::vec(proptest::collection::vec(action(), 1..2), 1..3).prop_map(sequence)
}

fn any_rule(clock: Clock) -> impl Strategy<Value = Rule> {
    let at = match clock {
        Clock::Due => prop_oneof![Just(-5i64), Just(3), Just(10), Just(10), Just(30)].boxed(),
        Clock::State => prop_oneof![Just(0i64), Just(5), Just(5), Just(20)].boxed(),
    };
    let bounds = prop_oneof![4 => at.prop_map(move |n| vec![bound(clock, n)]), 1 => Just(vec![])];
    (bounds, guard(), actions(), proptest::bool::weighted(0.2)).prop_map(|(bounds, guard, sequence, lifted)| Rule {
        without_prior_reminder: lifted,
        ..rule(bounds, guard, sequence)
    })
}

/// A machine with a plan, a stage and an end, and the selection of a scenario.
pub fn machine() -> impl Strategy<Value = Machine> {
    let plan = proptest::collection::vec(any_rule(Clock::Due), 1..6);
    let stage = proptest::collection::vec(prop_oneof![any_rule(Clock::State), any_rule(Clock::Due)], 0..4);
    let entry = proptest::option::of((guard(), actions()));
    (plan, stage, entry, proptest::option::of(guard())).prop_map(|(plan, stage, entry, selection)| {
        let mut machine = Machine::new("essai", None);
        machine.states[0].rules = plan;
        machine.selection = selection;
        let mut suivi = State::new("suivi", None);
        suivi.rules = stage;
        let entry =
            entry.map(|(guard, sequence)| EntryRule { id: RuleId(0), guard, sequence, without_prior_reminder: false });
        suivi.entry = entry.into_iter().collect();
        let mut end = State::new("fin", None);
        end.is_final = true;
        machine.states.extend([suivi, end]);
        numbered(machine)
    })
}
