//! Evaluates conditions over the facts of one invoice, in Kleene's three-valued logic: unknown stays unknown, and a rule
//! fires only when its condition is certainly true.

use crate::calendar::{Calendar, FRANCE};
use crate::day::{Span, add_days};
use crate::machine::{Arith, Call, Compare, Expr, Value};
use crate::money::{Amount, Currency};
use crate::schema::Fact;
use chrono::NaiveDate;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A length of time made of parts that are added to a date one after the other: months, then days, then business days.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Length {
    months: i64,
    days: i64,
    business: i64,
}

impl Length {
    /// A length of calendar days.
    pub fn days(days: i64) -> Length {
        Length { days, ..Length::default() }
    }

    /// Whether working days are counted in it.
    pub fn counts_business_days(self) -> bool {
        self.business != 0
    }

    /// The day that lies this length after `from`.
    pub fn after(self, from: NaiveDate, calendar: &Calendar) -> NaiveDate {
        let moved = Span::Months(self.months).after(from, calendar);
        Span::BusinessDays(self.business).after(Span::Days(self.days).after(moved, calendar), calendar)
    }

    fn combine(self, other: Length, op: impl Fn(i64, i64) -> Option<i64>) -> Option<Length> {
        Some(Length {
            months: op(self.months, other.months)?,
            days: op(self.days, other.days)?,
            business: op(self.business, other.business)?,
        })
    }
}

impl From<Span> for Length {
    fn from(span: Span) -> Length {
        match span {
            Span::Days(days) => Length { days, ..Length::default() },
            Span::Months(months) => Length { months, ..Length::default() },
            Span::BusinessDays(business) => Length { business, ..Length::default() },
        }
    }
}

/// A value during evaluation; texts are borrowed from the facts or the machine.
#[derive(Clone, PartialEq, Debug)]
pub enum Val<'a> {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Decimal),
    /// Money.
    Amount(Amount),
    /// A length of time.
    Duration(Length),
    /// A date.
    Date(NaiveDate),
    /// A text or a word.
    Text(Cow<'a, str>),
}

impl Val<'_> {
    /// The value as a person reads it.
    pub fn french(&self) -> String {
        match self {
            Val::Bool(b) => Value::Bool(*b).to_string(),
            Val::Number(n) => Value::Number(*n).to_string(),
            Val::Amount(a) => a.to_string(),
            Val::Date(d) => Value::Date(*d).to_string(),
            Val::Text(text) => text.clone().into_owned(),
            Val::Duration(length) => {
                let mut parts = Vec::new();
                if length.months != 0 {
                    parts.push(Span::Months(length.months).to_string());
                }
                if length.business != 0 {
                    parts.push(Span::BusinessDays(length.business).to_string());
                }
                if length.days != 0 || parts.is_empty() {
                    parts.push(Span::Days(length.days).to_string());
                }
                parts.join(" + ")
            }
        }
    }
}

/// The value of a fact that is told without any work: most comparisons of a plan are between such a fact and a literal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Quick<'a> {
    /// Yes or no.
    Flag(bool),
    /// How many.
    Count(i64),
    /// Cents of the currency.
    Cents(i64, Currency),
    /// Calendar days.
    Days(i64),
    /// A word or text.
    Word(&'a str),
}

impl<'a> From<Quick<'a>> for Val<'a> {
    fn from(quick: Quick<'a>) -> Val<'a> {
        match quick {
            Quick::Flag(b) => Val::Bool(b),
            Quick::Count(n) => Val::Number(Decimal::from(n)),
            Quick::Cents(cents, currency) => Val::Amount(Amount::new(cents, currency)),
            Quick::Days(n) => Val::Duration(Length::days(n)),
            Quick::Word(word) => Val::Text(Cow::Borrowed(word)),
        }
    }
}

impl Quick<'_> {
    /// Whether it compares so with a literal; `None` when that takes more than a look.
    #[inline]
    fn holds(self, op: Compare, literal: &Value) -> Option<bool> {
        let order = match (self, literal) {
            (Quick::Days(n), Value::Duration(Span::Days(m))) => n.cmp(m),
            (Quick::Cents(cents, currency), Value::Amount(a)) if a.currency == currency => cents.cmp(&a.cents),
            (Quick::Word(word), Value::Text(text)) => match op {
                // Most words differ by their length already.
                Compare::Equal => return Some(word == text),
                Compare::NotEqual => return Some(word != text),
                _ => word.cmp(text.as_str()),
            },
            (Quick::Count(n), Value::Number(m)) if m.scale() == 0 => i128::from(n).cmp(&m.mantissa()),
            (Quick::Flag(b), Value::Bool(c)) => b.cmp(c),
            _ => return None,
        };
        Some(op.holds(order))
    }
}

/// Where the values of facts come from.
pub trait Facts {
    /// The value of a fact when it is known without any work; `None` says nothing, [`Facts::fact`] does.
    fn quick(&self, _: Fact) -> Option<Quick<'_>> {
        None
    }

    /// The value of a fact, `None` when it is unknown.
    fn fact(&self, fact: Fact) -> Option<Val<'_>>;
    /// The due date, to which lengths in months or business days are applied when they are compared.
    fn due(&self) -> NaiveDate;
    /// The civil date of the evaluation.
    fn today(&self) -> NaiveDate;
    /// The calendar of working days.
    fn calendar(&self) -> &Calendar;
    /// Day 0 of the clock of the state (`après`) for a length of this kind, suspensions that ended counted in; `None` while it has not
    /// started.
    fn state_day(&self, length: Length) -> Option<NaiveDate>;
    /// The value of a custom fact.
    fn field(&self, name: &str) -> Option<Val<'_>>;
    /// Whether the invoice is or has been in a state.
    fn visited(&self, state: &str) -> bool;
    /// The value of a script's function; `None` is unknown, and also the result of a script that failed.
    fn call(&self, call: &Call, arguments: Vec<Option<Val<'_>>>) -> Option<Val<'_>>;
    /// Whether a script's function reads something that moves with time.
    fn call_moves(&self, call: &Call) -> bool;
    /// The first day after today on which a fact that moves with time crosses the boundary that lies `length` after its own
    /// anchor (a comparison with `length` can change that day, or the day after); `None` when it never does.
    fn crossing(&self, fact: Fact, bound: &Val<'_>) -> Option<NaiveDate>;
}

/// Whether the condition holds; `None` is unknown.
#[inline]
pub fn truth(expr: &Expr, facts: &impl Facts) -> Option<bool> {
    at_a_look(expr, facts).or_else(|| in_full(expr, facts))
}

/// What a plan mostly says: a fact that is told without any work, by itself or compared with a literal. `None` says nothing.
#[inline]
fn at_a_look(expr: &Expr, facts: &impl Facts) -> Option<bool> {
    match expr {
        Expr::Compare(op, left, right) => match (left.as_ref(), right.as_ref()) {
            (Expr::Fact(fact), Expr::Literal(literal)) => facts.quick(*fact)?.holds(*op, literal),
            _ => None,
        },
        Expr::Fact(fact) => match facts.quick(*fact)? {
            Quick::Flag(flag) => Some(flag),
            _ => None,
        },
        _ => None,
    }
}

fn in_full(expr: &Expr, facts: &impl Facts) -> Option<bool> {
    match expr {
        Expr::And(parts) => {
            let mut all = Some(true);
            for part in parts {
                match truth(part, facts) {
                    Some(false) => return Some(false),
                    None => all = None,
                    Some(true) => {}
                }
            }
            all
        }
        Expr::Or(parts) => {
            let mut any = Some(false);
            for part in parts {
                match truth(part, facts) {
                    Some(true) => return Some(true),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
        Expr::Not(part) => truth(part, facts).map(|b| !b),
        Expr::Known(part) => Some(value(part, facts).is_some()),
        Expr::Compare(op, left, right) => compare(*op, &value(left, facts)?, &value(right, facts)?, facts),
        Expr::Between(x, low, high) => {
            let x = value(x, facts);
            let over =
                x.as_ref().zip(value(low, facts)).and_then(|(x, low)| compare(Compare::GreaterOrEqual, x, &low, facts));
            let under =
                x.as_ref().zip(value(high, facts)).and_then(|(x, high)| compare(Compare::LessOrEqual, x, &high, facts));
            match (over, under) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }
        }
        Expr::Among(x, values) => {
            let x = value(x, facts)?;
            let mut any = Some(false);
            for candidate in values {
                match compare(Compare::Equal, &x, &literal(candidate), facts) {
                    Some(true) => return Some(true),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
        Expr::Visited(state) => Some(facts.visited(state)),
        Expr::Literal(_) | Expr::Fact(_) | Expr::Arith(..) | Expr::Field(_) | Expr::Call(_) => {
            match value(expr, facts)? {
                Val::Bool(b) => Some(b),
                _ => None,
            }
        }
    }
}

/// The value of a part of a condition; `None` is unknown.
pub fn value<'a>(expr: &'a Expr, facts: &'a impl Facts) -> Option<Val<'a>> {
    match expr {
        Expr::Literal(v) => Some(literal(v)),
        Expr::Fact(fact) => facts.fact(*fact),
        Expr::Field(name) => facts.field(name),
        Expr::Call(call) => facts.call(call, call.arguments.iter().map(|argument| value(argument, facts)).collect()),
        Expr::Arith(op, left, right) => arith(*op, value(left, facts)?, value(right, facts)?),
        _ => truth(expr, facts).map(Val::Bool),
    }
}

/// A value of its own.
pub fn owned(value: Value) -> Val<'static> {
    match value {
        Value::Bool(b) => Val::Bool(b),
        Value::Number(n) => Val::Number(n),
        Value::Amount(a) => Val::Amount(a),
        Value::Duration(span) => Val::Duration(span.into()),
        Value::Date(day) => Val::Date(day),
        Value::Text(text) => Val::Text(Cow::Owned(text)),
    }
}

/// A value of a machine.
pub fn literal(value: &Value) -> Val<'_> {
    match value {
        Value::Bool(b) => Val::Bool(*b),
        Value::Number(n) => Val::Number(*n),
        Value::Amount(a) => Val::Amount(*a),
        Value::Duration(span) => Val::Duration((*span).into()),
        Value::Date(day) => Val::Date(*day),
        Value::Text(text) => Val::Text(Cow::Borrowed(text)),
    }
}

fn compare(op: Compare, left: &Val<'_>, right: &Val<'_>, facts: &impl Facts) -> Option<bool> {
    let order = match (left, right) {
        (Val::Bool(a), Val::Bool(b)) => a.cmp(b),
        (Val::Number(a), Val::Number(b)) => a.cmp(b),
        // Amounts in different currencies compare as unknown.
        (Val::Amount(a), Val::Amount(b)) if a.currency == b.currency => a.cents.cmp(&b.cents),
        (Val::Date(a), Val::Date(b)) => a.cmp(b),
        (Val::Text(a), Val::Text(b)) => a.cmp(b),
        (Val::Duration(a), Val::Duration(b)) if a.months == b.months && a.business == b.business => a.days.cmp(&b.days),
        (Val::Duration(a), Val::Duration(b)) => {
            let (due, calendar) = (facts.due(), facts.calendar());
            a.after(due, calendar).cmp(&b.after(due, calendar))
        }
        _ => return None,
    };
    Some(op.holds(order))
}

fn arith<'a>(op: Arith, left: Val<'a>, right: Val<'a>) -> Option<Val<'a>> {
    let scaled = |amount: Amount, by: Decimal, divide: bool| {
        let cents = Decimal::from(amount.cents);
        let result = if divide { cents.checked_div(by)? } else { cents.checked_mul(by)? };
        let cents = result.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()?;
        Some(Val::Amount(Amount { cents, ..amount }))
    };
    let days = |n: Decimal| n.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64();
    match (op, left, right) {
        (Arith::Add, Val::Number(a), Val::Number(b)) => a.checked_add(b).map(Val::Number),
        (Arith::Subtract, Val::Number(a), Val::Number(b)) => a.checked_sub(b).map(Val::Number),
        (Arith::Multiply, Val::Number(a), Val::Number(b)) => a.checked_mul(b).map(Val::Number),
        (Arith::Divide, Val::Number(a), Val::Number(b)) => a.checked_div(b).map(Val::Number),
        (Arith::Add, Val::Amount(a), Val::Amount(b)) if a.currency == b.currency => {
            Some(Val::Amount(Amount { cents: a.cents.checked_add(b.cents)?, ..a }))
        }
        (Arith::Subtract, Val::Amount(a), Val::Amount(b)) if a.currency == b.currency => {
            Some(Val::Amount(Amount { cents: a.cents.checked_sub(b.cents)?, ..a }))
        }
        (Arith::Divide, Val::Amount(a), Val::Amount(b)) if a.currency == b.currency => {
            Decimal::from(a.cents).checked_div(Decimal::from(b.cents)).map(Val::Number)
        }
        (Arith::Multiply, Val::Amount(a), Val::Number(n)) | (Arith::Multiply, Val::Number(n), Val::Amount(a)) => {
            scaled(a, n, false)
        }
        (Arith::Divide, Val::Amount(a), Val::Number(n)) => scaled(a, n, true),
        (Arith::Add, Val::Duration(a), Val::Duration(b)) => a.combine(b, i64::checked_add).map(Val::Duration),
        (Arith::Subtract, Val::Duration(a), Val::Duration(b)) => a.combine(b, i64::checked_sub).map(Val::Duration),
        (Arith::Multiply, Val::Duration(a), Val::Number(n)) | (Arith::Multiply, Val::Number(n), Val::Duration(a)) => {
            let times = |x: i64, _| days(Decimal::from(x).checked_mul(n)?);
            a.combine(Length::default(), times).map(Val::Duration)
        }
        (Arith::Divide, Val::Duration(a), Val::Number(n)) => {
            let over = |x: i64, _| days(Decimal::from(x).checked_div(n)?);
            a.combine(Length::default(), over).map(Val::Duration)
        }
        (Arith::Subtract, Val::Date(a), Val::Date(b)) => {
            Some(Val::Duration(Length::days(a.signed_duration_since(b).num_days())))
        }
        (Arith::Add, Val::Date(a), Val::Duration(d)) if d.business == 0 => Some(Val::Date(d.after(a, &FRANCE))),
        (Arith::Subtract, Val::Date(a), Val::Duration(d)) if d.business == 0 => {
            let back = d.combine(Length::default(), |x, _| x.checked_neg())?;
            Some(Val::Date(back.after(a, &FRANCE)))
        }
        _ => None,
    }
}

/// The first day after today on which the mere passing of days can change the condition's truth; never later than the day on
/// which it does, `None` when it cannot.
pub fn next_change(expr: &Expr, facts: &impl Facts) -> Option<NaiveDate> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().filter_map(|part| next_change(part, facts)).min(),
        Expr::Not(part) => next_change(part, facts),
        Expr::Compare(_, left, right) => atom_change(&[left, right], facts),
        Expr::Between(x, low, high) => {
            let (low, high) = (atom_change(&[x, low], facts), atom_change(&[x, high], facts));
            low.into_iter().chain(high).min()
        }
        _ => moves(expr, facts).then(|| add_days(facts.today(), 1)),
    }
}

fn moves(expr: &Expr, facts: &impl Facts) -> bool {
    let mut any = false;
    expr.each(&mut |part| {
        any |= match part {
            Expr::Fact(fact) => fact.moves_with_time(),
            Expr::Call(call) => facts.call_moves(call),
            _ => false,
        }
    });
    any
}

fn atom_change(sides: &[&Expr; 2], facts: &impl Facts) -> Option<NaiveDate> {
    let [left, right] = *sides;
    match (moves(left, facts), moves(right, facts)) {
        (false, false) => None,
        (true, false) => side_change(left, right, facts),
        (false, true) => side_change(right, left, facts),
        (true, true) => Some(add_days(facts.today(), 1)),
    }
}

fn side_change(moving: &Expr, still: &Expr, facts: &impl Facts) -> Option<NaiveDate> {
    let tomorrow = add_days(facts.today(), 1);
    let Expr::Fact(fact) = moving else { return Some(tomorrow) };
    let bound = value(still, facts)?;
    facts.crossing(*fact, &bound)
}

/// A condition with the value of each of its parts, as told to a person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trace {
    /// The part as the language writes it.
    #[serde(rename = "condition")]
    pub text: String,
    /// Whether it holds; `null` is unknown.
    #[serde(rename = "vrai")]
    pub holds: Option<bool>,
    /// The facts read by this part itself and their values; `null` is unknown.
    #[serde(rename = "valeurs", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, Option<String>)>,
    /// The parts of an `et`, `ou` or `non`.
    #[serde(rename = "parties", default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Trace>,
}

/// Evaluates a condition and keeps the value of every part.
pub fn trace(expr: &Expr, facts: &impl Facts) -> Trace {
    let mut node = Trace { text: expr.to_string(), holds: truth(expr, facts), values: Vec::new(), parts: Vec::new() };
    match expr {
        Expr::And(parts) | Expr::Or(parts) => node.parts = parts.iter().map(|part| trace(part, facts)).collect(),
        Expr::Not(part) => node.parts = vec![trace(part, facts)],
        _ => expr.each(&mut |part| {
            let (name, value) = match part {
                Expr::Fact(fact) => (fact.name().to_owned(), facts.fact(*fact).map(|v| v.french())),
                Expr::Field(name) => (name.clone(), facts.field(name).map(|v| v.french())),
                Expr::Call(call) => (call.to_string(), value(part, facts).map(|v| v.french())),
                _ => return,
            };
            if !node.values.iter().any(|(known, _)| *known == name) {
                node.values.push((name, value));
            }
        }),
    }
    node
}
