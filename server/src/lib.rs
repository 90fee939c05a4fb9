//! The server where credit managers work: pages for people, an API for programs, a portal for debtors. It decides nothing by itself: what
//! people do becomes things that come in from outside, and the step function takes them.

mod assets;
mod headers;
mod net;
mod refusal;
mod router;
mod site;
mod ui;

pub use net::serve;
pub use site::{Site, Tenant};
