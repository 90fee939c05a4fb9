//! The solver against trying every value, on small domains.

use super::super::{Facts as Domain, Project};
use super::{Answer, Model, Var, Want, solve, translate};
use crate::calendar::{Calendar, FRANCE};
use crate::day::Span;
use crate::eval::{Facts, Length, Val, truth};
use crate::machine::{Arith, Call, Compare, Expr, Machine, Value};
use crate::money::Amount;
use crate::schema::Fact;
use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;
use std::borrow::Cow;

/// An invoice of which only these facts are read.
#[derive(Clone, Debug)]
struct Small {
    late: i64,
    due: i64,
    reminders: i64,
    since: Option<i64>,
    usual: Option<i64>,
    balance: i64,
    collectable: i64,
    segment: &'static str,
    disputed: bool,
}

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 3).unwrap_or_default()
}

impl Facts for Small {
    fn fact(&self, fact: Fact) -> Option<Val<'_>> {
        let days = |n: i64| Some(Val::Duration(Length::days(n)));
        match fact {
            Fact::DaysLate => days(self.late),
            Fact::DaysSinceReminder => days(self.since?),
            Fact::CustomerUsualDelay => days(self.usual?),
            Fact::Reminders => Some(Val::Number(self.reminders.into())),
            Fact::BalanceDue => Some(Val::Amount(Amount::eur(self.balance))),
            Fact::Collectable => Some(Val::Amount(Amount::eur(self.collectable))),
            Fact::Segment => Some(Val::Text(Cow::Borrowed(self.segment))),
            Fact::Currency => Some(Val::Text(Cow::Borrowed("EUR"))),
            Fact::InDispute => Some(Val::Bool(self.disputed)),
            Fact::Today => Some(Val::Date(self.today())),
            Fact::DueDate => Some(Val::Date(self.due())),
            _ => None,
        }
    }
    fn due(&self) -> NaiveDate {
        crate::day::add_days(first(), self.due)
    }
    fn today(&self) -> NaiveDate {
        crate::day::add_days(self.due(), self.late)
    }
    fn calendar(&self) -> &Calendar {
        &FRANCE
    }
    fn state_day(&self, _: Length) -> Option<NaiveDate> {
        None
    }
    fn field(&self, _: &str) -> Option<Val<'_>> {
        None
    }
    fn visited(&self, _: &str) -> bool {
        false
    }
    fn call(&self, _: &Call, _: Vec<Option<Val<'_>>>) -> Option<Val<'_>> {
        None
    }
    fn call_moves(&self, _: &Call) -> bool {
        false
    }
    fn crossing(&self, _: Fact, _: &Val<'_>) -> Option<NaiveDate> {
        None
    }
}

/// Every small invoice that can be.
fn all() -> Vec<Small> {
    let mut all = Vec::new();
    for late in -2..=3 {
        for due in [0, 2] {
            for (reminders, since) in [(0, None), (1, Some(0)), (1, Some(2)), (2, Some(1)), (2, Some(3))] {
                for usual in [None, Some(-1), Some(0), Some(2)] {
                    for (balance, collectable) in [(1, 0), (1, 1), (3, 1), (3, 3)] {
                        for segment in ["a", "b", "aucun"] {
                            for disputed in [false, true] {
                                all.push(Small {
                                    late,
                                    due,
                                    reminders,
                                    since,
                                    usual,
                                    balance,
                                    collectable,
                                    segment,
                                    disputed,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

fn fact(fact: Fact) -> Expr {
    Expr::Fact(fact)
}

fn days(n: i64) -> Expr {
    Expr::from(Span::Days(n))
}

fn sign() -> impl Strategy<Value = Compare> {
    use Compare::*;
    prop_oneof![Just(Equal), Just(NotEqual), Just(Less), Just(LessOrEqual), Just(Greater), Just(GreaterOrEqual)]
}

fn plus(x: Expr, y: Expr) -> Expr {
    Expr::Arith(Arith::Add, Box::new(x), Box::new(y))
}

fn part() -> impl Strategy<Value = Expr> {
    let compare = |x: Expr, sign, y: Expr| Expr::Compare(sign, Box::new(x), Box::new(y));
    let length = prop_oneof![Just(Fact::DaysLate), Just(Fact::DaysSinceReminder), Just(Fact::CustomerUsualDelay)];
    let amount = prop_oneof![Just(Fact::BalanceDue), Just(Fact::Collectable)];
    prop_oneof![
        4 => (length.clone(), sign(), -3i64..=4).prop_map(move |(f, s, n)| compare(fact(f), s, days(n))),
        2 => (length.clone(), sign(), length.clone(), -2i64..=2)
            .prop_map(move |(f, s, g, n)| compare(fact(f), s, plus(fact(g), days(n)))),
        2 => (amount.clone(), sign(), 0i64..=3)
            .prop_map(move |(f, s, n)| compare(fact(f), s, Expr::Literal(Value::Amount(Amount::eur(n))))),
        1 => sign().prop_map(move |s| compare(fact(Fact::Collectable), s, fact(Fact::BalanceDue))),
        2 => (sign(), 0i64..=3)
            .prop_map(move |(s, n)| compare(fact(Fact::Reminders), s, Expr::Literal(Value::Number(n.into())))),
        1 => (sign(), -2i64..=4).prop_map(move |(s, n)| {
            compare(fact(Fact::Today), s, Expr::Literal(Value::Date(crate::day::add_days(first(), n))))
        }),
        1 => (sign(), 0i64..=2).prop_map(move |(s, n)| {
            compare(fact(Fact::DueDate), s, Expr::Literal(Value::Date(crate::day::add_days(first(), n))))
        }),
        1 => (-2i64..=2, 0i64..=3).prop_map(|(low, more)| {
            Expr::Between(Box::new(fact(Fact::DaysLate)), Box::new(days(low)), Box::new(days(low + more)))
        }),
        2 => (proptest::bool::ANY, "[abc]").prop_map(move |(equal, word)| {
            let s = if equal { Compare::Equal } else { Compare::NotEqual };
            compare(fact(Fact::Segment), s, Expr::Literal(Value::Text(word)))
        }),
        1 => Just(Expr::Among(Box::new(fact(Fact::Segment)), vec![Value::Text("a".into()), Value::Text("c".into())])),
        1 => Just(fact(Fact::InDispute)),
        1 => length.prop_map(|f| Expr::Known(Box::new(fact(f)))),
    ]
}

fn condition() -> impl Strategy<Value = Expr> {
    part().prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

/// The invoice that a model describes.
fn of_model(model: &Model) -> Small {
    let number =
        |f: Fact, usual: i64| model.numbers.get(&Var::Fact(f)).and_then(|n| i64::try_from(*n).ok()).unwrap_or(usual);
    let known = |f: Fact| (!model.unknown.contains(&Var::Fact(f))).then(|| number(f, 0));
    let due = number(Fact::DueDate, i64::from(first().num_days_from_ce())) - i64::from(first().num_days_from_ce());
    let late = match model.numbers.get(&Var::Fact(Fact::Today)) {
        Some(_) => number(Fact::Today, 0) - i64::from(first().num_days_from_ce()) - due,
        None => number(Fact::DaysLate, 0),
    };
    let reminders = number(Fact::Reminders, 0);
    let balance = number(Fact::BalanceDue, number(Fact::Collectable, 1).max(1));
    Small {
        late,
        due,
        reminders,
        since: (reminders > 0).then_some(()).and(known(Fact::DaysSinceReminder)),
        usual: known(Fact::CustomerUsualDelay),
        balance,
        collectable: number(Fact::Collectable, balance),
        segment: match model.words.get(&Var::Fact(Fact::Segment)).map(String::as_str) {
            Some("a") => "a",
            Some("b") => "b",
            _ => "aucun",
        },
        disputed: model.flags.get(&Var::Fact(Fact::InDispute)).copied().unwrap_or(false),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// What is called impossible is impossible, and what comes with values holds for them, in every mood of Kleene's logic.
    #[test]
    fn agrees_with_trying_every_invoice(condition in condition()) {
        let project = Project { segments: vec!["a".into(), "b".into()], ..Project::default() };
        let machine = Machine::new("essai", None);
        let domain = Domain::new(&project, &machine, None);
        type Fits = fn(Option<bool>) -> bool;
        let wants: [(Want, Fits); 4] = [
            (Want::True, |t| t == Some(true)),
            (Want::False, |t| t == Some(false)),
            (Want::NotTrue, |t| t != Some(true)),
            (Want::NotFalse, |t| t != Some(false)),
        ];
        let truths: Vec<Option<bool>> = all().iter().map(|small| truth(&condition, small)).collect();
        for (want, fits) in wants {
            let formula = translate(&condition, want, &|_| None);
            match solve(&[&formula], &domain) {
                Answer::No => prop_assert!(!truths.iter().any(|t| fits(*t)), "{condition} : {want:?}"),
                Answer::Yes(model) => {
                    // In another currency, nothing compares.
                    let euros = model.words.get(&Var::Fact(Fact::Currency)).is_none_or(|word| word == "EUR");
                    let small = of_model(&model);
                    prop_assert!(!euros || fits(truth(&condition, &small)), "{condition} : {want:?} {small:?} {model:?}");
                }
                Answer::Maybe => {}
            }
        }
    }
}
