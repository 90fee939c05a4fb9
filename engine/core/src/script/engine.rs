//! The rhai engine of the project: what scripts may use, and the limits they run under.

use super::french_runtime::Stop;
use super::watch::Watch;
use super::{date, library, strict, test_run, views};
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicStringPackage, LogicPackage,
    MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, FnPtr, OptimizationLevel};
use std::cell::Cell;

/// The most operations of one call, those of the functions it passes to others included.
pub(super) const MAX_OPERATIONS: u64 = 50_000;
pub(super) const MAX_CALL_DEPTH: usize = 16;
const MAX_EXPRESSION_DEPTH: usize = 48;
const MAX_VARIABLES: usize = 64;
const MAX_FUNCTIONS: usize = 500;
/// Bytes of a text.
pub(super) const MAX_TEXT: usize = 4 * 1024;
// Elements are counted with those of the collections inside: these also bound how deep one can be nested.
const MAX_ARRAY: usize = 200;
const MAX_MAP: usize = 100;

/// Words that rhai knows and scripts do not get: running text as code, functions chosen by a computed name (what a function
/// reads must be known beforehand), output, and `try`, which would hide failures.
pub(super) const REFUSED_WORDS: [&str; 12] =
    ["eval", "print", "debug", "Fn", "curry", "is_def_fn", "is_def_var", "type_of", "try", "catch", "this", "/="];

/// Functions of rhai's packages that scripts do not get: those that hide a failure of the function passed to them, and those
/// that speak of bytes and bits.
pub(super) const REFUSED_FUNCTIONS: [(&str, usize); 13] = [
    ("dedup", 2),
    ("sort", 2),
    ("sort_by", 2),
    ("order", 2),
    ("order_by", 2),
    ("to_json", 1),
    ("to_debug", 1),
    ("to_blob", 1),
    ("bits", 1),
    ("bits", 2),
    ("bits", 3),
    ("bytes", 1),
    ("to_bytes", 1),
];

thread_local! {
    // rhai's own count of operations is forgotten when a function passed to another one (`map`, `filter`) returns, so that
    // nested ones would multiply the limit. This one counts them all; each call sets it to zero first.
    static WORK: Cell<u64> = const { Cell::new(0) };
}

/// To be called before each call of a script.
pub(super) fn reset_work() {
    WORK.set(0);
}

/// The engine, and the watch over what it compiles.
pub(super) fn build() -> (Engine, Watch) {
    let mut engine = Engine::new_raw();
    for package in [
        ArithmeticPackage::new().as_shared_module(),
        LogicPackage::new().as_shared_module(),
        BasicStringPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
        BasicIteratorPackage::new().as_shared_module(),
        BasicArrayPackage::new().as_shared_module(),
        BasicMapPackage::new().as_shared_module(),
    ] {
        engine.register_global_module(package);
    }
    // A function's own name is a hash of rhai's: it must never reach a text.
    engine.register_fn("to_string", |_: FnPtr| "une fonction").register_fn("to_debug", |_: FnPtr| "une fonction");
    library::register(&mut engine);
    date::register(&mut engine);
    strict::register(&mut engine);
    views::register(&mut engine);
    test_run::register(&mut engine);

    // No value is ever baked into a compiled script.
    engine.set_optimization_level(OptimizationLevel::None);
    // The built-in operators would come before ours: `7 / 2` is 3.5 here.
    engine.set_fast_operators(false);
    engine
        .set_max_call_levels(MAX_CALL_DEPTH)
        .set_max_expr_depths(MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_DEPTH)
        .set_max_variables(MAX_VARIABLES)
        .set_max_functions(MAX_FUNCTIONS)
        .set_max_string_size(MAX_TEXT)
        .set_max_array_size(MAX_ARRAY)
        .set_max_map_size(MAX_MAP);
    engine.on_progress(|_| {
        let done = WORK.get() + 1;
        WORK.set(done);
        (done > MAX_OPERATIONS).then(|| Dynamic::from(Stop::Work))
    });
    for word in REFUSED_WORDS {
        engine.disable_symbol(word);
    }
    let watch = Watch::default();
    let seen = watch.clone();
    #[allow(deprecated)] // rhai marks it so because its signature may still change
    engine.on_parse_token(move |token, position, _| seen.see(token, position));
    (engine, watch)
}
