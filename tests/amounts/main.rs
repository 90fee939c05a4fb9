//! Penalties, legal interest, recovery fee: published vectors, vectors computed by hand, and laws.

// Cents stand apart from euros: `298_77`.
#![allow(clippy::inconsistent_digit_grouping)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod laws;
mod rates;
mod vectors;

use chrono::NaiveDate;
use relance_core::dossier::{Movement, MovementKind};
use relance_core::interest::{Amounts, Clause, Debt, Regime, Statement, Terms, statement};
use relance_core::money::Currency;

/// A date as `2025-01-31`.
fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// A debt of a company in euros, issued thirty days before it is due.
fn debt(cents: i64, due: &str) -> Debt {
    Debt {
        issued: day(due) - chrono::Days::new(30),
        cents,
        currency: Currency::EUR,
        regime: Regime::Business,
        clause: None,
        parts: vec![(day(due), cents)],
        movements: Vec::new(),
        notice: None,
        judgment: None,
        waived: Default::default(),
    }
}

/// The rates of Relance with these terms.
fn amounts(terms: Terms) -> Amounts {
    Amounts { rates: relance_engine::legal_rates::rates(&[]), terms }
}

fn clause(text: &str) -> Terms {
    Terms { clause: Some(Clause::parse(text).unwrap_or_else(|| panic!("{text}"))), ..Terms::default() }
}

fn paid(on: &str, cents: i64) -> Movement {
    Movement { on: day(on), kind: MovementKind::Payment, cents }
}

fn reversed(on: &str, cents: i64) -> Movement {
    Movement { on: day(on), kind: MovementKind::Reversal, cents }
}

fn credited(on: &str, cents: i64) -> Movement {
    Movement { on: day(on), kind: MovementKind::Credit, cents }
}

fn at(debt: &Debt, terms: Terms, as_of: &str) -> Statement {
    statement(debt, &amounts(terms), day(as_of))
}
