//! The turns of a channel that has a rate, shared by everybody who uses the base.

use futures_util::future::join_all;
use relance_core::machine::Channel;
use relance_engine::rate::Rate;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

on_every_base! {
    /// Whoever asks, each turn is given out once, and a second after the one before.
    async fn turns_are_given_out_once(office: Office) {
        let rate = Rate::new(60, MINUTE);
        let asked = (0..20).map(|_| office.store.turns(Channel::Email, rate, 5, MINUTE));
        let mut at: Vec<i64> = join_all(asked).await.into_iter().map(|turns| {
            let (now, turns) = turns.unwrap();
            assert!(turns.count == 1 && turns.at >= now, "{turns:?}");
            turns.at
        }).collect();
        at.sort_unstable();
        assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 1_000_000), "{at:?}");
        // Twenty seconds are given out: nobody who is in a hurry gets a turn, and asking takes none.
        for _ in 0..2 {
            let (_, turns) = office.store.turns(Channel::Email, rate, 5, Duration::ZERO).await.unwrap();
            assert_eq!((turns.count, turns.free), (0, at[19] + 1_000_000));
        }
        // Another channel has turns of its own.
        let (now, turns) = office.store.turns(Channel::Sms, rate, 5, Duration::ZERO).await.unwrap();
        assert_eq!((turns.count, turns.at), (1, now));
    }
}
