//! The persisted daily run against its floor: the same rows written in bulk into the same base.
//!
//! `cargo bench -p relance-tests --bench daily_run [-- WHAT]`, where WHAT is
//! `sqlite INVOICES DUE ROUNDS` (100,000, 10,000 and 5 without it), `postgres INVOICES DUE ROUNDS`, `coureurs INVOICES DUE` (one runner and two on PostgreSQL),
//! `tailles` (all due, from 1,000 to 1,000,000 invoices), or `rien INVOICES` (nothing due). Run and floor alternate; the ratio is what counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod one;
mod portfolio;
mod postgres;
mod sqlite;

use one::Measure;
use portfolio::{TODAY, portfolio};
use relance_core::day::start_of_day;
use relance_engine::store::{self, Intake};
use relance_tests::postgres::Server;
use relance_tests::{ZONE, day};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const EVE: &str = "2026-03-17";
/// How many invoices are handed over at once.
const INVOICES_PER_IMPORT: usize = 100_000;
const SQLITE: &str = "avant.db";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let number = |n: usize, default: usize| words.get(n).and_then(|word| word.parse().ok()).unwrap_or(default);
    let (invoices, due, rounds) = (number(1, 100_000), number(2, 10_000), number(3, ROUNDS));
    runtime.block_on(async {
        match words.first().copied() {
            Some("un") => one::run(words[1], Path::new(words[2]), words[3], words.get(4).unwrap_or(&"")).await,
            Some("postgres") => on_postgres(invoices, due, rounds).await,
            Some("coureurs") => runners(invoices, due).await,
            Some("tailles") => sizes().await,
            Some("rien") => nothing_due(number(1, 10_000_000)).await,
            _ => on_sqlite(invoices, due, rounds).await,
        }
    });
}

/// A book of which everything is known and taken over, on the eve of the run.
async fn prepare(url: &str, folder: &Path, invoices: usize, due: usize) {
    let watch = Stopwatch::now();
    let store = store::open(url, folder, "essai").await.unwrap();
    let at = start_of_day(day(EVE), ZONE);
    for from in (0..invoices).step_by(INVOICES_PER_IMPORT) {
        let incoming = portfolio((from, (from + INVOICES_PER_IMPORT).min(invoices)), due, invoices);
        let report = serde_json::Value::Null;
        let intake = Intake { incoming: &incoming, payments: true, at, zone: ZONE, report: &report };
        store.take_in(&intake).await.unwrap();
    }
    store.close().await;
    let imported = watch.elapsed().as_secs_f64();
    let taken = one::alone(url, folder, EVE);
    println!(
        "{invoices} factures, {due} dues : importées en {imported:.2} s, prises en charge en {:.2} s (mémoire {:.0} Mo)",
        taken.seconds, taken.memory
    );
}

fn copy(from: &Path, to: &Path) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", to.display()));
    }
    std::fs::copy(from, to).unwrap();
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The rounds of a run and its floor.
#[derive(Default)]
struct Table(Vec<(Measure, f64)>);

impl Table {
    fn round(&mut self, measure: Measure, rows: usize, floor: Duration) {
        let floor = floor.as_secs_f64();
        println!(
            "tour {} : {} messages, {rows} lignes ; exécution {:.3} s, plancher {floor:.3} s, rapport {:.2} ; rien de dû {:.1} ms ; mémoire {:.0} Mo",
            self.0.len() + 1,
            measure.sent,
            measure.seconds,
            measure.seconds / floor,
            measure.idle * 1_000.0,
            measure.memory
        );
        self.0.push((measure, floor));
    }

    fn end(self, due: usize) {
        let of = |value: fn(&(Measure, f64)) -> f64| median(self.0.iter().map(value).collect());
        println!(
            "médianes : exécution {:.3} s ({:.0} factures dues/s), plancher {:.3} s, rapport {:.2}",
            of(|r| r.0.seconds),
            due as f64 / of(|r| r.0.seconds),
            of(|r| r.1),
            of(|r| r.0.seconds / r.1)
        );
    }
}

fn since() -> i64 {
    start_of_day(day(TODAY), ZONE).timestamp_micros()
}

async fn on_sqlite(invoices: usize, due: usize, rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (before, after, bare) =
        (folder.path().join(SQLITE), folder.path().join("apres.db"), folder.path().join("plancher.db"));
    prepare(SQLITE, folder.path(), invoices, due).await;
    let mut table = Table::default();
    for _ in 0..rounds {
        copy(&before, &after);
        copy(&before, &bare);
        let measure = one::alone("apres.db", folder.path(), "");
        let rows = sqlite::written(&after, since()).await;
        table.round(measure, rows.count(), sqlite::floor(&bare, &rows).await);
    }
    table.end(due);
}

/// A new database like `avant`.
fn again(server: &Server, name: &str) -> String {
    assert!(server.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}")));
    assert!(server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE avant")));
    // What the copy left to be written is not the run's to wait for.
    assert!(server.sql("postgres", "CHECKPOINT"));
    server.url(name)
}

async fn on_postgres(invoices: usize, due: usize, rounds: usize) {
    let Some(server) = Server::with(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    prepare(&server.create("avant"), folder.path(), invoices, due).await;
    let mut table = Table::default();
    for _ in 0..rounds {
        let after = again(&server, "apres");
        let measure = one::alone(&after, folder.path(), "");
        let rows = postgres::written(&after, since()).await;
        let floor = postgres::floor(&again(&server, "plancher"), &rows).await;
        table.round(measure, rows.count(), floor);
    }
    table.end(due);
}

/// One runner and two, in turns, and how often one waits for another's lock.
async fn runners(invoices: usize, due: usize) {
    let Some(server) = Server::with(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    prepare(&server.create("avant"), folder.path(), invoices, due).await;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let alone = one::alone(&again(&server, "apres"), folder.path(), "");
        let url = again(&server, "apres");
        let mut ready = [one::start(&url, folder.path(), "un", ""), one::start(&url, folder.path(), "deux", "")];
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let watch = tokio::spawn(postgres::watch_locks(url, stopped));
        ready.iter_mut().for_each(one::Ready::go);
        let [one, two] = tokio::task::spawn_blocking(|| ready.map(one::Ready::ended)).await.unwrap();
        let _ = stop.send(());
        let (looks, waits) = watch.await.unwrap();
        assert_eq!(one.sent + two.sent, alone.sent, "what one sends, two send");
        let together = one.seconds.max(two.seconds);
        println!(
            "tour {round} : un coureur {:.3} s ({} messages), deux {together:.3} s ({} et {}), rapport {:.2} ; verrous attendus dans {waits} regards sur {looks}",
            alone.seconds,
            alone.sent,
            one.sent,
            two.sent,
            alone.seconds / together
        );
        ratios.push(alone.seconds / together);
    }
    println!("médiane : {:.2} fois plus vite à deux, sur {} cœurs", median(ratios), cores());
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, std::num::NonZero::get)
}

/// The cost of an invoice that is due, whatever the size of the book.
async fn sizes() {
    for invoices in [1_000, 10_000, 100_000, 1_000_000] {
        let folder = tempfile::tempdir().unwrap();
        prepare(SQLITE, folder.path(), invoices, invoices).await;
        let measure = one::alone(SQLITE, folder.path(), "");
        println!(
            "{invoices} factures, toutes dues : {:.3} s, {:.1} µs la facture, mémoire {:.0} Mo",
            measure.seconds,
            measure.seconds * 1e6 / invoices as f64,
            measure.memory
        );
    }
}

/// A run with nothing due. A book of 100,000 is prepared by the program; its files and invoices are then multiplied in the base.
async fn nothing_due(invoices: usize) {
    let folder = tempfile::tempdir().unwrap();
    let first = invoices.min(100_000);
    prepare(SQLITE, folder.path(), first, 0).await;
    let small = one::alone(SQLITE, folder.path(), "");
    let times = i64::try_from(invoices / first).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join(SQLITE));
    let mut base = options.connect().await.unwrap();
    let copies = "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < ?1 - 1)";
    for statement in [
        "INSERT INTO dossiers(entite, client, etat, reveil, raison, a_voir, sel, tete, longueur) \
         SELECT entite, client || '-' || n, etat, reveil, raison, a_voir, sel, tete, longueur FROM dossiers, k",
        "INSERT INTO instances(entite, client, facture, active, etat) \
         SELECT entite, client || '-' || n, facture || '-' || n, active, etat FROM instances, k",
    ] {
        let statement = sqlx::AssertSqlSafe(format!("{copies} {statement}"));
        sqlx::query(statement).bind(times).execute(&mut base).await.unwrap();
    }
    let (files, kept): (i64, i64) =
        sqlx::query_as("SELECT (SELECT COUNT(*) FROM dossiers), (SELECT COUNT(*) FROM instances)")
            .fetch_one(&mut base)
            .await
            .unwrap();
    base.close().await.unwrap();
    for measure in [small, one::alone(SQLITE, folder.path(), ""), one::alone(SQLITE, folder.path(), "")] {
        println!(
            "rien de dû : {:.1} ms, puis {:.1} ms, mémoire {:.0} Mo",
            measure.seconds * 1e3,
            measure.idle * 1e3,
            measure.memory
        );
    }
    println!("(la première ligne : {first} factures ; les autres : {kept}, de {files} clients)");
}
