//! Conditions of a template over what scenarios know, too. What they do not know is not looked into: it is taken to be possible.

use super::{EACH, Reader};
use minijinja::machinery::ast::{BinOpKind, Expr, UnaryOpKind};
use relance_core::day::Span;
use relance_core::machine::{self, Compare, Value};
use relance_core::schema::Fact;
use rust_decimal::Decimal;

/// What must hold of the invoice for a condition possibly to hold, or possibly not to; `None` asks nothing.
pub(super) fn may(reader: &Reader<'_>, condition: &Expr<'_>, holds: bool) -> Option<machine::Expr> {
    match condition {
        Expr::UnaryOp(not) if matches!(not.op, UnaryOpKind::Not) => may(reader, &not.expr, !holds),
        Expr::BinOp(binary) => match binary.op {
            BinOpKind::ScAnd | BinOpKind::ScOr => {
                let sides = [may(reader, &binary.left, holds), may(reader, &binary.right, holds)];
                if matches!(binary.op, BinOpKind::ScAnd) == holds {
                    let parts: Vec<machine::Expr> = sides.into_iter().flatten().collect();
                    (!parts.is_empty()).then_some(machine::Expr::And(parts))
                } else {
                    // One side of which nothing is known may always do.
                    let parts: Option<Vec<machine::Expr>> = sides.into_iter().collect();
                    parts.map(machine::Expr::Or)
                }
            }
            op => compared(reader, &binary.left, sign(op)?, &binary.right, holds),
        },
        Expr::Var(_) | Expr::GetAttr(_) => match reader.name_of(condition)?.as_str() {
            "b2b" => of_message(reader, Compare::Equal, "b2b", holds),
            "b2c" if holds => alone(reader, regime(Compare::Equal, "b2c")),
            "b2c" => Some(regime(Compare::NotEqual, "b2c")),
            // A message is for a public buyer unless one of its invoices is a consumer's.
            "public" if holds && reader.several => Some(regime(Compare::NotEqual, "b2c")),
            "public" => alone(reader, regime(if holds { Compare::Equal } else { Compare::NotEqual }, "public")),
            // There are none in a message with a consumer's invoice.
            "facture.penalites" | "facture.indemnite" | "total_penalites" | "total_indemnites" if holds => {
                Some(regime(Compare::NotEqual, "b2c"))
            }
            "nombre" | "factures" | "facture" | "client" | "creancier" => known(true, holds),
            _ => None,
        },
        _ => None,
    }
}

fn sign(op: BinOpKind) -> Option<Compare> {
    Some(match op {
        BinOpKind::Eq => Compare::Equal,
        BinOpKind::Ne => Compare::NotEqual,
        BinOpKind::Lt => Compare::Less,
        BinOpKind::Lte => Compare::LessOrEqual,
        BinOpKind::Gt => Compare::Greater,
        BinOpKind::Gte => Compare::GreaterOrEqual,
        _ => return None,
    })
}

/// Certain whatever the invoice: the branch is written always, or never.
fn known(value: bool, holds: bool) -> Option<machine::Expr> {
    (value != holds).then_some(machine::Expr::Literal(Value::Bool(false)))
}

fn fact(fact: Fact, sign: Compare, value: Value) -> machine::Expr {
    let sides = (Box::new(machine::Expr::Fact(fact)), Box::new(machine::Expr::Literal(value)));
    machine::Expr::Compare(sign, sides.0, sides.1)
}

fn regime(sign: Compare, word: &str) -> machine::Expr {
    fact(Fact::Regime, sign, Value::Text(word.to_owned()))
}

/// What a single invoice decides.
fn alone(reader: &Reader<'_>, condition: machine::Expr) -> Option<machine::Expr> {
    (!reader.several).then_some(condition)
}

/// A message is between companies when each of its invoices is.
fn of_message(reader: &Reader<'_>, sign: Compare, word: &str, holds: bool) -> Option<machine::Expr> {
    if holds { Some(regime(sign, word)) } else { alone(reader, regime(sign.opposite(), word)) }
}

fn compared(
    reader: &Reader<'_>,
    left: &Expr<'_>,
    sign: Compare,
    right: &Expr<'_>,
    holds: bool,
) -> Option<machine::Expr> {
    let right = right.as_const()?;
    let wanted = if holds { sign } else { sign.opposite() };
    let counted = match left {
        Expr::Filter(filter) if filter.name == "longueur" => {
            filter.expr.as_ref().and_then(|inner| reader.name_of(inner)).filter(|name| name == "factures")
        }
        _ => reader.name_of(left).filter(|name| name == "nombre"),
    };
    if counted.is_some() {
        return count(reader, wanted, right.as_i64()?);
    }
    let name = reader.name_of(left)?;
    let name = match name.strip_prefix(EACH) {
        Some(_) if reader.several => return None,
        Some(part) => format!("facture{part}"),
        None => name,
    };
    let days = || Some(Value::Duration(Span::Days(right.as_i64()?)));
    let text = || right.as_str().map(|text| Value::Text(text.to_owned()));
    Some(match name.as_str() {
        "facture.retard" => fact(Fact::DaysLate, wanted, days()?),
        "relance.nombre" => fact(Fact::Reminders, wanted, Value::Number(Decimal::from(right.as_i64()?))),
        "facture.regime" => fact(Fact::Regime, wanted, text()?),
        "client.segment" => fact(Fact::Segment, wanted, text()?),
        _ => return None,
    })
}

/// A comparison of the number of invoices: one, or two at least.
fn count(reader: &Reader<'_>, wanted: Compare, than: i64) -> Option<machine::Expr> {
    if !reader.several {
        return known(wanted.holds(1.cmp(&than)), true);
    }
    let possible = match wanted {
        Compare::Equal => than >= 2,
        Compare::NotEqual | Compare::Greater | Compare::GreaterOrEqual => true,
        Compare::Less => than > 2,
        Compare::LessOrEqual => than >= 2,
    };
    known(possible, true)
}
