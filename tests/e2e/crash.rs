//! Killed at any moment, a run loses nothing and repeats nothing.

use crate::support::mail_server::MailServer;
use crate::support::{Project, keys, sent};
use relance_engine::store;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

pub const DAY: &str = "2026-03-19";
pub const CLIENTS: usize = 240;
const ROUNDS: u32 = 20;

/// Two waves: the second is decided by the outcomes of the first.
const PLAN: &str =
    "sans plafond\nà J+15 : email ferme puis sms ferme\nà J+15 : tâche \"Relire\"\nà J+14 : email courtois\n";

/// Small deterministic dice: the moments of the kills are the same on every machine, as shares of what there is.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

pub fn portfolio() -> Project {
    let project = Project::with(PLAN);
    let mut clients = "code;nom;email;portable\n".to_owned();
    let mut invoices = "numero;client;date_emission;date_echeance;montant_ttc\n".to_owned();
    for n in 0..CLIENTS {
        let _ = writeln!(clients, "C{n:03};Société n° {n};c{n}@client.example;06 39 98 {:02} {:02}", n / 100, n % 100);
        let _ = writeln!(invoices, "F{n:03}A;C{n:03};02/02/2026;04/03/2026;{},00", 100 + n);
        let _ = writeln!(invoices, "F{n:03}B;C{n:03};03/02/2026;05/03/2026;{},50", 200 + n);
    }
    project.write("donnees/clients.csv", clients);
    project.write("donnees/factures.csv", invoices);
    project.run(&["importer", "--le", "2026-03-16"]).fine();
    project
}

fn count(project: &Project) -> usize {
    let Ok(folder) = project.path("envois").read_dir() else { return 0 };
    let shown = |name: &str| !name.starts_with('.');
    folder.filter(|entry| entry.as_ref().is_ok_and(|e| shown(&e.file_name().to_string_lossy()))).count()
}

/// Starts the day's run and kills it once `enough` says so. Says whether it was still at work.
fn kill(project: &Project, enough: impl Fn() -> bool) -> bool {
    let mut child =
        project.command(&["executer", "--le", DAY]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !enough() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

/// Positions in each client's journal are 1, 2, 3 … without a gap.
fn positions_are_whole(project: &Project) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let rows = runtime.block_on(async {
        let store = store::open("sqlite://relance.db", &project.path("."), "principale").await.unwrap();
        store.journal(None, None, None, None).await.unwrap()
    });
    assert!(!rows.is_empty());
    let mut by_client: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for row in rows {
        by_client.entry(row.client).or_default().push(row.position);
    }
    for (client, mut positions) in by_client {
        positions.sort_unstable();
        let wanted: Vec<u64> = (1..=positions.len() as u64).collect();
        assert_eq!(positions, wanted, "{client}");
    }
}

/// What leaves, and when, by which rule.
fn departures(journal: &[Value]) -> BTreeSet<String> {
    journal.iter().filter(|l| l["evenement"] == "envoi").map(ToString::to_string).collect()
}

#[test]
fn killed_twenty_times_every_message_exists_once() {
    let base = portfolio();
    let calm = base.copy();
    let began = Instant::now();
    calm.run(&["executer", "--le", DAY]).fine();
    let length = began.elapsed();
    let (files, journal) = (calm.messages(""), calm.journal());
    let wanted_keys = keys(&sent(&journal, ""));
    assert_eq!(files.len(), CLIENTS * 3, "one e-mail for each invoice, one SMS for the highest rung");
    assert_eq!(wanted_keys.len(), files.len());
    positions_are_whole(&calm);

    let mut dice = Dice(20_260_319);
    let (mut cut_short, mut in_the_middle) = (0, 0);
    for round in 0..ROUNDS {
        let project = base.copy();
        // Every run is cut a second time while it mends the first cut; half by the clock, half by what is written.
        for cut in 0..2 {
            let killed = if (round + cut) % 2 == 0 {
                let share = u64::from(round) * 1_000 / u64::from(ROUNDS) + dice.below(50);
                let moment = length.mul_f64(share as f64 / 1_000.0);
                let began = Instant::now();
                kill(&project, || began.elapsed() >= moment)
            } else {
                let enough = dice.below(files.len() as u64) as usize;
                kill(&project, || count(&project) > enough)
            };
            cut_short += u32::from(killed);
            in_the_middle += u32::from(killed && (1..files.len()).contains(&count(&project)));
        }
        project.run(&["executer", "--le", DAY]).fine();
        let now = project.journal();
        assert!(keys(&sent(&now, "")) == wanted_keys, "round {round}: other keys");
        assert!(departures(&now) == departures(&journal), "round {round}: other sendings");
        assert!(!now.iter().any(|l| l["evenement"] == "doute"), "a folder can be asked: nothing stays in doubt");
        let messages = project.messages("");
        assert!(messages.keys().eq(files.keys()), "round {round}: other messages");
        assert!(messages == files, "round {round}: other bytes");
        positions_are_whole(&project);
        let after = project.run(&["executer", "--le", DAY]).fine();
        assert!(after.out.contains("Rien n’était dû"), "round {round}: {}", after.out);
        assert_eq!(count(&project), files.len(), "no half-written file is left in sight");
    }
    // Otherwise this proves nothing.
    assert!(cut_short >= ROUNDS / 2 && in_the_middle >= 3, "{cut_short} cut short, {in_the_middle} in the middle");
}

/// A mail server cannot be asked what it took: what was under way is in doubt, everything else leaves, nothing leaves twice.
#[test]
fn killed_in_front_of_a_mail_server_nothing_leaves_twice() {
    let base = portfolio();
    let all = CLIENTS * 2;
    let mut dice = Dice(7);
    let mut in_the_middle = 0;
    for round in 0..4 {
        let server = MailServer::plain();
        let project = base.copy();
        let settings =
            format!("[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\nport = {}\nsecurite = \"aucune\"\n", server.port);
        project.replace("relance.toml", "[email]\nmode = \"dossier\"\n", &settings);
        let enough = dice.below(all as u64) as usize;
        in_the_middle += u32::from(kill(&project, || server.received().len() > enough));
        let done = project.run(&["executer", "--le", DAY]).code(0);
        let mut ids = BTreeSet::new();
        for message in server.received() {
            let parsed = mail_parser::MessageParser::default().parse(&message.bytes).unwrap();
            assert!(ids.insert(parsed.message_id().unwrap().to_owned()), "round {round}: a message left twice");
        }
        let journal = project.journal();
        let left = keys(&sent(&journal, "email"));
        let doubts: Vec<&Value> = journal.iter().filter(|l| l["evenement"] == "doute").collect();
        assert_eq!(left.len() + doubts.len(), all, "round {round}: {}", done.told());
        assert!(ids.len() >= left.len() && ids.len() <= all, "round {round}");
        let state = project.run(&["etat", "--le", DAY, "--format", "json"]).fine().json();
        assert_eq!(state["en_doute"].as_array().unwrap().len(), doubts.len());
        // A few at most: what was claimed and not yet written down.
        assert!(doubts.len() <= 128, "round {round}: {} in doubt", doubts.len());
    }
    assert!(in_the_middle >= 1, "no run was cut short");
}
