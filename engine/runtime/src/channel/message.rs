//! The e-mail itself: the same bytes for the folder and for the server.

use super::dkim::Signer;
use super::token::Tokens;
use super::{ChannelProblem, Outcome, Outgoing, Recipient, Refusal, digest, refused};
use crate::config::{Config, EmailSender};
use crate::qr;
use crate::template::{Logo, Look, TransferCode, turns};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, message::header::ContentType};
use relance_core::day::Instant;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The last second that a `Date` header can tell.
const LAST_SECOND: i64 = 253_402_300_799;

/// The longest name and the longest subject: more is a mistake of the data, or worse.
const LONGEST_NAME: usize = 100;
const LONGEST_SUBJECT: usize = 250;
/// The most earlier messages that one refers to: a header does not grow for ever.
const LONGEST_THREAD: usize = 20;

/// Builds the messages of one creditor.
#[derive(Clone, Debug)]
pub(super) struct MailBuilder {
    config: Config,
    from: Mailbox,
    /// Who else sends, in the order of the settings.
    others: Vec<(EmailSender, Mailbox)>,
    reply_to: Option<Mailbox>,
    tokens: Option<Tokens>,
    signer: Option<Arc<Signer>>,
    logo: Option<Arc<Logo>>,
}

/// A message and its envelope.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    /// The pictures of its page: what they are called, and their bytes.
    pub pictures: Vec<(&'static str, Vec<u8>)>,
    pub from: Address,
    pub to: Vec<Address>,
    pub copy: Vec<Address>,
    pub bytes: Vec<u8>,
}

/// A text for a header: one line, not too long, no control characters nor marks of direction; no-break spaces stay.
pub(crate) fn header_text(text: &str, longest: usize) -> String {
    let words = text.split(|c: char| c == ' ' || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !turns(*c)).take(longest).collect::<String>().trim().to_owned()
}

fn mailboxes(people: &[Recipient]) -> Vec<Mailbox> {
    let with_address = people.iter().filter_map(|person| {
        let address: Address = person.email.as_deref()?.trim().parse().ok()?;
        let name = person.name.as_deref().map(|name| header_text(name, LONGEST_NAME)).filter(|name| !name.is_empty());
        Some(Mailbox::new(name, address))
    });
    with_address.collect()
}

/// A file as a part of a message.
fn attachment(file: &super::Attachment) -> SinglePart {
    let is_pdf = file.name.to_lowercase().ends_with(".pdf");
    let kind = ContentType::parse(if is_pdf { "application/pdf" } else { "application/octet-stream" });
    let name = header_text(&file.name, LONGEST_NAME);
    Attachment::new(name).body(file.bytes.clone(), kind.unwrap_or(ContentType::TEXT_PLAIN))
}

/// A picture, as a part that the page shows under this name.
fn picture(cid: &str, kind: &str, bytes: Vec<u8>) -> SinglePart {
    let kind = ContentType::parse(kind).unwrap_or(ContentType::TEXT_PLAIN);
    Attachment::new_inline(cid.to_owned()).body(bytes, kind)
}

/// The earlier messages that one refers to: the first, on which mail programs hang a thread, and the latest.
fn thread(earlier: &[String]) -> impl Iterator<Item = &String> {
    let skipped = earlier.len().saturating_sub(LONGEST_THREAD - 1).max(1);
    earlier.iter().take(1).chain(earlier.iter().skip(skipped))
}

/// Header dates are whole seconds of the common era; anything else would not be printable.
fn header_date(date: Instant) -> SystemTime {
    let seconds = date.timestamp().clamp(0, LAST_SECOND);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
}

impl MailBuilder {
    pub fn new(config: &Config, project: &Path) -> Result<MailBuilder, ChannelProblem> {
        let Some(sender) = config.email.sender.as_ref().or(config.creditor.email.as_ref()) else {
            let say = "relance.toml ne dit pas qui envoie les courriels : écrivez `expediteur` dans [email], ou `email` dans \
                       [creancier]";
            return Err(ChannelProblem(say.to_owned()));
        };
        let wrong = |what: &str| ChannelProblem(format!("relance.toml : l'adresse de `{what}` est incorrecte"));
        let address: Address = sender.parse().map_err(|_| wrong("expediteur"))?;
        let reply_to = config.email.reply_to.as_deref().map(str::parse::<Address>).transpose();
        let name = header_text(&config.creditor.name, LONGEST_NAME);
        let name = Some(name).filter(|name| !name.is_empty());
        let mut others = Vec::new();
        for sender in &config.email.senders {
            let address: Address = sender.address.parse().map_err(|_| wrong("expediteurs"))?;
            let own = sender.name.as_deref().map(|name| header_text(name, LONGEST_NAME));
            others.push((sender.clone(), Mailbox::new(own.or_else(|| name.clone()), address)));
        }
        Ok(MailBuilder {
            config: config.clone(),
            others,
            tokens: Tokens::new(config)?,
            logo: Look::read(&config.creditor, project).map_err(ChannelProblem)?.logo,
            signer: config.email.dkim.as_ref().map(|dkim| Signer::new(dkim, project).map(Arc::new)).transpose()?,
            reply_to: reply_to.map_err(|_| wrong("reponse_a"))?.map(|address| Mailbox::new(name.clone(), address)),
            from: Mailbox::new(name, address),
        })
    }

    /// In whose name a message leaves.
    fn sender(&self, outgoing: &Outgoing) -> &Mailbox {
        let theirs = |(sender, _): &&(EmailSender, Mailbox)| {
            sender.takes(&self.config, outgoing.owner.as_deref(), outgoing.tone)
        };
        self.others.iter().find(theirs).map_or(&self.from, |(_, mailbox)| mailbox)
    }

    /// Where its answer is to go, when not to its sender.
    fn reply_to(&self, outgoing: &Outgoing) -> Option<Mailbox> {
        match &self.tokens {
            Some(tokens) => {
                tokens.address(&outgoing.client).map(|address| Mailbox::new(self.from.name.clone(), address))
            }
            None => self.reply_to.clone(),
        }
    }

    /// The `Message-ID` of the message with this key, whoever's name it leaves in.
    fn id(&self, key: &str) -> String {
        format!("<{}@{}>", digest(key), self.from.email.domain())
    }

    pub fn build(&self, outgoing: &Outgoing) -> Result<Mail, Outcome> {
        let to = mailboxes(&outgoing.to);
        if to.is_empty() {
            let say = "aucune adresse électronique utilisable pour le destinataire : complétez la fiche du client";
            return Err(refused(Refusal::Address, say));
        }
        let mut copy = mailboxes(&outgoing.copy);
        copy.retain(|mailbox| !to.iter().any(|other| other.email == mailbox.email));
        let id = digest(&outgoing.key);
        let subject = header_text(outgoing.rendered.subject.as_deref().unwrap_or(""), LONGEST_SUBJECT);
        let thread = thread(&outgoing.thread).map(|key| self.id(key)).collect::<Vec<String>>();
        let mut builder = Message::builder()
            .from(self.sender(outgoing).clone())
            .subject(subject)
            .date(header_date(outgoing.date))
            .message_id(Some(self.id(&outgoing.key)))
            // RFC 3834: answering machines must not reply to it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = self.reply_to(outgoing) {
            builder = builder.reply_to(reply_to);
        }
        if let Some(last) = thread.last() {
            builder = builder.in_reply_to(last.clone()).references(thread.join(" "));
        }
        for mailbox in &to {
            builder = builder.to(mailbox.clone());
        }
        for mailbox in &copy {
            builder = builder.cc(mailbox.clone());
        }
        let addresses = |boxes: &[Mailbox]| boxes.iter().map(|mailbox| mailbox.email.clone()).collect::<Vec<Address>>();
        let (to, copy) = (addresses(&to), addresses(&copy));
        let unreadable =
            |_| refused(Refusal::Permanent, "message impossible à composer : vérifiez l'adresse du destinataire");
        let everybody = to.iter().chain(&copy).cloned().collect();
        let envelope = Envelope::new(Some(self.from.email.clone()), everybody).map_err(unreadable)?;
        builder = builder.envelope(envelope);
        let text = outgoing.rendered.text.clone();
        // Boundaries come from the key, so that the same message has the same bytes.
        let mut shown: Vec<(&'static str, Vec<u8>)> = Vec::new();
        let written = outgoing.rendered.html.as_ref().map(|html| {
            let begun = MultiPart::alternative().boundary(format!("relance-{id}"));
            let begun = begun.singlepart(SinglePart::plain(text.clone()));
            let page = SinglePart::html(html.clone());
            let shows = |cid: &str| html.contains(&format!("\"cid:{cid}\""));
            let logo = self.logo.as_ref().filter(|_| shows(Logo::CID));
            let logo = logo.map(|logo| ("logo", Logo::CID, logo.kind, logo.bytes.clone()));
            let code = outgoing.rendered.code.as_ref().filter(|_| shows(TransferCode::CID));
            let code = code.and_then(|code| Some(("code QR", TransferCode::CID, "image/png", qr::png(&code.text)?)));
            let part = |(name, cid, kind, bytes): (&'static str, &str, &str, Vec<u8>)| {
                shown.push((name, bytes.clone()));
                picture(cid, kind, bytes)
            };
            let pictures: Vec<SinglePart> = logo.into_iter().chain(code).map(part).collect();
            if pictures.is_empty() {
                begun.singlepart(page)
            } else {
                let together = MultiPart::related().boundary(format!("page-{id}")).singlepart(page);
                begun.multipart(pictures.into_iter().fold(together, MultiPart::singlepart))
            }
        });
        let message = match (written, outgoing.attached.is_empty()) {
            (Some(written), true) => builder.multipart(written),
            (None, true) => builder.header(ContentType::TEXT_PLAIN).body(text),
            (written, false) => {
                let mixed = MultiPart::mixed().boundary(format!("pieces-{id}"));
                let begun = match written {
                    Some(written) => mixed.multipart(written),
                    None => mixed.singlepart(SinglePart::plain(text)),
                };
                let file = |mixed: MultiPart, file: &super::Attachment| mixed.singlepart(attachment(file));
                builder.multipart(outgoing.attached.iter().fold(begun, file))
            }
        };
        let mut bytes = message.map_err(unreadable)?.formatted();
        if let Some(signer) = &self.signer {
            let say = "la clé de [email.dkim] ne signe pas : remplacez-la, ou retirez cette section";
            let signed = signer.sign(&bytes, outgoing.date.timestamp().clamp(0, LAST_SECOND));
            bytes = signed.ok_or_else(|| refused(Refusal::Configuration, say))?;
        }
        Ok(Mail { from: self.from.email.clone(), to, copy, bytes, pictures: shown })
    }
}
