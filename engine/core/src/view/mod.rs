//! What lists and dashboards show of a client's file, read from its state by pure functions: a base keeps it in columns beside the
//! state, and can make it anew at any time.
//!
//! All of it is as of the day of the last step. What changes with time alone changes on a day on which the file wakes up (a promise, an
//! announcement, a hold or an approval ends; an invoice or an instalment falls due), so that it is right on any day until the next
//! wake-up. The one exception is [`Rank`], whose delays are those of the last step. Whether an invoice is overdue is for queries to say,
//! from its due day.

mod customer;
mod dso;
mod invoice;
mod situation;
mod stake;
mod words;
mod work;

pub use customer::CustomerView;
pub use dso::{Dso, by_exhaustion};
pub use invoice::InvoiceView;
pub use situation::Situation;
pub use stake::{Rank, Stake, payable};
pub use words::{client_words, folded, number_key, reversed};
pub use work::{WorkItem, WorkKind, work};

/// Goes up when one of these functions says something else of the same file: then what a base keeps is made anew.
pub const VERSION: i64 = 1;

#[cfg(test)]
mod tests;
