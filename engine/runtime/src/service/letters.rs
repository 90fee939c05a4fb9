//! What a postal service, or a program between it and us, tells of registered letters: signed as our own notifications are.

use super::callback::Wrong;
use crate::config::{LetterNews, TrackingConfig};
use crate::signature::{Refused, Seal};
use crate::store::Store;
use crate::tracking::{TrackingService, letter_of, note};
use chrono::NaiveDate;
use relance_core::day::{Instant, civil_date};
use relance_core::tracked::LetterStatus;
use serde::Deserialize;

/// The largest request.
pub(super) const LARGEST: usize = 16 * 1024;

/// Who may tell, and where its proofs are fetched.
#[derive(Debug)]
pub struct Letters {
    seal: Seal,
    /// Where `[suivi]` is not described, proofs are not fetched.
    service: Option<TrackingService>,
    zone: chrono_tz::Tz,
}

/// What is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    #[serde(default)]
    cle: Option<String>,
    #[serde(default)]
    suivi: Option<String>,
    etat: State,
    #[serde(default)]
    le: Option<NaiveDate>,
    #[serde(default)]
    preuve: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum State {
    Presentee,
    Distribuee,
    Refusee,
    NonReclamee,
    Npai,
}

/// What came of it.
pub(super) struct Noted {
    /// Whether it was not known.
    pub new: bool,
    /// Why the proof was left aside.
    pub without_proof: Option<String>,
}

impl Letters {
    /// For everybody who has the secret.
    pub fn new(secret: &str, tracking: Option<&TrackingConfig>, zone: chrono_tz::Tz) -> Result<Letters, String> {
        let service = tracking.map(|config| TrackingService::new(config, zone)).transpose()?;
        Ok(Letters { seal: Seal::new(secret), service, zone })
    }

    /// Whether a request comes from somebody who has the secret, just now.
    pub(super) fn allows(&self, signature: Option<&str>, body: &[u8], now: Instant) -> Result<(), Refused> {
        self.seal.check(signature, body, now)
    }

    /// Writes down what a request says; none when no letter of ours is meant.
    pub(super) async fn note(&self, store: &dyn Store, body: &[u8], now: Instant) -> Result<Option<Noted>, Wrong> {
        let Told { cle, suivi, etat, le, preuve } = serde_json::from_slice(body).map_err(|_| Wrong::Unreadable)?;
        let today = civil_date(now, self.zone);
        let on = le.unwrap_or(today);
        if on > today || (cle.is_none() && suivi.is_none()) {
            return Err(Wrong::Unreadable);
        }
        let letter = letter_of(store, cle.as_deref(), suivi.as_deref(), now).await.map_err(|_| Wrong::Base)?;
        let Some(letter) = letter else { return Ok(None) };
        let news = match etat {
            State::Presentee => LetterNews::Got(LetterStatus::Presented),
            State::Distribuee => LetterNews::Got(LetterStatus::Delivered),
            State::Refusee => LetterNews::Got(LetterStatus::Refused),
            State::NonReclamee => LetterNews::Got(LetterStatus::Unclaimed),
            State::Npai => LetterNews::WrongAddress,
        };
        let (mut files, mut without_proof) = (Vec::new(), None);
        match (&self.service, preuve) {
            (_, None) => {}
            (None, Some(_)) => without_proof = Some("[suivi] n’est pas décrit dans relance.toml".to_owned()),
            (Some(service), Some(address)) => match service.proof(&letter.key, &address).await {
                Ok(file) => files.push(file),
                Err(trouble) => without_proof = Some(trouble.to_string()),
            },
        }
        let new = note(store, &letter, Some((news, on)), files, (now, self.zone)).await.map_err(|_| Wrong::Base)?;
        Ok(Some(Noted { new, without_proof }))
    }
}
