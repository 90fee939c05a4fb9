//! What a person says of a call, checked, and what comes in of it.

use super::has_amount;
use crate::args::{CallArgs, CallResult};
use crate::command::settle::words;
use crate::failure::Failure;
use chrono::NaiveDate;
use chrono_tz::Tz;
use relance_core::day::{Instant, civil_date, french_date};
use relance_core::dispute::DisputeCode;
use relance_core::incoming::{DoneResult, Incoming, Told, What};
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_core::view::calls::OpenCall;
use relance_engine::import::value::amount;

/// One invoice of the call.
pub struct Part {
    pub invoice: String,
    pub due: NaiveDate,
    /// What is left to pay.
    pub left: Amount,
}

/// What came of the call.
pub struct Answer {
    pub result: CallResult,
    /// Invoices promised or disputed, with what of each: `None` is all that is left.
    pub parts: Vec<(String, Option<Amount>, Amount)>,
    /// The day promised.
    pub by: Option<NaiveDate>,
    pub code: Option<DisputeCode>,
}

fn wrong(what: impl Into<String>, help: impl Into<String>) -> Failure {
    Failure::Usage(what.into(), help.into())
}

impl Answer {
    /// Reads what the person says; the first of `parts` is the invoice that was named.
    pub fn of(args: &CallArgs, parts: &[Part], today: NaiveDate) -> Result<Answer, Failure> {
        let result = args.resultat;
        let by = promised(args, today)?;
        if args.motif.is_some() && result != CallResult::Dispute {
            return Err(wrong("--motif est le motif d’un litige", "--resultat litige, ou dites le reste par --note"));
        }
        if result == CallResult::Dispute && args.motif.is_none() {
            let codes: Vec<&str> = DisputeCode::all().map(|(_, name)| name).collect();
            return Err(wrong("un litige a un motif", format!("--motif, parmi {}", codes.join(", "))));
        }
        if args.montant.is_some() && !has_amount(result) {
            let help = "--montant va avec --resultat promesse ou litige ; un règlement se note par l’import";
            return Err(wrong(format!("le résultat `{}` n’a pas de montant", result.word()), help));
        }
        let amount = args.montant.as_deref().map(|text| read(text, parts)).transpose()?;
        let parts = match result {
            CallResult::Promise => spread(parts, amount)?,
            CallResult::Dispute => spread(parts.get(..1).unwrap_or_default(), amount)?,
            _ => Vec::new(),
        };
        Ok(Answer { result, parts, by, code: args.motif })
    }

    /// What comes in: the call first, then what was agreed.
    pub fn incoming(&self, client: &str, call: &OpenCall<'_>, args: &CallArgs, at: Instant, zone: Tz) -> Vec<Incoming> {
        let one = |id: String, invoice: &str, what: What| Incoming {
            id,
            client: client.to_owned(),
            invoice: Some(invoice.to_owned()),
            effective: civil_date(at, zone),
            known: Some(at),
            what,
        };
        let id = call.answer_id();
        let note = words(args.note.as_deref());
        // What is said of a dispute stands with the dispute.
        let of_call = note.clone().filter(|_| self.result != CallResult::Dispute);
        let told = Told { by: words(args.par.as_deref()), note: of_call, tracking: None };
        let told = Some(told).filter(|told| *told != Told::default());
        let result = match self.result {
            CallResult::Reached | CallResult::Promise | CallResult::Dispute => DoneResult::Done,
            CallResult::NoAnswer => DoneResult::NoAnswer,
            CallResult::MessageLeft => DoneResult::MessageLeft,
            CallResult::Refused => DoneResult::Refused,
            CallResult::WrongNumber => DoneResult::WrongNumber,
        };
        let done = What::Done { key: Some(call.key.clone()), channel: Some(Channel::Call), result, told };
        let leader = call.invoices.first().map_or(args.facture.as_str(), String::as_str);
        let mut all = vec![one(id.clone(), leader, done)];
        for (invoice, amount, _) in &self.parts {
            let (word, what) = match (self.by, self.code) {
                (Some(by), _) => ("promesse", What::Promise { by, amount: *amount }),
                (None, code) => {
                    let code = code.map_or("autre", DisputeCode::name).replace('_', " ");
                    let reason = note.as_ref().map_or(code.clone(), |note| format!("{code} : {note}"));
                    ("litige", What::DisputeOpened { amount: *amount, reason: Some(reason) })
                }
            };
            all.push(one(format!("{id}:{word}:{invoice}"), invoice, what));
        }
        all
    }
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
fn read(text: &str, parts: &[Part]) -> Result<Amount, Failure> {
    let written = amount::parse(text)
        .map_err(|refusal| wrong(format!("`{text}` : {}", refusal.reason), "écrivez par exemple --montant 1234,50"))?;
    let Some(currency) = parts.first().map(|part| part.left.currency) else {
        return Err(wrong("cet appel n’a plus de facture", "`relance appels` donne ceux qui sont à passer"));
    };
    if let Some(other) = written.currency.filter(|other| *other != currency) {
        return Err(wrong(
            format!("la facture est en {}, pas en {}", currency.code(), other.code()),
            "convertissez le montant",
        ));
    }
    if written.cents <= 0 {
        return Err(wrong(format!("`{text}` : ce montant doit être positif"), "écrivez par exemple --montant 1234,50"));
    }
    Ok(Amount::new(written.cents, currency))
}

/// An amount over invoices, each as far as it goes; without one, all that is left of each.
fn spread(parts: &[Part], amount: Option<Amount>) -> Result<Vec<(String, Option<Amount>, Amount)>, Failure> {
    let Some(amount) = amount else {
        return Ok(parts.iter().map(|part| (part.invoice.clone(), None, part.left)).collect());
    };
    let all = parts.iter().filter(|part| part.left.currency == amount.currency);
    let total = Amount::new(all.clone().fold(0i64, |sum, part| sum.saturating_add(part.left.cents)), amount.currency);
    if amount.cents > total.cents {
        let numbers: Vec<&str> = parts.iter().map(|part| part.invoice.as_str()).collect();
        return Err(wrong(
            format!("{amount} dépasse ce qui reste dû : {total} ({})", numbers.join(", ")),
            "sans --montant, tout ce qui reste dû est compté ; ce qui concerne une autre facture se note sur elle",
        ));
    }
    let mut rest = amount.cents;
    let mut spread = Vec::new();
    for part in all {
        let own = rest.min(part.left.cents);
        if own > 0 {
            let own = Amount::new(own, amount.currency);
            spread.push((part.invoice.clone(), Some(own), own));
        }
        rest -= own;
    }
    Ok(spread)
}
