//! What a person says of a call, read from the command line.

use crate::args::{CallArgs, CallResult};
use crate::failure::Failure;
use chrono::NaiveDate;
use chrono_tz::Tz;
use relance_core::act::{Answer, OpenCall, Part, Refusal, Stamp, Sum};
use relance_core::day::{Instant, civil_date, french_date};
use relance_core::dispute::DisputeCode;
use relance_core::incoming::Incoming;
use relance_core::said::{Said, words};
use relance_engine::import::value::amount;

fn wrong(what: impl Into<String>, help: impl Into<String>) -> Failure {
    Failure::Usage(what.into(), help.into())
}

/// Reads what the person says; the first of `parts` is the invoice that was named.
pub fn read(args: &CallArgs, parts: &[Part], today: NaiveDate) -> Result<Answer, Failure> {
    let result = args.resultat;
    let by = promised(args, today)?;
    if args.motif.is_some() && result != CallResult::Dispute {
        return Err(wrong("--motif est le motif d’un litige", "--resultat litige, ou dites le reste par --note"));
    }
    if result == CallResult::Dispute && args.motif.is_none() {
        let codes: Vec<&str> = DisputeCode::all().map(|(_, name)| name).collect();
        return Err(wrong("un litige a un motif", format!("--motif, parmi {}", codes.join(", "))));
    }
    if args.montant.is_some() && !result.has_amount() {
        let help = "--montant va avec --resultat promesse ou litige ; un règlement se note par l’import";
        return Err(wrong(format!("le résultat `{}` n’a pas de montant", result.word()), help));
    }
    let sum = args.montant.as_deref().map(|text| sum(text, parts)).transpose()?;
    Answer::of(result, parts, (by, sum, args.motif), today).map_err(|Refusal { what, help, .. }| {
        // The command line calls things by its options.
        wrong(what, help.replace("sans montant", "sans --montant"))
    })
}

/// What comes in: the call first, then what was agreed.
pub fn incoming(
    answer: &Answer,
    client: &str,
    call: &OpenCall<'_>,
    args: &CallArgs,
    at: Instant,
    zone: Tz,
) -> Vec<Incoming> {
    let said = Said { by: words(args.par.as_deref()), reason: words(args.note.as_deref()) };
    let stamp = Stamp { id: call.answer_id(), client: client.to_owned(), at, on: civil_date(at, zone), said };
    let leader = call.invoices.first().map_or(args.facture.as_str(), String::as_str);
    answer.incoming(&stamp, leader, &call.key)
}

/// The day of a promise, which only a promise has.
fn promised(args: &CallArgs, today: NaiveDate) -> Result<Option<NaiveDate>, Failure> {
    match (args.resultat, args.le) {
        (CallResult::Promise, None) => {
            Err(wrong("une promesse a une date", "donnez le jour promis : --resultat promesse --le AAAA-MM-JJ"))
        }
        (CallResult::Promise, Some(day)) if day < today => Err(wrong(
            format!("le jour promis est passé : le {}, pour un appel du {}", french_date(day), french_date(today)),
            "corrigez --le (le jour promis) ou --moment (celui de l’appel)",
        )),
        (CallResult::Promise, day) => Ok(day),
        (_, None) => Ok(None),
        (result, Some(_)) => Err(wrong(
            format!("--le est le jour d’une promesse, et le résultat est `{}`", result.word()),
            "le moment de l’appel se donne par --moment",
        )),
    }
}

/// An amount in the currency of the invoices.
fn sum(text: &str, parts: &[Part]) -> Result<Sum, Failure> {
    let written = amount::parse(text)
        .map_err(|refusal| wrong(format!("`{text}` : {}", refusal.reason), "écrivez par exemple --montant 1234,50"))?;
    if parts.is_empty() {
        return Err(wrong("cet appel n’a plus de facture", "`relance appels` donne ceux qui sont à passer"));
    }
    if written.cents <= 0 {
        return Err(wrong(format!("`{text}` : ce montant doit être positif"), "écrivez par exemple --montant 1234,50"));
    }
    Ok(Sum { cents: written.cents, currency: written.currency })
}
