//! The words of a statement of account, the same on paper and at a terminal.

use relance_core::day::french_date;
use relance_core::dossier::MovementKind;
use relance_core::incoming::Waived;
use relance_core::interest::{Allocation, Debt, Line, Piece, Regime, Slice, Statement, Terms, Year};
use relance_core::money::{Amount, decimal_comma};

/// A line of the statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// A day, or from when to when.
    pub when: String,
    /// What happened, or how the interest comes about.
    pub what: String,
    /// What has to be known of the rate.
    pub mark: Option<Mark>,
    /// The amount as digits; interest with four decimals.
    pub amount: String,
}

/// What has to be known of a rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// The rate is not known, or may not be claimed.
    Provisional,
    /// It was read at one place only.
    ToConfirm,
}

impl Mark {
    /// In French.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Provisional => "provisoire",
            Mark::ToConfirm => "taux à confirmer",
        }
    }
}

/// By which rules the interest is computed.
pub fn rule(debt: &Debt, terms: &Terms) -> String {
    match (debt.regime, debt.clause_under(terms)) {
        (Regime::Consumer, _) => "particulier : intérêt légal depuis la mise en demeure".to_owned(),
        (Regime::Public, _) => "acheteur public : BCE + 8 points, au taux du semestre où ils commencent".to_owned(),
        (Regime::Business, None) => "entreprise : BCE + 10 points".to_owned(),
        (Regime::Business, Some(clause)) => format!("entreprise : taux contractuel, {clause}"),
    }
}

/// By which conventions.
pub fn settings(terms: &Terms) -> String {
    let year = if terms.year == Year::Exact { "année exacte" } else { "année de 365 jours" };
    let order = match terms.allocation {
        Allocation::PrincipalFirst => "un paiement va d’abord au principal",
        Allocation::InterestFirst => "un paiement va d’abord aux intérêts",
    };
    format!("{year}, {order}")
}

/// What is owed, by name; the sum is last.
pub fn totals(debt: &Debt, statement: &Statement) -> Vec<(&'static str, Amount)> {
    let amount = |cents| Amount::new(cents, debt.currency);
    let mut totals = vec![("Principal", amount(statement.principal)), ("Intérêts", amount(statement.interest_due()))];
    if statement.regime != Regime::Consumer {
        totals.push(("Indemnité forfaitaire", amount(statement.fee_due())));
    }
    totals.push(("Total dû", amount(statement.total())));
    totals
}

/// The lines, by date.
pub fn rows(debt: &Debt, statement: &Statement) -> Vec<Row> {
    statement.lines.iter().map(|line| row(debt, line)).collect()
}

fn row(debt: &Debt, line: &Line) -> Row {
    let plain = |on, what: String, amount: String| Row { when: french_date(on), what, mark: None, amount };
    match line {
        Line::Issued { on, cents } => plain(*on, "facture".to_owned(), decimal_comma(*cents)),
        Line::Moved(moved) => {
            let movement = &moved.movement;
            let sign = if movement.kind == MovementKind::Reversal { 1 } else { -1 };
            let what = format!("{}{}", name(movement.kind, movement.cents), spread(debt, &moved.piece));
            plain(movement.on, what, decimal_comma(movement.cents.saturating_mul(sign)))
        }
        Line::Notice { on } => plain(*on, "mise en demeure : l’intérêt légal court".to_owned(), String::new()),
        Line::Fee { on, cents } => {
            plain(*on, "indemnité forfaitaire de recouvrement".to_owned(), decimal_comma(*cents))
        }
        Line::Slice(slice) => Row {
            when: format!("{} – {}", french_date(slice.from), french_date(slice.to)),
            what: product(debt, slice),
            mark: match (slice.provisional, slice.to_confirm) {
                (true, _) => Some(Mark::Provisional),
                (false, true) => Some(Mark::ToConfirm),
                (false, false) => None,
            },
            amount: grouped(slice),
        },
        Line::Waived { on, what, cents } => {
            let what = match what {
                Waived::Fee => "renonciation à l’indemnité forfaitaire",
                Waived::Penalties | Waived::Both => "renonciation aux intérêts, qui ne courent plus",
            };
            let amount = if *cents == 0 { String::new() } else { decimal_comma(cents.saturating_neg()) };
            plain(*on, what.to_owned(), amount)
        }
        Line::Judgment { on } => {
            plain(*on, "procédure collective : le jugement arrête les intérêts".to_owned(), String::new())
        }
    }
}

fn name(kind: MovementKind, cents: i64) -> &'static str {
    match kind {
        MovementKind::Payment => "paiement",
        MovementKind::Reversal => "rejet d’un paiement",
        MovementKind::Credit if cents < 0 => "correction à la hausse",
        MovementKind::Credit => "avoir",
    }
}

/// How the interest of a slice comes about: `1 200,00 € × 13,15 % × 20 jours / 365`.
fn product(debt: &Debt, slice: &Slice) -> String {
    let Slice { principal, rate, days, base, .. } = slice;
    let plural = if *days > 1 { "s" } else { "" };
    let principal = Amount::new(*principal, debt.currency);
    format!("{principal} × {rate} × {days} jour{plural} / {}", base.days())
}

/// Where the money of a movement went, when not all of it to the principal.
fn spread(debt: &Debt, piece: &Piece) -> String {
    let parts = [
        ("principal", piece.principal),
        ("intérêts", piece.interest),
        ("indemnité", piece.fee),
        ("trop-perçu", piece.surplus),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, cents)| *cents != 0)
        .map(|(name, cents)| format!("{name} {}", Amount::new(cents.saturating_abs(), debt.currency)))
        .collect();
    if told.len() < 2 && piece.principal != 0 { String::new() } else { format!(" ({})", told.join(", ")) }
}

/// Interest with four decimals and blanks between thousands.
fn grouped(slice: &Slice) -> String {
    let digits = slice.interest.digits();
    let (euros, rest) = digits.split_once(',').unwrap_or((&digits, ""));
    let cents = euros.parse::<i64>().map_or(i64::MAX, |euros| euros.saturating_mul(100));
    format!("{},{rest}", decimal_comma(cents).trim_end_matches(",00"))
}
