//! What is known of a template's text: what it says, where, and to whom.

use crate::machine::{Channel, Expr, Nature, Tone};

/// What is known of a template.
#[derive(Clone, PartialEq, Debug)]
pub struct TemplateFacts {
    /// The channel in whose folder it is.
    pub channel: Channel,
    /// Its name, without folder or extension.
    pub name: String,
    /// Its path, relative to the project.
    pub file: String,
    /// The text of the file.
    pub text: String,
    /// From its front matter, when it says one.
    pub nature: Option<Nature>,
    /// From its front matter.
    pub tone: Tone,
    /// The words of its front matter that say what it is for; its first line without any.
    pub head: Words,
    /// What it says of one invoice.
    pub alone: Vec<Said>,
    /// What it says of several.
    pub grouped: Vec<Said>,
}

/// Something that a template says.
#[derive(Clone, PartialEq, Debug)]
pub struct Said {
    /// What.
    pub what: Mention,
    /// Where.
    pub at: Words,
    /// A condition without which it is not said: what the template asks besides is not looked into.
    pub when: Expr,
}

/// Words on a line, in characters from 1; the end is excluded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Words {
    /// The line.
    pub line: usize,
    /// Where they begin.
    pub from: usize,
    /// Where they end.
    pub to: usize,
}

/// What a message can say that matters to the law or to whoever pays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mention {
    /// Who writes.
    Creditor,
    /// Who owes.
    Debtor,
    /// The client's reference.
    CustomerReference,
    /// The invoice's number.
    InvoiceNumber,
    /// Its date of issue.
    InvoiceDate,
    /// Its due date.
    DueDate,
    /// What is left to pay.
    Balance,
    /// Days past due.
    DaysLate,
    /// How to pay.
    MeansOfPayment,
    /// Penalties for late payment between professionals.
    Penalties,
    /// The fixed compensation of professionals.
    Compensation,
    /// Whom to ask, and where to contest.
    Contact,
    /// That a payment may have crossed the message.
    Crossing,
    /// The words of a formal notice.
    NoticeWords,
    /// By when to pay.
    Deadline,
    /// What comes next.
    NextStep,
    /// Who signs.
    Signatory,
    /// Costs of the recovery, which stay the creditor's.
    RecoveryCosts,
    /// A seizure, or whoever seizes.
    Seizure,
}

impl Mention {
    /// As a thing that a message gives, in French.
    pub fn french(self) -> &'static str {
        match self {
            Mention::Creditor => "votre nom",
            Mention::Debtor => "le nom du client",
            Mention::CustomerReference => "la référence du client",
            Mention::InvoiceNumber => "le numéro de la facture",
            Mention::InvoiceDate => "la date de la facture",
            Mention::DueDate => "son échéance",
            Mention::Balance => "ce qui reste à payer",
            Mention::DaysLate => "les jours de retard",
            Mention::MeansOfPayment => "comment payer",
            Mention::Penalties => "les pénalités de retard (aux entreprises)",
            Mention::Compensation => "l'indemnité de 40 € (aux entreprises)",
            Mention::Contact => "à qui s'adresser",
            Mention::Crossing => "ce qu'il en est d'un règlement qui l'aurait croisé",
            Mention::NoticeWords => "les mots « mise en demeure »",
            Mention::Deadline => "le délai pour payer",
            Mention::NextStep => "la suite, à défaut de paiement",
            Mention::Signatory => "qui signe",
            Mention::RecoveryCosts => "des frais de recouvrement",
            Mention::Seizure => "une saisie",
        }
    }

    /// What a template writes to give it.
    pub fn written(self) -> &'static str {
        match self {
            Mention::Creditor => "{{ creancier.nom }}",
            Mention::Debtor => "{{ client.nom }}",
            Mention::CustomerReference => "{{ client.code }}",
            Mention::InvoiceNumber => "{{ facture.numero }}",
            Mention::InvoiceDate => "{{ facture.date_emission }}",
            Mention::DueDate => "{{ facture.date_echeance }}",
            Mention::Balance => "{{ facture.reste_du }}",
            Mention::DaysLate => "{{ facture.retard|jours }}",
            Mention::MeansOfPayment => "{{ creancier.iban|iban }}",
            Mention::Penalties => "{% if b2b %}… pénalités de retard …{% endif %}",
            Mention::Compensation => "{% if b2b %}… indemnité forfaitaire de 40 € …{% endif %}",
            Mention::Contact => "« une contestation ? écrivez-nous »",
            Mention::Crossing => "« si votre règlement a croisé ce message, n'en tenez pas compte »",
            Mention::NoticeWords => "« nous vous mettons en demeure »",
            Mention::Deadline => "« sous huit jours »",
            Mention::NextStep => "« à défaut de paiement, … »",
            Mention::Signatory => "{{ creancier.signataire }}",
            Mention::RecoveryCosts | Mention::Seizure => "",
        }
    }
}
