//! The plug pulled again and again, in front of a real mail server: runners killed, the base's server killed. What the mail server took is
//! the truth that the base is held against.
//!
//! `COUPS=200 cargo test --release -p relance --test e2e unplugged -- --nocapture --test-threads 1` does it 200 times on each base and
//! prints the counts of docs/performances.md.

use crate::crash::{CLIENTS, DAY, Dice, portfolio};
use crate::support::mail_server::MailServer;
use crate::support::{Done, Project, keys, sent};
use relance_tests::postgres::Server;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How often the plug is pulled between the import and the run that is left alone.
const KILLS_A_ROUND: u32 = 5;
/// Messages of the day, all by e-mail.
const DUE: usize = CLIENTS * 2;

/// How often the plug is pulled on each kind of base: `COUPS`, or so often.
pub fn wanted(least: u32) -> u32 {
    std::env::var("COUPS").ok().and_then(|text| text.parse().ok()).unwrap_or(least)
}

/// What was seen over all rounds.
#[derive(Default, Debug)]
pub struct Count {
    pub rounds: u32,
    runners_killed: u32,
    servers_killed: u32,
    pub in_the_middle: u32,
    due: usize,
    once: usize,
    twice: usize,
    lost: usize,
    doubts: usize,
    doubts_gone: usize,
}

impl Count {
    /// What became of the messages: a line of docs/performances.md.
    pub fn told(&self) -> String {
        format!(
            "{} fois en pleine expédition ; {} messages dus, {} partis une fois, {} perdus, {} en double, {} en doute et listés (dont {} partis)",
            self.in_the_middle, self.due, self.once, self.lost, self.twice, self.doubts, self.doubts_gone
        )
    }
}

/// A project, where its base is, and the mail server that its messages go to.
pub struct Site {
    project: Project,
    base: String,
    mail: MailServer,
}

impl Site {
    pub fn new(model: &Project, base: String) -> Site {
        let (project, mail) = (model.copy(), MailServer::plain());
        let settings =
            format!("[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\nport = {}\nsecurite = \"aucune\"\n", mail.port);
        project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &settings);
        Site { project, base, mail }
    }

    pub fn run(&self, args: &[&str]) -> Done {
        self.project.run(&[&["--base", &self.base], args].concat())
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, content: &str) {
        self.project.write(name, content);
    }

    /// Starts the day's run.
    pub fn start(&self) -> Child {
        let mut command = self.project.command(&["--base", &self.base, "executer", "--le", DAY]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Whether the mail server has taken some of the messages, and not all.
    pub fn is_in_the_middle(&self) -> bool {
        (1..DUE).contains(&self.mail.taken())
    }

    /// Starts runners, waits until some messages more have left, or for every other `kill` until a moment has passed, and kills them. Says
    /// how many were at work.
    fn kill_runners(&self, how_many: usize, kill: u32, dice: &mut Dice, before: impl FnOnce()) -> u32 {
        let mut children: Vec<Child> = (0..how_many).map(|_| self.start()).collect();
        let (began, enough) = (Instant::now(), self.mail.taken() + dice.below(90) as usize);
        let patience = Duration::from_millis(dice.below(1_500));
        let by_the_clock = kill % 2 == 1;
        while if by_the_clock { began.elapsed() < patience } else { self.mail.taken() <= enough } {
            if children.iter_mut().all(|child| child.try_wait().unwrap().is_some()) {
                break;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        before();
        let mut killed = 0;
        for mut child in children {
            killed += u32::from(child.try_wait().unwrap().is_none());
            let _ = child.kill();
            child.wait().unwrap();
        }
        killed
    }

    /// Does what is left, and holds what the base says against what the mail server took.
    pub fn judge(&self, count: &mut Count) {
        self.run(&["executer", "--le", DAY]).code(0);
        assert!(self.run(&["executer", "--le", DAY]).out.contains("Rien n’était dû"));
        count.rounds += 1;
        let mut ids = BTreeSet::new();
        for message in self.mail.received() {
            let parsed = mail_parser::MessageParser::default().parse(&message.bytes).unwrap();
            count.twice += usize::from(!ids.insert(parsed.message_id().unwrap().to_owned()));
        }
        let journal = self.run(&["journal", "--format", "jsonl"]).fine().lines();
        let left = keys(&sent(&journal, "email")).len();
        let state = self.run(&["etat", "--le", DAY, "--format", "json"]).json();
        let doubts = state["en_doute"].as_array().unwrap().len();
        count.due += DUE;
        count.doubts += doubts;
        count.doubts_gone += ids.len() - left;
        count.once += ids.len();
        // What the base calls sent has been taken; what it does not, it lists.
        count.lost += DUE - left - doubts;
        assert!(ids.len() >= left && ids.len() <= left + doubts, "{count:?}");
        assert!(self.run(&["verifier-journal"]).fine().out.contains("le journal est entier"));
        self.run(&["rejouer"]).fine();
    }
}

impl Count {
    /// Nothing may be lost, and nothing may have left twice.
    pub fn end(&self) {
        assert_eq!((self.lost, self.twice), (0, 0), "{self:?}");
        assert_eq!(self.once + self.doubts - self.doubts_gone, self.due, "{self:?}");
        // Otherwise this proves nothing.
        assert!(self.in_the_middle > 0, "{self:?}");
    }
}

/// One plan of e-mails only: what a mail server took can be counted.
pub fn model() -> Project {
    let model = portfolio();
    model.write("scenarios/plan.relance", "sans plafond\nà J+14 : email courtois\n");
    model
}

#[test]
fn unplugged_on_a_file() {
    let (model, mut dice, mut count) = (model(), Dice(11), Count::default());
    while count.runners_killed < wanted(KILLS_A_ROUND - 1) {
        let site = Site::new(&model, "sqlite://relance.db".to_owned());
        for kill in 0..KILLS_A_ROUND {
            count.runners_killed += site.kill_runners(1, kill, &mut dice, || {});
            count.in_the_middle += u32::from(site.is_in_the_middle());
        }
        site.judge(&mut count);
        assert!(count.rounds < 10 * wanted(KILLS_A_ROUND - 1), "{count:?}");
    }
    println!("SQLite : {} coureurs tués, {}", count.runners_killed, count.told());
    count.end();
}

#[test]
fn unplugged_on_a_server() {
    let Some(mut server) = Server::with(&[]) else { return };
    let (model, mut dice, mut count) = (model(), Dice(12), Count::default());
    let first = server.create("avant");
    model.run(&["--base", &first, "importer", "--le", "2026-03-16"]).fine();
    while count.runners_killed < wanted(KILLS_A_ROUND - 1) {
        let name = format!("tour_{}", count.rounds);
        assert!(server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE avant")));
        let site = Site::new(&model, server.url(&name));
        for kill in 0..KILLS_A_ROUND {
            let taken = Cell::new(false);
            let base_too = kill % 3 == 2;
            let killed = site.kill_runners(2, kill, &mut dice, || {
                if base_too {
                    server.kill();
                    server.restart();
                    taken.set(true);
                    // The runners insist; they are killed while they find their way again.
                    std::thread::sleep(Duration::from_millis(300));
                }
            });
            count.runners_killed += killed;
            count.servers_killed += u32::from(taken.get());
            count.in_the_middle += u32::from(site.is_in_the_middle());
            // Two minutes pass: the leases of the dead run out.
            assert!(server.sql(&name, "UPDATE prises SET bail = 0"));
        }
        site.judge(&mut count);
        assert!(server.sql("postgres", &format!("DROP DATABASE {name}")));
        assert!(count.rounds < 10 * wanted(KILLS_A_ROUND - 1), "{count:?}");
    }
    let (runners, servers) = (count.runners_killed, count.servers_killed);
    println!("PostgreSQL : {runners} coureurs et {servers} serveurs de base tués, {}", count.told());
    count.end();
    assert!(count.servers_killed > 0, "{count:?}");
}
