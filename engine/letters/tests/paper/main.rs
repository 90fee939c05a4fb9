//! Letters on paper, looked at by other people's programs: poppler renders and reads them, qpdf checks them, zbar scans their codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod brief;
mod codes;
mod data;
mod files;
mod outside;
mod print;
mod statement;
