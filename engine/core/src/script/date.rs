//! Dates in scripts: `facture.date_echeance.annee`, `facture.aujourd_hui - 30`, `date(2026, 12, 31)`.

use super::french_runtime::Stop;
use crate::day::{add_days, french_date};
use chrono::{Datelike, NaiveDate};
use rhai::{Engine, EvalAltResult, INT};

/// A civil date, as scripts hold it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Date(pub NaiveDate);

fn days_between(from: Date, to: Date) -> INT {
    to.0.signed_duration_since(from.0).num_days()
}

fn make(year: INT, month: INT, day: INT) -> Result<Date, Box<EvalAltResult>> {
    let made =
        || NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    made().filter(|d| (1..=9999).contains(&d.year())).map(Date).ok_or_else(|| {
        Stop::Refused(format!(
            "`date({year}, {month}, {day})` n'existe pas au calendrier : écrivez l'année, le mois, le jour"
        ))
        .raise()
    })
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Date>("une date");
    engine
        .register_fn("date", make)
        .register_get("annee", |d: &mut Date| INT::from(d.0.year()))
        .register_get("année", |d: &mut Date| INT::from(d.0.year()))
        .register_get("mois", |d: &mut Date| INT::from(d.0.month()))
        .register_get("jour", |d: &mut Date| INT::from(d.0.day()))
        // Monday is 1, Sunday is 7.
        .register_get("jour_semaine", |d: &mut Date| INT::from(d.0.weekday().number_from_monday()))
        .register_fn("plus_jours", |d: Date, n: INT| Date(add_days(d.0, n)))
        .register_fn("jours_jusqu_a", days_between)
        .register_fn("jours_jusqu_à", days_between)
        .register_fn("+", |d: Date, n: INT| Date(add_days(d.0, n)))
        .register_fn("-", |d: Date, n: INT| Date(add_days(d.0, n.saturating_neg())))
        .register_fn("-", |a: Date, b: Date| days_between(b, a))
        .register_fn("==", |a: Date, b: Date| a == b)
        .register_fn("!=", |a: Date, b: Date| a != b)
        .register_fn("<", |a: Date, b: Date| a < b)
        .register_fn("<=", |a: Date, b: Date| a <= b)
        .register_fn(">", |a: Date, b: Date| a > b)
        .register_fn(">=", |a: Date, b: Date| a >= b)
        .register_fn("min", |a: Date, b: Date| a.min(b))
        .register_fn("max", |a: Date, b: Date| a.max(b))
        .register_fn("to_string", |d: Date| french_date(d.0))
        .register_fn("to_debug", |d: Date| french_date(d.0))
        .register_fn("+", |text: &str, d: Date| format!("{text}{}", french_date(d.0)))
        .register_fn("+", |d: Date, text: &str| format!("{}{text}", french_date(d.0)));
}
