//! The canonical form, as edits: of a file, or of the blocks that a selection touches.

use super::Edit;
use super::reading::{self, Reading};
use super::workspace::Workspace;
use crate::format::format;
use crate::source::Source;
use crate::span::Span;

/// The edits that bring a file into its canonical form; `None` when the formatter refuses it.
pub fn format_file(workspace: &Workspace, path: &str) -> Option<Vec<Edit>> {
    let reading = workspace.reading(path)?;
    let formatted = format(&reading.source).ok().filter(|done| done.defect.is_none())?;
    let whole = Span { start: 0, end: reading.text().len() };
    Some(changed(path, reading.text(), whole, &formatted.text).into_iter().collect())
}

/// The edits that bring the blocks of a range into canonical form.
pub fn format_range(workspace: &Workspace, path: &str, range: Span) -> Option<Vec<Edit>> {
    let reading = workspace.reading(path)?;
    let formatted = format(&reading.source).ok().filter(|done| done.defect.is_none())?;
    let done = Reading::new(Source { path: path.to_owned(), bytes: formatted.text.clone().into_bytes() }, None);
    if done.words.chunks.len() != reading.words.chunks.len() {
        return Some(Vec::new());
    }
    let mut edits = Vec::new();
    for (before, after) in reading.words.chunks.iter().zip(&done.words.chunks) {
        let place = reading::place(before, &reading.words);
        if place.end < range.start || place.start > range.end {
            continue;
        }
        let from = margin(reading.text(), place);
        let to = margin(done.text(), reading::place(after, &done.words));
        let text = done.text().get(to.start..to.end).unwrap_or_default();
        edits.extend(changed(path, reading.text(), from, text));
    }
    Some(edits)
}

/// A block with the blanks before it, when it begins its line.
fn margin(text: &str, place: Span) -> Span {
    let before = text.get(..place.start).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let alone = before.get(line..).is_some_and(|margin| margin.trim().is_empty());
    Span { start: if alone { line } else { place.start }, end: place.end }
}

/// The one edit from what stands in a range to what should, without the lines that are the same at both ends.
fn changed(path: &str, text: &str, range: Span, should: &str) -> Option<Edit> {
    let stands = text.get(range.start..range.end)?;
    if stands == should {
        return None;
    }
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(stands), lines(should));
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let shorter = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take(shorter).take_while(|(a, b)| a == b).count();
    let length = |lines: &[String]| lines.iter().map(String::len).sum::<usize>();
    let start = range.start + length(old.get(..same).unwrap_or_default());
    let end = range.end - length(old.get(old.len() - tail..).unwrap_or_default());
    let text = new.get(same..new.len() - tail).unwrap_or_default().concat();
    Some(Edit { file: path.to_owned(), span: Span { start, end }, text })
}
