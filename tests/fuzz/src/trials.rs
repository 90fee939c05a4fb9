//! Tests in scenario files, played.

use crate::project::{compiled, program};
use relance_dsl::trial;

/// Compiles the bytes and plays every test in them.
pub fn check(bytes: &[u8]) {
    let compilation = compiled(bytes);
    let Some(machines) = compilation.machines else { return };
    let program = program(machines);
    let told = trial::scenarios(&compilation.tests, &program, None, 80);
    assert_eq!(told.len(), compilation.tests.len());
    trial::json(&told);
    trial::junit(&told);
    assert_eq!(told, trial::scenarios(&compilation.tests, &program, None, 80), "played twice");
}
