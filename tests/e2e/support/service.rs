//! A service at work beside the test.

use super::Project;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A running service; killed with its value.
pub struct Running {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts one that writes JSON and answers at a free port.
    pub fn start(project: &Project, more: &[&str]) -> Running {
        Running::start_with(project, &[], more)
    }

    /// The same, with variables of the environment.
    pub fn start_with(project: &Project, variables: &[(&str, &str)], more: &[&str]) -> Running {
        let args = [&["service", "--ecoute", "127.0.0.1:0", "--journaux", "json"], more].concat();
        let variables = variables.iter().copied();
        let mut child =
            project.command(&args).envs(variables).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (out, kept) = (child.stderr.take().unwrap(), Arc::clone(&said));
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                kept.lock().unwrap().push(line.unwrap());
            }
        });
        Running { child, said, reader: Some(reader) }
    }

    /// Everything that it said until now.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    /// Waits until it has said something.
    pub fn hears(&self, what: &str) {
        until(&format!("« {what} » in\n{}", self.said()), || self.said().contains(what));
    }

    /// Status and text of one of its pages.
    pub fn page(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, "Accept: */*", "")
    }

    /// Status and text of an answer to a request with one more header.
    pub fn ask(&self, method: &str, path: &str, header: &str, body: &str) -> (u16, String) {
        self.hears("\"adresse\"");
        let said = self.said();
        let line = said.lines().find(|line| line.contains("\"adresse\"")).unwrap();
        let address = serde_json::from_str::<Value>(line).unwrap()["adresse"].as_str().unwrap().to_owned();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: essai\r\nConnection: close\r\n{header}\r\n");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Sends it a signal (`TERM`, `HUP` …).
    pub fn signal(&self, name: &str) {
        assert!(
            Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap().success()
        );
    }

    /// Waits until it ends; its exit code, and everything that it said: only JSON lines.
    pub fn ended(mut self) -> (Option<i32>, Vec<Value>) {
        let mut code = None;
        until("the service ends", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        self.reader.take().unwrap().join().unwrap();
        let lines = self.said().lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        (code.unwrap().code(), lines)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
