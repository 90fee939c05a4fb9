//! What a carrier's system tells afterwards, message by message: that it has arrived, or failed.

use crate::store::{Intake, Store};
use relance_core::day::{Instant, civil_date};
use relance_core::dossier::parse_key;
use relance_core::incoming::{Incoming, What};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The largest request.
pub(super) const LARGEST: usize = 4 * 1024;

/// Who may tell, and whose days count.
#[derive(Clone)]
pub struct Callback {
    /// The digest of the secret: comparing digests tells nothing of how much of a guess was right.
    secret: [u8; 32],
    zone: chrono_tz::Tz,
}

/// What a carrier's system says.
#[derive(Deserialize)]
struct Told {
    cle: String,
    etat: State,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum State {
    Remis,
    Echec,
}

/// What is wrong with a request.
pub(super) enum Wrong {
    /// It cannot be read.
    Unreadable,
    /// No message has this key.
    Unknown,
    /// The base does not answer.
    Base,
}

impl Callback {
    /// For everybody who has the secret.
    pub fn new(secret: &str, zone: chrono_tz::Tz) -> Callback {
        Callback { secret: Sha256::digest(secret.as_bytes()).into(), zone }
    }

    /// Whether a request with this `Authorization` comes from somebody who has the secret.
    pub(super) fn allows(&self, authorization: Option<&str>) -> bool {
        let given = authorization.and_then(|text| text.strip_prefix("Bearer "));
        given.is_some_and(|given| <[u8; 32]>::from(Sha256::digest(given.trim().as_bytes())) == self.secret)
    }

    /// Writes down what a request says: the next step takes it in. Saying it again changes nothing.
    pub(super) async fn note(&self, store: &dyn Store, body: &[u8], now: Instant) -> Result<(), Wrong> {
        let Told { cle, etat } = serde_json::from_slice(body).map_err(|_| Wrong::Unreadable)?;
        let Some((invoice, ..)) = parse_key(&cle) else { return Err(Wrong::Unknown) };
        let Some(client) = store.client_of(invoice).await.map_err(|_| Wrong::Base)? else { return Err(Wrong::Unknown) };
        let key = Some(cle.clone());
        let (word, what) = match etat {
            State::Remis => ("remis", What::Delivered { key, channel: None }),
            State::Echec => ("echec", What::Bounced { key, channel: None, why: None }),
        };
        let incoming = Incoming {
            id: format!("rappel:{word}:{cle}"),
            client,
            invoice: Some(invoice.to_owned()),
            effective: civil_date(now, self.zone),
            known: Some(now),
            said: None,
            what,
        };
        let report = serde_json::json!({ "rappel": word, "cle": cle });
        let intake = Intake { incoming: &[incoming], payments: false, at: now, zone: self.zone, report: &report };
        store.take_in(&intake).await.map(|_| ()).map_err(|_| Wrong::Base)
    }
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_opens() {
        let callback = Callback::new("sésame", chrono_tz::Europe::Paris);
        assert!(callback.allows(Some("Bearer sésame")));
        for refused in [
            None,
            Some(""),
            Some("sésame"),
            Some("Bearer"),
            Some("Bearer "),
            Some("Bearer sésam"),
            Some("Basic sésame"),
        ] {
            assert!(!callback.allows(refused), "{refused:?}");
        }
        assert!(!format!("{callback:?}").contains("secret"));
    }
}
