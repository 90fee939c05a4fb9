//! Exports of compiled scenarios.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chart;
#[path = "../drawing/machines.rs"]
mod machines;
mod schema;
#[path = "../drawing/strategy.rs"]
mod strategy;
mod xstate;

#[test]
fn the_schema_as_published() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&relance_core::export::json_schema()).unwrap());
}
