//! When contacts may leave: windows, holidays and the contact cap.

use crate::day::{Instant, add_days, civil_date, instant_at};
use crate::dossier::ContactRecord;
use crate::machine::{Cap, Settings};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// How far ahead an opening is searched, in days.
const HORIZON: i64 = 400;

fn open_day(settings: &Settings, day: NaiveDate) -> bool {
    let weekday = day.weekday().num_days_from_monday() as usize;
    settings.window.days.get(weekday).copied().unwrap_or(false) && settings.calendar.holiday(day).is_none()
}

/// Whether messages may leave at this moment.
pub fn is_open(settings: &Settings, zone: Tz, at: Instant) -> bool {
    let local = at.with_timezone(&zone);
    let minute = local.hour() * 60 + local.minute();
    open_day(settings, local.date_naive())
        && minute >= u32::from(settings.window.opens)
        && minute < u32::from(settings.window.closes)
}

/// The first moment from `from` on at which messages may leave; `None` when there is none within 400 days.
pub fn next_opening(settings: &Settings, zone: Tz, from: Instant) -> Option<Instant> {
    if is_open(settings, zone, from) {
        return Some(from);
    }
    let opens = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(settings.window.opens) * 60, 0)?;
    let first = civil_date(from, zone);
    (0..HORIZON)
        .map(|n| add_days(first, n))
        .filter(|day| open_day(settings, *day))
        .map(|day| instant_at(day, opens, zone))
        .find(|at| *at >= from && is_open(settings, zone, *at))
}

fn contacts_counted(contacts: &[ContactRecord], cap: Cap, day: NaiveDate) -> usize {
    let units: BTreeSet<&str> = contacts
        .iter()
        .filter(|c| c.on <= day && (day - c.on).num_days() < i64::from(cap.days))
        .map(|c| c.unit.as_str())
        .collect();
    units.len()
}

/// The first day from `from` on on which the cap allows one more contact, as things stand.
pub fn cap_free_on(contacts: &[ContactRecord], cap: Cap, from: NaiveDate) -> NaiveDate {
    let allowed = cap.contacts.max(1) as usize;
    let candidates = std::iter::once(from).chain(
        contacts.iter().map(|c| add_days(c.on, i64::from(cap.days))).filter(|day| *day > from).collect::<BTreeSet<_>>(),
    );
    let mut last = from;
    for day in candidates {
        if contacts_counted(contacts, cap, day) < allowed {
            return day;
        }
        last = day;
    }
    add_days(last, i64::from(cap.days))
}

/// Whether a message waits because the last import of payments is older than the scenario accepts (`paiements à jour depuis moins de
/// 24h`). Closed days do not count; what a person does by hand does not wait. `None`: payments are always up to date.
pub(super) fn waits_for_payments(settings: &Settings, payments: Option<Instant>, now: Instant, zone: Tz) -> bool {
    let (Some(hours), Some(at)) = (settings.fresh_payments, payments) else { return false };
    let limit = i64::from(hours) * 60;
    let (first, last) = (civil_date(at, zone), civil_date(now, zone));
    if (last - first).num_days() > HORIZON {
        return true;
    }
    let mut minutes = 0;
    for n in 0..=(last - first).num_days() {
        let day = add_days(first, n);
        if settings.calendar.is_business_day(day) {
            let begins = crate::day::start_of_day(day, zone).max(at);
            let ends = crate::day::start_of_day(add_days(day, 1), zone).min(now);
            minutes += (ends - begins).num_minutes().max(0);
        }
    }
    minutes >= limit
}
