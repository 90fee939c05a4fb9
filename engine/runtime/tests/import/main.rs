//! Files in, from bytes to what happened outside; and the portfolios that are generated as such files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod again;
mod custom;
mod documentation;
mod electronic;
mod formats;
mod instalments;
mod open_items;
mod payments;
mod portfolio;
mod problems;
mod properties;
mod real_books;
mod story;
mod tracking;
mod workbooks;

use chrono::NaiveDate;
use relance_core::incoming::Incoming;
use relance_engine::import::{Known, Options, Reconciled, read, reconcile};
use std::fmt::Write;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

/// The day of every import here, unless the test is about days.
fn today() -> NaiveDate {
    day(2026, 3, 18)
}

fn import_with(known: &Known, files: &[(&str, &str)], options: &Options) -> Reconciled {
    reconcile(known, &read(files, options), today(), chrono_tz::Europe::Paris)
}

fn import(files: &[(&str, &str)]) -> Reconciled {
    import_with(&Known::default(), files, &Options::default())
}

fn tolerant() -> Options {
    Options { tolerant: true, ..Options::default() }
}

/// Imports, and learns what came.
fn learn(known: &mut Known, files: &[(&str, &str)], options: &Options) -> Reconciled {
    let result = import_with(known, files, options);
    for incoming in &result.incoming {
        known.learn(incoming);
    }
    result
}

/// One line for each thing that came in.
fn lines(incoming: &[Incoming]) -> String {
    let mut out = String::new();
    for i in incoming {
        let invoice = i.invoice.as_deref().unwrap_or("–");
        let known = i.known.map(|at| format!(" (connu {at})")).unwrap_or_default();
        let what = serde_json::to_string(&i.what).unwrap();
        let said = i.said.as_ref().map(|said| format!(" {}", serde_json::to_string(said).unwrap())).unwrap_or_default();
        let _ = writeln!(out, "{} {} {invoice} [{}]{known}\n    {what}{said}", i.effective, i.client, i.id);
    }
    out
}

/// Problems, infos and incoming, for a person to read.
fn report(result: &Reconciled) -> String {
    let mut out = String::new();
    for problem in &result.problems {
        let _ = writeln!(out, "✗ {problem}");
    }
    for info in &result.infos {
        let _ = writeln!(out, "i {info}");
    }
    for file in &result.refused {
        let _ = writeln!(out, "refusé : {file}");
    }
    [out, lines(&result.incoming)].concat()
}
