//! Asks the service for every letter that may have news.

use super::ask::Answer;
use super::{Letter, TrackingService, Trouble, letters, note};
use crate::config::LetterNews;
use crate::store::{Store, StoreError, Unreadable};
use chrono::NaiveDate;
use relance_core::day::{Instant, civil_date, french_date};
use serde::Serialize;

/// How many days after it was posted a letter is still asked for.
const DAYS: i64 = 60;
/// How many days after the end of a letter its proof is still asked for.
const PROOF_DAYS: i64 = 10;

/// What was learnt of a letter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Followed {
    /// The client's code.
    pub client: String,
    /// The invoices in it.
    pub factures: Vec<String>,
    /// The effect's key.
    pub cle: String,
    /// Under which name it was asked for.
    pub suivi: String,
    /// The day on which it was posted.
    pub postee: NaiveDate,
    /// How far it got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etat: Option<&'static str>,
    /// The day of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub le: Option<NaiveDate>,
    /// Names of proofs that were fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preuves: Vec<String>,
    /// Whether that was not known.
    pub nouveau: bool,
    /// What went wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problemes: Vec<String>,
}

/// What came of asking.
#[derive(Debug, Default)]
pub struct Report {
    /// The letters that were asked for.
    pub letters: Vec<Followed>,
    /// Letters that nobody can ask for: without a number, on these invoices.
    pub unnumbered: Vec<String>,
    /// Letters that were not asked for any more, since the service has trouble.
    pub left: usize,
    /// That trouble.
    pub trouble: Option<String>,
    /// Clients whose file cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// Asks for every registered letter of the last sixty days that may have news, and writes it down.
pub async fn follow(
    store: &dyn Store,
    service: &TrackingService,
    at: Instant,
    zone: chrono_tz::Tz,
) -> Result<Report, StoreError> {
    let today = civil_date(at, zone);
    let (all, unreadable) = letters(store, &store.clients_with_letters().await?, at, false).await?;
    let mut report = Report { unreadable, ..Report::default() };
    for letter in all.into_iter().filter(|letter| may_have_news(letter, service, today)) {
        let Some(name) = name(store, &letter).await? else {
            report.unnumbered.extend(letter.invoices);
            continue;
        };
        if report.trouble.is_some() {
            report.left += 1;
            continue;
        }
        let mut told = Followed {
            client: letter.client.clone(),
            factures: letter.invoices.clone(),
            cle: letter.key.clone(),
            suivi: name.clone(),
            postee: letter.posted,
            etat: None,
            le: None,
            preuves: Vec::new(),
            nouveau: false,
            problemes: Vec::new(),
        };
        match service.ask(&name).await {
            Ok(answer) => one(store, service, &letter, answer, (at, zone), &mut told).await?,
            Err(Trouble::Service(trouble)) => {
                report.left += 1;
                report.trouble = Some(trouble);
                continue;
            }
            Err(trouble) => told.problemes.push(trouble.to_string()),
        }
        report.letters.push(told);
    }
    Ok(report)
}

/// Writes down what the service says of a letter.
async fn one(
    store: &dyn Store,
    service: &TrackingService,
    letter: &Letter,
    answer: Answer,
    (at, zone): (Instant, chrono_tz::Tz),
    told: &mut Followed,
) -> Result<(), StoreError> {
    let today = civil_date(at, zone);
    let on = answer.on.unwrap_or(today);
    if on > today {
        told.problemes.push(format!("date à venir ({}) : rien n’est noté", french_date(on)));
        return Ok(());
    }
    (told.etat, told.le) = match answer.news {
        LetterNews::Got(status) => (Some(status.word()), Some(on)),
        LetterNews::WrongAddress => (Some("npai"), Some(on)),
        LetterNews::Underway => return Ok(()),
    };
    let is_known =
        matches!(answer.news, LetterNews::Got(status) if letter.known.iter().any(|(known, _)| *known == status));
    let mut files = Vec::new();
    // A proof that is there is not fetched each hour.
    if !is_known || letter.proofs.is_empty() {
        for address in &answer.proofs {
            match service.proof(&told.suivi, address).await {
                Ok(file) => files.push(file),
                Err(trouble) => told.problemes.push(trouble.to_string()),
            }
        }
    }
    told.preuves = files.iter().map(|file| file.proof.name.clone()).collect();
    told.nouveau = note(store, letter, Some((answer.news, on)), files, (at, zone)).await?;
    Ok(())
}

fn may_have_news(letter: &Letter, service: &TrackingService, today: NaiveDate) -> bool {
    if !letter.registered || letter.failed || (today - letter.posted).num_days() > DAYS {
        return false;
    }
    match letter.ended() {
        None => true,
        Some(on) => service.gives_proofs() && letter.proofs.is_empty() && (today - on).num_days() <= PROOF_DAYS,
    }
}

/// Under which name the service knows it: its number, or the provider's own name.
async fn name(store: &dyn Store, letter: &Letter) -> Result<Option<String>, StoreError> {
    if letter.number.is_some() {
        return Ok(letter.number.clone());
    }
    let messages = store.record(&letter.client).await?.messages;
    Ok(messages.into_iter().find(|message| message.message.key == letter.key).and_then(|message| message.provider))
}
