//! Letters as PDF.

#[cfg(feature = "typst")]
mod characters;
#[cfg(feature = "typst")]
mod setting;

use crate::brief::Brief;
use crate::letter::Letter;
use serde::Serialize;

/// Whether this program was built with the typesetter.
pub const BUILT: bool = cfg!(feature = "typst");

/// Letters that are printed together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Print<'a> {
    /// What the file calls itself.
    pub title: &'a str,
    /// The letters, each of which begins on a new page.
    pub letters: &'a [Letter],
    /// Every letter begins on the front of a sheet.
    pub two_sided: bool,
}

/// A file to print.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheets {
    /// The PDF (PDF/A-2a, with every font in it).
    pub bytes: Vec<u8>,
    /// The number of pages of each letter, blank ones not counted.
    pub pages: Vec<usize>,
}

/// Why there is no PDF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// This program was built without the letters.
    NotBuilt,
    /// Nothing to print.
    Empty,
    /// The setting failed: a mistake of ours, in its words.
    Failed(String),
}

/// Sets letters. The same letters give the same bytes.
pub fn pdf(print: &Print<'_>) -> Result<Sheets, Refusal> {
    let Some(first) = print.letters.first() else { return Err(Refusal::Empty) };
    set(print, first)
}

/// Sets a litigation file. The same values give the same bytes.
pub fn brief_pdf(brief: &Brief) -> Result<Vec<u8>, Refusal> {
    set_brief(brief)
}

#[cfg(feature = "typst")]
use setting::{set, set_brief};

#[cfg(not(feature = "typst"))]
fn set(_: &Print<'_>, _: &Letter) -> Result<Sheets, Refusal> {
    Err(Refusal::NotBuilt)
}

#[cfg(not(feature = "typst"))]
fn set_brief(_: &Brief) -> Result<Vec<u8>, Refusal> {
    Err(Refusal::NotBuilt)
}
