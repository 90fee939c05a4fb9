//! What the server serves: creditors, each with its project and its part of a base.

use crate::auth::login::Gate;
use crate::auth::oidc::Oidc;
use crate::jobs::Jobs;
use crate::refusal::Refusal;
use crate::ui::drafted::Drafted;
use chrono::NaiveDate;
use relance_core::day::{Instant, civil_date};
use relance_core::program::Program;
use relance_desk::explain::EveryVersion;
use relance_desk::failure::Failure;
use relance_desk::project::Project;
use relance_engine::service::Machines;
use relance_engine::store::{Listing, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;

/// Everything that is served.
pub struct Site {
    /// By entité.
    pub tenants: BTreeMap<String, Arc<Tenant>>,
    /// Where people come in: accounts and sessions are in the base, whichever creditor people work for.
    pub gate: Gate,
    /// What time it is.
    pub now: fn() -> Instant,
    /// Where browsers reach the server: `https://relance.exemple.fr`, without a slash at the end.
    pub public: String,
    /// Whether browsers reach the server by https: then cookies travel no other way.
    pub secure: bool,
    /// The company's own login, when there is one.
    pub oidc: Option<Arc<Oidc>>,
    /// The pages for machines, by entité.
    pub machines: BTreeMap<String, Machines>,
    /// The entité whose pages for machines have no entité in their addresses.
    pub first: String,
    /// What is counted of visits.
    pub meter: crate::health::Meter,
}

/// One creditor.
pub struct Tenant {
    /// Its name in addresses.
    pub entity: String,
    /// The project's folder.
    pub dir: PathBuf,
    /// Its part of the base.
    pub store: Arc<dyn Store>,
    /// Its lists, sums and search.
    pub lists: Listing,
    /// What takes long, under way.
    pub jobs: Jobs,
    /// Tells the runner that the project has changed.
    pub changed: Arc<Notify>,
    now: fn() -> Instant,
    project: RwLock<Arc<Project>>,
    in_force: Mutex<Option<(u64, Arc<InForce>)>>,
    drafted: Mutex<Option<Arc<Drafted>>>,
    readable: AtomicBool,
}

/// The scenarios that run.
pub struct InForce {
    /// Ready to decide.
    pub program: Program,
    /// Every version that ever ran: old entries show the lines that they came from.
    pub places: EveryVersion,
}

impl Tenant {
    /// A creditor with its project.
    pub fn new(
        project: Project,
        store: Arc<dyn Store>,
        lists: Listing,
        now: fn() -> Instant,
        changed: Arc<Notify>,
    ) -> Tenant {
        Tenant {
            entity: project.config.creditor.entity.clone(),
            dir: project.dir.clone(),
            store,
            lists,
            jobs: Jobs::default(),
            changed,
            now,
            project: RwLock::new(Arc::new(project)),
            in_force: Mutex::new(None),
            drafted: Mutex::new(None),
            readable: AtomicBool::new(true),
        }
    }

    /// The project as it was last read.
    pub fn project(&self) -> Arc<Project> {
        Arc::clone(&self.project.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the project again; what cannot be read changes nothing.
    pub fn read_again(&self) -> Result<(), Failure> {
        let read = Project::open(&self.dir, &[]);
        self.readable.store(read.is_ok(), Ordering::Relaxed);
        let project = read?;
        *self.project.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(project);
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(())
    }

    /// What was last made of the files and drafts.
    pub fn drafted(&self) -> Option<Arc<Drafted>> {
        self.drafted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps it.
    pub fn keep_drafted(&self, made: &Arc<Drafted>) {
        *self.drafted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(made));
    }

    /// Whether the project could be read when that was last tried.
    pub fn is_readable(&self) -> bool {
        self.readable.load(Ordering::Relaxed)
    }

    /// Now.
    pub fn now(&self) -> Instant {
        (self.now)()
    }

    /// Today, at the creditor's.
    pub fn today(&self) -> NaiveDate {
        civil_date(self.now(), self.project().config.creditor.zone)
    }

    /// The scenarios in force; before the first run, those of the folder.
    pub async fn in_force(&self) -> Result<Arc<InForce>, Refusal> {
        let project = self.project();
        let Some(digest) = self.store.digest_in_force().await? else {
            return Ok(Arc::new(InForce { program: project.program()?, places: EveryVersion::default() }));
        };
        {
            let known = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, found)) = known.as_ref().filter(|(of, _)| *of == digest) {
                return Ok(Arc::clone(found));
            }
        }
        let versions = self.store.all_machines().await?;
        let mut program = project.prepare(self.store.machines_in_force().await?);
        program.remember(&versions);
        let found = Arc::new(InForce { program, places: EveryVersion::new(versions) });
        *self.in_force.lock().unwrap_or_else(PoisonError::into_inner) = Some((digest, Arc::clone(&found)));
        Ok(found)
    }
}
