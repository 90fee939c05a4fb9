//! Which values go together.

use crate::ast::{Arith, Literal};
use relance_core::day;
use relance_core::machine::{Expr, Value};
use relance_core::schema::Type;

/// A checked part of a condition and the type of its values.
pub(super) struct Typed {
    pub expr: Expr,
    pub ty: Type,
}

/// The value of a literal that can stand in a condition.
pub(super) fn value_of(literal: &Literal) -> Option<(Value, Type)> {
    Some(match literal {
        Literal::Number(n) => (Value::Number(n.normalize()), Type::Number),
        Literal::Amount(a) => (Value::Amount(*a), Type::Amount),
        Literal::Percent(n) => (Value::Number(n.normalize()), Type::Percent),
        Literal::Duration(span) => (Value::Duration(*span), Type::Duration),
        Literal::Date(date) => (Value::Date(*date), Type::Date),
        Literal::Text(text) => (Value::Text(text.clone()), Type::Text),
        Literal::Truth(truth) => (Value::Bool(*truth), Type::Bool),
        Literal::Hour(_) | Literal::Offset(_) | Literal::Invalid => return None,
    })
}

/// Whether values of the two types can be compared.
pub(super) fn comparable(left: Type, right: Type) -> bool {
    let ratio = |ty| matches!(ty, Type::Number | Type::Percent);
    left == right || (ratio(left) && ratio(right))
}

/// Whether values of the type have an order.
pub(super) fn ordered(ty: Type) -> bool {
    matches!(ty, Type::Number | Type::Percent | Type::Amount | Type::Duration | Type::Date)
}

/// Whether the words of the type come out of a list.
pub(super) fn worded(ty: Type) -> bool {
    matches!(ty, Type::Segment | Type::Regime | Type::Stage)
}

/// The type of a calculation, if it has one.
pub(super) fn arithmetic(sign: Arith, left: Type, right: Type) -> Option<Type> {
    use Type::{Amount, Date, Duration, Number, Percent};
    Some(match (sign, left, right) {
        (Arith::Add | Arith::Subtract, Number, Number) => Number,
        (Arith::Add | Arith::Subtract, Percent, Percent) => Percent,
        (Arith::Add | Arith::Subtract, Amount, Amount) => Amount,
        (Arith::Add | Arith::Subtract, Duration, Duration) => Duration,
        (Arith::Add | Arith::Subtract, Date, Duration) | (Arith::Add, Duration, Date) => Date,
        (Arith::Subtract, Date, Date) => Duration,
        (Arith::Multiply, Number | Percent, other @ (Number | Amount | Duration | Percent)) => other,
        (Arith::Multiply, other @ (Amount | Duration), Number | Percent) => other,
        (Arith::Divide, other @ (Number | Amount | Duration | Percent), Number | Percent) => other,
        (Arith::Divide, Amount, Amount) | (Arith::Divide, Duration, Duration) => Number,
        _ => return None,
    })
}

/// Whether it is a duration without a fixed number of days.
pub(super) fn floating(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(Value::Duration(day::Span::Months(_) | day::Span::BusinessDays(_))))
}
