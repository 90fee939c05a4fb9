//! The plans of the statements of the store: what pages ask reads no whole table, nor all rows of a creditor in one that grows.

use crate::creditors::texts;
use crate::shards::plans;
use crate::{at, client, day};
use relance_core::simulate::People;
use relance_engine::runner::{CLIENTS_PER_BATCH, Runner, Sender};
use relance_engine::store::accounts::{Accounts, AuditFilter};
use relance_engine::store::{self, Intake, Listing};
use relance_tests::postgres::Server;
use relance_tests::span;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::path::Path;

const SCHEMA: &str = include_str!("../../engine/runtime/src/migrations/sqlite/0001_base.sql");

/// Tables that grow with the portfolio, or with time.
const GROWING: [&str; 10] = [
    "dossiers",
    "instances",
    "journal",
    "entrees",
    "envois",
    "documents",
    "notifications",
    "encaissements",
    "audit",
    "sessions",
];

/// What may read all rows of a creditor: commands that are about all of them, figures of the service that nobody waits for, and what an
/// index holds few rows of (imported and not taken in yet; not over yet).
const WHOLE: [&str; 13] = [
    "SELECT client, id, donnees, importee FROM entrees",
    "SELECT facture, etat FROM instances WHERE entite = ?1 AND facture IN",
    "SELECT client FROM dossiers WHERE entite = ?1",
    "SELECT message, statut, ouverte, decide_le, fini_le, destinataires",
    "SELECT destinataire, SUM(ouverte)",
    "SELECT COUNT(*), COUNT(DISTINCT client) FROM entrees",
    "SELECT COUNT(*), MIN(reveil) FROM dossiers",
    "SELECT client FROM entrees INDEXED BY entrees_client",
    "SELECT DISTINCT client FROM instances WHERE entite = ?1 AND lettre = 1",
    "SELECT client, etat FROM instances WHERE entite = ?1 AND lettre = 1",
    "SELECT client, etat FROM dossiers WHERE entite = ?1 AND etat IS NOT NULL AND instr",
    "SELECT statut, COUNT(*) FROM envois",
    "SELECT COUNT(*) FROM json_each(?2) t JOIN journal j",
];

/// The lines of a plan that read a growing table from end to end.
fn whole(plan: &[String], text: &str) -> Vec<String> {
    let of_growing =
        |name: &str| GROWING.iter().any(|table| *table == name || text.contains(&format!("{table} {name} ")));
    let read = |line: &&String| {
        let mut words = line.split(' ');
        let (how, name) = (words.next(), words.next().unwrap_or_default());
        let all = how == Some("SCAN") || how == Some("SEARCH") && line.ends_with("(entite=?)");
        all && of_growing(name) && !line.contains("_ouvertes (")
    };
    plan.iter().filter(read).cloned().collect()
}

async fn plan(base: &mut SqliteConnection, text: &str) -> Vec<String> {
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))
        .fetch_all(base)
        .await
        .unwrap_or_else(|error| panic!("{error} : {text}"));
    rows.into_iter().map(|(.., line)| line).collect()
}

#[tokio::test]
async fn no_statement_of_a_page_reads_a_whole_table_of_a_file() {
    let mut base = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(SCHEMA).execute(&mut base).await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/runtime/src/store");
    let (mut read, mut excused) = (0, BTreeSet::<&str>::new());
    for kind in ["sqlite", "accounts"] {
        for file in std::fs::read_dir(folder.join(kind)).unwrap() {
            for text in texts(&std::fs::read_to_string(file.unwrap().path()).unwrap()) {
                // The journal of a client, as its pages ask for it.
                let text = text.replace("{client_is}", "j.client = ?2").replace("{on}", "j.le + 0");
                let text = text.replace("{since}", "?4 IS NULL").replace("{until}", "?5 IS NULL");
                if !text.starts_with("SELECT ") || text.contains('{') {
                    continue;
                }
                read += 1;
                let found = whole(&plan(&mut base, &text).await, &text);
                let excuse = WHOLE.iter().find(|beginning| text.starts_with(**beginning));
                excused.extend(excuse.filter(|_| !found.is_empty()).copied());
                assert!(found.is_empty() || excuse.is_some(), "{text}\n{found:#?}");
            }
        }
    }
    assert!(read > 60, "{read} statements: the reading of the sources has broken");
    assert_eq!(excused.len(), WHOLE.len(), "excused for nothing: {excused:#?}");
    let seen = ["SELECT COUNT(*) FROM journal", "SELECT i.etat FROM instances i WHERE i.entite = ?1 AND i.etat = ?2"];
    for text in seen {
        assert_eq!(whole(&plan(&mut base, text).await, text).len(), 1, "{text}");
    }
}

/// The same on a server, by the plans that it writes down while pages ask.
#[tokio::test]
async fn no_statement_of_a_page_reads_a_whole_table_of_a_server() {
    let told = [
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_format=json",
        "logging_collector=on",
        "log_directory=journaux",
        "log_filename=plans.log",
        "enable_seqscan=off",
        "fsync=off",
    ];
    let Some(server) = tokio::task::spawn_blocking(move || Server::with(&told)).await.unwrap() else { return };
    let (url, folder) = (server.create("pages"), tempfile::tempdir().unwrap());
    let base = store::open(&url, folder.path(), "essai").await.unwrap();
    let incoming = client("C1", &[("F1", "2026-03-04"), ("F2", "2026-03-04")]);
    let (report, on) = (serde_json::Value::Null, day("2026-03-10"));
    let intake = Intake {
        incoming: &incoming,
        payments: true,
        at: at("2026-03-09T08:00:00Z"),
        zone: crate::ZONE,
        report: &report,
    };
    base.take_in(&intake).await.unwrap();
    let (program, post, sender) = (
        relance_tests::program(&["sans plafond\nregrouper par client\nà J+5 : email courtois\n"]),
        crate::Post::default(),
        Sender::default(),
    );
    let runner = Runner {
        store: &*base,
        name: "essai",
        program: &program,
        carrier: &post,
        sender: &sender,
        batch: CLIENTS_PER_BATCH,
        people: People::ABSENT,
        stop: None,
    };
    runner.run(span(on, on), |_, _| {}, |_, _| {}).await.unwrap();
    assert_eq!(post.sent().len(), 1);
    let begun = "SET enable_seqscan = on; SELECT COUNT(*) FROM imports WHERE rapport = 'pages'";
    assert!(server.sql("pages", begun));

    assert_eq!(base.client_of("F1").await.unwrap().as_deref(), Some("C1"));
    assert_eq!(base.client_of("INCONNUE").await.unwrap(), None);
    let one = ["C1".to_owned()];
    assert_eq!(base.load(&one, at("2026-03-10T20:00:00Z"), &[], true).await.unwrap().len(), 1);
    let all = base.journal(Some("C1"), None, None, None).await.unwrap();
    assert!(base.journal(Some("C1"), Some("F1"), None, None).await.unwrap().len() < all.len());
    assert_eq!(base.latest("C1", None, 3).await.unwrap().len(), 3);
    base.documents("C1").await.unwrap();
    base.in_doubt().await.unwrap();
    base.digest_in_force().await.unwrap();
    base.past_imports(None, 50).await.unwrap();
    let accounts = Accounts::open(&url, folder.path()).await.unwrap();
    let filter = AuditFilter { entity: Some("essai"), ..AuditFilter::default() };
    accounts.audit(&filter, 50).await.unwrap();
    accounts.portal_link(&[0; 32], at("2026-03-10T20:00:00Z")).await.unwrap();
    accounts.portal_links("essai", "C1").await.unwrap();
    accounts.open_requests("essai", 50).await.unwrap();
    accounts.requests_about("essai", "C1").await.unwrap();
    accounts.close().await;
    let listing = Listing::open(&url, folder.path(), "essai", at("2026-03-10T20:00:00Z")).await.unwrap();
    let left = listing.departures(span(on, on), None, 20).await.unwrap();
    assert_eq!(left.rows.len(), listing.departures_count(span(on, on)).await.unwrap());
    assert_eq!(left.rows.iter().map(|row| row.others + 1).sum::<usize>(), 2);
    listing.close().await;
    base.close().await;

    let ended = "SET enable_seqscan = on; SELECT COUNT(*) FROM imports WHERE rapport = 'fin'";
    assert!(server.sql("pages", ended));
    let mut log = String::new();
    for _ in 0..300 {
        log = std::fs::read_to_string(server.file("journaux/plans.log")).unwrap();
        if plans(&log).iter().any(|(text, _)| text == ended) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let all = plans(&log);
    let place = |word: &str| all.iter().position(|(text, _)| text == word).unwrap();
    let (first, last) = (place(begun), place(ended));
    assert!(all[last].1.to_string().contains("Seq Scan"), "what scans would be seen");
    let mut read = 0;
    for (text, plan) in &all[first + 1..last] {
        let growing = GROWING
            .iter()
            .any(|table| text.contains(&format!("FROM {table}")) || text.contains(&format!("JOIN {table}")));
        if growing {
            assert!(!plan.to_string().contains("Seq Scan"), "{text}\n{plan:#}");
            read += 1;
        }
    }
    assert!(read > 12, "only {read} plans were read");
}
