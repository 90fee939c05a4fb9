//! Laws that hold for any plan and any history.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acts;
mod laws;
mod versions;
mod worlds;
