//! Relance's letters: what stands on the paper, as values ([`Letter`]), and the PDF of it.
//!
//! Values are made from a rendered template and the client's accounts ([`compose`]); setting them is pure: the same letters give the same
//! bytes. Setting takes typst, minutes of building: without the feature `typst`, [`pdf`] answers [`Refusal::NotBuilt`].

mod address;
mod annex;
pub mod brief;
mod compose;
mod letter;
mod payment;
mod pdf;
pub mod statement;
mod words;

pub use annex::Account;
pub use compose::{Composed, Draft, compose, statement_sheet};
pub use letter::{Account as AccountView, Annex, Letter, Line, Part, Payment, PaymentRow, Sender, Table};
pub use pdf::{BUILT, Print, Refusal, Sheets, brief_pdf, pdf};
