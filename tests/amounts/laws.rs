//! Laws that hold for any life of an invoice.

use super::*;
use chrono::Days;
use proptest::prelude::*;
use relance_core::interest::{Allocation, Line, Moved, Year};

fn terms() -> impl Strategy<Value = Terms> {
    let clauses =
        prop_oneof![Just(None), Just(Some("30 %")), Just(Some("3 fois le taux légal")), Just(Some("BCE + 12"))];
    let years = prop_oneof![Just(Year::Always365), Just(Year::Exact)];
    let orders = prop_oneof![Just(Allocation::PrincipalFirst), Just(Allocation::InterestFirst)];
    (clauses, years, orders).prop_map(|(clause, year, allocation)| Terms {
        clause: clause.and_then(Clause::parse),
        year,
        allocation,
    })
}

/// A debt due in the years whose rates are known, with movements in the year after.
fn debts() -> impl Strategy<Value = Debt> {
    let regimes = prop_oneof![Just(Regime::Business), Just(Regime::Public), Just(Regime::Consumer)];
    let kinds = prop_oneof![Just(MovementKind::Payment), Just(MovementKind::Reversal), Just(MovementKind::Credit)];
    let movement = (0..400u64, kinds, 0..500_000i64);
    (1..1_000_000i64, 0..3_000u64, regimes, proptest::collection::vec(movement, 0..6), 0..200u64, 1..4i64).prop_map(
        |(cents, due, regime, moves, notice, parts)| {
            let due = day("2016-01-01") + Days::new(due);
            let mut movements: Vec<Movement> = moves
                .into_iter()
                .map(|(after, kind, cents)| Movement { on: due + Days::new(after), kind, cents })
                .collect();
            movements.sort_by_key(|movement| movement.on);
            let split = (0..parts).map(|i| (due + Days::new(i.unsigned_abs() * 30), cents / parts));
            Debt {
                issued: due - Days::new(30),
                cents,
                regime,
                parts: split.collect(),
                movements,
                notice: (notice < 150).then(|| due + Days::new(notice)),
                ..debt(1, "2025-01-31")
            }
        },
    )
}

fn seen(debt: &Debt, terms: &Terms, days: u64) -> Statement {
    let found = statement(debt, &amounts(terms.clone()), debt.parts[0].0 + Days::new(days));
    assert_eq!(found.gaps, [], "rates are known");
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Where a period is cut changes nothing: the sum is exact, and rounded once.
    #[test]
    fn splitting_changes_nothing(debt in debts(), terms in terms(), days in 1..500u64, cut in 0..500u64) {
        let whole = seen(&debt, &terms, days);
        let nothing = Movement { on: debt.parts[0].0 + Days::new(cut), kind: MovementKind::Credit, cents: 0 };
        let mut split = debt.clone();
        split.movements.push(nothing);
        split.movements.sort_by_key(|movement| movement.on);
        let split = seen(&split, &terms, days);
        prop_assert_eq!(split.interest, whole.interest);
        prop_assert_eq!(split.total(), whole.total());
    }

    /// More days never cost less, but for what is paid or credited meanwhile.
    #[test]
    fn more_days_never_cost_less(debt in debts(), terms in terms(), days in 0..500u64) {
        let (before, after) = (seen(&debt, &terms, days), seen(&debt, &terms, days + 1));
        prop_assert!(after.interest >= before.interest);
        prop_assert!(after.fee >= before.fee);
    }

    /// More principal never costs less.
    #[test]
    fn more_principal_never_costs_less(debt in debts(), terms in terms(), days in 0..500u64, more in 1..100_000i64) {
        let larger = Debt { cents: debt.cents + more, parts: one_more(&debt, more), ..debt.clone() };
        let (less, more) = (seen(&debt, &terms, days), seen(&larger, &terms, days));
        prop_assert!(more.interest >= less.interest, "{} {}", more.interest, less.interest);
        prop_assert!(more.fee >= less.fee);
        prop_assert!(more.total() >= less.total());
    }

    /// A payment that is taken back on its day leaves everything as it was.
    #[test]
    fn a_reversal_restores(debt in debts(), terms in terms(), days in 0..500u64, on in 0..400u64, cents in 1..2_000_000i64) {
        let as_it_was = seen(&debt, &terms, days);
        let on = debt.parts[0].0 + Days::new(on);
        let mut bounced = debt.clone();
        for kind in [MovementKind::Payment, MovementKind::Reversal] {
            bounced.movements.push(Movement { on, kind, cents });
        }
        bounced.movements.sort_by_key(|movement| movement.on);
        let found = seen(&bounced, &terms, days);
        prop_assert_eq!(found.principal, as_it_was.principal);
        prop_assert_eq!((found.interest, found.interest_paid), (as_it_was.interest, as_it_was.interest_paid));
        prop_assert_eq!((found.fee_due(), found.surplus), (as_it_was.fee_due(), as_it_was.surplus));
    }

    /// No cent of a movement is lost or made: what each line says adds up to it, and all lines to what is left.
    #[test]
    fn allocation_conserves(debt in debts(), terms in terms(), days in 0..500u64) {
        let found = seen(&debt, &terms, days);
        let (mut principal, mut interest, mut fee, mut surplus) = (debt.cents, 0, 0, 0);
        for line in &found.lines {
            if let Line::Moved(Moved { movement, piece }) = line {
                let sign = if movement.kind == MovementKind::Reversal { -1 } else { 1 };
                prop_assert_eq!(piece.principal + piece.interest + piece.fee + piece.surplus, sign * movement.cents);
                principal -= piece.principal;
                interest += piece.interest;
                fee += piece.fee;
                surplus += piece.surplus;
            }
        }
        prop_assert_eq!((found.principal, found.interest_paid), (principal, interest));
        prop_assert_eq!((found.fee_paid, found.surplus), (fee, surplus));
        prop_assert!(found.principal == 0 || found.surplus == 0, "{} {}", found.principal, found.surplus);
        prop_assert!(found.principal >= 0 && found.surplus >= 0 && found.interest_paid >= 0 && found.fee_paid >= 0);
    }

    /// The lines of a statement are in the order of their days, and slices neither overlap nor touch a day twice.
    #[test]
    fn slices_are_apart(debt in debts(), terms in terms(), days in 0..500u64) {
        let found = seen(&debt, &terms, days);
        let slices: Vec<_> = found.slices().collect();
        prop_assert!(slices.windows(2).all(|pair| pair[0].to < pair[1].from));
        prop_assert!(slices.iter().all(|s| s.days == (s.to - s.from).num_days() + 1 && s.principal > 0));
    }
}

/// The same due dates, with more to pay at the first one.
fn one_more(debt: &Debt, more: i64) -> Vec<(NaiveDate, i64)> {
    let mut parts = debt.parts.clone();
    parts[0].1 += more;
    parts
}
