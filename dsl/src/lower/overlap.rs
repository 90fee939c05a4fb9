//! Whether two selections can be shown to have no invoice in common. Sound, not complete: a doubt is an overlap.

use super::branches::{alternatives, inwards};
use relance_core::day::Span;
use relance_core::machine::{Compare, Expr, Value};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// More pairs of alternatives than this are not compared.
const MAX_PAIRS: usize = 512;

/// Whether no invoice can be selected by both.
pub(super) fn disjoint(left: &Expr, right: &Expr) -> bool {
    let open = |_: &Expr| true;
    let (Ok(left), Ok(right)) =
        (alternatives(&inwards(left, false), &open), alternatives(&inwards(right, false), &open))
    else {
        return false;
    };
    if left.len() * right.len() > MAX_PAIRS {
        return false;
    }
    left.iter().all(|l| right.iter().all(|r| contradictory(l.iter().chain(r))))
}

/// What is known of one fact's value.
#[derive(Default)]
struct Limits {
    /// The words or texts that it can be; `None` is any.
    among: Option<Vec<String>>,
    except: Vec<String>,
    /// Lower and upper limits, and whether they are excluded.
    low: Option<(Decimal, bool)>,
    high: Option<(Decimal, bool)>,
    truth: [bool; 2],
}

impl Limits {
    fn impossible(&self) -> bool {
        let words = self.among.as_ref().is_some_and(|among| among.iter().all(|word| self.except.contains(word)));
        let numbers = match (self.low, self.high) {
            (Some((low, open_low)), Some((high, open_high))) => low > high || (low == high && (open_low || open_high)),
            _ => false,
        };
        words || numbers || self.truth == [true, true]
    }

    fn only(&mut self, words: Vec<String>) {
        self.among = Some(match self.among.take() {
            None => words,
            Some(known) => known.into_iter().filter(|word| words.contains(word)).collect(),
        });
    }

    fn above(&mut self, value: Decimal, open: bool) {
        if self.low.is_none_or(|(low, _)| value > low || (value == low && open)) {
            self.low = Some((value, open));
        }
    }

    fn below(&mut self, value: Decimal, open: bool) {
        if self.high.is_none_or(|(high, _)| value < high || (value == high && open)) {
            self.high = Some((value, open));
        }
    }
}

/// A value on a line of numbers, and the unit that makes it comparable.
fn number(value: &Value) -> Option<(String, Decimal)> {
    Some(match value {
        Value::Number(n) => (String::new(), *n),
        Value::Amount(a) => (a.currency.code().to_owned(), Decimal::from(a.cents)),
        Value::Duration(Span::Days(n)) => (String::new(), Decimal::from(*n)),
        Value::Date(date) => (String::new(), Decimal::from(chrono::Datelike::num_days_from_ce(date))),
        _ => return None,
    })
}

pub(super) fn contradictory<'a>(parts: impl Iterator<Item = &'a Expr>) -> bool {
    let parts: Vec<&Expr> = parts.collect();
    let mut limits: Known<'_> = BTreeMap::new();
    for part in &parts {
        if **part == Expr::Literal(Value::Bool(false)) {
            return true;
        }
        if let Expr::Not(inside) = part
            && parts.contains(&inside.as_ref())
        {
            return true;
        }
        note(part, &mut limits);
    }
    limits.values().any(Limits::impossible)
}

/// By fact or field, and unit.
type Known<'a> = BTreeMap<(&'a str, String), Limits>;

fn of<'k, 'a>(limits: &'k mut Known<'a>, fact: &'a str, unit: String) -> &'k mut Limits {
    limits.entry((fact, unit)).or_default()
}

/// A fact or field: no field has the name of a fact.
fn named(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Fact(fact) => Some(fact.name()),
        Expr::Field(name) => Some(name),
        _ => None,
    }
}

fn note<'a>(part: &'a Expr, limits: &mut Known<'a>) {
    if let Some(fact) = named(part) {
        of(limits, fact, String::new()).truth[1] = true;
    }
    match part {
        Expr::Not(inside) => match inside.as_ref() {
            Expr::Fact(fact) => of(limits, fact.name(), String::new()).truth[0] = true,
            Expr::Field(name) => of(limits, name, String::new()).truth[0] = true,
            Expr::Among(x, values) => {
                if let Some(fact) = named(x) {
                    of(limits, fact, String::new()).except.extend(values.iter().map(ToString::to_string));
                }
            }
            _ => {}
        },
        Expr::Among(x, values) => {
            if let Some(fact) = named(x)
                && values.iter().all(|value| matches!(value, Value::Text(_)))
            {
                of(limits, fact, String::new()).only(values.iter().map(ToString::to_string).collect());
            }
        }
        Expr::Between(x, low, high) => {
            if let (Some(fact), Expr::Literal(low), Expr::Literal(high)) = (named(x), low.as_ref(), high.as_ref())
                && let (Some((unit, low)), Some((same, high))) = (number(low), number(high))
                && unit == same
            {
                let known = of(limits, fact, unit);
                known.above(low, false);
                known.below(high, false);
            }
        }
        Expr::Compare(sign, x, y) => {
            let (fact, value, sign) = match (x.as_ref(), y.as_ref()) {
                (Expr::Literal(value), other) => (named(other), value, turned(*sign)),
                (other, Expr::Literal(value)) => (named(other), value, *sign),
                _ => return,
            };
            let Some(fact) = fact else { return };
            if let Value::Text(text) = value {
                match sign {
                    Compare::Equal => of(limits, fact, String::new()).only(vec![text.clone()]),
                    Compare::NotEqual => of(limits, fact, String::new()).except.push(text.clone()),
                    _ => {}
                }
            } else if let Some((unit, value)) = number(value) {
                let known = of(limits, fact, unit);
                match sign {
                    Compare::Less => known.below(value, true),
                    Compare::LessOrEqual => known.below(value, false),
                    Compare::Greater => known.above(value, true),
                    Compare::GreaterOrEqual => known.above(value, false),
                    Compare::Equal => {
                        known.above(value, false);
                        known.below(value, false);
                    }
                    Compare::NotEqual => {}
                }
            }
        }
        _ => {}
    }
}

fn turned(sign: Compare) -> Compare {
    match sign {
        Compare::Less => Compare::Greater,
        Compare::LessOrEqual => Compare::GreaterOrEqual,
        Compare::Greater => Compare::Less,
        Compare::GreaterOrEqual => Compare::LessOrEqual,
        same => same,
    }
}
