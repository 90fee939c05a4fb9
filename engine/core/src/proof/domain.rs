//! What the facts of an invoice can be at all, and likely values of them.

use super::Project;
use super::solve::{Domain, Known, Truth, Var};
use crate::machine::Machine;
use crate::schema::{Fact, REGIMES, Type};
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// The day on which the invoices of examples are due, unless a condition asks for another: a Tuesday without holidays near.
pub(super) fn usual_due() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 3).unwrap_or_default()
}

/// How many days before its due date the invoice of an example is issued.
pub(super) const TERM: i128 = 30;

/// The facts of an invoice of a machine.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub project: &'a Project,
    pub machine: &'a Machine,
    /// Its state, where it matters.
    pub state: Option<&'a str>,
    /// Whether something is left to pay.
    pub open: bool,
}

impl<'a> Facts<'a> {
    pub fn new(project: &'a Project, machine: &'a Machine, state: Option<&'a str>) -> Facts<'a> {
        Facts { project, machine, state, open: true }
    }

    /// The type of a custom fact.
    pub fn field_type(&self, name: &str) -> Option<Type> {
        self.machine.fields.iter().find(|field| field.name == name).map(|field| field.ty)
    }

    fn segments(&self) -> Option<BTreeSet<String>> {
        if self.project.segments.is_empty() {
            return None;
        }
        let ruled = self.machine.segments.iter().map(|rule| rule.name.clone());
        Some(self.project.segments.iter().cloned().chain(ruled).chain(["aucun".to_owned()]).collect())
    }
}

fn var(fact: Fact) -> Var {
    Var::Fact(fact)
}

/// `left <= right + by`.
fn at_most(left: Fact, right: Fact, by: i128) -> (Vec<(Var, i128)>, i128) {
    (vec![(var(right), 1), (var(left), -1)], by)
}

fn at_least(fact: Fact, n: i128) -> (Vec<(Var, i128)>, i128) {
    (vec![(var(fact), 1)], -n)
}

fn no_more_than(fact: Fact, n: i128) -> (Vec<(Var, i128)>, i128) {
    (vec![(var(fact), -1)], n)
}

/// Facts that no relation lets stand alone: what is known of the one matters to the others.
const FAMILIES: [&[Fact]; 4] = [
    &[
        Fact::BalanceDue,
        Fact::Collectable,
        Fact::Disputed,
        Fact::Promised,
        Fact::CustomerOutstanding,
        Fact::CustomerOverdue,
    ],
    &[Fact::CustomerOpenInvoices, Fact::CustomerLateInvoices],
    &[Fact::DaysLate, Fact::CustomerOldestDelay, Fact::DueDate, Fact::Today, Fact::IssueDate],
    &[Fact::Reminders, Fact::DaysSinceReminder],
];

impl Domain for Facts<'_> {
    fn words(&self, of: &Var) -> Option<BTreeSet<String>> {
        match of {
            Var::Fact(Fact::Segment) => self.segments(),
            Var::Fact(Fact::Regime) => Some(REGIMES.iter().map(|r| (*r).to_owned()).collect()),
            Var::Fact(Fact::Stage) => self.state.map(|state| BTreeSet::from([state.to_owned()])),
            _ => None,
        }
    }

    fn relations(&self, facts: &Known<'_>) -> Vec<(Vec<(Var, i128)>, i128)> {
        let reads = |fact: Fact| facts.numbers.contains(&var(fact)) || facts.known.contains_key(&var(fact));
        let off = |fact: Fact| facts.flags.get(&var(fact)) == Some(&Truth::NO);
        let mut rows = Vec::new();
        for family in FAMILIES.iter().filter(|family| family.iter().any(|fact| reads(*fact))) {
            match family.first() {
                Some(Fact::BalanceDue) => {
                    rows.extend([
                        at_least(Fact::BalanceDue, i128::from(self.open)),
                        at_least(Fact::Collectable, 0),
                        at_most(Fact::Collectable, Fact::BalanceDue, 0),
                        at_least(Fact::Disputed, 0),
                        at_most(Fact::Disputed, Fact::BalanceDue, 0),
                        at_least(Fact::Promised, 0),
                        at_most(Fact::Promised, Fact::BalanceDue, 0),
                        at_most(Fact::BalanceDue, Fact::CustomerOutstanding, 0),
                        at_least(Fact::CustomerOverdue, 0),
                        at_most(Fact::CustomerOverdue, Fact::CustomerOutstanding, 0),
                        // What is not in dispute and not promised bounds what can be asked for.
                        (vec![(var(Fact::BalanceDue), 1), (var(Fact::Disputed), -1), (var(Fact::Collectable), -1)], 0),
                    ]);
                    if facts.late >= Some(1) {
                        rows.push(at_most(Fact::BalanceDue, Fact::CustomerOverdue, 0));
                    }
                    if off(Fact::InDispute) {
                        rows.push(no_more_than(Fact::Disputed, 0));
                    }
                    if off(Fact::PromiseRunning) {
                        rows.push(no_more_than(Fact::Promised, 0));
                    }
                }
                Some(Fact::CustomerOpenInvoices) => {
                    rows.extend([
                        at_least(Fact::CustomerOpenInvoices, i128::from(self.open)),
                        at_least(Fact::CustomerLateInvoices, 0),
                        at_most(Fact::CustomerLateInvoices, Fact::CustomerOpenInvoices, 0),
                    ]);
                    if self.open && facts.late >= Some(1) {
                        rows.push(at_least(Fact::CustomerLateInvoices, 1));
                    }
                }
                Some(Fact::DaysLate) => {
                    if reads(Fact::Today) || reads(Fact::DueDate) || reads(Fact::IssueDate) {
                        let due_and_late = |sign: i128| {
                            vec![(var(Fact::Today), sign), (var(Fact::DueDate), -sign), (var(Fact::DaysLate), -sign)]
                        };
                        rows.extend([(due_and_late(1), 0), (due_and_late(-1), 0)]);
                    }
                    if self.open && reads(Fact::CustomerOldestDelay) {
                        rows.push(at_most(Fact::DaysLate, Fact::CustomerOldestDelay, 0));
                    }
                }
                Some(Fact::Reminders) => {
                    rows.push(at_least(Fact::Reminders, 0));
                    match facts.known.get(&var(Fact::DaysSinceReminder)) {
                        Some(true) => {
                            rows.extend([at_least(Fact::Reminders, 1), at_least(Fact::DaysSinceReminder, 0)]);
                        }
                        Some(false) => rows.push(no_more_than(Fact::Reminders, 0)),
                        None => {}
                    }
                }
                _ => {}
            }
        }
        if reads(Fact::Amount) {
            // What is negative is a credit note, and what asks for nothing is never open.
            rows.push(at_least(Fact::Amount, i128::from(self.open)));
        }
        for fact in [Fact::PromisesBroken, Fact::InstalmentsMissed].into_iter().filter(|fact| reads(*fact)) {
            rows.push(at_least(fact, 0));
        }
        if reads(Fact::InstalmentsMissed) && off(Fact::Instalments) {
            rows.push(no_more_than(Fact::InstalmentsMissed, 0));
        }
        if facts.numbers.contains(&Var::StateDays) {
            rows.push((vec![(Var::StateDays, 1)], 0));
        }
        rows
    }

    fn usual(&self, facts: &Known<'_>) -> Vec<(Vec<(Var, i128)>, i128)> {
        // Data may say otherwise by mistake: nothing is called impossible for that.
        let issued = var(Fact::IssueDate);
        let reads = facts.numbers.contains(&issued) || facts.known.contains_key(&issued);
        if reads {
            vec![at_most(Fact::IssueDate, Fact::DueDate, 0), at_most(Fact::IssueDate, Fact::Today, 0)]
        } else {
            Vec::new()
        }
    }

    fn prefer(&self, of: &Var, chosen: &BTreeMap<Var, i128>) -> i128 {
        let value = |fact: Fact| chosen.get(&var(fact)).copied();
        let due = i128::from(usual_due().num_days_from_ce());
        match of {
            Var::Fact(Fact::Amount) => value(Fact::BalanceDue).unwrap_or(120_000),
            Var::Fact(Fact::BalanceDue) => value(Fact::Amount).unwrap_or(120_000),
            Var::Fact(Fact::Collectable | Fact::CustomerOutstanding) => {
                value(Fact::BalanceDue).or(value(Fact::Amount)).unwrap_or(120_000)
            }
            Var::Fact(Fact::CustomerOverdue) => value(Fact::CustomerOutstanding).unwrap_or(0),
            Var::Fact(Fact::CustomerOpenInvoices) => 1,
            Var::Fact(Fact::CustomerOldestDelay) => value(Fact::DaysLate).unwrap_or(0),
            Var::Fact(Fact::DaysSinceReminder) => 10,
            Var::Fact(Fact::DueDate) => value(Fact::IssueDate).map_or(due, |issued| due.max(issued + TERM)),
            Var::Fact(Fact::Today) => value(Fact::DueDate).unwrap_or(due) + value(Fact::DaysLate).unwrap_or(0),
            Var::Fact(Fact::IssueDate) => value(Fact::DueDate).unwrap_or(due) - TERM,
            _ => 0,
        }
    }
}
