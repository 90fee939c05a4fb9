//! What must hold of any year under the ready pack.

use super::Year;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike};
use relance_core::journal::Line;
use std::collections::{BTreeMap, BTreeSet};

/// Days of the year on which nobody writes, besides weekends.
const HOLIDAYS: [&str; 11] = [
    "2025-04-21",
    "2025-05-01",
    "2025-05-08",
    "2025-05-29",
    "2025-06-09",
    "2025-07-14",
    "2025-08-15",
    "2025-11-01",
    "2025-11-11",
    "2025-12-25",
    "2026-01-01",
];
/// Messages that claim nothing.
const INFORMATION: [&str; 2] = ["remerciement", "dossier_clos"];
/// The latest rung that makes a first contact: an invoice that is later than this has been heard of. A key account's habit may last
/// 45 days, and the cap and a promise may hold the message back.
const HEARD_OF: i64 = 75;

/// What left during the year: messages, calls and letters.
pub fn contacts(year: &Year) -> impl Iterator<Item = &Line> {
    year.lines.iter().filter(|line| line.evenement == "envoi" && !line.historique)
}

fn claims(line: &Line) -> bool {
    line.modele.as_deref().is_none_or(|name| !INFORMATION.contains(&name))
}

fn at(line: &Line) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(&line.le).unwrap()
}

fn on(line: &Line) -> NaiveDate {
    at(line).date_naive()
}

fn number(line: &Line) -> &str {
    line.facture.as_deref().unwrap()
}

/// Every law, one after the other.
pub fn hold(year: &Year) {
    assert!(contacts(year).count() > 3_000, "the year is not empty");
    let anomalies: Vec<_> = year.lines.iter().filter(|line| line.evenement == "anomalie").collect();
    assert!(anomalies.is_empty(), "{anomalies:?}");
    let untaken: Vec<_> = year.lines.iter().filter(|line| line.evenement == "sans_scenario").collect();
    assert!(untaken.is_empty(), "every invoice has its scenario: {untaken:?}");
    at_decent_hours(year);
    within_the_cap(year);
    one_way_a_day(year);
    formal_notices(year);
    nothing_after_settlement(year);
    consumers_and_texts(year);
    nobody_is_forgotten(year);
}

fn at_decent_hours(year: &Year) {
    for line in contacts(year) {
        let (day, hour) = (on(line), at(line).hour());
        assert!(day.weekday().num_days_from_monday() < 5, "on a weekend: {line:?}");
        assert!(!HOLIDAYS.contains(&day.to_string().as_str()), "on a holiday: {line:?}");
        let first = if line.scenario.as_deref() == Some("particulier") { 10 } else { 9 };
        assert!((first..18).contains(&hour), "out of hours: {line:?}");
    }
}

/// By client: the days on which something was claimed, with what left.
fn days(year: &Year) -> BTreeMap<&str, BTreeMap<NaiveDate, Vec<&Line>>> {
    let mut days: BTreeMap<&str, BTreeMap<NaiveDate, Vec<&Line>>> = BTreeMap::new();
    for line in contacts(year).filter(|line| claims(line)) {
        days.entry(&line.client).or_default().entry(on(line)).or_default().push(line);
    }
    days
}

/// Each file of the pack allows one contact in so many days, over all invoices and ways.
fn within_the_cap(year: &Year) {
    let caps: BTreeMap<&str, i64> = BTreeMap::from([
        ("bon_payeur", 7),
        ("general", 3),
        ("mauvais_payeur", 2),
        ("grand_compte", 5),
        ("acheteur_public", 5),
        ("particulier", 7),
    ]);
    for (client, days) in days(year) {
        let mut before: Option<NaiveDate> = None;
        for (day, lines) in days {
            let cap = lines.iter().map(|line| caps[line.scenario.as_deref().unwrap()]).max().unwrap();
            if let Some(before) = before {
                assert!((day - before).num_days() >= cap, "{client} : {before}, puis {day} : {lines:?}");
            }
            before = Some(day);
        }
    }
}

fn one_way_a_day(year: &Year) {
    for (client, days) in days(year) {
        for (day, lines) in days {
            let ways: BTreeSet<_> = lines.iter().map(|line| (line.canal, &line.le)).collect();
            assert_eq!(ways.len(), 1, "{client} le {day} : {lines:?}");
        }
    }
}

/// Each follows a reminder that is eight days old at least, of ours or of a person, and somebody's approval.
fn formal_notices(year: &Year) {
    let mut reminders: BTreeMap<&str, Vec<NaiveDate>> = BTreeMap::new();
    let mut ours: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    let mut approved: BTreeSet<&str> = BTreeSet::new();
    let mut notices = 0;
    for line in &year.lines {
        match line.evenement {
            "relance_passee" => {
                let day = line.date.as_deref().map_or_else(|| on(line), |date| date.parse().unwrap());
                reminders.entry(number(line)).or_default().push(day);
            }
            "valide" => {
                approved.insert(line.cle.as_deref().unwrap());
            }
            "envoi" if !line.historique => {
                let template = line.modele.as_deref().unwrap_or_default();
                if template.starts_with("mise_en_demeure") {
                    notices += 1;
                    let old = |day: &NaiveDate| (on(line) - *day).num_days() >= 8;
                    let before = reminders.get(number(line)).is_some_and(|days| days.iter().any(old));
                    assert!(before, "no reminder before: {line:?}");
                    assert!(approved.contains(line.cle.as_deref().unwrap()), "nobody approved: {line:?}");
                    assert_eq!(line.canal, Some("lettre_recommandée"), "{line:?}");
                    // The deadline that the plan's last reminder gave is over.
                    let deadline = ours.get(number(line)).is_some_and(|day| !old(day));
                    assert!(!deadline, "the last deadline still runs: {line:?}");
                }
                if claims(line) {
                    reminders.entry(number(line)).or_default().push(on(line));
                    ours.insert(number(line), on(line));
                }
            }
            _ => {}
        }
    }
    assert!(notices > 100);
}

fn nothing_after_settlement(year: &Year) {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    let (mut settlements, mut thanks) = (0, BTreeSet::new());
    for line in &year.lines {
        match line.evenement {
            "soldee" => {
                settlements += 1;
                settled.insert(number(line));
            }
            "reouverture" => {
                settled.remove(number(line));
                thanks.remove(number(line));
            }
            "envoi" if !line.historique && claims(line) => {
                assert!(!settled.contains(number(line)), "settled, yet claimed: {line:?}");
            }
            "envoi" if !line.historique => {
                assert!(settled.contains(number(line)), "not settled, yet thanked: {line:?}");
                assert!(thanks.insert(number(line)), "thanked twice: {line:?}");
            }
            _ => {}
        }
    }
    assert!(settlements > 1_000);
}

/// What is between professionals is never told to a consumer, and a text message is one.
fn consumers_and_texts(year: &Year) {
    let mut texts = 0;
    for said in &year.said {
        if said.sms {
            texts += 1;
            assert!(said.text.trim().chars().count() <= 160, "{}", said.text);
        }
    }
    assert!(texts > 100);
    let consumers: Vec<_> =
        year.said.iter().filter(|said| !said.sms || said.template.ends_with("_particulier")).collect();
    let letters = consumers.iter().filter(|said| said.template == "mise_en_demeure_particulier").count();
    assert!(consumers.len() > 100 && letters > 10);
    for said in consumers {
        let plain = said.text.replace(['\u{a0}', '\u{202f}'], " ").to_lowercase();
        for word in ["quarante euros", " 40 €", "l. 441-10", "pénalité", "indemnité", "frais de recouvrement"] {
            assert!(!plain.contains(word), "`{word}` to a consumer: {}", said.text);
        }
        let amount = said.sms && plain.contains('€');
        assert!(!amount, "an amount on a shared telephone: {}", said.text);
    }
}

/// An invoice that stayed late got a contact, or the journal says why not.
fn nobody_is_forgotten(year: &Year) {
    let mut ends: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut scenarios: BTreeMap<&str, &str> = BTreeMap::new();
    for line in year.lines.iter().filter(|line| line.facture.is_some()) {
        let number = number(line);
        match line.evenement {
            "soldee" => {
                ends.insert(number, on(line));
            }
            "reouverture" => {
                ends.remove(number);
            }
            "scenario" => {
                scenarios.insert(number, line.scenario.as_deref().unwrap());
            }
            "envoi" | "relance_passee" | "suspension" | "arret" | "litige" | "promesse" | "retenue" => {
                told.insert(number);
            }
            _ => {}
        }
    }
    let mut late = 0;
    for bill in year.portfolio.bills.iter().filter(|bill| bill.cents > 0) {
        let number = bill.number.as_str();
        let scenario = year.program.scenario(scenarios[number]).unwrap();
        let small = scenario.settings().minimum.is_some_and(|minimum| bill.cents <= minimum.cents);
        let end = ends.get(number).copied().unwrap_or(year.last);
        if !small && (end - bill.due).num_days() >= HEARD_OF {
            late += 1;
            assert!(
                told.contains(number),
                "{number}, échue le {}, n'a rien reçu ({})",
                bill.due,
                scenario.machine.name
            );
        }
    }
    assert!(late > 200, "{late}");
}
