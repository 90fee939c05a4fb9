//! Which scenarios a base follows, told.

pub use relance_desk::following::{Following, choose, current, unpublished};

use crate::failure::Failure;
use crate::output;

/// Tells on standard error, for those whose output is read by programs.
pub fn tell(told: Option<&String>) {
    if let Some(told) = told {
        anstream::eprint!("{told}");
    }
}

/// Prints what is told, for people.
pub fn print(told: Option<&String>) -> Result<(), Failure> {
    told.map_or(Ok(()), |told| output::print(told))
}
