//! Conditions.

use super::{Arith, Compare, Expr, Guard, Reader};
use crate::diagnostic::Code;
use crate::parse::Rule;
use crate::span::{Node, Span};
use pest::iterators::Pair;

/// More terms than this in one calculation is a mistake, and would nest too deeply.
const MAX_TERMS: usize = 32;

fn boxed(node: Node<Expr>) -> Box<Node<Expr>> {
    Box::new(node)
}

fn invalid(span: Span) -> Node<Expr> {
    Node::new(Expr::Literal(super::Literal::Invalid), span)
}

impl Reader<'_, '_, '_> {
    /// A `cond` of the grammar.
    pub fn condition(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        let span = self.span(&pair);
        let mut whole: Option<Node<Expr>> = None;
        for part in pair.into_inner() {
            if part.as_rule() != Rule::or_expr {
                continue;
            }
            let part = self.disjunction(part);
            whole = Some(match whole {
                None => part,
                Some(left) => {
                    let place = left.span.to(part.span);
                    let not = Node::new(Expr::Not(boxed(part.clone())), part.span);
                    Node::new(Expr::And(vec![left, not]), place)
                }
            });
        }
        whole.unwrap_or_else(|| invalid(span))
    }

    fn disjunction(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        let span = self.span(&pair);
        let mut parts = Vec::new();
        for part in pair.into_inner().filter(|p| p.as_rule() == Rule::and_expr) {
            let place = self.span(&part);
            let mut conjuncts = Vec::new();
            for one in part.into_inner().filter(|p| p.as_rule() == Rule::not_expr) {
                conjuncts.push(self.negation(one));
            }
            parts.push(only(conjuncts, Expr::And, place));
        }
        only(parts, Expr::Or, span)
    }

    fn negation(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        let span = self.span(&pair);
        let mut negations = 0usize;
        let mut result = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::negation => negations += 1,
                Rule::comparison => result = Some(self.comparison(part)),
                _ => {}
            }
        }
        let inside = result.unwrap_or_else(|| invalid(span));
        if negations % 2 == 1 { Node::new(Expr::Not(boxed(inside)), span) } else { inside }
    }

    fn comparison(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let left = match parts.next() {
            Some(sum) => self.sum(sum),
            None => return invalid(span),
        };
        let tails: Vec<Pair<'_, Rule>> = parts.collect();
        if tails.len() > 1 {
            let found = self
                .error(Code::ChainedComparison, "une comparaison n'a que deux côtés", span)
                .help("pour un intervalle, écrivez par exemple `retard entre 15j et 30j` ; sinon, joignez deux comparaisons par `et`");
            self.sink.push(found);
            return invalid(span);
        }
        match tails.into_iter().next() {
            None => left,
            Some(tail) => self.tail(left, tail, span),
        }
    }

    fn tail(&mut self, left: Node<Expr>, tail: Pair<'_, Rule>, span: Span) -> Node<Expr> {
        let rule = tail.as_rule();
        let tail_span = self.span(&tail);
        let mut sums = Vec::new();
        let mut operator = None;
        let mut negated = false;
        let mut known = true;
        for part in tail.into_inner() {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::sum => sums.push(self.sum(part)),
                Rule::operator => operator = Some(Node::new(compare_sign(part.as_str()), place)),
                Rule::is_mark => negated = part.as_str().starts_with('n'),
                Rule::kw_inconnu => known = false,
                Rule::among | Rule::between => {
                    let inside = self.tail(left, part, span);
                    return if negated { Node::new(Expr::Not(boxed(inside)), span) } else { inside };
                }
                _ => {}
            }
        }
        let mut sums = sums.into_iter();
        let value = match rule {
            Rule::compare => {
                let (Some(operator), Some(right)) = (operator, sums.next()) else { return invalid(span) };
                Expr::Compare(operator, boxed(left), boxed(right))
            }
            Rule::is => {
                let Some(right) = sums.next() else { return invalid(span) };
                let sign = if negated { Compare::NotEqual } else { Compare::Equal };
                Expr::Compare(Node::new(sign, tail_span), boxed(left), boxed(right))
            }
            Rule::between => {
                let (Some(low), Some(high)) = (sums.next(), sums.next()) else { return invalid(span) };
                Expr::Between(boxed(left), boxed(low), boxed(high))
            }
            Rule::among => Expr::Among(boxed(left), sums.collect()),
            Rule::known => {
                let inside = Expr::Known(boxed(left));
                if known == negated { Expr::Not(boxed(Node::new(inside, span))) } else { inside }
            }
            _ => return invalid(span),
        };
        Node::new(value, span)
    }

    pub(super) fn sum(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        self.chain(pair, &|reader, part| reader.chain(part, &|reader, unary| reader.unary(unary)))
    }

    /// Operands and the signs between them, grouped from the left.
    fn chain(&mut self, pair: Pair<'_, Rule>, operand: &dyn Fn(&mut Self, Pair<'_, Rule>) -> Node<Expr>) -> Node<Expr> {
        let span = self.span(&pair);
        let mut whole: Option<Node<Expr>> = None;
        let mut sign = None;
        let mut terms = 0;
        for part in pair.into_inner() {
            let place = self.span(&part);
            sign = match part.as_rule() {
                Rule::plus => Some(Node::new(Arith::Add, place)),
                Rule::minus => Some(Node::new(Arith::Subtract, place)),
                Rule::times => Some(Node::new(Arith::Multiply, place)),
                Rule::divide => Some(Node::new(Arith::Divide, place)),
                _ => {
                    terms += 1;
                    if terms > MAX_TERMS {
                        let found = self
                            .error(Code::TooLong, "ce calcul est trop long", span)
                            .help(format!("un calcul a {MAX_TERMS} termes au plus"));
                        self.sink.push(found);
                        return invalid(span);
                    }
                    let right = operand(self, part);
                    whole = Some(match (whole, sign.take()) {
                        (Some(left), Some(sign)) => {
                            let place = left.span.to(right.span);
                            Node::new(Expr::Arith(sign, boxed(left), boxed(right)), place)
                        }
                        _ => right,
                    });
                    None
                }
            };
        }
        whole.unwrap_or_else(|| invalid(span))
    }

    fn unary(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        let span = self.span(&pair);
        let mut negatives = 0usize;
        let mut result = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::negative => negatives += 1,
                _ => result = Some(self.primary(part)),
            }
        }
        let inside = result.unwrap_or_else(|| invalid(span));
        if negatives % 2 == 1 { Node::new(Expr::Negative(boxed(inside)), span) } else { inside }
    }

    pub(super) fn primary(&mut self, pair: Pair<'_, Rule>) -> Node<Expr> {
        let span = self.span(&pair);
        if let Some(literal) = self.literal(&pair) {
            return Node::new(Expr::Literal(literal.value), span);
        }
        match pair.as_rule() {
            Rule::lost_value => invalid(span),
            Rule::paren => match pair.into_inner().find(|p| p.as_rule() == Rule::cond) {
                Some(cond) => self.condition(cond),
                None => invalid(span),
            },
            Rule::call => {
                let mut name = String::new();
                let mut arguments = Vec::new();
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::name => name = self.name(&part).value,
                        Rule::cond => arguments.push(self.condition(part)),
                        _ => {}
                    }
                }
                Node::new(Expr::Call(name, arguments), span)
            }
            _ => {
                let word = self.name(&pair);
                Node::new(Expr::Word(word.value), word.span)
            }
        }
    }

    /// `si …` or `sauf si …` beside a rule's head.
    pub fn guard(&mut self, pair: Pair<'_, Rule>) -> Option<Guard> {
        match pair.as_rule() {
            Rule::cond => Some(Guard::If(self.condition(pair))),
            Rule::unless => {
                let cond = pair.into_inner().find(|p| p.as_rule() == Rule::cond)?;
                Some(Guard::Unless(self.condition(cond)))
            }
            _ => None,
        }
    }
}

fn only(mut parts: Vec<Node<Expr>>, join: impl Fn(Vec<Node<Expr>>) -> Expr, span: Span) -> Node<Expr> {
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, Some(last)) => {
            parts.push(last);
            Node::new(join(parts), span)
        }
        _ => invalid(span),
    }
}

fn compare_sign(sign: &str) -> Compare {
    match sign.trim() {
        "<=" => Compare::LessOrEqual,
        ">=" => Compare::GreaterOrEqual,
        "<" => Compare::Less,
        ">" => Compare::Greater,
        "<>" => Compare::NotEqual,
        _ => Compare::Equal,
    }
}
