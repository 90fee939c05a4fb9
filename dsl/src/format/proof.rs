//! Two files that must mean the same are compared: blocks, grammar, tree, words, comments.

use super::literals;
use super::pieces::{Block, Comment, Pieces, unix};
use crate::ast::Reader;
use crate::diagnostic::Sink;
use crate::parse::Rule;
use crate::source::Plain;
use pest::iterators::Pair;
use relance_core::schema::fold;

/// What a block is made of: the rules of the grammar in order, and its tree without places.
pub(super) fn shape(pair: &Pair<'_, Rule>, plain: &Plain, original: &str, base: usize) -> (Vec<Rule>, String) {
    let mut parts = Vec::new();
    rules(pair, &mut parts);
    let mut sink = Sink::new("");
    let tree = Reader { plain, original, base, sink: &mut sink }.block(pair.clone());
    (parts, format!("{tree:?}"))
}

/// Whether two trees are the same but for blanks, case and accents.
fn same_tree(a: &str, b: &str) -> bool {
    let bare = |tree: &str| fold(&unescaped(tree)).split_whitespace().collect::<String>();
    a == b || bare(a) == bare(b)
}

/// A printed tree with its accents and blanks as they are: printing writes some of them as `\u{301}`.
fn unescaped(tree: &str) -> String {
    let mut out = String::with_capacity(tree.len());
    let mut parts = tree.split("\\u{");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap_or((part, ""));
        out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        out.push_str(rest);
    }
    out
}

/// The rules of a pair; a value has several forms, and the tree tells which it is.
fn rules(pair: &Pair<'_, Rule>, into: &mut Vec<Rule>) {
    into.push(pair.as_rule());
    if !literals::is_value(pair.as_rule()) {
        pair.clone().into_inner().for_each(|part| rules(&part, into));
    }
}

/// Whether two files have the same blocks and comments in the same order.
pub(super) fn same(before: &Pieces<'_>, after: &Pieces<'_>) -> bool {
    before.blocks.len() == after.blocks.len()
        && before.blocks.iter().zip(&after.blocks).all(|(a, b)| same_block(before, a, after, b))
        && comments(before) == comments(after)
}

fn same_block(before: &Pieces<'_>, a: &Block, after: &Pieces<'_>, b: &Block) -> bool {
    if b.known {
        return true;
    }
    if a.rule != b.rule || a.shape.0 != b.shape.0 || !same_tree(&a.shape.1, &b.shape.1) {
        return false;
    }
    match (&a.atoms, &b.atoms) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.text == b.text),
        (None, None) => unix(before.written(a.place)) == after.written(b.place),
        _ => false,
    }
}

/// The comments outside of what is kept, in order.
fn comments<'a>(pieces: &Pieces<'a>) -> Vec<&'a str> {
    let of_block = |block: &Block| {
        let inside = if block.atoms.is_some() { block.inside.clone() } else { Vec::new() };
        block.before.iter().copied().chain(inside).chain(block.end).collect::<Vec<Comment>>()
    };
    let all = pieces.blocks.iter().flat_map(of_block).chain(pieces.after.iter().copied());
    all.map(|comment| pieces.written(comment.place)).collect()
}
