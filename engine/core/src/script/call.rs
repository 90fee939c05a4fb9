//! Calling a function for one invoice.

use super::engine::reset_work;
use super::french_runtime::{Stop, message, stopped};
use super::functions::{Function, Missing};
use super::problem::{Place, ScriptError};
use super::reads::Reads;
use super::value::{from_script, printed, to_script};
use super::views::{Context, Readable, Seen, Tag, Values};
use super::{Scripts, french};
use crate::eval::Val;
use crate::machine::Value;
use crate::money::Currency;
use crate::schema::{Fact, Type};
use rhai::{CallFnOptions, Dynamic, EvalAltResult, Position, Scope};
use std::sync::Arc;

/// Where a script's facts come from: one invoice at one moment.
pub trait ScriptFacts {
    /// The value of a built-in fact; `None` is unknown.
    fn fact(&self, fact: Fact) -> Option<Val<'_>>;
    /// The value of one of the project's own facts, by its declared name; `None` is unknown.
    fn field(&self, name: &str) -> Option<Val<'_>>;
    /// The invoice's currency: amounts in another one are unknown to a script.
    fn currency(&self) -> Currency;
}

impl Scripts {
    /// Calls a function and returns its result as a value of the wanted type; `Ok(None)` is unknown: the function read a fact
    /// without a value. The same function, values and facts always give the same result.
    ///
    /// An amount with more than two decimals is rounded to the cent, halves away from zero; a duration is a whole number of
    /// days.
    pub fn call(
        &self,
        name: &str,
        args: &[Val<'_>],
        wanted: Type,
        facts: &dyn ScriptFacts,
    ) -> Result<Option<Value>, ScriptError> {
        self.invoke(name, args, facts, |result| from_script(result, wanted, facts.currency()))
    }

    /// Calls a function for a message, which prints whatever it returns: a number, a text, a date, a yes/no. `Ok(None)` is unknown.
    pub fn print(&self, name: &str, args: &[Val<'_>], facts: &dyn ScriptFacts) -> Result<Option<Value>, ScriptError> {
        self.invoke(name, args, facts, printed)
    }

    fn invoke(
        &self,
        name: &str,
        args: &[Val<'_>],
        facts: &dyn ScriptFacts,
        read: impl Fn(&Dynamic) -> Result<Value, String>,
    ) -> Result<Option<Value>, ScriptError> {
        let function = self.find(name, args.len()).map_err(|missing| self.missing(name, args.len(), &missing))?;
        let mut given = Vec::with_capacity(args.len());
        for (arg, param) in args.iter().zip(&function.params) {
            match (to_script(arg, facts.currency()), arg) {
                (Some(value), _) => given.push(value),
                (None, Val::Duration(_)) => {
                    let message = format!(
                        "`{param}` reçoit {} : un script compte en jours, et cette durée n'en est pas un nombre fixe",
                        arg.french()
                    );
                    return Err(ScriptError { place: function.place.clone(), message });
                }
                (None, _) => return Ok(None),
            }
        }
        let seen = Seen::Snapshot(self.snapshot(&function.reads, facts));
        match self.run(function, given, seen) {
            Ok(result) => read(&result).map(Some).map_err(|why| ScriptError {
                place: function.place.clone(),
                message: format!("la fonction `{}` ne rend pas ce qu'il faut : {why}", function.name),
            }),
            Err(error) => match stopped(&error) {
                (Stop::Unknown(_), _) => Ok(None),
                (stop, position) => Err(ScriptError { place: self.place(function, position), message: message(&stop) }),
            },
        }
    }

    pub(super) fn run(
        &self,
        function: &Function,
        args: Vec<Dynamic>,
        values: Seen,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        reset_work();
        let context = Context { names: self.names.clone(), values };
        let options = CallFnOptions::new().eval_ast(false).with_tag(Tag(Arc::new(context)));
        self.engine.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), &self.ast, &function.name, args)
    }

    /// Where a call stopped: the function itself when rhai does not say.
    pub(super) fn place(&self, function: &Function, position: Position) -> Place {
        self.sources.place(position).unwrap_or_else(|| function.place.clone())
    }

    fn snapshot(&self, reads: &Reads, facts: &dyn ScriptFacts) -> Values {
        let currency = facts.currency();
        let convert = |value: Option<Val<'_>>| value.and_then(|value| to_script(&value, currency));
        let wanted = |fact: &Fact| reads.all || reads.facts.contains(fact);
        let mut values: Values = if reads.all || !reads.facts.is_empty() {
            let read = Fact::ALL.iter().filter(|fact| wanted(fact));
            read.map(|fact| (Readable::Fact(*fact), convert(facts.fact(*fact)))).collect()
        } else {
            Values::new()
        };
        for (index, name) in self.names.field_names() {
            if reads.all || reads.fields.contains(name) {
                values.push((Readable::Field(index), convert(facts.field(name))));
            }
        }
        values
    }

    fn missing(&self, name: &str, arity: usize, missing: &Missing) -> ScriptError {
        let message = match missing {
            Missing::Arity { known } => {
                let known = known.join("` ou `");
                format!("la fonction `{name}` ne s'appelle pas {} : elle s'écrit `{known}`", french::with_values(arity))
            }
            Missing::Name { .. } => format!("la fonction `{name}` n'est dans aucun script"),
        };
        ScriptError { place: self.sources.start(0), message }
    }
}
