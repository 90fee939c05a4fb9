//! The rates that Relance brings, against tables typed from elsewhere.

use super::day;
use relance_core::interest::{Confidence, Percent, Table};
use relance_engine::legal_rates::{OwnRate, rates};

/// Year; the bank's rate on 1 January and 1 July; the legal rate (`autres cas`) of both semesters.
const YEARS: &[(i32, [&str; 2], [&str; 2])] = &[
    (2010, ["1.00", "1.00"], ["0.65", "0.65"]),
    (2011, ["1.00", "1.25"], ["0.38", "0.38"]),
    (2012, ["1.00", "1.00"], ["0.71", "0.71"]),
    (2013, ["0.75", "0.50"], ["0.04", "0.04"]),
    (2014, ["0.25", "0.15"], ["0.04", "0.04"]),
    (2015, ["0.05", "0.05"], ["0.93", "0.99"]),
    (2016, ["0.05", "0.00"], ["1.01", "0.93"]),
    (2017, ["0.00", "0.00"], ["0.90", "0.90"]),
    (2018, ["0.00", "0.00"], ["0.89", "0.88"]),
    (2019, ["0.00", "0.00"], ["0.86", "0.87"]),
    (2020, ["0.00", "0.00"], ["0.87", "0.84"]),
    (2021, ["0.00", "0.00"], ["0.79", "0.76"]),
    (2022, ["0.00", "0.00"], ["0.76", "0.77"]),
    (2023, ["2.50", "4.00"], ["2.06", "4.22"]),
    (2024, ["4.50", "4.25"], ["5.07", "4.92"]),
    (2025, ["3.15", "2.15"], ["3.71", "2.76"]),
    (2026, ["2.15", "2.40"], ["2.62", "2.75"]),
];

/// Three times the legal rate, as it was published.
const FLOORS: &[(&str, &str)] =
    &[("2025-01-01", "11.13"), ("2025-07-01", "8.28"), ("2026-01-01", "7.86"), ("2026-07-01", "8.25")];

#[test]
fn every_semester_has_its_rates() {
    let rates = rates(&[]);
    for (year, ecb, legal) in YEARS {
        for (half, month) in [(0, "01"), (1, "07")] {
            let from = day(&format!("{year}-{month}-01"));
            let told = |table| rates.of(table, from).map(|quoted| quoted.rate);
            assert_eq!(told(Table::Ecb), Percent::parse(ecb[half]), "BCE, {from}");
            assert_eq!(told(Table::Legal), Percent::parse(legal[half]), "légal, {from}");
        }
    }
    assert_eq!(rates.of(Table::Ecb, day("2009-01-01")).map(|q| q.rate), Percent::parse("2.50"));
    assert_eq!(rates.of(Table::Ecb, day("2009-07-01")).map(|q| q.rate), Percent::parse("1.00"));
}

#[test]
fn floors_are_those_published() {
    let rates = rates(&[]);
    for (from, floor) in FLOORS {
        let legal = rates.of(Table::Legal, day(from)).unwrap_or_else(|| panic!("{from}"));
        assert_eq!(Some(legal.rate.times(Percent::points(3))), Percent::parse(floor), "{from}");
    }
}

#[test]
fn nothing_is_known_past_the_last_change() {
    let known = rates(&[]);
    for table in [Table::Ecb, Table::Legal] {
        assert_eq!(known.of(table, day("2027-01-01")), None);
        assert_eq!(known.of(table, day("2026-07-01")).map(|q| q.confidence), Some(Confidence::ToConfirm));
    }
    let rate = Percent::parse("2.65").unwrap_or_default();
    let added = OwnRate { table: Table::Ecb, from: day("2027-01-01"), rate, source: "site de la BCE".to_owned() };
    let own = rates(&[OwnRate { from: day("2026-07-01"), ..added.clone() }, added]);
    assert_eq!(own.of(Table::Ecb, day("2027-01-01")).map(|q| q.rate), Some(rate));
    assert_eq!(
        own.of(Table::Ecb, day("2026-07-01")).map(|q| (q.rate, q.confidence)),
        Some((rate, Confidence::Entered))
    );
    assert_eq!(own.of(Table::Ecb, day("2027-07-01")), None);
}
