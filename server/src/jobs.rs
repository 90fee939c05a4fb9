//! Work that takes longer than a page may: it goes on by itself, and its page shows how far it is, then what came of it.

use relance_desk::failure::Failure;
use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a result waits for whoever asked.
const KEPT: Duration = Duration::from_secs(3_600);
/// So many at once; whoever comes later is told to wait.
const MOST: usize = 8;

/// How far a job is.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    /// Says how far it is, of how much.
    pub fn at(&self, done: usize, total: usize) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// In hundredths; none before the size of the work is known.
    pub fn percent(&self) -> Option<usize> {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        (total > 0).then(|| (done.min(total) * 100).div_ceil(total))
    }
}

/// What a job is in the end.
type Result = std::result::Result<Arc<dyn Any + Send + Sync>, String>;

struct Job {
    begun: Instant,
    progress: Arc<Progress>,
    result: Option<Result>,
}

/// The jobs of one creditor, by a name that nobody guesses.
#[derive(Default)]
pub struct Jobs(Arc<Mutex<BTreeMap<String, Job>>>);

/// Where a job stands.
pub enum Standing<T> {
    /// It goes on; in hundredths.
    Running(Option<usize>),
    /// It is done.
    Done(Arc<T>),
    /// It failed: why, in French.
    Failed(String),
    /// There is none of this name, or none any more.
    Unknown,
}

impl Jobs {
    /// Begins a job under a name, on a thread of its own; `None` when there are too many already.
    pub fn begin<T, F>(&self, name: &str, work: impl FnOnce(Arc<Progress>) -> F + Send + 'static) -> Option<()>
    where
        T: Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, Failure>>,
    {
        let progress = Arc::new(Progress::default());
        {
            let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.retain(|_, job| job.result.is_none() || job.begun.elapsed() < KEPT);
            if jobs.values().filter(|job| job.result.is_none()).count() >= MOST {
                return None;
            }
            let job = Job { begun: Instant::now(), progress: Arc::clone(&progress), result: None };
            jobs.insert(name.to_owned(), job);
        }
        let (jobs, name, handle) = (Arc::clone(&self.0), name.to_owned(), tokio::runtime::Handle::current());
        // It computes for long: pages are answered on other threads meanwhile.
        tokio::task::spawn_blocking(move || {
            let result = handle.block_on(work(progress));
            let result = match result {
                Ok(value) => Ok(Arc::new(value) as Arc<dyn Any + Send + Sync>),
                Err(failure) => {
                    let (message, help) = failure.words();
                    Err(if help.is_empty() { message } else { format!("{message}\n{help}") })
                }
            };
            if let Some(job) = jobs.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&name) {
                job.result = Some(result);
            }
        });
        Some(())
    }

    /// Where a job stands.
    pub fn standing<T: Send + Sync + 'static>(&self, name: &str) -> Standing<T> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(job) = jobs.get(name) else { return Standing::Unknown };
        match &job.result {
            None => Standing::Running(job.progress.percent()),
            Some(Err(why)) => Standing::Failed(why.clone()),
            Some(Ok(value)) => match Arc::clone(value).downcast::<T>() {
                Ok(value) => Standing::Done(value),
                Err(_) => Standing::Unknown,
            },
        }
    }

    /// Waits a little for a job to end: most are over before anybody has to look at its progress.
    pub async fn wait_a_little(&self, name: &str) {
        for _ in 0..30 {
            let running = {
                let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                jobs.get(name).is_some_and(|job| job.result.is_none())
            };
            if !running {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
