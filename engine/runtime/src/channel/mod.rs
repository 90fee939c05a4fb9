//! The ways by which messages leave: e-mail and SMS, to a folder or to a carrier; registered letters, to a service.
//!
//! What a carrier answers is told in one of three ways. *Accepted* and *refused* are certain. *Unknown* is an attempt
//! whose result nobody can know, a connection lost after the message was handed over: it is never repeated blindly.

mod copy;
mod described;
mod dkim;
mod folder;
pub(crate) mod http;
mod message;
mod multipart;
mod registered;
mod reply;
mod sms;
mod sms_search;
mod smtp;
pub(crate) mod tls;
mod token;

pub(crate) use copy::{Copy, kept};
pub(crate) use described::at as json_at;
pub(crate) use message::header_text;
pub use registered::Envelope;
pub(crate) use reply::{certificate_problem, masked, plainly};
pub use token::{LENGTH as TOKEN_LENGTH, Tokens};

use crate::config::{Config, RegisteredConfig, SmsService};
use crate::template::Rendered;
use described::{Described, Known};
use folder::Folder;
use message::{Mail, MailBuilder};
use registered::Deposits;
use relance_core::day::Instant;
use relance_core::machine::Tone;
use sha2::{Digest, Sha256};
use sms::Twilio;
use smtp::Smtp;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What came of one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The carrier took charge of the message.
    Accepted {
        /// The carrier's own name for it, when it gave one.
        provider_id: Option<String>,
    },
    /// The carrier did not take it, or nothing was handed over.
    Refused {
        /// What kind of refusal.
        class: Refusal,
        /// In French: what, where, what to do. Without addresses, numbers or bodies.
        detail: String,
    },
    /// The carrier did not take it, and says how long to leave it alone.
    Busy {
        /// In French, like [`Outcome::Refused`]'s.
        detail: String,
        /// How long.
        pause: Duration,
    },
    /// It may have left, or not.
    Unknown {
        /// In French, like [`Outcome::Refused`]'s.
        detail: String,
    },
}

/// What a provider says of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It took it.
    Found(Found),
    /// It is not among its messages, or not yet; or it was asked a short while ago.
    Nothing,
    /// It certainly has no such message.
    Absent,
    /// It cannot be asked now.
    Silent,
}

/// A message that its provider took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The provider's own name for it.
    pub name: String,
    /// Whether the provider knows by now that it did not arrive.
    pub failed: bool,
}

/// Why a message was refused, which decides what is done about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// It may work later: try again.
    Temporary,
    /// It never will, for this message.
    Permanent,
    /// The recipient's address or number is missing or wrong: mend the contact.
    Address,
    /// The account is refused: no message will leave until it is mended.
    Authentication,
    /// The settings are wrong: no message will leave until they are mended.
    Configuration,
}

/// Somebody written to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recipient {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Number.
    pub phone: Option<String>,
}

/// A message to hand over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// Idempotency key: the same key is the same message.
    pub key: String,
    /// Whom to.
    pub to: Vec<Recipient>,
    /// Who gets a copy; an SMS has none.
    pub copy: Vec<Recipient>,
    /// The client's country (ISO code), in which numbers are read.
    pub country: Option<String>,
    /// What.
    pub rendered: Rendered,
    /// When: the date in the message's header.
    pub date: Instant,
    /// Whose file it belongs to.
    pub client: String,
    /// Who follows the invoice at the creditor's.
    pub owner: Option<String>,
    /// In which tone it is written.
    pub tone: Tone,
    /// The keys of the earlier messages that it follows, oldest first.
    pub thread: Vec<String>,
    /// The files that go with it; of a letter, the letter itself, as it is deposited.
    pub attached: Vec<Attachment>,
    /// To whom a letter goes.
    pub envelope: Option<Envelope>,
}

/// A file that goes with a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Its name, for the recipient.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A channel cannot be opened with these settings.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct ChannelProblem(pub String);

/// An open way for messages. It is shared: several messages may be under way at once.
#[derive(Debug)]
pub struct Carrier(Kind);

#[derive(Debug)]
enum Kind {
    MailFolder(MailBuilder, Folder),
    Mail(MailBuilder, Arc<Smtp>),
    SmsFolder(Folder),
    Sms(Twilio),
    SmsDescribed(Described),
    Letters(Deposits),
}

impl Carrier {
    /// The way of e-mails, after `[email]`; relative paths start from `project`. Nothing is connected yet.
    pub fn email(config: &Config, project: &Path) -> Result<Carrier, ChannelProblem> {
        let builder = MailBuilder::new(config, project)?;
        let kind = match &config.email.smtp {
            Some(smtp) => Kind::Mail(builder, Arc::new(Smtp::new(smtp, project)?)),
            None => Kind::MailFolder(builder, Folder::new(project.join(&config.email.folder), "eml")),
        };
        Ok(Carrier(kind))
    }

    /// The way of SMS, after `[sms]`.
    pub fn sms(config: &Config, project: &Path) -> Result<Carrier, ChannelProblem> {
        let kind = match &config.sms.service {
            Some(SmsService::Twilio(twilio)) => Kind::Sms(Twilio::new(twilio)?),
            Some(SmsService::Described(service)) => Kind::SmsDescribed(Described::new(service)?),
            None => Kind::SmsFolder(Folder::new(project.join(&config.sms.folder), "txt")),
        };
        Ok(Carrier(kind))
    }

    /// The way of registered letters, after `[recommandes]`.
    pub fn registered(config: &RegisteredConfig) -> Result<Carrier, ChannelProblem> {
        Ok(Carrier(Kind::Letters(Deposits::new(config)?)))
    }

    /// Hands a message over.
    pub async fn send(&self, outgoing: &Outgoing) -> Outcome {
        self.send_keeping(outgoing, &mut None).await
    }

    /// Hands a message over; what is to be kept of it is in `copy` before anything leaves, for an answer that does not come too.
    pub(crate) async fn send_keeping(&self, outgoing: &Outgoing, copy: &mut Option<Copy>) -> Outcome {
        let mail = |mail: &Mail, copy: &mut Option<Copy>| *copy = Some(Copy::of_mail(outgoing, mail));
        if matches!(self.0, Kind::SmsFolder(_) | Kind::Sms(_) | Kind::SmsDescribed(_)) {
            *copy = sms::as_file(outgoing).ok().map(Copy::of_sms);
        }
        match &self.0 {
            Kind::MailFolder(builder, folder) => match builder.build(outgoing) {
                Ok(built) => {
                    mail(&built, copy);
                    folder.write(&outgoing.key, built.bytes).await
                }
                Err(refused) => refused,
            },
            Kind::Mail(builder, smtp) => match builder.build(outgoing) {
                Ok(built) => {
                    mail(&built, copy);
                    aside(Arc::clone(smtp), built).await
                }
                Err(refused) => refused,
            },
            Kind::SmsFolder(folder) => match sms::as_file(outgoing) {
                Ok(bytes) => folder.write(&outgoing.key, bytes).await,
                Err(refused) => refused,
            },
            Kind::Sms(twilio) => twilio.send(outgoing).await,
            Kind::SmsDescribed(service) => service.send(outgoing).await,
            Kind::Letters(service) => service.send(outgoing).await,
        }
    }

    /// Whether the message with this key has left; `None` when the carrier cannot be asked.
    pub async fn was_sent(&self, key: &str) -> Option<bool> {
        match &self.0 {
            Kind::MailFolder(_, folder) | Kind::SmsFolder(folder) => folder.holds(key).await,
            // Clients are held meanwhile, and a service may take its time: letters are asked for as what is in doubt is, before or after.
            Kind::Letters(_) | Kind::Mail(..) | Kind::Sms(_) | Kind::SmsDescribed(_) => None,
        }
    }

    /// Whether its provider can be asked for a message: by what the message says, or by its key.
    pub fn finds(&self) -> bool {
        match &self.0 {
            Kind::Sms(_) => true,
            Kind::Letters(service) => service.can_be_asked(),
            _ => false,
        }
    }

    /// Looks for a message among those taken since a moment, but those of these names.
    pub async fn find(&self, outgoing: &Outgoing, since: Instant, taken: &BTreeSet<String>) -> Answer {
        match &self.0 {
            Kind::Sms(twilio) => twilio.find(outgoing, since, taken).await,
            Kind::Letters(service) => match service.ask(&outgoing.key).await {
                // Without a name of its own, the one by which it was asked for.
                Known::Left(name) => {
                    Answer::Found(Found { name: name.unwrap_or_else(|| digest(&outgoing.key)), failed: false })
                }
                Known::Absent => Answer::Absent,
                Known::Silent => Answer::Silent,
            },
            Kind::MailFolder(..) | Kind::SmsFolder(_) | Kind::Mail(..) | Kind::SmsDescribed(_) => Answer::Nothing,
        }
    }

    /// How many messages it is worth handing over at once.
    pub fn concurrency(&self) -> usize {
        match &self.0 {
            Kind::Mail(_, smtp) => smtp.connections(),
            Kind::MailFolder(..) | Kind::SmsFolder(_) | Kind::Sms(_) | Kind::SmsDescribed(_) | Kind::Letters(_) => 4,
        }
    }
}

/// What keeps messages from being signed as the settings say, if anything does.
pub fn check_signing(config: &Config, project: &Path) -> Result<(), ChannelProblem> {
    config.email.dkim.as_ref().map_or(Ok(()), |dkim| dkim::Signer::new(dkim, project).map(|_| ()))
}

/// A conversation on a task of its own: it goes on while the runner steps and writes down.
async fn aside(smtp: Arc<Smtp>, mail: Mail) -> Outcome {
    // It ends with this set, when nobody waits any more.
    let mut task = JoinSet::new();
    task.spawn(async move { smtp.send(&mail).await });
    match task.join_next().await {
        Some(Ok(outcome)) => outcome,
        _ => Outcome::Unknown {
            detail:
                "envoi interrompu : le message est peut-être parti ; vérifiez chez le fournisseur avant de le renvoyer"
                    .to_owned(),
        },
    }
}

fn refused(class: Refusal, detail: impl Into<String>) -> Outcome {
    Outcome::Refused { class, detail: detail.into() }
}

/// A key as hexadecimal digits: stable, and safe wherever a name or an identifier is wanted.
pub(crate) fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests;
