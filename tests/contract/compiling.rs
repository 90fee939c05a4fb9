//! What the compiler makes of a text: machines, or findings at their places.

use relance_core::machine::{Machine, ScriptSource};
use relance_dsl::{Compilation, Context, Source, compile, render_full};

/// A script with a few functions, for files that say `script "scripts/risque.rhai"`.
const SCRIPT: &str = "fn risque_eleve() { true }\nfn delai() { 3 }\n";

/// The usual project, with a script.
pub fn project() -> Context {
    let script = ScriptSource { path: "scripts/risque.rhai".to_owned(), text: SCRIPT.to_owned() };
    Context { scripts: vec![script], ..relance_tests::context() }
}

pub fn source(text: &str) -> Source {
    Source { path: "scenarios/essai.relance".to_owned(), bytes: text.as_bytes().to_vec() }
}

pub fn compiled(text: &str) -> Compilation {
    compile(&[source(text)], &project())
}

/// The machines of a text that is right.
pub fn machines(text: &str) -> Vec<Machine> {
    let Compilation { machines, diagnostics, .. } = compiled(text);
    machines.unwrap_or_else(|| panic!("{}", render_full(&diagnostics, &[source(text)], false)))
}

/// The machine of a text with one scenario.
pub fn machine(text: &str) -> Machine {
    let [machine] = <[Machine; 1]>::try_from(machines(text)).unwrap();
    machine
}

/// What the machines of a text are known by.
pub fn hashes(text: &str) -> Vec<String> {
    machines(text).iter().map(Machine::hash).collect()
}

/// Every finding of a text: its code, its line and the words it is about.
pub fn found(text: &str) -> Vec<(&'static str, usize, String)> {
    let compilation = compiled(text);
    let told = compilation.diagnostics.iter().map(|found| {
        let span = found.place().unwrap().span;
        let line = text[..span.start].matches('\n').count() + 1;
        (found.code.name(), line, text[span.start..span.end].to_owned())
    });
    told.collect()
}

/// Whether a text is refused, with this code on this line.
pub fn is_refused(text: &str, code: &str, line: usize) -> bool {
    compiled(text).machines.is_none() && found(text).iter().any(|(known, at, _)| (*known, *at) == (code, line))
}
