//! What became of registered letters after they were posted: asked of a service, told by one, or proven by hand. Whatever comes in is
//! written down like an import; the next step takes it in.

mod ask;
mod follow;
pub mod proof;

pub use ask::TrackingService;
pub use follow::{Followed, Report, follow};

use crate::config::LetterNews;
use crate::store::{Intake, Loaded, Store, StoreError, Unreadable, load_readable};
use chrono::NaiveDate;
use proof::ProofFile;
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::parse_key;
use relance_core::incoming::{Incoming, Returned, What};
use relance_core::machine::Channel;
use relance_core::tracked::{LetterStatus, Tracked};
use serde_json::json;
use std::collections::BTreeMap;

/// Clients whose files are read at once.
const CLIENTS: usize = 2_000;

/// What went wrong, in French.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// Of the service: the other letters would fare no better.
    Service(String),
    /// Of one letter.
    Letter(String),
    /// Of one proof.
    Proof(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Service(text) | Trouble::Letter(text) => f.write_str(text),
            Trouble::Proof(text) => write!(f, "preuve laissée de côté : {text}"),
        }
    }
}

/// A registered letter, with what is known of it, taken in by a run or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// The client's code.
    pub client: String,
    /// The invoice that decided it.
    pub invoice: String,
    /// Every invoice in it that is at hand.
    pub invoices: Vec<String>,
    /// The effect's key.
    pub key: String,
    /// Whether it is a registered one.
    pub registered: bool,
    /// Its tracking number.
    pub number: Option<String>,
    /// The day on which it was posted, or put on the list.
    pub posted: NaiveDate,
    /// How far it got, and when.
    pub known: Vec<(LetterStatus, NaiveDate)>,
    /// Digests of its proofs.
    pub proofs: Vec<String>,
    /// It came back from a wrong address.
    pub failed: bool,
}

impl Letter {
    /// The day on which nothing more was to come.
    fn ended(&self) -> Option<NaiveDate> {
        self.known.iter().filter(|(status, _)| status.is_final()).map(|(_, on)| *on).max()
    }

    /// Learns what is known and waits for a run.
    fn learn(&mut self, thing: &Incoming) {
        match &thing.what {
            What::Tracked(told) if told.key.as_ref() == Some(&self.key) => {
                self.known.extend(told.status.map(|status| (status, thing.effective)));
                self.proofs.extend(told.proof.as_ref().map(|proof| proof.sha256.clone()));
                self.number = self.number.take().or(told.number.clone());
            }
            What::Bounced { key, .. } if key.as_ref() == Some(&self.key) => self.failed = true,
            What::Done { key, tracking, .. } if key.as_ref() == Some(&self.key) => {
                self.number = self.number.take().or(tracking.clone());
            }
            _ => {}
        }
    }
}

/// The registered letters of these clients, by client and key; and the files that cannot be read. With `whole`, those of settled invoices
/// too.
pub async fn letters(
    store: &dyn Store,
    clients: &[String],
    at: Instant,
    whole: bool,
) -> Result<(Vec<Letter>, Vec<Unreadable>), StoreError> {
    let (mut letters, mut aside) = (Vec::new(), Vec::new());
    for chunk in clients.chunks(CLIENTS) {
        let (loaded, unreadable) = load_readable(store, chunk, at, whole).await?;
        aside.extend(unreadable);
        letters.extend(loaded.iter().flat_map(of_client));
    }
    Ok((letters, aside))
}

/// The letters of a client's file, with what waits for a run.
fn of_client(loaded: &Loaded) -> Vec<Letter> {
    let dossier = &loaded.world.dossier;
    let mut found: BTreeMap<String, Letter> = BTreeMap::new();
    for (number, file) in &dossier.invoices {
        for sent in file.sent.iter().filter(|sent| sent.channel.is_letter()) {
            let Some((leader, ..)) = parse_key(sent.whole()) else { continue };
            let letter = found.entry(sent.whole().to_owned()).or_insert_with(|| Letter {
                client: dossier.client.clone(),
                invoice: leader.to_owned(),
                invoices: Vec::new(),
                key: sent.whole().to_owned(),
                registered: sent.channel == Channel::RegisteredLetter,
                number: sent.number.clone(),
                posted: sent.on,
                known: sent.tracked.clone(),
                proofs: sent.proofs.clone(),
                failed: sent.failed,
            });
            letter.invoices.push(number.clone());
        }
    }
    for (_, thing) in loaded.world.inbox.iter() {
        found.values_mut().for_each(|letter| letter.learn(thing));
    }
    found.into_values().collect()
}

/// The letter of a key, or of a tracking number or provider's name; of several with one name, the one posted last.
pub async fn letter_of(
    store: &dyn Store,
    key: Option<&str>,
    name: Option<&str>,
    at: Instant,
) -> Result<Option<Letter>, StoreError> {
    let named: Vec<(String, String)> = match (key, name) {
        (Some(key), _) => {
            let Some((invoice, ..)) = parse_key(key) else { return Ok(None) };
            store.client_of(invoice).await?.map(|client| (client, key.to_owned())).into_iter().collect()
        }
        (None, Some(name)) => store.letters_named(name).await?,
        (None, None) => Vec::new(),
    };
    let mut found: Option<Letter> = None;
    for (client, key) in named {
        let loaded = store.load(&[client], at, &[], true).await?;
        let letters: Vec<Letter> = loaded.iter().flat_map(of_client).collect();
        let part = |letter: &Letter| {
            letter.key == key || parse_key(&key).is_some_and(|(number, ..)| letter.invoices.iter().any(|n| n == number))
        };
        let exact = letters.iter().find(|letter| letter.key == key);
        let letter = exact.or_else(|| letters.iter().filter(|letter| part(letter)).max_by_key(|letter| letter.posted));
        if let Some(letter) = letter.filter(|letter| found.as_ref().is_none_or(|other| other.posted < letter.posted)) {
            found = Some(letter.clone());
        }
    }
    Ok(found)
}

/// Writes down what is told of a letter, and keeps its proofs; returns whether anything was new. Told again, it changes nothing.
pub async fn note(
    store: &dyn Store,
    letter: &Letter,
    news: Option<(LetterNews, NaiveDate)>,
    proofs: Vec<ProofFile>,
    (at, zone): (Instant, chrono_tz::Tz),
) -> Result<bool, StoreError> {
    let mut fresh: Vec<ProofFile> = Vec::new();
    for file in proofs {
        let known = letter.proofs.contains(&file.proof.sha256);
        if !known && !fresh.iter().any(|other| other.proof.sha256 == file.proof.sha256) {
            fresh.push(file);
        }
    }
    let mut fresh = proof::keep(store, letter, fresh, at).await?.into_iter();
    let key = || Some(letter.key.clone());
    let mut told: Vec<(String, NaiveDate, What)> = Vec::new();
    match news {
        Some((LetterNews::Got(status), on)) if !letter.known.iter().any(|(known, _)| *known == status) => {
            let proof = fresh.next();
            let what = What::Tracked(Tracked { key: key(), number: None, status: Some(status), proof });
            told.push((status.word().to_owned(), on, what));
        }
        Some((LetterNews::WrongAddress, on)) if !letter.failed => {
            let reason = "n’habite pas à l’adresse indiquée (NPAI)".to_owned();
            let why = Some(Returned { reason, ..Returned::default() });
            told.push(("npai".to_owned(), on, What::Bounced { key: key(), channel: None, why }));
        }
        _ => {}
    }
    for proof in fresh {
        let word = format!("preuve:{}", proof.sha256);
        let what = Tracked { key: key(), proof: Some(proof), ..Tracked::default() };
        told.push((word, civil_date(at, zone), What::Tracked(what)));
    }
    let mut new = false;
    for (word, on, what) in told {
        let incoming = Incoming {
            id: format!("suivi:{word}:{}", letter.key),
            client: letter.client.clone(),
            invoice: Some(letter.invoice.clone()),
            effective: on,
            known: Some(at),
            said: None,
            what,
        };
        let report = json!({ "suivi": word, "cle": letter.key });
        new |= store.take_in(&Intake { incoming: &[incoming], payments: false, at, zone, report: &report }).await? > 0;
    }
    Ok(new)
}
