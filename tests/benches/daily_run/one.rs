//! One run in a process of its own, as the program does it: its time and its memory are nobody else's.

use crate::portfolio::{PLAN, TODAY};
use relance_core::day::start_of_day;
use relance_core::machine::Channel;
use relance_core::simulate::People;
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, Delivery, Parcel, Runner, Sender};
use relance_engine::store;
use relance_tests::{ZONE, day, program, span};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant as Stopwatch;

/// Accepts everything at once: the run is measured, not a carrier.
struct Void;

impl Carrier for Void {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        parcels.iter().map(|_| Delivery::accepted()).collect()
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        Some(false)
    }

    fn claim_limit(&self, _: std::time::Duration) -> usize {
        512
    }
}

/// What a run took and did.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Seconds, from the first question to the base to the last commit.
    pub seconds: f64,
    /// Seconds of the run after it, when nothing is due any more.
    pub idle: f64,
    /// Messages accepted.
    pub sent: usize,
    /// Highest resident memory, in MB.
    pub memory: f64,
}

/// The run itself, in the process that [`start`] made: waits for a line, runs, tells.
pub async fn run(url: &str, folder: &Path, name: &str, on: &str) {
    let program = program(&[PLAN]);
    let on = day(if on.is_empty() { TODAY } else { on });
    let store = store::open(url, folder, "essai").await.unwrap();
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    store.put_in_force(&versions, program.digest, start_of_day(on, ZONE), false).await.unwrap();
    println!("prêt");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let sender = Sender::default();
    let runner = Runner {
        store: &*store,
        name,
        program: &program,
        carrier: &Void,
        sender: &sender,
        batch: CLIENTS_PER_BATCH,
        people: People::ABSENT,
        stop: None,
    };
    let watch = Stopwatch::now();
    let report = runner.run(span(on, on), |_, _| {}, |_, _| {}).await.unwrap();
    let seconds = watch.elapsed().as_secs_f64();
    let watch = Stopwatch::now();
    let again = runner.run(span(on, on), |_, _| {}, |_, _| {}).await.unwrap();
    let idle = watch.elapsed().as_secs_f64();
    assert_eq!(again.sent, 0, "a second run sends nothing");
    store.close().await;
    println!("{seconds} {idle} {} {}", report.sent, peak());
}

/// Highest resident memory of this process, in MB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// A runner that is ready to go.
pub struct Ready(Child, BufReader<std::process::ChildStdout>);

/// Starts a process with everything open.
pub fn start(url: &str, folder: &Path, name: &str, on: &str) -> Ready {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["un", url, &folder.display().to_string(), name, on]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert_eq!(line, "prêt\n");
    Ready(child, told)
}

impl Ready {
    /// Lets it run.
    pub fn go(&mut self) {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Measure {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        assert!(self.0.wait().unwrap().success());
        let numbers: Vec<f64> = line.split_whitespace().map(|n| n.parse().unwrap()).collect();
        let &[seconds, idle, sent, memory] = numbers.as_slice() else { panic!("{line}") };
        Measure { seconds, idle, sent: sent as usize, memory }
    }
}

/// One run of one process.
pub fn alone(url: &str, folder: &Path, on: &str) -> Measure {
    let mut ready = start(url, folder, "essai", on);
    ready.go();
    ready.ended()
}
