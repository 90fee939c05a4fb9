//! The persisted daily run against its floor: 100,000 invoices of which 10,000 are due, on SQLite, and the same rows written in bulk.
//!
//! `cargo bench -p relance-tests --bench daily_run [-- INVOICES DUE]`. Both are taken in one run, alternating; the ratio is what counts.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use relance_core::day::{add_days, start_of_day};
use relance_core::incoming::{Customer, Incoming, Invoice, What};
use relance_core::machine::Channel;
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, Delivery, Parcel, Runner, Sender};
use relance_engine::store::{self, Intake, Store};
use relance_tests::{ZONE, day, program, span};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row};
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

const ROUNDS: usize = 5;
const PLAN: &str = "scénario general\n  sans plafond\n  à J+5 : email courtois\n  \
                    si retard >= 15j et reste_dû > 50 € et segment <> vip alors email ferme puis appel\n  à J+30 : email dernier_avis\n";

/// Accepts everything at once: the run is measured, not a carrier.
struct Void;

impl Carrier for Void {
    async fn deliver(&self, parcels: &[Parcel]) -> Vec<Delivery> {
        parcels.iter().map(|_| Delivery::accepted()).collect()
    }

    async fn was_sent(&self, _: Channel, _: &str) -> Option<bool> {
        Some(false)
    }

    fn claim_limit(&self) -> usize {
        512
    }
}

fn thing(id: String, client: &str, invoice: Option<String>, on: chrono::NaiveDate, what: What) -> Incoming {
    Incoming { id, client: client.to_owned(), invoice, effective: on, known: None, what }
}

/// Five invoices a client; every tenth or so is at J+15 on the day of the run, the others fall due later.
fn portfolio(invoices: usize, due: usize) -> Vec<Incoming> {
    let today = day("2026-03-18");
    let mut all = Vec::with_capacity(invoices * 2);
    for n in 0..invoices {
        let client = format!("C{:06}", n / 5);
        if n % 5 == 0 {
            let customer = Customer {
                name: format!("Client {client}"),
                segment: Some("mauvais_payeur".into()),
                email: Some(format!("{}@client.example", client.to_lowercase())),
                phone: Some("+33639980001".into()),
                ..Customer::default()
            };
            all.push(thing(format!("client:{client}"), &client, None, day("1970-01-01"), What::Customer(customer)));
        }
        let is_due = (n * due) / invoices != ((n + 1) * due) / invoices;
        let due_on = if is_due { add_days(today, -15) } else { add_days(today, 20 + (n % 40) as i64) };
        let amount = Amount::eur(10_000 + (n as i64 * 37) % 500_000);
        let invoice = Invoice::new(day("2026-02-01"), due_on, amount);
        let number = format!("F{n:07}");
        all.push(thing(format!("facture:{number}"), &client, Some(number), day("2026-02-01"), What::Invoice(invoice)));
    }
    all
}

async fn run(store: &dyn Store, program: &Program, on: chrono::NaiveDate) -> (Duration, usize) {
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    store.put_in_force(&versions, program.digest, start_of_day(on, ZONE), false).await.unwrap();
    let sender = Sender::default();
    let runner = Runner {
        store,
        name: "essai",
        program,
        carrier: &Void,
        sender: &sender,
        batch: CLIENTS_PER_BATCH,
        people: People::ABSENT,
        stop: None,
    };
    let watch = Stopwatch::now();
    let report = runner.run(span(on, on), |_, _| {}, |_, _| {}).await.unwrap();
    (watch.elapsed(), report.sent)
}

/// The rows that the run wrote, read back: the floor writes the same.
struct Rows {
    dossiers: Vec<String>,
    instances: Vec<String>,
    journal: Vec<String>,
    envois: Vec<String>,
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .unwrap()
}

async fn written(path: &Path, since: i64) -> Rows {
    let mut base = connect(path).await;
    let mut of = async |statement: &'static str| -> Vec<String> {
        let rows = sqlx::query(statement).bind(since).fetch_all(&mut base).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    Rows {
        dossiers: of("SELECT json_array(client, etat, reveil, raison) FROM dossiers d WHERE EXISTS \
                      (SELECT 1 FROM journal j WHERE j.entite = d.entite AND j.client = d.client AND j.le >= ?1)")
        .await,
        instances: of("SELECT json_array(client, facture, active, etat) FROM instances i WHERE EXISTS \
                       (SELECT 1 FROM journal j WHERE j.entite = i.entite AND j.client = i.client AND j.facture = i.facture AND j.le >= ?1)")
        .await,
        journal: of("SELECT json_array(client, position, le, facture, entree, hex(condensat), hex(chaine)) FROM journal WHERE le >= ?1").await,
        envois: of("SELECT json_array(client, cle, facture, canal, statut, ouverte, decide_le, message) FROM envois WHERE decide_le >= ?1").await,
    }
}

/// Writes the same rows in bulk into the same base, as it was before the run: one transaction, 1,000 rows a statement.
async fn floor(path: &Path, rows: &Rows) -> Duration {
    let mut base = connect(path).await;
    let watch = Stopwatch::now();
    let mut tx = base.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let statements = [
        (
            "INSERT INTO dossiers(entite, client, etat, reveil, raison) SELECT 'essai', value->>0, value->>1, value->>2, value->>3 \
             FROM json_each(?1) WHERE true ON CONFLICT DO UPDATE SET etat = excluded.etat, reveil = excluded.reveil, raison = excluded.raison",
            &rows.dossiers,
        ),
        (
            "INSERT INTO instances(entite, client, facture, active, etat) SELECT 'essai', value->>0, value->>1, value->>2, value->>3 \
             FROM json_each(?1) WHERE true ON CONFLICT DO UPDATE SET active = excluded.active, etat = excluded.etat",
            &rows.instances,
        ),
        (
            "INSERT INTO journal(entite, client, position, le, facture, entree, condensat, chaine) \
             SELECT 'essai', value->>0, value->>1, value->>2, value->>3, value->>4, unhex(value->>5), unhex(value->>6) FROM json_each(?1)",
            &rows.journal,
        ),
        (
            "INSERT INTO envois(entite, client, cle, facture, canal, statut, ouverte, decide_le, message) \
             SELECT 'essai', value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?1)",
            &rows.envois,
        ),
    ];
    for (statement, rows) in statements {
        for chunk in rows.chunks(1_000) {
            let json = format!("[{}]", chunk.join(","));
            sqlx::query(statement).bind(json).execute(&mut *tx).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    watch.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (invoices, due) = (numbers.first().copied().unwrap_or(100_000), numbers.get(1).copied().unwrap_or(10_000));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (before, after, bare) =
            (folder.path().join("avant.db"), folder.path().join("apres.db"), folder.path().join("plancher.db"));
        let program = program(&[PLAN]);
        let today = day("2026-03-18");
        let store = store::open("avant.db", folder.path(), "essai").await.unwrap();
        let watch = Stopwatch::now();
        let at = start_of_day(day("2026-03-17"), ZONE);
        let (incoming, report) = (portfolio(invoices, due), serde_json::Value::Null);
        let intake = Intake { incoming: &incoming, payments: true, at, zone: ZONE, report: &report };
        store.take_in(&intake).await.unwrap();
        println!("importé      {invoices} factures en {:.2} s", watch.elapsed().as_secs_f64());
        let (time, _) = run(&*store, &program, day("2026-03-17")).await;
        println!("pris en charge             {:.2} s", time.as_secs_f64());
        store.close().await;
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            for file in [&after, &bare] {
                for suffix in ["-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
                }
                std::fs::copy(&before, file).unwrap();
            }
            let store = store::open("apres.db", folder.path(), "essai").await.unwrap();
            let (time, sent) = run(&*store, &program, today).await;
            let (idle, _) = run(&*store, &program, today).await;
            store.close().await;
            let rows = written(&after, start_of_day(today, ZONE).timestamp_micros()).await;
            let bulk = floor(&bare, &rows).await;
            println!(
                "tour {}: {sent} messages, {} + {} + {} + {} lignes ; exécution {:.3} s, plancher {:.3} s, rapport {:.2} ; rien de dû {:.1} ms",
                round + 1,
                rows.dossiers.len(),
                rows.instances.len(),
                rows.journal.len(),
                rows.envois.len(),
                time.as_secs_f64(),
                bulk.as_secs_f64(),
                time.as_secs_f64() / bulk.as_secs_f64(),
                idle.as_secs_f64() * 1_000.0,
            );
            ours.push(time);
            floors.push(bulk);
        }
        let (ours, floors) = (median(ours), median(floors));
        println!(
            "médianes     exécution {:.3} s ({:.0} factures dues/s), plancher {:.3} s, rapport {:.2}",
            ours.as_secs_f64(),
            due as f64 / ours.as_secs_f64(),
            floors.as_secs_f64(),
            ours.as_secs_f64() / floors.as_secs_f64()
        );
    });
}
