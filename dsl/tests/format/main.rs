//! The formatter: one canonical form, no change of meaning, nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod author;
#[path = "../common/mod.rs"]
mod common;
mod examples;
mod laws;

use relance_dsl::{Formatted, format};

/// Formats a text that is one.
pub fn formatted(text: &str) -> Formatted {
    let done = format(&common::source(text)).unwrap();
    assert_eq!(done.defect, None, "{text}");
    done
}
