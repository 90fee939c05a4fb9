//! Real books: 1,181 invoices with their real payment dates, run day by day over two years, counted against plain arithmetic.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{Datelike, NaiveDate};
use relance_core::day::{add_days, start_of_day};
use relance_core::simulate::People;
use relance_engine::import::{Known, Options, load, read, reconcile};
use relance_tests::{Office, ZONE, day, program, shared, simulate, span};
use std::collections::BTreeMap;
use std::path::Path;

const RUNGS: [(i64, &str); 3] = [(5, "courtois"), (15, "ferme"), (30, "dernier_avis")];

/// Due date and payment date of every invoice, read straight from the files.
fn facts(folder: &Path) -> Vec<(NaiveDate, NaiveDate)> {
    let date = |text: &str| NaiveDate::parse_from_str(text, "%d/%m/%Y").unwrap();
    let rows = |name: &str| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        text.lines().skip(1).map(|line| line.split(';').map(str::to_owned).collect()).collect()
    };
    let paid: BTreeMap<String, NaiveDate> =
        rows("reglements_fr.csv").into_iter().map(|row| (row[2].clone(), date(&row[0]))).collect();
    rows("factures_fr.csv").into_iter().map(|row| (date(&row[3]), paid[&row[0]])).collect()
}

/// Days on which nothing leaves although every day is a sending day: the holidays of France in 2012, 2013 and early 2014.
fn is_holiday(day: NaiveDate) -> bool {
    let fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
    let moving = ["2012-04-09", "2012-05-17", "2012-05-28", "2013-04-01", "2013-05-09", "2013-05-20"];
    fixed.contains(&(day.month(), day.day())) || moving.contains(&day.to_string().as_str())
}

/// How many messages each rung sends, by arithmetic on dates alone: a rung's message leaves on the first sending day from its own,
/// unless the invoice is paid by that day, or the next rung has come.
fn expected(facts: &[(NaiveDate, NaiveDate)], closed: impl Fn(NaiveDate) -> bool) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> = RUNGS.iter().map(|(_, name)| (*name, 0)).collect();
    for (due, paid) in facts {
        for (i, (after, name)) in RUNGS.iter().enumerate() {
            let mut leaves = add_days(*due, *after);
            while closed(leaves) {
                leaves = add_days(leaves, 1);
            }
            let superseded = RUNGS.get(i + 1).is_some_and(|(next, _)| leaves >= add_days(*due, *next));
            if *paid > leaves && !superseded {
                *counts.get_mut(name).unwrap() += 1;
            }
        }
    }
    counts
}

fn scenario(calendar: &str) -> String {
    format!(
        "scénario trois_paliers\n  {calendar}\n  envois tous les jours\n  sans plafond\n\n  \
         à J+5 : email courtois\n  à J+15 : email ferme\n  à J+30 : email dernier_avis\n"
    )
}

fn by_template(names: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

async fn compare(calendar: &str, closed: impl Fn(NaiveDate) -> bool) {
    let Some(folder) = shared("ar-ibm") else { return };
    let (first, last) = (day("2012-01-01"), day("2014-03-31"));
    let files: Vec<_> =
        ["factures_fr.csv", "reglements_fr.csv"].iter().flat_map(|name| load(&folder.join(name)).unwrap()).collect();
    let batch = read(&files, &Options::default());
    let found = reconcile(&Known::default(), &batch, first, ZONE);
    assert_eq!(found.problems, vec![]);
    assert_eq!((found.counts.invoices_new, found.counts.customers_new, found.counts.payments), (1181, 47, 1181));
    // The clients of these books have no address: give each one.
    let incoming: Vec<_> = found
        .incoming
        .into_iter()
        .map(|mut thing| {
            if let relance_core::incoming::What::Customer(customer) = &mut thing.what {
                customer.email = Some(format!("{}@client.example", thing.client.to_lowercase()));
            }
            thing
        })
        .collect();

    let facts = facts(&folder);
    let wanted: BTreeMap<String, usize> =
        expected(&facts, closed).into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
    let text = scenario(calendar);
    let program = program(&[&text]);

    let office = Office::new().await;
    office.take_in(&incoming, start_of_day(first, ZONE)).await;
    let mut today = first;
    while today <= last {
        office.run(&program, span(today, today), People::ABSENT).await;
        today = add_days(today, 1);
    }
    let sent = by_template(office.post.sent.lock().unwrap().iter().map(|(_, template, _)| template.clone()));
    assert_eq!(sent, wanted);

    let lines = simulate(&program, &incoming, span(first, last), People::ABSENT);
    let simulated = lines.iter().filter(|l| l.evenement == "envoi").filter_map(|l| l.modele.clone());
    assert_eq!(by_template(simulated), wanted);
    assert!(wanted.values().all(|n| *n > 0), "{wanted:?}");
    println!("{wanted:?}");
}

#[tokio::test]
async fn every_day_is_a_sending_day() {
    compare("calendrier aucun", |_| false).await;
}

#[tokio::test]
async fn nothing_leaves_on_a_holiday() {
    compare("calendrier france", is_holiday).await;
}
