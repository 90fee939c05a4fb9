//! The next batch, decided while the last messages of the one before are on their way: one is worked out while the other is written.

use super::batch::Batch;
use super::{Carrier, Runner};
use crate::store::{StoreError, Unreadable};
use relance_core::day::Instant;
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Tells of journal entries: those of two batches, in turns.
pub(super) struct Told<F>(Mutex<F>);

impl<F: FnMut(&Dossier, &Entry)> Told<F> {
    pub(super) fn new(tell: F) -> Told<F> {
        Told(Mutex::new(tell))
    }

    pub(super) fn tell(&self, dossier: &Dossier, entry: &Entry) {
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(dossier, entry);
    }
}

/// What a run does next.
pub(super) enum Next<'r, 'a, C: Carrier> {
    /// These clients' files, of which everything is decided that can be before a message leaves.
    Ready(Box<Ready<'r, 'a, C>>),
    /// Nothing is left to be claimed.
    Nothing,
    /// Other scenarios have been put in force since the run began.
    Replaced,
}

/// A batch with its decisions written down, none of its messages claimed.
pub(super) struct Ready<'r, 'a, C: Carrier> {
    pub(super) batch: Batch<'r, 'a, C>,
    /// All that were claimed for it, those that are not in it included.
    pub(super) clients: Vec<String>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) steps: u64,
}

impl<C: Carrier> Runner<'_, C> {
    /// Claims and loads up to `limit` clients, none of `except`, and writes their first decisions down.
    pub(super) async fn prepare(
        &self,
        (from, to): (Instant, Instant),
        (limit, except): (usize, &BTreeSet<String>),
        until: tokio::time::Instant,
        seen: &Told<impl FnMut(&Dossier, &Entry)>,
    ) -> Result<Next<'_, '_, C>, StoreError> {
        self.unmarked().await?;
        let clients = self.in_time(self.store.claim_due(self.name, to, limit, except)).await?;
        if clients.is_empty() {
            return Ok(Next::Nothing);
        }
        // Read after the claim: from now on nobody else moves these files to another version.
        let in_force = self.in_time(self.store.digest_in_force()).await?;
        if in_force.is_some_and(|digest| digest != self.program.digest) {
            self.in_time(self.store.give_back(self.name, &clients)).await?;
            return Ok(Next::Replaced);
        }
        let (mut batch, unreadable) = self.in_time(Batch::load(self, &clients, (from, to), until)).await?;
        if !unreadable.is_empty() {
            // They stay due, for the run after somebody has mended them.
            let aside: Vec<String> = unreadable.iter().map(|one| one.client.clone()).collect();
            self.in_time(self.store.give_back(self.name, &aside)).await?;
        }
        let steps = batch.decide(seen).await?;
        Ok(Next::Ready(Box::new(Ready { batch, clients, unreadable, steps })))
    }
}
