//! A project folder in a temporary place.

use super::binary::{self, Done};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The user's own sentence.
pub const SENTENCE: &str = "si retard >= 15j et segment = mauvais_payeur alors email ferme puis appel\n";

/// A project folder.
pub struct Project {
    dir: TempDir,
}

impl Project {
    /// An empty folder, no project yet.
    pub fn folder() -> Project {
        Project { dir: tempfile::tempdir().unwrap() }
    }

    /// A fresh project with one scenario file.
    pub fn with(scenario: &str) -> Project {
        let project = Project::folder();
        project.run(&["init"]).fine();
        std::fs::remove_file(project.path("scenarios/relances.relance")).unwrap();
        project.write("scenarios/plan.relance", scenario);
        project
    }

    /// A copy of the whole folder.
    pub fn copy(&self) -> Project {
        fn copy(from: &Path, to: &Path) {
            std::fs::create_dir_all(to).unwrap();
            for entry in from.read_dir().unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    copy(&entry.path(), &to.join(entry.file_name()));
                } else {
                    std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
                }
            }
        }
        let other = Project::folder();
        copy(self.dir.path(), other.dir.path());
        other
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Replaces a piece of a file, which must be there.
    pub fn replace(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(old), "`{old}` is not in {name}");
        self.write(name, text.replace(old, new));
    }

    /// Runs a command here.
    pub fn run(&self, args: &[&str]) -> Done {
        binary::run(self.dir.path(), args)
    }

    /// Runs a command here with environment variables.
    pub fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Done {
        Done::of(binary::command(self.dir.path(), args).envs(variables.iter().copied()).output().unwrap())
    }

    /// A command here, to be started.
    pub fn command(&self, args: &[&str]) -> std::process::Command {
        binary::command(self.dir.path(), args)
    }

    /// The whole journal.
    pub fn journal(&self) -> Vec<Value> {
        self.run(&["journal", "--format", "jsonl"]).fine().lines()
    }

    /// The messages in `envois`, by name.
    pub fn messages(&self, ending: &str) -> BTreeMap<String, Vec<u8>> {
        let Ok(folder) = self.path("envois").read_dir() else { return BTreeMap::new() };
        folder
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| ending.is_empty() || e == ending))
            // A hidden file is one whose writing was cut off.
            .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
            .collect()
    }
}
