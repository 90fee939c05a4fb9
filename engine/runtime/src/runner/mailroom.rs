//! The way out in production: renders a parcel with its template and hands it to its channel.

mod attached;
mod letters;
mod statement;

use super::{Answer, Carrier, Delivery, Parcel};
use crate::channel::{self, ChannelProblem, Outgoing, Refusal};
use crate::config::{Config, Doubts};
use crate::notify::{Directory, Herald};
use crate::paper::Typesetter;
use crate::rate::Rate;
use crate::template::{Library, Rendered};
use attached::Cabinet;
pub use attached::invoice_file;
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use relance_core::day;
use relance_core::machine::Channel;
use relance_core::program::Recipient;
use relance_core::registered::Registered;
use relance_core::step::Outcome;
pub use statement::statement_file;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How many messages are claimed at a time at most; so many when the channel can be asked afterwards what it took.
const MOST_CLAIMS: usize = 128;
/// How many messages per connection are claimed at a time at least.
const CLAIMS_PER_CONNECTION: usize = 4;
/// When the channel cannot be asked, what is claimed may be in doubt after a failure: a group is no larger than what leaves while the base
/// writes one down and claims the next, and half as much again, so that connections seldom wait for the base.
const AHEAD: f64 = 1.5;

/// How long a service waits before it asks a provider again for a message that was not there.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// How long messages that were claimed together may take. A claim lasts less than a minute, and the base is written to as well.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// No message begins later than this after the claim.
    begin: Duration,
    /// What has no result by then is in doubt.
    end: Duration,
}

/// What begins last still has as long as the settings can give a carrier for its answer.
const LIMITS: Limits = Limits { begin: Duration::from_secs(20), end: Duration::from_secs(50) };

/// How many channels have a carrier.
const CHANNELS: usize = 3;

/// The place of a channel among those that have a carrier.
fn index(channel: Channel) -> usize {
    match channel {
        Channel::Sms => 1,
        Channel::RegisteredLetter => 2,
        _ => 0,
    }
}

/// Templates and open channels.
#[derive(Debug)]
pub struct Mailroom {
    library: Library,
    /// By [`index`]; none that the settings do not have.
    carriers: [Option<channel::Carrier>; CHANNELS],
    /// What the service makes of registered letters, and who sets them.
    form: Option<Registered>,
    typesetter: Option<Arc<dyn Typesetter>>,
    cabinet: Option<Cabinet>,
    herald: Herald,
    knows: bool,
    /// When the provider was asked about a message in doubt; none where the settings leave that to a person.
    asked: Option<Mutex<BTreeMap<String, Instant>>>,
    rates: [Option<Rate>; CHANNELS],
    limits: Limits,
    /// Why a channel is out of order, once it is.
    down: Mutex<[Option<String>; CHANNELS]>,
    /// Until when a channel wants to be left alone, and what it said: `Retry-After`.
    closed: Mutex<[Option<(Instant, String)>; CHANNELS]>,
    /// How long a message took of late, one with another.
    pace: Mutex<Option<Duration>>,
}

impl Mailroom {
    /// Opens the channels of a project's settings.
    pub fn open(config: &Config, project: &Path, library: Library) -> Result<Mailroom, ChannelProblem> {
        Ok(Mailroom {
            library,
            carriers: [
                Some(channel::Carrier::email(config, project)?),
                Some(channel::Carrier::sms(config, project)?),
                config.registered.as_ref().map(channel::Carrier::registered).transpose()?,
            ],
            form: config.registered.as_ref().map(|registered| registered.form),
            typesetter: None,
            cabinet: config.email.attached.as_ref().map(|pattern| Cabinet::new(project, pattern)),
            herald: Herald::open(config, project)?,
            knows: config.email.smtp.is_none() && config.sms.service.is_none() && config.registered.is_none(),
            asked: (config.doubts == Doubts::Provider).then(Mutex::default),
            rates: [config.email.rate, config.sms.rate, config.registered.as_ref().and_then(|letters| letters.rate)],
            limits: LIMITS,
            down: Mutex::default(),
            closed: Mutex::default(),
            pace: Mutex::new(None),
        })
    }

    /// The same, with somebody who sets the letters that leave by a service, and the statements that go with e-mails.
    pub fn with_typesetter(self, typesetter: Arc<dyn Typesetter>) -> Mailroom {
        Mailroom { typesetter: Some(typesetter), ..self }
    }

    /// Whoever tells the company itself.
    pub fn herald(&self) -> &Herald {
        &self.herald
    }

    fn carrier(&self, channel: Channel) -> Option<&channel::Carrier> {
        self.carriers.get(index(channel)).and_then(Option::as_ref)
    }

    /// How many messages it is worth handing over at once by a channel.
    fn width(&self, channel: Channel) -> usize {
        self.carrier(channel).map_or(1, channel::Carrier::concurrency)
    }

    fn stopped(&self, index: usize) -> Option<String> {
        let down = lock(&self.down);
        down.get(index).cloned().flatten()
    }

    /// Why a channel wants to be left alone, and for how long.
    fn closed(&self, index: usize) -> Option<(String, Duration)> {
        let (until, reason) = lock(&self.closed).get(index).cloned().flatten()?;
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        Some((reason, left))
    }

    fn close(&self, index: usize, reason: &str, pause: Duration) {
        let Some(until) = Instant::now().checked_add(pause) else { return };
        if let Some(slot) = lock(&self.closed).get_mut(index) {
            *slot = Some((until, reason.to_owned()));
        }
    }

    fn stop(&self, index: usize, reason: &str) {
        let mut down = lock(&self.down);
        if let Some(slot) = down.get_mut(index) {
            slot.get_or_insert_with(|| reason.to_owned());
        }
    }

    /// What is to be handed over, or why there is nothing.
    fn prepare(&self, parcel: &Parcel) -> Result<Outgoing, Outcome> {
        let message = &parcel.message;
        if message.channel == Channel::RegisteredLetter {
            return self.letter(parcel);
        }
        let name = message.template.as_deref().unwrap_or_default();
        let rendered = self.library.render(message.channel, name, &parcel.context);
        let required = self.library.requires_invoice(message.channel, name);
        let mut attached = match message.channel {
            Channel::Email => {
                let cabinet = self.cabinet.as_ref();
                attached::files(cabinet, &parcel.context, &parcel.papers, required).map_err(Outcome::Retry)?
            }
            _ => Vec::new(),
        };
        let rendered = rendered.map_err(|problem| Outcome::Retry(format!("le modèle ne s’écrit pas : {problem}")))?;
        if self.library.requires_statement(message.channel, name) {
            let statement = self.statement(parcel, &attached)?;
            attached.push(statement);
        }
        Ok(Outgoing { attached, ..self.outgoing(parcel, (message.channel, name), rendered) })
    }

    /// A message without its files.
    fn outgoing(&self, parcel: &Parcel, (channel, name): (Channel, &str), rendered: Rendered) -> Outgoing {
        Outgoing {
            key: parcel.message.key.clone(),
            to: parcel.to.iter().map(address).collect(),
            copy: parcel.copy.iter().map(address).collect(),
            country: parcel.context.client.country.clone(),
            rendered,
            date: parcel.at,
            client: parcel.client.clone(),
            owner: parcel.context.owner.as_ref().map(|owner| owner.name.clone()),
            tone: self.library.tone(channel, name),
            thread: parcel.thread.clone(),
            attached: Vec::new(),
            envelope: None,
        }
    }

    async fn hand_over(&self, channel: Channel, ready: Result<Outgoing, Outcome>, claimed: Instant) -> Delivery {
        let index = index(channel);
        let plain = Delivery::plain;
        // The next claim takes it, after a new look at its reason.
        if claimed.elapsed() >= self.limits.begin {
            return plain(Outcome::Recalled);
        }
        if let Some(reason) = self.stopped(index) {
            return plain(Outcome::Blocked(reason));
        }
        let outgoing = match ready {
            Ok(outgoing) => outgoing,
            Err(outcome) => return plain(outcome),
        };
        if let Some((reason, left)) = self.closed(index) {
            return plain(Outcome::Later(reason, whole_seconds(left)));
        }
        let Some(carrier) = self.carrier(channel) else {
            return plain(Outcome::Blocked("aucun service ne prend ce message : vérifiez [recommandes]".to_owned()));
        };
        let mut copy = None;
        let sent = timeout_at(claimed + self.limits.end, carrier.send_keeping(&outgoing, &mut copy)).await;
        let mut kept = || channel::kept(&outgoing, channel, copy.take());
        let Ok(answer) = sent else {
            let reason = "le canal n’a pas répondu à temps : le message est peut-être parti ; vérifiez chez le fournisseur avant de \
                          le renvoyer";
            return Delivery { kept: kept(), ..plain(Outcome::InDoubt(reason.to_owned())) };
        };
        match answer {
            channel::Outcome::Accepted { provider_id } => {
                Delivery { outcome: Outcome::Accepted, provider: provider_id, kept: kept() }
            }
            channel::Outcome::Unknown { detail } => Delivery { kept: kept(), ..plain(Outcome::InDoubt(detail)) },
            channel::Outcome::Busy { detail, pause } => {
                self.close(index, &detail, pause);
                plain(Outcome::Later(detail, whole_seconds(pause)))
            }
            channel::Outcome::Refused { class, detail } => plain(match class {
                Refusal::Temporary => Outcome::Retry(detail),
                Refusal::Address => match only_address(&outgoing, channel) {
                    Some(address) => Outcome::NobodyThere(detail, address),
                    None => Outcome::Failed(detail),
                },
                Refusal::Permanent => Outcome::Failed(detail),
                Refusal::Authentication | Refusal::Configuration => {
                    self.stop(index, &detail);
                    Outcome::Blocked(detail)
                }
            }),
        }
    }

    /// Hands messages over, so many at a time; the next one is rendered while they are on their way.
    async fn lane(&self, parcels: Vec<(usize, &Parcel)>, wide: usize, claimed: Instant) -> Vec<(usize, Delivery)> {
        let ready = |parcel| match claimed.elapsed() >= self.limits.begin {
            true => Err(Outcome::Recalled),
            false => self.prepare(parcel),
        };
        let mut parcels = parcels.into_iter().map(|(i, parcel)| (i, parcel.message.channel, ready(parcel)));
        let (mut under_way, mut done) = (FuturesUnordered::new(), Vec::new());
        let mut ahead = parcels.next();
        loop {
            if under_way.len() < wide.max(1)
                && let Some((i, channel, ready)) = ahead.take()
            {
                under_way.push(async move { (i, self.hand_over(channel, ready, claimed).await) });
                done.extend(nudge(&mut under_way).await);
                ahead = parcels.next();
                continue;
            }
            match under_way.next().await {
                Some(told) => done.push(told),
                None => return done,
            }
        }
    }
}

/// Polls what is under way once, so that what was just added begins.
async fn nudge<S: Stream + Unpin>(under_way: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| match under_way.poll_next_unpin(context) {
        Poll::Ready(done) => Poll::Ready(done),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The address or number that was refused, when there was only one.
fn only_address(outgoing: &Outgoing, channel: Channel) -> Option<String> {
    let address = |to: &channel::Recipient| match channel {
        Channel::Sms => to.phone.clone(),
        // Who takes no registered letter there may still read e-mails.
        Channel::RegisteredLetter => None,
        _ => to.email.clone(),
    };
    let mut all = outgoing.to.iter().filter_map(address);
    let first = all.next()?;
    // Whether it is one of several, or one of the copies, nobody says.
    let alone = all.next().is_none() && (channel == Channel::Sms || outgoing.copy.is_empty());
    alone.then_some(first)
}

/// Rounded up: a second too early would be one question too many.
fn whole_seconds(pause: Duration) -> u32 {
    u32::try_from(pause.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn address(recipient: &Recipient) -> channel::Recipient {
    channel::Recipient { name: recipient.name.clone(), email: recipient.email.clone(), phone: recipient.phone.clone() }
}

impl Carrier for Mailroom {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        let claimed = Instant::now();
        let mut lanes: [Vec<(usize, &Parcel)>; CHANNELS] = Default::default();
        for (i, parcel) in parcels.iter().enumerate() {
            if let Some(lane) = lanes.get_mut(index(parcel.message.channel)) {
                lane.push((i, parcel));
            }
        }
        let [email, sms, letters] = lanes;
        // Each channel at its own pace: a message that has begun never waits for another one's connection.
        let email = self.lane(email, self.width(Channel::Email), claimed);
        let sms = self.lane(sms, self.width(Channel::Sms), claimed);
        let letters = self.lane(letters, self.width(Channel::RegisteredLetter), claimed);
        let (mut all, sms, letters) = tokio::join!(email, sms, letters);
        all.extend(sms);
        all.extend(letters);
        all.sort_by_key(|(i, _)| *i);
        if let Ok(count) = u32::try_from(all.len()) {
            let (took, mut pace) = (claimed.elapsed() / count.max(1), lock(&self.pace));
            *pace = Some(pace.map_or(took, |before| (before + took) / 2));
        }
        all.into_iter().map(|(_, delivery)| delivery).collect()
    }

    fn wants_papers(&self, parcel: &Parcel) -> bool {
        let Parcel { message, .. } = parcel;
        let name = message.template.as_deref().unwrap_or_default();
        let required = || self.library.requires_invoice(message.channel, name);
        message.channel == Channel::Email && (self.cabinet.is_some() || required())
    }

    async fn was_sent(&self, channel: Channel, key: &str) -> Option<bool> {
        self.carrier(channel)?.was_sent(key).await
    }

    fn asks(&self, channel: Channel) -> bool {
        self.asked.is_some() && self.carrier(channel).is_some_and(channel::Carrier::finds)
    }

    async fn find(&self, parcel: &Parcel, since: day::Instant, taken: &BTreeSet<String>) -> Answer {
        let Some(asked) = &self.asked else { return Answer::Nothing };
        let (key, channel) = (&parcel.message.key, parcel.message.channel);
        let Some(carrier) = self.carrier(channel) else { return Answer::Nothing };
        // A letter is asked for by its key: setting it anew would be for nothing.
        let ready = match channel {
            Channel::RegisteredLetter => Ok(self.outgoing(parcel, (channel, ""), Rendered::default())),
            _ => self.prepare(parcel),
        };
        let Ok(outgoing) = ready else { return Answer::Nothing };
        if lock(asked).get(key).is_some_and(|last| last.elapsed() < AGAIN) {
            return Answer::Nothing;
        }
        let answer = carrier.find(&outgoing, since, taken).await;
        if matches!(answer, Answer::Nothing | Answer::Absent) {
            lock(asked).insert(key.clone(), Instant::now());
        }
        answer
    }

    fn rate(&self, channel: Channel) -> Option<Rate> {
        let index = index(channel);
        // What a stopped channel refuses needs no turn.
        self.rates.get(index).copied().flatten().filter(|_| self.stopped(index).is_none())
    }

    fn directory(&self) -> Option<&Directory> {
        Some(self.herald.directory()).filter(|directory| !directory.is_empty())
    }

    fn begin(&self) {
        *lock(&self.down) = Default::default();
        *lock(&self.pace) = None;
    }

    fn claim_limit(&self, writing: Duration) -> usize {
        if self.knows {
            return MOST_CLAIMS;
        }
        let least = self.width(Channel::Email) * CLAIMS_PER_CONNECTION;
        let Some(pace) = *lock(&self.pace) else { return least };
        // One group is on its way while the next one is claimed.
        let fast = 2 * writing.mul_f64(AHEAD).as_micros() / pace.as_micros().max(1);
        usize::try_from(fast).unwrap_or(MOST_CLAIMS).clamp(least, MOST_CLAIMS.max(least))
    }
}

#[cfg(test)]
mod tests;
