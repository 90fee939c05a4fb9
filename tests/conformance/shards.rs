//! A base spread over machines by creditor: the tables are cut in eight by `entite`, as a cluster (Citus, for instance) cuts them, and the
//! server writes down the plan of every statement. Each must stay in one eighth, the same one.

use relance_core::simulate::People;
use relance_engine::runner::{CLIENTS_PER_BATCH, Runner, Sender};
use relance_engine::store::{self, DocumentKind, Fate, Intake};
use relance_tests::postgres::Server;
use relance_tests::things::{bill, client, payment};
use relance_tests::{Post, ZONE, day, program, span};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SHARDS: usize = 8;
const SCHEMA: &str = include_str!("../../engine/runtime/src/migrations/postgres/0001_base.sql");
const CREDITOR: &str = "essai";
const EVERYWHERE: &str = "SELECT COUNT(*) FROM journal";

/// The schema, cut: what PostgreSQL itself cannot do with a cut table (fill factors, its own numbering) is left to the parts. Tables that
/// belong to the whole base, those of accounts, stay whole.
fn cut() -> String {
    let mut text = String::new();
    for statement in statements() {
        let Some(rest) = statement.strip_prefix("CREATE TABLE ").filter(|rest| {
            rest.contains("PRIMARY KEY (entite") || rest.contains("entite TEXT COLLATE \"C\" NOT NULL PRIMARY KEY")
        }) else {
            text += &statement;
            text += ";\n";
            continue;
        };
        let name = rest.split(' ').next().unwrap();
        let body = statement.rsplit_once("\n)").unwrap().0;
        let body = body.replace("GENERATED ALWAYS AS IDENTITY", "DEFAULT nextval('numeros')");
        text += &format!("{body}\n)\nPARTITION BY HASH (entite);\n");
        for shard in 0..SHARDS {
            text += &format!(
                "CREATE TABLE {name}_{shard} PARTITION OF {name} FOR VALUES WITH (MODULUS {SHARDS}, REMAINDER {shard});\n"
            );
        }
    }
    text
}

/// The statements of the schema, without comments; a function's body is part of its statement.
fn statements() -> Vec<String> {
    let lines: Vec<&str> = SCHEMA.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let (mut all, mut quoted) = (vec![String::new()], false);
    for part in lines.join("\n").split_inclusive(';') {
        quoted ^= part.matches("$$").count() % 2 == 1;
        all.last_mut().unwrap().push_str(part);
        if !quoted {
            all.push(String::new());
        }
    }
    all.iter().map(|s| s.trim().trim_end_matches(';').to_owned()).filter(|s| !s.is_empty()).collect()
}

fn tables() -> Vec<String> {
    let name = |s: &String| Some(s.strip_prefix("CREATE TABLE ")?.split(' ').next()?.to_owned());
    statements().iter().filter_map(name).collect()
}

/// The eighths that a plan really looked into.
fn touched(plan: &Value, tables: &[String], found: &mut BTreeSet<usize>) {
    if let (Some(relation), true) = (plan["Relation Name"].as_str(), plan["Actual Loops"].as_f64() != Some(0.0))
        && let Some((table, shard)) = relation.rsplit_once('_')
        && tables.iter().any(|name| name == table)
    {
        found.insert(shard.parse().unwrap());
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        touched(below, tables, found);
    }
}

/// The plans in a server's log: the text of each statement and its plan.
pub fn plans(log: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for piece in log.split("plan:\n").skip(1) {
        // An entry goes on with lines that begin with a tab.
        let lines: Vec<&str> = piece.lines().collect();
        let end = lines.iter().skip(1).position(|line| !line.starts_with('\t')).map_or(lines.len(), |n| n + 1);
        // The last one may still be being written.
        let Ok(entry) = serde_json::from_str::<Value>(&lines[..end].join("\n")) else { break };
        found.push((entry["Query Text"].as_str().unwrap().to_owned(), entry["Plan"].clone()));
    }
    found
}

#[tokio::test]
async fn every_statement_stays_in_one_part_of_a_base_spread_by_creditor() {
    let told = [
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_analyze=on",
        "auto_explain.log_timing=off",
        "auto_explain.log_format=json",
        "logging_collector=on",
        "log_directory=journaux",
        "log_filename=plans.log",
        "fsync=off",
    ];
    let Some(server) = tokio::task::spawn_blocking(move || Server::with(&told)).await.unwrap() else { return };
    let (url, folder) = (server.create("repartie"), tempfile::tempdir().unwrap());
    // The program makes its tables; they are cut behind its back.
    store::open(&url, folder.path(), CREDITOR).await.unwrap().close().await;
    for table in tables() {
        assert!(server.sql("repartie", &format!("DROP TABLE {table} CASCADE")), "{table}");
    }
    for function in ["relance_horloge", "journal_intangible", "documents_intangibles", "audit_intangible"] {
        assert!(server.sql("repartie", &format!("DROP FUNCTION {function}() CASCADE")));
    }
    assert!(server.sql("repartie", &format!("CREATE SEQUENCE numeros; {}", cut())), "{}", cut());

    // A creditor's days: imports, runs, what people ask; others share the base.
    let texts = ["sans plafond\nà J+5 : email courtois\nà J+15 : email ferme puis appel\n"];
    let program = program(&texts);
    let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
    for creditor in ["un", "deux", "trois", CREDITOR] {
        let base = store::open(&url, folder.path(), creditor).await.unwrap();
        let of =
            |(code, one, two)| [client(code), bill(code, one, "2026-03-04", 1_200), bill(code, two, "2026-03-09", 80)];
        let things: Vec<_> =
            [("C1", "F1", "F2"), ("C2", "F3", "F4"), ("C3", "F5", "F6")].into_iter().flat_map(of).collect();
        let report = Value::Null;
        for on in ["2026-03-10", "2026-03-19", "2026-03-24"].map(day) {
            let mut incoming = things.clone();
            if on == day("2026-03-24") {
                incoming.push(payment("2026-03-23", 100));
            }
            let at = relance_core::day::start_of_day(on, ZONE);
            base.take_in(&Intake { incoming: &incoming, payments: true, at, zone: ZONE, report: &report })
                .await
                .unwrap();
            base.put_in_force(&versions, program.digest, at, false).await.unwrap();
            let (post, sender) = (Post::default(), Sender::default());
            let runner = Runner {
                store: &*base,
                name: "coureur",
                program: &program,
                carrier: &post,
                sender: &sender,
                batch: CLIENTS_PER_BATCH,
                people: People::ABSENT,
                stop: None,
            };
            runner.run(span(on, on), |_, _| {}, |_, _| {}).await.unwrap();
            base.next_due().await.unwrap();
            base.backlog(at).await.unwrap();
            base.in_doubt().await.unwrap();
            base.claim_notices("notification erp", at, 10).await.unwrap();
            base.settle_notices("notification erp", &[(("C1".to_owned(), 1), Fate::Taken)]).await.unwrap();
            base.notice_counts().await.unwrap();
            base.revive_notices(at).await.unwrap();
            base.journal(Some("C1"), None, None, None).await.unwrap();
            base.keep(&[crate::documents::proof("C1", "recu.pdf", b"recu")]).await.unwrap();
            base.documents("C1").await.unwrap();
            let read = base.document("C1", crate::documents::KEY, DocumentKind::Proof, "recu.pdf").await.unwrap();
            assert_eq!(read.as_deref(), Some(b"recu".as_slice()));
        }
        base.close().await;
    }

    // What looks everywhere would be seen.
    assert!(server.sql("repartie", EVERYWHERE));
    let mut log = String::new();
    // A process of its own writes the log, a little later; the last plan is the longest to come.
    for _ in 0..300 {
        log = std::fs::read_to_string(server.file("journaux/plans.log")).unwrap();
        if plans(&log).iter().any(|(text, _)| text == EVERYWHERE) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let tables = tables();
    let (mut looked, mut everywhere, mut parts) = (0, 0, BTreeMap::<usize, usize>::new());
    for (text, plan) in plans(&log) {
        let mut found = BTreeSet::new();
        touched(&plan, &tables, &mut found);
        if text == EVERYWHERE {
            everywhere = found.len();
            continue;
        }
        assert!(found.len() <= 1, "looks into the parts {found:?}: {text}\n{plan:#}");
        looked += found.len();
        for part in found {
            *parts.entry(part).or_default() += 1;
        }
    }
    assert_eq!(everywhere, SHARDS);
    assert!(looked > 200, "only {looked} plans looked into a table");
    assert!(parts.len() > 1, "all creditors were in one part: this proves nothing ({parts:?})");
}
