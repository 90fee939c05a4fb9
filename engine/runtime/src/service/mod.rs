//! The permanent runner: sleeps until the next wake-up or until something new is known, makes one pass at the moment it is then, however
//! long it slept, and sleeps again.

mod board;
mod bounces;
mod callback;
mod http;
mod letters;
mod meter;
mod pay;
mod payment;

pub use board::Board;
pub use bounces::Bounces;
pub use callback::Callback;
pub use http::{Doors, Machines, serve};
pub use letters::Letters;
pub use pay::PayPage;
pub use payment::Payments;

use crate::backoff::Backoff;
use crate::runner::{CLIENTS_PER_BATCH, Carrier, RunReport, Runner, Sender, Stop};
use crate::store::{Store, StoreError};
use chrono::TimeDelta;
use relance_core::day::Instant;
use relance_core::program::Program;
use relance_core::simulate::People;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often a base is asked that tells nobody of what is new: one look into an index.
const LOOK: Duration = Duration::from_secs(2);
/// How often a base is asked that does.
const LOOK_BESIDE_NEWS: Duration = Duration::from_secs(15);
/// The longest pause after a failure of the base.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause before a pass for what the last one had to leave.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// How long a question to the base may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Clocks of machines that share a base differ a little; that is not worth a word.
const SMALL_GAP: TimeDelta = TimeDelta::minutes(1);

/// What time it is. A clock may jump in both directions, and a wait may last longer than it should: machines are set, and sleep.
pub trait Clock: Sync {
    /// Now.
    fn now(&self) -> Instant;
    /// Waits until a moment, if there is one, but not longer than that.
    fn wait(&self, until: Option<Instant>, at_most: Duration) -> impl Future<Output = ()>;
}

/// What a service runs.
#[derive(Debug)]
pub struct Plan<C> {
    /// The scenarios.
    pub program: Program,
    /// The way out.
    pub carrier: C,
    /// What messages say of the creditor.
    pub sender: Sender,
}

/// The plan as it was given, with the scenarios that are in force by now.
struct Current<C> {
    plan: Arc<Plan<C>>,
    program: Program,
}

/// Everything a service needs.
pub struct Service<'a, C, K> {
    /// The base.
    pub store: &'a dyn Store,
    /// The runner's own name, like no other's.
    pub name: &'a str,
    /// What time it is.
    pub clock: &'a K,
    /// What it runs; a newer plan is put in force before the next pass, unless somebody has published other scenarios (`publier`): it
    /// follows those that are in force.
    pub plans: watch::Receiver<Arc<Plan<C>>>,
    /// Ends it.
    pub stop: &'a Stop,
    /// What it tells of itself.
    pub board: &'a Board,
}

/// What a turn did.
enum Turn {
    /// A pass.
    Passed,
    /// Nothing, which is all there is to do before that moment.
    Wait(Option<Instant>),
}

impl<C: Carrier, K: Clock> Service<'_, C, K> {
    /// Works until it is asked to stop. Ends with an error only when the base refuses, meanwhile, what a pass has to write down.
    pub async fn run(mut self) -> Result<(), StoreError> {
        let look = if self.store.path().is_some() { LOOK } else { LOOK_BESIDE_NEWS };
        let (mut storm, mut rest) = (Backoff::up_to(LONGEST_PAUSE), Backoff::up_to(LONGEST_REST));
        let mut told: Option<String> = None;
        let mut current: Option<Current<C>> = None;
        while !self.stop.is_asked() {
            let (until, pause) = match self.turn(&mut current, storm.has_begun()).await {
                Ok(turn) => {
                    if let Some(error) = told.take() {
                        tracing::info!(erreur = error, "l’empêchement a disparu : le service reprend");
                    }
                    storm.reset();
                    self.board.goes_well();
                    match turn {
                        // What is due all the same was left on purpose: a little later, and ever later while nothing changes.
                        Turn::Passed => (None, rest.next()),
                        Turn::Wait(until) => {
                            rest.reset();
                            (until, look)
                        }
                    }
                }
                Err(error) => {
                    self.board.fails(&error);
                    if self.stop.is_asked() {
                        return Err(error);
                    }
                    let error = error.short();
                    if told.as_ref() != Some(&error) {
                        tracing::error!(
                            erreur = error,
                            "la passe n’a pas pu se faire : le service recommence jusqu’à ce qu’elle réussisse"
                        );
                        told = Some(error);
                    }
                    (None, storm.next())
                }
            };
            tokio::select! {
                () = self.stop.wait() => {}
                Ok(()) = self.plans.changed() => {}
                () = self.clock.wait(until, pause) => {}
                () = self.store.news(), if !storm.has_begun() => {}
            }
        }
        Ok(())
    }

    /// One look at the base, and a pass if something is due.
    async fn turn(&mut self, current: &mut Option<Current<C>>, after_failure: bool) -> Result<Turn, StoreError> {
        let now = self.clock.now();
        let silent = |_| StoreError::Sql(sqlx::Error::PoolTimedOut);
        let looked = tokio::time::timeout(PATIENCE, self.look(now, current, after_failure)).await.map_err(silent)??;
        match (looked, current) {
            (None, Some(current)) => self.pass(now, current).await.map(|()| Turn::Passed),
            (until, _) => Ok(Turn::Wait(until.flatten())),
        }
    }

    /// Looks whether anything is due, after the plan has been put in force: nothing before a moment, if there is one; `None` when it is.
    async fn look(
        &mut self,
        now: Instant,
        current: &mut Option<Current<C>>,
        after_failure: bool,
    ) -> Result<Option<Option<Instant>>, StoreError> {
        if after_failure {
            // Nobody knows any more which claims arrived.
            self.store.release(self.name).await?;
        }
        if let Some(mark) = self.store.mark().await? {
            return Err(StoreError::Marked(mark));
        }
        let reached = self.store.clock().await?.filter(|reached| *reached > now);
        if self.board.waits_for_clock(reached.filter(|reached| *reached - now > SMALL_GAP)) {
            match reached {
                Some(reached) => tracing::warn!(
                    maintenant = now.to_rfc3339(),
                    base = reached.to_rfc3339(),
                    "l’horloge de la machine retarde sur ce que la base a déjà vécu : le service attend ce moment"
                ),
                None => tracing::info!("l’horloge a rattrapé la base : le service reprend"),
            }
        }
        if reached.is_some() {
            return Ok(Some(reached));
        }
        let plan = Arc::clone(&self.plans.borrow_and_update());
        if !current.as_ref().is_some_and(|current| Arc::ptr_eq(&current.plan, &plan)) {
            let scenarios = &plan.program.scenarios;
            let versions: Vec<_> = scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
            let (digest, catch_up) = (plan.program.digest, plan.program.catch_up);
            let changed = self.store.put_in_force(&versions, digest, now, catch_up).await?;
            tracing::info!(scenarios = versions.len(), nouveaux = changed, "les scénarios sont en vigueur");
            *current = Some(Current { program: plan.program.clone(), plan });
        }
        let in_force = self.store.digest_in_force().await?;
        if let Some(current) = current.as_mut().filter(|current| in_force.is_some_and(|d| d != current.program.digest))
        {
            let machines = self.store.machines_in_force().await?;
            let own = &current.plan.program;
            current.program = own.with_machines(machines);
            tracing::info!(
                scenarios = current.program.scenarios.len(),
                "d’autres scénarios que ceux de ses fichiers sont en vigueur : le service les suit"
            );
        }
        let next = self.store.next_due().await?;
        self.board.looked(next);
        let due = next.is_some_and(|next| next <= now) || self.store.left_undone().await?;
        Ok(if due { None } else { Some(next) })
    }

    /// Does everything that is due, at one moment.
    async fn pass(&self, now: Instant, current: &Current<C>) -> Result<(), StoreError> {
        let runner = Runner {
            store: self.store,
            name: self.name,
            program: &current.program,
            carrier: &current.plan.carrier,
            sender: &current.plan.sender,
            batch: CLIENTS_PER_BATCH,
            people: People::ABSENT,
            stop: Some(self.stop),
        };
        let start = std::time::Instant::now();
        let report: RunReport = runner.run((now, now), |_, _| {}, |_, _| {}).await?;
        let took = start.elapsed();
        // Reasons of carriers may name people: they are in the journal, not here.
        tracing::info!(
            dossiers = report.dossiers,
            messages_partis = report.sent,
            messages_en_souffrance = report.unsent,
            duree_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "passe finie"
        );
        if !report.unreadable.is_empty() {
            tracing::error!(
                dossiers = report.unreadable.len(),
                "des dossiers ne se lisent pas : ces clients ne reçoivent plus rien, les autres continuent ; `relance etat` dit lesquels"
            );
        }
        for (channel, stopped) in self.board.passed(now, took, &report) {
            let canal = channel.name();
            if stopped {
                tracing::error!(
                    canal,
                    "le canal est arrêté : son service refuse le compte ou les réglages ; `relance etat` dit ce qui attend"
                );
            } else {
                tracing::info!(canal, "le canal marche de nouveau");
            }
        }
        Ok(())
    }
}
