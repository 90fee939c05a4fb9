//! One mail as it was received: who wrote it, which of our messages it is about, and what it is. Any bytes will do.

use super::automatic::{Automatic, Signs, look};
use super::report::{self, Fate};
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

/// How much of a mail is read: reports and answers stand at its beginning, attachments after.
pub const READ: u64 = 2 * 1024 * 1024;
/// Mails within mails beyond this are no mail: reading them would take a stack that is not there.
const DEEPEST: usize = 40;
/// How much text is looked at.
const LONGEST: usize = 20_000;

/// What a mail is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Class {
    /// What a server says of a message of ours, recipient by recipient.
    Report(Vec<Fate>),
    /// It was displayed to its recipient (RFC 8098).
    Seen,
    /// Somebody is away, or a receipt.
    Automatic(Automatic),
    /// A person's answer, as far as can be seen.
    Reply,
    /// No mail at all.
    Unreadable,
}

/// A mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    /// What it is known by: the same for the same mail.
    pub id: String,
    /// Who wrote it, in small letters.
    pub from: Option<String>,
    /// Whom it was sent to, in small letters.
    pub to: Vec<String>,
    /// What it says that it is about; one line.
    pub subject: String,
    /// The digests of our messages that it speaks of, the most likely first.
    pub mentions: Vec<String>,
    /// What it is.
    pub class: Class,
}

/// Everything in a mail that may tell, gathered from all its parts.
#[derive(Default)]
struct Gathered {
    fates: Vec<Fate>,
    displayed: bool,
    is_report: bool,
    texts: Vec<String>,
    /// Where our message stands, or its head.
    returned: Vec<String>,
    left: usize,
}

impl Mail {
    /// Reads a mail.
    pub fn read(bytes: &[u8]) -> Mail {
        let digest = hexadecimal(&Sha256::digest(bytes));
        let nothing = Mail {
            id: digest,
            from: None,
            to: Vec::new(),
            subject: String::new(),
            mentions: Vec::new(),
            class: Class::Unreadable,
        };
        if is_too_deep(bytes) {
            return nothing;
        }
        let Some(message) = MessageParser::default().parse(bytes).filter(|message| !message.headers().is_empty())
        else {
            return nothing;
        };
        let from = message.from().or_else(|| message.sender()).and_then(first_address);
        let id = message.message_id().map(str::trim).filter(|id| !id.is_empty());
        if from.is_none() && id.is_none() && message.subject().is_none() {
            return nothing;
        }
        let mut gathered = Gathered { left: LONGEST * 4, ..Gathered::default() };
        gathered.gather(&message, 0);
        let subject = one_line(message.subject().unwrap_or_default());
        let class = classify(&message, from.as_deref().unwrap_or_default(), &subject, &gathered);
        Mail {
            // Its own name, as a digest: it goes into the names of what it brings.
            id: id.map_or(nothing.id, |id| hexadecimal(&Sha256::digest(id.as_bytes()))),
            from,
            to: recipients(&message),
            subject,
            mentions: mentions(&message, &gathered, bytes),
            class,
        }
    }
}

/// The first sixteen bytes, which are enough to be no other's.
fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether so many mails are within each other, or look like it.
fn is_too_deep(bytes: &[u8]) -> bool {
    let mut found = 0;
    for window in bytes.windows(8) {
        if window.eq_ignore_ascii_case(b"message/") || window.eq_ignore_ascii_case(b"t/digest") {
            found += 1;
        }
    }
    found > DEEPEST
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

fn first_address(address: &Address<'_>) -> Option<String> {
    address.iter().find_map(|one| one.address()).map(|one| one.trim().to_lowercase()).filter(|one| one.contains('@'))
}

/// Every address that the mail went to.
fn recipients(message: &Message<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for header in message.headers() {
        let name = header.name();
        let about = ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"];
        if !about.iter().any(|one| name.eq_ignore_ascii_case(one)) {
            continue;
        }
        match header.value() {
            HeaderValue::Address(address) => {
                all.extend(address.iter().filter_map(|one| one.address()).map(str::to_lowercase));
            }
            HeaderValue::Text(text) => all.push(text.trim().trim_matches(['<', '>']).to_lowercase()),
            _ => {}
        }
        all.truncate(MOST_RECIPIENTS);
    }
    all
}

/// More are not looked at.
const MOST_RECIPIENTS: usize = 100;

/// A header as text, in small letters; every mail program writes some in its own way.
fn header(message: &Message<'_>, name: &str) -> Option<String> {
    let value = message.header_raw(name.to_owned())?;
    Some(value.trim().to_lowercase())
}

impl Gathered {
    fn text(&mut self, text: &str) {
        let kept: String = text.chars().take(LONGEST.min(self.left)).collect();
        self.left = self.left.saturating_sub(kept.len());
        self.texts.push(kept);
    }

    fn gather(&mut self, message: &Message<'_>, depth: usize) {
        for part in &message.parts {
            let (kind, subtype) = part.content_type().map_or((String::new(), String::new()), |content| {
                (content.ctype().to_lowercase(), content.subtype().unwrap_or_default().to_lowercase())
            });
            let contents = || String::from_utf8_lossy(part.contents()).into_owned();
            match (kind.as_str(), subtype.as_str(), &part.body) {
                ("message", "delivery-status" | "global-delivery-status", _) if depth == 0 => {
                    self.is_report = true;
                    self.fates.extend(report::read(&contents()));
                }
                ("message", "disposition-notification" | "global-disposition-notification", _) if depth == 0 => {
                    let told = contents().to_lowercase();
                    self.displayed |= told.lines().any(|l| l.starts_with("disposition:") && l.contains("displayed"));
                    self.is_report = true;
                }
                ("text" | "message", "rfc822-headers" | "global-headers", _) => self.returned.push(contents()),
                (_, _, PartType::Message(inner)) if depth < DEEPEST => {
                    let head = inner.headers_raw().map(|(name, value)| format!("{name}:{value}")).collect::<String>();
                    self.returned.push(head);
                    self.gather(inner, depth + 1);
                }
                (_, _, PartType::Text(text)) if depth == 0 => self.text(text),
                (_, _, PartType::Html(html)) if depth == 0 && self.texts.is_empty() => {
                    self.text(&mail_parser::decoders::html::html_to_text(html));
                }
                _ => {}
            }
        }
    }

    fn first_text(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }
}

/// The beginnings of subjects of notices, in small letters.
const NOTICES: &[&str] = &[
    "undeliver",
    "delivery status notification",
    "mail delivery",
    "returned mail",
    "failure notice",
    "delivery failure",
    "delivery has failed",
    "non remis",
    "échec de la remise",
    "echec de la remise",
    "notification d'échec",
    "message non distribu",
    "courrier non distribu",
    "rapport de non-remise",
    "unzustellbar",
    "warning: could not send",
    "warning: message",
    "delayed mail",
    "delivery delayed",
    "remise retardée",
    "[postmaster]",
];

/// Whether a mail server wrote it, though not in the standard form.
fn is_notice(message: &Message<'_>, from: &str, subject: &str, gathered: &Gathered) -> bool {
    let subject = subject.to_lowercase();
    let says_so = NOTICES.iter().any(|begin| subject.starts_with(begin));
    let server = ["mailer-daemon@", "postmaster@", "mail-daemon@"].iter().any(|name| from.starts_with(name));
    let qmail = gathered.first_text().contains("This is the qmail-send program");
    message.header_raw("X-Failed-Recipients").is_some() || qmail || (server && says_so)
}

fn classify(message: &Message<'_>, from: &str, subject: &str, gathered: &Gathered) -> Class {
    if !gathered.fates.is_empty() {
        return Class::Report(gathered.fates.clone());
    }
    if gathered.displayed {
        return Class::Seen;
    }
    if is_notice(message, from, subject, gathered)
        || (gathered.is_report && !from.is_empty() && from.contains("daemon"))
    {
        let text = gathered.texts.join("\n");
        let end = report::notice(subject, &text);
        let named = header(message, "X-Failed-Recipients").unwrap_or_default();
        let recipient = named.split(',').map(str::trim).find(|one| one.contains('@')).map(str::to_owned);
        let recipient = recipient.or_else(|| failed_address(&text));
        return Class::Report(vec![Fate { recipient, end }]);
    }
    if gathered.is_report {
        return Class::Automatic(Automatic::Receipt);
    }
    let submitted = header(message, "Auto-Submitted").unwrap_or_default();
    let precedence = header(message, "Precedence").unwrap_or_default();
    let present = |name: &str| message.header_raw(name.to_owned()).is_some();
    let suppress = header(message, "X-Auto-Response-Suppress").unwrap_or_default();
    let signs = Signs {
        replies: submitted.starts_with("auto-replied")
            || present("X-Autoreply")
            || present("X-Autorespond")
            || present("X-Autoresponder")
            || precedence.starts_with("auto_reply"),
        program: (!submitted.is_empty() && !submitted.starts_with("no"))
            || header(message, "Return-Path").is_some_and(|path| path == "<>")
            || suppress.contains("all")
            || suppress.contains("oof")
            || ["bulk", "junk"].contains(&precedence.as_str()),
    };
    match look(signs, subject, gathered.first_text()) {
        Some(automatic) => Class::Automatic(automatic),
        None => Class::Reply,
    }
}

/// The address that a notice in mere text puts at the head of a line, as qmail and its like do: `<paul@exemple.fr>:`.
fn failed_address(text: &str) -> Option<String> {
    let at_head = text.lines().take(100).find_map(|line| {
        let word = line.split_whitespace().next()?;
        let bare = word.trim_end_matches([':', ',']).trim_matches(['<', '>']);
        (bare.contains('@') && !bare.ends_with('@') && !bare.starts_with('@')).then(|| bare.to_lowercase())
    });
    at_head.filter(|address| address.parse::<lettre::Address>().is_ok())
}

/// Digests of our messages: `32 hexadecimal digits @`, as in our `Message-ID`, or after `relance-`, as in the boundaries between the parts
/// of our messages, which stay when a relay renames a message.
pub(super) fn digests(text: &str, found: &mut Vec<String>) {
    let bytes = text.as_bytes();
    let is_digit = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
    let mut start = 0;
    while start < bytes.len() {
        let run = bytes.get(start..).unwrap_or_default().iter().take_while(|b| is_digit(b)).count();
        if run == 32 {
            let before = text.get(..start).unwrap_or_default();
            let after = bytes.get(start + run);
            let ours = (before.ends_with('<') && after == Some(&b'@')) || before.ends_with("relance-");
            if let Some(digest) = text.get(start..start + run).filter(|_| ours)
                && found.len() < MOST_MENTIONS
                && !found.iter().any(|known| known == digest)
            {
                found.push(digest.to_owned());
            }
        }
        start += run.max(1);
    }
}

/// More are not looked up.
const MOST_MENTIONS: usize = 50;

/// The messages of ours that a mail speaks of.
fn mentions(message: &Message<'_>, gathered: &Gathered, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for head in &gathered.returned {
        // The message itself before those that it follows.
        for line in unfolded(head).iter().filter(|line| line.to_lowercase().starts_with("message-id:")) {
            digests(line, &mut found);
        }
    }
    for name in ["In-Reply-To", "Original-Message-ID", "X-Original-Message-ID"] {
        if let Some(value) = message.header_raw(name.to_owned()) {
            digests(value, &mut found);
        }
    }
    if let Some(references) = message.header_raw("References") {
        let mut all = Vec::new();
        digests(references, &mut all);
        // The last one is the nearest.
        found.extend(all.into_iter().rev().filter(|one| !found.contains(one)).collect::<Vec<_>>());
    }
    for text in gathered.returned.iter().chain(&gathered.texts) {
        digests(text, &mut found);
    }
    // What stands in no part that can be read, after a broken boundary for example.
    let all = bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { ' ' }).collect::<String>();
    digests(&all, &mut found);
    found
}

fn unfolded(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.lines() {
        match lines.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(last) => last.push_str(line),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}
