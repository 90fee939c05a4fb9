//! Unit tests of scripts: functions named `test_…` without parameters. `donne` sets the facts that later reads see,
//! `verifie`, `egal` and `inconnu` check.

use super::date::Date;
use super::french_runtime::{Stop, kind, message, stopped};
use super::functions::Function;
use super::problem::TestFailure;
use super::value::{decimal, shown};
use super::views::{Names, Seen, Values, context, no_such};
use super::{Scripts, suggest};
use crate::schema::Type;
use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, Map, NativeCallContext};
use std::sync::Mutex;

type Checked = Result<(), Box<EvalAltResult>>;

/// The functions that only a unit test may call.
pub(super) const TEST_ONLY: [&str; 6] = ["donne", "verifie", "vérifie", "egal", "égal", "inconnu"];

impl Scripts {
    /// The unit tests in the files, by file and line.
    pub fn tests(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(|f| f.is_test())
    }

    /// Runs one unit test.
    pub fn run_test(&self, name: &str) -> Result<(), TestFailure> {
        let Some(test) = self.tests().find(|f| f.name == name) else {
            let message = format!("le test `{name}` n'existe pas");
            return Err(TestFailure { place: self.sources.start(0), message });
        };
        self.run(test, Vec::new(), Seen::Given(Mutex::default())).map(|_| ()).map_err(|error| {
            let (stop, position) = stopped(&error);
            let message = match &stop {
                Stop::Unknown(name) => format!("`{name}` est inconnu dans ce test : donnez-le par `donne`"),
                other => message(other),
            };
            TestFailure { place: self.place(test, position), message }
        })
    }
}

fn refused(text: impl Into<String>) -> Box<EvalAltResult> {
    Stop::Refused(text.into()).raise()
}

fn failed(text: impl Into<String>) -> Box<EvalAltResult> {
    Stop::Failed(text.into()).raise()
}

/// Refuses to go on outside a unit test.
fn in_test(ctx: &NativeCallContext<'_>) -> Checked {
    match context(ctx)?.values {
        Seen::Given(_) => Ok(()),
        Seen::Snapshot(_) => Err(refused(format!("`{}` ne s'emploie que dans une fonction `test_…`", ctx.fn_name()))),
    }
}

fn give(ctx: NativeCallContext<'_>, given: Map) -> Checked {
    in_test(&ctx)?;
    let context = context(&ctx)?;
    for (name, value) in given {
        let readable = context.names.find(&name).ok_or_else(|| unknown_name(&context.names, &name))?;
        let ty = context.names.ty(readable);
        let value = fitting(value, ty)
            .map_err(|found| refused(format!("`{}` est {}, pas {found}", context.names.name(readable), ty.french())))?;
        if let Seen::Given(values) = &context.values
            && let Ok(mut values) = values.lock()
        {
            let values: &mut Values = &mut values;
            values.retain(|(of, _)| *of != readable);
            values.push((readable, value));
        }
    }
    Ok(())
}

fn unknown_name(names: &Names, name: &str) -> Box<EvalAltResult> {
    let all: Vec<String> = names.all().collect();
    let bare = all.iter().map(|name| name.strip_prefix("facture.").unwrap_or(name));
    let Stop::Refused(mut text) = no_such(name) else { return refused("") };
    if let Some(near) = suggest::nearest(name, bare) {
        text.push_str(&format!(" : vouliez-vous dire `{near}` ?"));
    }
    refused(text)
}

/// The value as a fact of this type holds it; `()` makes it unknown again.
fn fitting(value: Dynamic, ty: Type) -> Result<Option<Dynamic>, &'static str> {
    if value.is_unit() {
        return Ok(None);
    }
    let fits = match ty {
        Type::Bool => value.is_bool(),
        Type::Number | Type::Percent => decimal(&value).is_some(),
        Type::Amount => return decimal(&value).map(|n| Some(Dynamic::from_decimal(n))).ok_or_else(|| kind(&value)),
        Type::Duration => value.is_int(),
        Type::Date => value.is::<Date>(),
        Type::Text | Type::Segment | Type::Regime | Type::Stage => value.is_string(),
    };
    if fits { Ok(Some(value)) } else { Err(kind(&value)) }
}

fn check(ctx: NativeCallContext<'_>, holds: bool) -> Checked {
    in_test(&ctx)?;
    if holds { Ok(()) } else { Err(failed("la condition n'est pas vraie")) }
}

fn check_saying(ctx: NativeCallContext<'_>, holds: bool, text: &str) -> Checked {
    in_test(&ctx)?;
    if holds { Ok(()) } else { Err(failed(text)) }
}

fn equal(ctx: NativeCallContext<'_>, found: Dynamic, expected: Dynamic) -> Checked {
    in_test(&ctx)?;
    let same = match (decimal(&found), decimal(&expected)) {
        (Some(a), Some(b)) => a == b,
        _ => same_text(&found, &expected) || same_bool(&found, &expected) || same_date(&found, &expected),
    };
    if same { Ok(()) } else { Err(failed(format!("trouvé {}, attendu {}", shown(&found), shown(&expected)))) }
}

fn same_text(a: &Dynamic, b: &Dynamic) -> bool {
    let text = |value: &Dynamic| value.read_lock::<ImmutableString>().map(|text| text.clone());
    text(a).is_some_and(|a| text(b) == Some(a))
}

fn same_bool(a: &Dynamic, b: &Dynamic) -> bool {
    a.as_bool().is_ok_and(|a| b.as_bool() == Ok(a))
}

fn same_date(a: &Dynamic, b: &Dynamic) -> bool {
    let day = |value: &Dynamic| value.read_lock::<Date>().map(|day| *day);
    day(a).is_some_and(|a| day(b) == Some(a))
}

fn unknown(ctx: NativeCallContext<'_>, call: FnPtr) -> Checked {
    in_test(&ctx)?;
    match call.call_within_context::<Dynamic>(&ctx, ()) {
        Ok(value) => Err(failed(format!("attendu un résultat inconnu, trouvé {}", shown(&value)))),
        Err(error) => match stopped(&error) {
            (Stop::Unknown(_), _) => Ok(()),
            _ => Err(error),
        },
    }
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("donne", give).register_fn("inconnu", unknown);
    for name in ["verifie", "vérifie"] {
        engine.register_fn(name, check).register_fn(name, check_saying);
    }
    for name in ["egal", "égal"] {
        engine.register_fn(name, equal);
    }
}
