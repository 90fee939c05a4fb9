//! Conditions, by Kleene's logic: `None` is unknown.

use crate::model::{File, Inv};
use chrono::{Datelike, NaiveDate};
use relance_core::calendar::Calendar;
use relance_core::day::{Span, add_days};
use relance_core::machine::{Arith, Compare, Expr, Value};
use relance_core::money::Amount;
use relance_core::schema::Fact;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Whether the condition is certainly true.
pub fn holds(expr: &Expr, file: &File, i: usize, calendar: &Calendar) -> bool {
    value(expr, file, i, calendar) == Some(Value::Bool(true))
}

fn truth(expr: &Expr, file: &File, i: usize, calendar: &Calendar) -> Option<bool> {
    match value(expr, file, i, calendar)? {
        Value::Bool(b) => Some(b),
        _ => None,
    }
}

/// The value of an expression for the i-th invoice.
pub fn value(expr: &Expr, file: &File, i: usize, calendar: &Calendar) -> Option<Value> {
    let inner = |e: &Expr| value(e, file, i, calendar);
    match expr {
        Expr::Literal(v) => Some(v.clone()),
        Expr::Fact(fact) => read(*fact, file, i),
        Expr::Known(x) => Some(Value::Bool(inner(x).is_some())),
        Expr::Not(x) => truth(x, file, i, calendar).map(|b| Value::Bool(!b)),
        Expr::And(parts) => {
            let all: Vec<Option<bool>> = parts.iter().map(|p| truth(p, file, i, calendar)).collect();
            if all.contains(&Some(false)) {
                return Some(Value::Bool(false));
            }
            if all.contains(&None) { None } else { Some(Value::Bool(true)) }
        }
        Expr::Or(parts) => {
            let all: Vec<Option<bool>> = parts.iter().map(|p| truth(p, file, i, calendar)).collect();
            if all.contains(&Some(true)) {
                return Some(Value::Bool(true));
            }
            if all.contains(&None) { None } else { Some(Value::Bool(false)) }
        }
        Expr::Compare(op, x, y) => {
            // A lateness compared to months or business days is a comparison of dates.
            if let (Expr::Fact(Fact::DaysLate), Some(Value::Duration(span))) = (&**x, inner(y)) {
                let inv = &file.invoices[i];
                return Some(Value::Bool(ordered(*op, file.today.cmp(&span.after(inv.due, calendar)))));
            }
            compare(*op, &inner(x)?, &inner(y)?).map(Value::Bool)
        }
        Expr::Between(x, low, high) => {
            let parts = [
                Expr::Compare(Compare::GreaterOrEqual, x.clone(), low.clone()),
                Expr::Compare(Compare::LessOrEqual, x.clone(), high.clone()),
            ];
            inner(&Expr::And(parts.to_vec()))
        }
        Expr::Among(x, values) => {
            let x = inner(x)?;
            Some(Value::Bool(values.contains(&x)))
        }
        Expr::Arith(op, x, y) => arithmetic(*op, inner(x)?, inner(y)?),
        Expr::Visited(state) => {
            let inv = &file.invoices[i];
            Some(Value::Bool(inv.state == *state || inv.visited.contains(state)))
        }
        Expr::Field(_) | Expr::Call(_) => None,
    }
}

fn ordered(op: Compare, order: std::cmp::Ordering) -> bool {
    match op {
        Compare::Equal => order.is_eq(),
        Compare::NotEqual => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessOrEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterOrEqual => order.is_ge(),
    }
}

fn compare(op: Compare, x: &Value, y: &Value) -> Option<bool> {
    let order = match (x, y) {
        (Value::Amount(a), Value::Amount(b)) if a.currency == b.currency => a.cents.cmp(&b.cents),
        (Value::Duration(Span::Days(a)), Value::Duration(Span::Days(b))) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => return None,
    };
    Some(ordered(op, order))
}

fn arithmetic(op: Arith, x: Value, y: Value) -> Option<Value> {
    match (op, x, y) {
        (Arith::Add, Value::Duration(Span::Days(a)), Value::Duration(Span::Days(b))) => {
            Some(Value::Duration(Span::Days(a + b)))
        }
        (Arith::Subtract, Value::Duration(Span::Days(a)), Value::Duration(Span::Days(b))) => {
            Some(Value::Duration(Span::Days(a - b)))
        }
        (Arith::Subtract, Value::Date(day), Value::Duration(Span::Days(n))) => Some(Value::Date(add_days(day, -n))),
        (Arith::Divide, Value::Amount(a), Value::Amount(b)) if a.currency == b.currency && b.cents != 0 => {
            Some(Value::Number(Decimal::from(a.cents) / Decimal::from(b.cents)))
        }
        _ => None,
    }
}

/// The days past the due date.
pub fn late(inv: &Inv, today: NaiveDate) -> i64 {
    (today - inv.due).num_days()
}

/// Paused by disputes.
pub fn disputed(inv: &Inv) -> i64 {
    let all: i64 = inv.disputes.iter().filter(|d| !d.1).map(|d| d.0.unwrap_or(inv.balance)).sum();
    all.min(inv.balance)
}

/// What is left to pay of the instalments after the k-th.
pub fn after_instalment(inv: &Inv, k: usize) -> i64 {
    inv.instalments.iter().skip(k + 1).map(|p| p.amount).sum()
}

/// What is not due yet, because its instalment comes later.
pub fn to_come(inv: &Inv, today: NaiveDate) -> i64 {
    let parts = 0..inv.instalments.len();
    let Some(current) = parts.clone().find(|k| inv.balance > after_instalment(inv, *k)) else { return 0 };
    let fallen = parts.rev().find(|k| inv.instalments[*k].due <= today);
    after_instalment(inv, fallen.map_or(current, |k| k.max(current))).clamp(0, inv.balance)
}

/// What may be asked for before the client's credits are deducted.
fn before_credits(inv: &Inv, today: NaiveDate) -> i64 {
    (inv.balance - to_come(inv, today) - disputed(inv) - promised(inv) - announced(inv)).max(0)
}

fn paused_by(pause: &Option<crate::model::Pause>, inv: &Inv) -> i64 {
    let Some(pause) = pause.as_ref().filter(|p| !p.unpaused) else { return 0 };
    pause.amount.map_or(inv.balance, |amount| (amount - pause.paid).max(0)).min(inv.balance)
}

pub fn promised(inv: &Inv) -> i64 {
    paused_by(&inv.promise, inv)
}

pub fn announced(inv: &Inv) -> i64 {
    paused_by(&inv.announced, inv)
}

/// What of the client's unallocated credits covers the i-th invoice: each credit is deducted once, oldest due first.
pub fn covered(file: &File, i: usize) -> i64 {
    let currency = file.invoices[i].data.currency();
    let mut left = file.credits.get(&currency).copied().unwrap_or(0).max(0);
    let mut order: Vec<usize> = (0..file.invoices.len()).collect();
    order.retain(|&j| file.invoices[j].data.currency() == currency && file.invoices[j].balance > 0);
    order.sort_by_key(|&j| (file.invoices[j].due, file.invoices[j].number.clone()));
    for j in order {
        let inv = &file.invoices[j];
        let open = before_credits(inv, file.today);
        let share = open.min(left);
        if j == i {
            return share;
        }
        left -= share;
    }
    0
}

/// What may be asked for now.
pub fn collectable(file: &File, i: usize) -> i64 {
    let inv = &file.invoices[i];
    before_credits(inv, file.today) - covered(file, i)
}

fn days(n: i64) -> Value {
    Value::Duration(Span::Days(n))
}

fn read(fact: Fact, file: &File, i: usize) -> Option<Value> {
    let inv = &file.invoices[i];
    let money = |cents| Value::Amount(Amount::new(cents, inv.data.currency()));
    let count = |n: usize| Value::Number(Decimal::from(n));
    let text = |t: &Option<String>| t.clone().map(Value::Text);
    let open = || file.invoices.iter().filter(|o| o.balance > 0);
    let same = || open().filter(|o| o.data.currency() == inv.data.currency());
    Some(match fact {
        Fact::DaysLate => days(late(inv, file.today)),
        Fact::Segment => {
            let own = inv.segment.clone().or_else(|| file.customer.segment.clone());
            Value::Text(own.unwrap_or_else(|| "aucun".to_owned()))
        }
        Fact::Amount => money(inv.data.amount.cents),
        Fact::BalanceDue => money(inv.balance),
        Fact::Collectable => money(collectable(file, i)),
        Fact::Disputed => {
            let all: i64 = inv.disputes.iter().map(|d| d.0.unwrap_or(inv.balance)).sum();
            money(all.min(inv.balance))
        }
        Fact::Promised => {
            let running = inv.promise.clone().map(|p| crate::model::Pause { unpaused: false, ..p });
            money(paused_by(&running, inv))
        }
        Fact::InDispute => Value::Bool(!inv.disputes.is_empty()),
        Fact::PromiseRunning => Value::Bool(inv.promise.is_some()),
        Fact::PromisesBroken => Value::Number(Decimal::from(inv.promises_broken)),
        Fact::Number => Value::Text(inv.number.clone()),
        Fact::Currency => Value::Text(inv.data.currency().code().to_owned()),
        Fact::IssueDate => Value::Date(inv.data.issued),
        Fact::DueDate => Value::Date(inv.due),
        Fact::LimitationDate => {
            let regime = inv.data.regime.clone().or_else(|| file.customer.regime.clone());
            let due = inv.instalments.iter().map(|part| part.due).chain([inv.due]).min()?;
            let start = inv.data.performed.unwrap_or(inv.data.issued).min(due);
            let same_day = |years: i32| {
                // The 29th of February ends a period of another year on the 28th.
                start.with_year(start.year() + years).or_else(|| start.pred_opt()?.with_year(start.year() + years))
            };
            Value::Date(match regime.as_deref() {
                Some("b2c") => same_day(2)?,
                Some("public") => NaiveDate::from_ymd_opt(start.year() + 4, 12, 31)?,
                _ => same_day(5)?,
            })
        }
        Fact::Today => Value::Date(file.today),
        Fact::Regime => {
            let own = inv.data.regime.clone().or_else(|| file.customer.regime.clone());
            Value::Text(own.unwrap_or_else(|| "b2b".to_owned()))
        }
        Fact::Owner => text(&inv.data.owner.clone().or_else(|| file.customer.owner.clone()))?,
        Fact::Reminders => count(units(inv).len()),
        Fact::DaysSinceReminder => days((file.today - inv.reminders.iter().map(|r| r.0).max()?).num_days()),
        Fact::Stage => Value::Text(inv.state.clone()),
        Fact::RungReached => days(inv.progress.position?),
        Fact::Instalments => Value::Bool(!inv.instalments.is_empty()),
        Fact::InstalmentsMissed => count(inv.instalments.iter().filter(|part| part.missed).count()),
        Fact::CustomerInsolvent => Value::Bool(file.insolvent.is_some()),
        Fact::CustomerCode => Value::Text(file.client.clone()),
        Fact::CustomerName => Value::Text(file.customer.name.clone()),
        Fact::CustomerEmail => text(&file.customer.email)?,
        Fact::CustomerPhone => text(&file.customer.phone)?,
        Fact::CustomerCountry => text(&file.customer.country)?,
        Fact::CustomerUsualDelay => days(file.customer.usual_delay?),
        Fact::CustomerOutstanding => money(same().map(|o| o.balance).sum()),
        Fact::CustomerOverdue => money(same().filter(|o| o.due < file.today).map(|o| o.balance).sum()),
        Fact::CustomerAverageDelay => {
            let delays: Vec<i64> =
                file.invoices.iter().filter_map(|o| Some((o.settled_on? - o.due).num_days())).collect();
            let n = i64::try_from(delays.len()).ok().filter(|n| *n > 0)?;
            let mean = Decimal::from(delays.iter().sum::<i64>()) / Decimal::from(n);
            days(mean.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero).to_i64()?)
        }
        Fact::CustomerLateInvoices => count(open().filter(|o| o.due < file.today).count()),
        Fact::CustomerOpenInvoices => count(open().count()),
        Fact::CustomerOldestDelay => days((file.today - open().map(|o| o.due).min()?).num_days()),
    })
}

/// Reminders of the invoice; what left together is one.
pub fn units(inv: &Inv) -> Vec<&str> {
    let mut units: Vec<&str> = inv.reminders.iter().map(|r| r.1.as_str()).collect();
    units.sort_unstable();
    units.dedup();
    units
}

/// Whether a reminder is at least eight days old.
pub fn notice_allowed(inv: &Inv, today: NaiveDate) -> bool {
    inv.reminders.iter().any(|r| add_days(r.0, 8) <= today)
}
