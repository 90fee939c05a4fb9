//! Parts of conditions as sums: whole numbers of cents, days or millionths.

use super::Var;
use crate::day::Span;
use crate::machine::{Arith, Expr, Value};
use crate::money::Currency;
use crate::schema::Type;
use chrono::Datelike;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers are counted in millionths, so that `2,5` is whole.
const MILLIONTHS: i128 = 1_000_000;

/// A number of days that is only known to lie between two: a month, five working days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Range {
    pub low: i128,
    /// `None`: closing days make it as long as one likes.
    pub high: Option<i128>,
}

impl Range {
    fn exactly(n: i128) -> Range {
        Range { low: n, high: Some(n) }
    }
}

/// How many calendar days a length is, whatever day it begins on.
pub(crate) fn span_days(span: Span) -> Range {
    let mirrored = |n: i64, f: fn(i128) -> Range| {
        let range = f(i128::from(n.unsigned_abs()));
        if n >= 0 {
            return range;
        }
        // Backwards, an unbounded length has no lowest day: far enough below anything that is written.
        Range { low: -range.high.unwrap_or(i128::from(i64::MAX)), high: Some(-range.low) }
    };
    match span {
        Span::Days(n) => Range::exactly(i128::from(n)),
        Span::Months(n) => mirrored(n, |n| {
            let days = n * 30_436_875;
            let slack = if n == 0 { 0 } else { 3 };
            Range { low: (days / MILLIONTHS - slack).max(n * 28), high: Some(days / MILLIONTHS + slack) }
        }),
        Span::BusinessDays(n) => mirrored(n, |n| match n {
            0 => Range::exactly(0),
            _ => Range { low: n + 2 * ((n - 1) / 5), high: None },
        }),
    }
}

/// A sum of facts and a constant.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Linear {
    pub terms: BTreeMap<Var, i128>,
    pub constant: Range,
    pub kind: Kind,
    /// The currencies of the amounts that are written in it.
    pub currencies: BTreeSet<Currency>,
}

/// What a sum measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Number,
    Amount,
    Days,
    Date,
}

impl Linear {
    fn constant(range: Range, kind: Kind) -> Linear {
        Linear { terms: BTreeMap::new(), constant: range, kind, currencies: BTreeSet::new() }
    }

    /// So many cents, of whatever currency.
    pub fn cents(n: i128) -> Linear {
        Linear::constant(Range::exactly(n), Kind::Amount)
    }

    /// So many days.
    pub fn days(n: i128) -> Linear {
        Linear::constant(Range::exactly(n), Kind::Days)
    }

    /// One fact.
    pub fn var(var: Var, kind: Kind) -> Linear {
        let scale = if kind == Kind::Number && matches!(var, Var::Fact(_)) { MILLIONTHS } else { 1 };
        Linear { terms: BTreeMap::from([(var, scale)]), constant: Range::exactly(0), kind, currencies: BTreeSet::new() }
    }

    /// The sum that a part of a condition is, when it is one.
    pub fn of(expr: &Expr, types: &impl Fn(&str) -> Option<Type>) -> Option<Linear> {
        match expr {
            Expr::Literal(value) => Linear::literal(value),
            Expr::Fact(fact) => Some(Linear::var(Var::Fact(*fact), kind_of(fact.ty())?)),
            Expr::Field(name) => Some(Linear::var(Var::Field(name.clone()), kind_of(types(name)?)?)),
            Expr::Arith(Arith::Add, x, y) => Linear::of(x, types)?.plus(Linear::of(y, types)?, 1),
            Expr::Arith(Arith::Subtract, x, y) => Linear::of(x, types)?.plus(Linear::of(y, types)?, -1),
            Expr::Arith(Arith::Multiply, x, y) => {
                let (x, y) = (Linear::of(x, types)?, Linear::of(y, types)?);
                if let Some(n) = x.whole() { y.times(n) } else { x.times(y.whole()?) }
            }
            _ => None,
        }
    }

    fn literal(value: &Value) -> Option<Linear> {
        Some(match value {
            Value::Number(n) => {
                let scaled = n.checked_mul(Decimal::from(1_000_000))?;
                if !scaled.fract().is_zero() {
                    return None;
                }
                Linear::constant(Range::exactly(scaled.to_i128()?), Kind::Number)
            }
            Value::Amount(amount) => Linear {
                currencies: BTreeSet::from([amount.currency]),
                ..Linear::constant(Range::exactly(i128::from(amount.cents)), Kind::Amount)
            },
            Value::Duration(span) => Linear::constant(span_days(*span), Kind::Days),
            Value::Date(day) => Linear::constant(Range::exactly(i128::from(day.num_days_from_ce())), Kind::Date),
            Value::Bool(_) | Value::Text(_) => return None,
        })
    }

    /// The whole number that it is.
    fn whole(&self) -> Option<i128> {
        let n = self.constant.high.filter(|high| *high == self.constant.low)?;
        (self.kind == Kind::Number && self.terms.is_empty() && n % MILLIONTHS == 0).then_some(n / MILLIONTHS)
    }

    fn times(mut self, n: i128) -> Option<Linear> {
        // Durations in months or working days are multiplied as such: only whole days are followed here.
        if self.constant.high != Some(self.constant.low) || self.kind == Kind::Date {
            return None;
        }
        self.constant = Range::exactly(self.constant.low.checked_mul(n)?);
        for factor in self.terms.values_mut() {
            *factor = factor.checked_mul(n)?;
        }
        self.terms.retain(|_, factor| *factor != 0);
        Some(self)
    }

    /// `self + sign × other`, `sign` being 1 or -1.
    pub fn plus(mut self, other: Linear, sign: i128) -> Option<Linear> {
        self.kind = match (self.kind, other.kind, sign) {
            (Kind::Date, Kind::Date, -1) => Kind::Days,
            (Kind::Date, Kind::Days, _) | (Kind::Days, Kind::Date, 1) => Kind::Date,
            (a, b, _) if a == b => a,
            _ => return None,
        };
        for (var, factor) in other.terms {
            let total = self.terms.entry(var).or_default();
            *total = total.checked_add(sign.checked_mul(factor)?)?;
        }
        let (low, high) = match sign {
            1 => (other.constant.low, other.constant.high),
            // Without a highest value, what is taken away may be anything: nothing is left to say from below.
            _ => (-other.constant.high.unwrap_or(i128::from(i64::MAX)), Some(-other.constant.low)),
        };
        self.constant = Range {
            low: self.constant.low.checked_add(low)?,
            high: match (self.constant.high, high) {
                (Some(a), Some(b)) => Some(a.checked_add(b)?),
                _ => None,
            },
        };
        self.currencies.extend(other.currencies);
        self.terms.retain(|_, factor| *factor != 0);
        Some(self)
    }

    /// `left − right`, when they can be compared.
    pub fn difference(left: Linear, right: Linear) -> Option<Linear> {
        (left.kind == right.kind).then(|| left.plus(right, -1)).flatten()
    }
}

fn kind_of(ty: Type) -> Option<Kind> {
    Some(match ty {
        Type::Number | Type::Percent => Kind::Number,
        Type::Amount => Kind::Amount,
        Type::Duration => Kind::Days,
        Type::Date => Kind::Date,
        Type::Bool | Type::Text | Type::Segment | Type::Regime | Type::Stage => return None,
    })
}
