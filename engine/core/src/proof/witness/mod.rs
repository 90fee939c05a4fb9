//! Counterexamples: an invoice and dates that show what a finding says, confirmed by a simulation.

mod build;
mod lab;
mod occasion;
mod told;

pub(super) use build::Way;
pub(super) use lab::{Lab, Seen};

use crate::day::french_date;
use crate::incoming::Incoming;
use crate::money::Amount;
use chrono::NaiveDate;
use std::fmt;

/// An invoice and what happens to it.
#[derive(Clone, PartialEq, Debug)]
pub struct Witness {
    /// Its amount.
    pub amount: Amount,
    /// When it was issued.
    pub issued: NaiveDate,
    /// Its due date.
    pub due: NaiveDate,
    /// What else is to be known of it and its client, in French: « client du segment `vip` ».
    pub details: Vec<String>,
    /// What happens outside, by day, in French.
    pub events: Vec<(NaiveDate, String)>,
    /// What the scenario does, by day, in French.
    pub timeline: Vec<(NaiveDate, String)>,
    /// The data of the example: whoever runs the machines on them sees the same. The invoice is `F1`, its client `C1`.
    pub data: Vec<Incoming>,
}

/// More lines than this of a timeline are not told.
const MAX_LINES: usize = 5;

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = "échéance le";
        write!(f, "facture de {}, {when} {}", self.amount, french_date(self.due))?;
        for detail in &self.details {
            write!(f, ", {detail}")?;
        }
        let mut lines: Vec<&(NaiveDate, String)> = self.events.iter().chain(&self.timeline).collect();
        lines.sort_by_key(|(day, _)| *day);
        if !lines.is_empty() {
            f.write_str(" :")?;
        }
        let mut last = None;
        for (day, text) in lines.into_iter().take(MAX_LINES) {
            if last == Some(*day) {
                write!(f, "\n  et {text}")?;
                continue;
            }
            last = Some(*day);
            let late = (*day - self.due).num_days();
            write!(f, "\n  le {} ({}) : {text}", french_date(*day), crate::step::rung_label(late))?;
        }
        Ok(())
    }
}
