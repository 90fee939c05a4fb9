//! The day's calls, what weighs most first.

mod list;
pub mod open;
mod script;

pub use list::{Call, Invoice, List, Past};
pub use relance_core::view::Stake;

use crate::failure::Failure;
use crate::project::Project;
use crate::words::{colourless, phrase};
use chrono::NaiveDate;
use open::{open, payable};
use relance_core::day::end_of_day;
use relance_core::journal::{Kind, Line};
use relance_core::machine::Tone;
use relance_core::money::Amount;
use relance_core::program::{Program, recipients};
use relance_engine::runner::Sender;
use relance_engine::store::{JournalRow, Loaded, Store, Unreadable, load_readable};
use std::cmp::Reverse;

const CLIENTS: usize = 2_000;
/// How many past events are told of each client.
const PAST: usize = 5;
/// How many entries of the journal are read at once for that.
const AT_ONCE: usize = 100;

/// The calls to make to these clients on a day, and the clients that cannot be read. With `whole`, what happened last and the script come
/// with each.
pub async fn list(
    (project, sender, program): (&Project, &Sender, &Program),
    store: &dyn Store,
    clients: &[String],
    today: NaiveDate,
    whole: bool,
) -> Result<(List, Vec<Unreadable>), Failure> {
    let at = end_of_day(today, program.zone);
    let mut list = List { le: today.to_string(), ..List::default() };
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for chunk in clients.chunks(CLIENTS) {
        let (loaded, unreadable) = load_readable(store, chunk, at, false).await?;
        left_out.extend(unreadable);
        for loaded in &loaded {
            let Some((stake, mut call)) = of_client((project, sender), program, loaded, today, &mut list) else {
                continue;
            };
            if whole {
                call.derniers = past(store, program, &call, today).await?;
            } else {
                call.script = None;
            }
            found.push((stake.rank(), call));
        }
    }
    found.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.client.cmp(&other.client)));
    list.appels = found.into_iter().map(|(_, call)| call).collect();
    Ok((list, left_out))
}

/// The one call to make to a client, for all that waits for one.
fn of_client(
    (project, sender): (&Project, &Sender),
    program: &Program,
    loaded: &Loaded,
    today: NaiveDate,
    list: &mut List,
) -> Option<(Stake, Call)> {
    let dossier = &loaded.world.dossier;
    let news = || loaded.world.inbox.iter().map(|(_, thing)| thing);
    let mut calls = open(program, dossier);
    let waiting = calls.len();
    calls.retain(|call| call.since <= today && !news().any(|thing| call.is_answered_by(thing)));
    list.deja_notes += waiting - calls.len();
    // Nobody is to ring a client who has promised, or who disputes, everything.
    let asked = |number: &String| {
        dossier.invoices.get(number).is_some_and(|file| payable(program, dossier, number, file, today) > 0)
    };
    let waiting = calls.len();
    calls.retain(|call| call.invoices.iter().any(asked));
    list.en_pause += waiting - calls.len();
    // The firmest call speaks for all of them.
    let firmest = |tone: Tone| Reverse(tone);
    calls.sort_by(|a, b| (firmest(a.contact.tone), a.since, &a.key).cmp(&(firmest(b.contact.tone), b.since, &b.key)));
    let first = calls.first()?;
    let mut factures: Vec<Invoice> = Vec::new();
    for call in &calls {
        for number in call.invoices.iter().filter(|number| asked(number)) {
            let Some(file) = dossier.invoices.get(number) else { continue };
            if factures.iter().any(|known| known.numero == *number) {
                continue;
            }
            let cents = payable(program, dossier, number, file, today);
            factures.push(Invoice {
                numero: number.clone(),
                cle: call.key.clone(),
                exigible: Amount::new(cents, file.invoice.currency()),
                retard: (today - file.invoice.due).num_days(),
                depuis: call.since.to_string(),
                essais: call.tries,
            });
        }
    }
    factures.sort_by(|a, b| (Reverse(a.retard), &a.numero).cmp(&(Reverse(b.retard), &b.numero)));
    let numbers: Vec<&str> = factures.iter().map(|invoice| invoice.numero.as_str()).collect();
    let stake = Stake::of(program, dossier, &numbers, today);
    let recipient =
        recipients(&dossier.reached_by(first.contact.channel), &program.people, first.contact).0.into_iter().next();
    let script = script::write((project, sender), program, dossier, first, &numbers, recipient.as_ref(), today);
    let recipient = recipient.unwrap_or_default();
    let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
    let call = Call {
        client: dossier.client.clone(),
        nom: name.clone(),
        interlocuteur: recipient.name,
        role: recipient.role,
        telephone: recipient.phone,
        enjeu: stake.amounts(),
        enjeu_factures: stake.invoices,
        retard: stake.oldest,
        promesses_rompues: stake.broken,
        // What people noted of calls is of their own making.
        du_nouveau: news().any(|thing| !thing.id.starts_with(open::ANSWER)),
        factures,
        derniers: Vec::new(),
        script,
    };
    Some((stake, call))
}

/// What happened last between the client and us, about the invoices of the call.
async fn past(store: &dyn Store, program: &Program, call: &Call, today: NaiveDate) -> Result<Vec<Past>, Failure> {
    let until = end_of_day(today, program.zone);
    let mut told: Vec<Past> = Vec::new();
    let mut before = None;
    loop {
        let mut rows = store.latest(&call.client, before, AT_ONCE).await?;
        let all = rows.len() < AT_ONCE;
        before = rows.last().map(|row| row.position);
        // What is of one moment stands by invoice.
        rows.sort_by(|a, b| {
            let place = |row: &JournalRow| (row.entry.at, row.entry.invoice.clone(), row.position);
            place(b).cmp(&place(a))
        });
        let of_then = rows.iter().filter(|row| row.entry.at <= until);
        told.extend(of_then.filter_map(|row| what_happened(program, call, row)));
        if all || told.len() >= PAST {
            told.truncate(PAST);
            told.reverse();
            return Ok(told);
        }
    }
}

/// A line of the journal as whoever calls has to know it, if so.
fn what_happened(program: &Program, call: &Call, row: &JournalRow) -> Option<Past> {
    let line = Line::of(&row.entry, &call.client, row.currency, program.zone, program)?;
    let of_call = line.facture.as_ref().is_none_or(|number| call.factures.iter().any(|f| f.numero == *number));
    // That a call or a letter is on a list is no contact: what comes of it is.
    let on_a_list = line.kind == Kind::Sent && !matches!(line.canal, Some("email" | "sms"));
    if !is_told(line.kind) || !of_call || on_a_list || line.message.is_some() {
        return None;
    }
    let texte = colourless(&phrase::sentence(&line));
    // What was done before Relance has a day of its own.
    let day = line.date.filter(|_| line.kind == Kind::PastReminder);
    let le = day.unwrap_or_else(|| line.le.get(..10).unwrap_or_default().to_owned());
    Some(Past { le, facture: line.facture, texte })
}

/// What whoever calls has to know.
fn is_told(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Sent
            | Kind::Completed
            | Kind::Failed
            | Kind::Paid
            | Kind::Reversed
            | Kind::Credited
            | Kind::Reopened
            | Kind::DisputeOpened
            | Kind::DisputeClosed
            | Kind::Promised
            | Kind::PromiseKept
            | Kind::PromiseBroken
            | Kind::Announced
            | Kind::Replied
            | Kind::Stopped
            | Kind::Resumed
            | Kind::Commented
            | Kind::DueMoved
            | Kind::PastReminder
            | Kind::PlanAgreed
            | Kind::InstalmentMissed
            | Kind::Insolvent
            | Kind::Note
    )
}
