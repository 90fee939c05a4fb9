//! What comes from outside: imported rows, people's answers, carriers' answers. Decisions follow the moment at which it
//! became known, not the date of its effect.

use crate::day::Instant;
use crate::interest::Clause;
use crate::machine::{Channel, Value};
use crate::money::{Amount, Currency};
use crate::said::Said;
use crate::step::Departure;
use crate::tracked::Tracked;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that happened outside.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Incoming {
    /// Identity: the same thing imported again has the same id and is taken once.
    pub id: String,
    /// Code of the client concerned.
    pub client: String,
    /// Number of the invoice concerned; none for what concerns the whole client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// The day on which it has its effect.
    pub effective: NaiveDate,
    /// When it became known; `None` is 00:00 of `effective` in the creditor's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Instant>,
    /// Who says so, and why, when a person does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// What it is.
    pub what: What,
}

/// The kinds of things that happen outside.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "quoi", rename_all = "snake_case")]
pub enum What {
    /// The client's data, whole; the last known version counts.
    Customer(Customer),
    /// A new invoice, or its data corrected (but for the amount and due date, which are `CreditNote` and `DueDateMoved`).
    Invoice(Invoice),
    /// Money received. Without an invoice it is an unallocated credit of the client.
    Payment {
        /// Positive.
        amount: Amount,
    },
    /// A payment taken back (rejected direct debit, unpaid cheque).
    Reversal {
        /// Positive.
        amount: Amount,
    },
    /// A credit note. Without an invoice it is an unallocated credit of the client.
    CreditNote {
        /// Positive; negative when an invoice's amount was corrected upwards.
        amount: Amount,
    },
    /// A dispute opened.
    DisputeOpened {
        /// The part in dispute; `None` for all of the balance.
        #[serde(default)]
        amount: Option<Amount>,
        /// The reason, as given; [`DisputeCode::of`](crate::dispute::DisputeCode::of) reads the code that it begins with.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The dispute closed.
    DisputeClosed,
    /// A promise to pay.
    Promise {
        /// The day promised.
        by: NaiveDate,
        /// What was promised; `None` for all of the balance.
        #[serde(default)]
        amount: Option<Amount>,
    },
    /// A payment announced that is not on the statement yet.
    PaymentAnnounced {
        /// What was announced; `None` for all of the balance.
        #[serde(default)]
        amount: Option<Amount>,
    },
    /// A person stops the reminders of the invoice (of every invoice of the client, without one).
    Stop {
        /// The last day of the pause: reminders resume by themselves on the next one, and what came due meanwhile is skipped. `None`: until
        /// a person resumes them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<NaiveDate>,
    },
    /// A person resumes them.
    Resume {
        /// Fire the highest rung already due instead of skipping it (`--rattraper`).
        #[serde(default)]
        catch_up: bool,
    },
    /// A colleague writes something about the invoice, or about the client: it stands in the journal, and changes nothing.
    Comment {
        /// In the person's own words.
        text: String,
    },
    /// A person says in which segment the client is, whatever data and rules say.
    Segment {
        /// The segment; `None` takes the choice back.
        #[serde(default)]
        segment: Option<String>,
    },
    /// The company gives up penalties or the recovery fee of an invoice, or claims them again.
    Waiver {
        /// Which of them.
        what: Waived,
        /// They are claimed again.
        #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
        taken_back: bool,
    },
    /// A person hands the debt over, as `transmettre` does.
    HandOver {
        /// To whom.
        target: String,
    },
    /// A person asks a colleague for something.
    Task {
        /// What to do.
        text: String,
        /// Whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// The debtor replied.
    Reply,
    /// The due date moved.
    DueDateMoved {
        /// The new one.
        to: NaiveDate,
    },
    /// A payment plan was agreed: what is left is paid at these dates.
    PaymentPlan {
        /// Never empty.
        instalments: Vec<DueAmount>,
    },
    /// Insolvency proceedings were opened against the client.
    Insolvency {
        /// The date of the judgment.
        judgment: NaiveDate,
    },
    /// The proceedings are closed, or were entered by mistake.
    InsolvencyClosed,
    /// A person moves the invoice to a state.
    Jump {
        /// The state's name.
        state: String,
    },
    /// Somebody approves what waits for an approval, or refuses it: `key` names the effect.
    Approval {
        /// The effect's key; `None` means the oldest one open on the invoice.
        #[serde(default)]
        key: Option<String>,
        /// Whether it is approved.
        granted: bool,
    },
    /// An event of the company's own systems.
    External {
        /// Its name, as after `quand événement`.
        name: String,
    },
    /// A reminder sent before Relance took over.
    PastReminder {
        /// By which way, when known.
        #[serde(default)]
        channel: Option<Channel>,
        /// It was a formal notice.
        #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
        formal: bool,
    },
    /// A message that had left comes back: an address that does not exist, a letter that nobody took.
    Bounced {
        /// The effect's key; `None` means the latest message of `channel` on the invoice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// Narrows the search without a key; [`Channel::Letter`] is any letter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
        /// Why, when whoever sent it back says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Returned>,
    },
    /// A person says that an address is right although a message came back from it; `None`: all of the client's.
    AddressConfirmed {
        /// Only e-mail addresses, or only numbers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
    },
    /// A message is said to have reached its recipient: it had left, even if nobody knew.
    Delivered {
        /// The effect's key; `None` means the latest message of `channel` on the invoice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// Narrows the search without a key; [`Channel::Letter`] is any letter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
    },
    /// A registered letter got somewhere after it was posted.
    Tracked(Tracked),
    /// Somebody has found out whether a message in doubt had left.
    DoubtSettled {
        /// The message, as it was decided.
        message: Box<Departure>,
        /// Whether it had.
        left: bool,
        /// The carrier's own name for it, if the carrier says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
    /// The outcome of a call, the completion of a task, the posting of a letter: `key` names the effect, or the task.
    Done {
        /// The key; `None` means the oldest one open on the invoice for `channel`.
        #[serde(default)]
        key: Option<String>,
        /// Narrows the search without a key; `None` is a task.
        #[serde(default)]
        channel: Option<Channel>,
        /// What came of it.
        result: DoneResult,
        /// Of a letter that was posted: its tracking number, see [`tracking_number`](crate::tracked::tracking_number).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tracking: Option<String>,
    },
}

/// What the company may give up. Never the principal: that is a credit note.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waived {
    /// The penalties, or the legal interest.
    #[serde(rename = "penalites")]
    Penalties,
    /// The recovery fee.
    #[serde(rename = "indemnite")]
    Fee,
    /// Both.
    #[serde(rename = "penalites_et_indemnite")]
    Both,
}

impl Waived {
    /// Each of them.
    pub const ALL: [Waived; 3] = [Waived::Penalties, Waived::Fee, Waived::Both];

    /// In French, after a preposition that contracts with nothing.
    pub fn told(self) -> &'static str {
        match self {
            Waived::Penalties => "les pénalités",
            Waived::Fee => "l’indemnité de recouvrement",
            Waived::Both => "les pénalités et l’indemnité de recouvrement",
        }
    }

    /// Whether penalties are among it.
    pub fn penalties(self) -> bool {
        self != Waived::Fee
    }

    /// Whether the fee is among it.
    pub fn fee(self) -> bool {
        self != Waived::Penalties
    }
}

/// Why a message came back.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Returned {
    /// In French, for the journal: without addresses.
    pub reason: String,
    /// The address is right: it is the message, or its sender, that was not wanted. Mending the contact would change nothing.
    #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
    pub address_is_right: bool,
    /// The addresses at which nobody is, when whoever sent it back says which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
}

/// What is added to the outcome of a call, task or letter.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// Who says so, in entries older than [`Entry::said`](crate::event::Entry::said).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// How it is known, when no person says so; what a person said, in older entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of a letter that was posted: its tracking number, see [`tracking_number`](crate::tracked::tracking_number).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}

/// One of several due dates.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DueAmount {
    /// The due date.
    pub due: NaiveDate,
    /// What is to be paid then.
    pub amount: Amount,
}

/// What came of a call, task or letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneResult {
    /// Done; a call reached somebody.
    #[serde(rename = "fait")]
    Done,
    /// Nobody answered: the call is to be tried again, three times in all.
    #[serde(rename = "sans_reponse")]
    NoAnswer,
    /// A message was left: nobody has answered yet, and the call is to be tried again in the same way.
    #[serde(rename = "message_laisse")]
    MessageLeft,
    /// Cannot be done: no number, no address.
    #[serde(rename = "impossible")]
    Impossible,
    /// The number is somebody else's, or nobody's: it cannot be done either.
    #[serde(rename = "mauvais_numero")]
    WrongNumber,
    /// Somebody was reached and refuses to pay: the call is done, and a person decides what follows.
    #[serde(rename = "refus")]
    Refused,
}

impl DoneResult {
    /// Every result.
    pub const ALL: [DoneResult; 6] = [
        DoneResult::Done,
        DoneResult::NoAnswer,
        DoneResult::MessageLeft,
        DoneResult::Impossible,
        DoneResult::WrongNumber,
        DoneResult::Refused,
    ];

    /// Whether nobody was reached, so that it is tried again.
    pub fn is_unanswered(self) -> bool {
        matches!(self, DoneResult::NoAnswer | DoneResult::MessageLeft)
    }

    /// Whether it cannot be done: what stands after `à défaut` takes its place.
    pub fn is_failure(self) -> bool {
        matches!(self, DoneResult::Impossible | DoneResult::WrongNumber)
    }

    /// Whether only a call can have it.
    pub fn is_of_a_call(self) -> bool {
        !matches!(self, DoneResult::Done | DoneResult::Impossible)
    }
}

/// A client as imported.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Customer {
    /// The name on the letters.
    pub name: String,
    /// `None` is the segment `aucun`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Address of the dunning contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Number of the dunning contact, E.164 when it could be read as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Postal address, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// ISO 3166 code of two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The language of its messages, two letters; `None` is French.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Default regime of its invoices: `b2b`, `b2c`, `public`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// The contract rate of its penalties, when it is not that of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_rate: Option<Clause>,
    /// Days that the client usually takes after the due date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_delay: Option<i64>,
    /// Who follows the client at the creditor's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Values of custom facts (`champ`), by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
    /// Contacts by role (`comptabilité`, `direction` …), in file order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<CustomerContact>,
}

/// A person at the client's.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CustomerContact {
    /// The role, as scenarios name it after `à` and `copie`.
    pub role: String,
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// An invoice as imported.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Invoice {
    /// Date of issue.
    pub issued: NaiveDate,
    /// Due date, day 0 of `retard`.
    pub due: NaiveDate,
    /// Amount including taxes.
    pub amount: Amount,
    /// The day on which what it bills was done or delivered, when the data gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performed: Option<NaiveDate>,
    /// `b2b`, `b2c`, `public`; `None` takes the client's, else `b2b`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// The contract rate of its penalties; `None` takes the client's, else that of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_rate: Option<Clause>,
    /// Who follows the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is about, as printed in messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its due dates, when it has several; `due` is the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instalments: Vec<DueAmount>,
    /// Values of custom facts (`champ`), by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
    /// `prise_en_charge`: the day of take-over, when the data gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_over: Option<NaiveDate>,
}

impl Invoice {
    /// An invoice of which nothing more is known.
    pub fn new(issued: NaiveDate, due: NaiveDate, amount: Amount) -> Invoice {
        Invoice {
            issued,
            due,
            amount,
            performed: None,
            regime: None,
            penalty_rate: None,
            owner: None,
            label: None,
            instalments: Vec::new(),
            fields: BTreeMap::new(),
            taken_over: None,
        }
    }

    /// The currency of the invoice.
    pub fn currency(&self) -> Currency {
        self.amount.currency
    }
}
