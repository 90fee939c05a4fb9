//! Vectors: what is expected is written as the sum of its slices.

use super::*;
use relance_core::dossier::Waivers;
use relance_core::incoming::Waived;
use relance_core::interest::{Allocation, Gap, Line, Table, Year};

/// A slice as one computes it on paper: principal in euros, rate in percent, days, days of the year.
type Paper = (f64, f64, f64, f64);
/// A name, the debt, its terms, the day, the fee in cents, and the slices on paper.
type Row = (&'static str, Debt, Terms, &'static str, i64, &'static [Paper]);

/// The sum of slices, in cents, half up.
fn sum(slices: &[Paper]) -> i64 {
    let exact: f64 = slices.iter().map(|(euros, rate, days, year)| euros * rate * days / year).sum();
    // A millionth of a cent mends what binary fractions lack.
    (exact + 1e-6 + 0.5).floor() as i64
}

/// A statement in few words: interest and fee due, in cents.
fn owed(statement: &Statement) -> (i64, i64) {
    assert_eq!(statement.gaps, [], "firm");
    (statement.interest_due(), statement.fee_due())
}

#[test]
fn a_contract_rate_for_thirty_days() {
    // 3 000 € at 14,76 %, which is the floor of that semester itself.
    let found = at(&debt(300_000, "2024-08-31"), clause("14,76 %"), "2024-09-30");
    assert_eq!(owed(&found), (36_39, 40_00));
    assert_eq!(found.interest, sum(&[(3000.0, 14.76, 30.0, 365.0)]));
}

#[test]
fn two_semesters_on_either_base_and_for_a_public_buyer() {
    let late = Debt { movements: vec![paid("2024-08-15", 1_000_000)], ..debt(1_000_000, "2024-05-31") };
    let usual = at(&late, Terms::default(), "2024-08-15");
    assert_eq!(owed(&usual), (298_77, 40_00));
    assert_eq!(usual.interest, sum(&[(10_000.0, 14.50, 30.0, 365.0), (10_000.0, 14.25, 46.0, 365.0)]));
    let told: Vec<_> =
        usual.slices().map(|s| (s.from.to_string(), s.to.to_string(), s.days, s.rate.digits())).collect();
    assert_eq!(
        told,
        [
            ("2024-06-01".to_owned(), "2024-06-30".to_owned(), 30, "14,50".to_owned()),
            ("2024-07-01".to_owned(), "2024-08-15".to_owned(), 46, "14,25".to_owned()),
        ]
    );
    let exact = at(&late, Terms { year: Year::Exact, ..Terms::default() }, "2024-08-15");
    assert_eq!(exact.interest, 297_95);
    assert_eq!(exact.interest, sum(&[(10_000.0, 14.50, 30.0, 366.0), (10_000.0, 14.25, 46.0, 366.0)]));
    let public = at(&Debt { regime: Regime::Public, ..late }, Terms::default(), "2024-08-15");
    assert_eq!(owed(&public), (260_27, 40_00));
    assert_eq!(public.interest, sum(&[(10_000.0, 12.50, 76.0, 365.0)]), "frozen");
    // It was paid: the interest stays due, and does not run any more.
    assert_eq!((usual.principal, at(&debt_paid(), Terms::default(), "2026-10-01").interest), (0, 298_77));
}

fn debt_paid() -> Debt {
    Debt { movements: vec![paid("2024-08-15", 1_000_000)], ..debt(1_000_000, "2024-05-31") }
}

#[test]
fn a_part_payment_cuts_a_slice() {
    let moves = vec![paid("2025-02-20", 500_00), paid("2025-03-31", 700_00)];
    let found = at(&Debt { movements: moves, ..debt(1_200_00, "2025-01-31") }, Terms::default(), "2025-03-31");
    assert_eq!(owed(&found), (18_48, 40_00));
    assert_eq!(found.interest, sum(&[(1200.0, 13.15, 20.0, 365.0), (700.0, 13.15, 39.0, 365.0)]));
    let slices: Vec<String> = found.slices().map(|s| s.interest.digits()).collect();
    assert_eq!(slices, ["8,6466", "9,8355"]);
}

#[test]
fn by_hand() {
    let usual = Terms::default;
    let business = |cents, due, movements| Debt { movements, ..debt(cents, due) };
    let rows: Vec<Row> = vec![
        ("one day", debt(10_000_00, "2025-08-15"), usual(), "2025-08-16", 40_00, &[(10_000.0, 12.15, 1.0, 365.0)]),
        ("the due day itself", debt(10_000_00, "2025-08-15"), usual(), "2025-08-15", 0, &[]),
        (
            "due on a Saturday: no day is given",
            debt(900_00, "2025-03-15"),
            usual(),
            "2025-03-17",
            40_00,
            &[(900.0, 13.15, 2.0, 365.0)],
        ),
        (
            "paid on the due day",
            business(900_00, "2025-03-14", vec![paid("2025-03-14", 900_00)]),
            usual(),
            "2025-06-01",
            0,
            &[],
        ),
        (
            "a cent is missing",
            business(900_00, "2025-03-14", vec![paid("2025-03-14", 899_99)]),
            usual(),
            "2025-04-13",
            40_00,
            &[(0.01, 13.15, 30.0, 365.0)],
        ),
        (
            "three semesters",
            debt(2_000_00, "2024-11-30"),
            usual(),
            "2025-08-31",
            40_00,
            &[(2000.0, 14.25, 31.0, 365.0), (2000.0, 13.15, 181.0, 365.0), (2000.0, 12.15, 62.0, 365.0)],
        ),
        (
            "a credit note",
            business(1_000_00, "2025-01-31", vec![credited("2025-02-10", 400_00)]),
            usual(),
            "2025-02-28",
            40_00,
            &[(1000.0, 13.15, 10.0, 365.0), (600.0, 13.15, 18.0, 365.0)],
        ),
        (
            "a payment that was rejected",
            business(1_000_00, "2025-01-31", vec![paid("2025-02-10", 1_000_00), reversed("2025-02-20", 1_000_00)]),
            usual(),
            "2025-03-31",
            40_00,
            &[(1000.0, 13.15, 10.0, 365.0), (1000.0, 13.15, 39.0, 365.0)],
        ),
        (
            "an invoice corrected upwards",
            business(1_000_00, "2025-01-31", vec![credited("2025-02-10", -100_00)]),
            usual(),
            "2025-02-28",
            40_00,
            &[(1000.0, 13.15, 10.0, 365.0), (1100.0, 13.15, 18.0, 365.0)],
        ),
        (
            "three instalments, the third not late yet",
            Debt {
                parts: vec![(day("2025-01-31"), 300_00), (day("2025-02-28"), 300_00), (day("2025-03-31"), 300_00)],
                ..debt(900_00, "2025-01-31")
            },
            usual(),
            "2025-03-31",
            40_00,
            &[(300.0, 13.15, 28.0, 365.0), (600.0, 13.15, 31.0, 365.0)],
        ),
        (
            "three times the legal rate",
            debt(1_500_00, "2025-05-31"),
            clause("3 fois le taux légal"),
            "2025-08-31",
            40_00,
            &[(1500.0, 11.13, 30.0, 365.0), (1500.0, 8.28, 62.0, 365.0)],
        ),
        (
            "the bank's rate and twelve points",
            debt(1_500_00, "2025-05-31"),
            clause("BCE + 12 points"),
            "2025-08-31",
            40_00,
            &[(1500.0, 15.15, 30.0, 365.0), (1500.0, 14.15, 62.0, 365.0)],
        ),
        (
            "a public buyer over two semesters",
            Debt { regime: Regime::Public, ..debt(4_000_00, "2025-05-15") },
            usual(),
            "2025-09-30",
            40_00,
            &[(4000.0, 11.15, 138.0, 365.0)],
        ),
        (
            "a public buyer late since 1 July",
            Debt { regime: Regime::Public, ..debt(4_000_00, "2025-06-30") },
            usual(),
            "2025-07-30",
            40_00,
            &[(4000.0, 10.15, 30.0, 365.0)],
        ),
        (
            "a consumer after the formal notice",
            Debt { regime: Regime::Consumer, notice: Some(day("2025-03-10")), ..debt(800_00, "2025-01-31") },
            usual(),
            "2025-08-31",
            0,
            &[(800.0, 3.71, 112.0, 365.0), (800.0, 2.76, 62.0, 365.0)],
        ),
        (
            "a consumer before it",
            Debt { regime: Regime::Consumer, ..debt(800_00, "2025-01-31") },
            usual(),
            "2025-06-30",
            0,
            &[],
        ),
        (
            "a judgment stops the interest",
            Debt { judgment: Some(day("2025-03-01")), ..debt(5_000_00, "2025-01-31") },
            usual(),
            "2025-06-30",
            40_00,
            &[(5000.0, 13.15, 28.0, 365.0)],
        ),
        (
            "a judgment before the due date",
            Debt { judgment: Some(day("2025-01-31")), ..debt(5_000_00, "2025-01-31") },
            usual(),
            "2025-06-30",
            0,
            &[],
        ),
        (
            "half of it in a leap year",
            debt(10_000_00, "2023-12-16"),
            Terms { year: Year::Exact, ..usual() },
            "2024-01-15",
            40_00,
            &[(10_000.0, 14.00, 15.0, 365.0), (10_000.0, 14.50, 15.0, 366.0)],
        ),
        (
            "before 2013 each change counts",
            debt(10_000_00, "2012-06-30"),
            usual(),
            "2012-07-31",
            0,
            &[(10_000.0, 11.00, 10.0, 365.0), (10_000.0, 10.75, 21.0, 365.0)],
        ),
        (
            "in 2024 the law's rate is under three times the legal one",
            debt(1_000_00, "2024-01-31"),
            usual(),
            "2024-03-01",
            40_00,
            &[(1000.0, 14.50, 30.0, 365.0)],
        ),
    ];
    for (name, debt, terms, as_of, fee, slices) in rows {
        let found = at(&debt, terms, as_of);
        assert_eq!(owed(&found), (sum(slices), fee), "{name}");
        assert_eq!(found.slices().count(), slices.len(), "{name}");
        let shown: Vec<_> = found.slices().map(|s| (s.days as f64, s.rate.scaled() as f64 / 10_000.0)).collect();
        assert_eq!(shown, slices.iter().map(|(_, rate, days, _)| (*days, *rate)).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_payment_may_go_to_the_interest_first() {
    let moves = vec![paid("2025-02-20", 500_00)];
    let terms = Terms { allocation: Allocation::InterestFirst, ..Terms::default() };
    let found = at(&Debt { movements: moves, ..debt(1_200_00, "2025-01-31") }, terms, "2025-03-31");
    // 8,65 of the 500 pay the interest of twenty days: 708,65 of the principal are left.
    assert_eq!((found.principal, found.interest_paid), (708_65, 8_65));
    assert_eq!(found.interest, sum(&[(1200.0, 13.15, 20.0, 365.0), (708.65, 13.15, 39.0, 365.0)]));
    assert_eq!(owed(&found), (9_95, 40_00));
    assert_eq!(found.total(), 708_65 + 9_95 + 40_00);
}

#[test]
fn what_is_paid_over_the_principal_pays_what_came_with_it() {
    let moves = vec![paid("2025-03-31", 1_300_00)];
    let found = at(&Debt { movements: moves, ..debt(1_200_00, "2025-01-31") }, Terms::default(), "2025-06-30");
    let interest = sum(&[(1200.0, 13.15, 59.0, 365.0)]);
    assert_eq!((found.interest, found.total()), (interest, 0));
    assert_eq!((found.interest_paid, found.fee_paid, found.surplus), (interest, 40_00, 100_00 - interest - 40_00));
}

#[test]
fn an_unknown_semester_is_never_carried_forward_in_silence() {
    let late = debt(1_000_00, "2026-11-30");
    assert_eq!(at(&late, Terms::default(), "2026-12-31").gaps, []);
    let found = at(&late, Terms::default(), "2027-01-01");
    let missing = Gap::Missing { table: Table::Ecb, from: day("2027-01-01") };
    assert_eq!(found.gaps, [missing]);
    assert_eq!(
        found.slices().map(|s| (s.rate.digits(), s.provisional)).collect::<Vec<_>>(),
        [("12,40".to_owned(), false), ("12,65".to_owned(), true)]
    );
    assert!(missing.told().contains("relance taux ajouter bce 2027-01-01"), "{}", missing.told());
    // The rate of a public buyer is frozen before: nothing is missing.
    assert_eq!(at(&Debt { regime: Regime::Public, ..late.clone() }, Terms::default(), "2027-06-30").gaps, []);
    let legal = at(&late, clause("3 fois le taux légal"), "2027-01-01");
    assert_eq!(legal.gaps, [Gap::Missing { table: Table::Legal, from: day("2027-01-01") }]);
    assert_eq!(at(&debt(1_00, "2008-06-30"), Terms::default(), "2008-12-31").gaps.len(), 1, "before ten points");
    assert_eq!(at(&late, Terms::default(), "9000-01-01").gaps.len(), 4, "the first ones only");
}

#[test]
fn a_contract_rate_below_the_floor_is_an_error() {
    let late = debt(1_000_00, "2023-12-15");
    let found = at(&late, clause("12,66 %"), "2024-01-15");
    assert_eq!(found.gaps, [Gap::BelowFloor { from: day("2024-01-01") }], "4,22 × 3 is 12,66, and 5,07 × 3 more");
    assert_eq!(at(&late, clause("12,65 %"), "2023-12-31").gaps, [Gap::BelowFloor { from: day("2023-07-01") }]);
    assert_eq!(at(&late, clause("2,5 fois le taux légal"), "2023-12-31").gaps.len(), 1);
    assert_eq!(at(&late, clause("BCE + 8 points"), "2023-12-31").gaps.len(), 1);
    let own = Debt { clause: Clause::parse("20 %"), ..late.clone() };
    assert_eq!(at(&own, clause("1 %"), "2024-01-15").gaps, [], "the invoice's own rate goes first");
    // The clause binds companies only.
    for regime in [Regime::Public, Regime::Consumer] {
        let other = Debt { regime, notice: Some(day("2023-12-20")), ..late.clone() };
        assert_eq!(at(&other, clause("1 %"), "2024-01-15").gaps, []);
    }
}

#[test]
fn the_fee_is_in_euros_and_claimed_once() {
    let francs = Debt { currency: Currency::parse("CHF").unwrap_or(Currency::EUR), ..debt(1_000_00, "2025-01-31") };
    assert_eq!(owed(&at(&francs, Terms::default(), "2025-02-28")).1, 0);
    let parts = vec![(day("2025-01-31"), 500_00), (day("2025-02-28"), 500_00)];
    let found = at(&Debt { parts, ..debt(1_000_00, "2025-01-31") }, Terms::default(), "2025-12-31");
    assert_eq!(found.fee, 40_00);
}

#[test]
fn nothing_is_too_large_or_too_far() {
    for (issued, due, as_of) in [("1900-01-01", "1900-01-31", "9999-12-31"), ("9999-12-01", "9999-12-31", "9999-12-31")]
    {
        for cents in [i64::MIN, 0, 1, i64::MAX] {
            let moves = vec![
                paid(due, i64::MAX),
                reversed(as_of, i64::MAX),
                credited(as_of, i64::MIN),
                credited(due, i64::MAX),
            ];
            let debt = Debt {
                issued: day(issued),
                cents,
                movements: moves,
                parts: vec![(day(due), cents); 3],
                ..debt(1, "2025-01-31")
            };
            for regime in [Regime::Business, Regime::Consumer, Regime::Public] {
                for terms in [Terms::default(), clause("1000 %"), clause("1000 fois le taux légal")] {
                    let debt = Debt { regime, notice: Some(day(due)), judgment: None, ..debt.clone() };
                    let found = at(&debt, terms, as_of);
                    assert!(found.total() >= 0 && found.lines.len() < 100, "{cents} {regime:?}");
                }
            }
        }
    }
}

#[test]
fn a_delay_from_before_the_recovery_fee_brings_none() {
    let fee = |regime, due: &str| at(&Debt { regime, ..debt(100_000, due) }, Terms::default(), "2013-07-01").fee_due();
    assert_eq!(fee(Regime::Business, "2012-12-30"), 0);
    assert_eq!(fee(Regime::Business, "2012-12-31"), 40_00, "late from 1 January 2013");
    assert_eq!(fee(Regime::Public, "2013-04-29"), 0);
    assert_eq!(fee(Regime::Public, "2013-04-30"), 40_00);
    assert_eq!(fee(Regime::Consumer, "2013-05-31"), 0);
}

/// What is given up is no longer claimed from its day on; the day before, and when it is taken back, everything is.
#[test]
fn penalties_and_the_fee_can_be_given_up() {
    let waived =
        |penalties: Option<&str>, fee: Option<&str>| Waivers { penalties: penalties.map(day), fee: fee.map(day) };
    let late = debt(10_000_00, "2024-05-31");
    let whole = at(&late, Terms::default(), "2024-08-15");
    assert_eq!((whole.interest_due(), whole.fee_due()), (298_77, 40_00));
    let found = |waivers, as_of: &str| at(&Debt { waived: waivers, ..late.clone() }, Terms::default(), as_of);
    let no_interest = found(waived(Some("2024-07-31"), None), "2024-08-15");
    assert_eq!((no_interest.interest_due(), no_interest.fee_due(), no_interest.total()), (0, 40_00, 10_040_00));
    // 61 days had accrued: 30 at 14.50 %, 31 at 14.25 %.
    let given_up = |line: &Line| matches!(line, Line::Waived { what: Waived::Penalties, cents: 240_21, .. });
    assert!(no_interest.lines.iter().any(given_up), "{:?}", no_interest.lines);
    assert_eq!(no_interest.slices().map(|slice| slice.to).max(), Some(day("2024-07-31")), "nothing runs after it");
    assert_eq!(found(waived(Some("2024-07-31"), None), "2024-07-30"), at(&late, Terms::default(), "2024-07-30"));
    let no_fee = found(waived(None, Some("2024-07-31")), "2024-08-15");
    assert_eq!((no_fee.interest_due(), no_fee.fee_due()), (298_77, 0));
    let before_the_due_date = found(waived(Some("2024-05-01"), Some("2024-05-01")), "2024-08-15");
    assert_eq!((before_the_due_date.total(), before_the_due_date.slices().count()), (10_000_00, 0));
    // What was paid stays paid: interest comes first here, and what is left of it is given up.
    let terms = Terms { allocation: Allocation::InterestFirst, ..Terms::default() };
    let paid = Debt { movements: vec![paid("2024-07-15", 100_00)], waived: waived(Some("2024-07-31"), None), ..late };
    let partly = at(&paid, terms, "2024-12-31");
    assert_eq!((partly.interest, partly.interest_paid, partly.interest_due()), (100_00, 100_00, 0));
    assert_eq!(partly.total(), 10_040_00, "the principal is due in full");
    assert_eq!(partly.gaps, []);
}
