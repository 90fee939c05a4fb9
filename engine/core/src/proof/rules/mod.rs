//! Findings about single rules, and about rules of one state.

pub(super) mod cap;
pub(super) mod conflict;
pub(super) mod cut;
pub(super) mod hidden;
pub(super) mod leaving;
pub(super) mod never;
mod occasion;
pub(super) mod pace;
pub(super) mod past;
