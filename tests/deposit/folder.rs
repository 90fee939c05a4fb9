//! A project folder, and the program that cargo built for these tests.

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What the settings name, and its value.
pub const TOKEN: (&str, &str) = ("RELANCE_RECOMMANDES", "jeton-secret");

pub struct Folder(TempDir);

impl Folder {
    /// A fresh project with one scenario file.
    pub fn with(scenario: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.run(&["init"], 0);
        std::fs::remove_file(folder.0.path().join("scenarios/relances.relance")).unwrap();
        folder.write("scenarios/plan.relance", scenario);
        folder
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn append(&self, name: &str, text: &str) {
        let before = std::fs::read_to_string(self.0.path().join(name)).unwrap();
        self.write(name, &format!("{before}{text}"));
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_relance")));
        command.args(args).current_dir(self.0.path());
        command.env_clear().env(TOKEN.0, TOKEN.1).env("COLUMNS", "100").env("NO_COLOR", "1");
        command
    }

    /// Runs a command that has to end so; gives what it said, and what it complained of when it was to fail.
    pub fn run(&self, args: &[&str], code: i32) -> String {
        let done = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(done.stdout), text(done.stderr));
        assert_eq!(done.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        if code == 0 { out } else { out + &err }
    }

    pub fn journal(&self) -> Vec<Value> {
        Folder::lines(&self.run(&["journal", "--format", "jsonl"], 0))
    }

    pub fn lines(text: &str) -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
