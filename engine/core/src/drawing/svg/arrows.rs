//! Arrows from state to state, in a gutter right of the lanes: all those into one state share a line, so that they can be followed.

use super::canvas::Canvas;

/// From line to line in the gutter.
const TRACK: i64 = 16;
/// From the lanes to the first line.
const NEAR: i64 = 20;

/// The arrows into one state.
struct Bus {
    /// Where the arrow ends.
    inlet: i64,
    /// Where its parts begin: how far left, how far down.
    outlets: Vec<(i64, i64)>,
    track: i64,
}

/// The arrows of a drawing.
pub(super) struct Arrows {
    buses: Vec<Bus>,
    edge: i64,
    tracks: i64,
}

impl Arrows {
    /// Gives every state that arrows lead to a line of its own where another is in the way; `edge` is the right side of the lanes.
    pub(super) fn new(targets: Vec<(i64, Vec<(i64, i64)>)>, edge: i64) -> Arrows {
        let mut buses: Vec<Bus> = targets
            .into_iter()
            .filter(|(_, outlets)| !outlets.is_empty())
            .map(|(inlet, outlets)| Bus { inlet, outlets, track: 0 })
            .collect();
        // Short ones stand nearest to the lanes.
        buses.sort_by_key(|bus| (bus.bottom() - bus.top(), bus.inlet));
        let mut taken: Vec<Vec<(i64, i64)>> = Vec::new();
        for bus in &mut buses {
            let span = (bus.top() - TRACK, bus.bottom() + TRACK);
            let free = |used: &Vec<(i64, i64)>| used.iter().all(|(top, bottom)| span.1 < *top || *bottom < span.0);
            let track = taken.iter().position(free).unwrap_or(taken.len());
            if track == taken.len() {
                taken.push(Vec::new());
            }
            if let Some(used) = taken.get_mut(track) {
                used.push(span);
            }
            bus.track = super::length(track);
        }
        Arrows { buses, edge, tracks: super::length(taken.len()) }
    }

    /// The width of the gutter.
    pub(super) fn width(&self) -> i64 {
        if self.tracks == 0 { 0 } else { NEAR + self.tracks * TRACK }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas) {
        for bus in &self.buses {
            let x = self.edge + NEAR + bus.track * TRACK;
            for (left, y) in &bus.outlets {
                canvas.polyline("fleche", &[(*left, *y), (x, *y), (x, bus.inlet), (self.edge + 8, bus.inlet)]);
            }
            canvas.head("pointe", (self.edge + 1, bus.inlet));
        }
    }
}

impl Bus {
    fn top(&self) -> i64 {
        self.outlets.iter().map(|(_, y)| *y).min().unwrap_or(self.inlet).min(self.inlet)
    }

    fn bottom(&self) -> i64 {
        self.outlets.iter().map(|(_, y)| *y).max().unwrap_or(self.inlet).max(self.inlet)
    }
}
