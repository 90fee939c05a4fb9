//! The statement of account of one invoice on a day: movements, slices of interest, fee, and what is owed.

use super::account::Account;
pub use super::account::Piece;
use super::debt::{Debt, Regime};
use super::exact::Exact;
use super::gap::Gap;
use super::percent::Percent;
use super::rates::{Found, Table, semester};
use super::terms::{Amounts, Base, Clause};
use super::{BUSINESS_MARGIN, FLOOR, PUBLIC_MARGIN, RECOVERY_FEE};
use crate::day::add_days;
use crate::dossier::Movement;
use crate::incoming::Waived;
use crate::money::Currency;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// How many gaps are told: a date far ahead lacks every semester.
const GAPS: usize = 4;

/// What is owed on an invoice on a day.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// The day, which counts.
    pub as_of: NaiveDate,
    /// Under which rules.
    pub regime: Regime,
    /// Everything that makes the amounts, by date.
    pub lines: Vec<Line>,
    /// Principal not paid, in cents; what is not due yet included.
    pub principal: i64,
    /// Interest that has run, in cents, rounded half up once.
    pub interest: i64,
    /// What of it is paid.
    pub interest_paid: i64,
    /// The recovery fee, in cents.
    pub fee: i64,
    /// What of it is paid.
    pub fee_paid: i64,
    /// Paid over everything, in cents.
    pub surplus: i64,
    /// What keeps the interest from being firm, the first few.
    pub gaps: Vec<Gap>,
}

/// A line of the statement.
#[derive(Clone, PartialEq, Debug)]
pub enum Line {
    /// The invoice was issued.
    Issued {
        /// When.
        on: NaiveDate,
        /// Its amount.
        cents: i64,
    },
    /// Money moved.
    Moved(Moved),
    /// A formal notice left, from which a consumer's interest runs.
    Notice {
        /// When.
        on: NaiveDate,
    },
    /// The recovery fee became due.
    Fee {
        /// The first day of delay.
        on: NaiveDate,
        /// Its amount.
        cents: i64,
    },
    /// Interest of one rate on one principal.
    Slice(Slice),
    /// The company gave up what was not paid of the interest, or of the fee.
    Waived {
        /// When.
        on: NaiveDate,
        /// Of which of them.
        what: Waived,
        /// How much had accrued and was not paid, in cents.
        cents: i64,
    },
    /// Interest stopped: insolvency proceedings were opened.
    Judgment {
        /// When.
        on: NaiveDate,
    },
}

/// A movement and where its money went.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Moved {
    /// The movement.
    pub movement: Movement,
    /// Where its money went.
    pub piece: Piece,
}

/// Interest of one rate on one principal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slice {
    /// The first day that counts.
    pub from: NaiveDate,
    /// The last day that counts.
    pub to: NaiveDate,
    /// Both included.
    pub days: i64,
    /// What was late, in cents.
    pub principal: i64,
    /// A year's rate.
    pub rate: Percent,
    /// The days of a year.
    pub base: Base,
    /// The interest, unrounded.
    pub interest: Exact,
    /// The rate is not known for this time, or may not be claimed: it is the last one known, or the contract's.
    pub provisional: bool,
    /// The rate was read at one place only.
    pub to_confirm: bool,
}

impl Statement {
    /// Interest not paid, in cents.
    pub fn interest_due(&self) -> i64 {
        self.interest.saturating_sub(self.interest_paid).max(0)
    }

    /// The recovery fee not paid, in cents.
    pub fn fee_due(&self) -> i64 {
        self.fee.saturating_sub(self.fee_paid).max(0)
    }

    /// Principal, interest and fee not paid, in cents.
    pub fn total(&self) -> i64 {
        self.principal.saturating_add(self.interest_due()).saturating_add(self.fee_due())
    }

    /// The slices of interest, by date.
    pub fn slices(&self) -> impl Iterator<Item = &Slice> {
        self.lines.iter().filter_map(|line| match line {
            Line::Slice(slice) => Some(slice),
            _ => None,
        })
    }
}

/// The rate of a day, and what is wrong with it.
struct Rate {
    rate: Percent,
    gap: Option<Gap>,
    to_confirm: bool,
}

/// The statement of a debt on a day, that day included.
pub fn statement(debt: &Debt, amounts: &Amounts, as_of: NaiveDate) -> Statement {
    let mut work = Work {
        debt,
        amounts,
        account: Account::new(debt.cents, amounts.terms.allocation),
        begins: debt.interest_after(),
        lines: vec![Line::Issued { on: debt.issued, cents: debt.cents }],
        gaps: Vec::new(),
    };
    let mut from = None;
    for to in work.boundaries(as_of) {
        if let Some(from) = from {
            work.run(from, to);
        }
        work.events(to, as_of);
        from = Some(to);
    }
    let Work { account, lines, mut gaps, .. } = work;
    // What is given up needs no rate, and is no more than what was paid of it.
    let interest = if account.interest_waived { Some(account.interest_paid) } else { account.interest.cents() };
    if interest.is_none() {
        gaps.push(Gap::TooLarge);
    }
    if account.interest_waived {
        gaps.clear();
    }
    Statement {
        as_of,
        regime: debt.regime,
        lines,
        principal: account.principal,
        interest: interest.unwrap_or_default(),
        interest_paid: account.interest_paid,
        fee: if account.fee_waived { account.fee_paid } else { account.fee },
        fee_paid: account.fee_paid,
        surplus: account.surplus,
        gaps,
    }
}

struct Work<'a> {
    debt: &'a Debt,
    amounts: &'a Amounts,
    account: Account,
    /// The last day before interest runs.
    begins: Option<NaiveDate>,
    lines: Vec<Line>,
    gaps: Vec<Gap>,
}

impl Work<'_> {
    /// The last day on which interest runs: the judgment stops it (Code de commerce, art. L. 622-28).
    fn ends(&self, as_of: NaiveDate) -> NaiveDate {
        self.debt.judgment.map_or(as_of, |judgment| as_of.min(add_days(judgment, -1)))
    }

    /// The last days of what may be one slice, in order, up to the day of the statement.
    fn boundaries(&self, as_of: NaiveDate) -> BTreeSet<NaiveDate> {
        let mut days: BTreeSet<NaiveDate> = self.debt.movements.iter().map(|movement| movement.on).collect();
        days.extend(self.debt.parts.iter().map(|(due, _)| *due));
        days.extend(self.debt.notice);
        days.extend(self.debt.waived.penalties);
        days.extend(self.debt.waived.fee);
        let ends = self.ends(as_of);
        if let Some(begins) = self.begins.filter(|begins| *begins < ends) {
            days.insert(begins);
            days.insert(ends);
            days.extend(self.amounts.rates.turns(begins, ends).into_iter().map(|turn| add_days(turn, -1)));
        }
        days.insert(as_of);
        days.retain(|day| *day <= as_of);
        days
    }

    /// The interest of the days after `from` up to `to`.
    fn run(&mut self, from: NaiveDate, to: NaiveDate) {
        let Some(begins) = self.begins else { return };
        // What is not due yet does not run; what was paid on a day counts from the next one.
        let principal = self.account.principal.saturating_sub(self.debt.to_come(from));
        if from < begins || to > self.ends(to) || principal <= 0 || self.account.interest_waived {
            return;
        }
        let first = add_days(from, 1);
        let Rate { rate, gap, to_confirm } = self.rate(begins, first);
        let base = self.amounts.terms.year.base(first);
        let days = (to - from).num_days();
        let interest = Exact::interest(principal, rate, days, base);
        let sum = interest.and_then(|interest| self.account.interest.plus(interest));
        let (Some(interest), Some(sum)) = (interest, sum) else { return self.note(Gap::TooLarge) };
        self.account.interest = sum;
        let provisional = gap.is_some();
        if let Some(gap) = gap {
            self.note(gap);
        }
        let slice = Slice { from: first, to, days, principal, rate, base, interest, provisional, to_confirm };
        if let Some(Line::Slice(last)) = self.lines.last_mut()
            && (last.principal, last.rate, last.base, last.provisional, last.to_confirm)
                == (principal, rate, base, provisional, to_confirm)
            && let Some(both) = last.interest.plus(interest)
        {
            (last.to, last.days, last.interest) = (to, last.days + days, both);
            return;
        }
        self.lines.push(Line::Slice(slice));
    }

    /// What happens on a day, after its interest.
    fn events(&mut self, day: NaiveDate, as_of: NaiveDate) {
        for movement in self.debt.movements.iter().filter(|movement| movement.on == day) {
            let piece = self.account.take(movement);
            self.lines.push(Line::Moved(Moved { movement: *movement, piece }));
        }
        if self.debt.notice == Some(day) && self.debt.regime == Regime::Consumer {
            self.lines.push(Line::Notice { on: day });
        }
        let waived = self.debt.waived;
        if waived.penalties == Some(day) {
            let cents = self.account.interest_due();
            self.account.interest_waived = true;
            self.lines.push(Line::Waived { on: day, what: Waived::Penalties, cents });
        }
        if waived.fee == Some(day) {
            let cents = self.account.fee_due();
            self.account.fee_waived = true;
            self.lines.push(Line::Waived { on: day, what: Waived::Fee, cents });
        }
        let late = self.debt.parts.iter().any(|(due, _)| *due == day) && day < as_of;
        if late && self.owes_fee(day) {
            self.account.fee = RECOVERY_FEE;
            self.lines.push(Line::Fee { on: add_days(day, 1), cents: RECOVERY_FEE });
        }
        // Its day does not run any more, and the day before it is a boundary where interest ran.
        if let Some(judgment) = self.debt.judgment.filter(|judgment| *judgment <= as_of)
            && (day == add_days(judgment, -1) || day == as_of)
            && !self.lines.contains(&Line::Judgment { on: judgment })
        {
            self.lines.push(Line::Judgment { on: judgment });
        }
    }

    /// Whether a part that fell due on `day` and is not wholly paid brings the fee: once, to no consumer, in euros, since there is one, and
    /// not when a judgment already forbade to pay at that date (art. L. 441-10 II).
    fn owes_fee(&self, day: NaiveDate) -> bool {
        self.account.fee == 0
            && !self.account.fee_waived
            && self.debt.regime.fee_since().is_some_and(|since| add_days(day, 1) >= since)
            && self.debt.currency == Currency::EUR
            && self.debt.judgment.is_none_or(|judgment| judgment > day)
            && self.account.principal > self.debt.to_come(day)
    }

    fn note(&mut self, gap: Gap) {
        if self.gaps.len() < GAPS && !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The rate of a day of delay that began after `begins`.
    fn rate(&self, begins: NaiveDate, day: NaiveDate) -> Rate {
        let (rates, clause) = (&self.amounts.rates, self.debt.clause_under(&self.amounts.terms));
        match (self.debt.regime, clause) {
            (Regime::Consumer, _) => quoted(rates.legal(day), Table::Legal, day, |rate| rate),
            // Frozen at the semester in which the interest began (Code de la commande publique, art. R. 2192-31).
            (Regime::Public, _) => {
                let first = add_days(begins, 1);
                quoted(rates.ecb_frozen(first), Table::Ecb, first, |rate| rate.plus(PUBLIC_MARGIN))
            }
            (Regime::Business, None) => quoted(rates.ecb(day), Table::Ecb, day, |rate| rate.plus(BUSINESS_MARGIN)),
            (Regime::Business, Some(Clause::Fixed(rate))) => {
                self.above_floor(day, Rate { rate, gap: None, to_confirm: false })
            }
            (Regime::Business, Some(Clause::LegalTimes(factor))) => {
                let found = quoted(rates.legal(day), Table::Legal, day, |rate| rate.times(factor));
                self.above_floor(day, found)
            }
            (Regime::Business, Some(Clause::EcbPlus(points))) => {
                let found = quoted(rates.ecb(day), Table::Ecb, day, |rate| rate.plus(points));
                // The law's own rate, or more, needs no comparison: in 2024 it was itself below three times the legal rate.
                if points >= BUSINESS_MARGIN { found } else { self.above_floor(day, found) }
            }
        }
    }

    /// A contract rate may not be below three times the legal rate of the semester.
    fn above_floor(&self, day: NaiveDate, found: Rate) -> Rate {
        let floor = quoted(self.amounts.rates.legal(day), Table::Legal, day, |rate| rate.times(FLOOR));
        let below = (found.rate < floor.rate && floor.gap.is_none()).then(|| Gap::BelowFloor { from: semester(day) });
        Rate { gap: found.gap.or(floor.gap).or(below), ..found }
    }
}

fn quoted(found: Option<Found>, table: Table, day: NaiveDate, rate: impl FnOnce(Percent) -> Percent) -> Rate {
    let gap = Gap::Missing { table, from: semester(day) };
    match found {
        None => Rate { rate: Percent::default(), gap: Some(gap), to_confirm: false },
        Some(found) => {
            Rate { rate: rate(found.rate), gap: (!found.known).then_some(gap), to_confirm: found.to_confirm }
        }
    }
}
