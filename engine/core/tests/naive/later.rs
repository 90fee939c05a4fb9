//! Stories in which things become known later than they happened, and invoices are taken over at different moments.

use crate::generate::{Story, ZONE, start, story};
use proptest::prelude::*;
use relance_core::day::{add_days, instant_at};
use relance_core::incoming::What;

/// Stories in which most things are told late, and most invoices have a date of take-over of their own.
pub fn lates() -> impl Strategy<Value = Story> {
    let lags = prop::collection::vec((proptest::option::weighted(0.8, 0..25i64), 0..24u32, -45..10i64), 6);
    let dates = prop::collection::vec(proptest::option::weighted(0.7, -20..70i64), 3);
    (story(), lags, dates).prop_map(|(mut story, lags, dates)| {
        let (mut lags, mut dates) = (lags.into_iter().cycle(), dates.into_iter().cycle());
        for thing in &mut story.things {
            if let What::Invoice(invoice) = &mut thing.what {
                invoice.taken_over = dates.next().flatten().map(|day| add_days(start(), day));
            } else if !matches!(thing.what, What::Customer(_)) {
                let Some((lag, hour, back)) = lags.next() else { continue };
                thing.effective = add_days(thing.effective, back);
                let time = chrono::NaiveTime::from_hms_opt(hour, 30, 0).unwrap_or_default();
                thing.known = lag.map(|lag| instant_at(add_days(thing.effective, lag), time, ZONE));
            }
        }
        story
    })
}
