//! The events that reactions answer.

use serde::{Deserialize, Serialize};

/// What `quand` can wait for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Trigger {
    /// The balance reached 0.
    #[serde(rename = "soldée")]
    Settled,
    /// A payment that leaves something due.
    #[serde(rename = "paiement partiel")]
    PartialPayment,
    /// The debtor announced a payment.
    #[serde(rename = "paiement annoncé")]
    PaymentAnnounced,
    /// A credit note.
    #[serde(rename = "avoir")]
    CreditNote,
    /// A payment was reversed.
    #[serde(rename = "rejet")]
    Reversal,
    /// A dispute was opened.
    #[serde(rename = "litige ouvert")]
    DisputeOpened,
    /// A dispute was closed.
    #[serde(rename = "litige clos")]
    DisputeClosed,
    /// A promise was made.
    #[serde(rename = "promesse")]
    Promise,
    /// A promise was kept.
    #[serde(rename = "promesse tenue")]
    PromiseKept,
    /// A promise was broken.
    #[serde(rename = "promesse rompue")]
    PromiseBroken,
    /// A person stopped the reminders.
    #[serde(rename = "arrêt")]
    Stop,
    /// A person resumed them.
    #[serde(rename = "reprise")]
    Resume,
    /// The debtor replied.
    #[serde(rename = "réponse")]
    Reply,
    /// The due date moved.
    #[serde(rename = "échéance modifiée")]
    DueDateMoved,
    /// An instalment was missed.
    #[serde(rename = "échéance manquée")]
    InstalmentMissed,
    /// A message failed for good.
    #[serde(rename = "échec")]
    Failure,
    /// An event of the company's own systems, by its name.
    #[serde(rename = "événement")]
    External,
}

impl Trigger {
    /// Every trigger, in the order of the reference.
    pub const ALL: [Trigger; 17] = [
        Trigger::Settled,
        Trigger::PartialPayment,
        Trigger::PaymentAnnounced,
        Trigger::CreditNote,
        Trigger::Reversal,
        Trigger::DisputeOpened,
        Trigger::DisputeClosed,
        Trigger::Promise,
        Trigger::PromiseKept,
        Trigger::PromiseBroken,
        Trigger::Stop,
        Trigger::Resume,
        Trigger::Reply,
        Trigger::DueDateMoved,
        Trigger::InstalmentMissed,
        Trigger::Failure,
        Trigger::External,
    ];

    /// The words after `quand`, with accents.
    pub fn words(self) -> &'static str {
        match self {
            Trigger::Settled => "soldée",
            Trigger::PartialPayment => "paiement partiel",
            Trigger::PaymentAnnounced => "paiement annoncé",
            Trigger::CreditNote => "avoir",
            Trigger::Reversal => "rejet",
            Trigger::DisputeOpened => "litige ouvert",
            Trigger::DisputeClosed => "litige clos",
            Trigger::Promise => "promesse",
            Trigger::PromiseKept => "promesse tenue",
            Trigger::PromiseBroken => "promesse rompue",
            Trigger::Stop => "arrêt",
            Trigger::Resume => "reprise",
            Trigger::Reply => "réponse",
            Trigger::DueDateMoved => "échéance modifiée",
            Trigger::InstalmentMissed => "échéance manquée",
            Trigger::Failure => "échec",
            Trigger::External => "événement",
        }
    }
}
