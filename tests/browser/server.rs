//! A server at work beside the test, on a demonstration of its own.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// By which links in messages are signed, where a test has them.
pub const SECRET: &str = "de quoi signer les liens";

/// The executable, with nothing of the outside that could change what it says.
fn relance(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("TZ", "Europe/Paris").env("NO_COLOR", "1");
    command.env("RELANCE_ESPACE", SECRET);
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

    /// What a command says when it does not do it.
    pub fn refuses(&self, args: &[&str]) -> String {
        let done = relance(&self.project(), args).output().unwrap();
        assert!(!done.status.success(), "{args:?}");
        String::from_utf8(done.stderr).unwrap()
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
        Server::start_with(demo, &[])
    }

    /// Starts one with more arguments.
    pub fn start_with(demo: &Demo, more: &[&str]) -> Server {
        // Behind another address it does not tell its own.
        let behind =
            more.contains(&"--adresse").then(|| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let listens = behind.map_or_else(|| "127.0.0.1:0".to_owned(), |own| own.to_string());
        let mut child = relance(&demo.project(), &[&["serveur", "--ecoute", &listens], more].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (tell, said) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let line = said.recv_timeout(PATIENCE).unwrap();
        let first = line.split_whitespace().find(|word| word.contains("/premier-compte/")).map(str::to_owned);
        let told = line.split("http://").nth(1).and_then(|rest| rest.split(['/', ' ']).next());
        let address = format!("http://{}", behind.map_or_else(|| told.unwrap().to_owned(), |own| own.to_string()));
        Server { child, address, first, _said: said }
    }

    /// Asks it to end, as the system does.
    pub fn ask_to_end(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
    }

    /// How it ended.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
