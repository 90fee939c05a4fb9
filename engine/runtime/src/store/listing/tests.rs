//! The plans of the statements on SQLite; those on a server are read by the conformance tests.

use super::{
    Aged, Cursor, CustomerQuery, CustomerSort, DepartureRow, InvoiceQuery, InvoiceSort, Listing, Page, Statement,
    departures, page, payments, search, totals, work,
};
use chrono::NaiveDate;
use relance_core::view::{Situation, WorkKind};
use sqlx::AssertSqlSafe;

const TODAY: &str = "2026-03-10";

fn today() -> NaiveDate {
    TODAY.parse().unwrap()
}

fn cursor(before: bool, place: &[&str]) -> Cursor {
    Cursor { before, place: place.iter().map(|&part| part.to_owned()).collect() }
}

/// Every list of invoices that pages offer.
fn lists() -> Vec<InvoiceQuery> {
    let some = |word: &str| Some(word.to_owned());
    let filters = [
        InvoiceQuery::default(),
        InvoiceQuery { situation: Some(Situation::Disputed), ..InvoiceQuery::default() },
        InvoiceQuery { situation: Some(Situation::Open), ..InvoiceQuery::default() },
        InvoiceQuery { segment: some("vip"), ..InvoiceQuery::default() },
        InvoiceQuery { owner: some("Anne"), ..InvoiceQuery::default() },
        InvoiceQuery { scenario: some("plan"), ..InvoiceQuery::default() },
        InvoiceQuery { segment: some("vip"), owner: some("Anne"), ..InvoiceQuery::default() },
    ];
    let sorts =
        [InvoiceSort::Balance, InvoiceSort::Due, InvoiceSort::Promise, InvoiceSort::Broken, InvoiceSort::Settled];
    let mut all = Vec::new();
    for filter in filters {
        for sort in sorts {
            for (due_from, due_to) in [(None, None), Aged::days(1, today())] {
                all.push(InvoiceQuery { sort, due_from, due_to, ..filter.clone() });
            }
        }
    }
    all
}

#[tokio::test]
async fn no_hot_statement_scans_or_sorts_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let listing = Listing::open(":memory:", folder.path(), "essai", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    let super::Pool::Sqlite(pool) = &listing.base else { panic!("a file") };
    let places = [None, Some(cursor(false, &["100", "C1", "F1"])), Some(cursor(true, &["100", "C1", "F1"]))];
    let (left, moments) = (listing.by("journal_partis"), (chrono::DateTime::UNIX_EPOCH, chrono::DateTime::UNIX_EPOCH));
    let mut statements: Vec<Statement> = vec![departures::count("essai", ("instr", &left), moments)];
    statements.extend([true, false].map(|later| departures::nearest("essai", ("instr", &left), moments.0, later)));
    for from in &places {
        for query in lists() {
            let hint = query.index().map(|index| listing.by(index)).unwrap_or_default();
            statements.push(query.statement("essai", &hint, from.as_ref(), 50));
        }
        statements.extend(
            WorkKind::ALL.map(|kind| work::statement("essai", &listing.by("a_faire_rang"), kind, from.as_ref(), 20)),
        );
        let days = (today(), today());
        statements.push(payments::statement("essai", &listing.by("encaissements_jour"), days, from.as_ref(), 50));
        statements.push(departures::rows("essai", ("instr", &left), moments, from.as_ref(), 50));
    }
    for sort in [CustomerSort::Balance, CustomerSort::Name, CustomerSort::Code] {
        let mut all = vec![CustomerQuery { sort, ..CustomerQuery::default() }];
        all.push(CustomerQuery { segment: Some("vip".to_owned()), sort, ..CustomerQuery::default() });
        all.push(CustomerQuery { owner: Some("Anne".to_owned()), sort, ..CustomerQuery::default() });
        for query in all {
            let hint = query.index().map(|index| listing.by(index)).unwrap_or_default();
            for place in [&["100", "C1"][..], &["C1"]] {
                statements.push(query.statement("essai", &hint, Some(&cursor(false, place)), 50));
            }
            statements.push(query.statement("essai", &hint, None, 50));
        }
    }
    for column in ["cle", "envers"] {
        statements.push(search::invoices("essai", &listing.by(&format!("instances_{column}")), column, "f1", 20));
    }
    statements.push(work::mails("essai", &listing.by("envois_decides"), chrono::DateTime::UNIX_EPOCH));
    assert!(statements.len() > 200, "{}", statements.len());
    for statement in &statements {
        let plan = plan(pool, statement).await;
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{}\n{plan}", statement.text);
    }
    // What goes with what left is looked up by it.
    let entry = r#"{"at":"2026-03-10T10:00:00Z","event":{"quoi":"settled","on":"2026-03-10"}}"#;
    let entry = serde_json::from_str(entry).unwrap();
    let row = DepartureRow { client: "C1".to_owned(), entry, others: 0, kept: None, at: 1, position: 1 };
    let rows = [row.clone(), row];
    for (statement, by) in [
        (departures::grouped("essai", "instr", &rows), "(entite=? AND client=? AND position>?)"),
        (departures::documents("essai", &rows), "(entite=? AND client=? AND cle=? AND genre=?)"),
    ] {
        let plan = plan(pool, &statement).await;
        assert!(plan.contains(by), "{}\n{plan}", statement.text);
    }
    // What words have found is looked up by what was found, and sorted then.
    let found = || Some(vec!["F1".to_owned(), "F2".to_owned()]);
    for sort in [InvoiceSort::Balance, InvoiceSort::Due] {
        let numbers = InvoiceQuery { numbers: found(), sort, ..InvoiceQuery::default() };
        let clients = InvoiceQuery { clients: found(), sort, ..InvoiceQuery::default() };
        for (query, by) in [(numbers, "facture=?"), (clients, "client=?")] {
            let hint = query.index().map(|index| listing.by(index)).unwrap_or_default();
            let plan = plan(pool, &query.statement("essai", &hint, None, 50)).await;
            assert!(plan.contains("SEARCH") && plan.contains(by), "{by}\n{plan}");
        }
    }
    let clients = CustomerQuery { clients: found(), ..CustomerQuery::default() };
    let plan_of_them = plan(pool, &clients.statement("essai", "", None, 50)).await;
    assert!(plan_of_them.contains("client=?"), "{plan_of_them}");
    // Sums and words are few: they may be sorted, never looked for.
    let mut sums: Vec<Statement> = lists().iter().filter_map(|query| totals::of_list("essai", query)).collect();
    sums.extend([totals::open("essai", today()), totals::months("essai", today())]);
    sums.push(work::counts("essai", &listing.by("a_faire_rang")));
    sums.push(search::customers("essai", "société dupont", 20).unwrap());
    for statement in &sums {
        let plan = plan(pool, statement).await;
        let scans = plan.lines().filter(|line| line.starts_with("SCAN") && !line.starts_with("SCAN t"));
        assert_eq!(scans.count(), 0, "{}\n{plan}", statement.text);
    }
    // What would be seen.
    let whole =
        Statement { text: "SELECT COUNT(*) FROM instances WHERE entite <> $1".to_owned(), ..Statement::new("essai") };
    assert!(plan(pool, &whole).await.contains("SCAN"));
}

async fn plan(pool: &sqlx::SqlitePool, statement: &Statement) -> String {
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.text)))
            .fetch_all(pool)
            .await
            .unwrap_or_else(|error| panic!("{error} : {}", statement.text));
    rows.into_iter().map(|(.., line)| line + "\n").collect()
}

#[test]
fn a_cursor_is_read_as_it_is_written_and_nothing_else_is_one() {
    let one = cursor(true, &["12", "C \"1\"", "é"]);
    assert_eq!(Cursor::read(&one.to_string()), Some(one));
    for text in ["", "a", "c[]", "é", "a{}", "b[1]"] {
        assert_eq!(Cursor::read(text), None, "{text}");
    }
}

#[test]
fn pages_say_where_others_are() {
    let place = |row: &i32| vec![row.to_string()];
    let first = page(vec![1, 2, 3], None, 2, place);
    assert_eq!(first, Page { rows: vec![1, 2], previous: None, next: Some(cursor(false, &["2"])) });
    let last = page(vec![3], first.next.as_ref(), 2, place);
    assert_eq!(last, Page { rows: vec![3], previous: Some(cursor(true, &["3"])), next: None });
    let back = page(vec![2, 1], last.previous.as_ref(), 2, place);
    assert_eq!(back, Page { rows: vec![1, 2], previous: None, next: Some(cursor(false, &["2"])) });
}

#[test]
fn the_parts_of_an_aged_balance_leave_no_day_out() {
    for late in -3..200 {
        let due = today() - chrono::TimeDelta::days(late);
        let parts = (0..5).filter(|part| {
            let (first, last) = Aged::days(*part, today());
            first.is_none_or(|first| first <= due) && last.is_none_or(|last| due <= last)
        });
        let expected = match late {
            ..=0 => 0,
            1..=30 => 1,
            31..=60 => 2,
            61..=90 => 3,
            _ => 4,
        };
        assert_eq!(parts.collect::<Vec<_>>(), [expected], "{late}");
    }
}
