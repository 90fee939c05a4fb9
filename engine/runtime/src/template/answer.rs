//! What scripts answered, as values of a template: `{{ note_de_risque() }}`.

use super::filters::Said;
use super::language::Lang;
use super::protect::clean;
use super::value::{Day, absent};
use minijinja::value::{Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};
use relance_core::machine::{self, MessageCall};
use relance_core::schema::fold;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The answers of a message, by [`MessageCall::key`]; `None` is unknown.
pub type Answers = BTreeMap<String, Option<machine::Value>>;

/// A number with decimals, exact.
#[derive(Debug)]
pub(super) struct Exact(pub Decimal);

impl Object for Exact {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", machine::Value::Number(self.0))
    }
}

/// A function of the scripts.
#[derive(Debug)]
struct Function {
    name: String,
    answers: Arc<Answers>,
    lang: Lang,
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let wrong = |message: String| Error::from(ErrorKind::InvalidOperation).with_source(Said(message));
        let Some(arguments) = args.iter().map(literal).collect::<Option<_>>() else {
            return Err(wrong(format!("`{}` reçoit une valeur qu'un script ne peut pas lire", self.name)));
        };
        let key = MessageCall { function: self.name.clone(), arguments }.key();
        match self.answers.get(&key) {
            Some(Some(value)) => Ok(printed(value, self.lang)),
            Some(None) => Ok(absent(key)),
            None => Err(wrong(format!("`{key}` n'a pas été demandé au script"))),
        }
    }
}

/// The function of this name, if the answers have one.
pub(super) fn function(name: &str, answers: &Arc<Answers>, lang: Lang) -> Option<Value> {
    let opening = format!("{}(", fold(name));
    let asked = answers.keys().any(|key| key.starts_with(&opening));
    asked.then(|| Value::from_object(Function { name: name.to_owned(), answers: answers.clone(), lang }))
}

/// A value as it can stand between the parentheses of a call.
pub(super) fn literal(value: &Value) -> Option<machine::Value> {
    match value.kind() {
        ValueKind::Bool => Some(machine::Value::Bool(value.is_true())),
        ValueKind::Number => value.to_string().parse().ok().map(machine::Value::Number),
        ValueKind::String => value.as_str().map(|text| machine::Value::Text(text.to_owned())),
        _ => None,
    }
}

fn printed(value: &machine::Value, lang: Lang) -> Value {
    match value {
        machine::Value::Bool(yes) => Value::from(*yes),
        machine::Value::Date(day) => Value::from_object(Day(*day, lang)),
        machine::Value::Text(text) => Value::from(clean(text)),
        machine::Value::Number(n) => match n.to_i64().filter(|_| n.fract().is_zero()) {
            Some(whole) => Value::from(whole),
            None => Value::from_object(Exact(*n)),
        },
        other => Value::from(other.to_string()),
    }
}
