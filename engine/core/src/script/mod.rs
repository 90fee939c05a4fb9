//! The script host: functions written in rhai that conditions, delays, amounts and messages may call.
//!
//! A project's files are compiled once ([`Scripts::compile`]) and called for one invoice at a time ([`Scripts::call`]).
//! A function sees the facts through two read-only views, `facture` and `client`, without their being passed; it has no
//! clock, no randomness, no input or output, and its work, memory and depth are bounded. What it may read is known before
//! it runs ([`Scripts::reads`]). Reading an unknown fact makes the result unknown, as in conditions.
//!
//! What a script sees: amounts and numbers with decimals are exact decimals, whole numbers and durations (in days) are
//! integers, and both mix freely; `7 / 2` is `3.5`. Dates are values of their own, yes/no are booleans, all else is text.

mod analyse;
mod call;
mod compile;
mod date;
mod engine;
mod french;
mod french_runtime;
mod functions;
mod library;
mod problem;
mod reads;
mod source;
mod strict;
mod suggest;
mod test_run;
mod value;
mod views;
mod watch;

pub use call::ScriptFacts;
pub use functions::{Function, Missing};
pub use problem::{Place, ScriptError, ScriptProblem, TestFailure};
pub use reads::Reads;
pub use source::MAX_FILE_BYTES;

use crate::machine::ScriptSource;
use crate::schema::Type;
use std::fmt;
use std::sync::Arc;

/// The functions of a project's script files, ready to be called.
pub struct Scripts {
    engine: rhai::Engine,
    ast: rhai::AST,
    sources: source::Sources,
    functions: Vec<Function>,
    names: Arc<views::Names>,
    digest: String,
}

impl Scripts {
    /// Compiles all script files of a project. `fields` are the project's own facts, with their types. Every problem found is
    /// reported; a project without files has no functions and no problems.
    pub fn compile(files: &[ScriptSource], fields: &[(String, Type)]) -> Result<Scripts, Vec<ScriptProblem>> {
        compile::compile(files, fields)
    }

    /// A hash of the files' texts, taken in the order of their paths: the same texts give the same digest on any machine.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Every function that a scenario can call, by file and line; the `test_…` functions are not among them.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(|f| f.is_callable())
    }

    /// The facts that a call of the function may read, directly or through the functions it calls.
    pub fn reads(&self, name: &str, arity: usize) -> Option<&Reads> {
        self.find(name, arity).ok().map(|f| &f.reads)
    }
}

impl fmt::Debug for Scripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripts")
            .field("digest", &self.digest)
            .field("functions", &self.functions)
            .finish_non_exhaustive()
    }
}
