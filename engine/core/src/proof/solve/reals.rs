//! Sums that must be 0 at least: eliminating one unknown after the other (Fourier and Motzkin), then choosing values backwards. The
//! unknowns are whole numbers; an inequality is tightened to them by the common divisor of its factors.

use super::Var;
use std::collections::{BTreeMap, BTreeSet};

/// More inequalities than this at once are not followed.
const MAX_ROWS: usize = 400;

/// `Σ factor × unknown + constant >= 0`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Row {
    pub terms: BTreeMap<Var, i128>,
    pub constant: i128,
}

/// Whether whole numbers exist that satisfy all rows.
#[derive(PartialEq, Debug)]
pub(super) enum Found {
    No,
    Yes(BTreeMap<Var, i128>),
    /// They may, but none were found.
    Maybe,
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

impl Row {
    pub fn new(terms: impl IntoIterator<Item = (Var, i128)>, constant: i128) -> Row {
        Row { terms: terms.into_iter().collect(), constant }
    }

    fn tightened(mut self) -> Row {
        self.terms.retain(|_, factor| *factor != 0);
        let divisor = self.terms.values().fold(0, |d, factor| gcd(d, *factor));
        if divisor > 1 {
            self.terms.values_mut().for_each(|factor| *factor /= divisor);
            self.constant = self.constant.div_euclid(divisor);
        }
        self
    }

    fn is_false(&self) -> bool {
        self.terms.is_empty() && self.constant < 0
    }

    /// What both say once `var` is taken out: it stands positive here and negative there.
    fn without(&self, other: &Row, var: &Var) -> Option<Row> {
        let (up, down) = (self.terms.get(var)?, other.terms.get(var)?.checked_neg()?);
        let mut terms = BTreeMap::new();
        for (name, factor) in &self.terms {
            terms.insert(name.clone(), factor.checked_mul(down)?);
        }
        for (name, factor) in &other.terms {
            let total: &mut i128 = terms.entry(name.clone()).or_default();
            *total = total.checked_add(factor.checked_mul(*up)?)?;
        }
        let constant = self.constant.checked_mul(down)?.checked_add(other.constant.checked_mul(*up)?)?;
        Some(Row { terms, constant }.tightened())
    }
}

/// Solves the rows; where there is a choice, the value nearest to what `prefer` says.
pub(super) fn solve(rows: Vec<Row>, prefer: &impl Fn(&Var, &BTreeMap<Var, i128>) -> i128) -> Found {
    let mut rows: Vec<Row> = rows.into_iter().map(Row::tightened).collect();
    let mut taken_out: Vec<(Var, Vec<Row>)> = Vec::new();
    loop {
        rows.sort();
        rows.dedup();
        if rows.iter().any(Row::is_false) {
            return Found::No;
        }
        rows.retain(|row| !row.terms.is_empty());
        let mut counts: BTreeMap<&Var, (usize, usize)> = BTreeMap::new();
        for (var, factor) in rows.iter().flat_map(|row| &row.terms) {
            let count = counts.entry(var).or_default();
            if *factor > 0 { count.0 += 1 } else { count.1 += 1 }
        }
        let Some(var) = counts.iter().min_by_key(|(_, (up, down))| up * down).map(|(var, _)| (*var).clone()) else {
            break;
        };
        let (with, mut without): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.terms.contains_key(&var));
        let sign = |row: &&Row| row.terms.get(&var).is_some_and(|factor| *factor > 0);
        for up in with.iter().filter(sign) {
            for down in with.iter().filter(|row| !sign(row)) {
                let Some(row) = up.without(down, &var) else { return Found::Maybe };
                without.push(row);
            }
        }
        if without.len() > MAX_ROWS {
            return Found::Maybe;
        }
        taken_out.push((var, with));
        rows = without;
    }
    choose(taken_out, prefer)
}

fn choose(taken_out: Vec<(Var, Vec<Row>)>, prefer: &impl Fn(&Var, &BTreeMap<Var, i128>) -> i128) -> Found {
    let mut values: BTreeMap<Var, i128> = BTreeMap::new();
    // What fell out on the way is free: any value will do.
    let chosen: BTreeSet<&Var> = taken_out.iter().map(|(var, _)| var).collect();
    let all: BTreeSet<&Var> = taken_out.iter().flat_map(|(_, rows)| rows).flat_map(|row| row.terms.keys()).collect();
    for var in all.difference(&chosen) {
        let value = prefer(var, &values);
        values.insert((*var).clone(), value);
    }
    for (var, rows) in taken_out.into_iter().rev() {
        let (mut low, mut high) = (None::<i128>, None::<i128>);
        for row in &rows {
            let mut rest = row.constant;
            for (name, factor) in row.terms.iter().filter(|(name, _)| **name != var) {
                let value = values.get(name).copied().unwrap_or_default();
                let Some(sum) = factor.checked_mul(value).and_then(|part| rest.checked_add(part)) else {
                    return Found::Maybe;
                };
                rest = sum;
            }
            match row.terms.get(&var).copied().unwrap_or_default() {
                // factor × x >= −rest
                up if up > 0 => {
                    let bound = -rest.div_euclid(up);
                    low = Some(low.map_or(bound, |known| known.max(bound)));
                }
                down => {
                    let Some(bound) = rest.checked_div_euclid(-down) else { return Found::Maybe };
                    high = Some(high.map_or(bound, |known| known.min(bound)));
                }
            }
        }
        if low.zip(high).is_some_and(|(low, high)| low > high) {
            return Found::Maybe;
        }
        let mut value = prefer(&var, &values);
        value = low.map_or(value, |low| value.max(low));
        value = high.map_or(value, |high| value.min(high));
        values.insert(var, value);
    }
    Found::Yes(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn var(n: usize) -> Var {
        Var::Field(format!("x{n}"))
    }

    fn row() -> impl Strategy<Value = Row> {
        (proptest::collection::vec(-2i128..=2, 3), -6i128..=6).prop_map(|(factors, constant)| {
            Row::new(factors.into_iter().enumerate().filter(|(_, f)| *f != 0).map(|(n, f)| (var(n), f)), constant)
        })
    }

    fn holds(row: &Row, values: &BTreeMap<Var, i128>) -> bool {
        row.terms.iter().map(|(v, f)| f * values.get(v).copied().unwrap_or_default()).sum::<i128>() + row.constant >= 0
    }

    proptest! {
        /// Whatever is called impossible has no small solution, and every solution is one.
        #[test]
        fn agrees_with_trying_everything(rows in proptest::collection::vec(row(), 0..6)) {
            let tried = (-8i128..=8).flat_map(|x| (-8i128..=8).flat_map(move |y| (-8i128..=8).map(move |z| [x, y, z])));
            let any = tried
                .map(|xyz| xyz.into_iter().enumerate().map(|(n, v)| (var(n), v)).collect::<BTreeMap<_, _>>())
                .any(|values| rows.iter().all(|row| holds(row, &values)));
            match solve(rows.clone(), &|_, _| 0) {
                Found::No => prop_assert!(!any),
                Found::Yes(values) => prop_assert!(rows.iter().all(|row| holds(row, &values))),
                Found::Maybe => {}
            }
        }
    }
}
