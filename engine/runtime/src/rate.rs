//! How fast messages may leave by a channel. Pure: moments are given.

use std::time::Duration;

/// Messages whose turns are closer than this leave together: nobody counts finer than a second.
const TOGETHER: Duration = Duration::from_millis(200);

/// At most one message every so often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// In microseconds.
    every: i64,
}

/// Turns that were given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turns {
    /// How many messages may leave; none when the first turn comes too late.
    pub count: usize,
    /// When, in microseconds.
    pub at: i64,
    /// The next turn after these.
    pub free: i64,
}

impl Rate {
    /// So many messages in a span.
    pub fn new(messages: u32, span: Duration) -> Rate {
        let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Rate { every: (span / i64::from(messages.max(1))).max(1) }
    }

    /// How many messages may leave in a span, one after another.
    pub fn capacity(self, span: Duration) -> usize {
        usize::try_from(span.as_micros() / u128::from(self.every.unsigned_abs().max(1))).unwrap_or(usize::MAX)
    }

    /// Turns for at most `wanted` messages at `now`, when the next one is free at `free`; none when that is after `latest`. What was not
    /// used in the past is lost: a channel that rested does not catch up.
    pub fn turns(self, now: i64, free: i64, wanted: usize, latest: i64) -> Turns {
        let at = now.max(free);
        if at > latest || wanted == 0 {
            return Turns { count: 0, at, free };
        }
        let count = wanted.min(self.capacity(TOGETHER) + 1);
        let taken = i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(self.every);
        Turns { count, at, free: at.saturating_add(taken) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn sixty_a_minute_are_one_a_second_and_a_rest_is_not_caught_up() {
        let rate = Rate::new(60, Duration::from_secs(60));
        assert_eq!(
            rate.turns(100 * SECOND, 0, 500, i64::MAX),
            Turns { count: 1, at: 100 * SECOND, free: 101 * SECOND }
        );
        // Half a second later the next one waits for half a second.
        let half = 100 * SECOND + SECOND / 2;
        assert_eq!(rate.turns(half, 101 * SECOND, 500, i64::MAX).at, 101 * SECOND);
        assert_eq!(rate.turns(half, 101 * SECOND, 500, half).count, 0, "not so late");
        assert_eq!(rate.turns(half, 101 * SECOND, 0, i64::MAX).free, 101 * SECOND, "nobody asks");
        assert_eq!(rate.capacity(Duration::from_secs(900)), 900);
    }

    proptest! {
        /// A virtual hour: whoever asks whenever, no span sees more messages than its share and those that leave together.
        #[test]
        fn no_span_has_more_than_its_share(
            messages in 1u32..5_000, minutes in 1u64..61,
            asks in proptest::collection::vec((0i64..60_000_000, 1usize..400), 1..60),
        ) {
            let rate = Rate::new(messages, Duration::from_secs(minutes * 60));
            let (mut now, mut free, mut left) = (0, 0, Vec::new());
            for (pause, wanted) in asks {
                now += pause;
                let turns = rate.turns(now, free, wanted, i64::MAX);
                prop_assert!(turns.count >= 1 && turns.count <= wanted && turns.at >= now && turns.at >= free);
                free = turns.free;
                left.push((turns.at, turns.count));
            }
            let together = rate.capacity(TOGETHER) + 1;
            for (i, (from, _)) in left.iter().enumerate() {
                let mut sum = 0;
                for (at, count) in &left[i..] {
                    sum += count;
                    let share = rate.capacity(Duration::from_micros((at - from).unsigned_abs()));
                    prop_assert!(sum <= share + together, "{sum} messages in {} µs", at - from);
                }
            }
        }
    }
}
