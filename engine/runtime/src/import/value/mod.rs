//! Cells to values: amounts, dates, words and contact data as French exports write them. A value that could mean two
//! things is refused with its reason, never guessed.

pub mod amount;
pub mod contact;
pub mod date;
pub mod number;
pub mod word;
