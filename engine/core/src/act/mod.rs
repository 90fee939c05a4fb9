//! What a person may do to a client's file from a page, the API or the command line: checked against the file, and turned into what comes in.
//! Only the step decides what follows. Pure.

mod agreements;
mod call;
mod check;
mod lists;
mod open;
mod refusal;
mod sum;
mod table;

pub use call::{Answer, CallOutcome, Stamp};
pub use open::{ANSWER, OpenCall, listed, open_calls};
pub use refusal::Refusal;
pub use sum::{Part, Share, Sum, parts, spread};
pub use table::{ACTS, About, ActRow};

use crate::day::{Instant, civil_date};
use crate::dispute::DisputeCode;
use crate::dossier::Dossier;
use crate::incoming::{Incoming, Waived};
use crate::machine::Channel;
use crate::program::Program;
use crate::said::{LONGEST, Said, words};
use crate::step::Departure;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The longest idempotency id that is taken.
const LONGEST_ID: usize = 200;

/// Something that a person does. As JSON it is the body of a request, and is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "acte", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Notes what came of a call.
    #[serde(rename = "appel")]
    Call {
        /// The call; none: the oldest one open on the invoice.
        #[serde(default, rename = "cle", skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// What came of it.
        #[serde(rename = "resultat")]
        outcome: CallOutcome,
        /// The day promised.
        #[serde(default, rename = "le", skip_serializing_if = "Option::is_none")]
        by: Option<NaiveDate>,
        /// What is promised or disputed; none: all that is left.
        #[serde(default, rename = "montant", skip_serializing_if = "Option::is_none")]
        amount: Option<Sum>,
        /// Why it is disputed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<DisputeCode>,
    },
    /// Approves what waits for it.
    #[serde(rename = "validation")]
    Approve {
        /// The effect; none: the oldest one on the invoice.
        #[serde(default, rename = "cle", skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Refuses it.
    #[serde(rename = "refus")]
    Refuse {
        /// The effect; none: the oldest one on the invoice.
        #[serde(default, rename = "cle", skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Pauses the reminders of the invoice, or of the whole client.
    #[serde(rename = "pause")]
    Pause {
        /// The last day of the pause.
        #[serde(rename = "jusqu_a")]
        until: NaiveDate,
    },
    /// Stops them until somebody resumes them.
    #[serde(rename = "arret")]
    Stop {},
    /// Resumes them.
    #[serde(rename = "reprise")]
    Resume {
        /// Fire the highest rung already due instead of skipping it.
        #[serde(default, rename = "rattraper", skip_serializing_if = "crate::dossier::is_false")]
        catch_up: bool,
    },
    /// Moves the invoice to a state of its scenario.
    #[serde(rename = "saut")]
    Jump {
        /// The state's name.
        #[serde(rename = "etape")]
        state: String,
    },
    /// Notes a promise to pay.
    #[serde(rename = "promesse")]
    Promise {
        /// The day promised.
        #[serde(rename = "le")]
        by: NaiveDate,
        /// What is promised; none: all that is left.
        #[serde(default, rename = "montant", skip_serializing_if = "Option::is_none")]
        amount: Option<Sum>,
    },
    /// Opens a dispute.
    #[serde(rename = "litige")]
    Dispute {
        /// Why.
        code: DisputeCode,
        /// What is disputed; none: all that is left.
        #[serde(default, rename = "montant", skip_serializing_if = "Option::is_none")]
        amount: Option<Sum>,
    },
    /// Closes the oldest dispute.
    #[serde(rename = "litige_clos")]
    CloseDispute {},
    /// Notes a payment that the client announces.
    #[serde(rename = "paiement_annonce")]
    Announce {
        /// What is announced; none: all that is left.
        #[serde(default, rename = "montant", skip_serializing_if = "Option::is_none")]
        amount: Option<Sum>,
    },
    /// Agrees to a payment plan.
    #[serde(rename = "echeancier")]
    Plan {
        /// What is paid when: all that is left.
        #[serde(rename = "echeances")]
        instalments: Vec<Instalment>,
    },
    /// Moves the due date.
    #[serde(rename = "echeance")]
    MoveDue {
        /// The new one.
        #[serde(rename = "au")]
        to: NaiveDate,
    },
    /// Notes that the client replied.
    #[serde(rename = "reponse")]
    Reply {},
    /// Writes something for colleagues.
    #[serde(rename = "commentaire")]
    Comment {
        /// The text.
        #[serde(rename = "texte")]
        text: String,
    },
    /// Chooses the client's segment.
    #[serde(rename = "segment")]
    Segment {
        /// The segment; none: data and rules decide again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        segment: Option<String>,
    },
    /// Gives up penalties or the recovery fee, or claims them again.
    #[serde(rename = "renonciation")]
    Waive {
        /// Which of them.
        #[serde(rename = "a")]
        what: Waived,
        /// They are claimed again.
        #[serde(default, rename = "retiree", skip_serializing_if = "crate::dossier::is_false")]
        taken_back: bool,
    },
    /// Hands the debt over.
    #[serde(rename = "transmission")]
    HandOver {
        /// To whom.
        #[serde(rename = "a")]
        target: String,
    },
    /// Asks a colleague for something.
    #[serde(rename = "tache")]
    Task {
        /// What to do.
        #[serde(rename = "texte")]
        text: String,
        /// Whom.
        #[serde(default, rename = "pour", skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Notes that a task is done, or cannot be.
    #[serde(rename = "tache_faite")]
    TaskDone {
        /// The task; none: the oldest one.
        #[serde(default, rename = "cle", skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// It cannot be done.
        #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
        impossible: bool,
    },
    /// Notes that a letter is posted, or cannot be.
    #[serde(rename = "courrier_poste")]
    LetterPosted {
        /// The letter; none: the oldest one that waits on the invoice.
        #[serde(default, rename = "cle", skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// Its tracking number.
        #[serde(default, rename = "suivi", skip_serializing_if = "Option::is_none")]
        tracking: Option<String>,
        /// It cannot be posted.
        #[serde(default, skip_serializing_if = "crate::dossier::is_false")]
        impossible: bool,
    },
    /// Says whether a message in doubt had left.
    #[serde(rename = "doute")]
    DoubtSettled {
        /// The message.
        #[serde(rename = "cle")]
        key: String,
        /// Whether it had.
        #[serde(rename = "parti")]
        left: bool,
    },
    /// Says that an address is right although a message came back from it.
    #[serde(rename = "adresse_confirmee")]
    ConfirmAddress {
        /// Only e-mail addresses, or only numbers.
        #[serde(default, rename = "canal", skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
    },
    /// Notes that insolvency proceedings were opened against the client.
    #[serde(rename = "procedure_collective")]
    Insolvency {
        /// The date of the judgment.
        #[serde(rename = "jugement")]
        judgment: NaiveDate,
    },
    /// Notes that they are closed, or were noted by mistake.
    #[serde(rename = "procedure_close")]
    InsolvencyClosed {},
}

/// An instalment of a payment plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    /// Its due date.
    #[serde(rename = "le")]
    pub due: NaiveDate,
    /// What is paid then.
    #[serde(rename = "montant")]
    pub amount: Sum,
}

/// A client's file at a moment: what acts are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The scenarios in force.
    pub program: &'a Program,
    /// The file, with its open invoices and those that are named.
    pub dossier: &'a Dossier,
    /// What is known about the client that no step has taken in yet.
    pub inbox: &'a [Incoming],
    /// The client's messages in doubt.
    pub doubts: &'a [Departure],
    /// The segments in which a client may be.
    pub segments: &'a [String],
    /// Now.
    pub now: Instant,
}

impl Case<'_> {
    fn today(&self) -> NaiveDate {
        civil_date(self.now, self.program.zone)
    }
}

/// What a person says besides the act.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Who.
    pub by: &'a str,
    /// Why, in the person's own words.
    pub reason: Option<&'a str>,
    /// Names this act for ever: sent twice under the same id, it counts once.
    pub id: &'a str,
}

/// What comes in of an act on invoices of the client, or on the client itself when `on` is empty. Refused, nothing comes in.
pub fn incoming(case: &Case<'_>, on: &[String], act: &Act, signed: &Signed<'_>) -> Result<Vec<Incoming>, Refusal> {
    let row = act.row();
    let said = said(row, signed)?;
    let on = row.about.check(case, on, row)?;
    let stamp = Stamp {
        id: format!("acte:{}", signed.id),
        client: case.dossier.client.clone(),
        at: case.now,
        on: case.today(),
        said,
    };
    check::Work { case, on: &on, stamp: &stamp }.of(act)
}

/// Who says it and why, as the journal takes it.
fn said(row: &ActRow, signed: &Signed<'_>) -> Result<Said, Refusal> {
    let id = signed.id;
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::new(
            "identifiant",
            "l’identifiant de la demande manque, ou ne peut pas être gardé",
            format!(
                "donnez de 1 à {LONGEST_ID} lettres, chiffres ou signes, sans blanc ni accent, différents pour chaque acte"
            ),
        ));
    }
    let Some(by) = words(Some(signed.by)) else {
        return Err(Refusal::new("auteur", "l’auteur manque", "dites qui le fait : le journal le garde"));
    };
    let reason = words(signed.reason);
    if signed.reason.is_some_and(|reason| reason.chars().count() > LONGEST) {
        let what = format!("ce motif a plus de {LONGEST} caractères");
        return Err(Refusal::new("motif_trop_long", what, "abrégez-le ; le reste peut être un commentaire"));
    }
    if row.reason && reason.is_none() {
        let what = format!("« {} » demande un motif", row.title);
        return Err(Refusal::new("motif", what, "dites pourquoi en quelques mots : le journal le garde"));
    }
    Ok(Said { by: Some(by), reason })
}
