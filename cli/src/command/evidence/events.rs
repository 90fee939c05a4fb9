//! What a judge needs of the journal, in French sentences.

use super::Matter;
use crate::output::phrase;
use anstream::adapter::strip_str;
use chrono::NaiveDate;
use relance_core::day::{add_days, french_date};
use relance_core::incoming::{Incoming, What};
use relance_core::journal::{Kind, Line};
use relance_core::money::Amount;
use relance_engine::store::Imported;
use std::collections::BTreeMap;

/// A fact: the day on which it happened, the invoice, a sentence.
type Fact = (NaiveDate, String, String);

/// Day, invoice and sentence of what counts up to a day; calls stand by themselves. Whatever was told from outside stands at the day of the
/// fact, which the journal may have learnt much later, or not yet.
pub fn chronology(matter: &Matter<'_>, lines: &[Line], told: &[Imported]) -> Vec<[String; 3]> {
    let mut facts: Vec<Fact> = told.iter().filter_map(|thing| from_outside(matter, &thing.incoming)).collect();
    let mut promised: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.canal != Some("appel")) {
        let number = line.facture.as_deref().unwrap_or_default();
        if line.kind == Kind::Promised {
            promised.extend(date(line.jusqu_a.as_ref()).map(|until| (number, until)));
        }
        if !counts(line.kind) {
            continue;
        }
        let Some(known) = day(line).parse().ok() else { continue };
        let on = match line.kind {
            // An invoice stands at the day on which it was issued.
            Kind::Known => matter.dossier.invoices.get(number).map(|file| file.invoice.issued),
            Kind::PromiseBroken => promised.get(number).map(|until| add_days(*until, 1)),
            _ => date(line.date.as_ref()).filter(|_| has_its_day(line.kind)),
        };
        let on = on.filter(|on| *on < known).unwrap_or(known);
        facts.push((on, number.to_owned(), said(line)));
    }
    facts.retain(|(on, ..)| *on <= matter.day);
    // What happened on one day stays in the order in which it became known.
    facts.sort_by_key(|(on, ..)| *on);
    facts.into_iter().map(|(on, number, said)| [french_date(on), number, capital(&said)]).collect()
}

/// Day, invoice and outcome of the calls.
pub fn calls(matter: &Matter<'_>, lines: &[Line]) -> Vec<[String; 3]> {
    let calls = lines.iter().filter(|line| line.canal == Some("appel") && counts(line.kind));
    let dated = calls.filter_map(|line| {
        let own = date(line.date.as_ref()).filter(|_| has_its_day(line.kind));
        Some((own.or_else(|| day(line).parse().ok())?, line))
    });
    let mut upto: Vec<(NaiveDate, &Line)> = dated.filter(|(on, _)| *on <= matter.day).collect();
    upto.sort_by_key(|(on, _)| *on);
    let row = |(on, line): (NaiveDate, &Line)| {
        [french_date(on), line.facture.clone().unwrap_or_default(), capital(&said(line))]
    };
    upto.into_iter().map(row).collect()
}

/// What the debtor, or somebody about him, said of these invoices.
fn from_outside(matter: &Matter<'_>, thing: &Incoming) -> Option<Fact> {
    let of = |amount: &Option<Amount>| amount.map_or_else(String::new, |amount| format!(" de {amount}"));
    let said = match &thing.what {
        What::DisputeOpened { amount, reason } => {
            let part = if amount.is_some() { of(amount) } else { " sur toute la facture".to_owned() };
            let why = reason.as_ref().map(|reason| format!(" : {reason}")).unwrap_or_default();
            format!("litige ouvert{part}{why}")
        }
        What::DisputeClosed => "litige clos".to_owned(),
        What::Promise { by, amount } => format!("promesse de paiement{} pour le {}", of(amount), french_date(*by)),
        What::PaymentAnnounced { amount } => format!("paiement{} annoncé par le débiteur", of(amount)),
        What::Reply => "réponse reçue du débiteur".to_owned(),
        _ => return None,
    };
    let number = thing.invoice.clone().unwrap_or_default();
    let ours = number.is_empty() || matter.numbers.contains(&number);
    ours.then_some((thing.effective, number, said))
}

/// Whether the journal says on which day it happened.
fn has_its_day(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Paid
            | Kind::Reversed
            | Kind::Credited
            | Kind::Settled
            | Kind::PastReminder
            | Kind::Tracked
            | Kind::Insolvent
    )
}

fn date(text: Option<&String>) -> Option<NaiveDate> {
    text?.parse().ok()
}

/// What a judge reads begins with the invoice, not with the day on which a program learnt of it.
fn said(line: &Line) -> String {
    if line.kind == Kind::Known { phrase::issued(line) } else { strip_str(&phrase::sentence(line)).to_string() }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The day of a line, `AAAA-MM-JJ`.
pub fn day(line: &Line) -> &str {
    line.le.get(..10).unwrap_or(&line.le)
}

/// The same for people.
pub fn french(line: &Line) -> String {
    day(line).parse().map_or_else(|_| day(line).to_owned(), french_date)
}

/// Whether it is about the debt or what was done about it; not how the plan came to it, nor what was told from outside, see [`chronology`].
fn counts(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Known
            | Kind::Changed
            | Kind::Sent
            | Kind::Completed
            | Kind::Failed
            | Kind::Delivered
            | Kind::Tracked
            | Kind::InDoubt
            | Kind::DoubtSettled
            | Kind::HandedOver
            | Kind::Paid
            | Kind::Reversed
            | Kind::Credited
            | Kind::Settled
            | Kind::Reopened
            | Kind::PromiseKept
            | Kind::PromiseBroken
            | Kind::DueMoved
            | Kind::PastReminder
            | Kind::PlanAgreed
            | Kind::InstalmentMissed
            | Kind::Insolvent
            | Kind::InsolvencyClosed
    )
}
