//! Files as last read. An edit reads again the blocks whose words it changed; the others are taken over where they now
//! stand.

use super::places::Places;
use crate::ast::{Block, Tree};
use crate::chunk::Chunk;
use crate::diagnostic::{Diagnostic, Sink};
use crate::parse::{self, Rule, Words};
use crate::source::Source;
use crate::span::{Node, Span};
use std::collections::HashMap;

/// A file, read.
pub(super) struct Reading {
    pub source: Source,
    pub words: Words,
    pub tree: Tree,
    /// What is wrong with its text; names and types are not looked at.
    pub found: Vec<Diagnostic>,
    known: Known,
}

/// Blocks without a mistake, by the grammar's rule, their plain text and what was written.
type Known = HashMap<(Rule, String, String), Kept>;

/// A block, and where its words began when it was read.
struct Kept {
    begins: usize,
    block: Node<Block>,
}

impl Reading {
    /// Reads a file, of which `before` is the last reading.
    pub fn new(source: Source, before: Option<Reading>) -> Reading {
        let mut old = before.map(|reading| reading.known).unwrap_or_default();
        let mut known = Known::with_capacity(old.len());
        let mut sink = Sink::new(&source.path);
        let Some(words) = parse::words(&source, &mut sink) else {
            let found = sink.found;
            return Reading { source, words: Words::default(), tree: Tree::default(), found, known };
        };
        let tree = parse::blocks(&words, &mut sink, |chunk, sink| {
            let place = place(chunk, &words);
            let Some(key) = key(chunk, place, &words) else { return parse::read_chunk(chunk, &words, sink) };
            if let Some((key, kept)) = old.remove_entry(&key) {
                known.insert(key, kept);
            }
            if let Some(kept) = known.get(&key) {
                return vec![kept.moved(place.start)];
            }
            let told = sink.found.len();
            let mut blocks = parse::read_chunk(chunk, &words, sink);
            let clean = told == sink.found.len() && !sink.is_full();
            if let ([block], true) = (blocks.as_mut_slice(), clean) {
                known.insert(key, Kept { begins: place.start, block: block.clone() });
            }
            blocks
        });
        let found = sink.found;
        Reading { source, words, tree, found, known }
    }

    /// The text as written, without byte-order mark.
    pub fn text(&self) -> &str {
        &self.words.original
    }
}

impl Kept {
    fn moved(&self, to: usize) -> Node<Block> {
        let mut block = self.block.clone();
        if to != self.begins {
            block.places(&mut |span: &mut Span| {
                span.start = (span.start + to).saturating_sub(self.begins);
                span.end = (span.end + to).saturating_sub(self.begins);
            });
        }
        block
    }
}

/// The words of a block, without the blanks and comments after them.
pub(super) fn place(chunk: &Chunk, words: &Words) -> Span {
    let end = words.tokens.get(chunk.tokens.clone()).and_then(|inside| inside.last()).map(|token| token.end);
    words.plain.origin(chunk.span.start, end.unwrap_or(chunk.span.start))
}

fn key(chunk: &Chunk, place: Span, words: &Words) -> Option<(Rule, String, String)> {
    let end = words.tokens.get(chunk.tokens.clone())?.last()?.end;
    let plain = words.plain.text.get(chunk.span.start..end)?;
    Some((chunk.rule?, plain.to_owned(), words.original.get(place.start..place.end)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: &str = include_str!("../../tests/format/files/tout.relance");

    fn source(text: &str) -> Source {
        Source { path: "essai.relance".to_owned(), bytes: text.as_bytes().to_vec() }
    }

    /// Everything of a reading: its tree, each place in it, and what is wrong.
    fn everything(mut reading: Reading) -> (Tree, Vec<Span>, Vec<Diagnostic>) {
        let mut places = Vec::new();
        reading.tree.blocks.places(&mut |span: &mut Span| places.push(*span));
        (reading.tree, places, reading.found)
    }

    fn same(before: &str, after: &str) {
        let again = Reading::new(source(after), Some(Reading::new(source(before), None)));
        let fresh = Reading::new(source(after), None);
        assert_eq!(everything(again), everything(fresh), "{before}\n──\n{after}");
    }

    #[test]
    fn an_edit_reads_one_block_again() {
        let before = Reading::new(source(WHOLE), None);
        let blocks = before.tree.blocks.len();
        let edited = WHOLE.replacen("j+3:email", "j+4:email", 1);
        assert_ne!(edited, WHOLE);
        let mut expected: Vec<_> = before.known.keys().cloned().collect();
        let after = Reading::new(source(&edited), Some(before));
        assert_eq!(after.tree.blocks.len(), blocks);
        expected.retain(|key| !after.known.contains_key(key));
        assert_eq!(expected.len(), 1);
        same(WHOLE, &edited);
    }

    proptest! {
        /// Whatever is cut out or put in, the tree is the one that a fresh reading gives, each place included.
        #[test]
        fn any_edit_gives_what_a_fresh_reading_gives(
            at in 0..WHOLE.len(),
            length in 0..80usize,
            put in prop::sample::select(vec!["", " ", "é", "\"", "(", "\n", "# ", "à J+3 : ", "si ", "puis ", "test \"x\"\n", "and "]),
        ) {
            let start = (0..=at).rev().find(|i| WHOLE.is_char_boundary(*i)).unwrap_or(0);
            let end = (start + length..=WHOLE.len()).find(|i| WHOLE.is_char_boundary(*i)).unwrap_or(start);
            let edited = format!("{}{put}{}", &WHOLE[..start], &WHOLE[end.max(start)..]);
            same(WHOLE, &edited);
            same(&edited, WHOLE);
        }
    }
}
