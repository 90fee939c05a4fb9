//! Several creditors in one base: none sees another, whatever they have in common.

use crate::{Office, Post, at, client, machine, program, thing};
use relance_core::incoming::What;
use relance_core::money::Amount;
use relance_engine::store::Store;
use relance_tests::base::{Base, Kind};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::sync::Notify;

/// The same codes and numbers for both, other due dates and other payments.
struct Book {
    entity: &'static str,
    due: [&'static str; 3],
    paid: &'static str,
}

const BOOKS: [Book; 2] = [
    Book { entity: "essai", due: ["2026-03-04", "2026-03-11", "2026-03-30"], paid: "F1" },
    Book { entity: "autre", due: ["2026-03-10", "2026-03-04", "2026-04-20"], paid: "F2" },
];

/// One day of a creditor's life; the third ends in the middle of a message.
async fn live(office: &Office, book: &Book, step: usize) {
    let program = program(machine());
    match step {
        0 => {
            let invoices: Vec<(&str, &str)> = ["F1", "F2", "F3"].into_iter().zip(book.due).collect();
            let things = [client("C1", &invoices[..2]), client("C2", &invoices[2..])].concat();
            office.take_in(&things, false, at("2026-03-09T08:00:00Z")).await;
            let versions: Vec<_> = program.scenarios.iter().map(|s| (s.hash.clone(), s.machine.clone())).collect();
            office.store.put_in_force(&versions, program.digest, at("2026-03-09T09:00:00Z"), false).await.unwrap();
            office.run(&program, &Post::default(), at("2026-03-09T10:00:00Z"), |_| {}).await.unwrap();
        }
        1 => {
            let paid = thing("C1", Some(book.paid), "2026-03-10", What::Payment { amount: Amount::eur(10_000) });
            office.take_in(&[paid], true, at("2026-03-10T08:00:00Z")).await;
            office.run(&program, &Post::default(), at("2026-03-11T10:00:00Z"), |_| {}).await.unwrap();
        }
        2 => {
            let post = Post { hangs: Some(Notify::new()), ..Post::default() };
            tokio::select! {
                ended = office.run(&program, &post, at("2026-03-12T10:00:00Z"), |_| {}) => { ended.unwrap(); }
                () = post.hangs.as_ref().unwrap().notified() => office.store.release(crate::RUNNER).await.unwrap(),
            }
        }
        _ => {
            office.run(&program, &Post::default(), at("2026-03-13T10:00:00Z"), |_| {}).await.unwrap();
        }
    }
}

/// Everything that a creditor is told, but for salts, which are drawn.
async fn all(store: &dyn Store) -> String {
    let now = at("2026-03-31T10:00:00Z");
    let clients = store.clients().await.unwrap();
    let states: Vec<_> = store.ledgers(&clients).await.unwrap().into_iter().map(|(_, states)| states).collect();
    let mut records = Vec::new();
    for client in &clients {
        records.push((
            store.record(client).await.unwrap(),
            store.documents(client).await.unwrap(),
            store.unfinished(std::slice::from_ref(client)).await.unwrap(),
        ));
    }
    let numbers = BTreeSet::from(["F1", "F2", "F3"]);
    format!(
        "{:#?}",
        (
            (&clients, store.recorded_clients().await.unwrap(), store.client_of("F3").await.unwrap(), states, records),
            (
                store.journal(None, None, None, None).await.unwrap(),
                store.journal(None, Some("F1"), None, None).await.unwrap()
            ),
            (
                store.everything_imported().await.unwrap(),
                store.messages(&numbers).await.unwrap(),
                store.payments_imported().await.unwrap()
            ),
            (store.count_due(now).await.unwrap(), store.held(now).await.unwrap(), store.left_undone().await.unwrap()),
            (
                store.next_due().await.unwrap(),
                store.unread(now).await.unwrap(),
                store.waiting().await.unwrap(),
                store.clock().await.unwrap()
            ),
            (store.in_doubt().await.unwrap(), store.backlog(now).await.unwrap(), store.outbox_counts().await.unwrap()),
            (
                store.digest_in_force().await.unwrap(),
                store.machines_in_force().await.unwrap(),
                store.publications().await.unwrap()
            ),
        )
    )
}

on_every_base! {
    async fn two_creditors_side_by_side_live_as_if_alone(office: Office) {
        let kind = if office.base.url.starts_with("postgres") { Kind::Postgres } else { Kind::Sqlite };
        let folder = office.base.folder.path().to_owned();
        let beside = relance_engine::store::open(&office.base.url, &folder, BOOKS[1].entity).await.unwrap();
        let beside = Office { store: beside, base: Base::at(office.base.url.clone(), tempfile::tempdir().unwrap()) };
        for step in 0..4 {
            live(&office, &BOOKS[0], step).await;
            live(&beside, &BOOKS[1], step).await;
        }
        for (book, shared) in BOOKS.iter().zip([&office, &beside]) {
            let base = Base::new(kind).await.unwrap();
            let alone = Office { store: base.open(book.entity).await, base };
            for step in 0..4 {
                live(&alone, book, step).await;
            }
            assert_eq!(all(&*shared.store).await, all(&*alone.store).await, "{}", book.entity);
        }
        assert_ne!(all(&*office.store).await, all(&*beside.store).await);
    }
}

/// The tables that belong to creditors: all but those of accounts, who serve several.
const TABLES: [&str; 21] = [
    "scenarios",
    "publications",
    "horloges",
    "dossiers",
    "prises",
    "paiements",
    "instances",
    "journal",
    "entrees",
    "envois",
    "imports",
    "marques",
    "droits",
    "cles_api",
    "idempotences",
    "acces_portail",
    "demandes",
    "a_faire",
    "mots",
    "encaissements",
    "cumuls",
];

/// The texts in the quotes of a source file, with their continued lines.
pub fn texts(source: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), source.chars().peekable());
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => while rest.next().is_some_and(|c| c != '\n') {},
            '"' => {
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    if c == '\\' {
                        match rest.next() {
                            Some('\n') => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                            Some(c) => text.push(c),
                            None => {}
                        }
                    } else {
                        text.push(c);
                    }
                }
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

/// The tables that a statement names, each time that it does.
fn named(statement: &str) -> usize {
    let words: Vec<&str> =
        statement.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let before = ["FROM", "JOIN", "INTO", "UPDATE"];
    words.windows(2).filter(|pair| before.contains(&pair[0]) && TABLES.contains(&pair[1])).count()
}

/// Every time that a statement of a creditor's store names a table, it names the creditor.
#[test]
fn no_statement_reads_across_creditors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/runtime/src/store");
    let files = ["sqlite", "postgres", "accounts", "views", "listing"]
        .iter()
        .flat_map(|kind| std::fs::read_dir(folder.join(kind)).unwrap());
    let files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    let mut seen = 0;
    for file in files {
        for text in texts(&std::fs::read_to_string(&file).unwrap()) {
            let tables = named(&text);
            seen += tables;
            // What has run out goes everywhere at once.
            if text == "DELETE FROM idempotences WHERE expire <= $1" {
                continue;
            }
            let creditors = text.matches("entite").count();
            assert!(creditors >= tables, "{}: {text}", file.display());
        }
    }
    assert!(seen > 100, "{seen} tables named: the reading of the sources has broken");
    assert_eq!((named("SELECT 1 FROM dossiers d JOIN envois e"), named("DELETE FROM prises")), (2, 1));
}
