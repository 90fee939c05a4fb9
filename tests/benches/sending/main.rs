//! Sending, rendered and journaled, against its floor: due invoices on SQLite, the real runner, the ready templates, and a mail server on
//! loopback; beside it the same server given one constant message again and again, with no base.
//!
//! `cargo bench -p relance-tests --bench sending [-- MESSAGES]`. Both are taken in one run, alternating; the ratio is what counts.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod floor;
mod sink;

use relance_core::day::{add_days, start_of_day};
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_engine::config::Config;
use relance_engine::payment_link::PaymentLinks;
use relance_engine::runner::{CLIENTS_PER_BATCH, Mailroom, Runner, Sender};
use relance_engine::store::{self, Intake};
use relance_engine::template::Library;
use relance_tests::{ZONE, day, program, span};
use sink::Sink;
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 3;
const PLAN: &str = "scénario general\n  sans plafond\n  à J+15 : email ferme\n";

fn thing(id: String, client: &str, invoice: Option<String>, on: chrono::NaiveDate, what: What) -> Incoming {
    Incoming { id, client: client.to_owned(), invoice, effective: on, known: None, said: None, what }
}

/// One invoice a client, all of them at J+15 on the day of the run.
fn portfolio(messages: usize) -> Vec<Incoming> {
    let mut all = Vec::with_capacity(messages * 2);
    for n in 0..messages {
        let (client, number) = (format!("C{n:06}"), format!("F{n:06}"));
        let customer = Customer {
            name: format!("Société {n}"),
            segment: Some("mauvais_payeur".into()),
            email: Some(format!("compta@client{n}.example")),
            ..Customer::default()
        };
        all.push(thing(format!("client:{client}"), &client, None, day("1970-01-01"), What::Customer(customer)));
        let amount = Amount::eur(10_000 + (n as i64 * 37) % 500_000);
        let invoice = Invoice::new(day("2026-02-01"), add_days(day("2026-03-18"), -15), amount);
        all.push(thing(format!("facture:{number}"), &client, Some(number), day("2026-02-01"), What::Invoice(invoice)));
    }
    all
}

/// The pack's own settings, with the sink as mail server.
fn settings(pack: &Path, port: u16, connections: usize) -> Config {
    let text = std::fs::read_to_string(pack.join("relance.toml")).unwrap();
    let server = format!(
        "[email]\nmode = \"smtp\"\nhote = \"127.0.0.1\"\nport = {port}\nsecurite = \"aucune\"\nconnexions = {connections}\n"
    );
    let text = text.replace("[email]\nmode = \"dossier\"\ndossier = \"envois\"\n", &server);
    Config::parse(&text, Path::new("relance.toml")).unwrap()
}

/// A base with everything imported, on which a day is run.
async fn ours(
    folder: &Path,
    program: &Program,
    messages: usize,
    connections: usize,
    sink: &Sink,
) -> (Duration, Duration) {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let name = format!("essai-{connections}.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{name}{suffix}")));
    }
    let store = store::open(&name, folder, "essai").await.unwrap();
    let (incoming, report) = (portfolio(messages), serde_json::Value::Null);
    let at = start_of_day(day("2026-03-17"), ZONE);
    store.take_in(&Intake { incoming: &incoming, payments: true, at, zone: ZONE, report: &report }).await.unwrap();
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    store.put_in_force(&versions, program.digest, at, false).await.unwrap();
    let config = settings(&pack, sink.port, connections);
    let mailroom = Mailroom::open(&config, folder, Library::load(&pack).0).unwrap();
    let sender =
        Sender { creditor: (&config.creditor).into(), links: PaymentLinks::new(&config).unwrap(), portal: None };
    let runner = Runner {
        store: &*store,
        name: "essai",
        program,
        carrier: &mailroom,
        sender: &sender,
        batch: CLIENTS_PER_BATCH,
        people: People::ABSENT,
        stop: None,
    };
    // Taken over the day before: the run only has to send.
    runner.run(span(day("2026-03-17"), day("2026-03-17")), |_, _| {}, |_, _| {}).await.unwrap();
    let before = sink.taken();
    let (watch, work) = (Stopwatch::now(), cpu());
    let report = runner.run(span(day("2026-03-18"), day("2026-03-18")), |_, _| {}, |_, _| {}).await.unwrap();
    let (time, work) = (watch.elapsed(), cpu().saturating_sub(work));
    assert_eq!((report.sent, sink.taken() - before), (messages, messages), "{:?}", report.incidents.first());
    assert_eq!(store.outbox_counts().await.unwrap().sent, messages as i64, "every message is journaled");
    store.close().await;
    (time, work)
}

/// The work of all threads so far, the mail server's included: it does not depend on what else the machine does. Linux only.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|i| fields.get(*i)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    let messages: usize = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(5_000);
    let sink = Sink::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let program = program(&[PLAN]);
        for connections in [1, 16] {
            let (mut whole, mut bare) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                let (time, work) = ours(folder.path(), &program, messages, connections, &sink).await;
                let before = cpu();
                whole.push(time);
                bare.push(floor::send(sink.port, messages, connections).await);
                let each = |work: Duration| work.as_micros() / messages as u128;
                println!(
                    "{connections} connexion(s), tour {} : {:.3} s, plancher {:.3} s ; calcul par message, puits compris : {} µs, {} µs",
                    round + 1,
                    whole[round].as_secs_f64(),
                    bare[round].as_secs_f64(),
                    each(work),
                    each(cpu().saturating_sub(before)),
                );
            }
            let (whole, bare) = (median(whole), median(bare));
            println!(
                "{connections} connexion(s), médianes : {:.0} messages/s, plancher {:.0} messages/s, rapport {:.2}",
                messages as f64 / whole,
                messages as f64 / bare,
                whole / bare
            );
        }
    });
}
