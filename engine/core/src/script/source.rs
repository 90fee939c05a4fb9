//! The script files as one numbering of lines. rhai keeps no file name in a place, so each file is compiled with as many
//! empty lines before it as the files before it have: a line number then says which file it is in.

use super::problem::{Place, ScriptProblem};
use crate::machine::ScriptSource;
use rhai::Position;
use sha2::{Digest, Sha256};

/// The largest script file that is read.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// The most lines that all script files may have together: rhai counts lines on 16 bits.
const MAX_LINES: usize = 60_000;

#[derive(Default)]
pub(super) struct Sources {
    /// Path, and the number of lines before the file.
    files: Vec<(String, usize)>,
}

/// A file that can be compiled: its text, with the empty lines of the files before it.
pub(super) struct Padded {
    pub text: String,
    pub file: usize,
}

impl Sources {
    /// Orders the files by path and gives each its lines; a file too large is a problem.
    pub(super) fn new(files: &[ScriptSource]) -> (Sources, Vec<Padded>, Vec<ScriptProblem>) {
        let mut ordered: Vec<&ScriptSource> = files.iter().collect();
        ordered.sort_by(|a, b| a.path.cmp(&b.path));
        let (mut sources, mut padded, mut problems) = (Sources::default(), Vec::new(), Vec::new());
        let mut before = 0;
        for (index, file) in ordered.into_iter().enumerate() {
            let text = file.text.trim_start_matches('\u{feff}');
            let lines = text.bytes().filter(|b| *b == b'\n').count() + 1;
            sources.files.push((file.path.clone(), before));
            let start = Place { file: file.path.clone(), line: 1, column: 1 };
            if text.len() > MAX_FILE_BYTES {
                let size = text.len().div_ceil(1024);
                let message =
                    format!("ce fichier fait {size} Kio ; un script ne peut dépasser {} Kio", MAX_FILE_BYTES / 1024);
                problems
                    .push(ScriptProblem::new(start, message).help("répartissez ses fonctions en plusieurs fichiers"));
            } else if before + lines > MAX_LINES {
                let message = format!("les scripts du projet dépassent {MAX_LINES} lignes à partir de ce fichier");
                problems.push(ScriptProblem::new(start, message).help("retirez les fonctions qui ne servent plus"));
            } else {
                padded.push(Padded { text: format!("{}{text}", "\n".repeat(before)), file: index });
                before += lines;
            }
        }
        (sources, padded, problems)
    }

    /// The place of a position; `None` when rhai gives none.
    pub(super) fn place(&self, position: Position) -> Option<Place> {
        let line = position.line()?;
        let (file, before) = self.files.iter().rev().find(|(_, before)| *before < line)?;
        Some(Place { file: file.clone(), line: line - before, column: position.position().unwrap_or(1) })
    }

    /// The first character of a file.
    pub(super) fn start(&self, file: usize) -> Place {
        let path = self.files.get(file).map_or_else(String::new, |(path, _)| path.clone());
        Place { file: path, line: 1, column: 1 }
    }
}

/// A hash of the texts, in the order of their paths.
pub(super) fn digest(files: &[ScriptSource]) -> String {
    let mut ordered: Vec<&ScriptSource> = files.iter().collect();
    ordered.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for file in ordered {
        // The length keeps two files apart from one with the same bytes.
        hash.update((file.text.len() as u64).to_be_bytes());
        hash.update(file.text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
