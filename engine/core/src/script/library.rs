//! The functions that script authors get beside rhai's own: French names, exact decimals, and nothing that could see or
//! change the world.

use super::french_runtime::Stop;
use super::views;
use rhai::{Dynamic, Engine, EvalAltResult, INT, NativeCallContext};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// A number as scripts hold it: an integer when it is whole and fits, a decimal otherwise.
pub(super) fn number(n: Decimal) -> Dynamic {
    if n.fract().is_zero()
        && let Some(whole) = n.to_i64()
    {
        return Dynamic::from_int(whole);
    }
    Dynamic::from_decimal(n.normalize())
}

/// Rounds to `places` decimals (negative: to tens, hundreds …), halves away from zero.
pub(super) fn rounded(x: Decimal, places: INT) -> Option<Decimal> {
    let away = RoundingStrategy::MidpointAwayFromZero;
    match u32::try_from(places) {
        Ok(places) => Some(x.round_dp_with_strategy(places.min(28), away)),
        Err(_) => {
            let unit = (places..0).take(29).try_fold(Decimal::ONE, |unit, _| unit.checked_mul(Decimal::TEN))?;
            x.checked_div(unit)?.round_dp_with_strategy(0, away).checked_mul(unit)
        }
    }
}

fn round_to(x: Decimal, places: INT) -> Result<Dynamic, Box<EvalAltResult>> {
    rounded(x, places)
        .map(number)
        .ok_or_else(|| Stop::Refused("cet arrondi donne un nombre trop grand".to_owned()).raise())
}

fn divide(a: INT, b: INT) -> Result<Dynamic, Box<EvalAltResult>> {
    Decimal::from(a).checked_div(Decimal::from(b)).map(number).ok_or_else(|| {
        let why = if b == 0 { format!("division de {a} par zéro") } else { "cette division déborde".to_owned() };
        Stop::Refused(why).raise()
    })
}

fn known(ctx: NativeCallContext<'_>, name: &str) -> Result<bool, Box<EvalAltResult>> {
    views::context(&ctx)?.known(name)
}

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_fn("/", divide)
        .register_fn("arrondi", |x: INT| x)
        .register_fn("arrondi", |x: Decimal| round_to(x, 0))
        .register_fn("arrondi", |x: INT, places: INT| round_to(Decimal::from(x), places))
        .register_fn("arrondi", round_to)
        .register_fn("connu", known);
}
