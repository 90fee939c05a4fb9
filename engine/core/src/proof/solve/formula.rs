//! Conditions without `non`: what must hold of the facts for a condition to be certainly true, certainly false, or not so.

use super::Var;
use super::linear::{Linear, Range};
use crate::machine::{Compare, Expr, Value};
use crate::schema::{Fact, Type};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of a condition: in Kleene's logic, not to be true is more than to be false.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Want {
    True,
    False,
    NotTrue,
    NotFalse,
}

impl Want {
    fn negated(self) -> Want {
        match self {
            Want::True => Want::False,
            Want::False => Want::True,
            Want::NotTrue => Want::NotFalse,
            Want::NotFalse => Want::NotTrue,
        }
    }

    /// Whether an unknown part will do.
    fn allows_unknown(self) -> bool {
        matches!(self, Want::NotTrue | Want::NotFalse)
    }

    /// Whether the part itself, where it is known, has to hold.
    fn positive(self) -> bool {
        matches!(self, Want::True | Want::NotFalse)
    }
}

/// The values that a yes/no may still have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Truth {
    pub yes: bool,
    pub no: bool,
    pub unknown: bool,
}

impl Truth {
    pub const ANY: Truth = Truth { yes: true, no: true, unknown: true };
    pub const YES: Truth = Truth { yes: true, no: false, unknown: false };
    pub const NO: Truth = Truth { yes: false, no: true, unknown: false };

    pub fn and(self, other: Truth) -> Truth {
        Truth { yes: self.yes && other.yes, no: self.no && other.no, unknown: self.unknown && other.unknown }
    }

    pub fn is_impossible(self) -> bool {
        !(self.yes || self.no || self.unknown)
    }

    fn wanted(want: Want) -> Truth {
        Truth { yes: want.positive(), no: !want.positive(), unknown: want.allows_unknown() }
    }
}

/// One thing that must hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Atom {
    /// The sum is 0 at least; its facts are known.
    AtLeastZero(Linear),
    /// The text is one of these, or none of them.
    Word { var: Var, words: BTreeSet<String>, inside: bool },
    /// A yes/no.
    Flag(Var, Truth),
    /// The fact is known, or unknown.
    Known(Var, bool),
}

/// What must hold, without negation.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Formula {
    Atom(Atom),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

impl Formula {
    pub const TRUE: Formula = Formula::All(Vec::new());
    pub const FALSE: Formula = Formula::Any(Vec::new());

    pub fn and(self, other: Formula) -> Formula {
        Formula::All(vec![self, other])
    }

    /// The same, asking only what `keep` keeps: true more often, never less.
    pub fn weakened(&self, keep: &impl Fn(&Atom) -> bool) -> Formula {
        self.replaced(keep, &Formula::TRUE)
    }

    /// The same, without what `keep` does not keep: true less often, never more.
    pub fn strengthened(&self, keep: &impl Fn(&Atom) -> bool) -> Formula {
        self.replaced(keep, &Formula::FALSE)
    }

    fn replaced(&self, keep: &impl Fn(&Atom) -> bool, with: &Formula) -> Formula {
        let all = |parts: &[Formula]| parts.iter().map(|part| part.replaced(keep, with)).collect();
        match self {
            Formula::Atom(atom) if keep(atom) => self.clone(),
            Formula::Atom(_) => with.clone(),
            Formula::All(parts) => Formula::All(all(parts)),
            Formula::Any(parts) => Formula::Any(all(parts)),
        }
    }
}

impl Atom {
    /// Calls `seen` for every fact in it.
    pub fn each_var<'a>(&'a self, seen: &mut impl FnMut(&'a Var)) {
        match self {
            Atom::AtLeastZero(sum) => sum.terms.keys().for_each(seen),
            Atom::Word { var, .. } | Atom::Flag(var, _) | Atom::Known(var, _) => seen(var),
        }
    }
}

/// What must hold for `expr` to be as wanted. `types` are those of custom facts.
pub(crate) fn translate(expr: &Expr, want: Want, types: &impl Fn(&str) -> Option<Type>) -> Formula {
    match expr {
        Expr::Not(inside) => translate(inside, want.negated(), types),
        Expr::And(parts) | Expr::Or(parts) => {
            let parts = parts.iter().map(|part| translate(part, want, types)).collect();
            // All parts of an `et` have to be true; one of them suffices to make it false.
            if matches!(expr, Expr::And(_)) == want.positive() { Formula::All(parts) } else { Formula::Any(parts) }
        }
        Expr::Known(inside) => known(inside, want.positive()),
        Expr::Visited(state) => flag(Var::Visited(state.clone()), want),
        Expr::Literal(Value::Bool(value)) if *value == want.positive() => Formula::TRUE,
        Expr::Literal(Value::Bool(_)) => Formula::FALSE,
        Expr::Fact(fact) if fact.ty() == Type::Bool => flag(Var::Fact(*fact), want),
        Expr::Field(name) if types(name) == Some(Type::Bool) => flag(Var::Field(name.clone()), want),
        Expr::Compare(sign, x, y) => compare(*sign, x, y, want, types).unwrap_or_else(|| opaque(expr, want)),
        Expr::Between(x, low, high) => {
            let ends = [(Compare::GreaterOrEqual, low), (Compare::LessOrEqual, high)];
            let parts = ends.map(|(sign, end)| {
                let whole = || Expr::Compare(sign, x.clone(), end.clone());
                compare(sign, x, end, want, types).unwrap_or_else(|| opaque(&whole(), want))
            });
            if want.positive() { Formula::All(parts.into()) } else { Formula::Any(parts.into()) }
        }
        Expr::Among(x, values) => among(x, values, want, types).unwrap_or_else(|| opaque(expr, want)),
        _ => opaque(expr, want),
    }
}

/// Every fact that an expression reads.
fn reads(expr: &Expr) -> Vec<Var> {
    let mut vars = Vec::new();
    expr.each(&mut |part| match part {
        Expr::Fact(fact) => vars.push(Var::Fact(*fact)),
        Expr::Field(name) => vars.push(Var::Field(name.clone())),
        Expr::Call(call) => vars.push(Var::Opaque(call.to_string())),
        _ => {}
    });
    vars
}

fn known(inside: &Expr, wanted: bool) -> Formula {
    let of_one = |var: Var| {
        let certain = !var.may_be_unknown();
        match (certain, wanted) {
            (true, true) => Formula::TRUE,
            (true, false) => Formula::FALSE,
            _ => Formula::Atom(Atom::Known(var, wanted)),
        }
    };
    match inside {
        Expr::Fact(fact) => of_one(Var::Fact(*fact)),
        Expr::Field(name) => of_one(Var::Field(name.clone())),
        // A calculation may be unknown for other reasons, too: a division, two currencies.
        other => Formula::Atom(Atom::Flag(
            Var::Opaque(format!("connu:{other}")),
            if wanted { Truth::YES } else { Truth::NO },
        )),
    }
}

fn flag(var: Var, want: Want) -> Formula {
    let mut truth = Truth::wanted(want);
    truth.unknown &= var.may_be_unknown();
    Formula::Atom(Atom::Flag(var, truth))
}

/// A part that is not looked into is a yes/no of its own, the same wherever it is written alike.
fn opaque(expr: &Expr, want: Want) -> Formula {
    flag(Var::Opaque(expr.to_string()), want)
}

/// Besides the comparison itself: that something in it is unknown, where that will do.
fn or_unknown(formula: Formula, want: Want, vars: Vec<Var>) -> Formula {
    if !want.allows_unknown() {
        return formula;
    }
    let mut any = vec![formula];
    any.extend(vars.into_iter().filter(Var::may_be_unknown).map(|var| Formula::Atom(Atom::Known(var, false))));
    Formula::Any(any)
}

fn compare(sign: Compare, x: &Expr, y: &Expr, want: Want, types: &impl Fn(&str) -> Option<Type>) -> Option<Formula> {
    let sign = if want.positive() { sign } else { sign.opposite() };
    let vars = || -> Vec<Var> { reads(x).into_iter().chain(reads(y)).collect() };
    if let Some((side, value)) = with_literal(x, y) {
        if let Value::Bool(value) = value {
            let same = (sign == Compare::Equal) == *value;
            let want = match (same, want.allows_unknown()) {
                (true, false) => Want::True,
                (false, false) => Want::False,
                (true, true) => Want::NotFalse,
                (false, true) => Want::NotTrue,
            };
            return Some(translate(side, want, types));
        }
        if let Value::Text(text) = value {
            let inside = match sign {
                Compare::Equal => true,
                Compare::NotEqual => false,
                _ => return None,
            };
            return Some(or_unknown(word(side, [text.clone()].into(), inside)?, want, vars()));
        }
    }
    let difference = Linear::difference(Linear::of(x, types)?, Linear::of(y, types)?)?;
    let reads_invoice = difference.terms.keys().any(|var| matches!(var, Var::Fact(_)));
    let currency = difference.currencies.iter().next().map(|c| c.code().to_owned()).filter(|_| reads_invoice);
    if difference.currencies.len() > 1 {
        return None;
    }
    // What cancels out has to be known all the same.
    let cancelled: Vec<Var> =
        vars().into_iter().filter(|var| var.may_be_unknown() && !difference.terms.contains_key(var)).collect();
    let mut parts = vec![order(sign, difference)?];
    if !want.allows_unknown() {
        parts.extend(cancelled.into_iter().map(|var| Formula::Atom(Atom::Known(var, true))));
    }
    let ordered = Formula::All(parts);
    let Some(code) = currency else { return Some(or_unknown(ordered, want, vars())) };
    // Amounts in another currency compare as unknown.
    let devise =
        |inside| Formula::Atom(Atom::Word { var: Var::Fact(Fact::Currency), words: [code.clone()].into(), inside });
    if want.allows_unknown() {
        Some(Formula::Any(vec![or_unknown(ordered, want, vars()), devise(false)]))
    } else {
        Some(ordered.and(devise(true)))
    }
}

fn order(sign: Compare, difference: Linear) -> Option<Formula> {
    let shifted = |mut sum: Linear, by: i128| {
        sum.constant.low += by;
        sum.constant.high = sum.constant.high.map(|high| high + by);
        Formula::Atom(Atom::AtLeastZero(sum))
    };
    let zero = Range { low: 0, high: Some(0) };
    let turned =
        Linear { terms: BTreeMap::new(), constant: zero, ..difference.clone() }.plus(difference.clone(), -1)?;
    Some(match sign {
        Compare::GreaterOrEqual => shifted(difference, 0),
        Compare::Greater => shifted(difference, -1),
        Compare::LessOrEqual => shifted(turned, 0),
        Compare::Less => shifted(turned, -1),
        Compare::Equal => shifted(difference, 0).and(shifted(turned, 0)),
        Compare::NotEqual => Formula::Any(vec![shifted(difference, -1), shifted(turned, -1)]),
    })
}

fn with_literal<'a>(x: &'a Expr, y: &'a Expr) -> Option<(&'a Expr, &'a Value)> {
    match (x, y) {
        (side, Expr::Literal(value)) | (Expr::Literal(value), side)
            if matches!(value, Value::Bool(_) | Value::Text(_)) =>
        {
            Some((side, value))
        }
        _ => None,
    }
}

fn word(side: &Expr, words: BTreeSet<String>, inside: bool) -> Option<Formula> {
    let var = match side {
        Expr::Fact(fact) => Var::Fact(*fact),
        Expr::Field(name) => Var::Field(name.clone()),
        _ => return None,
    };
    Some(Formula::Atom(Atom::Word { var, words, inside }))
}

fn among(x: &Expr, values: &[Value], want: Want, types: &impl Fn(&str) -> Option<Type>) -> Option<Formula> {
    let words: Option<BTreeSet<String>> = values
        .iter()
        .map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    if let Some(words) = words {
        return Some(or_unknown(word(x, words, want.positive())?, want, reads(x)));
    }
    let parts: Option<Vec<Formula>> =
        values.iter().map(|value| compare(Compare::Equal, x, &Expr::Literal(value.clone()), want, types)).collect();
    Some(if want.positive() { Formula::Any(parts?) } else { Formula::All(parts?) })
}
