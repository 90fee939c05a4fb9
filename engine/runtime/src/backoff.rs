//! Pauses that grow from one failure to the next.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(200);

/// Pauses that double up to a limit, each shortened by chance so that many programs do not come back at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    limit: Duration,
    tries: u32,
}

impl Backoff {
    /// Pauses up to a limit.
    pub(crate) fn up_to(limit: Duration) -> Backoff {
        Backoff { limit, tries: 0 }
    }

    /// Whether there has been a pause since it went well last.
    pub(crate) fn has_begun(&self) -> bool {
        self.tries > 0
    }

    /// The next pause: between half and all of its length.
    pub(crate) fn next(&mut self) -> Duration {
        let full = FIRST.saturating_mul(1 << self.tries.min(16)).min(self.limit);
        self.tries = self.tries.saturating_add(1);
        // Every state of a hasher is different: chance enough.
        let chance = RandomState::new().hash_one(self.tries) % 1_000;
        full / 2 + full.mul_f64(chance as f64 / 2_000.0)
    }

    /// It went well.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit_and_are_never_half_of_it_shorter() {
        let mut backoff = Backoff::up_to(Duration::from_secs(30));
        let mut full = FIRST;
        for _ in 0..40 {
            let pause = backoff.next();
            assert!(pause >= full / 2 && pause <= full, "{pause:?} of {full:?}");
            full = (full * 2).min(Duration::from_secs(30));
        }
        assert!(backoff.has_begun());
        backoff.reset();
        assert!(!backoff.has_begun() && backoff.next() <= FIRST);
    }

    #[test]
    fn two_programs_do_not_come_back_together() {
        let pauses = || {
            let mut backoff = Backoff::up_to(Duration::from_secs(30));
            (0..20).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        assert_ne!(pauses(), pauses());
    }
}
