//! Headers, settings and rules.

use super::{Block, Expr, Guard, Head, Header, Literal, Reader, Rule as TreeRule, Sequence, Setting};
use crate::diagnostic::Code;
use crate::lex::LOST_NAME;
use crate::parse::Rule;
use crate::span::{Node, Span};
use pest::iterators::Pair;
use relance_core::day;
use relance_core::schema::fold;
use rust_decimal::Decimal;

const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

fn day_index(word: &str) -> usize {
    let word = word.trim();
    DAYS.iter().position(|day| word.starts_with(day)).unwrap_or(0)
}

impl Reader<'_, '_, '_> {
    /// One block, from its pair.
    pub fn block(&mut self, pair: Pair<'_, Rule>) -> Node<Block> {
        let span = self.span(&pair);
        let block = match pair.as_rule() {
            Rule::scenario_block => Block::Scenario(self.header(pair, "un scénario")),
            Rule::stage_block => Block::Stage(self.header(pair, "une étape")),
            Rule::segment_block => {
                let header = self.header(pair.clone(), "un segment");
                match pair.into_inner().find(|p| p.as_rule() == Rule::cond) {
                    Some(cond) => Block::Segment(header.name, self.condition(cond)),
                    None => Block::Failed,
                }
            }
            Rule::field_block => {
                let header = self.header(pair.clone(), "un champ");
                match pair.into_inner().find(|p| p.as_rule() == Rule::field_type) {
                    Some(ty) => Block::Field(header.name, self.name(&ty)),
                    None => Block::Failed,
                }
            }
            Rule::constant_block => {
                let header = self.header(pair.clone(), "une constante");
                match pair.into_inner().find(|p| p.as_rule() == Rule::sum) {
                    Some(sum) => {
                        let value = self.sum(sum);
                        Block::Constant(header.name, self.constant(value))
                    }
                    None => Block::Failed,
                }
            }
            Rule::script_block => Block::Script(self.only_text(pair)),
            Rule::include_block => Block::Include(self.only_text(pair)),
            Rule::test_block => Block::Test(Box::new(self.test(pair))),
            Rule::rule_if
            | Rule::rule_else
            | Rule::rule_rung
            | Rule::rule_entry
            | Rule::rule_after
            | Rule::rule_every
            | Rule::rule_when
            | Rule::rule_as_soon => Block::Rule(Box::new(self.rule(pair))),
            _ => self.setting(pair).map_or(Block::Failed, Block::Setting),
        };
        Node::new(block, span)
    }

    fn only_text(&self, pair: Pair<'_, Rule>) -> Node<String> {
        let span = self.span(&pair);
        pair.into_inner()
            .find(|p| p.as_rule() == Rule::text)
            .map_or_else(|| Node::new(String::new(), span), |p| self.text(&p))
    }

    fn header(&mut self, pair: Pair<'_, Rule>, what: &str) -> Header {
        let mut header = Header { name: Node::new(String::new(), self.span(&pair)), title: None };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::header_name => {
                    header.name = self.name(&part);
                    // A word of the language is told before the grammar sees it.
                    if part.as_str().trim_end() == LOST_NAME {
                        continue;
                    }
                    if let Some(meant) = self.check_name(&header.name, what) {
                        header.name.value = meant;
                    }
                }
                Rule::title => header.title = part.into_inner().next().map(|p| self.text(&p)),
                _ => {}
            }
        }
        header
    }

    /// Tells a wrong name, and gives the one that was meant, so that its uses are not told as well.
    fn check_name(&mut self, name: &Node<String>, what: &str) -> Option<String> {
        if what == "un champ" && fold(&name.value).starts_with("client.") {
            let bare = name.value.split_once('.').map_or("", |(_, bare)| bare).replace('.', "_");
            let found = self
                .error(Code::BadName, "le nom d'un champ ne commence pas par `client.`", name.span)
                .help(format!("écrivez `champ {bare} : …`"))
                .fix(bare.clone());
            self.sink.push(found);
            return Some(bare);
        }
        if !name.value.chars().all(|c| c.is_alphanumeric() || c == '_' || ('\u{300}'..='\u{36f}').contains(&c)) {
            let words: Vec<&str> = name
                .value
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter(|part| !part.is_empty())
                .collect();
            let fix = words.join("_");
            let found = self.error(Code::BadName, "un nom est fait de lettres, de chiffres et de `_`", name.span);
            if fix.is_empty() {
                self.sink.push(found);
                return None;
            }
            self.sink.push(found.help(format!("écrivez `{fix}`")).fix(fix.clone()));
            return Some(fix);
        }
        None
    }

    fn rule(&mut self, pair: Pair<'_, Rule>) -> TreeRule {
        let whole = self.span(&pair);
        let kind = pair.as_rule();
        let mut head = if kind == Rule::rule_entry { Head::Entry } else { Head::Else(None) };
        let mut place: Option<Span> = None;
        let mut rule = TreeRule {
            head: Node::new(Head::Entry, whole),
            conditions: Vec::new(),
            sequence: Sequence { stages: Vec::new() },
            without_prior_reminder: false,
        };
        for part in pair.into_inner() {
            let span = self.span(&part);
            let mut in_head = true;
            match part.as_rule() {
                Rule::cond => {
                    let condition = self.condition(part);
                    match kind {
                        Rule::rule_if | Rule::rule_as_soon => head = Head::If(condition),
                        Rule::rule_else => head = Head::Else(Some(condition)),
                        _ => rule.conditions.push(Guard::If(condition)),
                    }
                }
                Rule::unless => rule.conditions.extend(self.guard(part)),
                Rule::offset | Rule::offset_glued => {
                    let offset = match self.literal(&part).map(|node| node.value) {
                        Some(Literal::Offset(days)) => days,
                        _ => 0,
                    };
                    head = Head::Rung { offset, end_of_month: false };
                }
                Rule::end_of_month => {
                    if let Head::Rung { end_of_month, .. } = &mut head {
                        *end_of_month = true;
                    }
                }
                Rule::event => head = self.event(part),
                Rule::duration | Rule::call | Rule::name => {
                    let each = if kind == Rule::rule_every { one_of(part.as_str().trim()) } else { None };
                    let each = each.map(|length| Node::new(Expr::Literal(Literal::Duration(length)), span));
                    if let Some(pause) = each.or_else(|| self.pause(part)) {
                        head = match kind {
                            Rule::rule_every => Head::Every { every: pause, at_most: None },
                            _ => Head::After(pause),
                        };
                    }
                }
                Rule::at_most => {
                    let times = part.into_inner().find(|p| p.as_rule() == Rule::digits);
                    if let (Head::Every { at_most, .. }, Some(times)) = (&mut head, times) {
                        *at_most = self.times(&times);
                    }
                }
                Rule::body => {
                    in_head = false;
                    for piece in part.into_inner() {
                        match piece.as_rule() {
                            Rule::sequence => rule.sequence = self.sequence(piece),
                            Rule::unless => rule.conditions.extend(self.guard(piece)),
                            Rule::without_reminder => rule.without_prior_reminder = true,
                            _ => {}
                        }
                    }
                }
                Rule::EOI => in_head = false,
                _ => {}
            }
            if in_head {
                place = Some(place.map_or(span, |so_far| so_far.to(span)));
            }
        }
        rule.head = Node::new(head, place.unwrap_or(whole));
        rule
    }

    fn event(&mut self, pair: Pair<'_, Rule>) -> Head {
        let span = self.span(&pair);
        let mut words = Vec::new();
        let mut text = None;
        let mut end = span;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::text => text = Some(self.text(&part)),
                _ => {
                    let word = self.name(&part);
                    end = word.span;
                    words.push(word.value);
                }
            }
        }
        Head::When(Node::new(words.join(" "), Span { start: span.start, end: end.end }), text)
    }

    fn setting(&mut self, pair: Pair<'_, Rule>) -> Option<Setting> {
        let kind = pair.as_rule();
        let mut literals: Vec<Node<Literal>> = Vec::new();
        let mut times: Vec<Node<Literal>> = Vec::new();
        let mut days = None;
        let mut condition: Option<Node<Expr>> = None;
        let mut name = None;
        let mut stages = Vec::new();
        if kind == Rule::set_fresh {
            return pair.into_inner().find_map(|p| self.freshness(&p)).map(Setting::FreshPayments);
        }
        for part in pair.into_inner() {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::state_name => stages.push(self.name(&part)),
                Rule::cond => condition = Some(self.condition(part)),
                Rule::any_name => {
                    let begins = name.map_or(span, |before: Node<String>| before.span);
                    let whole = begins.to(span);
                    name = Some(Node::new(self.written(whole).to_owned(), whole));
                }
                Rule::days => days = part.into_inner().next().map(|p| day_set(&p)),
                Rule::hours => {
                    let times_of_day: Vec<_> = part.into_inner().filter_map(|p| self.literal(&p)).collect();
                    times.extend(times_of_day);
                }
                Rule::every => {
                    let given = part.into_inner().find_map(|p| self.literal(&p));
                    literals.push(given.unwrap_or_else(|| Node::new(Literal::Duration(day::Span::Days(1)), span)));
                }
                Rule::per_day => literals.push(Node::new(Literal::Duration(day::Span::Days(1)), span)),
                Rule::per_week => literals.push(Node::new(Literal::Duration(day::Span::Days(7)), span)),
                Rule::per_month => literals.push(Node::new(Literal::Duration(day::Span::Months(1)), span)),
                _ => literals.extend(self.literal(&part)),
            }
        }
        let mut literals = literals.into_iter();
        Some(match kind {
            Rule::set_selection => Setting::Selection(condition?),
            Rule::set_priority => Setting::Priority(literals.next()?),
            Rule::set_calendar => Setting::Calendar(name?),
            Rule::set_sendings => Setting::Sendings { days, hours: self.window(&times)? },
            Rule::set_cap => Setting::Cap { contacts: literals.next()?, period: literals.next()? },
            Rule::set_no_cap => Setting::NoCap,
            Rule::set_group => Setting::Group,
            Rule::set_catch_up => Setting::CatchUp,
            Rule::set_minimum => Setting::Minimum(self.minimum(literals.next()?)),
            Rule::set_carry => {
                let mut stages = stages.into_iter();
                Setting::Carry(stages.next()?, stages.next()?)
            }
            _ => Setting::End,
        })
    }

    fn times(&mut self, pair: &Pair<'_, Rule>) -> Option<Node<Literal>> {
        let span = self.span(pair);
        let number = pair.as_str().trim().parse::<u32>().unwrap_or(u32::MAX);
        if (1..=1_000).contains(&number) {
            return Some(Node::new(Literal::Number(Decimal::from(number)), span));
        }
        let found = self
            .error(
                Code::OutOfRange,
                format!("`{} fois` n'est pas un nombre de fois raisonnable", pair.as_str().trim()),
                span,
            )
            .help("écrivez un nombre de 1 à 1000, ou rien pour ne pas limiter");
        self.sink.push(found);
        Some(Node::new(Literal::Invalid, span))
    }

    /// `24h`, `2 jours`: in hours. An hour of the day would end at 24.
    fn freshness(&mut self, pair: &Pair<'_, Rule>) -> Option<u32> {
        let span = self.span(pair);
        let mut inner = pair.clone().into_inner();
        let number = inner.next()?.as_str().trim().parse::<u32>().ok();
        let unit = inner.next();
        let hours = match pair.as_rule() {
            Rule::hour => number.filter(|_| unit.is_none()),
            Rule::duration => match unit.map(|unit| (unit.as_rule(), unit.as_str().trim().to_owned())) {
                Some((Rule::unit_hours, word)) if word.starts_with('h') => number,
                Some((Rule::unit_day, _)) => number.and_then(|n| n.checked_mul(24)),
                Some((Rule::unit_week, _)) => number.and_then(|n| n.checked_mul(24 * 7)),
                _ => None,
            },
            _ => return None,
        };
        let hours = hours.filter(|hours| (1..=24 * 366).contains(hours));
        if hours.is_none() {
            let found = self
                .error(Code::BadNumber, format!("`{}` n'est pas un âge pour un import", self.written(span)), span)
                .help("écrivez un nombre entier d'heures ou de jours : `paiements à jour depuis moins de 24h`");
            self.sink.push(found);
        }
        hours
    }

    /// The value of a constant: one literal, which may be negative.
    fn constant(&mut self, value: Node<Expr>) -> Node<Literal> {
        let span = value.span;
        let literal = match value.value {
            Expr::Literal(literal @ (Literal::Hour(_) | Literal::Offset(_))) => Err(literal),
            Expr::Literal(literal) => Ok(literal),
            Expr::Negative(inside) => match inside.value {
                Expr::Literal(literal) => literal.opposite().ok_or(literal),
                _ => Err(Literal::Invalid),
            },
            _ => Err(Literal::Invalid),
        };
        let literal = literal.unwrap_or_else(|_| {
            let written = self.written(span).to_owned();
            let found = self
                .error(Code::BadConstant, format!("`{written}` n'est pas une valeur fixe"), span)
                .help("une constante est une durée, un montant, un nombre, un pourcentage, une date, un texte ou oui/non : `constante délai_de_grâce : 5j`");
            self.sink.push(found);
            Literal::Invalid
        });
        Node::new(literal, span)
    }

    /// The hours of a window; the outer `None` when they are wrong.
    fn window(&mut self, times: &[Node<Literal>]) -> Option<Option<(u16, u16)>> {
        let (Some(from), Some(to)) = (times.first(), times.get(1)) else { return Some(None) };
        let (Literal::Hour(opens), Literal::Hour(closes)) = (&from.value, &to.value) else { return None };
        if opens >= closes {
            let found = self
                .error(Code::BadHour, "les envois doivent finir après avoir commencé", from.span.to(to.span))
                .help("écrivez par exemple `de 9h à 18h`");
            self.sink.push(found);
            return None;
        }
        Some(Some((*opens, *closes)))
    }

    fn minimum(&mut self, given: Node<Literal>) -> Node<Literal> {
        let amount = match &given.value {
            Literal::Amount(_) | Literal::Invalid => return given,
            Literal::Number(n) if *n == Decimal::ZERO => "0 €".to_owned(),
            Literal::Number(_) => format!("{} €", self.written(given.span)),
            _ => "10 €".to_owned(),
        };
        let written = self.written(given.span).to_owned();
        let found = self
            .error(
                Code::MissingUnit,
                format!("`minimum` demande un montant, et `{written}` n'en est pas un"),
                given.span,
            )
            .help(format!("écrivez `{amount}`"))
            .fix(amount);
        self.sink.push(found);
        Node::new(Literal::Invalid, given.span)
    }
}

/// `tous les jours`, `toutes les semaines`, `tous les mois`.
fn one_of(unit: &str) -> Option<day::Span> {
    Some(match unit {
        "jours" => day::Span::Days(1),
        "semaines" => day::Span::Days(7),
        "mois" => day::Span::Months(1),
        _ => return None,
    })
}

fn day_set(pair: &Pair<'_, Rule>) -> [bool; 7] {
    let named: Vec<usize> =
        pair.clone().into_inner().filter(|p| p.as_rule() == Rule::day).map(|p| day_index(&fold(p.as_str()))).collect();
    let mut set = [false; 7];
    match (pair.as_rule(), named.as_slice()) {
        (Rule::all_days, _) => set = [true; 7],
        (Rule::day_range, [from, to]) => {
            for step in 0..7 {
                let day = (from + step) % 7;
                if let Some(open) = set.get_mut(day) {
                    *open = true;
                }
                if day == *to {
                    break;
                }
            }
        }
        _ => {
            for day in named {
                if let Some(open) = set.get_mut(day) {
                    *open = true;
                }
            }
        }
    }
    set
}
