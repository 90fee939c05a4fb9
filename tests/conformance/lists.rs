//! What lists, search and sums read is what the view functions say of the files, after whatever life.

use crate::{Office, Post, ZONE, at, client, program, thing};
use chrono::{Days, NaiveDate};
use relance_core::day::{civil_date, end_of_day, start_of_day};
use relance_core::incoming::{Customer, What};
use relance_core::money::{Amount, Currency};
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_core::view::{CustomerView, InvoiceView, Situation, WorkKind, work};
use relance_engine::import::{Known, Options, read, reconcile};
use relance_engine::portfolio::{Params, generate};
use relance_engine::runner::{Runner, Sender};
use relance_engine::store::{
    Aged, Axis, Cursor, CustomerQuery, CustomerSort, DepartureRow, DocumentKind, InvoiceQuery, InvoiceRow, InvoiceSort,
    Listing, Page, StoreError, Sum,
};
use relance_tests::day;
use relance_tests::pack::Pack;
use relance_tests::postgres::Server;
use std::collections::{BTreeMap, BTreeSet};

impl Office {
    /// The lists of the same creditor.
    async fn listing(&self) -> Listing {
        let at = at("2026-03-19T20:00:00Z");
        Listing::open(&self.base.url, self.base.folder.path(), "essai", at).await.unwrap()
    }
}

/// All pages of a list, forwards; then the same backwards.
async fn every<T: Clone + PartialEq + std::fmt::Debug>(
    mut page: impl AsyncFnMut(Option<Cursor>) -> Result<Page<T>, StoreError>,
) -> Vec<T> {
    let (mut all, mut from, mut pages) = (Vec::new(), None, Vec::new());
    loop {
        let one = page(from).await.unwrap();
        all.extend(one.rows.clone());
        pages.push(one.clone());
        match one.next {
            Some(next) => from = Some(next),
            None => break,
        }
    }
    // Back from the last one: the same pages, however the last was cut.
    let mut before = pages.last().unwrap().previous.clone();
    for known in pages.iter().rev().skip(1) {
        let one = page(before).await.unwrap();
        assert_eq!(one.rows, known.rows);
        before = one.previous;
    }
    assert_eq!(before, None);
    all
}

async fn invoices(listing: &Listing, query: &InvoiceQuery) -> Vec<InvoiceRow> {
    every(async |from| listing.invoices(query, from.as_ref(), 17).await).await
}

fn list(sort: InvoiceSort) -> InvoiceQuery {
    InvoiceQuery { sort, ..InvoiceQuery::default() }
}

fn sum(rows: &[InvoiceRow]) -> Vec<(Currency, Sum)> {
    let mut sums: BTreeMap<Currency, Sum> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(row.view.currency).or_default();
        (sum.count, sum.cents) = (sum.count + 1, sum.cents + row.view.balance);
    }
    sums.into_iter().collect()
}

/// Everything that lists say is what the files say; sums are those of their lists.
async fn lists_are_the_files(office: &Office, program: &Program, today: NaiveDate) -> usize {
    let (store, listing) = (&office.store, office.listing().await);
    let clients = store.clients().await.unwrap();
    let loaded = store.load(&clients, end_of_day(today, ZONE), &[], true).await.unwrap();
    let mut rows: BTreeMap<(String, String), InvoiceRow> = BTreeMap::new();
    for sort in [InvoiceSort::Due, InvoiceSort::Settled] {
        let found = invoices(&listing, &list(sort)).await;
        rows.extend(found.into_iter().map(|row| ((row.client.clone(), row.number.clone()), row)));
    }
    let mut items = BTreeMap::new();
    for kind in WorkKind::ALL {
        for row in every(async |from| listing.work(kind, from.as_ref(), 7).await).await {
            items.insert((row.client.clone(), row.key.clone()), (kind, row));
        }
    }
    let counts = listing.work_counts().await.unwrap();
    assert_eq!(counts.values().sum::<i64>(), i64::try_from(items.len()).unwrap());
    let query = CustomerQuery { sort: CustomerSort::Code, ..CustomerQuery::default() };
    let customers = every(async |from| listing.customers(&query, from.as_ref(), 6).await).await;
    let mut customers: BTreeMap<_, _> = customers.into_iter().map(|row| (row.client.clone(), row.view)).collect();
    let mut open = BTreeMap::<(Axis, String, Currency), Aged>::new();
    for one in &loaded {
        let dossier = &one.world.dossier;
        let last = civil_date(dossier.clock.unwrap(), program.zone);
        assert_eq!(customers.remove(&dossier.client), Some(CustomerView::of(dossier)), "{}", dossier.client);
        for item in work(program, dossier, last).into_iter().filter(|item| !item.rests) {
            let (kind, row) = items.remove(&(dossier.client.clone(), item.key.clone())).expect(&item.key);
            assert_eq!((kind, &row.what, &row.invoices), (item.kind, &item.what, &item.invoices));
            assert_eq!((row.since, row.until, &row.role, &row.own), (item.since, item.until, &item.role, &item.own));
        }
        for (number, file) in &dossier.invoices {
            let row = rows.remove(&(dossier.client.clone(), number.clone())).expect(number);
            let mut view = InvoiceView::of(program, dossier, number, file, last);
            if !file.is_open() {
                // What changes of its client alone does not touch a settled one.
                view.segment.clone_from(&row.view.segment);
                view.owner.clone_from(&row.view.owner);
            }
            assert_eq!(row.view, view, "{number}");
            assert_eq!(row.file.as_ref(), Some(file), "{number}");
            assert_eq!(row.name, CustomerView::of(dossier).name);
            if !file.is_open() {
                continue;
            }
            let part = (0..5).find(|part| {
                let (first, last) = Aged::days(*part, today);
                first.is_none_or(|first| first <= view.due) && last.is_none_or(|last| view.due <= last)
            });
            for (axis, value) in [
                (Axis::Situation, view.situation.word()),
                (Axis::Segment, view.segment.as_str()),
                (Axis::Owner, view.owner.as_deref().unwrap_or_default()),
            ] {
                let aged = open.entry((axis, value.to_owned(), view.currency)).or_default();
                for sum in [&mut aged.all, &mut aged.parts[part.unwrap()]] {
                    (sum.count, sum.cents) = (sum.count + 1, sum.cents + view.balance);
                }
            }
        }
    }
    assert!(rows.is_empty() && items.is_empty() && customers.is_empty(), "{rows:?} {items:?} {customers:?}");
    let totals = listing.totals(today, day("2020-01-01")).await.unwrap();
    assert_eq!(totals.open, open);
    // Each figure is the sum of the list behind it.
    let mut figures = 0;
    for ((axis, value, currency), aged) in &open {
        for part in 0..5 {
            let (due_from, due_to) = Aged::days(part, today);
            let mut query = InvoiceQuery { due_from, due_to, sort: InvoiceSort::Due, ..InvoiceQuery::default() };
            match axis {
                Axis::Situation => query.situation = Situation::read(value),
                Axis::Segment => query.segment = Some(value.clone()),
                Axis::Owner => query.owner = Some(value.clone()),
            }
            let found = sum(&invoices(&listing, &query).await);
            assert_eq!(listing.sums(&query).await.unwrap().unwrap(), found);
            let of = found.iter().find(|(of, _)| of == currency).map(|(_, sum)| *sum).unwrap_or_default();
            assert_eq!(of, aged.parts[part], "{axis:?} {value} {part}");
            figures += 1;
        }
    }
    for month in &totals.promised {
        let query = InvoiceQuery { from: Some(month.first), to: Some(month.first), ..list(InvoiceSort::Promise) };
        let found = sum(&invoices(&listing, &query).await);
        assert!(found.contains(&(month.currency, month.sum)), "{found:?}");
        assert_eq!(listing.sums(&query).await.unwrap().unwrap(), found);
    }
    for month in &totals.received {
        let last = month.first + chrono::Months::new(1) - Days::new(1);
        let paid = every(async |from| listing.payments((month.first, last), from.as_ref(), 9).await).await;
        let paid = paid.iter().filter(|row| row.amount.currency == month.currency);
        let (count, cents) = paid.fold((0, 0), |(count, cents), row| (count + 1, cents + row.amount.cents));
        assert_eq!(month.sum, Sum { count, cents }, "{}", month.first);
    }
    listing.close().await;
    figures
}

async fn live(office: &Office, program: &Program, (first, last): (NaiveDate, NaiveDate)) {
    let (sender, post) = (Sender::default(), Post::default());
    // Two who write by turns: sums are in parts.
    for (n, today) in first.iter_days().take_while(|today| *today <= last).enumerate() {
        let runner = Runner {
            store: &*office.store,
            name: ["un", "deux"][n % 2],
            program,
            carrier: &post,
            sender: &sender,
            batch: 7,
            people: if n % 3 == 0 { People::ABSENT } else { People::DILIGENT },
            stop: None,
        };
        runner.run((start_of_day(today, ZONE), end_of_day(today, ZONE)), |_, _| {}, |_, _| {}).await.unwrap();
    }
}

on_every_base! {
    async fn lists_and_sums_are_what_the_files_say(office: Office) {
        let (first, last) = (day("2025-12-15"), day("2026-03-19"));
        let program = Pack::read().program();
        let portfolio = generate(Params { invoices: 240, customers: 40, seed: 11, today: last });
        let found = reconcile(&Known::default(), &read(&portfolio.files(), &Options::default()), first, ZONE);
        let mut things = found.incoming;
        let codes: Vec<String> = things.iter().filter(|t| matches!(t.what, What::Customer(_))).map(|t| t.client.clone()).collect();
        for (n, code) in codes.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
            let on = (first + Days::new(n as u64)).to_string();
            let customer = Customer {
                segment: Some(["vip", "mauvais_payeur"][n % 2].to_owned()),
                owner: Some(["Anne", "Bruno"][n % 2].to_owned()),
                ..Customer::default()
            };
            things.push(thing(code, None, &on, What::Customer(customer)));
        }
        office.take_in(&things, true, start_of_day(first, ZONE)).await;
        live(&office, &program, (first, day("2026-01-31"))).await;
        assert!(lists_are_the_files(&office, &program, day("2026-01-31")).await > 20);
        live(&office, &program, (day("2026-02-01"), last)).await;
        let figures = lists_are_the_files(&office, &program, last).await;
        assert!(figures > 30, "{figures}");
        // Made anew, it is the same; what is there meanwhile does not count.
        let listing = office.listing().await;
        let before = listing.totals(last, day("2020-01-01")).await.unwrap();
        assert!(!before.received.is_empty() && !before.issued.is_empty());
        listing.make_anew(end_of_day(last, ZONE)).await.unwrap();
        assert_eq!(listing.totals(last, day("2020-01-01")).await.unwrap().open, BTreeMap::new());
        live(&office, &program, (last, last)).await;
        lists_are_the_files(&office, &program, last).await;
        assert_eq!(listing.totals(last, day("2020-01-01")).await.unwrap(), before);
        listing.close().await;
    }

    async fn clients_and_invoices_are_found_by_what_they_begin_with(office: Office) {
        let mut things = client("C1", &[("FA-2026-00123", "2026-03-04"), ("FA-2026-00999", "2026-03-05")]);
        let durand = Customer {
            name: "Établissements Durand & Fils\0".into(),
            email: Some("Compta@Durand-Fils.example".into()),
            phone: Some("+33 6 39 98 00 01".into()),
            ..Customer::default()
        };
        things.push(thing("C9", None, "1970-01-01", What::Customer(durand)));
        things.extend(client("D2", &[("2026/00124", "2026-03-04")]));
        office.take_in(&things, false, at("2026-03-03T08:00:00Z")).await;
        office.run(&program(crate::machine()), &Post::default(), at("2026-03-03T10:00:00Z"), |_| {}).await.unwrap();
        let listing = office.listing().await;
        let names = async |text: &str| {
            let found = listing.search(text, 10).await.unwrap();
            let mut names: Vec<String> = found.customers.into_iter().map(|hit| hit.client).collect();
            names.extend(found.invoices.into_iter().map(|hit| hit.number));
            names.join(" ")
        };
        for (text, found) in [
            ("durand", "C9"),
            ("fils etab", "C9"),
            ("fils dupont", ""),
            ("compta@durand", "C9"),
            ("06 39 98", "C9"),
            ("c1", "C1"),
            ("FA-2026-00123", "FA-2026-00123"),
            ("fa2026", "FA-2026-00123 FA-2026-00999"),
            ("00124", "2026/00124"),
            ("124", "2026/00124"),
            ("", ""),
            ("%", ""),
            ("_", ""),
        ] {
            assert_eq!(names(text).await, found, "{text}");
        }
        listing.close().await;
    }

    /// A message stands once among what left, with the invoices that it carries and with its copy, page by page; calls are no messages.
    async fn what_left_is_told_message_by_message(office: Office) {
        let (post, sender) = (Post::default(), Sender::default());
        let program = relance_tests::program(&["sans plafond\nregrouper par client\nà J+5 : email courtois\nà J+6 : courrier dernier_avis\nà J+7 : appel\n"]);
        let mut things = Vec::new();
        for code in ["C1", "C2", "C3"] {
            let numbers = ["A", "B", "C"].map(|letter| format!("{code}-{letter}"));
            let due = numbers.each_ref().map(|number| (number.as_str(), "2026-03-04"));
            things.extend(client(code, &due));
            let customer = Customer {
                email: Some("a@example.fr".into()),
                phone: Some("+33639980001".into()),
                address: Some("1 rue Haute\n75001 Paris".into()),
                ..Customer::default()
            };
            things.push(thing(code, None, "1970-01-02", What::Customer(customer)));
        }
        office.take_in(&things, true, at("2026-03-08T08:00:00Z")).await;
        let (first, last) = (day("2026-03-08"), day("2026-03-12"));
        let runner = Runner {
            store: &*office.store,
            name: "essai",
            program: &program,
            carrier: &post,
            sender: &sender,
            batch: 2,
            people: People::ABSENT,
            stop: None,
        };
        runner.run((start_of_day(first, ZONE), end_of_day(last, ZONE)), |_, _| {}, |_, _| {}).await.unwrap();
        let listing = office.listing().await;
        let span = (start_of_day(first, ZONE), end_of_day(last, ZONE));
        let rows = every(async |from| listing.departures(span, from.as_ref(), 2).await).await;
        assert_eq!(rows.len(), listing.departures_count(span).await.unwrap());
        let by = |word: &str| rows.iter().filter(|row| serde_json::to_string(&row.entry).unwrap().contains(word)).count();
        assert_eq!((by("\"email\""), by("\"courrier\""), by("\"appel\"")), (post.sent().len(), 3, 0));
        let carried: usize = rows.iter().map(|row| row.others + 1).sum();
        assert_eq!(carried, 18, "nine by e-mail, nine by letter: {rows:#?}");
        assert!(rows.is_sorted_by(|one, other| one.entry.at >= other.entry.at));
        // What is kept of it comes with it; another day has nothing.
        assert!(rows.iter().all(|row| row.kept.is_none()));
        let mut document = crate::documents::proof("C2", "message.eml", b"bonjour");
        let own = rows.iter().find(|row| row.client == "C2").unwrap().key().to_owned();
        (document.key, document.kind) = (own.clone(), DocumentKind::Message);
        office.store.keep(&[document]).await.unwrap();
        let rows = every(async |from| listing.departures(span, from.as_ref(), 4).await).await;
        let kept: Vec<&str> = rows.iter().filter(|row| row.kept.is_some()).map(DepartureRow::key).collect();
        assert_eq!(kept, [own]);
        let later = (start_of_day(day("2026-03-13"), ZONE), end_of_day(day("2026-03-13"), ZONE));
        assert_eq!(listing.departures_count(later).await.unwrap(), 0);
        assert!(listing.departures(later, None, 4).await.unwrap().rows.is_empty());
        // From a day on which nothing left, the nearest one on which something did.
        let moments: Vec<_> = rows.iter().map(|row| row.entry.at).collect();
        assert_eq!(listing.departure_beside(later.0, false).await.unwrap(), moments.first().copied());
        assert_eq!(listing.departure_beside(later.1, true).await.unwrap(), None);
        assert_eq!(listing.departure_beside(chrono::DateTime::UNIX_EPOCH, true).await.unwrap(), moments.last().copied());
        assert_eq!(listing.departure_beside(moments[moments.len() - 1], false).await.unwrap(), None);
        listing.close().await;
    }

    /// What is erased is in no list and in no sum any more.
    async fn an_erased_client_leaves_every_list(office: Office) {
        let mut things = client("C1", &[("F1", "2026-03-04")]);
        things.push(thing("C1", Some("F1"), "2026-03-10", What::Payment { amount: Amount::eur(10_000) }));
        things.extend(client("C2", &[("F2", "2026-03-04")]));
        office.take_in(&things, false, at("2026-03-03T08:00:00Z")).await;
        office.run(&program(crate::machine()), &Post::default(), at("2026-03-12T10:00:00Z"), |_| {}).await.unwrap();
        let listing = office.listing().await;
        assert_eq!(listing.totals(day("2026-03-12"), day("2026-01-01")).await.unwrap().received.len(), 1);
        let loaded = office.store.load(&["C1".to_owned()], at("2026-03-12T10:00:00Z"), &[], true).await.unwrap();
        assert!(office.store.forget(&loaded[0].world.dossier, at("2036-03-12T10:00:00Z")).await.unwrap());
        let totals = listing.totals(day("2026-03-12"), day("2026-01-01")).await.unwrap();
        assert_eq!((totals.received.len(), totals.issued.len()), (0, 1));
        assert_eq!(totals.issued[0].sum, Sum { count: 1, cents: 10_000 });
        let found = listing.search("C1", 10).await.unwrap();
        assert!(found.customers.is_empty() && found.invoices.is_empty());
        assert_eq!(invoices(&listing, &list(InvoiceSort::Settled)).await, []);
        let query = CustomerQuery::default();
        let left = every(async |from| listing.customers(&query, from.as_ref(), 5).await).await;
        assert_eq!(left.iter().map(|row| row.client.as_str()).collect::<Vec<_>>(), ["C2"]);
        listing.close().await;
    }
}

/// No list reads a whole table on a server, whatever it guesses of small ones.
#[tokio::test]
async fn no_list_scans_or_sorts_on_a_server() {
    let told = [
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_format=json",
        "logging_collector=on",
        "log_directory=journaux",
        "log_filename=plans.log",
        "enable_seqscan=off",
        "enable_bitmapscan=off",
        "fsync=off",
    ];
    let Some(server) = tokio::task::spawn_blocking(move || Server::with(&told)).await.unwrap() else { return };
    let (url, folder) = (server.create("listes"), tempfile::tempdir().unwrap());
    let listing = Listing::open(&url, folder.path(), "essai", at("2026-03-10T10:00:00Z")).await.unwrap();
    let some = |word: &str| Some(word.to_owned());
    let filters = [
        InvoiceQuery::default(),
        InvoiceQuery { situation: Some(Situation::Disputed), ..InvoiceQuery::default() },
        InvoiceQuery { situation: Some(Situation::Open), ..InvoiceQuery::default() },
        InvoiceQuery { segment: some("vip"), ..InvoiceQuery::default() },
        InvoiceQuery { owner: some("Anne"), ..InvoiceQuery::default() },
        InvoiceQuery { scenario: some("plan"), ..InvoiceQuery::default() },
    ];
    let today = day("2026-03-10");
    let from = Cursor::read("a[\"100\",\"C1\",\"F1\"]");
    for sort in
        [InvoiceSort::Balance, InvoiceSort::Due, InvoiceSort::Promise, InvoiceSort::Broken, InvoiceSort::Settled]
    {
        for filter in &filters {
            let query = InvoiceQuery { sort, due_to: Some(today), ..filter.clone() };
            listing.invoices(&query, None, 50).await.unwrap();
            listing.invoices(&query, from.as_ref(), 50).await.unwrap();
        }
    }
    for sort in [CustomerSort::Balance, CustomerSort::Name, CustomerSort::Code] {
        listing.customers(&CustomerQuery { sort, ..CustomerQuery::default() }, None, 50).await.unwrap();
    }
    listing.work(WorkKind::Call, from.as_ref(), 20).await.unwrap();
    listing.payments((today, today), None, 20).await.unwrap();
    listing.search("dupont 12", 20).await.unwrap();
    let marked = "SET enable_seqscan = on; SELECT COUNT(*) FROM imports WHERE rapport = ''";
    assert!(server.sql("listes", marked));
    let mut log = String::new();
    for _ in 0..300 {
        log = std::fs::read_to_string(server.file("journaux/plans.log")).unwrap();
        if log.contains(marked) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let (mut read, mut seen) = (0, BTreeSet::new());
    for (text, plan) in crate::shards::plans(&log) {
        let told = plan.to_string();
        if text == marked {
            assert!(told.contains("Seq Scan"), "what scans would be seen");
        }
        if !["FROM instances", "FROM dossiers", "FROM a_faire", "FROM encaissements"].iter().any(|of| text.contains(of))
        {
            continue;
        }
        assert!(!told.contains("Seq Scan"), "{text}\n{plan:#}");
        assert!(text.contains("FROM mots") || !told.contains("\"Sort\""), "{text}\n{plan:#}");
        seen.extend(told.split('"').filter(|word| word.starts_with("instances_")).map(str::to_owned));
        read += 1;
    }
    assert!(read > 60, "only {read} plans were read");
    assert!(seen.len() > 9, "{seen:?}");
    listing.close().await;
}
