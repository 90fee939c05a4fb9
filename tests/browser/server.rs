//! A server at work beside the test, on a demonstration of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The executable, with nothing of the outside that could change what it says.
fn relance(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("TZ", "Europe/Paris").env("NO_COLOR", "1");
    command
}

/// A demonstration that has lived its last business day.
pub struct Demo {
    folder: TempDir,
}

impl Demo {
    /// Makes it.
    pub fn new() -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let done = relance(folder.path(), &["demo"]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Demo { folder }
    }

    /// The project's folder.
    pub fn project(&self) -> PathBuf {
        self.folder.path().join("demo-relance")
    }

    /// What a command prints.
    pub fn prints(&self, args: &[&str]) -> String {
        let done = relance(&self.project(), args).output().unwrap();
        assert!(done.status.success(), "{args:?} : {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }
}

/// A running server; ended with its value.
pub struct Server {
    child: Child,
    /// Where it answers: `http://127.0.0.1:41234`.
    pub address: String,
    /// Where the first administrator is made.
    pub first: Option<String>,
    _said: Receiver<String>,
}

impl Server {
    /// Starts one at a free port.
    pub fn start(demo: &Demo) -> Server {
        let mut child = relance(&demo.project(), &["serveur", "--ecoute", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (tell, said) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let line = said.recv_timeout(PATIENCE).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        let first = url.contains("/premier-compte/").then(|| url.clone());
        let address = url.split('/').take(3).collect::<Vec<_>>().join("/");
        Server { child, address, first, _said: said }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
