//! Random stories: machines as data, portfolios, and what happens outside.

use chrono::NaiveDate;
use proptest::prelude::*;
use relance_core::calendar::{Calendar, Closing, Region};
use relance_core::day::{Instant, Span, add_days, instant_at};
use relance_core::incoming::{Customer, DueAmount, Incoming, Invoice, What};
use relance_core::machine::*;
use relance_core::money::{Amount, Currency};
use relance_core::schema::Fact;
use relance_core::simulate::People;
use rust_decimal::Decimal;

pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

/// One story: scenarios, what happens, and people.
#[derive(Clone)]
pub struct Story {
    pub machines: Vec<Machine>,
    pub things: Vec<Incoming>,
    pub days: i64,
    pub people: People,
    /// When the last message about an invoice comes back.
    pub bounces: Vec<(Instant, String)>,
    /// On which days the messages about an invoice do not go through, and how.
    pub troubles: Vec<(String, NaiveDate, Trouble)>,
    /// When other scenarios count, and which.
    pub published: Option<(Instant, Vec<Machine>)>,
}

/// What a carrier answers instead of taking a message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Trouble {
    Failed,
    Later,
    Doubt,
}

/// Who answers: people, and carriers.
#[derive(Clone, Copy)]
pub struct Others<'a> {
    pub people: People,
    pub bounces: &'a [(Instant, String)],
    pub troubles: &'a [(String, NaiveDate, Trouble)],
}

impl Others<'_> {
    /// What a carrier answers to a message led by this invoice on this day, when it does not take it.
    pub fn trouble(&self, invoice: &str, day: NaiveDate) -> Option<Trouble> {
        self.troubles.iter().find(|(own, on, _)| own == invoice && *on == day).map(|t| t.2)
    }
}

pub fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, 27).unwrap_or_default()
}

fn literal(span: Span) -> Expr {
    Expr::Literal(Value::Duration(span))
}

fn contact() -> impl Strategy<Value = Action> {
    let channel = prop_oneof![6 => Just(Channel::Email), 2 => Just(Channel::Sms), 2 => Just(Channel::Call), 1 => Just(Channel::Letter), 1 => Just(Channel::RegisteredLetter)];
    let nature =
        prop_oneof![8 => Just(Nature::Reminder), 1 => Just(Nature::Information), 1 => Just(Nature::FormalNotice)];
    let tone = prop_oneof![3 => Just(Tone::Polite), 1 => Just(Tone::Firm)];
    (channel, nature, tone, 0..4u8).prop_map(|(channel, nature, tone, n)| {
        Action::Contact(Contact {
            channel,
            template: Some(format!("m{n}")),
            choice: None,
            nature,
            tone,
            language: None,
            variants: Vec::new(),
            to: vec![],
            copy: vec![],
        })
    })
}

fn internal() -> impl Strategy<Value = Action> {
    prop_oneof![
        2 => (0..3u8).prop_map(|n| Action::Task { text: format!("t{n}"), to: None }),
        1 => Just(Action::Alert { target: "direction".to_owned() }),
        1 => Just(Action::Note { text: "n".to_owned() }),
        1 => Just(Action::HandOver { target: "recouvrement".to_owned() }),
    ]
}

/// What only some rules do: leave the state, hold the invoice.
fn moving() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (1..4u8).prop_map(|n| Action::GoTo { state: format!("e{n}") }),
        2 => proptest::option::weighted(0.8, span()).prop_map(|length| Action::Suspend { length }),
        1 => Just(Action::Resume),
        1 => Just(Action::Continue),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![10 => contact(), 4 => internal(), 3 => moving()]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    (action(), prop::bool::weighted(0.12))
        .prop_map(|(action, asked)| Attempt { action, approval: asked.then(Approval::default) })
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![4 => (1..12i64).prop_map(Span::Days), 2 => (1..6i64).prop_map(Span::BusinessDays), 1 => Just(Span::Months(1))]
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        5 => attempt().prop_map(|a| Item(vec![a])),
        1 => (contact(), attempt()).prop_map(|(a, b)| Item(vec![a.into(), b])),
    ]
}

fn stage() -> impl Strategy<Value = SequenceStage> {
    let items = prop_oneof![4 => prop::collection::vec(item(), 1), 1 => prop::collection::vec(item(), 2)];
    (proptest::option::weighted(0.4, span()), items)
        .prop_map(|(wait, items)| SequenceStage { wait: wait.map(literal), items })
}

pub fn sequence() -> impl Strategy<Value = Sequence> {
    prop_oneof![
        4 => prop::collection::vec(stage(), 1),
        3 => prop::collection::vec(stage(), 2),
        1 => prop::collection::vec(stage(), 3),
    ]
    .prop_map(|mut stages| {
        if let Some(first) = stages.first_mut() {
            first.wait = None;
        }
        Sequence { stages }
    })
}

fn guard() -> impl Strategy<Value = Expr> {
    let compare = |fact: Fact, op: Compare, value: Value| {
        Expr::Compare(op, Box::new(Expr::Fact(fact)), Box::new(Expr::Literal(value)))
    };
    let eur = |cents: i64| Value::Amount(Amount::eur(cents));
    let number = |n: i64| Value::Number(Decimal::from(n));
    let leaf = prop_oneof![
        (1..12i64).prop_map(move |n| compare(Fact::BalanceDue, Compare::GreaterOrEqual, eur(n * 10_000))),
        (1..12i64).prop_map(move |n| compare(Fact::Collectable, Compare::Greater, eur(n * 10_000))),
        (1..20i64).prop_map(move |n| compare(Fact::CustomerOutstanding, Compare::GreaterOrEqual, eur(n * 10_000))),
        (1..20i64).prop_map(move |n| compare(Fact::CustomerOverdue, Compare::Less, eur(n * 10_000))),
        (0..4i64).prop_map(move |n| compare(Fact::Reminders, Compare::GreaterOrEqual, number(n))),
        (0..3i64).prop_map(move |n| compare(Fact::CustomerLateInvoices, Compare::GreaterOrEqual, number(n))),
        (0..3i64).prop_map(move |n| compare(Fact::PromisesBroken, Compare::GreaterOrEqual, number(n))),
        (-5..30i64).prop_map(move |n| compare(
            Fact::CustomerAverageDelay,
            Compare::Greater,
            Value::Duration(Span::Days(n))
        )),
        (0..30i64).prop_map(move |n| compare(
            Fact::CustomerOldestDelay,
            Compare::GreaterOrEqual,
            Value::Duration(Span::Days(n))
        )),
        (0..20i64).prop_map(move |n| compare(
            Fact::DaysSinceReminder,
            Compare::GreaterOrEqual,
            Value::Duration(Span::Days(n))
        )),
        (0..40i64).prop_map(move |n| compare(Fact::DaysLate, Compare::Less, Value::Duration(Span::Days(n)))),
        (0..30i64).prop_map(|n| {
            let day = Expr::Arith(
                Arith::Subtract,
                Box::new(Expr::Fact(Fact::LimitationDate)),
                Box::new(Expr::Literal(Value::Duration(Span::Days(n)))),
            );
            Expr::Compare(Compare::GreaterOrEqual, Box::new(Expr::Fact(Fact::Today)), Box::new(day))
        }),
        Just(Expr::Fact(Fact::InDispute)),
        Just(Expr::Fact(Fact::PromiseRunning)),
        Just(Expr::Known(Box::new(Expr::Fact(Fact::CustomerPhone)))),
        Just(compare(Fact::Segment, Compare::Equal, Value::Text("vip".to_owned()))),
        (0..30i64).prop_map(move |n| compare(
            Fact::RungReached,
            Compare::GreaterOrEqual,
            Value::Duration(Span::Days(n))
        )),
        (1..4u8).prop_map(move |n| compare(Fact::Stage, Compare::Equal, Value::Text(format!("e{n}")))),
        (1..4u8).prop_map(|n| Expr::Visited(format!("e{n}"))),
        Just(compare(Fact::CustomerInsolvent, Compare::Equal, Value::Bool(true))),
        (0..3i64).prop_map(move |n| compare(Fact::InstalmentsMissed, Compare::GreaterOrEqual, number(n))),
        Just(compare(Fact::CustomerCountry, Compare::Equal, Value::Text("FR".to_owned()))),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|x| Expr::Not(Box::new(x))),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| Expr::And(vec![x, y])),
            (inner.clone(), inner).prop_map(|(x, y)| Expr::Or(vec![x, y])),
        ]
    })
}

fn condition() -> impl Strategy<Value = Expr> {
    prop_oneof![3 => Just(Expr::always()), 2 => guard()]
}

fn bound() -> impl Strategy<Value = Bound> {
    let plain = prop_oneof![5 => 0..40i64, 1 => -8..0i64].prop_map(|n| (literal(Span::Days(n)), 0, false));
    let month = (0..40i64).prop_map(|n| (literal(Span::Days(n)), 0, true));
    let other = prop_oneof![
        Just((literal(Span::Months(1)), 0, false)),
        (1..8i64).prop_map(|n| (literal(Span::BusinessDays(n)), 0, false)),
        (0..20i64).prop_map(|n| (literal(Span::Days(n)), 1, false)),
        (0..9i64).prop_map(|n| {
            let usual = Box::new(Expr::Fact(Fact::CustomerUsualDelay));
            (Expr::Arith(Arith::Add, usual, Box::new(literal(Span::Days(n)))), 0, false)
        }),
    ];
    (prop_oneof![8 => plain, 1 => month, 2 => other], prop::bool::weighted(0.15)).prop_map(
        |((offset, extra_days, end_of_month), state)| {
            let before = matches!(&offset, Expr::Literal(Value::Duration(Span::Days(n))) if *n < 0);
            let clock = if state && !before { Clock::State } else { Clock::Due };
            Bound { clock, offset, extra_days, end_of_month }
        },
    )
}

fn branch() -> impl Strategy<Value = Branch> {
    let bounds = prop_oneof![8 => prop::collection::vec(bound(), 1), 1 => prop::collection::vec(bound(), 2)];
    prop_oneof![
        6 => (bounds, condition()).prop_map(|(bounds, guard)| Branch { bounds, guard }),
        1 => guard().prop_map(|guard| Branch { bounds: vec![], guard }),
    ]
}

pub fn rule() -> impl Strategy<Value = Rule> {
    let branches = prop_oneof![6 => prop::collection::vec(branch(), 1), 1 => prop::collection::vec(branch(), 2)];
    let repeat = (prop_oneof![3 => (3..15i64).prop_map(Span::Days), 1 => (2..8i64).prop_map(Span::BusinessDays), 1 => Just(Span::Months(1))], proptest::option::of(1..4u32))
        .prop_map(|(every, at_most)| Repeat { every, at_most });
    let rest = (proptest::option::weighted(0.12, repeat), condition());
    (branches, sequence(), prop::bool::weighted(0.3), rest).prop_map(
        |(mut branches, sequence, without_prior_reminder, (repeat, guard))| {
            if repeat.is_some() {
                branches = vec![Branch { bounds: vec![], guard }];
            }
            Rule { id: RuleId(0), branches, repeat, sequence, without_prior_reminder }
        },
    )
}

fn trigger() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        Just(Trigger::Settled),
        Just(Trigger::PartialPayment),
        Just(Trigger::Promise),
        Just(Trigger::PromiseKept),
        Just(Trigger::PromiseBroken),
        Just(Trigger::DisputeOpened),
        Just(Trigger::DisputeClosed),
        Just(Trigger::Reply),
        Just(Trigger::Stop),
        Just(Trigger::Resume),
        Just(Trigger::Reversal),
        Just(Trigger::PaymentAnnounced),
        Just(Trigger::Failure),
        Just(Trigger::External),
        Just(Trigger::CreditNote),
        Just(Trigger::DueDateMoved),
        Just(Trigger::InstalmentMissed),
    ]
}

fn reaction() -> impl Strategy<Value = Reaction> {
    (trigger(), prop_oneof![4 => Just(Expr::always()), 1 => guard()], sequence()).prop_map(|(on, guard, sequence)| {
        let name = (on == Trigger::External).then(|| "x".to_owned());
        Reaction { id: RuleId(0), on, name, guard, sequence }
    })
}

pub fn settings() -> impl Strategy<Value = Settings> {
    let cap = prop_oneof![3 => Just(Some(Cap { contacts: 1, days: 1 })), 2 => (1..3u32, 1..6u32).prop_map(|(contacts, days)| Some(Cap { contacts, days })), 1 => Just(None)];
    let window = prop_oneof![
        3 => Just(Window::default()),
        1 => Just(Window { days: [true; 7], opens: 480, closes: 720 }),
        1 => Just(Window { days: [false, true, false, true, false, false, false], opens: 0, closes: 1440 }),
    ];
    let minimum = prop_oneof![3 => Just(None), 1 => (1..6i64).prop_map(|n| Some(Amount::eur(n * 10_000)))];
    let region = prop_oneof![3 => Just(Region::France), 1 => Just(Region::None), 1 => Just(Region::AlsaceMoselle)];
    let ways = (prop::bool::weighted(0.25), prop::bool::weighted(0.15), region, prop::bool::weighted(0.1));
    (cap, window, minimum, ways).prop_map(|(cap, window, minimum, (group, step_by_step, region, closed))| {
        let closing = Closing { from: add_days(start(), 12), to: add_days(start(), 20) };
        let calendar = Calendar { region, closed: if closed { vec![closing] } else { vec![] } };
        Settings { calendar, cap, window, minimum, group, step_by_step, fresh_payments: None }
    })
}

fn entry() -> impl Strategy<Value = EntryRule> {
    (condition(), sequence(), any::<bool>()).prop_map(|(guard, sequence, without_prior_reminder)| EntryRule {
        id: RuleId(0),
        guard,
        sequence,
        without_prior_reminder,
    })
}

pub fn state() -> impl Strategy<Value = State> {
    let rules = prop::collection::vec(rule(), 0..3);
    (prop::collection::vec(entry(), 0..3), rules, prop::collection::vec(reaction(), 0..2), prop::bool::weighted(0.2))
        .prop_map(|(entry, rules, reactions, is_final)| State { entry, rules, reactions, is_final, ..State::default() })
}

pub fn machine() -> impl Strategy<Value = Machine> {
    let states = prop_oneof![2 => prop::collection::vec(state(), 0), 2 => prop::collection::vec(state(), 1..4)];
    (settings(), prop::collection::vec(rule(), 1..5), prop::collection::vec(reaction(), 0..3), states).prop_map(
        |(settings, rules, reactions, states)| {
            let mut machine = Machine::new("essai", None);
            machine.settings = settings;
            machine.states[0].rules = rules;
            machine.reactions = reactions;
            machine.states.extend(states.into_iter().zip(1..).map(|(s, n)| State { name: format!("e{n}"), ..s }));
            mend(&mut machine);
            machine
        },
    )
}

/// Whether a condition reads only facts of the client that no segment changes.
fn of_client(guard: &Expr) -> bool {
    let mut all = !matches!(guard, Expr::Visited(_));
    guard.each(&mut |part| {
        all &= !matches!(part, Expr::Visited(_));
        all &= !matches!(part, Expr::Fact(fact) if !fact.name().starts_with("client."));
    });
    all
}

/// One or two scenarios; of two, the first takes what its selection says.
fn machines() -> impl Strategy<Value = Vec<Machine>> {
    let segments = prop_oneof![
        4 => Just(vec![]),
        1 => guard().prop_filter("faits du client", of_client).prop_map(|guard| vec![SegmentRule { name: "vip".to_owned(), guard }]),
    ];
    let second = proptest::option::weighted(0.2, (guard(), machine()));
    (machine(), second, segments).prop_map(|(mut first, second, segments)| {
        first.segments = segments.clone();
        let mut machines = vec![first];
        if let Some((selection, mut second)) = second {
            second.name = "autre".to_owned();
            second.segments = segments;
            second.selection = Some(selection);
            machines.push(second);
        }
        machines
    })
}

/// Makes a machine that the compiler could have made: the states it goes to exist, and no cycle of transitions is without time.
pub fn mend(machine: &mut Machine) {
    number(machine);
    let known: Vec<String> = machine.states.iter().map(|s| s.name.clone()).collect();
    let fix = |sequence: &mut Sequence, own: usize| {
        for stage in &mut sequence.stages {
            let mut leaves = false;
            for action in stage.items.iter_mut().flat_map(|i| &mut i.0).map(|a| &mut a.action) {
                let later = |name: &str| known.iter().position(|k| k == name).is_some_and(|at| at > own);
                // Only forward, and only once in a stage: two would leave twice.
                if let Action::GoTo { state } = action
                    && (!later(state) || std::mem::replace(&mut leaves, true))
                {
                    *action = Action::Note { text: "reste".to_owned() };
                }
            }
        }
    };
    for (own, state) in machine.states.iter_mut().enumerate() {
        state.entry.iter_mut().for_each(|r| fix(&mut r.sequence, own));
        state.rules.iter_mut().for_each(|r| fix(&mut r.sequence, own));
        state.reactions.iter_mut().for_each(|r| fix(&mut r.sequence, own));
    }
    machine.reactions.iter_mut().for_each(|r| fix(&mut r.sequence, 0));
    // A failure that leads to an entry that fails at once would be such a cycle.
    let states = machine.states.iter_mut().flat_map(|s| &mut s.reactions);
    for reaction in states.chain(&mut machine.reactions).filter(|r| r.on == Trigger::Failure) {
        fix(&mut reaction.sequence, usize::MAX);
    }
}

/// Numbers the rules as the compiler does.
pub fn number(machine: &mut Machine) {
    let mut next = 0..;
    let mut id = || RuleId(next.next().unwrap_or(0));
    for state in &mut machine.states {
        state.entry.iter_mut().for_each(|r| r.id = id());
        state.rules.iter_mut().for_each(|r| r.id = id());
        state.reactions.iter_mut().for_each(|r| r.id = id());
    }
    machine.reactions.iter_mut().for_each(|r| r.id = id());
}

fn customer() -> impl Strategy<Value = Customer> {
    (
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.7),
        proptest::option::of(0..15i64),
        0..3u8,
    )
        .prop_map(|(email, phone, address, usual_delay, segment)| Customer {
            name: "Durand".to_owned(),
            email: email.then(|| "compta@durand.example".to_owned()),
            phone: phone.then(|| "+33639980001".to_owned()),
            address: address.then(|| "1 rue X".to_owned()),
            usual_delay,
            segment: (segment > 0).then(|| if segment == 1 { "vip" } else { "mauvais_payeur" }.to_owned()),
            ..Customer::default()
        })
}

/// When it was done, in days from the start, often so long ago that the debt is nearly lost; and under which regime.
fn performed() -> impl Strategy<Value = (Option<i64>, Option<String>)> {
    let regimes = [(None, 1827), (Some("b2b"), 1827), (Some("b2c"), 731), (Some("public"), 1900)];
    (prop::bool::weighted(0.3), 0..4usize, -10..90i64).prop_map(move |(given, regime, days)| {
        let (regime, period) = regimes[regime];
        (given.then_some(days - period), regime.map(str::to_owned))
    })
}

fn invoices() -> impl Strategy<Value = Vec<Invoice>> {
    let one = (-60..30i64, 0..45i64, 1..12i64, prop::bool::weighted(0.1), performed()).prop_map(
        |(issued, terms, hundreds, foreign, (performed, regime))| {
            let issued = add_days(start(), issued);
            let currency = if foreign { Currency::parse("CHF").unwrap_or(Currency::EUR) } else { Currency::EUR };
            let whole = Invoice::new(issued, add_days(issued, terms), Amount::new(hundreds * 10_000, currency));
            Invoice { performed: performed.map(|days| add_days(start(), days)), regime, ..whole }
        },
    );
    prop::collection::vec(one, 1..4)
}

/// Something that happens: on which invoice, which day, at which hour it becomes known, what.
fn happening() -> impl Strategy<Value = (usize, i64, Option<u32>, u8, i64)> {
    (0..3usize, 0..100i64, proptest::option::weighted(0.2, 8..20u32), 0..32u8, 1..12i64)
}

fn what(kind: u8, n: i64, day: NaiveDate, invoice: &Invoice) -> What {
    let amount = Amount::new(n * 10_000, invoice.currency());
    match kind {
        0..=2 => What::Payment { amount: invoice.amount },
        3..=5 => What::Payment { amount },
        6 => What::CreditNote { amount },
        7 => What::Reversal { amount },
        8 => What::DisputeOpened { amount: None, reason: None },
        9 => What::DisputeOpened { amount: Some(amount), reason: None },
        10 => What::DisputeClosed,
        11 => What::Promise { by: add_days(day, n), amount: None },
        12 => What::Promise { by: add_days(day, n), amount: Some(amount) },
        13 => What::PaymentAnnounced { amount: None },
        14 => What::PaymentAnnounced { amount: Some(amount) },
        15 => What::Reply,
        16 => What::Stop { until: (n > 3).then(|| add_days(day, n * 3 - 14)) },
        17 => What::Resume { catch_up: n > 6 },
        18 => What::DueDateMoved { to: add_days(day, n * 3 - 6) },
        19 => What::PastReminder { channel: None, formal: false },
        20 => What::External { name: "x".to_owned() },
        21 => What::Jump { state: format!("e{}", n % 4) },
        22 => What::Approval { key: None, granted: n > 4 },
        23 | 24 => {
            let part = |k: i64| {
                let cents = invoice.amount.cents * if k == 0 { 30 } else { 70 } / 100;
                DueAmount { due: add_days(day, 7 + k * n * 3), amount: Amount::new(cents, invoice.currency()) }
            };
            What::PaymentPlan { instalments: vec![part(0), part(1)] }
        }
        25 => What::CreditNote { amount: Amount::new(-n * 10_000, invoice.currency()) },
        // From here on for the whole client.
        26 => What::Payment { amount },
        27 => What::Stop { until: (n > 3).then(|| add_days(day, n * 3 - 14)) },
        28 => What::Resume { catch_up: n > 6 },
        29 => What::Insolvency { judgment: day },
        30 => What::InsolvencyClosed,
        _ => What::Customer(Customer {
            name: "Durand".to_owned(),
            email: (n > 3).then(|| "compta@durand.example".to_owned()),
            phone: (n > 5).then(|| "+33639980001".to_owned()),
            segment: (n % 2 == 0).then(|| "vip".to_owned()),
            ..Customer::default()
        }),
    }
}

fn people() -> impl Strategy<Value = People> {
    prop_oneof![
        4 => Just(People::DILIGENT),
        1 => Just(People::NO_ANSWER),
        1 => Just(People::ABSENT),
        1 => Just(People { approve: Some(false), ..People::DILIGENT }),
    ]
}

pub fn story() -> impl Strategy<Value = Story> {
    (machines(), customer(), invoices(), prop::collection::vec(happening(), 0..6), 60..130i64, people()).prop_map(
        |(machines, customer, invoices, happenings, days, people)| {
            let thing = |id: String, invoice: Option<String>, effective: NaiveDate, what: What| Incoming {
                id,
                client: "C1".to_owned(),
                invoice,
                effective,
                known: None,
                said: None,
                what,
            };
            let mut things = vec![thing("a".into(), None, add_days(start(), -400), What::Customer(customer))];
            for (n, invoice) in invoices.iter().enumerate() {
                let name = format!("F{n}");
                things.push(thing(format!("f{n}"), Some(name), invoice.issued, What::Invoice(invoice.clone())));
            }
            for (n, (which, day, hour, kind, amount)) in happenings.into_iter().enumerate() {
                let which = which % invoices.len();
                let day = add_days(start(), day).max(invoices[which].issued);
                let what = what(kind, amount, day, &invoices[which]);
                let mut one = thing(format!("z{n}"), (kind < 26).then(|| format!("F{which}")), day, what);
                let time = |h| chrono::NaiveTime::from_hms_opt(h, 30, 0).unwrap_or_default();
                one.known = hour.map(|h| instant_at(day, time(h), ZONE));
                things.push(one);
            }
            Story { machines, things, days, people, bounces: vec![], troubles: vec![], published: None }
        },
    )
}

/// Stories in which messages come back, and most have a fallback.
pub fn returns() -> impl Strategy<Value = Story> {
    let bounces = prop::collection::vec((0..3usize, 0..80i64, 8..20u32), 3..10);
    (story(), prop::collection::vec(attempt(), 6), bounces).prop_map(|(mut story, spare, bounces)| {
        let mut spare = spare.into_iter().cycle();
        let mut give = |sequence: &mut Sequence| {
            for item in sequence.stages.iter_mut().flat_map(|stage| &mut stage.items) {
                let carried = |a: &Attempt| a.action.contact().is_some_and(|c| !c.channel.by_hand());
                if item.0.len() == 1 && item.0.iter().all(carried) {
                    item.0.extend(spare.next());
                }
            }
        };
        for machine in &mut story.machines {
            for state in &mut machine.states {
                state.entry.iter_mut().for_each(|r| give(&mut r.sequence));
                state.rules.iter_mut().for_each(|r| give(&mut r.sequence));
                state.reactions.iter_mut().for_each(|r| give(&mut r.sequence));
            }
            machine.reactions.iter_mut().for_each(|r| give(&mut r.sequence));
            mend(machine);
        }
        let back = |(which, day, hour): (usize, i64, u32)| {
            let time = chrono::NaiveTime::from_hms_opt(hour, 45, 0).unwrap_or_default();
            (instant_at(add_days(start(), day), time, ZONE), format!("F{which}"))
        };
        story.bounces = bounces.into_iter().map(back).collect();
        story.bounces.sort();
        story
    })
}
