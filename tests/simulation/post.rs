//! A carrier that does everything a carrier can do: takes, refuses for good, puts off, does not say, stops; and that knows what really left.

use crate::desk::Desk;
use crate::faulty::Lie;
use crate::witness::Witness;
use relance_core::day::Instant;
use relance_core::machine::Channel;
use relance_core::step::Outcome;
use relance_engine::runner::{Answer, Carrier, Delivery, Found, Parcel, Stop};
use relance_tests::ZONE;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

/// What a carrier keeps to: no message begins later after its claim, and none has its answer later.
const BEGINS: Duration = Duration::from_secs(20);
const LONGEST_ANSWER: i64 = 25;

/// What becomes of messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// All are taken.
    Takes,
    /// What becomes of a message depends on its key alone: it is taken, refused for good, or nobody knows.
    Settled(u64),
    /// Whatever happens, happens.
    Wild,
}

/// The carrier of one process.
pub struct Post<'d> {
    pub desk: &'d Desk,
    pub witness: &'d Witness<'d>,
    pub me: usize,
    pub name: &'d str,
    /// The runner's name in the base.
    pub runner: &'d str,
    pub manner: Manner,
    /// Whether it can be asked afterwards what it took, as a folder can.
    pub answers: bool,
    pub limit: usize,
    pub lie: Option<Lie>,
    /// Whoever asks the run to end early does it while messages are on their way.
    pub stop: &'d Stop,
    pub stopped: Mutex<BTreeSet<Channel>>,
}

/// What becomes of a message whose key decides it, and whether it really leaves.
pub fn settled(seed: u64, key: &str) -> (Outcome, bool) {
    let sum = key.bytes().fold(seed, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    match crate::chance::Chance::new(sum).below(12) {
        0 => (Outcome::Failed("adresse refusée".to_owned()), false),
        1 => (Outcome::InDoubt("le canal n’a pas répondu".to_owned()), sum.is_multiple_of(2)),
        _ => (Outcome::Accepted, true),
    }
}

impl Post<'_> {
    async fn one(&self, parcel: &Parcel, begun: Duration) -> Outcome {
        self.desk.turn(self.me).await;
        if self.desk.time() - begun >= BEGINS {
            self.witness.disturbed();
            return Outcome::Recalled;
        }
        let channel = parcel.message.channel;
        let stopped = || Outcome::Blocked(format!("canal {} arrêté", channel.name()));
        if self.stopped.lock().unwrap().contains(&channel) {
            return stopped();
        }
        let (outcome, left) = match self.manner {
            Manner::Takes => (Outcome::Accepted, true),
            Manner::Settled(seed) => settled(seed, &parcel.message.key),
            Manner::Wild => self.desk.chance(|chance| match chance.below(40) {
                0 => (Outcome::Failed("adresse refusée".to_owned()), false),
                1 => (Outcome::Failed("boîte inconnue".to_owned()), false),
                2..=4 => (Outcome::Retry("boîte pleine".to_owned()), false),
                5 => (Outcome::InDoubt("le canal n’a pas répondu".to_owned()), true),
                6 => (Outcome::InDoubt("le canal n’a pas répondu".to_owned()), false),
                7 => (stopped(), false),
                _ => (Outcome::Accepted, true),
            }),
        };
        if matches!(outcome, Outcome::Blocked(_)) {
            self.stopped.lock().unwrap().insert(channel);
        }
        if self.manner == Manner::Wild && self.desk.chance(|chance| chance.one_in_a_thousand(10)) {
            self.desk.tell(|| format!("{} : arrêt demandé", self.name));
            self.stop.ask();
        }
        if left {
            self.witness.leaves(self.runner, (parcel.client.clone(), parcel.message.key.clone()), parcel.at);
        }
        let longest = if matches!(self.manner, Manner::Settled(_)) { 5 } else { LONGEST_ANSWER };
        let length =
            self.desk.chance(|chance| if chance.one_in_a_thousand(100) { chance.within(1, longest) } else { 0 });
        if length > 0 {
            self.desk.sleep(self.me, Duration::from_secs(length.unsigned_abs())).await;
        } else {
            self.desk.turn(self.me).await;
        }
        outcome
    }
}

impl Carrier for Post<'_> {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        let begun = self.desk.time();
        let mut deliveries = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            let outcome = self.one(parcel, begun).await;
            self.desk.tell(|| format!("{} {} : {outcome:?}", self.name, parcel.message.key));
            deliveries.push(Delivery::plain(outcome));
        }
        deliveries
    }

    async fn was_sent(&self, _: Channel, key: &str) -> Option<bool> {
        self.desk.turn(self.me).await;
        let left = match self.lie {
            Some(Lie::DeniesSending) => Some(false),
            _ => self.answers.then(|| self.witness.has_left(key)),
        };
        self.desk.tell(|| format!("{} {key} est-il parti ? {left:?}", self.name));
        left
    }

    fn asks(&self, _: Channel) -> bool {
        !self.answers && self.manner == Manner::Wild
    }

    /// A list of messages, which may be late, and which never has what did not leave.
    async fn find(&self, parcel: &Parcel, _: Instant, _: &BTreeSet<String>) -> Answer {
        self.desk.turn(self.me).await;
        let key = &parcel.message.key;
        let left = self.witness.has_left(key);
        let answer = match self.desk.chance(|chance| chance.below(10)) {
            0 => Answer::Silent,
            n @ 3.. if left => Answer::Found(Found { name: key.clone(), failed: n == 3 }),
            _ => Answer::Nothing,
        };
        self.desk.tell(|| format!("{} {key} est-il chez le fournisseur ? {answer:?}", self.name));
        answer
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        self.limit
    }

    fn begin(&self) {
        self.stopped.lock().unwrap().clear();
    }
}

/// The moment of a message, for the cap.
pub fn day_of(at: relance_core::day::Instant) -> chrono::NaiveDate {
    relance_core::day::civil_date(at, ZONE)
}
