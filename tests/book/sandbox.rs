//! A temporary folder in which a page's commands are run with the built `relance`.

use crate::blocks::Block;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The program, built with the profile and the features of this very test.
pub fn relance() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_relance"))
}

/// What a command answered.
pub struct Answer {
    /// Its exit code.
    pub code: i32,
    /// What it printed: standard output, then standard error.
    pub text: String,
}

/// A folder of its own.
pub struct Sandbox {
    top: TempDir,
    here: PathBuf,
    /// What pages wrote piece by piece, by page and file.
    parts: BTreeMap<(String, String), String>,
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Sandbox {
        let top = tempfile::tempdir().unwrap();
        let here = top.path().to_owned();
        Sandbox { top, here, parts: BTreeMap::new() }
    }

    /// One that holds what `relance init` makes, with the two people of the company that the pages name.
    pub fn project() -> Sandbox {
        let sandbox = Sandbox::new();
        assert_eq!(sandbox.relance(&["init"]).code, 0);
        let path = sandbox.here.join("relance.toml");
        let people = "\n[personnes.direction]\nemail = \"direction@exemple.fr\"\n\n[personnes.commercial]\nemail = \"commercial@exemple.fr\"\n";
        fs::write(&path, fs::read_to_string(&path).unwrap() + people).unwrap();
        sandbox
    }

    /// Writes a file, with its folders.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.here.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a block into its file; what the same page wrote there before stays above it.
    pub fn add(&mut self, block: &Block) {
        let page = block.place.split(':').next().unwrap().to_owned();
        let before = self.parts.entry((page, block.file.clone())).or_default();
        before.push_str(&block.text);
        let text = before.clone();
        self.write(&block.file, &text);
    }

    /// Runs `relance` here.
    pub fn relance(&self, arguments: &[&str]) -> Answer {
        let output = Command::new(relance()).args(arguments).current_dir(&self.here).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        Answer { code: output.status.code().unwrap(), text }
    }

    /// Runs a line of a page: `relance …`, `cargo run --release -- …` (the same program), or `cd …`.
    pub fn line(&mut self, line: &str) -> Answer {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["relance", arguments @ ..] | ["cargo", "run", "--release", "--", arguments @ ..] => {
                self.relance(arguments)
            }
            ["cd", folder] => {
                self.here = self.here.join(folder);
                assert!(self.here.starts_with(self.top.path()) && self.here.is_dir(), "{line}");
                Answer { code: 0, text: String::new() }
            }
            _ => panic!("commande inconnue : {line}"),
        }
    }
}

/// The words of a command line; a text in quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => rest[1..].split_once(first).unwrap_or_else(|| panic!("guillemet ouvert : {line}")),
            _ => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}
