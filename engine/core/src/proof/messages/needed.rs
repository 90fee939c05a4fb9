//! What a message of each kind has to say.

use super::Mention;
use super::Mention::{
    Balance, Compensation, Contact, Creditor, Crossing, CustomerReference, DaysLate, Deadline, Debtor, DueDate,
    InvoiceDate, InvoiceNumber, MeansOfPayment, NextStep, NoticeWords, Penalties, Signatory,
};
use crate::machine::{Channel, Nature, Tone};

/// What a message has to say, by its way, purpose and tone.
pub(super) fn needed(channel: Channel, nature: Nature, tone: Tone, before_due: bool) -> Vec<Mention> {
    if nature == Nature::Information {
        return Vec::new();
    }
    match channel {
        // A short message names the debt; the rest is said by what it announces or follows.
        Channel::Sms => return vec![Creditor, InvoiceNumber],
        Channel::Call => return vec![Debtor, InvoiceNumber, DueDate, Balance],
        Channel::Email | Channel::Letter | Channel::RegisteredLetter => {}
    }
    let mut needed = vec![CustomerReference, InvoiceNumber, InvoiceDate, DueDate, Balance, MeansOfPayment];
    if nature == Nature::FormalNotice {
        needed.extend([Debtor, NoticeWords, Deadline, NextStep, Penalties, Compensation, Signatory]);
        return needed;
    }
    if before_due || tone == Tone::Preventive {
        return needed;
    }
    needed.extend([DaysLate, Contact, Crossing]);
    if tone >= Tone::Firm {
        needed.extend([Penalties, Compensation]);
    }
    needed
}

/// Penalties and compensation are owed by companies only.
pub(super) fn of_companies(mention: Mention) -> bool {
    matches!(mention, Penalties | Compensation)
}

/// A short message on several invoices says how many they are.
pub(super) fn only_alone(channel: Channel, mention: Mention) -> bool {
    channel == Channel::Sms && mention == InvoiceNumber
}

/// Whether what stands around the text says it.
pub(super) fn by_layout(channel: Channel, mention: Mention) -> bool {
    match channel {
        Channel::Email => mention == Creditor,
        Channel::Letter | Channel::RegisteredLetter => matches!(mention, Creditor | Debtor),
        Channel::Call => mention == Debtor,
        Channel::Sms => false,
    }
}
