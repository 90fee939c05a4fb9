//! Any machine, with names that nobody would choose.

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::{collection::vec, strategy::Just};
use relance_core::calendar::{Calendar, Closing, Region};
use relance_core::day::Span;
use relance_core::machine::*;
use relance_core::money::{Amount, Currency};
use relance_core::schema::{Fact, Type};

pub fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,9}(_[a-zé]{1,9}){0,3}",
        1 => any::<String>(),
        1 => "[A-Zà-ü« »<&>\"']{0,60}",
        1 => "(mot très long )?[a-z]{30,140}",
    ]
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        4 => (-40i64..400).prop_map(Span::Days),
        1 => (-i64::MAX..=i64::MAX).prop_map(Span::Days),
        1 => (-3i64..12).prop_map(Span::Months),
        1 => (0i64..40).prop_map(Span::BusinessDays),
    ]
}

fn currency() -> impl Strategy<Value = Currency> {
    select(vec!["EUR", "CHF", "USD"]).prop_map(|code| Currency::parse(code).unwrap())
}

fn amount() -> impl Strategy<Value = Amount> {
    (any::<i64>(), currency()).prop_map(|(cents, currency)| Amount::new(cents, currency))
}

fn date() -> impl Strategy<Value = chrono::NaiveDate> {
    (693_600i32..950_000).prop_map(|n| chrono::NaiveDate::from_num_days_from_ce_opt(n).unwrap())
}

fn ty() -> impl Strategy<Value = Type> {
    use Type::*;
    select(vec![Bool, Number, Amount, Duration, Percent, Date, Text, Segment, Regime, Stage])
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (any::<i64>(), 0u32..6).prop_map(|(n, scale)| Value::Number(rust_decimal::Decimal::new(n, scale))),
        amount().prop_map(Value::Amount),
        span().prop_map(Value::Duration),
        date().prop_map(Value::Date),
        word().prop_map(Value::Text),
    ]
}

pub fn expr() -> impl Strategy<Value = Expr> {
    use Compare::*;
    let leaf = prop_oneof![
        value().prop_map(Expr::Literal),
        select(Fact::ALL.to_vec()).prop_map(Expr::Fact),
        word().prop_map(Expr::Field),
        word().prop_map(Expr::Visited),
        Just(Expr::always()),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(Expr::Known),
            boxed().prop_map(Expr::Not),
            vec(inner.clone(), 2..4).prop_map(Expr::And),
            vec(inner.clone(), 2..4).prop_map(Expr::Or),
            (select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]), boxed(), boxed())
                .prop_map(|(op, x, y)| Expr::Compare(op, x, y)),
            (boxed(), boxed(), boxed()).prop_map(|(x, y, z)| Expr::Between(x, y, z)),
            (boxed(), vec(value(), 1..4)).prop_map(|(x, values)| Expr::Among(x, values)),
            (select(vec![Arith::Add, Arith::Subtract, Arith::Multiply, Arith::Divide]), boxed(), boxed())
                .prop_map(|(op, x, y)| Expr::Arith(op, x, y)),
            (word(), vec(inner.clone(), 0..3), ty()).prop_map(|(function, arguments, ty)| Expr::Call(Call {
                function,
                arguments,
                ty
            })),
        ]
    })
}

fn contact() -> impl Strategy<Value = Contact> {
    let choice = (expr(), vec(word(), 1..3)).prop_map(|(call, among)| {
        let languages = among.iter().take(1).map(|name| (name.clone(), "en".to_owned())).collect();
        let variants = among.iter().take(1).map(|name| (name.clone(), vec!["de".to_owned()])).collect();
        Box::new(Choice { call, among, languages, variants })
    });
    let tone = select(vec![Tone::Preventive, Tone::Friendly, Tone::Polite, Tone::Firm, Tone::Formal, Tone::Notice]);
    let nature = select(vec![Nature::Reminder, Nature::Information, Nature::FormalNotice]);
    let roles = || vec(word(), 0..3);
    (select(Channel::ALL.to_vec()), of(word()), of(choice), nature, tone, of(word()), roles(), roles()).prop_map(
        |(channel, template, choice, nature, tone, language, to, copy)| Contact {
            channel,
            template,
            choice,
            nature,
            tone,
            variants: language.iter().cloned().collect(),
            language,
            to,
            copy,
        },
    )
}

fn action(states: usize) -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => contact().prop_map(Action::Contact),
        1 => (word(), of(word())).prop_map(|(text, to)| Action::Task { text, to }),
        1 => word().prop_map(|target| Action::Alert { target }),
        1 => word().prop_map(|text| Action::Note { text }),
        1 => word().prop_map(|target| Action::HandOver { target }),
        3 => (0..states + 1).prop_map(|i| Action::GoTo { state: format!("etape_{i}") }),
        1 => of(span()).prop_map(|length| Action::Suspend { length }),
        1 => Just(Action::Resume),
        1 => Just(Action::Continue),
    ]
}

fn sequence(states: usize) -> impl Strategy<Value = Sequence> {
    let approval = of(of(word()).prop_map(|by| Approval { by }));
    let attempt = (action(states), approval).prop_map(|(action, approval)| Attempt { action, approval });
    let item = vec(attempt, 1..3).prop_map(Item);
    let stage = (of(span().prop_map(Expr::from)), vec(item, 0..3));
    let stage = stage.prop_map(|(wait, items)| SequenceStage { wait, items });
    vec(stage, 1..4).prop_map(|stages| Sequence { stages })
}

fn guard() -> impl Strategy<Value = Expr> {
    prop_oneof![Just(Expr::always()), expr()]
}

fn rule(states: usize) -> impl Strategy<Value = Rule> {
    let clock = select(vec![Clock::Due, Clock::Due, Clock::State]);
    let offset = prop_oneof![4 => span().prop_map(Expr::from), 1 => expr()];
    let bound = (clock, offset, prop_oneof![Just(0), Just(1), any::<i64>()], any::<bool>());
    let bound =
        bound.prop_map(|(clock, offset, extra_days, end_of_month)| Bound { clock, offset, extra_days, end_of_month });
    let branch = (prop_oneof![3 => vec(bound.clone(), 1..2), 1 => vec(bound, 0..3)], guard());
    let branch = branch.prop_map(|(bounds, guard)| Branch { bounds, guard });
    let repeat = (span(), of(any::<u32>())).prop_map(|(every, at_most)| Repeat { every, at_most });
    let repeat = prop_oneof![4 => Just(None), 1 => repeat.prop_map(Some)];
    (vec(branch, 1..3), repeat, sequence(states), any::<bool>()).prop_map(
        |(branches, repeat, sequence, without_prior_reminder)| Rule {
            id: RuleId(0),
            branches,
            repeat,
            sequence,
            without_prior_reminder,
        },
    )
}

fn reaction(states: usize) -> impl Strategy<Value = Reaction> {
    (select(Trigger::ALL.to_vec()), of(word()), guard(), sequence(states))
        .prop_map(|(on, name, guard, sequence)| Reaction { id: RuleId(0), on, name, guard, sequence })
}

fn state(states: usize) -> impl Strategy<Value = State> {
    let entry = (guard(), sequence(states), any::<bool>()).prop_map(|(guard, sequence, without_prior_reminder)| {
        EntryRule { id: RuleId(0), guard, sequence, without_prior_reminder }
    });
    (of(word()), vec(entry, 0..3), vec(rule(states), 0..9), vec(reaction(states), 0..3), any::<bool>()).prop_map(
        |(title, entry, rules, reactions, is_final)| State {
            name: String::new(),
            title,
            entry,
            rules,
            reactions,
            is_final,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let closing = (date(), date()).prop_map(|(from, to)| Closing { from, to });
    let calendar = (select(Region::ALL.to_vec()), vec(closing, 0..3));
    let calendar = calendar.prop_map(|(region, closed)| Calendar { region, closed });
    let window = (any::<[bool; 7]>(), 0u16..1440)
        .prop_flat_map(|(days, opens)| (opens + 1..=1440).prop_map(move |closes| Window { days, opens, closes }));
    let cap = of((1u32..9, 1u32..40).prop_map(|(contacts, days)| Cap { contacts, days }));
    (calendar, window, cap, of(amount()), any::<bool>(), any::<bool>(), of(any::<u32>())).prop_map(
        |(calendar, window, cap, minimum, group, step_by_step, fresh_payments)| Settings {
            calendar,
            window,
            cap,
            minimum,
            group,
            step_by_step,
            fresh_payments,
        },
    )
}

/// Any machine of up to six states.
pub fn machine() -> impl Strategy<Value = Machine> {
    (1usize..6).prop_flat_map(|n| {
        let besides = (
            vec((word(), expr()).prop_map(|(name, guard)| SegmentRule { name, guard }), 0..2),
            vec((word(), ty()).prop_map(|(name, ty)| Field { name, ty }), 0..2),
            vec((word(), word()).prop_map(|(path, text)| ScriptSource { path, text }), 0..2),
            vec((word(), any::<u32>(), word()).prop_map(|(file, line, text)| Place { file, line, text }), 0..2),
        );
        let head = (word(), of(word()), of(expr()), of(any::<i64>()), settings());
        (head, vec(state(n), n), vec(reaction(n), 0..4), besides).prop_map(
            |((name, title, selection, priority, settings), states, reactions, (segments, fields, scripts, places))| {
                let named = |(i, state): (usize, State)| State {
                    name: if i == 0 { PLAN.to_owned() } else { format!("etape_{i}") },
                    ..state
                };
                let mut machine = Machine {
                    title,
                    selection,
                    priority,
                    settings,
                    states: states.into_iter().enumerate().map(named).collect(),
                    reactions,
                    segments,
                    fields,
                    scripts,
                    places,
                    ..Machine::new(&name, None)
                };
                number(&mut machine);
                machine
            },
        )
    })
}

fn number(machine: &mut Machine) {
    let states = machine.states.iter_mut();
    let of_states = states.flat_map(|state| {
        let entry = state.entry.iter_mut().map(|e| &mut e.id);
        let rules = state.rules.iter_mut().map(|r| &mut r.id);
        entry.chain(rules).chain(state.reactions.iter_mut().map(|r| &mut r.id)).collect::<Vec<_>>()
    });
    for (i, id) in of_states.chain(machine.reactions.iter_mut().map(|r| &mut r.id)).enumerate() {
        *id = RuleId(u32::try_from(i).unwrap());
    }
}
