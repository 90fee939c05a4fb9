//! The turns of channels that have a rate. They are taken in the base, whoever sends, before the messages are claimed.

use super::Carrier;
use super::batch::Batch;
use crate::store::StoreError;
use relance_core::machine::Channel;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// How long a runner waits before it shows a sign of life: see [`crate::store::LEASE`].
const LONGEST_NAP: Duration = Duration::from_secs(20);

/// Turns that a runner has taken.
pub(super) struct Turnstile {
    /// How many messages of a channel may leave, from when on.
    open: BTreeMap<Channel, (usize, Instant)>,
    /// Channels without a turn for as long as the run goes on.
    shut: BTreeSet<Channel>,
    /// How long that is.
    until: Instant,
}

impl Turnstile {
    pub(super) fn until(until: Instant) -> Turnstile {
        Turnstile { open: BTreeMap::new(), shut: BTreeSet::new(), until }
    }

    /// Lets one message through, if it is its turn.
    pub(super) fn pass(&mut self, channel: Channel) -> bool {
        let Some((count, from)) = self.open.get_mut(&channel) else { return false };
        if *from > Instant::now() {
            return false;
        }
        *count -= 1;
        if *count == 0 {
            self.open.remove(&channel);
        }
        true
    }
}

impl<C: Carrier> Batch<'_, '_, C> {
    /// How many messages of each channel that has a rate wait in their files.
    fn waiting(&self) -> BTreeMap<Channel, usize> {
        let mut waiting = BTreeMap::new();
        for message in self.files.iter().filter(|file| !file.overtaken).flat_map(|file| &file.departures) {
            if self.runner.carrier.rate(message.channel).is_some() {
                *waiting.entry(message.channel).or_default() += 1;
            }
        }
        waiting
    }

    /// Takes turns for what waits, where none are left from before.
    pub(super) async fn take_turns(&mut self, most: usize) -> Result<(), StoreError> {
        for (channel, waiting) in self.waiting() {
            let Some(rate) = self.runner.carrier.rate(channel) else { continue };
            if self.turns.open.contains_key(&channel) || self.turns.shut.contains(&channel) {
                continue;
            }
            let patience = self.turns.until.saturating_duration_since(Instant::now());
            let (store, wanted) = (self.runner.store, waiting.min(most));
            let taken = self.runner.insist(async || store.turns(channel, rate, wanted, patience).await).await;
            let (now, turns) = taken?;
            if turns.count == 0 {
                self.turns.shut.insert(channel);
            } else {
                let wait = Duration::from_micros(u64::try_from(turns.at - now).unwrap_or(0));
                self.turns.open.insert(channel, (turns.count, Instant::now() + wait));
            }
        }
        Ok(())
    }

    /// Waits until a message that waits for its turn may leave; says whether there is one.
    pub(super) async fn wait_for_turns(&mut self) -> Result<bool, StoreError> {
        let waiting = self.waiting();
        let turns = self.turns.open.iter().filter(|(channel, _)| waiting.contains_key(channel));
        let Some(next) = turns.map(|(_, (_, from))| *from).min() else { return Ok(false) };
        while let Some(left) = next.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            let nap = tokio::time::sleep(left.min(LONGEST_NAP));
            match self.runner.stop {
                None => nap.await,
                Some(stop) => tokio::select! {
                    () = nap => {}
                    () = stop.wait() => return Ok(false),
                },
            }
            let runner = self.runner;
            runner.insist(async || self.renew().await).await?;
        }
        Ok(true)
    }

    /// How many messages have had no turn in this run.
    pub(super) fn held_by_rate(&self) -> usize {
        let waiting = self.waiting();
        self.turns.shut.iter().filter_map(|channel| waiting.get(channel)).sum()
    }
}
