//! The executable under test, and what it said.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Words that only a library's own messages, or a crash, would say.
const FOREIGN: [&str; 16] = [
    "panicked",
    "RUST_BACKTRACE",
    "Usage",
    "error:",
    "tip:",
    "possible values",
    "For more information",
    "No such file",
    "Permission denied",
    "Is a directory",
    "os error",
    "error returned from database",
    "file is not a database",
    "unable to open",
    "Connection refused",
    "invalid ",
];

/// Path of `relance`, built with the profile and the features of this very test.
pub fn path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_relance"))
}

/// The executable in a folder, with nothing of the outside that could change what it says.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("TZ", "Pacific/Auckland").env("COLUMNS", "100").env("NO_COLOR", "1");
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Done {
    /// Reads how a command ended; whatever it said must be French.
    pub fn of(output: Output) -> Done {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
        let done = Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        for word in FOREIGN {
            assert!(!done.err.contains(word) && !done.out.contains(word), "« {word} » in {done:#?}");
        }
        done
    }

    /// The command must have ended well, without a word of complaint.
    pub fn fine(self) -> Done {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:#?}");
        self
    }

    /// The command must have ended with this code.
    pub fn code(self, code: i32) -> Done {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Everything, for a snapshot.
    pub fn told(&self) -> String {
        let code = self.code.map_or("tué".to_owned(), |code| code.to_string());
        format!("{}{}[code {code}]\n", self.out, self.err)
    }

    /// Standard output as JSON lines.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Standard output as one JSON value.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Runs the executable in a folder.
pub fn run(folder: &Path, args: &[&str]) -> Done {
    Done::of(command(folder, args).output().unwrap())
}
