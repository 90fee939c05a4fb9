//! One block as lines: cut at fixed places when it is too wide, and wherever a comment ends a line.

use super::atoms::{Atom, Break};
use super::pieces::{Comment, Pieces};
use std::ops::Range;

/// Columns of a line of rules; comments may go beyond.
const WIDTH: usize = 100;
/// What continues a line is set in by as much.
const CONTINUED: usize = 4;
/// The lines of a test, and everything under a header.
pub(super) const INDENT: usize = 2;

/// Where a wide line is cut, the best places first.
const CUTS: [Break; 6] = [Break::Body, Break::Then, Break::Or, Break::And, Break::Nested, Break::Joint];

/// Writes a block without the end of its last line.
pub(super) fn write(out: &mut String, pieces: &Pieces<'_>, atoms: &[Atom], inside: &[Comment], indent: usize) {
    let base = if atoms.iter().any(Atom::line) { indent + INDENT } else { indent };
    let first_of_test = atoms.iter().position(Atom::line);
    let mut notes = inside.iter().peekable();
    for line in lines(atoms, inside, indent) {
        let begins_line = atoms.get(line.start).is_some_and(Atom::line);
        // A comment inside of a literal stands before it.
        let end = atoms.get(line.start).map_or(0, |atom| atom.place.end);
        let (mut after_note, mut apart) = (false, first_of_test != Some(line.start));
        while let Some(note) = notes.next_if(|note| line.start > 0 && note.place.start < end) {
            if note.alone || after_note {
                if begins_line && note.blank && apart {
                    out.push('\n');
                }
                out.push('\n');
                margin(out, if begins_line { base } else { base + CONTINUED });
                apart = true;
            } else {
                out.push_str("  ");
            }
            out.push_str(pieces.written(note.place));
            after_note = true;
        }
        if line.start > 0 {
            let blank = atoms.get(line.start).is_some_and(|atom| atom.blank);
            if begins_line && blank && apart {
                out.push('\n');
            }
            out.push('\n');
        }
        margin(
            out,
            if line.start == 0 {
                indent
            } else if begins_line {
                base
            } else {
                base + CONTINUED
            },
        );
        out.push_str(&text(atoms.get(line).unwrap_or_default()));
    }
}

fn margin(out: &mut String, width: usize) {
    out.extend(std::iter::repeat_n(' ', width));
}

fn text(atoms: &[Atom]) -> String {
    let mut text = String::new();
    for (i, atom) in atoms.iter().enumerate() {
        if i > 0 && !atom.glued {
            text.push(' ');
        }
        text.push_str(&atom.text);
    }
    text
}

/// The lines of a block, as ranges of its atoms.
fn lines(atoms: &[Atom], inside: &[Comment], indent: usize) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> =
        (0..atoms.len()).filter(|i| *i == 0 || atoms.get(*i).is_some_and(Atom::line)).collect();
    starts.extend(inside.iter().map(|note| atoms.partition_point(|atom| atom.place.end <= note.place.start)));
    starts.retain(|start| *start < atoms.len());
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).copied().chain([atoms.len()]);
    let mut lines: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    let wide = |line: &Range<usize>| {
        let margin = if line.start == 0 { indent } else { indent + CONTINUED };
        let width = text(atoms.get(line.clone()).unwrap_or_default()).chars().count();
        margin + width > WIDTH
    };
    // One part that is too wide puts what the rule does on lines of its own.
    for cut in CUTS {
        lines =
            lines.into_iter().flat_map(|line| if wide(&line) { split(atoms, line, cut) } else { vec![line] }).collect();
    }
    lines
}

fn split(atoms: &[Atom], line: Range<usize>, cut: Break) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = line.start;
    for i in line.clone().skip(1) {
        if atoms.get(i).is_some_and(|atom| atom.cut == cut) {
            parts.push(start..i);
            start = i;
        }
    }
    parts.push(start..line.end);
    parts
}
