//! What a comparison says about the clock `retard`.

use relance_core::day::Span;
use relance_core::machine::{Arith, Bound, Compare, Expr, Value};
use relance_core::schema::Fact;
use rust_decimal::Decimal;

/// What one part of a condition asks of `retard`.
pub(super) enum Clock {
    /// Nothing: it does not read it.
    Silent,
    /// Not before a day.
    From(Bound),
    /// Something else that is known, such as an upper bound.
    Other,
    /// Something from which no day can be drawn.
    Unsolved,
}

/// Whether an expression reads `retard`.
pub(super) fn reads_clock(expr: &Expr) -> bool {
    let mut reads = false;
    expr.each_fact(&mut |fact| reads |= fact == Fact::DaysLate);
    reads
}

/// What a part of a condition, without `et`, `ou` and outer `non`, asks of `retard`.
pub(super) fn clock(part: &Expr) -> Clock {
    if !reads_clock(part) {
        return Clock::Silent;
    }
    match part {
        Expr::Compare(sign, left, right) => compare(*sign, left, right),
        Expr::Between(value, low, high) => match compare(Compare::GreaterOrEqual, value, low) {
            Clock::From(bound) => Clock::From(bound),
            // `15j entre 0j et retard` is an upper and a lower bound in disguise.
            _ => compare(Compare::LessOrEqual, value, high),
        },
        Expr::Known(_) => Clock::Other,
        Expr::Not(inside) if matches!(**inside, Expr::Known(_)) => Clock::Other,
        _ => Clock::Unsolved,
    }
}

struct Sum {
    /// Days that are written.
    days: i64,
    /// A duration of months or business days, alone.
    floating: Option<Span>,
    /// Everything else, with its sign.
    terms: Vec<(bool, Expr)>,
    /// How many times `retard` occurs, with sign.
    clocks: i64,
    /// `retard` occurs inside a product.
    unsolved: bool,
}

impl Sum {
    fn add(&mut self, expr: &Expr, positive: bool) {
        match expr {
            Expr::Fact(Fact::DaysLate) => self.clocks += if positive { 1 } else { -1 },
            Expr::Literal(Value::Duration(Span::Days(n))) => {
                self.days = if positive { self.days.saturating_add(*n) } else { self.days.saturating_sub(*n) };
            }
            Expr::Literal(Value::Duration(span)) => self.floating = Some(*span),
            Expr::Arith(Arith::Add, x, y) => {
                self.add(x, positive);
                self.add(y, positive);
            }
            Expr::Arith(Arith::Subtract, x, y) => {
                self.add(x, positive);
                self.add(y, !positive);
            }
            Expr::Arith(Arith::Multiply, x, y) if **x == Expr::Literal(Value::Number(Decimal::NEGATIVE_ONE)) => {
                self.add(y, !positive);
            }
            other => {
                self.unsolved |= reads_clock(other);
                self.terms.push((positive, other.clone()));
            }
        }
    }

    /// The sum without `retard`, its sign turned when `turned`.
    fn offset(self, turned: bool) -> Expr {
        if let (Some(span), true) = (self.floating, self.terms.is_empty()) {
            return Expr::Literal(Value::Duration(span));
        }
        let days = if turned { self.days.saturating_neg() } else { self.days };
        let literal = |n: i64| Expr::Literal(Value::Duration(Span::Days(n)));
        let mut terms: Vec<(bool, Expr)> = self.terms.into_iter().map(|(sign, expr)| (sign != turned, expr)).collect();
        terms.sort_by_key(|(positive, _)| !positive);
        let mut whole: Option<Expr> = None;
        let mut days_left = days;
        for (positive, expr) in terms {
            whole = Some(match whole {
                None if positive => expr,
                None => {
                    days_left = 0;
                    Expr::Arith(Arith::Subtract, Box::new(literal(days)), Box::new(expr))
                }
                Some(left) => {
                    let sign = if positive { Arith::Add } else { Arith::Subtract };
                    Expr::Arith(sign, Box::new(left), Box::new(expr))
                }
            });
        }
        match whole {
            None => literal(days),
            Some(whole) if days_left == 0 => whole,
            Some(whole) => {
                let sign = if days_left > 0 { Arith::Add } else { Arith::Subtract };
                Expr::Arith(sign, Box::new(whole), Box::new(literal(days_left.saturating_abs())))
            }
        }
    }
}

fn compare(sign: Compare, left: &Expr, right: &Expr) -> Clock {
    let mut sum = Sum { days: 0, floating: None, terms: Vec::new(), clocks: 0, unsolved: false };
    sum.add(left, true);
    sum.add(right, false);
    if sum.unsolved || !matches!(sum.clocks, 1 | -1) {
        return Clock::Unsolved;
    }
    let sign = if sum.clocks == 1 { sign } else { turned(sign) };
    let extra_days = match sign {
        Compare::GreaterOrEqual | Compare::Equal => 0,
        Compare::Greater => 1,
        _ => return Clock::Other,
    };
    // With `retard` on the positive side, what remains goes to the other one.
    let positive = sum.clocks == 1;
    Clock::From(Bound { clock: Default::default(), offset: sum.offset(positive), extra_days, end_of_month: false })
}

/// The same comparison with its sides exchanged.
fn turned(sign: Compare) -> Compare {
    match sign {
        Compare::Less => Compare::Greater,
        Compare::LessOrEqual => Compare::GreaterOrEqual,
        Compare::Greater => Compare::Less,
        Compare::GreaterOrEqual => Compare::LessOrEqual,
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(n: i64) -> Expr {
        Expr::Literal(Value::Duration(Span::Days(n)))
    }

    fn bound(sign: Compare, left: Expr, right: Expr) -> Option<String> {
        match clock(&Expr::Compare(sign, Box::new(left), Box::new(right))) {
            Clock::From(bound) => Some(format!("{} +{}", bound.offset, bound.extra_days).replace('\u{a0}', " ")),
            _ => None,
        }
    }

    #[test]
    fn bounds_are_solved() {
        let late = || Expr::Fact(Fact::DaysLate);
        let usual = || Expr::Fact(Fact::CustomerUsualDelay);
        let minus = |x, y| Expr::Arith(Arith::Subtract, Box::new(x), Box::new(y));
        let plus = |x, y| Expr::Arith(Arith::Add, Box::new(x), Box::new(y));
        assert_eq!(bound(Compare::GreaterOrEqual, late(), days(15)).as_deref(), Some("15 jours +0"));
        assert_eq!(bound(Compare::LessOrEqual, days(15), late()).as_deref(), Some("15 jours +0"));
        assert_eq!(bound(Compare::Greater, late(), days(15)).as_deref(), Some("15 jours +1"));
        assert_eq!(bound(Compare::GreaterOrEqual, minus(late(), days(3)), days(15)).as_deref(), Some("18 jours +0"));
        assert_eq!(bound(Compare::LessOrEqual, minus(days(3), late()), days(-15)).as_deref(), Some("18 jours +0"));
        let offset = bound(Compare::GreaterOrEqual, late(), plus(usual(), days(3)));
        assert_eq!(offset.as_deref(), Some("client.délai_habituel + 3 jours +0"));
        let offset = bound(Compare::GreaterOrEqual, minus(late(), usual()), days(-3));
        assert_eq!(offset.as_deref(), Some("client.délai_habituel - 3 jours +0"));
        let offset = bound(Compare::GreaterOrEqual, plus(late(), usual()), days(30));
        assert_eq!(offset.as_deref(), Some("30 jours - client.délai_habituel +0"));
        assert_eq!(bound(Compare::Less, late(), days(15)), None);
    }
}
