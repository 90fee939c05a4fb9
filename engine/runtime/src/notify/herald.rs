//! Tells the addressees what was written down for them: at least once, in the order of each client's journal while nothing fails.

use super::webhook::{Answer, Refusal, post};
use super::{Addressee, Alert, Directory, ROOM_PATIENCE, Way, room};
use crate::channel::{self, ChannelProblem, Outgoing, digest, http};
use crate::config::Config;
use crate::runner::LONGEST_SENDING;
use crate::store::{ClaimedNotice, Fate, Store, StoreError};
use crate::template::Rendered;
use chrono::TimeDelta;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use relance_core::day::Instant;
use relance_core::machine::Tone;
use relance_core::step::retry_pause;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many attempts, over about three days, before a person has to say so.
const TRIES: u32 = 10;
/// How many notices are claimed at a time.
const CLAIMED: usize = 64;
/// How many clients' notices are under way at once to one addressee.
const LANES: usize = 4;
/// No attempt begins later than this after its claim, which lasts two minutes.
const BEGIN: Duration = Duration::from_secs(60);
/// The longest that any addressee may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whoever tells.
#[derive(Debug)]
pub struct Herald {
    directory: Directory,
    entity: String,
    client: Client,
    mail: channel::Carrier,
    /// Addressees who are left alone: until when, and how often in a row they did not take what they were given.
    closed: Mutex<BTreeMap<String, (Instant, u32)>>,
}

/// What one round did.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct Round {
    /// Notices that were taken.
    #[serde(rename = "transmises")]
    pub told: usize,
    /// Notices that nobody will try again by itself.
    #[serde(rename = "abandonnees")]
    pub given_up: usize,
    /// Who did not take what they were given, and why.
    #[serde(rename = "refus")]
    pub troubles: BTreeMap<String, String>,
}

impl Herald {
    /// For the addressees of the settings; reads their secrets, connects to nothing.
    pub fn open(config: &Config, project: &Path) -> Result<Herald, ChannelProblem> {
        Ok(Herald {
            directory: Directory::open(config)?,
            entity: config.creditor.entity.clone(),
            client: http::client(PATIENCE)?,
            mail: channel::Carrier::email(config, project)?,
            closed: Mutex::default(),
        })
    }

    /// Who is told, and of what.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Tells everybody what is due at `now`; `clock` is that of signatures, which receivers compare with theirs. A base that is not to
    /// run tells nobody anything.
    pub async fn round(&self, store: &dyn Store, now: Instant, clock: fn() -> Instant) -> Result<Round, StoreError> {
        let mut round = Round::default();
        if self.directory.is_empty() || store.mark().await?.is_some() {
            return Ok(round);
        }
        // Each at its own pace: who does not answer holds nobody else up.
        let told = join_all(self.directory.0.iter().map(|addressee| self.tell(addressee, store, now, clock))).await;
        for one in told {
            let one = one?;
            round.told += one.told;
            round.given_up += one.given_up;
            round.troubles.extend(one.troubles);
        }
        Ok(round)
    }

    async fn tell(
        &self,
        addressee: &Addressee,
        store: &dyn Store,
        now: Instant,
        clock: fn() -> Instant,
    ) -> Result<Round, StoreError> {
        let (mut round, begun) = (Round::default(), tokio::time::Instant::now());
        while !self.is_closed(&addressee.label, now) && begun.elapsed() < LONGEST_SENDING {
            let notices = store.claim_notices(&addressee.label, now, CLAIMED).await?;
            if notices.is_empty() {
                break;
            }
            let claimed = tokio::time::Instant::now();
            let mut lanes: BTreeMap<&str, Vec<&ClaimedNotice>> = BTreeMap::new();
            for notice in &notices {
                lanes.entry(&notice.client).or_default().push(notice);
            }
            // Set once the next one would meet the same: for how long the addressee asks to be left alone.
            let closing: Mutex<Option<Duration>> = Mutex::new(None);
            let lane = async |lane: Vec<&ClaimedNotice>| {
                let mut done = Vec::with_capacity(lane.len());
                for notice in lane {
                    let answer = if lock(&closing).is_some() || claimed.elapsed() > BEGIN {
                        Answer::Untried
                    } else {
                        self.attempt(addressee, notice, clock()).await
                    };
                    if let Answer::Refused(Refusal { closes: true, pause, .. }) = &answer {
                        let mut closing = lock(&closing);
                        *closing = Some(closing.unwrap_or_default().max(pause.unwrap_or_default()));
                    }
                    done.push(((notice.client.clone(), notice.position), self.fate(addressee, notice, answer, now)));
                }
                done
            };
            let fates: Vec<_> = stream::iter(lanes.into_values().map(lane)).buffer_unordered(LANES).concat().await;
            for (_, fate) in &fates {
                match fate {
                    Fate::Taken => round.told += 1,
                    Fate::Later { detail, .. } | Fate::GivenUp { detail, .. } => {
                        round.given_up += usize::from(matches!(fate, Fate::GivenUp { .. }));
                        round.troubles.insert(addressee.label.clone(), detail.clone());
                    }
                    Fate::PutBack => {}
                }
            }
            if let Some(asked) = *lock(&closing) {
                self.close(&addressee.label, asked, now);
            } else if round.told > 0 {
                lock(&self.closed).remove(&addressee.label);
            }
            store.settle_notices(&addressee.label, &fates).await?;
        }
        Ok(round)
    }

    async fn attempt(&self, addressee: &Addressee, notice: &ClaimedNotice, clock: Instant) -> Answer {
        let key = digest(&format!("{}\u{0}{}\u{0}{}", self.entity, notice.client, notice.position));
        let alert = || serde_json::from_str::<Alert>(&notice.body).ok();
        let unreadable = || {
            let detail = "la notification ne se lit pas dans la base".to_owned();
            Answer::Refused(Refusal { detail, closes: false, pause: None })
        };
        let request = |url: &str, body: String, timeout: Duration| {
            let request = self.client.post(url).timeout(timeout).header(CONTENT_TYPE, "application/json");
            request.header("Idempotency-Key", &key).body(body)
        };
        match &addressee.way {
            Way::System { url, seal, timeout, .. } => {
                let signature = seal.sign(notice.body.as_bytes(), clock);
                let request = request(url, notice.body.clone(), *timeout).header("Relance-Signature", signature);
                post(request.header("Relance-Position", notice.position)).await
            }
            Way::Room { url, kind, .. } => match alert() {
                Some(alert) => post(request(url, room::body(&alert, *kind).to_string(), ROOM_PATIENCE)).await,
                None => unreadable(),
            },
            Way::Mail { address, .. } => match alert() {
                Some(alert) => self.write_to(address, &alert, &notice.client, &key, clock).await,
                None => unreadable(),
            },
        }
    }

    /// An alert by e-mail. It may come twice, unlike a client's message: better so than never.
    async fn write_to(&self, address: &str, alert: &Alert, client: &str, key: &str, date: Instant) -> Answer {
        let to = channel::Recipient { email: Some(address.to_owned()), ..channel::Recipient::default() };
        let outgoing = Outgoing {
            key: format!("alerte:{key}:{address}"),
            to: vec![to],
            copy: Vec::new(),
            country: None,
            rendered: Rendered { subject: Some(alert.subject.clone()), text: alert.text(), html: None, code: None },
            date,
            client: client.to_owned(),
            owner: None,
            tone: Tone::Polite,
            thread: Vec::new(),
            attached: Vec::new(),
            envelope: None,
        };
        let refused = |detail, closes, pause| Answer::Refused(Refusal { detail, closes, pause });
        match tokio::time::timeout(PATIENCE, self.mail.send(&outgoing)).await {
            Ok(channel::Outcome::Accepted { .. }) => Answer::Taken,
            Ok(channel::Outcome::Busy { detail, pause }) => refused(detail, true, Some(pause)),
            Ok(channel::Outcome::Unknown { detail }) => refused(detail, true, None),
            Ok(channel::Outcome::Refused { class, detail }) => {
                let own = matches!(class, channel::Refusal::Address | channel::Refusal::Permanent);
                refused(detail, !own, None)
            }
            Err(_) => refused("le serveur de courriel n’a pas répondu à temps".to_owned(), true, None),
        }
    }

    /// What follows from an answer.
    fn fate(&self, addressee: &Addressee, notice: &ClaimedNotice, answer: Answer, now: Instant) -> Fate {
        let refusal = match answer {
            Answer::Taken => return Fate::Taken,
            Answer::Untried => return Fate::PutBack,
            Answer::Refused(refusal) => refusal,
        };
        let tries = notice.tries.saturating_add(1);
        if tries >= TRIES {
            return Fate::GivenUp { tries, detail: refusal.detail };
        }
        // As for the clients' messages: the same pauses, or what the other side asks for if that is longer.
        let asked = refusal.pause.and_then(|pause| TimeDelta::from_std(pause).ok()).unwrap_or_default();
        Fate::Later { tries, until: now + retry_pause(&addressee.label, tries).max(asked), detail: refusal.detail }
    }

    fn is_closed(&self, label: &str, now: Instant) -> bool {
        lock(&self.closed).get(label).is_some_and(|(until, _)| now < *until)
    }

    /// Leaves an addressee alone, longer each time, and as long as it asks for.
    fn close(&self, label: &str, asked: Duration, now: Instant) {
        let mut closed = lock(&self.closed);
        let (until, tries) = closed.entry(label.to_owned()).or_insert((now, 0));
        *tries = tries.saturating_add(1);
        *until = now + retry_pause(label, *tries).max(TimeDelta::from_std(asked).unwrap_or_default());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
