//! What comes back by e-mail: bounces, absences, answers. Each mail becomes what a row of `evenements.csv` would be, and goes the same
//! way in; the same mail read twice changes nothing.

mod automatic;
mod imap;
mod mail;
mod maildir;
mod owner;
mod report;
mod source;
mod status;
mod told;

pub use automatic::Automatic;
pub use imap::{Imap, ImapTrouble};
pub use mail::{Class, Mail};
pub use maildir::{Maildir, Mark};
pub use report::{End, Fate};
pub use source::Mailbox;
pub use status::{Cause, Status};
pub use told::{Action, Told};

use crate::channel::Tokens;
use crate::store::{Intake, Recipients, Store, StoreError};
use owner::{Owner, Registry, Sent};
use relance_core::day::{Instant, civil_date};
use relance_core::incoming::{Incoming, Returned, What};
use relance_core::machine::Channel;
use serde::Serialize;
use std::io;

/// How many mails are read and written down together.
const TOGETHER: usize = 200;

/// The event of somebody who is away, as after `quand événement`.
pub const ABSENCE: &str = "absence";

/// A mailbox cannot be read, or what it says not be kept.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The folder.
    #[error("{0}")]
    Folder(#[from] io::Error),
    /// The server.
    #[error("{0}")]
    Server(#[from] ImapTrouble),
    /// The base.
    #[error("{0}")]
    Base(#[from] StoreError),
}

/// What a mail was taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message came back for good.
    #[serde(rename = "retour")]
    Bounce,
    /// A message is late, or one of several recipients did not get it: nothing follows.
    #[serde(rename = "retard")]
    Late,
    /// A message has arrived.
    #[serde(rename = "remis")]
    Delivered,
    /// Somebody is away.
    Absence,
    /// A receipt: nothing follows.
    #[serde(rename = "accuse")]
    Receipt,
    /// A client has answered.
    #[serde(rename = "reponse")]
    Reply,
    /// One of our own, or of our people's.
    #[serde(rename = "de_nous")]
    Own,
    /// Nobody knows what it is about: for a person.
    #[serde(rename = "inconnu")]
    Unknown,
}

/// What became of a mail.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Read {
    /// Its file, in `cur` from now on; or its folder and number on the server.
    #[serde(rename = "fichier")]
    pub file: String,
    /// What it was taken for.
    #[serde(rename = "nature")]
    pub kind: Kind,
    /// The client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The invoices of the message that it answers.
    #[serde(rename = "factures", skip_serializing_if = "Vec::is_empty")]
    pub invoices: Vec<String>,
    /// Who wrote it.
    #[serde(rename = "de", skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its subject.
    #[serde(rename = "objet")]
    pub subject: String,
    /// What is to be said of it, in French.
    #[serde(rename = "precision", skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether it brought something that was not known.
    #[serde(rename = "nouveau")]
    pub new: bool,
}

/// Reads everything new in a mailbox, writes down what it says, and only then marks it. `own` are the addresses of our people, in small
/// letters: what they write is no client's answer; `tokens` makes the marks of the addresses to which clients answer.
pub async fn collect(
    store: &dyn Store,
    mailbox: &Mailbox,
    (tokens, own): (Option<&Tokens>, &[String]),
    at: Instant,
    zone: chrono_tz::Tz,
) -> Result<Vec<Read>, Trouble> {
    let mut all = Vec::new();
    let mut visit = mailbox.visit(civil_date(at, zone)).await?;
    loop {
        let names = visit.new_mails(TOGETHER).await?;
        if names.is_empty() {
            visit.leave().await;
            return Ok(all);
        }
        let registry = Registry::read(store, tokens, at).await?;
        let (mut read, mut incoming) = (Vec::new(), Vec::new());
        for name in names {
            let Some(bytes) = visit.read(&name).await? else { continue };
            let mail = Mail::read(&bytes);
            let (told, event) = understand(&registry, own, visit.told(&name), &mail, (at, zone)).await?;
            let event_at = event.map(|event| {
                incoming.push(event);
                incoming.len() - 1
            });
            read.push((name, told, event_at));
        }
        let new = write_down(store, &incoming, (at, zone)).await?;
        for (name, mut told, event_at) in read {
            told.new = event_at.is_some_and(|i| new.get(i).copied().unwrap_or_default());
            visit.take(&name, mark(told.kind)).await?;
            all.push(told);
        }
    }
}

/// How a mail is left in the mailbox.
fn mark(kind: Kind) -> Mark {
    match kind {
        Kind::Reply => Mark::ToRead,
        Kind::Unknown => Mark::Unknown,
        _ => Mark::Done,
    }
}

/// Writes down what is new, and says of each whether it is. One by one: a mailbox is small, and each mail is told apart.
async fn write_down(
    store: &dyn Store,
    incoming: &[Incoming],
    (at, zone): (Instant, chrono_tz::Tz),
) -> Result<Vec<bool>, StoreError> {
    let mut new = Vec::with_capacity(incoming.len());
    for one in incoming {
        // What people wrote stays in the mailbox.
        let report = serde_json::json!({ "courriel": one.id });
        let intake = Intake { incoming: std::slice::from_ref(one), payments: false, at, zone, report: &report };
        new.push(store.take_in(&intake).await? > 0);
    }
    Ok(new)
}

/// What a mail is, and the event that it brings.
async fn understand(
    registry: &Registry<'_>,
    own: &[String],
    file: String,
    mail: &Mail,
    (at, zone): (Instant, chrono_tz::Tz),
) -> Result<(Read, Option<Incoming>), StoreError> {
    let mut told = Read {
        file,
        kind: Kind::Unknown,
        client: None,
        invoices: Vec::new(),
        from: mail.from.clone(),
        subject: mail.subject.clone(),
        detail: None,
        new: false,
    };
    let spontaneous = matches!(mail.class, Class::Reply | Class::Automatic(_));
    if spontaneous && mail.from.as_ref().is_some_and(|from| own.contains(from)) {
        told.kind = Kind::Own;
        return Ok((told, None));
    }
    let Some(owner) = registry.owner(mail).await? else {
        told.detail = Some(
            match mail.class {
                Class::Unreadable => "ce n’est pas un courriel lisible",
                Class::Report(_) | Class::Seen => "aucun message envoyé ne correspond",
                Class::Reply | Class::Automatic(_) => {
                    "aucun message envoyé ne correspond, ni un seul client à cette adresse"
                }
            }
            .to_owned(),
        );
        return Ok((told, None));
    };
    let (client, sent) = match &owner {
        Owner::Message(sent) => (sent.client.clone(), Some(sent.as_ref())),
        Owner::Client(client) => (client.clone(), None),
    };
    told.invoices = sent.map(invoices).unwrap_or_default();
    told.client = Some(client.clone());
    let (kind, what, detail) = meaning(&mail.class, sent);
    told.kind = kind;
    told.detail = detail;
    let event = what.map(|what| Incoming {
        id: format!("courriel:{}", mail.id),
        client,
        invoice: concerned(&what, sent),
        effective: civil_date(at, zone),
        known: Some(at),
        said: None,
        what,
    });
    Ok((told, event))
}

/// The invoices that a message spoke of.
fn invoices(sent: &Sent) -> Vec<String> {
    let departure = &sent.message.message;
    let others = departure.others.iter().map(|other| other.invoice.clone());
    std::iter::once(departure.invoice.clone()).chain(others).collect()
}

/// The invoice that an event names: an answer to a message about several is about the client, one task instead of one for each.
fn concerned(what: &What, sent: Option<&Sent>) -> Option<String> {
    let departure = &sent?.message.message;
    let about_all = matches!(what, What::Reply | What::External { .. }) && !departure.others.is_empty();
    (!about_all).then(|| departure.invoice.clone())
}

/// What a mail means for the message that it is about.
fn meaning(class: &Class, sent: Option<&Sent>) -> (Kind, Option<What>, Option<String>) {
    let key = sent.map(|sent| sent.message.message.key.clone());
    let channel = Some(Channel::Email);
    match class {
        Class::Reply => (Kind::Reply, Some(What::Reply), None),
        Class::Automatic(Automatic::Absence) => {
            (Kind::Absence, Some(What::External { name: ABSENCE.to_owned() }), None)
        }
        Class::Automatic(Automatic::Receipt) => (Kind::Receipt, None, None),
        Class::Seen => (Kind::Delivered, Some(What::Delivered { key, channel }), None),
        Class::Unreadable => (Kind::Unknown, None, None),
        Class::Report(fates) => {
            let recipients = sent.and_then(|sent| sent.message.recipients.as_ref());
            match judge(fates, recipients) {
                Judged::Failed(cause, status, wrong) => {
                    let code = status.map(|status| format!(" ({status})")).unwrap_or_default();
                    let reason = format!("{}{code}", cause.words());
                    let why =
                        Some(Returned { reason: reason.clone(), address_is_right: cause.address_is_right(), wrong });
                    (Kind::Bounce, Some(What::Bounced { key, channel, why }), Some(reason))
                }
                Judged::Late(said) => (Kind::Late, None, Some(said.to_owned())),
                Judged::Delivered => (Kind::Delivered, Some(What::Delivered { key, channel }), None),
            }
        }
    }
}

/// The addresses of a message that do not exist: those that the report names, or the only one that there was.
fn wrong(failed: &[&&Fate], to: &[relance_core::program::Recipient]) -> Vec<String> {
    let gone = |fate: &&&&Fate| matches!(fate.end, End::Failed(Cause::Address, _));
    let gone: Vec<Option<&str>> = failed.iter().filter(gone).map(|fate| fate.recipient.as_deref()).collect();
    let all: Vec<String> =
        to.iter().filter_map(|one| one.email.as_ref()).map(|email| email.trim().to_lowercase()).collect();
    match all.as_slice() {
        [only] if !gone.is_empty() => vec![only.clone()],
        _ => all.into_iter().filter(|email| gone.contains(&Some(email.as_str()))).collect(),
    }
}

/// What a report means for a message as a whole.
enum Judged {
    /// Why, and the addresses at which nobody is.
    Failed(Cause, Option<Status>, Vec<String>),
    Late(&'static str),
    Delivered,
}

/// A message has failed when none of those to whom it was written got it: a copy that came back, or one recipient of two, is told and no
/// more.
fn judge(fates: &[Fate], recipients: Option<&Recipients>) -> Judged {
    let is = |people: &[relance_core::program::Recipient], address: &str| {
        people.iter().any(|one| one.email.as_ref().is_some_and(|email| email.trim().to_lowercase() == address))
    };
    let to = recipients.map(|r| r.to.as_slice()).unwrap_or_default();
    let copy = recipients.map(|r| r.copy.as_slice()).unwrap_or_default();
    let of_a_copy = |fate: &Fate| {
        let address = fate.recipient.as_deref().unwrap_or_default();
        is(copy, address) && !is(to, address)
    };
    let failed: Vec<&Fate> = fates.iter().filter(|fate| matches!(fate.end, End::Failed(..))).collect();
    let main: Vec<&&Fate> = failed.iter().filter(|fate| !of_a_copy(fate)).collect();
    match (main.first().map(|fate| fate.end), failed.is_empty()) {
        (Some(End::Failed(cause, status)), _) => {
            let missed = |email: &str| main.iter().any(|fate| fate.recipient.as_deref() == Some(email));
            let others = to.iter().filter_map(|one| one.email.as_ref()).map(|email| email.trim().to_lowercase());
            let reached = others.filter(|email| !missed(email)).count();
            let named = main.iter().filter(|fate| is(to, fate.recipient.as_deref().unwrap_or_default())).count();
            if to.len() > 1 && reached > 0 && named > 0 {
                return Judged::Late("un des destinataires ne l’a pas reçu");
            }
            Judged::Failed(cause, status, wrong(&main, to))
        }
        (_, false) => Judged::Late("une copie n’est pas arrivée"),
        _ if fates.iter().any(|fate| fate.end == End::Delayed) => Judged::Late("le serveur essaie encore"),
        _ if fates.iter().all(of_a_copy) => Judged::Late("une copie est arrivée"),
        _ => Judged::Delivered,
    }
}
