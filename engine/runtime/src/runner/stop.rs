//! Asking a run to end early.

use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Asks runs to end early: what is on its way gets its outcome written down, what has not begun is given back. Asked once, for good.
#[derive(Debug)]
pub struct Stop {
    since: OnceLock<Instant>,
    asked: watch::Sender<bool>,
    /// Whether a run that has one waits for a base that is out of reach for as long as nobody asks.
    pub(super) patient: bool,
}

impl Default for Stop {
    fn default() -> Stop {
        Stop { since: OnceLock::new(), asked: watch::Sender::new(false), patient: true }
    }
}

impl Stop {
    /// Of a run that somebody started by hand or at an hour: when the base is out of reach for long, it fails.
    pub fn of_one_run() -> Stop {
        Stop { patient: false, ..Stop::default() }
    }

    /// Asks; says whether nobody had asked before.
    pub fn ask(&self) -> bool {
        let first = self.since.set(Instant::now()).is_ok();
        self.asked.send_replace(true);
        first
    }

    /// Whether anybody has asked.
    pub fn is_asked(&self) -> bool {
        self.since.get().is_some()
    }

    /// How long ago somebody asked.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        self.since.get().map(Instant::elapsed)
    }

    /// Waits until somebody asks.
    pub async fn wait(&self) {
        // It cannot fail: the sender is here.
        let _ = self.asked.subscribe().wait_for(|asked| *asked).await;
    }
}
