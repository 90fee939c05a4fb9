//! The drawing that people read: every state as a lane with its rungs on time lines, arrows between the lanes on the right. No script,
//! no font from outside; light and dark.

mod arrows;
mod canvas;
mod lane;
mod list;
mod mark;
mod metrics;
mod style;
mod timeline;

pub use metrics::text_width;

use super::escape::xml;
use super::{Highlight, Plan};
use arrows::Arrows;
use canvas::{Anchor, Canvas, Paragraph};
use lane::Lane;
use style::{NOTE, ROOT, TITLE};

/// Around the drawing.
const MARGIN: i64 = 24;
/// Around what a lane holds.
const PAD: i64 = 16;
/// Between things that stand together.
const GAP: i64 = 10;
/// The width of what a lane says.
const CONTENT: i64 = 980;
/// The width of a way out.
const EXITS: i64 = 190;
/// Between two lanes.
const BETWEEN: i64 = 18;

fn length(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Draws a plan as a complete SVG document, with the way of one invoice when there is one to show.
pub fn svg(plan: &Plan, highlight: Highlight<'_>) -> String {
    let exits = if plan.transitions.is_empty() { 0 } else { EXITS + PAD };
    let lane_width = 2 * PAD + CONTENT + exits;
    let states = plan.states.iter().enumerate();
    let mut lanes: Vec<Lane> = states.map(|(i, state)| Lane::state(plan, i, state, highlight, lane_width)).collect();
    lanes.extend(Lane::anywhere(plan, lane_width));

    let mut head = vec![
        (Paragraph::new(&plan.title, TITLE, lane_width), 4),
        (Paragraph::new(&plan.takes, NOTE, lane_width), 0),
        (Paragraph::new(&plan.limits, NOTE, lane_width), 0),
    ];
    if let Some(path) = highlight {
        head.push((mark::legend(path, lane_width), 8));
    }
    let foot = "Une facture soldée quitte le plan, où qu’elle en soit. Un palier plus élevé remplace ceux d’avant ; une facture ne redescend jamais.";
    let foot = Paragraph::new(foot, NOTE, lane_width);

    let mut y = MARGIN + head.iter().map(|(part, space)| part.height() + space).sum::<i64>() + BETWEEN;
    let mut tops = Vec::new();
    for lane in &lanes {
        tops.push(y);
        y += lane.height() + BETWEEN;
    }
    let (foot_top, height) = (y, y + foot.height() + MARGIN);

    let edge = MARGIN + lane_width;
    let outlets: Vec<(usize, i64)> = lanes
        .iter()
        .zip(&tops)
        .flat_map(|(lane, top)| lane.outlets().into_iter().map(move |(to, y)| (to, top + y)))
        .collect();
    let targets = tops.iter().take(plan.states.len()).enumerate().map(|(i, top)| {
        let into = outlets.iter().filter(|(to, _)| *to == i).map(|(_, y)| (edge - PAD, *y)).collect();
        (top + Lane::inlet(), into)
    });
    let arrows = Arrows::new(targets.collect(), edge);
    let width = edge + arrows.width() + MARGIN;

    let mut canvas = Canvas::default();
    canvas.rect("fond", (0, 0, width, height), 0);
    let mut down = MARGIN;
    for (part, space) in &head {
        down += space;
        part.draw(&mut canvas, Anchor::Start, (MARGIN, down));
        down += part.height();
    }
    for (lane, top) in lanes.iter().zip(&tops) {
        lane.draw(&mut canvas, (MARGIN, *top));
    }
    arrows.draw(&mut canvas);
    foot.draw(&mut canvas, Anchor::Start, (MARGIN, foot_top));

    let name = xml(&format!("Scénario {}", plan.title));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{ROOT}\" role=\"img\" aria-label=\"{name}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n<title>{name}</title>\n<style>\n{}</style>\n{}</svg>\n",
        style::sheet(),
        canvas.finish()
    )
}
