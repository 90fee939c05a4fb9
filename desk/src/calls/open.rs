//! The calls, and the letters, that wait for somebody, as the files have them.

pub use relance_core::act::{ANSWER, OpenCall, listed, open_calls as open};
pub use relance_core::view::payable;
