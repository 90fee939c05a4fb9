//! What came of a call, and what comes in of it.

use super::{Part, Refusal, Share, Sum, spread};
use crate::day::{Instant, french_date};
use crate::dispute::DisputeCode;
use crate::incoming::{DoneResult, Incoming, What};
use crate::machine::Channel;
use crate::said::Said;
use crate::schema::fold;
use crate::step::Departure;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What came of a call, in the words of the trade.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum CallOutcome {
    /// Somebody was reached, and nothing was agreed.
    #[serde(rename = "joint")]
    Reached,
    /// Nobody answered.
    #[serde(rename = "sans_reponse")]
    NoAnswer,
    /// A message was left.
    #[serde(rename = "message_laisse")]
    MessageLeft,
    /// The client promises to pay.
    #[serde(rename = "promesse")]
    Promise,
    /// The client disputes the invoice.
    #[serde(rename = "litige")]
    Dispute,
    /// The client refuses to pay.
    #[serde(rename = "refus")]
    Refused,
    /// The number is wrong.
    #[serde(rename = "mauvais_numero")]
    WrongNumber,
}

/// Outcomes, their words, and what else people write for them, without accents.
const OUTCOMES: [(CallOutcome, &str, &[&str]); 7] = [
    (CallOutcome::Reached, "joint", &["jointe", "fait"]),
    (CallOutcome::NoAnswer, "sans_réponse", &["absent", "pas_de_reponse"]),
    (CallOutcome::MessageLeft, "message_laissé", &["message", "repondeur", "messagerie"]),
    (CallOutcome::Promise, "promesse", &[]),
    (CallOutcome::Dispute, "litige", &["contestation"]),
    (CallOutcome::Refused, "refus", &["refuse"]),
    (CallOutcome::WrongNumber, "mauvais_numéro", &["faux_numero", "numero_errone"]),
];

impl CallOutcome {
    /// Every outcome with its word.
    pub fn all() -> impl Iterator<Item = (CallOutcome, &'static str)> {
        OUTCOMES.iter().map(|(outcome, word, _)| (*outcome, *word))
    }

    /// The word.
    pub fn word(self) -> &'static str {
        OUTCOMES.iter().find(|(outcome, ..)| *outcome == self).map_or("", |(_, word, _)| word)
    }

    /// The outcome that a word stands for: accents, case, blanks and dashes do not count.
    pub fn parse(text: &str) -> Option<CallOutcome> {
        let wanted = fold(text).replace([' ', '-'], "_");
        let named = |(_, word, others): &&(CallOutcome, &str, &[&str])| {
            fold(word) == wanted || others.contains(&wanted.as_str())
        };
        OUTCOMES.iter().find(named).map(|(outcome, ..)| *outcome)
    }

    /// Whether it goes with an amount.
    pub fn has_amount(self) -> bool {
        matches!(self, CallOutcome::Promise | CallOutcome::Dispute)
    }

    fn result(self) -> DoneResult {
        match self {
            CallOutcome::Reached | CallOutcome::Promise | CallOutcome::Dispute => DoneResult::Done,
            CallOutcome::NoAnswer => DoneResult::NoAnswer,
            CallOutcome::MessageLeft => DoneResult::MessageLeft,
            CallOutcome::Refused => DoneResult::Refused,
            CallOutcome::WrongNumber => DoneResult::WrongNumber,
        }
    }
}

/// Who notes what, and when: what all that comes in of one act has in common.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// How the ids begin.
    pub id: String,
    /// The client's code.
    pub client: String,
    /// When it became known.
    pub at: Instant,
    /// The day of its effect.
    pub on: NaiveDate,
    /// Who says so, and why.
    pub said: Said,
}

impl Stamp {
    /// Something that comes in under an id.
    pub fn incoming(&self, id: String, invoice: Option<&str>, what: What) -> Incoming {
        let said = Some(self.said.clone()).filter(|said| *said != Said::default());
        let (client, invoice) = (self.client.clone(), invoice.map(str::to_owned));
        Incoming { id, client, invoice, effective: self.on, known: Some(self.at), said, what }
    }

    /// That a message in doubt had left, or had not.
    pub fn doubt(&self, id: String, message: &Departure, left: bool) -> Incoming {
        let what = What::DoubtSettled { message: Box::new(message.clone()), left, provider: None };
        self.incoming(id, Some(&message.invoice), what)
    }

    /// The same without the reason, which stands in what comes in.
    pub(super) fn without_reason(&self) -> Stamp {
        Stamp { said: Said { reason: None, ..self.said.clone() }, ..self.clone() }
    }
}

/// What came of a call, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// In one word.
    pub outcome: CallOutcome,
    /// What of which invoice is promised or disputed.
    pub parts: Vec<Share>,
    /// The day promised.
    pub by: Option<NaiveDate>,
    /// Why it is disputed.
    pub code: Option<DisputeCode>,
}

impl Answer {
    /// What a person says of a call about `parts`, of which the first is the invoice that was named: what is disputed is disputed of it.
    pub fn of(
        outcome: CallOutcome,
        parts: &[Part],
        (by, amount, code): (Option<NaiveDate>, Option<Sum>, Option<DisputeCode>),
        today: NaiveDate,
    ) -> Result<Answer, Refusal> {
        match (outcome, by) {
            (CallOutcome::Promise, None) => {
                return Err(Refusal::new("date", "une promesse a une date", "donnez le jour promis"));
            }
            (CallOutcome::Promise, Some(day)) => not_past(day, today, "le jour promis")?,
            (_, Some(_)) => {
                let what = format!("le résultat « {} » n’a pas de date", outcome.word());
                return Err(Refusal::new("date", what, "la date est celle d’une promesse : laissez-la vide"));
            }
            (_, None) => {}
        }
        if outcome == CallOutcome::Dispute && code.is_none() {
            let codes: Vec<&str> = DisputeCode::all().map(|(_, name)| name).collect();
            return Err(Refusal::new("code", "un litige a un motif", format!("choisissez parmi {}", codes.join(", "))));
        }
        if outcome != CallOutcome::Dispute && code.is_some() {
            let what = format!("le résultat « {} » n’a pas de code de motif", outcome.word());
            return Err(Refusal::new("code", what, "ce code est celui d’un litige"));
        }
        if amount.is_some() && !outcome.has_amount() {
            let what = format!("le résultat « {} » n’a pas de montant", outcome.word());
            return Err(Refusal::new(
                "montant",
                what,
                "un montant va avec une promesse ou un litige ; un règlement s’importe",
            ));
        }
        let amount = match (amount, parts.first()) {
            (Some(sum), Some(first)) => Some(sum.amount(first.left.currency)?),
            _ => None,
        };
        let open: Vec<Part> = parts.iter().filter(|part| part.left.cents > 0).cloned().collect();
        let parts = match outcome {
            CallOutcome::Promise => spread(&open, amount)?,
            CallOutcome::Dispute => spread(open.get(..1).unwrap_or_default(), amount)?,
            _ => Vec::new(),
        };
        Ok(Answer { outcome, parts, by, code })
    }

    /// What comes in: the call first, under the stamp's id, then what was agreed.
    pub fn incoming(&self, stamp: &Stamp, leader: &str, key: &str) -> Vec<Incoming> {
        let note = stamp.said.reason.as_deref();
        // What is said of a dispute stands with the dispute.
        let bare = stamp.without_reason();
        let of_call = if self.outcome == CallOutcome::Dispute { &bare } else { stamp };
        let (key, result) = (Some(key.to_owned()), self.outcome.result());
        let done = What::Done { key, channel: Some(Channel::Call), result, tracking: None };
        let mut all = vec![of_call.incoming(stamp.id.clone(), Some(leader), done)];
        for Share { invoice, amount, .. } in &self.parts {
            let (word, what) = match self.by {
                Some(by) => ("promesse", What::Promise { by, amount: *amount }),
                None => ("litige", disputed(self.code, *amount, note)),
            };
            all.push(bare.incoming(format!("{}:{word}:{invoice}", stamp.id), Some(invoice), what));
        }
        all
    }
}

/// A dispute whose reason begins with its code.
pub(super) fn disputed(code: Option<DisputeCode>, amount: Option<crate::money::Amount>, note: Option<&str>) -> What {
    let code = code.map_or("autre", DisputeCode::name).replace('_', " ");
    let reason = note.map_or(code.clone(), |note| format!("{code} : {note}"));
    What::DisputeOpened { amount, reason: Some(reason) }
}

pub(super) fn not_past(day: NaiveDate, today: NaiveDate, what: &str) -> Result<(), Refusal> {
    if day >= today {
        return Ok(());
    }
    let what = format!("{what} est passé : le {}, et nous sommes le {}", french_date(day), french_date(today));
    Err(Refusal::new("date_passee", what, "corrigez la date"))
}
