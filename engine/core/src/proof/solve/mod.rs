//! Whether facts exist under which conditions hold. What it calls impossible is impossible; what it calls possible comes with values to
//! try, and is only believed once a simulation has confirmed it.

mod formula;
mod linear;
mod reals;
mod search;
#[cfg(test)]
mod tests;

pub(crate) use formula::{Atom, Formula, Truth, Want, translate};
pub(crate) use linear::{Kind, Linear, span_days};
pub(crate) use search::{Answer, Domain, Known, Model, solve};

use crate::schema::Fact;

/// Something whose value is not known before an invoice is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Var {
    /// A built-in fact. Amounts in cents, lengths in days, dates in days from the common era, numbers as they are.
    Fact(Fact),
    /// A custom fact. Numbers in millionths.
    Field(String),
    /// `passée_par(x)`.
    Visited(String),
    /// Days on the clock of the state.
    StateDays,
    /// A part of a condition that is not looked into: a script, a product.
    Opaque(String),
}

impl Var {
    /// Whether its value can be unknown.
    pub fn may_be_unknown(&self) -> bool {
        match self {
            Var::Fact(fact) => matches!(
                fact,
                Fact::Owner
                    | Fact::DaysSinceReminder
                    | Fact::RungReached
                    | Fact::CustomerEmail
                    | Fact::CustomerPhone
                    | Fact::CustomerCountry
                    | Fact::CustomerUsualDelay
                    | Fact::CustomerAverageDelay
                    | Fact::CustomerOldestDelay
            ),
            Var::Field(_) | Var::Opaque(_) => true,
            Var::Visited(_) | Var::StateDays => false,
        }
    }
}
