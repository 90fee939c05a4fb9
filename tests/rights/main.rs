//! Who may do what, over the whole router: every address, every role, another creditor; and what takes two people.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod company;
mod four_eyes;
mod matrix;
mod pages;
mod provider;
mod routes;
mod table;
