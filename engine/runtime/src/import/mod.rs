//! Files in: CSV and XLSX as French accounting software exports them, and electronic invoices, to [`Incoming`](relance_core::incoming::Incoming).
//!
//! Bytes become a [`table`], a table's columns are found ([`columns`]), its rows become a [`Batch`] ([`read`]), and a batch
//! compared with what is [`Known`] becomes what happened outside ([`reconcile`]). All of it is pure; only [`load`] touches
//! the disk. A mistake is a [`Problem`] at its place; what is left aside without harm is an [`Info`].

pub mod batch;
pub mod columns;
mod csv_text;
mod custom;
mod customers;
pub mod einvoice;
mod events;
pub mod headings;
mod instalments;
mod invoices;
pub mod kind;
pub mod known;
mod load;
mod payments;
pub mod problem;
mod read;
pub mod reconcile;
mod rows;
pub mod table;
mod text;
pub mod value;
mod workbook;

pub use batch::Batch;
pub use kind::Kind;
pub use known::{Known, Messages};
pub use load::load;
pub use problem::{Info, Problem};
pub use read::{Options, read};
pub use reconcile::{Counts, Paper, Reconciled, reconcile};
