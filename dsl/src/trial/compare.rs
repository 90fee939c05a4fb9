//! What was expected against what happened: day by day, as a multiset.

use super::expect::{Expected, said_hour};
use super::happened::{Happened, Stand};
use super::people::{At, Work, work};
use super::{Line, Row, Verdict};
use crate::cases::{Outside, TestCase, What};
use chrono::{NaiveDate, Timelike};
use relance_core::machine::{Action, Channel};
use relance_core::schema::fold;
use std::collections::{BTreeMap, BTreeSet};

/// Which of the happenings each expectation is, if any.
pub(super) type Pairs = Vec<Option<usize>>;

/// The timeline, and which expectation is which happening.
pub(super) fn compare(
    case: &TestCase,
    expected: &[Expected<'_>],
    happened: &[Happened],
    unused: &BTreeSet<At>,
    zone: chrono_tz::Tz,
) -> (Vec<Row>, Pairs) {
    let pairs = pair(expected, happened, zone);
    let mut covered: BTreeSet<usize> = BTreeSet::new();
    for (n, one) in happened.iter().enumerate() {
        let whole = pairs.iter().zip(expected).any(|(at, e)| *at == Some(n) && e.invoice.is_none());
        let each = |number: &String| {
            pairs.iter().zip(expected).any(|(at, e)| *at == Some(n) && e.invoice == Some(number.as_str()))
        };
        if whole || (!one.invoices.is_empty() && one.invoices.iter().all(each)) {
            covered.insert(n);
        }
    }
    let mut rows: BTreeMap<NaiveDate, Row> = BTreeMap::new();
    let last = case.days.iter().map(|day| day.date).max();
    let row = |rows: &mut BTreeMap<NaiveDate, Row>, date: NaiveDate| {
        let place = case.days.iter().find(|day| day.date == date).map(|day| day.place.clone());
        let closed = case.then_nothing && last.is_none_or(|last| date > last);
        rows.entry(date).or_insert_with(|| Row { date, place, closed, lines: Vec::new() });
    };
    for (d, day) in case.days.iter().enumerate() {
        row(&mut rows, day.date);
        for (h, happening) in day.happenings.iter().enumerate() {
            let pointless = match &happening.what {
                What::Effect(_) => continue,
                What::Event(Outside::Failure(channel)) => {
                    let failed = |one: &Happened| {
                        let of = one.did.action.contact().map(|contact| contact.channel);
                        // A call stands on a list before whoever has to make it says that it cannot be made.
                        let asked = one.stand == Stand::Done && of.is_some_and(Channel::by_hand) && of == *channel;
                        asked || (one.stand == Stand::Failed && (channel.is_none() || of == *channel))
                    };
                    cover(failed, &happening.invoices, day.date, happened, &mut covered);
                    unused.contains(&(d, h))
                }
                What::Event(_) => unused.contains(&(d, h)),
                What::People(says) => {
                    cover(covers_work(work(*says)), &happening.invoices, day.date, happened, &mut covered);
                    unused.contains(&(d, h))
                }
            };
            let text = happening.text.clone();
            let place = Some(day.place.clone());
            let line = if pointless {
                Line { expected: Some(text), actual: None, verdict: Verdict::Missing, place }
            } else {
                Line { expected: Some(text.clone()), actual: Some(text), verdict: Verdict::Given, place }
            };
            rows.entry(day.date).and_modify(|row| row.lines.push(line));
        }
    }
    for (e, at) in expected.iter().zip(&pairs) {
        let actual = at.and_then(|n| happened.get(n)).map(|one| with_invoices(one, case));
        let verdict = if actual.is_some() { Verdict::Same } else { Verdict::Missing };
        let line = Line { expected: Some(e.text.clone()), actual, verdict, place: Some(e.place.clone()) };
        rows.entry(e.date).and_modify(|row| row.lines.push(line));
    }
    for (n, one) in happened.iter().enumerate() {
        row(&mut rows, one.day);
        // Of a grouped message, only what no line names is left over.
        let is_named = |number: &String| {
            pairs.iter().zip(expected).any(|(at, e)| *at == Some(n) && e.invoice == Some(number.as_str()))
        };
        let rest =
            Happened { invoices: one.invoices.iter().filter(|i| !is_named(i)).cloned().collect(), ..one.clone() };
        rows.entry(one.day).and_modify(|row| {
            let named = row.place.is_some();
            let verdict = match () {
                _ if covered.contains(&n) && pairs.contains(&Some(n)) => return,
                _ if !named && !row.closed => Verdict::Free,
                _ if covered.contains(&n) || (named && one.unsaid) => Verdict::Unsaid,
                _ => Verdict::Surplus,
            };
            let actual = Some(with_invoices(&rest, case));
            // What came in the place of something of the same kind stands beside it.
            let instead = row.lines.iter_mut().find(|line| {
                let kinds = line.expected.as_ref().map(|text| kind(text)).zip(actual.as_ref().map(|text| kind(text)));
                verdict == Verdict::Surplus && line.verdict == Verdict::Missing && kinds.is_some_and(|(a, b)| a == b)
            });
            match instead {
                Some(line) => {
                    // The same thing at another hour: both sides say when.
                    let same = |e: &&Expected<'_>| {
                        line.expected.as_ref() == Some(&e.text) && line.place.as_ref() == Some(e.place)
                    };
                    let hour = expected.iter().find(same).filter(|_| line.expected == actual).and_then(Expected::hour);
                    let at = |text: &Option<String>, hour: String| text.as_ref().map(|text| format!("{text} à {hour}"));
                    let (wanted, actual) = match hour {
                        Some(hour) => (at(&line.expected, hour), at(&actual, hour_of(one, zone))),
                        None => (line.expected.take(), actual),
                    };
                    (line.expected, line.actual, line.verdict) = (wanted, actual, Verdict::Instead);
                }
                None => row.lines.push(Line { expected: None, actual, verdict, place: None }),
            }
        });
    }
    (rows.into_values().collect(), pairs)
}

/// When something happened, as a line says it.
fn hour_of(one: &Happened, zone: chrono_tz::Tz) -> String {
    let local = one.at.with_timezone(&zone);
    said_hour(local.hour() * 60 + local.minute())
}

/// What a line is about: its first word. Messages are one kind.
fn kind(text: &str) -> &str {
    let word = text.split([' ', '\u{a0}']).next().unwrap_or_default();
    if ["sms", "courrier", "lettre_recommandée", "appel"].contains(&word) { "email" } else { word }
}

/// The happening as the timeline shows it; with several invoices in the test, it says of which.
pub(super) fn with_invoices(one: &Happened, case: &TestCase) -> String {
    let text = one.text();
    if case.invoices.len() < 2 || one.invoices.is_empty() {
        return text;
    }
    let mut invoices = one.invoices.clone();
    invoices.sort();
    format!("{text} pour {}", invoices.join(" et "))
}

/// Pairs expectations with what happened, as many as can be: each part of a grouped message counts for its invoice.
fn pair(expected: &[Expected<'_>], happened: &[Happened], zone: chrono_tz::Tz) -> Pairs {
    let mut parts: Vec<(usize, Option<&str>)> = Vec::new();
    for (n, one) in happened.iter().enumerate() {
        if one.invoices.is_empty() {
            parts.push((n, None));
        }
        parts.extend(one.invoices.iter().map(|number| (n, Some(number.as_str()))));
    }
    let fits = |e: &Expected<'_>, (n, invoice): (usize, Option<&str>)| {
        happened
            .get(n)
            .is_some_and(|one| (e.invoice.is_none() || e.invoice == invoice) && e.is_in_time(one, zone) && e.is(one))
    };
    let fitting: Vec<Vec<usize>> = expected
        .iter()
        .map(|e| parts.iter().enumerate().filter(|(_, part)| fits(e, **part)).map(|(at, _)| at).collect())
        .collect();
    // Augmenting paths: a first choice gives way when another expectation fits nothing else.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    // The most precise first, and an unnamed one takes a whole message before the rest of another.
    let mut order: Vec<usize> = (0..expected.len()).collect();
    order.sort_by_key(|n| fitting.get(*n).map_or(0, Vec::len));
    for e in order {
        augment(e, &fitting, &mut taken, &mut BTreeSet::new(), &parts);
    }
    let mut pairs = vec![None; expected.len()];
    for (part, e) in taken {
        if let (Some(slot), Some((n, _))) = (pairs.get_mut(e), parts.get(part)) {
            *slot = Some(*n);
        }
    }
    pairs
}

fn augment(
    e: usize,
    fitting: &[Vec<usize>],
    taken: &mut BTreeMap<usize, usize>,
    tried: &mut BTreeSet<usize>,
    parts: &[(usize, Option<&str>)],
) -> bool {
    let Some(candidates) = fitting.get(e) else { return false };
    let happening = |part: usize| parts.get(part).map(|(n, _)| *n);
    let touched = |part: usize, taken: &BTreeMap<usize, usize>| taken.keys().any(|t| happening(*t) == happening(part));
    let mut candidates: Vec<usize> = candidates.clone();
    candidates.sort_by_key(|part| (taken.contains_key(part), touched(*part, taken), *part));
    for part in candidates {
        if !tried.insert(part) {
            continue;
        }
        let free = match taken.get(&part).copied() {
            None => true,
            Some(other) => augment(other, fitting, taken, tried, parts),
        };
        if free {
            taken.insert(part, e);
            return true;
        }
    }
    false
}

/// What a line about people or carriers speaks of, and may therefore leave unsaid: one of the day.
fn cover(
    fits: impl Fn(&Happened) -> bool,
    invoices: &[String],
    date: NaiveDate,
    happened: &[Happened],
    covered: &mut BTreeSet<usize>,
) {
    let wanted: Vec<Option<&String>> =
        if invoices.is_empty() { vec![None] } else { invoices.iter().map(Some).collect() };
    for number in wanted {
        let of_day =
            |one: &Happened| one.day == date && fits(one) && number.is_none_or(|number| one.invoices.contains(number));
        let mut all = happened.iter().enumerate().filter(|(_, one)| of_day(one)).map(|(n, _)| n);
        // It speaks of one that the day names, or else stands for one that it does not.
        if all.clone().all(|n| !covered.contains(&n))
            && let Some(n) = all.next()
        {
            covered.insert(n);
        }
    }
}

fn covers_work(work: Work) -> impl Fn(&Happened) -> bool {
    move |one| match (&one.did.action, work) {
        _ if work == Work::Approval => one.stand == Stand::Asked,
        (Action::Contact(contact), Work::Call) => contact.channel == Channel::Call && one.stand != Stand::Asked,
        (Action::Task { .. }, Work::Task) => one.stand == Stand::Done,
        _ => false,
    }
}

/// Whether a state that a test writes is the one that an invoice is in.
pub(super) fn same_state(expected: &str, actual: &str) -> bool {
    fold(expected) == fold(actual)
}
