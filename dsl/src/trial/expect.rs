//! What a test expects, and whether something that happened is that.

use super::happened::{Happened, Stand};
use crate::cases::{TestCase, TestDay, TestPlace, What};
use chrono::{NaiveDate, Timelike};
use relance_core::machine::{Action, Attempt, Contact};
use relance_core::schema::fold;

/// One thing that must happen.
pub(super) struct Expected<'a> {
    pub date: NaiveDate,
    pub attempt: &'a Attempt,
    /// The invoice, when the line names it.
    pub invoice: Option<&'a str>,
    /// As the timeline shows it.
    pub text: String,
    pub place: &'a TestPlace,
    hour: Option<Hour>,
}

/// The hour of a line, for the messages in it.
#[derive(Clone, Copy)]
enum Hour {
    /// The line only says what leaves: at that very minute.
    Exactly(u32),
    /// The hour is that of what happens outside: what follows comes then or later that day.
    From(u32),
}

/// What a test expects, in file order; a line that names several invoices expects it of each.
pub(super) fn expected(case: &TestCase) -> Vec<Expected<'_>> {
    let mut all = Vec::new();
    for day in &case.days {
        for happening in &day.happenings {
            let What::Effect(attempt) = &happening.what else { continue };
            let one = |invoice| Expected {
                date: day.date,
                attempt,
                invoice,
                text: invoice.map_or_else(|| attempt.to_string(), |number| format!("{attempt} pour {number}")),
                place: &day.place,
                hour: hour(day),
            };
            match happening.invoices.as_slice() {
                [] => all.push(one(None)),
                named => all.extend(named.iter().map(|number| one(Some(number.as_str())))),
            }
        }
    }
    all
}

fn hour(day: &TestDay) -> Option<Hour> {
    let minute = u32::from(day.hour?);
    let only_effects = day.happenings.iter().all(|h| matches!(h.what, What::Effect(_)));
    Some(if only_effects { Hour::Exactly(minute) } else { Hour::From(minute) })
}

impl Expected<'_> {
    /// Whether this is what was expected, on whatever day.
    pub fn is(&self, happened: &Happened) -> bool {
        if self.invoice.is_some_and(|number| !happened.invoices.iter().any(|own| own == number)) {
            return false;
        }
        let asked = self.attempt.approval.as_ref();
        let approval = happened.did.approval.as_ref();
        let approved = match asked {
            None => happened.stand != Stand::Asked,
            Some(asked) => approval.is_some_and(|own| asked.by.is_none() || same_role(&asked.by, &own.by)),
        };
        approved && happened.stand != Stand::Failed && same(&self.attempt.action, &happened.did.action)
    }

    /// The hour of the line, as it is said; `None` when it has none.
    pub fn hour(&self) -> Option<String> {
        self.hour.map(|hour| match hour {
            Hour::Exactly(minute) => said_hour(minute),
            Hour::From(minute) => format!("{} ou plus tard", said_hour(minute)),
        })
    }

    /// Whether it happened at the hour of the line, if that has one.
    pub fn is_in_time(&self, happened: &Happened, zone: chrono_tz::Tz) -> bool {
        if happened.day != self.date {
            return false;
        }
        let local = happened.at.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        match self.hour.filter(|_| happened.did.action.contact().is_some()) {
            None => true,
            Some(Hour::Exactly(wanted)) => minute == wanted,
            Some(Hour::From(wanted)) => minute >= wanted,
        }
    }
}

/// « 9h », « 14h30 ».
pub(super) fn said_hour(minute: u32) -> String {
    match (minute / 60, minute % 60) {
        (hour, 0) => format!("{hour}h"),
        (hour, minute) => format!("{hour}h{minute:02}"),
    }
}

fn same_role(a: &Option<String>, b: &Option<String>) -> bool {
    a.as_deref().map(fold) == b.as_deref().map(fold)
}

/// Whether an action that happened is the one expected; what the test does not write, it leaves open.
pub(super) fn same(expected: &Action, happened: &Action) -> bool {
    let text = |a: &str, b: &str| fold(a.trim()) == fold(b.trim());
    match (expected, happened) {
        (Action::Contact(expected), Action::Contact(happened)) => same_contact(expected, happened),
        (Action::Task { text: a, to }, Action::Task { text: b, to: role }) => {
            text(a, b) && (to.is_none() || same_role(to, role))
        }
        (Action::Alert { target: a }, Action::Alert { target: b })
        | (Action::HandOver { target: a }, Action::HandOver { target: b })
        | (Action::Note { text: a }, Action::Note { text: b })
        | (Action::GoTo { state: a }, Action::GoTo { state: b }) => text(a, b),
        (Action::Suspend { length: a }, Action::Suspend { length: b }) => a == b,
        (Action::Resume, Action::Resume) | (Action::Continue, Action::Continue) => true,
        _ => false,
    }
}

fn same_contact(expected: &Contact, happened: &Contact) -> bool {
    let roles = |all: &[String]| {
        let mut roles: Vec<String> = all.iter().map(|role| fold(role)).collect();
        roles.sort();
        roles
    };
    let said = |wanted: &[String], own: &[String]| wanted.is_empty() || roles(wanted) == roles(own);
    let template = match (&expected.template, &expected.choice) {
        (Some(wanted), _) => happened.template.as_deref().map(fold) == Some(fold(wanted)),
        (None, Some(choice)) => {
            happened.template.as_deref().is_some_and(|own| choice.among.iter().any(|name| fold(name) == fold(own)))
        }
        (None, None) => true,
    };
    expected.channel == happened.channel
        && template
        && said(&expected.to, &happened.to)
        && said(&expected.copy, &happened.copy)
}
