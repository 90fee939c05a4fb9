//! Machines built by hand, as the compiler would make them.

use relance_core::day::Span;
use relance_core::machine::*;
use relance_core::money::Amount;
use relance_core::schema::Fact;

/// Numbers the rules of a machine in the order in which they are made.
#[derive(Default)]
pub struct Builder {
    next: u32,
}

pub fn days(n: i64) -> Expr {
    Expr::from(Span::Days(n))
}

pub fn fact(fact: Fact) -> Expr {
    Expr::Fact(fact)
}

pub fn compare(left: Expr, op: Compare, right: Expr) -> Expr {
    Expr::Compare(op, Box::new(left), Box::new(right))
}

pub fn text(text: &str) -> Expr {
    Expr::Literal(Value::Text(text.to_owned()))
}

pub fn segment(name: &str) -> Expr {
    compare(fact(Fact::Segment), Compare::Equal, text(name))
}

pub fn over(cents: i64) -> Expr {
    let amount = Expr::Literal(Value::Amount(Amount::eur(cents)));
    compare(fact(Fact::BalanceDue), Compare::GreaterOrEqual, amount)
}

pub fn contact(channel: Channel, template: &str) -> Action {
    let notice = channel == Channel::RegisteredLetter;
    Action::Contact(Contact {
        channel,
        template: Some(template.to_owned()),
        choice: None,
        nature: if notice { Nature::FormalNotice } else { Nature::Reminder },
        tone: Tone::Polite,
        language: None,
        variants: Vec::new(),
        to: vec![],
        copy: vec![],
    })
}

pub fn email(template: &str) -> Action {
    contact(Channel::Email, template)
}

pub fn task(text: &str) -> Action {
    Action::Task { text: text.to_owned(), to: None }
}

pub fn go_to(state: &str) -> Action {
    Action::GoTo { state: state.to_owned() }
}

/// `a puis b puis c`.
pub fn then(actions: Vec<Action>) -> Sequence {
    let stage = |action: Action| SequenceStage { wait: None, items: vec![Item(vec![action.into()])] };
    Sequence { stages: actions.into_iter().map(stage).collect() }
}

pub fn bound(clock: Clock, offset: Expr) -> Bound {
    Bound { clock, offset, extra_days: 0, end_of_month: false }
}

impl Builder {
    fn id(&mut self) -> RuleId {
        self.next += 1;
        RuleId(self.next - 1)
    }

    pub fn rule(&mut self, bounds: Vec<Bound>, guard: Expr, sequence: Sequence) -> Rule {
        let branches = vec![Branch { bounds, guard }];
        Rule { id: self.id(), branches, repeat: None, sequence, without_prior_reminder: false }
    }

    /// `à J+n si guard : …`
    pub fn rung(&mut self, offset: i64, guard: Expr, sequence: Sequence) -> Rule {
        self.rule(vec![bound(Clock::Due, days(offset))], guard, sequence)
    }

    /// `après span : …`
    pub fn after(&mut self, span: Span, sequence: Sequence) -> Rule {
        self.rule(vec![bound(Clock::State, Expr::from(span))], Expr::always(), sequence)
    }

    pub fn free(&mut self, guard: Expr, sequence: Sequence) -> Rule {
        self.rule(vec![], guard, sequence)
    }

    pub fn every(&mut self, every: Span, at_most: Option<u32>, sequence: Sequence) -> Rule {
        Rule { repeat: Some(Repeat { every, at_most }), ..self.rule(vec![], Expr::always(), sequence) }
    }

    pub fn entry(&mut self, sequence: Sequence) -> EntryRule {
        EntryRule { id: self.id(), guard: Expr::always(), sequence, without_prior_reminder: false }
    }

    pub fn when(&mut self, on: Trigger, guard: Expr, sequence: Sequence) -> Reaction {
        Reaction { id: self.id(), on, name: None, guard, sequence }
    }
}

/// One plan, six rungs and more, reactions.
pub fn plan_only() -> Machine {
    let mut b = Builder::default();
    let mut m = Machine::new("mauvais_payeurs", Some("Mauvais payeurs".into()));
    m.selection = Some(Expr::And(vec![segment("mauvais_payeur"), over(5_000)]));
    m.settings.cap = Some(Cap { contacts: 1, days: 3 });
    let late = |n| compare(fact(Fact::DaysLate), Compare::GreaterOrEqual, days(n));
    let usual = Expr::Arith(Arith::Add, Box::new(fact(Fact::CustomerUsualDelay)), Box::new(days(3)));
    let mut month_end = b.rung(30, Expr::always(), then(vec![email("dernier_avis")]));
    month_end.branches[0].bounds[0].end_of_month = true;
    let mut chain = then(vec![email("courtois"), contact(Channel::Sms, "rappel")]);
    chain.stages[1].wait = Some(Expr::from(Span::BusinessDays(2)));
    m.states[0].rules = vec![
        b.rung(-5, over(200_000), then(vec![email("rappel_amical")])),
        b.rung(3, Expr::always(), chain),
        b.rung(
            15,
            Expr::And(vec![late(15), segment("mauvais_payeur")]),
            then(vec![email("ferme"), contact(Channel::Call, "ferme")]),
        ),
        b.rung(15, over(1_000_000), then(vec![task("Prévenir la direction commerciale")])),
        b.rule(vec![bound(Clock::Due, usual)], Expr::always(), then(vec![contact(Channel::Call, "habitude")])),
        month_end,
        b.rung(60, Expr::always(), then(vec![contact(Channel::RegisteredLetter, "mise_en_demeure")])),
        b.free(over(1_000_000), then(vec![Action::Alert { target: "direction".into() }])),
        b.every(Span::Days(30), Some(3), then(vec![task("Revoir le dossier avec le commercial")])),
    ];
    m.reactions = vec![
        b.when(
            Trigger::PromiseBroken,
            Expr::always(),
            then(vec![email("promesse_non_tenue"), contact(Channel::Call, "ferme")]),
        ),
        b.when(Trigger::PartialPayment, over(10_000), then(vec![email("solde_restant")])),
        b.when(Trigger::DisputeOpened, Expr::always(), then(vec![task("Instruire le litige")])),
        b.when(Trigger::Settled, Expr::always(), then(vec![email("remerciement")])),
    ];
    m
}

/// A plan and three étapes, with ways back.
pub fn stages() -> Machine {
    let mut b = Builder::default();
    let mut m = Machine::new("recouvrement", Some("Recouvrement en trois temps".into()));
    m.states[0].rules = vec![
        b.rung(3, Expr::always(), then(vec![email("courtois")])),
        b.rung(15, Expr::always(), then(vec![email("ferme"), contact(Channel::Call, "ferme")])),
        b.rung(30, over(50_000), then(vec![go_to("mise_en_demeure")])),
        b.rung(45, Expr::always(), then(vec![go_to("mise_en_demeure")])),
    ];
    let mut notice = State::new("mise_en_demeure", Some("Mise en demeure".into()));
    let mut formal = then(vec![contact(Channel::RegisteredLetter, "mise_en_demeure")]);
    formal.stages[0].items[0].0[0].approval = Some(Approval { by: Some("direction".into()) });
    notice.entry = vec![b.entry(formal)];
    notice.rules = vec![
        b.after(Span::BusinessDays(8), then(vec![contact(Channel::Call, "dernier")])),
        b.after(Span::Days(21), then(vec![go_to("contentieux")])),
        b.rung(90, Expr::always(), then(vec![go_to("contentieux")])),
    ];
    notice.reactions = vec![b.when(Trigger::Promise, Expr::always(), then(vec![go_to("promesse")]))];
    let mut promise = State::new("promesse", Some("Promesse en cours".into()));
    promise.rules = vec![b.every(Span::Days(7), Some(2), then(vec![task("Rappeler la promesse")]))];
    promise.reactions = vec![b.when(
        Trigger::PromiseBroken,
        Expr::always(),
        then(vec![email("promesse_non_tenue"), go_to("mise_en_demeure")]),
    )];
    let mut end = State::new("contentieux", Some("Contentieux".into()));
    end.is_final = true;
    end.entry = vec![b.entry(then(vec![
        Action::HandOver { target: "recouvrement".into() },
        task("Constituer le dossier d'injonction de payer"),
    ]))];
    m.states.extend([end, notice, promise]);
    m.reactions = vec![
        b.when(Trigger::Settled, Expr::always(), then(vec![email("remerciement")])),
        b.when(Trigger::Reversal, Expr::always(), then(vec![go_to("mise_en_demeure")])),
    ];
    m
}

/// Twenty-five rungs and twelve étapes, each leading to others.
pub fn large() -> Machine {
    let mut b = Builder::default();
    let mut m = Machine::new("grand", Some("Un très grand scénario".into()));
    for i in 0..25 {
        let guard = if i % 3 == 0 { over(100_000 * i) } else { Expr::always() };
        let mut actions = vec![email(&format!("modele_numero_{i}"))];
        if i % 4 == 3 {
            actions.push(contact(Channel::Call, "suivi"));
        }
        if i % 6 == 5 {
            actions.push(go_to(&format!("etape_{}", i / 2)));
        }
        m.states[0].rules.push(b.rung(i * 7 - 14, guard, then(actions)));
    }
    for i in 0..12 {
        let mut state = State::new(&format!("etape_{i}"), Some(format!("Étape numéro {i}")));
        state.entry = vec![b.entry(then(vec![email("entree")]))];
        state.rules = vec![
            b.after(Span::Days(8), then(vec![go_to(&format!("etape_{}", (i + 1) % 12))])),
            b.after(Span::BusinessDays(15), then(vec![go_to(&format!("etape_{}", (i * 5) % 12))])),
        ];
        state.is_final = i == 11;
        m.states.push(state);
    }
    m.reactions = vec![b.when(Trigger::Reply, Expr::always(), then(vec![go_to("etape_0")]))];
    m
}

/// Names that no drawing should be made of.
pub fn hostile() -> Machine {
    let mut b = Builder::default();
    let long = "Une étape dont le titre est si long qu’il ne tiendrait sur aucune ligne, même en réduisant les marges, et qui continue encore un peu après cela pour être sûr";
    let mut m = Machine::new("</title><script>alert(1)</script>", Some(format!("{long} « & » <b>\u{202e}\u{7}")));
    let hard = "<script>alert('&amp;')</script>\\\"];{}|#quot;`%%";
    m.states[0].rules = vec![
        b.rung(0, text("]]>"), then(vec![email(hard), go_to("x\"y")])),
        b.rung(1, Expr::always(), then(vec![task(&"mot".repeat(80)), go_to("absente")])),
        b.free(Expr::always(), then(vec![Action::Note { text: "ligne\nsuivante\t\"".into() }])),
    ];
    m.states.push(State::new("x\"y", Some(format!("1. {long}"))));
    m.states.push(State::new("end", Some("graph subgraph end".into())));
    m
}
