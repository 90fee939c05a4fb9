//! Rules besides the rungs, one under the other: when on the left, what on the right.

use super::canvas::{Anchor, Canvas, Paragraph};
use super::length;
use super::mark::Mark;
use super::style::{ACTION, CAPTION, WHEN};
use crate::drawing::{Line, Path};

const LEFT: i64 = 330;
const ARROW: i64 = 26;
const BETWEEN: i64 = 4;

/// A caption and its rules.
pub(super) struct List {
    caption: Paragraph,
    /// When, unless the caption says it already; what; what became of it.
    rows: Vec<(Option<Paragraph>, Paragraph, Mark)>,
}

impl List {
    pub(super) fn new(caption: &str, lines: &[Line], path: Option<&Path>, room: i64) -> List {
        let rows = lines.iter().map(|line| {
            let said = line.when.to_uppercase() == caption;
            let when = (!said).then(|| Paragraph::new(&line.when, WHEN, LEFT));
            let actions = Paragraph::new(&line.actions, ACTION, room - LEFT - ARROW);
            (when, actions, Mark::of(path, &[line.rule]))
        });
        List { caption: Paragraph::new(caption, CAPTION, room), rows: rows.collect() }
    }

    pub(super) fn height(&self) -> i64 {
        let rows: i64 = self.rows.iter().map(height).sum();
        self.caption.height() + BETWEEN + rows + BETWEEN * (length(self.rows.len()) - 1).max(0)
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (x, top): (i64, i64)) {
        self.caption.draw(canvas, Anchor::Start, (x, top));
        let mut y = top + self.caption.height() + BETWEEN;
        // Short causes do not push what they cause to the far side.
        let left = self.rows.iter().filter_map(|(when, ..)| when.as_ref()).map(Paragraph::width).max().unwrap_or(0);
        for row in &self.rows {
            let (when, actions, mark) = row;
            let mut at = x;
            if let Some(when) = when {
                when.draw(canvas, Anchor::Start, (x, y));
                let (tip, middle) = (x + left + ARROW - 6, y + WHEN.line / 2);
                let class = if *mark == Mark::Fired { "anneau" } else { "tige" };
                canvas.line(class, (x + left + 6, middle), (tip, middle));
                canvas.line(class, (tip - 4, middle - 4), (tip, middle));
                canvas.line(class, (tip - 4, middle + 4), (tip, middle));
                at += left + ARROW;
            }
            actions.draw(canvas, Anchor::Start, (at, y));
            y += height(row) + BETWEEN;
        }
    }
}

fn height((when, actions, _): &(Option<Paragraph>, Paragraph, Mark)) -> i64 {
    when.as_ref().map_or(0, Paragraph::height).max(actions.height())
}
