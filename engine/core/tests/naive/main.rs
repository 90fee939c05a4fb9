//! A second interpreter of the language's meaning, naive on purpose, against the step function on random stories.

mod compare;
mod depart;
mod evaluate;
mod findings;
mod generate;
mod instalments;
mod life;
mod model;
mod moments;
mod print;
mod rungs;
mod selection;
mod sequence;

use compare::{difference, engine, told};
use generate::{Story, ZONE, start, story};
use proptest::prelude::*;
use relance_core::day::add_days;

fn compared(story: &Story) -> Option<String> {
    let days = (start(), add_days(start(), story.days));
    let naive = told(moments::run(&story.machines, &story.things, days, story.people, ZONE));
    let engine = told(engine(&story.machines, &story.things, days, story.people, ZONE));
    difference(&naive, &engine)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_does_what_the_contract_says(story in story()) {
        if let Some(difference) = compared(&story) {
            prop_assert!(false, "{difference}");
        }
    }
}
