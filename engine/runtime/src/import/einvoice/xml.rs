//! The XML of an electronic invoice: its text in whatever encoding, its tree, and values found by the names on their way.

use chrono::NaiveDate;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use roxmltree::{Document, Error, Node, ParsingOptions};
use std::borrow::Cow;

/// The most elements, attributes and texts.
const MAX_NODES: u32 = 500_000;

/// The text of an XML file: the mark at its beginning, else the encoding that it declares, else UTF-8.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, skip) = match (Encoding::for_bom(bytes), bytes) {
        (Some(found), _) => found,
        (None, [b'<', 0, ..]) => (UTF_16LE, 0),
        (None, [0, b'<', ..]) => (UTF_16BE, 0),
        (None, _) => (declared(bytes).unwrap_or(UTF_8), 0),
    };
    let body = bytes.get(skip..).unwrap_or_default();
    let (text, wrong) = encoding.decode_without_bom_handling(body);
    // Some programs declare UTF-8 and write as Windows does.
    if wrong && encoding == UTF_8 { WINDOWS_1252.decode_without_bom_handling(body).0 } else { text }
}

/// `<?xml version="1.0" encoding="ISO-8859-1"?>`
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(200))?;
    let head = head.split(|byte| *byte == b'>').next().and_then(|head| std::str::from_utf8(head).ok())?;
    let (_, after) = head.split_once("encoding")?;
    let name = after.split(['"', '\'']).nth(1)?;
    // An encoding of two bytes a character cannot be that of a declaration that was just read.
    Encoding::for_label(name.as_bytes()).filter(|found| *found != UTF_16LE && *found != UTF_16BE)
}

/// The longest tag: what is longer would be compared with itself for a long time.
const MAX_TAG: usize = 65_536;

/// The tree, or why there is none, in French.
pub(super) fn tree(text: &str) -> Result<Document<'_>, String> {
    let tag = |part: &str| !part.starts_with('!') && part.find('>').unwrap_or(part.len()) > MAX_TAG;
    if text.split('<').skip(1).any(tag) {
        return Err("une balise du XML dépasse 64 Ko".to_owned());
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text.trim_start(), options).map_err(|error| match error {
        Error::DtdDetected => {
            "le XML contient une déclaration DOCTYPE, qu’aucune facture électronique n’a : il n’est pas lu".to_owned()
        }
        Error::NodesLimitReached => "le XML a plus de 500 000 éléments".to_owned(),
        other => {
            let at = other.pos();
            // What is only missed at the end has no place.
            match (at.row, at.col) {
                (1, 1) => "le XML est mal formé ou coupé".to_owned(),
                (row, column) => format!("le XML est mal formé ou coupé, ligne {row}, caractère {column}"),
            }
        }
    })
}

/// The first child of this name, whatever the prefix.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The children of this name.
pub(super) fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |one| one.is_element() && one.tag_name().name() == name)
}

/// Every node on this way: `A/B/C`.
pub(super) fn all<'a, 'i>(node: Node<'a, 'i>, way: &str) -> Vec<Node<'a, 'i>> {
    let mut here = vec![node];
    for name in way.split('/') {
        here = here.into_iter().flat_map(|one| children(one, name).collect::<Vec<_>>()).collect();
    }
    here
}

/// What a node says, on one line; nothing where it is empty.
pub(super) fn said(node: Node<'_, '_>) -> Option<String> {
    let text: String = node.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What the first node on this way that says something says.
pub(super) fn value(node: Node<'_, '_>, way: &str) -> Option<String> {
    all(node, way).into_iter().find_map(said)
}

/// What stands on a way, its scheme beside it.
pub(super) fn schemed(node: Node<'_, '_>, way: &str) -> Vec<(Option<String>, String)> {
    let one = |node: Node<'_, '_>| Some((node.attribute("schemeID").map(str::to_owned), said(node)?));
    all(node, way).into_iter().filter_map(one).collect()
}

/// A date: `20260131` or `2026-01-31`, what follows the day aside.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let digits: String = text.chars().take(10).filter(char::is_ascii_digit).take(8).collect();
    (digits.len() == 8).then(|| NaiveDate::parse_from_str(&digits, "%Y%m%d").ok()).flatten()
}

/// Cents of a decimal number: `104.90`, `104.9`, `-12`, `104.9000`.
pub(super) fn cents(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) || (whole.is_empty() && fraction.is_empty()) || whole.len() > 11 {
        return None;
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(2));
    if rest.bytes().any(|b| b != b'0') {
        return None;
    }
    let units = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    let hundredths = format!("{kept:0<2}").parse::<i64>().ok()?;
    let cents = units.checked_mul(100)?.checked_add(hundredths)?;
    Some(if negative { -cents } else { cents })
}
