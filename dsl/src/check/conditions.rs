//! Conditions: every comparison is between values that compare.

use super::Checker;
use super::calls::is_open;
use super::names::meant_fact;
use super::types::{Typed, arithmetic, comparable, floating, ordered, value_of, worded};
use crate::ast::{self, Arith, Literal};
use crate::diagnostic::Code;
use crate::span::{Node, Span};
use relance_core::day;
use relance_core::machine::{Compare, Expr, Value};
use relance_core::schema::fold;
use relance_core::schema::{Fact, Type};
use rust_decimal::Decimal;

/// « une durée » without its article.
fn bare(ty: Type) -> &'static str {
    let french = ty.french();
    french.split_once(' ').map_or(french, |(_, noun)| noun)
}

impl Checker<'_, '_, '_> {
    /// A condition.
    pub fn condition(&mut self, node: &Node<ast::Expr>) -> Option<Expr> {
        let typed = self.typed(node, Some(Type::Bool))?;
        if typed.ty == Type::Bool {
            return Some(typed.expr);
        }
        let written = self.written(node.span);
        let found = self.error(
            Code::NotCondition,
            format!("`{written}` est {}, pas une condition", typed.ty.french()),
            node.span,
        );
        self.tell(if matches!(typed.expr, Expr::Fact(_) | Expr::Field(_)) {
            let sign = if ordered(typed.ty) { ">=" } else { "=" };
            found.help(format!("comparez-le, par exemple : `{written} {sign} {}`", typed.ty.example()))
        } else {
            found.help("une condition compare un fait à une valeur, par exemple : `retard >= 15j`")
        });
        None
    }

    fn all(&mut self, parts: &[Node<ast::Expr>]) -> Option<Vec<Expr>> {
        let checked: Vec<Option<Expr>> = parts.iter().map(|part| self.condition(part)).collect();
        checked.into_iter().collect()
    }

    pub(super) fn typed(&mut self, node: &Node<ast::Expr>, wanted: Option<Type>) -> Option<Typed> {
        let condition = |expr| Some(Typed { expr, ty: Type::Bool });
        match &node.value {
            ast::Expr::Literal(literal) => self.literal(literal, node.span, wanted),
            ast::Expr::Word(word) => self.word(word, node.span, wanted),
            ast::Expr::Call(name, arguments) => self.call(name, arguments, node.span, wanted),
            ast::Expr::Not(inside) => condition(Expr::Not(Box::new(self.condition(inside)?))),
            ast::Expr::And(parts) => condition(Expr::And(flat(self.all(parts)?, true))),
            ast::Expr::Or(parts) => condition(Expr::Or(flat(self.all(parts)?, false))),
            ast::Expr::Known(inside) => condition(Expr::Known(Box::new(self.typed(inside, None)?.expr))),
            ast::Expr::Compare(sign, left, right) => condition(self.compare(sign, left, right)?),
            ast::Expr::Between(value, low, high) => {
                let from = self.pair(value, low);
                let to = self.pair(value, high);
                let ((value_typed, low), (_, high)) = (from?, to?);
                self.order(value_typed.ty, "entre", node.span)?;
                condition(Expr::Between(Box::new(value_typed.expr), Box::new(low.expr), Box::new(high.expr)))
            }
            ast::Expr::Among(value, values) => condition(self.among(value, values)?),
            ast::Expr::Arith(sign, left, right) => self.arith(sign, left, right, wanted),
            ast::Expr::Negative(inside) => self.negative(inside, wanted),
        }
    }

    fn literal(&mut self, literal: &Literal, span: Span, wanted: Option<Type>) -> Option<Typed> {
        let written = self.written(span);
        match literal {
            Literal::Invalid => None,
            Literal::Offset(days) => {
                let fix = format!("{days}j");
                let found = self
                    .error(
                        Code::OffsetInCondition,
                        format!("`{written}` ne se compare pas : `retard` est une durée"),
                        span,
                    )
                    .help(format!("écrivez `{fix}`, ou datez la règle : `à {written} : …`"))
                    .fix(fix);
                self.tell(found);
                None
            }
            Literal::Hour(_) => {
                let found = self
                    .error(Code::TypeMismatch, format!("`{written}` est une heure : aucun fait ne s'y compare"), span)
                    .help("les heures d'envoi se règlent par `envois du lundi au vendredi de 9h à 18h`");
                self.tell(found);
                None
            }
            Literal::Text(text) if wanted.is_some_and(worded) => {
                let name = text.split_whitespace().collect::<Vec<_>>().join("_");
                let found = self
                    .error(
                        Code::TextQuotes,
                        format!("{} s'écrit sans guillemets", wanted.map_or("un nom", Type::french)),
                        span,
                    )
                    .help(format!("écrivez `{name}`"))
                    .fix(name);
                self.tell(found);
                None
            }
            _ => value_of(literal).map(|(value, ty)| Typed { expr: Expr::Literal(value), ty }),
        }
    }

    /// Two sides that must compare.
    pub(super) fn pair(&mut self, left: &Node<ast::Expr>, right: &Node<ast::Expr>) -> Option<(Typed, Typed)> {
        let is_word = |node: &Node<ast::Expr>| match &node.value {
            ast::Expr::Word(word) => !self.has_value(word),
            ast::Expr::Literal(Literal::Text(_)) => true,
            _ => false,
        };
        if is_open(left) || is_open(right) {
            return self.pair_with_call(left, right);
        }
        // `client = "Dupont"`: whoever names a client says which of the client's facts that is.
        if let (ast::Expr::Word(word), ast::Expr::Literal(Literal::Text(_))) = (&left.value, &right.value)
            && fold(word) == "client"
            && !self.has_value(word)
        {
            let found =
                self.error(Code::UnknownFact, "fait inconnu `client` : vouliez-vous dire `client.nom` ?", left.span);
            self.tell(
                found.help("écrivez `client.nom`, ou `client.code` pour son code dans vos fichiers").fix("client.nom"),
            );
            return None;
        }
        // A bare word takes its sense from the other side: `mauvais_payeur = segment` reads as well.
        let (left_word, right_word) = (is_word(left), is_word(right));
        let (l, r) = if left_word && !right_word {
            let r = self.typed(right, None);
            let l = self.typed(left, r.as_ref().map(|r| r.ty));
            (l, r)
        } else {
            let l = self.typed(left, None);
            let wanted = l.as_ref().map(|l| l.ty);
            // Without a left side, a word on the right is checked against what was probably meant there, if anything.
            let meant = || match &left.value {
                ast::Expr::Word(word) => meant_fact(word).map(Fact::ty).filter(|ty| worded(*ty)),
                _ => None,
            };
            let r = match wanted.or_else(meant) {
                None if right_word => None,
                sense => self.typed(right, sense),
            };
            (l, r)
        };
        let (l, r) = (l?, r?);
        if !comparable(l.ty, r.ty) {
            self.mismatch((left, &l), (right, &r));
            return None;
        }
        self.fixed_length(&l, &r, left.span.to(right.span))?;
        Some((l, r))
    }

    pub(super) fn mismatch(&mut self, (left, l): (&Node<ast::Expr>, &Typed), (right, r): (&Node<ast::Expr>, &Typed)) {
        let (said_left, said_right) = (self.written(left.span), self.written(right.span));
        for (number, said, other, said_other) in [(r, &said_right, l, &said_left), (l, &said_left, r, &said_right)] {
            let node = if std::ptr::eq(number, r) { right } else { left };
            let literal = matches!(node.value, ast::Expr::Literal(Literal::Number(_)));
            let unit = match other.ty {
                Type::Duration => "j",
                Type::Amount => " €",
                Type::Percent => " %",
                _ => continue,
            };
            if literal {
                let fix = format!("{said}{unit}");
                let found = self
                    .error(Code::MissingUnit, format!("`{said}` n'a pas d'unité : {said} quoi ?"), node.span)
                    .help(format!("`{said_other}` est {} : écrivez `{fix}`", other.ty.french()))
                    .fix(fix);
                self.tell(found);
                return;
            }
        }
        let message = format!(
            "`{said_left}` est {} et `{said_right}` {} : ils ne se comparent pas",
            l.ty.french(),
            r.ty.french()
        );
        let fact = if matches!(l.expr, Expr::Literal(_)) { (r.ty, said_right) } else { (l.ty, said_left) };
        let found = self.error(Code::TypeMismatch, message, left.span.to(right.span)).help(format!(
            "comparez `{}` à {}, par exemple `{}`",
            fact.1,
            fact.0.french(),
            fact.0.example()
        ));
        self.tell(found);
    }

    /// Months and business days have no fixed number of days: only the clock itself can be compared with them.
    pub(super) fn fixed_length(&mut self, left: &Typed, right: &Typed, span: Span) -> Option<()> {
        let clock = |typed: &Typed| matches!(typed.expr, Expr::Fact(Fact::DaysLate));
        let wrong = (floating(&left.expr) && !clock(right)) || (floating(&right.expr) && !clock(left));
        if !wrong {
            return Some(());
        }
        self.no_fixed_length(span);
        None
    }

    fn no_fixed_length(&mut self, span: Span) {
        let found = self
            .error(Code::NoFixedLength, "un mois ou un jour ouvré n'a pas un nombre fixe de jours", span)
            .help("écrivez la durée en jours, par exemple `30j` ; seul `retard` se compare à des mois ou à des jours ouvrés");
        self.tell(found);
    }

    fn order(&mut self, ty: Type, sign: &str, span: Span) -> Option<()> {
        if ordered(ty) {
            return Some(());
        }
        let e = if ty.french().starts_with("une ") { "e" } else { "" };
        let found = self
            .error(
                Code::WrongOperator,
                format!(
                    "{} n'est ni plus grand{e} ni plus petit{e} qu'un{e} autre : `{sign}` n'a pas de sens ici",
                    ty.french()
                ),
                span,
            )
            .help(format!("comparez {} avec `=`, `≠` ou `parmi (…)`", bare_with_article(ty)));
        self.tell(found);
        None
    }

    fn compare(&mut self, sign: &Node<Compare>, left: &Node<ast::Expr>, right: &Node<ast::Expr>) -> Option<Expr> {
        let (l, r) = self.pair(left, right)?;
        let equality = matches!(sign.value, Compare::Equal | Compare::NotEqual);
        if !equality {
            let written = self.written(sign.span);
            self.order(l.ty, &written, left.span.to(right.span))?;
        }
        // `en_litige = oui` says no more than `en_litige`.
        if l.ty == Type::Bool {
            let wanted = sign.value == Compare::Equal;
            match (l.expr, r.expr) {
                (fact, Expr::Literal(Value::Bool(value))) | (Expr::Literal(Value::Bool(value)), fact) => {
                    return Some(if value == wanted { fact } else { Expr::Not(Box::new(fact)) });
                }
                (x, y) => return Some(Expr::Compare(sign.value, Box::new(x), Box::new(y))),
            }
        }
        Some(Expr::Compare(sign.value, Box::new(l.expr), Box::new(r.expr)))
    }

    fn among(&mut self, value: &Node<ast::Expr>, values: &[Node<ast::Expr>]) -> Option<Expr> {
        let wanted = if is_open(value) { values.first().and_then(|first| self.type_of(first)) } else { None };
        let left = self.typed(value, wanted)?;
        let mut listed = Vec::new();
        let mut wrong = false;
        for one in values {
            let Some(typed) = self.typed(one, Some(left.ty)) else {
                wrong = true;
                continue;
            };
            if !comparable(left.ty, typed.ty) {
                self.mismatch((value, &left), (one, &typed));
                wrong = true;
            } else if self.fixed_length(&left, &typed, one.span).is_none() {
                wrong = true;
            } else if let Expr::Literal(literal) = typed.expr {
                listed.push(literal);
            } else {
                let found = self
                    .error(Code::TypeMismatch, "une liste `parmi (…)` ne contient que des valeurs", one.span)
                    .help("comparez deux faits avec `=`");
                self.tell(found);
                wrong = true;
            }
        }
        (!wrong).then(|| Expr::Among(Box::new(left.expr), listed))
    }

    fn arith(
        &mut self,
        sign: &Node<Arith>,
        left: &Node<ast::Expr>,
        right: &Node<ast::Expr>,
        wanted: Option<Type>,
    ) -> Option<Typed> {
        let (l, r) = self.operands(sign.value, left, right, wanted.filter(|ty| *ty != Type::Bool));
        let (l, r) = (l?, r?);
        let span = left.span.to(right.span);
        let Some(ty) = arithmetic(sign.value, l.ty, r.ty) else {
            if matches!(
                (l.ty, r.ty),
                (Type::Number, Type::Duration | Type::Amount) | (Type::Duration | Type::Amount, Type::Number)
            ) && (matches!(l.expr, Expr::Literal(_)) || matches!(r.expr, Expr::Literal(_)))
            {
                self.mismatch((left, &l), (right, &r));
                return None;
            }
            let verb = match sign.value {
                Arith::Add => "s'additionnent",
                Arith::Subtract => "se soustraient",
                Arith::Multiply => "se multiplient",
                Arith::Divide => "se divisent",
            };
            let message = format!("{} et {} ne {verb} pas", l.ty.french(), r.ty.french());
            let found = self
                .error(Code::ImpossibleArithmetic, message, span)
                .help("on additionne des valeurs de même nature ; on multiplie une durée ou un montant par un nombre");
            self.tell(found);
            return None;
        };
        if floating(&l.expr) || floating(&r.expr) {
            self.no_fixed_length(span);
            return None;
        }
        if sign.value == Arith::Divide && is_zero(&r.expr) {
            let found = self.error(Code::ImpossibleArithmetic, "on ne peut pas diviser par zéro", span);
            self.tell(found);
            return None;
        }
        Some(Typed { expr: Expr::Arith(sign.value, Box::new(l.expr), Box::new(r.expr)), ty })
    }

    fn negative(&mut self, inside: &Node<ast::Expr>, wanted: Option<Type>) -> Option<Typed> {
        let typed = self.typed(inside, wanted.filter(|_| is_open(inside)))?;
        let opposite = |value: &Value| match value {
            Value::Number(n) => Some(Value::Number(-*n)),
            Value::Amount(a) => {
                Some(Value::Amount(relance_core::money::Amount::new(a.cents.checked_neg()?, a.currency)))
            }
            Value::Duration(day::Span::Days(n)) => Some(Value::Duration(day::Span::Days(-n))),
            Value::Duration(day::Span::Months(n)) => Some(Value::Duration(day::Span::Months(-n))),
            Value::Duration(day::Span::BusinessDays(n)) => Some(Value::Duration(day::Span::BusinessDays(-n))),
            _ => None,
        };
        if let Expr::Literal(value) = &typed.expr
            && let Some(value) = opposite(value)
        {
            return Some(Typed { expr: Expr::Literal(value), ty: typed.ty });
        }
        let minus_one = Expr::Literal(Value::Number(Decimal::NEGATIVE_ONE));
        if matches!(typed.ty, Type::Number | Type::Percent | Type::Amount | Type::Duration) {
            return Some(Typed {
                expr: Expr::Arith(Arith::Multiply, Box::new(minus_one), Box::new(typed.expr)),
                ty: typed.ty,
            });
        }
        let found = self.error(
            Code::ImpossibleArithmetic,
            format!("{} n'a pas de signe", bare_with_article(typed.ty)),
            inside.span,
        );
        self.tell(found);
        None
    }
}

fn bare_with_article(ty: Type) -> String {
    format!("{} {}", if ty.french().starts_with("une") { "une" } else { "un" }, bare(ty))
}

fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(Value::Number(n)) => n.is_zero(),
        Expr::Literal(Value::Amount(a)) => a.cents == 0,
        Expr::Literal(Value::Duration(day::Span::Days(n))) => *n == 0,
        _ => false,
    }
}

/// `a et (b et c)` is one list, as `a et b et c` is.
fn flat(parts: Vec<Expr>, and: bool) -> Vec<Expr> {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Expr::And(inside) if and => all.extend(inside),
            Expr::Or(inside) if !and => all.extend(inside),
            other => all.push(other),
        }
    }
    all
}
