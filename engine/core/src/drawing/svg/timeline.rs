//! The rungs of one clock as stops on a line, row by row.

use super::canvas::{Anchor, Canvas, Paragraph};
use super::mark::Mark;
use super::metrics::Style;
use super::style::{ACTION, CONDITION, GONE, STOP};
use super::{GAP, length};
use crate::drawing::{Path, Step, Stop, Timeline};
use crate::machine::{Clock, RuleId};
use crate::step::rung_label;

/// Room around the text of a card.
const PAD: i64 = 9;
/// At most so many cards in a row, none wider than this.
const COLUMNS: usize = 6;
const WIDEST: i64 = 226;
/// The column of the line's own mark: the due date, the entry.
const ORIGIN: i64 = 78;
/// From the line to the cards below it.
const STALK: i64 = 20;
const DUE: Style = Style::new("echu", STOP.size, true);

/// One place on the line.
struct Place {
    label: Paragraph,
    due: bool,
    /// The rung; none for the line's own mark.
    card: Option<Card>,
    width: i64,
    before_due: bool,
    certain: bool,
}

struct Card {
    parts: Vec<(Paragraph, i64)>,
    height: i64,
    mark: Mark,
}

/// The laid out stops of one clock.
pub(super) struct Stops {
    rows: Vec<Vec<Place>>,
    room: i64,
}

impl Stops {
    pub(super) fn new(timeline: &Timeline, is_plan: bool, path: Option<&Path>, room: i64) -> Stops {
        let stops = &timeline.stops;
        let at_zero = stops.iter().any(is_due);
        let early = stops.iter().any(|stop| stop.days.is_some_and(|days| days < 0));
        let origin = match timeline.clock {
            Clock::Due if at_zero || !(is_plan || early) => None,
            Clock::Due => Some("J échéance"),
            Clock::State => Some(if is_plan { "prise en charge" } else { "entrée" }),
        };
        let rows = stops.len().div_ceil(COLUMNS).max(1);
        let columns = length(stops.len().div_ceil(rows).max(1));
        let beside = if origin.is_some() { ORIGIN + GAP } else { 0 };
        let width = ((room - beside - (columns - 1) * GAP) / columns).min(WIDEST);
        let on_due = timeline.clock == Clock::Due;
        let mut places: Vec<Place> = stops.iter().map(|stop| place(stop, on_due, path, width)).collect();
        if let Some(words) = origin {
            let at = if on_due { places.iter().take_while(|place| place.before_due).count() } else { 0 };
            let style = if on_due { DUE } else { STOP };
            let mark = Place {
                label: Paragraph::new(words, style, ORIGIN),
                due: on_due,
                card: None,
                width: ORIGIN,
                before_due: false,
                certain: true,
            };
            places.insert(at, mark);
        }
        let mut rows: Vec<Vec<Place>> = Vec::new();
        let mut cards = columns;
        for place in places {
            // The line's own mark stands beside the cards of a row; it never opens one that is full.
            if rows.is_empty() || place.card.is_some() && cards == columns {
                if rows.last().is_none_or(|row| row.iter().any(|place| place.card.is_some())) {
                    rows.push(Vec::new());
                }
                cards = 0;
            }
            cards += i64::from(place.card.is_some());
            if let Some(row) = rows.last_mut() {
                row.push(place);
            }
        }
        Stops { rows, room }
    }

    pub(super) fn height(&self) -> i64 {
        self.rows.iter().map(|row| above(row) + 2 * STALK + below(row)).sum::<i64>() - STALK / 2
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (left, top): (i64, i64)) {
        let mut y = top;
        let last = self.rows.len().saturating_sub(1);
        let mut after_due = self.rows.iter().flatten().all(|place| !place.before_due);
        for (i, row) in self.rows.iter().enumerate() {
            let axis = y + above(row) + STALK / 2;
            let used: i64 = row.iter().map(|place| place.width + GAP).sum::<i64>() - GAP;
            // A line that goes on in the next row runs to the edge.
            let end = if i == last { left + used } else { left + self.room };
            let mut x = left;
            let mut from = left;
            for place in row {
                let middle = x + place.width / 2;
                if !place.before_due && !after_due {
                    canvas.line("avant", (from, axis), (middle, axis));
                    from = middle;
                    after_due = true;
                }
                x += place.width + GAP;
            }
            canvas.line(if after_due { "apres" } else { "avant" }, (from, axis), (end, axis));
            x = left;
            for place in row {
                place.draw(canvas, x, y, above(row), axis);
                x += place.width + GAP;
            }
            y += above(row) + 2 * STALK + below(row);
        }
    }
}

fn above(row: &[Place]) -> i64 {
    row.iter().map(|place| place.label.height()).max().unwrap_or(0)
}

fn below(row: &[Place]) -> i64 {
    row.iter().filter_map(|place| place.card.as_ref()).map(|card| card.height).max().unwrap_or(0)
}

/// Whether a rung lies on the due date for every invoice; `days` is only about.
fn is_due(stop: &Stop) -> bool {
    stop.label == rung_label(0)
}

fn place(stop: &Stop, on_due: bool, path: Option<&Path>, width: i64) -> Place {
    let due = on_due && is_due(stop);
    let rules: Vec<RuleId> = stop.steps.iter().map(|step| step.rule).collect();
    let mark = Mark::of(path, &rules);
    let words = if due { format!("{} échéance", stop.label) } else { stop.label.clone() };
    Place {
        label: Paragraph::new(&words, if due { DUE } else { STOP }, width),
        due,
        card: Some(card(&stop.steps, path, mark, width)),
        width,
        before_due: on_due && stop.days.is_some_and(|days| days < 0),
        certain: stop.days.is_some(),
    }
}

fn card(steps: &[Step], path: Option<&Path>, mark: Mark, width: i64) -> Card {
    let room = width - 2 * PAD;
    let mut parts = Vec::new();
    let mut height = PAD;
    for (i, step) in steps.iter().enumerate() {
        if i > 0 {
            height += PAD - 2;
        }
        let gone = Mark::of(path, &[step.rule]) == Mark::Skipped;
        let actions = Paragraph::new(&step.actions, if gone { GONE } else { ACTION }, room);
        let condition = step.condition.as_ref().map(|c| Paragraph::new(&format!("si {c}"), CONDITION, room));
        for part in [Some(actions), condition].into_iter().flatten() {
            let own = part.height();
            parts.push((part, height));
            height += own;
        }
    }
    Card { parts, height: height + PAD, mark }
}

impl Place {
    fn draw(&self, canvas: &mut Canvas, x: i64, top: i64, above: i64, axis: i64) {
        let middle = x + self.width / 2;
        let label = top + above - self.label.height();
        self.label.draw(canvas, Anchor::Middle, (middle, label));
        let Some(card) = &self.card else {
            let class = if self.due { "echeance" } else { "arret" };
            canvas.rect(class, (middle - 5, axis - 5, 10, 10), 2);
            return;
        };
        let y = axis + STALK;
        canvas.line("tige", (middle, axis), (middle, y));
        let class = match card.mark {
            Mark::None if self.due => "echeance",
            Mark::None if !self.certain => "arret-libre",
            Mark::None => "arret",
            Mark::Fired | Mark::Here => "arret-parti",
            Mark::Skipped => "arret-saute",
        };
        canvas.circle(class, (middle, axis), 5);
        if card.mark == Mark::Here {
            canvas.circle("anneau", (middle, axis), 9);
        }
        let class = match card.mark {
            Mark::None => "palier",
            Mark::Fired => "palier-parti",
            Mark::Skipped => "palier-saute",
            Mark::Here => "palier-ici",
        };
        canvas.rect(class, (x, y, self.width, card.height), 7);
        for (part, down) in &card.parts {
            part.draw(canvas, Anchor::Start, (x + PAD, y + down));
        }
    }
}
