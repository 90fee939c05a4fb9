//! The executable under test, built once, and what it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

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

/// Path of `relance`, built with the profile of this very test.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        // <target>/<profile>/deps/e2e-…
        let profile = test.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        cargo.args(["build", "--quiet", "-p", "relance", "--bin", "relance", "--message-format=json"]);
        cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        cargo.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        // What cargo tells this test about its own package would make build scripts run again, and all that follows from them.
        for (name, _) in std::env::vars_os() {
            let told = name.to_string_lossy();
            if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") || told == "OUT_DIR" {
                cargo.env_remove(&name);
            }
        }
        let built = cargo.stderr(Stdio::inherit()).output().expect("cargo runs");
        assert!(built.status.success(), "`relance` does not build");
        let messages = String::from_utf8(built.stdout).unwrap();
        let executable = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from));
        executable.expect("cargo names the executable")
    })
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
