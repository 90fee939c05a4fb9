//! A file as the formatter sees it: blocks, comments, and what stands between them that nobody understands.

use super::atoms::{self, Atom};
use crate::chunk::{self, Chunk};
use crate::diagnostic::Sink;
use crate::lex::{self, Kind, Token};
use crate::parse::{self, Rule};
use crate::source::Plain;
use crate::span::Span;
use std::ops::Range;

/// A comment and how it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    /// In the original, from `#`, without the blanks at its end.
    pub place: Span,
    /// Nothing but blanks before it on its line.
    pub alone: bool,
    /// An empty line before it.
    pub blank: bool,
    /// Blanks before it, when it is alone.
    pub indented: bool,
}

/// A block of the file.
#[derive(Debug)]
pub(super) struct Block {
    pub rule: Option<Rule>,
    /// In the original: its words; when it is kept, everything that is kept.
    pub place: Span,
    /// Its words in canonical form; `None` when it is kept as it stands.
    pub atoms: Option<Vec<Atom>>,
    /// Those within it that its atoms do not hold.
    pub inside: Vec<Comment>,
    /// Before it, from the end of the block before.
    pub before: Vec<Comment>,
    /// An empty line directly before it.
    pub blank: bool,
    /// It is kept, and begins on the line where the block before it ends, which is kept as well.
    pub joined: bool,
    /// At the end of its last line.
    pub end: Option<Comment>,
    /// The rules of the grammar that it is made of, and its tree without places.
    pub shape: (Vec<Rule>, String),
    /// It has the very words of a block that has been read, and was not read again.
    pub known: bool,
}

/// A file, cut.
pub(super) struct Pieces<'a> {
    pub original: &'a str,
    pub blocks: Vec<Block>,
    /// After the last block.
    pub after: Vec<Comment>,
}

/// What stands between two words.
#[derive(Default)]
struct Gap {
    comments: Vec<Comment>,
    /// Everything in it that is neither blank nor comment.
    foreign: Option<Span>,
    /// An empty line directly before the next word.
    blank: bool,
    /// Not even the end of a line before it.
    same_line: bool,
}

/// Characters that mean the end of a line.
pub(super) fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A text whose lines all end in `\n`.
pub(super) fn unix(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{2009}' | '\u{3000}' | '\u{200b}'
            ..='\u{200d}' | '\u{feff}' | '\u{ad}'
    )
}

/// Reads what stands in `range`; at the beginning of the file there is no line to be at the end of.
fn gap(original: &str, range: Range<usize>, at_start: bool) -> Gap {
    let mut gap = Gap::default();
    let mut lines = usize::from(at_start);
    let mut line_start = range.start;
    let mut rest = original.get(range.clone()).unwrap_or_default();
    let mut at = range.start;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        if c == '#' {
            length = rest.find(ends_line).unwrap_or(rest.len());
            let text = rest.get(..length).unwrap_or_default();
            gap.comments.push(Comment {
                place: Span { start: at, end: at + text.trim_end().len() },
                alone: lines > 0,
                blank: lines > 1,
                indented: at > line_start,
            });
            lines = 0;
        } else if ends_line(c) {
            if rest.starts_with("\r\n") {
                length = 2;
            }
            lines += 1;
            line_start = at + length;
        } else if !is_blank(c) {
            let place = Span { start: at, end: at + length };
            gap.foreign = Some(gap.foreign.map_or(place, |before| before.to(place)));
            lines = 0;
        }
        at += length;
        rest = original.get(at..range.end).unwrap_or_default();
    }
    gap.blank = lines > 1;
    gap.same_line = lines == 0;
    gap
}

/// A token that the reader of words had to mend before the grammar could see it.
fn mended(token: &Token, plain: &Plain, original: &str) -> bool {
    let place = plain.origin(token.start, token.end);
    let written = original.get(place.start..place.end).unwrap_or_default();
    let read = plain.text.get(token.start..token.end).unwrap_or_default();
    let same = Plain::new(written).text.trim() == read;
    // Other quotes than ours become ours without a word.
    let quoted = token.kind == Kind::Text
        && written.starts_with(['„', '“', '”'])
        && written.ends_with(['”', '"'])
        && written.chars().count() > 1;
    !(same || quoted)
}

impl<'a> Pieces<'a> {
    /// Cuts a file and reads its blocks.
    pub fn read(original: &'a str) -> Pieces<'a> {
        Pieces::read_after(original, None)
    }

    /// Cuts a file and reads those of its blocks that are not what stands at the same place of another one.
    pub fn read_after(original: &'a str, known: Option<&Pieces<'_>>) -> Pieces<'a> {
        let mut sink = Sink::new("");
        let (plain, tokens) = lex::read(Plain::new(original), original, &mut sink);
        let suspect = !sink.found.is_empty();
        let mut gaps = Vec::with_capacity(tokens.len() + 1);
        let mut from = 0;
        for token in &tokens {
            let place = plain.origin(token.start, token.end);
            gaps.push(gap(original, from..place.start, from == 0));
            from = place.end;
        }
        gaps.push(gap(original, from..original.len(), from == 0));
        let mut reader = Cutter { original, plain: &plain, tokens: &tokens, gaps, suspect, kept_before: false };
        let chunks = chunk::cut(&plain, &tokens);
        let same = |i: usize| known.and_then(|known| Some((known.blocks.get(i)?, known)));
        let blocks = chunks.iter().enumerate().map(|(i, chunk)| reader.block(chunk, same(i)));
        let blocks: Vec<Block> = blocks.collect();
        let mut last = reader.gaps.pop().unwrap_or_default();
        if let (true, Some(foreign)) = (blocks.is_empty(), last.foreign) {
            let kept = reader.kept_alone(foreign, &mut last);
            return Pieces { original, blocks: vec![kept], after: last.comments };
        }
        Pieces { original, blocks, after: last.comments }
    }

    /// The words of a place.
    pub fn written(&self, place: Span) -> &'a str {
        self.original.get(place.start..place.end).unwrap_or_default()
    }
}

struct Cutter<'a, 'p> {
    original: &'a str,
    plain: &'p Plain,
    tokens: &'p [Token],
    gaps: Vec<Gap>,
    suspect: bool,
    /// The block before is kept.
    kept_before: bool,
}

impl Cutter<'_, '_> {
    fn block(&mut self, chunk: &Chunk, same: Option<(&Block, &Pieces<'_>)>) -> Block {
        let tokens = self.tokens.get(chunk.tokens.clone()).unwrap_or_default();
        let first = chunk.tokens.start;
        let start = tokens.first().map_or(0, |token| self.plain.origin(token.start, token.end).start);
        let end = tokens.last().map_or(start, |token| {
            let place = self.plain.origin(token.start, token.end);
            let written = self.original.get(place.start..place.end).unwrap_or_default();
            place.start + written.trim_end().len()
        });
        let mut place = Span { start, end };
        let mut gap_before = self.take(first);
        // Foreign signs before the first word of the file are part of its first block.
        let foreign_before = gap_before.foreign.filter(|_| first == 0);
        let foreign_after = self.gaps.get(chunk.tokens.end).and_then(|gap| gap.foreign);
        let mut inside = Vec::new();
        // A word that is not understood may be what it is by what follows it on its line.
        let joined = gap_before.same_line && self.kept_before;
        let mut clean = foreign_before.is_none() && foreign_after.is_none() && !joined;
        for k in first + 1..chunk.tokens.end {
            let gap = self.take(k);
            clean &= gap.foreign.is_none();
            inside.extend(gap.comments);
        }
        clean &= !(self.suspect && tokens.iter().any(|token| mended(token, self.plain, self.original)));
        let known = clean
            && same.is_some_and(|(block, of)| {
                let written = self.original.get(place.start..place.end).unwrap_or_default();
                block.atoms.is_some() && block.rule == chunk.rule && of.written(block.place) == written
            });
        let pair = if clean && !known { parse::concrete(chunk, self.plain, tokens) } else { None };
        let blanks = |atom: &mut Atom| atom.blank = self.blank_before(tokens, atom.place.start);
        let read = pair.and_then(|pair| {
            let shape = super::proof::shape(&pair, self.plain, self.original, chunk.span.start);
            let mut atoms = atoms::read(pair, self.plain, self.original, chunk.span.start)?;
            atoms.iter_mut().filter(|atom| atom.line()).for_each(blanks);
            Some((atoms, shape))
        });
        let unread = (known.then(Vec::new), Default::default());
        let (atoms, shape) = read.map_or(unread, |(atoms, shape)| (Some(atoms), shape));
        let after = self.gaps.get_mut(chunk.tokens.end);
        let mut end = None;
        if atoms.is_none() {
            if let Some(foreign) = foreign_before {
                place = place.to(foreign);
                gap_before.comments.retain(|comment| comment.place.end <= foreign.start);
            }
            if let Some(gap) = after {
                extend(&mut place, gap);
            }
            let kept = self.original.get(place.start..place.end).unwrap_or_default();
            place.end = place.start + kept.trim_end().len();
        } else if let Some(gap) = after
            && gap.comments.first().is_some_and(|comment| !comment.alone)
        {
            end = Some(gap.comments.remove(0));
        }
        self.kept_before = atoms.is_none();
        let Gap { comments: before, blank, .. } = gap_before;
        Block { rule: chunk.rule, place, atoms, inside, before, blank, joined, end, shape, known }
    }

    /// Keeps the place of a gap, so that those after it keep theirs.
    fn take(&mut self, k: usize) -> Gap {
        self.gaps.get_mut(k).map(std::mem::take).unwrap_or_default()
    }

    fn blank_before(&self, tokens: &[Token], at: usize) -> bool {
        let k = tokens.partition_point(|token| self.plain.origin(token.start, token.end).start < at);
        let between = k
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .map_or(at, |token| self.plain.origin(token.start, token.end).end);
        gap(self.original, between..at, false).blank
    }

    /// A file without a single word.
    fn kept_alone(&self, foreign: Span, gap: &mut Gap) -> Block {
        let before: Vec<Comment> =
            gap.comments.iter().filter(|comment| comment.place.end <= foreign.start).copied().collect();
        let mut place = foreign;
        extend(&mut place, gap);
        Block {
            rule: None,
            place,
            atoms: None,
            inside: Vec::new(),
            before,
            blank: false,
            joined: false,
            end: None,
            shape: Default::default(),
            known: false,
        }
    }
}

/// What is kept goes up to the last foreign sign after it, and to the end of that line's comment.
fn extend(place: &mut Span, gap: &mut Gap) {
    if let Some(foreign) = gap.foreign {
        *place = place.to(foreign);
    }
    gap.comments.retain(|comment| comment.place.start >= place.end);
    if gap.comments.first().is_some_and(|comment| !comment.alone) {
        *place = place.to(gap.comments.remove(0).place);
    }
}
