//! When a message that could not be sent is tried again.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

/// Minutes at most before the first new try; doubled with each one, five times at most.
const FIRST: i64 = 30;
/// The pause after a channel stopped. Nothing spreads it: each wake-up would be one more refused login, and accounts get locked.
pub(super) const STOPPED: TimeDelta = TimeDelta::minutes(15);

/// The pause before the next try: between half and all of its length, at a minute that the client's code gives. After an outage clients
/// come back one after the other, each with all of its messages, and a simulation knows when.
pub fn pause(client: &str, tries: u32) -> TimeDelta {
    let longest = FIRST << tries.saturating_sub(1).min(5);
    let number = Sha256::digest(client.as_bytes()).iter().take(4).fold(0, |n, byte| (n << 8) | i64::from(*byte));
    TimeDelta::minutes(longest - number % (longest / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn pauses_double_and_stay_between_half_and_whole() {
        for (tries, longest) in [(0, 30), (1, 30), (2, 60), (3, 120), (6, 960), (7, 960), (u32::MAX, 960)] {
            for client in 0..500 {
                let minutes = pause(&format!("C{client:04}"), tries).num_minutes();
                assert!((longest / 2..=longest).contains(&minutes), "{client}, {tries}: {minutes}");
            }
        }
    }

    #[test]
    fn clients_come_back_one_after_the_other() {
        let mut moments: BTreeMap<i64, u32> = BTreeMap::new();
        for client in 0..10_000 {
            *moments.entry(pause(&format!("C{client:04}"), 1).num_minutes()).or_default() += 1;
        }
        assert_eq!(moments.len(), 16, "every minute from 15 to 30");
        assert!(moments.values().all(|clients| (450..800).contains(clients)), "{moments:?}");
    }
}
