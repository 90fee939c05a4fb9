//! A state as a lane: its title, what it does, and on its right edge the ways out.

use super::canvas::{Anchor, Canvas, Paragraph};
use super::list::List;
use super::metrics::Style;
use super::style::{BADGE, CAPTION, NAME, NOTE, STATE, TARGET, WHEN};
use super::timeline::Stops;
use super::{CONTENT, EXITS, GAP, PAD};
use crate::drawing::{Line, Path, Plan, PlanState, Transition};
use crate::machine::{Clock, PLAN};

const LIGHT: Style = Style::new("badge-clair", BADGE.size, true);
const WARNING: Style = Style::new("badge-alerte", BADGE.size, true);
const BETWEEN_BADGES: i64 = 12;
/// Between two sections of a lane.
const SECTION: i64 = 14;

enum Section {
    List(List),
    Stops(Paragraph, Stops),
    Words(Paragraph),
}

/// A way out, with the state that it leads to.
pub(super) struct Exit {
    pub target: usize,
    cause: Paragraph,
    title: Paragraph,
}

struct Badge {
    words: Paragraph,
    class: &'static str,
}

/// A state, or what holds in every state, laid out.
pub(super) struct Lane {
    label: String,
    class: &'static str,
    faded: bool,
    title: Paragraph,
    name: Option<Paragraph>,
    badges: Vec<Badge>,
    sections: Vec<Section>,
    pub exits: Vec<Exit>,
    width: i64,
}

impl Section {
    fn height(&self) -> i64 {
        match self {
            Section::List(list) => list.height(),
            Section::Stops(caption, stops) => caption.height() + 6 + stops.height(),
            Section::Words(words) => words.height(),
        }
    }

    fn draw(&self, canvas: &mut Canvas, (x, y): (i64, i64)) {
        match self {
            Section::List(list) => list.draw(canvas, (x, y)),
            Section::Stops(caption, stops) => {
                caption.draw(canvas, Anchor::Start, (x, y));
                stops.draw(canvas, (x, y + caption.height() + 6));
            }
            Section::Words(words) => words.draw(canvas, Anchor::Start, (x, y)),
        }
    }
}

impl Exit {
    fn new(plan: &Plan, way: &Transition) -> Exit {
        let title = plan.states.get(way.to).map_or("", |state| &state.title);
        Exit {
            target: way.to,
            cause: Paragraph::new(&way.cause, WHEN, EXITS - 2 * GAP),
            title: Paragraph::new(&format!("→ {title}"), TARGET, EXITS - 2 * GAP),
        }
    }

    fn height(&self) -> i64 {
        self.cause.height() + self.title.height() + GAP
    }

    fn draw(&self, canvas: &mut Canvas, (x, y): (i64, i64)) {
        canvas.rect("sortie", (x, y, EXITS, self.height()), 7);
        self.cause.draw(canvas, Anchor::Start, (x + GAP, y + GAP / 2));
        self.title.draw(canvas, Anchor::Start, (x + GAP, y + GAP / 2 + self.cause.height()));
    }
}

fn badge(words: &str, class: &'static str) -> Badge {
    let style = match class {
        "pastille-fin" | "pastille-ici" => LIGHT,
        "pastille-alerte" => WARNING,
        _ => BADGE,
    };
    Badge { words: Paragraph::new(words, style, CONTENT / 4), class }
}

fn list(sections: &mut Vec<Section>, caption: &str, lines: &[Line], path: Option<&Path>) {
    if !lines.is_empty() {
        sections.push(Section::List(List::new(caption, lines, path, CONTENT)));
    }
}

impl Lane {
    /// The lane of a state.
    pub(super) fn state(plan: &Plan, index: usize, state: &PlanState, path: Option<&Path>, width: i64) -> Lane {
        let is_plan = state.name == PLAN;
        let here = path.is_some_and(|path| path.state == state.name);
        let visited = path.is_none_or(|path| path.visited.contains(&state.name));
        // Rules of another state have not fired in this visit.
        let path = path.filter(|_| here);
        let mut badges = Vec::new();
        if is_plan {
            badges.push(badge("départ", "pastille"));
        }
        if !state.reachable {
            badges.push(badge("aucune règle n’y mène", "pastille-alerte"));
        }
        if state.is_final {
            badges.push(badge("fin", "pastille-fin"));
        }
        if here {
            badges.push(badge("la facture est ici", "pastille-ici"));
        }
        let mut sections = Vec::new();
        list(&mut sections, "À L’ENTRÉE", &state.entry, path);
        for timeline in &state.timelines {
            let caption = match timeline.clock {
                Clock::Due => "PALIERS, EN JOURS DEPUIS L’ÉCHÉANCE",
                Clock::State if is_plan => "PALIERS, DEPUIS LA PRISE EN CHARGE",
                Clock::State => "PALIERS, DEPUIS L’ENTRÉE DANS L’ÉTAPE",
            };
            let caption = Paragraph::new(caption, CAPTION, CONTENT);
            sections.push(Section::Stops(caption, Stops::new(timeline, is_plan, path, CONTENT)));
        }
        list(&mut sections, "DÈS QUE LA CONDITION EST VRAIE", &state.free, path);
        list(&mut sections, "RÉPÉTÉ", &state.repeated, path);
        list(&mut sections, "RÉACTIONS", &state.reactions, path);
        if sections.is_empty() {
            let words = if state.is_final { "Plus rien ne part d’ici." } else { "Aucune règle." };
            sections.push(Section::Words(Paragraph::new(words, NOTE, CONTENT)));
        }
        let taken: i64 = badges.iter().map(|badge| badge.words.width() + 2 * GAP + BETWEEN_BADGES).sum();
        let name = (state.title != state.name && !is_plan).then(|| Paragraph::new(&state.name, NAME, CONTENT));
        Lane {
            label: format!("Étape {}", state.title),
            class: match (here, state.is_final) {
                (true, _) => "carte-ici",
                (false, true) => "carte-fin",
                (false, false) => "carte",
            },
            faded: !visited,
            title: Paragraph::new(&state.title, STATE, CONTENT - taken),
            name,
            badges,
            sections,
            exits: plan.transitions.iter().filter(|t| t.from == Some(index)).map(|t| Exit::new(plan, t)).collect(),
            width,
        }
    }

    /// The lane of the reactions of the scenario.
    pub(super) fn anywhere(plan: &Plan, width: i64) -> Option<Lane> {
        let mut sections = Vec::new();
        list(&mut sections, "RÉACTIONS", &plan.reactions, None);
        (!sections.is_empty()).then(|| Lane {
            label: "Réactions de toutes les étapes".to_owned(),
            class: "carte",
            faded: false,
            title: Paragraph::new("Où qu’en soit la facture", STATE, CONTENT),
            name: (plan.states.len() > 1).then(|| {
                let words = "Une étape qui a ses propres règles pour un événement les suit à la place de celles-ci.";
                Paragraph::new(words, NOTE, CONTENT)
            }),
            badges: Vec::new(),
            sections,
            exits: plan.transitions.iter().filter(|t| t.from.is_none()).map(|t| Exit::new(plan, t)).collect(),
            width,
        })
    }

    fn header(&self) -> i64 {
        self.title.height() + self.name.as_ref().map_or(0, Paragraph::height)
    }

    pub(super) fn height(&self) -> i64 {
        let sections: i64 = self.sections.iter().map(|section| section.height() + SECTION).sum();
        let exits: i64 = self.exits.iter().map(|exit| exit.height() + GAP).sum();
        PAD + self.header() + SECTION + sections.max(exits) - SECTION.min(GAP) + PAD
    }

    /// How far below the lane's top an arrow into it ends.
    pub(super) fn inlet() -> i64 {
        PAD + STATE.line / 2
    }

    /// How far below the lane's top each arrow out of it begins.
    pub(super) fn outlets(&self) -> Vec<(usize, i64)> {
        let mut y = PAD + self.header() + SECTION;
        let mut outlets = Vec::new();
        for exit in &self.exits {
            outlets.push((exit.target, y + exit.height() / 2));
            y += exit.height() + GAP;
        }
        outlets
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, (x, y): (i64, i64)) {
        canvas.open(if self.faded { "voie eteint" } else { "voie" }, &self.label);
        canvas.rect(self.class, (x, y, self.width, self.height()), 10);
        let left = x + PAD;
        self.title.draw(canvas, Anchor::Start, (left, y + PAD));
        if let Some(name) = &self.name {
            name.draw(canvas, Anchor::Start, (left, y + PAD + self.title.height()));
        }
        let mut right = left + self.title.width();
        for badge in &self.badges {
            let width = badge.words.width() + 2 * GAP;
            right += BETWEEN_BADGES;
            canvas.rect(badge.class, (right, y + PAD + 1, width, badge.words.height() + 4), 9);
            badge.words.draw(canvas, Anchor::Start, (right + GAP, y + PAD + 3));
            right += width;
        }
        let top = y + PAD + self.header() + SECTION;
        let mut down = top;
        for section in &self.sections {
            section.draw(canvas, (left, down));
            down += section.height() + SECTION;
        }
        down = top;
        for exit in &self.exits {
            exit.draw(canvas, (left + CONTENT + PAD, down));
            down += exit.height() + GAP;
        }
        canvas.close();
    }
}
