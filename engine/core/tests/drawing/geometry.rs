//! Nothing lies over anything else: read from the finished SVG, whatever the machine.

use crate::strategy::machine;
use crate::{journey, machines};
use proptest::prelude::*;
use relance_core::drawing::{plan, svg, text_width};
use relance_core::machine::Machine;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// Left, top, right, bottom.
#[derive(Clone)]
struct Area {
    what: String,
    sides: [i64; 4],
}

impl std::fmt::Debug for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.what, self.sides)
    }
}

impl Area {
    fn inside(&self, other: &Area) -> bool {
        let ([l, t, r, b], [left, top, right, bottom]) = (self.sides, other.sides);
        l >= left && t >= top && r <= right && b <= bottom
    }

    fn apart(&self, other: &Area) -> bool {
        let ([l, t, r, b], [left, top, right, bottom]) = (self.sides, other.sides);
        r <= left || right <= l || b <= top || bottom <= t
    }
}

fn number(node: &Node<'_, '_>, name: &str) -> i64 {
    node.attribute(name).unwrap().parse().unwrap()
}

/// Size and weight of the letters of each class, from the style sheet.
fn letters(css: &str) -> BTreeMap<String, (u8, bool)> {
    let rules = css.lines().filter_map(|line| line.strip_prefix(".relance-graphe .")?.split_once("{font-size:"));
    rules
        .map(|(class, rest)| {
            let size = rest.split("px").next().unwrap().parse().unwrap();
            (class.to_owned(), (size, rest.contains("bold")))
        })
        .collect()
}

/// The points of a path of straight and rounded parts.
fn points(d: &str) -> Vec<(i64, i64)> {
    let numbers: Vec<i64> = d
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().unwrap())
        .collect();
    numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

struct Read {
    view: Area,
    texts: Vec<Area>,
    boxes: Vec<Area>,
    lines: Vec<Area>,
}

fn read(svg: &str) -> Read {
    let document = Document::parse(svg).unwrap();
    let root = document.root_element();
    let view: Vec<i64> = root.attribute("viewBox").unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
    let view = Area { what: "viewBox".into(), sides: [view[0], view[1], view[2], view[3]] };
    let css = document.descendants().find(|n| n.has_tag_name("style")).unwrap().text().unwrap();
    let letters = letters(css);
    let mut read = Read { view, texts: vec![], boxes: vec![], lines: vec![] };
    for node in document.descendants().filter(Node::is_element) {
        let class = node.attribute("class").unwrap_or_default();
        match node.tag_name().name() {
            "text" => {
                let text = node.text().unwrap_or_default();
                let (size, bold) = letters[class];
                let width = text_width(text, size, bold);
                let (x, y, size) = (number(&node, "x"), number(&node, "y"), i64::from(size));
                let left = if node.attribute("text-anchor") == Some("middle") { x - width / 2 } else { x };
                let sides = [left, y - size * 3 / 4, left + width, y + size / 4];
                read.texts.push(Area { what: format!("« {text} »"), sides });
            }
            "rect" if class != "fond" => {
                let (x, y) = (number(&node, "x"), number(&node, "y"));
                let sides = [x, y, x + number(&node, "width"), y + number(&node, "height")];
                read.boxes.push(Area { what: format!("rect {class}"), sides });
            }
            "circle" => {
                let (x, y, r) = (number(&node, "cx"), number(&node, "cy"), number(&node, "r"));
                read.boxes.push(Area { what: format!("circle {class}"), sides: [x - r, y - r, x + r, y + r] });
            }
            "path" if class != "pointe" => {
                for pair in points(node.attribute("d").unwrap()).windows(2) {
                    let ((a, b), (c, d)) = (pair[0], pair[1]);
                    let sides = [a.min(c), b.min(d), a.max(c), b.max(d)];
                    read.lines.push(Area { what: format!("path {class}"), sides });
                }
            }
            _ => {}
        }
    }
    read
}

/// What is wrong with a drawing, if anything.
fn wrong(svg: &str) -> Result<(), String> {
    let Read { view, texts, boxes, lines } = read(svg);
    for area in texts.iter().chain(&boxes).chain(&lines) {
        if !area.inside(&view) {
            return Err(format!("{area:?} leaves {view:?}"));
        }
    }
    for (i, text) in texts.iter().enumerate() {
        if let Some(other) = texts[i + 1..].iter().find(|other| !text.apart(other)) {
            return Err(format!("{text:?} and {other:?} overlap"));
        }
        if let Some(other) = boxes.iter().find(|other| !text.apart(other) && !text.inside(other)) {
            return Err(format!("{text:?} crosses {other:?}"));
        }
        if let Some(other) = lines.iter().find(|other| !text.apart(other)) {
            return Err(format!("{other:?} runs through {text:?}"));
        }
    }
    for (i, own) in boxes.iter().enumerate() {
        let crosses = |other: &&Area| !own.apart(other) && !own.inside(other) && !other.inside(own);
        if let Some(other) = boxes[i + 1..].iter().find(crosses) {
            return Err(format!("{own:?} and {other:?} overlap"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_overlaps_whatever_the_machine(machine in machine()) {
        let drawn = svg(&plan(&machine), None);
        prop_assert_eq!(wrong(&drawn), Ok(()));
        prop_assert_eq!(drawn, svg(&plan(&machine), None), "the same machine gives the same bytes");
    }
}

#[test]
fn nothing_overlaps_in_the_samples() {
    let machines: [Machine; 4] = [machines::plan_only(), machines::stages(), machines::large(), machines::hostile()];
    for machine in machines {
        assert_eq!(wrong(&svg(&plan(&machine), None)), Ok(()), "{}", machine.name);
    }
    let (machine, path) = journey::journey();
    assert_eq!(wrong(&svg(&plan(&machine), Some(&path))), Ok(()));
}

/// The test above sees what it should: a drawing whose letters are too wide, or moved, is refused.
#[test]
fn a_wrong_drawing_is_seen() {
    let good = svg(&plan(&machines::stages()), None);
    assert!(wrong(&good.replace("font-size:12px", "font-size:19px")).is_err());
    assert!(wrong(&good.replacen("<text class=\"note\" x=\"24\"", "<text class=\"note\" x=\"1300\"", 1)).is_err());
    assert!(wrong(&good.replace("x=\"40\"", "x=\"300\"")).is_err());
}
