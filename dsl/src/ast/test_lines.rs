//! Tests: invoices, days, and what happens on them. Odd lines are told here, one by one.

use super::{Attempt, Expr, Literal, Reader};
use crate::cases::{Outside, People};
use crate::diagnostic::Code;
use crate::keywords::{self, nearest};
use crate::parse::Rule;
use crate::span::{Node, Span};
use chrono::NaiveDate;
use pest::iterators::Pair;
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_core::schema::fold;

/// `test "…"`.
#[derive(Clone, PartialEq, Debug)]
pub struct Test {
    /// TestWhat it shows.
    pub name: Node<String>,
    /// Its lines, in order; what could not be read is told and left out.
    pub lines: Vec<Node<TestLine>>,
    /// A line was left out.
    pub wrong: bool,
}

/// A line of a test.
#[derive(Clone, PartialEq, Debug)]
pub enum TestLine {
    /// `avec scénario`.
    With(Node<String>),
    /// `facture F1 de 1 200 € échue le 03/03/2026, segment vip`.
    Invoice {
        /// Its number.
        number: Option<Node<String>>,
        /// Its amount.
        amount: Option<Amount>,
        /// Its due date.
        due: Option<NaiveDate>,
        /// Its date of issue.
        issued: Option<NaiveDate>,
        /// `connue le 17/03/2026`: the day on which Relance takes it over.
        known: Option<NaiveDate>,
        /// What else is given.
        facts: Vec<TestFact>,
    },
    /// `client C1 retard_moyen 25j`.
    Client {
        /// Its code.
        code: Option<Node<String>>,
        /// TestWhat is given.
        facts: Vec<TestFact>,
    },
    /// `le 18/03/2026 : …`.
    Day {
        /// The day.
        date: NaiveDate,
        /// Minutes after midnight.
        hour: Option<u16>,
        /// Everything that happens.
        happenings: Vec<Node<TestHappening>>,
    },
    /// TestWhat people do or refuse during the whole test.
    People(People),
    /// `ensuite rien`.
    ThenNothing,
    /// `état final …`.
    End {
        /// Of which invoice.
        invoice: Option<Node<String>>,
        /// The state.
        state: Node<String>,
    },
}

/// Something given: `segment vip`, `client.encours 3 000 €`.
#[derive(Clone, PartialEq, Debug)]
pub struct TestFact {
    /// The fact or field.
    pub name: Node<String>,
    /// A literal or a word.
    pub value: Node<Expr>,
}

/// One thing that happens on a day.
#[derive(Clone, PartialEq, Debug)]
pub struct TestHappening {
    /// TestWhat.
    pub what: TestWhat,
    /// `pour F1 et F2`.
    pub invoices: Vec<Node<String>>,
}

/// TestWhat happens.
#[derive(Clone, PartialEq, Debug)]
pub enum TestWhat {
    /// `rien`.
    Nothing,
    /// An action that the scenario must do.
    Effect(Box<Attempt>),
    /// An event from outside.
    Event(Outside),
    /// TestWhat a person does.
    People(People),
}

/// TestWhat can open a line of a test.
const LINES: [&str; 7] = ["avec", "facture", "client", "le", "ensuite", "état", "personne"];

/// TestWhat can happen on a day, besides actions.
const HAPPENINGS: [&str; 17] = [
    "paiement",
    "promesse",
    "litige",
    "avoir",
    "rejet",
    "réponse",
    "arrêt",
    "reprise",
    "saut",
    "événement",
    "échéance",
    "échéancier",
    "procédure",
    "échec",
    "validation",
    "rien",
    "personne",
];

const A_TEST: &str = "un test s'écrit par exemple : `facture F1 de 1 200 € échue le 03/03/2026`, \
    `le 18/03/2026 : email ferme`, `ensuite rien`, `état final soldée`";

impl Reader<'_, '_, '_> {
    /// A `test_block` of the grammar.
    pub fn test(&mut self, pair: Pair<'_, Rule>) -> Test {
        let span = self.span(&pair);
        let mut test = Test { name: Node::new(String::new(), span), lines: Vec::new(), wrong: false };
        let parts: Vec<Pair<'_, Rule>> = pair.into_inner().collect();
        for (i, part) in parts.iter().enumerate() {
            let place = self.span(part);
            let odd_next = parts.get(i + 1).is_some_and(|next| next.as_rule() == Rule::test_odd);
            let line = match part.as_rule() {
                Rule::text => {
                    test.name = self.text(part);
                    continue;
                }
                Rule::kw_test | Rule::colon | Rule::EOI => continue,
                Rule::test_odd => {
                    let before = i.checked_sub(1).and_then(|before| parts.get(before)).map(Pair::as_rule);
                    self.odd(part, before);
                    None
                }
                // What stands in the line of odd words is told with them.
                _ if after_odd(&parts, i) && !self.begins_line(place) => None,
                _ => self.test_line(part.clone(), odd_next),
            };
            match line {
                Some(line) => test.lines.push(Node::new(line, place)),
                None => test.wrong = true,
            }
        }
        test
    }

    fn test_line(&mut self, pair: Pair<'_, Rule>, odd_next: bool) -> Option<TestLine> {
        let span = self.span(&pair);
        let kind = pair.as_rule();
        let name = |reader: &Self, pair: &Pair<'_, Rule>| {
            pair.clone().into_inner().find(|p| p.as_rule() == Rule::header_name).map(|p| reader.name(&p))
        };
        match kind {
            Rule::test_with => match name(self, &pair) {
                Some(name) => Some(TestLine::With(name)),
                None => {
                    self.lacks(span, "`avec` nomme un scénario", "avec mauvais_payeurs", odd_next);
                    None
                }
            },
            Rule::test_invoice => self.test_invoice(pair, odd_next),
            Rule::test_client => {
                let code = pair.clone().into_inner().find(|p| p.as_rule() == Rule::customer_code);
                let code = code.map(|p| self.unquoted(&p));
                let facts: Vec<Pair<'_, Rule>> = pair.into_inner().filter(|p| p.as_rule() == Rule::test_fact).collect();
                if facts.is_empty() {
                    self.lacks(span, "cette ligne ne dit rien du client", "client C1 retard_moyen 25j", odd_next);
                    return None;
                }
                Some(TestLine::Client { code, facts: facts.into_iter().filter_map(|p| self.test_fact(p)).collect() })
            }
            Rule::test_day => self.test_day(pair, odd_next),
            Rule::test_people => match pair.into_inner().find(|p| p.as_rule() == Rule::people) {
                Some(people) => people_of(&people).map(TestLine::People),
                None => {
                    let example = "personne ne valide";
                    self.lacks(span, "on ne sait pas ce que personne ne fait", example, odd_next);
                    None
                }
            },
            Rule::test_then => {
                if pair.into_inner().any(|p| p.as_rule() == Rule::kw_rien) {
                    return Some(TestLine::ThenNothing);
                }
                self.lacks(span, "`ensuite` n'est suivi que de `rien`", "ensuite rien", odd_next);
                None
            }
            Rule::test_end => {
                let invoice = pair.clone().into_inner().find(|p| p.as_rule() == Rule::invoice_number);
                let invoice = invoice.map(|p| self.unquoted(&p));
                match name(self, &pair) {
                    Some(state) => Some(TestLine::End { invoice, state }),
                    None => {
                        self.lacks(span, "il manque le nom de l'état", "état final soldée", odd_next);
                        None
                    }
                }
            }
            _ => None,
        }
    }

    /// A line that is not whole; silent when what follows it is told.
    fn lacks(&mut self, span: Span, message: &str, example: &str, told: bool) {
        if !told {
            let found = self.error(Code::BadTest, message, span).help(format!("écrivez par exemple `{example}`"));
            self.sink.push(found);
        }
    }

    fn unquoted(&self, pair: &Pair<'_, Rule>) -> Node<String> {
        match pair.clone().into_inner().find(|p| p.as_rule() == Rule::text) {
            Some(text) => self.text(&text),
            None => self.name(pair),
        }
    }

    fn test_invoice(&mut self, pair: Pair<'_, Rule>, odd_next: bool) -> Option<TestLine> {
        let span = self.span(&pair);
        let (mut number, mut amount, mut due, mut issued, mut known) = (None, None, None, None, None);
        let mut facts = Vec::new();
        let (mut has_amount, mut has_due, mut wrong) = (false, false, false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::invoice_number => number = Some(self.unquoted(&part)),
                Rule::invoice_amount => {
                    has_amount = true;
                    amount = self.money(part);
                    wrong |= amount.is_none();
                }
                Rule::invoice_due => {
                    has_due = true;
                    due = self.only_date(part);
                    wrong |= due.is_none();
                }
                Rule::invoice_issued => {
                    issued = self.only_date(part);
                    wrong |= issued.is_none();
                }
                Rule::invoice_known => {
                    known = self.only_date(part);
                    wrong |= known.is_none();
                }
                Rule::test_fact => facts.extend(self.test_fact(part)),
                _ => {}
            }
        }
        if !(has_amount && has_due) {
            let what = if has_amount { "son échéance" } else { "son montant" };
            let example = "facture F1 de 1 200 € échue le 03/03/2026";
            self.lacks(span, &format!("cette facture n'a pas {what}"), example, odd_next);
            wrong = true;
        }
        (!wrong).then_some(TestLine::Invoice { number, amount, due, issued, known, facts })
    }

    fn test_fact(&mut self, pair: Pair<'_, Rule>) -> Option<TestFact> {
        let mut name = None;
        let mut value = None;
        let mut negative = false;
        for part in pair.into_inner() {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::fact_name => name = Some(self.name(&part)),
                Rule::fact_word => value = Some(Node::new(Expr::Word(self.name(&part).value), span)),
                Rule::negative => negative = true,
                _ => {
                    if let Some(literal) = self.literal(&part) {
                        let turned = literal.value.opposite().filter(|_| negative);
                        value = Some(Node::new(Expr::Literal(turned.unwrap_or(literal.value)), span));
                    }
                }
            }
        }
        Some(TestFact { name: name?, value: value? })
    }

    fn test_day(&mut self, pair: Pair<'_, Rule>, odd_next: bool) -> Option<TestLine> {
        let span = self.span(&pair);
        let (mut date, mut hour, mut colon) = (None, None, false);
        let mut happenings = Vec::new();
        let mut wrong = false;
        let mut head = span;
        for part in pair.into_inner() {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::date | Rule::iso_date => {
                    head = place;
                    date = self.a_date(&part);
                    wrong |= date.is_none();
                }
                Rule::hour | Rule::clock_hour => match self.literal(&part).map(|node| node.value) {
                    Some(Literal::Hour(minutes)) => hour = Some(minutes),
                    _ => wrong = true,
                },
                Rule::colon => colon = true,
                Rule::happening => match self.happening(part) {
                    Some(happening) => happenings.push(Node::new(happening, place)),
                    None => wrong = true,
                },
                _ => {}
            }
        }
        if happenings.is_empty() && !wrong {
            self.lacks(
                span,
                "cette ligne ne dit pas ce qui se passe ce jour-là",
                "le 18/03/2026 : email ferme",
                odd_next,
            );
            wrong = true;
        } else if !colon && !wrong {
            let written = self.written(head).to_owned();
            let found = self
                .error(Code::MissingWord, "il manque `:` après la date", head)
                .help(format!("écrivez `le {written} : …`"))
                .fix(format!("{written} :"));
            self.sink.push(found);
        }
        (!wrong).then_some(TestLine::Day { date: date?, hour, happenings })
    }

    fn happening(&mut self, pair: Pair<'_, Rule>) -> Option<TestHappening> {
        let mut what = None;
        let mut invoices = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_rien => what = Some(TestWhat::Nothing),
                Rule::people => what = people_of(&part).map(TestWhat::People),
                Rule::attempt => what = self.attempt(part).map(|attempt| TestWhat::Effect(Box::new(attempt))),
                Rule::concerned => {
                    invoices = part
                        .into_inner()
                        .filter(|p| p.as_rule() == Rule::invoice_number)
                        .map(|p| self.unquoted(&p))
                        .collect();
                }
                _ => what = self.outside(part).map(TestWhat::Event),
            }
        }
        Some(TestHappening { what: what?, invoices })
    }

    fn outside(&mut self, pair: Pair<'_, Rule>) -> Option<Outside> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let parts: Vec<Pair<'_, Rule>> = pair.into_inner().collect();
        let has = |wanted: Rule| parts.iter().any(|p| p.as_rule() == wanted);
        let money = parts.iter().find(|p| is_money(p.as_rule())).cloned();
        let given = money.is_some();
        let amount = match money {
            Some(part) => Some(self.one_amount(&part)?),
            None => None,
        };
        let date = match parts.iter().find(|p| matches!(p.as_rule(), Rule::date | Rule::iso_date)) {
            Some(part) => Some(self.a_date(part)?),
            None => None,
        };
        Some(match rule {
            Rule::ev_announced => Outside::PaymentAnnounced(amount),
            Rule::ev_payment | Rule::ev_credit if !given && !has(Rule::kw_total) => {
                let verb = if rule == Rule::ev_payment { "paiement" } else { "avoir" };
                let message = format!("il manque le montant de ce {verb}").replace("ce avoir", "cet avoir");
                let found = self
                    .error(Code::BadTest, message, span)
                    .help(format!("écrivez par exemple `{verb} de 1 200 €`, ou `{verb} total`"));
                self.sink.push(found);
                return None;
            }
            Rule::ev_payment => Outside::Payment(amount),
            Rule::ev_credit => Outside::CreditNote(amount),
            Rule::ev_promise => {
                let Some(until) = date else {
                    self.lacks(span, "une promesse a une date", "promesse de 500 € pour le 12/04/2026", false);
                    return None;
                };
                Outside::Promise { amount, until }
            }
            Rule::ev_plan => {
                let mut all = Vec::new();
                for one in parts.iter().filter(|p| p.as_rule() == Rule::ev_instalment) {
                    let amount = self.money(one.clone())?;
                    all.push((amount, self.only_date(one.clone())?));
                }
                Outside::PaymentPlan(all)
            }
            Rule::ev_dispute if has(Rule::kw_clos) => Outside::DisputeClosed,
            Rule::ev_dispute => Outside::DisputeOpened(amount),
            Rule::ev_reversal => Outside::Reversal(amount),
            Rule::ev_failure => {
                let channel = parts.iter().find_map(|p| match p.as_rule() {
                    Rule::kw_lemail => Some(Channel::Email),
                    Rule::kw_lappel => Some(Channel::Call),
                    Rule::channel | Rule::kw_lettre_recommandee => {
                        let wanted = fold(p.as_str().trim());
                        Channel::ALL.into_iter().find(|channel| fold(channel.name()) == wanted)
                    }
                    _ => None,
                });
                Outside::Failure(channel)
            }
            Rule::ev_reply => Outside::Reply,
            Rule::ev_stop => Outside::Stop,
            Rule::ev_resume => Outside::Resume,
            Rule::ev_jump => {
                let state = parts.iter().find(|p| p.as_rule() == Rule::state_name)?;
                Outside::Jump(self.name(state).value)
            }
            Rule::ev_named => {
                let text = parts.iter().find(|p| p.as_rule() == Rule::text)?;
                Outside::External(self.text(text).value)
            }
            Rule::ev_due => Outside::DueDateMoved(date?),
            _ => Outside::Insolvency(date),
        })
    }

    fn a_date(&mut self, pair: &Pair<'_, Rule>) -> Option<NaiveDate> {
        match self.literal(pair)?.value {
            Literal::Date(date) => Some(date),
            _ => None,
        }
    }

    fn only_date(&mut self, pair: Pair<'_, Rule>) -> Option<NaiveDate> {
        let date = pair.into_inner().find(|p| matches!(p.as_rule(), Rule::date | Rule::iso_date))?;
        self.a_date(&date)
    }

    fn money(&mut self, pair: Pair<'_, Rule>) -> Option<Amount> {
        let money = pair.into_inner().find(|p| is_money(p.as_rule()))?;
        self.one_amount(&money)
    }

    fn one_amount(&mut self, pair: &Pair<'_, Rule>) -> Option<Amount> {
        let literal = self.literal(pair)?;
        let written = self.written(literal.span).to_owned();
        let fix = match literal.value {
            Literal::Amount(amount) => return Some(amount),
            Literal::Invalid => return None,
            Literal::Number(_) => format!("{written} €"),
            _ => String::new(),
        };
        let found = self.error(Code::MissingUnit, format!("`{written}` n'est pas un montant"), literal.span);
        self.sink.push(if fix.is_empty() {
            found.help("un montant porte sa devise : `1 200 €`, `200 CHF`")
        } else {
            found.help(format!("écrivez `{fix}`")).fix(fix)
        });
        None
    }

    /// Words that belong to no line of a test.
    fn odd(&mut self, pair: &Pair<'_, Rule>, before: Option<Rule>) {
        for (i, word) in pair.clone().into_inner().enumerate() {
            let span = self.span(&word);
            if i == 0 || self.begins_line(span) {
                self.odd_line(span, if i == 0 { before } else { None });
            }
        }
    }

    fn begins_line(&self, span: Span) -> bool {
        let before = self.original.get(..span.start).unwrap_or_default();
        before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty())
    }

    fn odd_line(&mut self, span: Span, before: Option<Rule>) {
        let written = self.written(span).to_owned();
        let word = fold(&written);
        let begins = self.begins_line(span);
        let on_a_day = before == Some(Rule::test_day) && !begins;
        let candidates: Vec<&str> = if on_a_day {
            HAPPENINGS.iter().chain(keywords::ACTIONS).copied().collect()
        } else {
            LINES.iter().chain(&HAPPENINGS).chain(keywords::ACTIONS).copied().collect()
        };
        let meant = keywords::meant_action(&word).filter(|_| on_a_day).or_else(|| nearest(&word, candidates));
        let meant = meant.filter(|meant| fold(meant) != word);
        let found = match meant {
            Some(meant) => self
                .error(Code::BadTest, format!("`{written}` est inconnu dans un test : vouliez-vous dire `{meant}` ?"), span)
                .help(format!("écrivez `{meant}`"))
                .fix(meant),
            None if word == "le" => self
                .error(Code::BadTest, "il manque une date après `le`", span)
                .help("une date s'écrit JJ/MM/AAAA : `le 18/03/2026 : email ferme`"),
            None if before == Some(Rule::test_invoice) && !begins => self
                .error(Code::BadTest, format!("`{written}` n'est pas attendu ici"), span)
                .help("ce qu'on sait d'autre de la facture suit une virgule : `…, segment mauvais_payeur, client C1`"),
            None if on_a_day && example(&word).is_some() => self
                .error(Code::BadTest, format!("il manque quelque chose après `{written}`"), span)
                .help(format!("écrivez par exemple `{}`", example(&word).unwrap_or_default())),
            None if on_a_day => self
                .error(Code::BadTest, format!("`{written}` n'est pas attendu ici"), span)
                .help("un jour dit ce que fait le scénario (`email ferme`, `rien`) ou ce qui arrive (`paiement de 200 €`, `litige`, `appel sans réponse`) ; plusieurs choses se joignent par `et`"),
            None if keywords::is_action(&word) || HAPPENINGS.iter().any(|said| fold(said) == word) => self
                .error(Code::BadTest, format!("`{written}` n'a pas de date"), span)
                .help(format!("écrivez par exemple `le 18/03/2026 : {written} …`")),
            None => self.error(Code::BadTest, format!("`{written}` n'est pas attendu dans un test"), span).help(A_TEST),
        };
        self.sink.push(found);
    }
}

fn after_odd(parts: &[Pair<'_, Rule>], i: usize) -> bool {
    i.checked_sub(1).and_then(|before| parts.get(before)).is_some_and(|before| before.as_rule() == Rule::test_odd)
}

/// How a happening that needs more than its first word is written.
fn example(word: &str) -> Option<&'static str> {
    Some(match word {
        "evenement" => "événement \"commande bloquée\"",
        "saut" => "saut à contentieux",
        "echeance" => "échéance au 12/04/2026",
        "echeancier" => "échéancier de 400 € au 01/05/2026 et 800 € au 01/06/2026",
        "procedure" => "procédure collective",
        "validation" => "validation refusée",
        _ => return None,
    })
}

fn is_money(rule: Rule) -> bool {
    matches!(rule, Rule::euro_first | Rule::amount | Rule::duration | Rule::percent | Rule::number)
}

fn people_of(pair: &Pair<'_, Rule>) -> Option<People> {
    Some(match pair.clone().into_inner().next()?.as_rule() {
        Rule::nobody_approves => People::NobodyApproves,
        Rule::nobody_calls => People::NobodyCalls,
        Rule::nobody_works => People::NobodyWorks,
        Rule::unanswered => People::CallUnanswered,
        Rule::called => People::CallMade,
        Rule::refused => People::ApprovalRefused,
        Rule::granted => People::ApprovalGranted,
        Rule::worked => People::TaskDone,
        _ => return None,
    })
}
