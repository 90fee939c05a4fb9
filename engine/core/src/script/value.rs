//! Between the engine's values and rhai's.

use super::date::Date;
use super::french_runtime::kind;
use super::library::{number, rounded};
use crate::calendar::FRANCE;
use crate::day::Span;
use crate::eval::{Length, Val};
use crate::machine::Value;
use crate::money::{Amount, Currency};
use crate::schema::Type;
use chrono::NaiveDate;
use rhai::{Dynamic, ImmutableString};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// What a script gets for a value; `None` when it cannot hold it: an amount in another currency than the invoice's, a
/// length in months or business days.
pub(super) fn to_script(value: &Val<'_>, currency: Currency) -> Option<Dynamic> {
    Some(match value {
        Val::Bool(b) => Dynamic::from_bool(*b),
        Val::Number(n) => number(*n),
        // An amount stays a decimal, even whole: 1 500 € is 1500.00.
        Val::Amount(a) if a.currency == currency => Dynamic::from_decimal(Decimal::new(a.cents, 2)),
        Val::Amount(_) => return None,
        Val::Duration(length) => Dynamic::from_int(whole_days(*length)?),
        Val::Date(day) => Dynamic::from(Date(*day)),
        Val::Text(text) => Dynamic::from(ImmutableString::from(text.as_ref())),
    })
}

/// The days of a length that has days only.
fn whole_days(length: Length) -> Option<i64> {
    let from = NaiveDate::from_ymd_opt(2000, 1, 1)?;
    let days = length.after(from, &FRANCE).signed_duration_since(from).num_days();
    (Length::days(days) == length).then_some(days)
}

/// The number that a script value is, whichever way it holds it.
pub(super) fn decimal(value: &Dynamic) -> Option<Decimal> {
    value.as_int().map(Decimal::from).or_else(|_| value.as_decimal()).ok()
}

/// The result of a script as a value of the wanted type, or what it is instead.
pub(super) fn from_script(value: &Dynamic, wanted: Type, currency: Currency) -> Result<Value, String> {
    let wrong = || {
        let negation = if value.is_unit() { "ne " } else { "" };
        format!("elle {negation}rend {}, il faut ici {}", kind(value), expected(wanted))
    };
    match wanted {
        Type::Bool => value.as_bool().map(Value::Bool).map_err(|_| wrong()),
        Type::Number | Type::Percent => decimal(value).map(|n| Value::Number(n.normalize())).ok_or_else(wrong),
        Type::Amount => {
            let cents = decimal(value).ok_or_else(wrong)?;
            let cents = rounded(cents, 2).and_then(|n| n.checked_mul(Decimal::ONE_HUNDRED)).and_then(|n| n.to_i64());
            cents
                .map(|cents| Value::Amount(Amount::new(cents, currency)))
                .ok_or_else(|| "elle rend un montant trop grand".into())
        }
        Type::Duration => {
            let days = decimal(value).ok_or_else(wrong)?;
            if !days.fract().is_zero() {
                return Err(format!("elle rend {} jours : une durée est un nombre entier de jours", days.normalize()));
            }
            days.to_i64()
                .map(|n| Value::Duration(Span::Days(n)))
                .ok_or_else(|| "elle rend une durée trop grande".into())
        }
        Type::Date => value.read_lock::<Date>().map(|d| Value::Date(d.0)).ok_or_else(wrong),
        Type::Text | Type::Segment | Type::Regime | Type::Stage => {
            if let Ok(c) = value.as_char() {
                return Ok(Value::Text(c.to_string()));
            }
            value.read_lock::<ImmutableString>().map(|text| Value::Text(text.to_string())).ok_or_else(wrong)
        }
    }
}

/// The result of a script as a message prints it.
pub(super) fn printed(value: &Dynamic) -> Result<Value, String> {
    if let Some(n) = decimal(value) {
        return Ok(Value::Number(n.normalize()));
    }
    if let Ok(yes) = value.as_bool() {
        return Ok(Value::Bool(yes));
    }
    if let Some(day) = value.read_lock::<Date>() {
        return Ok(Value::Date(day.0));
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(Value::Text(text.to_string()));
    }
    if let Ok(c) = value.as_char() {
        return Ok(Value::Text(c.to_string()));
    }
    let negation = if value.is_unit() { "ne " } else { "" };
    Err(format!(
        "elle {negation}rend {}, et un message n'écrit qu'un nombre, un texte, une date ou un oui/non",
        kind(value)
    ))
}

fn expected(wanted: Type) -> &'static str {
    match wanted {
        Type::Duration => "une durée, en jours",
        Type::Percent => "un pourcentage (0.12 pour 12 %)",
        other => other.french(),
    }
}

/// A value as a script writes it, for messages.
pub(super) fn shown(value: &Dynamic) -> String {
    if let Some(n) = decimal(value) {
        return n.to_string();
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return format!("\"{}\"", text.as_str());
    }
    if let Some(day) = value.read_lock::<Date>() {
        return crate::day::french_date(day.0);
    }
    match value.as_bool() {
        Ok(true) => "true".to_owned(),
        Ok(false) => "false".to_owned(),
        Err(_) => kind(value).to_owned(),
    }
}
