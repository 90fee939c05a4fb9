//! A condition as alternatives, each with the days on which it can hold first.

use super::clock::{Clock, clock, reads_clock};
use relance_core::machine::{Bound, Branch, Compare, Expr, Value};

/// More alternatives than this are refused.
const MAX_BRANCHES: usize = 64;

/// The condition has too many alternatives.
pub(super) struct TooMany;

/// `non` pushed inwards, down to what has no parts.
pub(super) fn inwards(expr: &Expr, negated: bool) -> Expr {
    match expr {
        Expr::Not(inside) => inwards(inside, !negated),
        Expr::And(parts) if parts.is_empty() && negated => Expr::Literal(Value::Bool(false)),
        Expr::And(parts) | Expr::Or(parts) => {
            let parts: Vec<Expr> = parts.iter().map(|part| inwards(part, negated)).collect();
            if matches!(expr, Expr::And(_)) != negated { Expr::And(parts) } else { Expr::Or(parts) }
        }
        Expr::Compare(sign, x, y) if negated => Expr::Compare(sign.opposite(), x.clone(), y.clone()),
        Expr::Between(x, low, high) if negated => Expr::Or(vec![
            Expr::Compare(Compare::Less, x.clone(), low.clone()),
            Expr::Compare(Compare::Greater, x.clone(), high.clone()),
        ]),
        // Each value of a list makes a day of its own.
        Expr::Among(x, values) if reads_clock(x) => {
            let one = |value: &Value| {
                let sign = if negated { Compare::NotEqual } else { Compare::Equal };
                Expr::Compare(sign, x.clone(), Box::new(Expr::Literal(value.clone())))
            };
            let parts: Vec<Expr> = values.iter().map(one).collect();
            if negated { Expr::And(parts) } else { Expr::Or(parts) }
        }
        Expr::Literal(Value::Bool(value)) if negated => Expr::Literal(Value::Bool(!value)),
        other if negated => Expr::Not(Box::new(other.clone())),
        other => other.clone(),
    }
}

/// The alternatives of a condition whose `non` are inwards; `split` says which `ou` to open.
pub(super) fn alternatives(expr: &Expr, split: &dyn Fn(&Expr) -> bool) -> Result<Vec<Vec<Expr>>, TooMany> {
    match expr {
        Expr::Or(parts) if split(expr) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(alternatives(part, split)?);
                if all.len() > MAX_BRANCHES {
                    return Err(TooMany);
                }
            }
            Ok(all)
        }
        Expr::And(parts) => {
            let mut all: Vec<Vec<Expr>> = vec![Vec::new()];
            for part in parts {
                let choices = alternatives(part, split)?;
                if all.len().saturating_mul(choices.len()) > MAX_BRANCHES {
                    return Err(TooMany);
                }
                all = all
                    .iter()
                    .flat_map(|left| choices.iter().map(move |right| left.iter().chain(right).cloned().collect()))
                    .collect();
            }
            Ok(all)
        }
        other => Ok(vec![vec![other.clone()]]),
    }
}

/// One alternative, taken apart.
#[derive(Clone)]
pub(super) struct Parts {
    pub bounds: Vec<Bound>,
    /// The comparisons with `retard`.
    pub clock: Vec<Expr>,
    /// Everything else.
    pub rest: Vec<Expr>,
    /// A comparison with `retard` gave no day.
    pub unsolved: bool,
}

impl Parts {
    /// All of a condition, whatever it says of `retard`.
    pub fn undated(condition: Expr) -> Parts {
        Parts { bounds: Vec::new(), clock: Vec::new(), rest: vec![condition], unsolved: false }
    }

    fn new(conjuncts: Vec<Expr>) -> Parts {
        let mut parts = Parts { bounds: Vec::new(), clock: Vec::new(), rest: Vec::new(), unsolved: false };
        for part in conjuncts {
            match clock(&part) {
                Clock::Silent => {
                    parts.rest.push(part);
                    continue;
                }
                Clock::From(bound) => parts.bounds.push(bound),
                Clock::Other => {}
                Clock::Unsolved => parts.unsolved = true,
            }
            parts.clock.push(part);
        }
        parts
    }
}

/// A condition's branches, and their parts for a `sinon`.
pub(super) fn branches(condition: &Expr) -> Result<(Vec<Branch>, Vec<Parts>), TooMany> {
    let normal = inwards(condition, false);
    let all = alternatives(&normal, &reads_clock)?;
    let single = all.len() == 1;
    let mut branches = Vec::new();
    let mut parts = Vec::new();
    for conjuncts in all {
        // One alternative keeps the condition as it was written: the explanation shows the user's own words.
        let guard = if single { condition.clone() } else { and(conjuncts.clone()) };
        let apart = Parts::new(conjuncts);
        branches.push(Branch { bounds: apart.bounds.clone(), guard });
        parts.push(apart);
    }
    Ok((branches, parts))
}

/// A list of conditions as one.
pub(super) fn and(mut parts: Vec<Expr>) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            Expr::And(parts)
        }
        (_, None) => Expr::always(),
    }
}

/// A list of alternatives as one condition.
pub(super) fn or(mut parts: Vec<Expr>) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            Expr::Or(parts)
        }
        (_, None) => Expr::Literal(Value::Bool(false)),
    }
}
