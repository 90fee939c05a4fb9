//! A mailbox on a server, by IMAP. Mails are read without being marked, and marked once what they say is in the base. What was taken is
//! remembered in the mailbox itself by keywords, so that a mail that a person has opened before us is taken, too; a server that keeps no
//! keywords has `\Seen` and `\Flagged` only.

mod trouble;
mod wire;

#[cfg(test)]
mod tests;

pub use trouble::ImapTrouble;

use super::mail::READ;
use super::maildir::Mark;
use crate::channel::{ChannelProblem, certificate_problem, tls};
use crate::config::{ImapConfig, Security};
use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use chrono::{Days, NaiveDate};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use trouble::{Lost, Phase, told, trouble};
use wire::{Answer, Done, Stream, Wire, Word};

/// The longest visit.
const VISIT: Duration = Duration::from_secs(600);
/// How many mails a visit takes; the others are for the next one.
const MOST: usize = 1_000;
/// How far back mails are looked at, in days: bounces of older messages are not accepted anyway.
const BACK: u64 = 60;
/// A mail that was taken.
const TAKEN: &str = "RelanceLu";
/// A mail of which nobody knows what it is about.
const UNKNOWN: &str = "RelanceInconnu";

/// A mailbox on a server.
pub struct Imap {
    config: ImapConfig,
    password: String,
    connector: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Imap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imap").field("host", &self.config.host).finish_non_exhaustive()
    }
}

impl Imap {
    /// Reads the password and the certificates; connects to nothing.
    pub fn new(config: &ImapConfig, project: &Path) -> Result<Imap, ChannelProblem> {
        let password = std::env::var(&config.password_env).map_err(|_| {
            ChannelProblem(format!(
                "la variable d'environnement {} n'est pas définie : elle doit contenir le mot de passe de la boîte de [reponses]",
                config.password_env
            ))
        })?;
        let connector = if config.security == Security::None {
            None
        } else {
            let extra = config.authority.as_ref().map(|path| tls::authorities(&project.join(path))).transpose()?;
            let wrong = |_| ChannelProblem(format!("`imap` : « {} » n'est pas un nom de serveur", config.host));
            let name = ServerName::try_from(config.host.clone()).map_err(wrong)?;
            Some((TlsConnector::from(Arc::new(tls::client(extra.unwrap_or_default())?)), name))
        };
        Ok(Imap { config: config.clone(), password, connector })
    }

    /// Opens the folder and asks which mails are new.
    pub async fn visit(&self, today: NaiveDate) -> Result<Visit<'_>, ImapTrouble> {
        let end = Instant::now() + VISIT;
        let mut wire = self.connect(end).await?;
        let login = [Word::Plain("LOGIN"), Word::Text(&self.config.user), Word::Text(&self.password)];
        wire.command(&login, 0).await.map_err(|lost| told(&self.config, Phase::Login, lost))?;
        let folder = utf7(&self.config.folder);
        let select = [Word::Plain("SELECT"), Word::Text(&folder)];
        let opened = wire.command(&select, 0).await.map_err(|lost| told(&self.config, Phase::Folder, lost))?;
        if opened.text.to_ascii_uppercase().starts_with("[READ-ONLY]") {
            let lost = Lost::Refused("lecture seule".to_owned());
            return Err(told(&self.config, Phase::Marking, lost));
        }
        let keywords = keeps_keywords(&opened);
        let since = today.checked_sub_days(Days::new(BACK)).unwrap_or(today).format("%d-%b-%Y");
        // A person who wants an unknown mail to be read again makes it unread and takes its flag away.
        let which = if keywords {
            format!("UNKEYWORD {TAKEN} OR UNKEYWORD {UNKNOWN} (UNSEEN UNFLAGGED)")
        } else {
            "UNSEEN UNFLAGGED".to_owned()
        };
        let search = format!("UID SEARCH UNDELETED SINCE {since} {which}");
        let found = wire.command(&[Word::Plain(&search)], 0).await;
        let found = found.map_err(|lost| told(&self.config, Phase::Reading, lost))?;
        Ok(Visit { config: &self.config, wire, keywords, waiting: numbers(&found.answers) })
    }

    async fn connect(&self, end: Instant) -> Result<Wire, ImapTrouble> {
        let patience = self.config.timeout;
        let lost = |lost| told(&self.config, Phase::Greeting, lost);
        let host = self.config.host.trim_start_matches('[').trim_end_matches(']');
        let dialled = timeout(patience, TcpStream::connect((host, self.config.port))).await;
        let stream = dialled.map_err(|_| lost(Lost::Silent(patience.as_secs())))?;
        let stream = stream.map_err(|error| lost(Lost::Network(error)))?;
        let mut stream: Box<dyn Stream> = Box::new(stream);
        if self.config.security == Security::Tls {
            stream = self.secure(stream).await?;
        }
        let mut wire = Wire::new(stream, patience, end);
        let greeting = wire.greeting().await.map_err(lost)?;
        let word = greeting.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "OK" => {}
            "BYE" => return Err(lost(Lost::Refused(greeting.get(4..).unwrap_or_default().to_owned()))),
            _ => return Err(lost(Lost::Nonsense)),
        }
        if self.config.security == Security::StartTls {
            let refused = |lost| told(&self.config, Phase::StartTls, lost);
            wire.command(&[Word::Plain("STARTTLS")], 0).await.map_err(refused)?;
            // Whatever was said in the clear after this is somebody else's.
            let stream = self.secure(wire.into_inner().map_err(refused)?).await?;
            wire = Wire::new(stream, patience, end);
        }
        Ok(wire)
    }

    async fn secure(&self, stream: Box<dyn Stream>) -> Result<Box<dyn Stream>, ImapTrouble> {
        let Some((connector, name)) = &self.connector else { return Ok(stream) };
        let patience = self.config.timeout;
        match timeout(patience, connector.connect(name.clone(), stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(match certificate_problem(&error) {
                Some(problem) => trouble(&self.config, &problem, "vérifiez `imap` et `autorite` dans [reponses]"),
                None => trouble(
                    &self.config,
                    "la connexion ne se chiffre pas",
                    "vérifiez `port` et `securite` dans [reponses] : 993 avec \"tls\", 143 avec \"starttls\"",
                ),
            }),
            Err(_) => Err(told(&self.config, Phase::Greeting, Lost::Silent(patience.as_secs()))),
        }
    }
}

/// An open folder.
pub struct Visit<'m> {
    config: &'m ImapConfig,
    wire: Wire,
    keywords: bool,
    waiting: VecDeque<u32>,
}

impl Visit<'_> {
    /// The next mails that nobody has taken, oldest first, `most` of them at most.
    pub fn next(&mut self, most: usize) -> Vec<u32> {
        let most = most.min(self.waiting.len());
        self.waiting.drain(..most).collect()
    }

    /// The beginning of a mail; none when it is gone.
    pub async fn read(&mut self, number: u32) -> Result<Option<Vec<u8>>, ImapTrouble> {
        let large = usize::try_from(READ).unwrap_or(usize::MAX);
        let fetch = format!("UID FETCH {number} (UID BODY.PEEK[]<0.{READ}>)");
        let done = self.wire.command(&[Word::Plain(&fetch)], large).await;
        let done = done.map_err(|lost| told(self.config, Phase::Reading, lost))?;
        Ok(done.answers.into_iter().find_map(|answer| body(answer, number)))
    }

    /// Marks a mail.
    pub async fn take(&mut self, number: u32, mark: Mark) -> Result<(), ImapTrouble> {
        let flags = match (mark, self.keywords) {
            (Mark::Done, true) => format!("\\Seen {TAKEN}"),
            (Mark::Done, false) => "\\Seen".to_owned(),
            (Mark::ToRead, true) => TAKEN.to_owned(),
            (Mark::Unknown, true) => format!("\\Flagged {UNKNOWN}"),
            (Mark::ToRead | Mark::Unknown, false) => "\\Flagged".to_owned(),
        };
        let store = format!("UID STORE {number} +FLAGS.SILENT ({flags})");
        let done = self.wire.command(&[Word::Plain(&store)], 0).await;
        done.map(|_| ()).map_err(|lost| told(self.config, Phase::Marking, lost))
    }

    /// What a mail is called, for people.
    pub fn name(&self, number: u32) -> String {
        format!("{} n° {number}", self.config.folder)
    }

    /// Says goodbye; what the server thinks of it does not matter any more.
    pub async fn leave(mut self) {
        let _ = self.wire.command(&[Word::Plain("LOGOUT")], 0).await;
    }
}

/// Whether marks of our own last.
fn keeps_keywords(opened: &Done) -> bool {
    let permanent = opened.answers.iter().find_map(|answer| {
        let (_, rest) = answer.head().split_once("[PERMANENTFLAGS (")?;
        rest.split_once(')').map(|(flags, _)| flags)
    });
    permanent.is_some_and(|flags| flags.split(' ').any(|flag| flag == "\\*"))
}

/// The numbers of a search, the smallest first; whatever is none is left out.
fn numbers(answers: &[Answer]) -> VecDeque<u32> {
    let mut found = BTreeSet::new();
    for answer in answers {
        let mut words = answer.head().split_ascii_whitespace().skip(1);
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("SEARCH")) {
            for number in words.filter_map(|word| word.parse::<u32>().ok()).filter(|number| *number > 0) {
                found.insert(number);
                if found.len() > MOST {
                    found.pop_last();
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The content of the mail with this number, if this answer has it.
fn body(answer: Answer, number: u32) -> Option<Vec<u8>> {
    let mut head = answer.head().split_ascii_whitespace().skip(2);
    if !head.next().is_some_and(|word| word.eq_ignore_ascii_case("FETCH")) {
        return None;
    }
    let wanted = number.to_string();
    let is_it = answer.pieces.iter().any(|(text, _)| {
        let mut words = text.split(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | ')'));
        words.any(|word| word.eq_ignore_ascii_case("UID")) && words.next() == Some(wanted.as_str())
    });
    if !is_it {
        return None;
    }
    answer.pieces.into_iter().find_map(|(text, literal)| {
        let at = text.to_ascii_uppercase().rfind("BODY[]")?;
        match literal {
            Some(bytes) => Some(bytes),
            // A short one may come between quotes, an empty one as NIL.
            None => {
                let value = text.get(at..)?.split_once(' ')?.1;
                let value = value.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
                Some(value.map(|(value, _)| value.replace("\\\"", "\"").into_bytes()).unwrap_or_default())
            }
        }
    })
}

/// The name of a folder as IMAP writes it: letters outside ASCII in a base64 of their own (RFC 3501, §5.1.3).
fn utf7(name: &str) -> String {
    let engine = GeneralPurpose::new(&base64::alphabet::IMAP_MUTF7, NO_PAD);
    let mut out = String::new();
    let mut other: Vec<u8> = Vec::new();
    for c in name.chars().map(Some).chain([None]) {
        match c {
            Some(c) if !(' '..='~').contains(&c) => {
                let mut units = [0; 2];
                other.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
                continue;
            }
            _ => {}
        }
        if !other.is_empty() {
            out.push_str(&format!("&{}-", engine.encode(&other)));
            other.clear();
        }
        match c {
            Some('&') => out.push_str("&-"),
            Some(c) => out.push(c),
            None => {}
        }
    }
    out
}
