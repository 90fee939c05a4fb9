//! Comparing a text with a number is a mistake, not a `false`: rhai would answer without a word.

use super::date::Date;
use super::french_runtime::{Stop, type_name};
use rhai::{Engine, EvalAltResult, INT, ImmutableString, Variant};
use rust_decimal::Decimal;

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

fn refuse<A: Variant + Clone, B: Variant + Clone>(engine: &mut Engine, a: &'static str, b: &'static str) {
    for op in COMPARISONS {
        engine.register_fn(op, move |_: A, _: B| refused(op, a, b));
        engine.register_fn(op, move |_: B, _: A| refused(op, b, a));
    }
}

fn refused(op: &str, a: &str, b: &str) -> Result<bool, Box<EvalAltResult>> {
    Err(Stop::Refused(format!("`{op}` ne compare pas {} et {}", type_name(a), type_name(b))).raise())
}

pub(super) fn register(engine: &mut Engine) {
    refuse::<ImmutableString, INT>(engine, "string", "i64");
    refuse::<ImmutableString, Decimal>(engine, "string", "decimal");
    refuse::<ImmutableString, bool>(engine, "string", "bool");
    refuse::<ImmutableString, Date>(engine, "string", "Date");
    refuse::<bool, INT>(engine, "bool", "i64");
    refuse::<bool, Decimal>(engine, "bool", "decimal");
    refuse::<bool, Date>(engine, "bool", "Date");
    refuse::<Date, INT>(engine, "Date", "i64");
    refuse::<Date, Decimal>(engine, "Date", "decimal");
}
