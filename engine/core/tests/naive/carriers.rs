//! Stories in which carriers do not take every message at once.

use crate::generate::{Story, Trouble, returns, start};
use proptest::prelude::*;
use relance_core::day::add_days;

/// Days on which a carrier refuses for good, fails for now, or leaves in doubt.
pub fn failures() -> impl Strategy<Value = Story> {
    let kind = prop_oneof![2 => Just(Trouble::Failed), 3 => Just(Trouble::Later), 1 => Just(Trouble::Doubt)];
    let troubles = prop::collection::vec((0..3usize, 0..70i64, 1..12i64, kind), 2..8);
    (returns(), troubles, any::<bool>()).prop_map(|(mut story, troubles, back)| {
        for (which, day, length, kind) in troubles {
            let days = day..day + length;
            story.troubles.extend(days.map(|day| (format!("F{which}"), add_days(start(), day), kind)));
        }
        if !back {
            story.bounces.clear();
        }
        story
    })
}
