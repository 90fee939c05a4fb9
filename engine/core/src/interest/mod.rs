//! What is owed besides the balance: late-payment penalties, a consumer's legal interest, the recovery fee, and the statement of account
//! that shows them slice by slice. Pure: rates and terms come in as data ([`Amounts`]), a debt as the fold of its journal ([`Debt`]).
//!
//! Conventions, with their sources in law, are in `docs/penalites.md`.

mod account;
mod debt;
mod exact;
mod gap;
mod percent;
mod rates;
mod statement;
mod terms;

pub use debt::{Debt, Regime};
pub use exact::Exact;
pub use gap::Gap;
pub use percent::Percent;
pub use rates::{Confidence, Quoted, Rates, Table, semester, semester_name};
pub use statement::{Line, Moved, Piece, Slice, Statement, statement};
pub use terms::{Allocation, Amounts, Base, Clause, Terms, Year};

/// The recovery fee in cents of a euro: 40 € per invoice (Code de commerce, art. D. 441-5; code de la commande publique, art. D. 2192-35).
pub const RECOVERY_FEE: i64 = 4_000;
/// Between companies: points over the European Central Bank's rate (Code de commerce, art. L. 441-10 II).
pub const BUSINESS_MARGIN: Percent = Percent::points(10);
/// For a public buyer (Code de la commande publique, art. R. 2192-31).
pub const PUBLIC_MARGIN: Percent = Percent::points(8);
/// A contract rate is at least so many times the legal one (Code de commerce, art. L. 441-10 II); see [`Percent::times`].
pub const FLOOR: Percent = Percent::points(3);
