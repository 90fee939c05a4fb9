//! When the invoice of a test becomes known, when the file does not say: before anything that could concern it.

use super::given::Client;
use crate::cases::{TestCase, What};
use chrono::NaiveDate;
use relance_core::day::{add_days, start_of_day};
use relance_core::dossier::InvoiceFile;
use relance_core::facts::InvoiceFacts;
use relance_core::machine::Clock;
use relance_core::program::Program;
use relance_core::step::rung_at;

/// Days between issue and due date, as invoices usually have them.
const USUAL_TERM: i64 = 30;
/// A rung further before the due date than this does not move the day of issue.
const FARTHEST: i64 = 400;

/// The day of issue of a client's `n`-th invoice: the usual term before its due date, or the day before the first rung or the first day
/// of the test that concerns it, whichever is earlier.
pub(super) fn first_day(case: &TestCase, program: &Program, client: &Client, n: usize) -> Option<NaiveDate> {
    let bill = client.bills.get(n)?;
    let due = bill.invoice.due;
    let mut day = add_days(due, -USUAL_TERM);
    let concerns = |invoices: &[String], event: bool| {
        if invoices.is_empty() { event || case.invoices.len() == 1 } else { invoices.contains(&bill.number) }
    };
    for named in &case.days {
        let only = named.happenings.is_empty() && case.invoices.len() == 1;
        if only || named.happenings.iter().any(|h| concerns(&h.invoices, matches!(h.what, What::Event(_)))) {
            day = day.min(add_days(named.date, -1));
        }
    }
    // Bounds may depend on facts: they are read as they are on that day.
    let mut dossier = client.dossier.clone();
    let file = InvoiceFile {
        taken_over: true,
        clock: Some(day),
        ..InvoiceFile::new(bill.invoice.clone(), start_of_day(day, program.zone))
    };
    dossier.invoices.insert(bill.number.clone(), file);
    let file = dossier.invoices.get(&bill.number)?;
    let facts = InvoiceFacts::new(program, &dossier, &bill.number, file, day);
    let scenarios = program.scenarios.iter().filter(|s| !case.named_scenario || s.machine.name == case.scenario);
    let branches = scenarios.flat_map(|s| &s.states).flat_map(|s| &s.rules).flat_map(|r| &r.branches);
    let rungs = branches.filter_map(|branch| rung_at(branch, &facts)).filter(|at| at.clock == Clock::Due);
    let first = rungs.map(|at| at.day).filter(|at| *at >= add_days(due, -FARTHEST)).min();
    Some(first.map_or(day, |first| day.min(add_days(first, -1))))
}
