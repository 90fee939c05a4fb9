//! Shapes as text. Every coordinate is a whole number, so that the bytes are the same everywhere.

use super::metrics::{Style, width, wrap};
use crate::drawing::escape::xml;
use std::fmt::Write;

/// Where the given `x` of a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
}

/// What is drawn so far.
#[derive(Default)]
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    pub(super) fn finish(self) -> String {
        self.out
    }

    // Writing into a String cannot fail.
    fn add(&mut self, shape: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(shape);
        self.out.push('\n');
    }

    /// Opens a group that assistive software names.
    pub(super) fn open(&mut self, class: &str, label: &str) {
        self.add(format_args!("<g class=\"{class}\" role=\"group\" aria-label=\"{}\">", xml(label)));
    }

    pub(super) fn close(&mut self) {
        self.add(format_args!("</g>"));
    }

    pub(super) fn rect(&mut self, class: &str, (x, y, w, h): (i64, i64, i64, i64), radius: i64) {
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{radius}\"/>"
        ));
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (i64, i64), radius: i64) {
        self.add(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (i64, i64), (x2, y2): (i64, i64)) {
        self.add(format_args!("<path class=\"{class}\" d=\"M{x1} {y1} L{x2} {y2}\"/>"));
    }

    /// Joined points, with rounded corners between horizontal and vertical parts.
    pub(super) fn polyline(&mut self, class: &str, points: &[(i64, i64)]) {
        const ROUND: i64 = 7;
        let toward = |from: (i64, i64), to: (i64, i64)| {
            let step = |a: i64, b: i64| ((b - a) / 2).clamp(-ROUND, ROUND);
            (from.0 + step(from.0, to.0), from.1 + step(from.1, to.1))
        };
        let mut d = String::new();
        for (i, point) in points.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|before| points.get(before));
            let _ = match (before, points.get(i + 1)) {
                (None, _) => write!(d, "M{} {}", point.0, point.1),
                (Some(_), None) => write!(d, " L{} {}", point.0, point.1),
                (Some(before), Some(after)) => {
                    let (a, b) = (toward(*point, *before), toward(*point, *after));
                    write!(d, " L{} {} Q{} {} {} {}", a.0, a.1, point.0, point.1, b.0, b.1)
                }
            };
        }
        self.add(format_args!("<path class=\"{class}\" d=\"{d}\"/>"));
    }

    /// A head of an arrow that points left, its tip at the point.
    pub(super) fn head(&mut self, class: &str, (x, y): (i64, i64)) {
        self.add(format_args!("<path class=\"{class}\" d=\"M{x} {y} l9 -5 v10 z\"/>"));
    }

    fn text(&mut self, style: Style, anchor: Anchor, (x, y): (i64, i64), text: &str) {
        let class = style.class;
        let anchor = if anchor == Anchor::Middle { " text-anchor=\"middle\"" } else { "" };
        self.add(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}</text>", xml(text)));
    }
}

/// A paragraph, wrapped.
#[derive(Clone, Debug)]
pub(super) struct Paragraph {
    lines: Vec<String>,
    style: Style,
}

impl Paragraph {
    pub(super) fn new(text: &str, style: Style, room: i64) -> Paragraph {
        Paragraph { lines: wrap(text, style, room), style }
    }

    pub(super) fn height(&self) -> i64 {
        self.style.line.saturating_mul(i64::try_from(self.lines.len()).unwrap_or(i64::MAX))
    }

    /// The width of its widest line.
    pub(super) fn width(&self) -> i64 {
        self.lines.iter().map(|line| width(line, self.style)).max().unwrap_or(0)
    }

    /// Draws it below `y`.
    pub(super) fn draw(&self, canvas: &mut Canvas, anchor: Anchor, (x, y): (i64, i64)) {
        let mut baseline = y + (self.style.line + self.style.size) / 2 - self.style.size / 8;
        for line in &self.lines {
            canvas.text(self.style, anchor, (x, baseline), line);
            baseline += self.style.line;
        }
    }
}
