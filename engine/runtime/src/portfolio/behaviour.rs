//! How each segment pays.

use super::dice::Dice;
use super::{Client, Segment};

/// The delay that a client of the segment usually takes, when it has a habit.
pub(super) fn usual_delay(dice: &mut Dice, segment: Segment) -> Option<i64> {
    match segment {
        Segment::Regular => Some(dice.between(4, 18)),
        Segment::Vip => Some(dice.between(8, 30)),
        Segment::Strategic => Some(dice.between(15, 45)),
        _ => None,
    }
}

/// Days after the due date on which an invoice gets paid; `None` for never.
pub(super) fn delay(dice: &mut Dice, client: &Client) -> Option<i64> {
    // So many in a thousand, from, to.
    let rows: &[(u64, i64, i64)] = match client.segment {
        Segment::Good => &[(810, -6, 2), (140, 3, 15), (25, 16, 45)],
        Segment::Regular => &[(570, -3, 5), (220, 6, 35), (120, 36, 110)],
        Segment::Bad => &[(80, 0, 15), (250, 16, 60), (290, 61, 170)],
        Segment::Vip | Segment::Strategic => &[(720, -5, 6), (170, 7, 40), (50, 41, 90)],
        Segment::Public => &[(480, 0, 20), (340, 21, 60), (140, 61, 120)],
        Segment::Consumer => &[(500, -12, 3), (190, 4, 40), (120, 41, 120)],
    };
    let mut drawn = dice.below(1_000);
    for (weight, from, to) in rows {
        if drawn < *weight {
            return Some(client.usual_delay.unwrap_or(0) + dice.between(*from, *to));
        }
        drawn -= weight;
    }
    None
}
