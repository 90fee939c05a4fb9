//! Sums: of what is open, on each axis and by age; of what was issued and received, by month; of what is promised, by day.

use super::{InvoiceQuery, InvoiceSort, Listing, Statement, currency, day};
use crate::store::StoreError;
use chrono::{Days, NaiveDate};
use relance_core::money::Currency;
use std::collections::BTreeMap;

/// By what open invoices are summed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Axis {
    /// Where they stand.
    Situation,
    /// Their segment.
    Segment,
    /// Who follows them.
    Owner,
}

impl Axis {
    fn read(word: &str) -> Option<Axis> {
        Some(match word {
            "situation" => Axis::Situation,
            "segment" => Axis::Segment,
            "responsable" => Axis::Owner,
            _ => return None,
        })
    }
}

/// A number of invoices and what is left to pay of them, in cents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    /// How many.
    pub count: i64,
    /// How much.
    pub cents: i64,
}

/// Open invoices by how late they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Aged {
    /// All of them.
    pub all: Sum,
    /// Not due yet; 1 to 30 days late, 31 to 60, 61 to 90, more than 90.
    pub parts: [Sum; 5],
}

impl Aged {
    /// What is overdue.
    pub fn overdue(&self) -> Sum {
        let sum = |value: fn(&Sum) -> i64| self.parts.iter().skip(1).map(value).sum();
        Sum { count: sum(|part| part.count), cents: sum(|part| part.cents) }
    }

    fn add(&mut self, other: &Aged) {
        let both = |one: &mut Sum, two: &Sum| (one.count, one.cents) = (one.count + two.count, one.cents + two.cents);
        both(&mut self.all, &other.all);
        self.parts.iter_mut().zip(&other.parts).for_each(|(one, two)| both(one, two));
    }

    /// The due days of a part, as of a day: first and last.
    pub fn days(part: usize, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let before = |days: u64| today.checked_sub_days(Days::new(days));
        match part {
            0 => (Some(today), None),
            1 => (before(30), before(1)),
            2 => (before(60), before(31)),
            3 => (before(90), before(61)),
            _ => (None, before(91)),
        }
    }
}

/// What was issued, or received, in a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// In which currency.
    pub currency: Currency,
    /// How many, and how much.
    pub sum: Sum,
}

/// The sums of a creditor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// What is open, on each axis, for each value and currency.
    pub open: BTreeMap<(Axis, String, Currency), Aged>,
    /// What was issued, as issued, by month.
    pub issued: Vec<Month>,
    /// What was received, by month.
    pub received: Vec<Month>,
    /// What is promised, by the day promised (`first`).
    pub promised: Vec<Month>,
}

impl Totals {
    /// All that is open, by currency.
    pub fn outstanding(&self) -> BTreeMap<Currency, Aged> {
        let mut all: BTreeMap<Currency, Aged> = BTreeMap::new();
        // Each open invoice stands somewhere, once.
        for ((axis, _, currency), aged) in &self.open {
            if *axis == Axis::Situation {
                all.entry(*currency).or_default().add(aged);
            }
        }
        all
    }
}

type Raw = (String, String, String, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);

pub(super) fn open(entity: &str, today: NaiveDate) -> Statement {
    let mut statement = Statement::new(entity);
    let mut columns = String::new();
    for part in 0..4 {
        let (first, last) = Aged::days(part, today);
        let mut when = "TRUE".to_owned();
        for (sign, limit) in [(">=", first), ("<=", last)] {
            if let Some(limit) = limit {
                when += &format!(" AND jour {sign} {}", statement.day(limit));
            }
        }
        for column in ["nombre", "reste"] {
            columns += &format!(", CAST(SUM(CASE WHEN {when} THEN {column} ELSE 0 END) AS BIGINT)");
        }
    }
    statement.text = format!(
        "SELECT axe, valeur, devise, CAST(SUM(nombre) AS BIGINT), CAST(SUM(reste) AS BIGINT){columns} FROM cumuls \
         WHERE entite = $1 AND axe IN ('situation', 'segment', 'responsable') GROUP BY axe, valeur, devise"
    );
    statement
}

pub(super) fn months(entity: &str, since: NaiveDate) -> Statement {
    let mut statement = Statement::new(entity);
    let since = statement.day(since);
    statement.text = format!(
        "SELECT axe, devise, jour, CAST(SUM(nombre) AS BIGINT), CAST(SUM(reste) AS BIGINT) FROM cumuls \
         WHERE entite = $1 AND axe IN ('emise', 'encaisse', 'promesse') AND (axe = 'promesse' OR jour >= {since}) \
         GROUP BY axe, devise, jour ORDER BY axe, devise, jour"
    );
    statement
}

/// The sum of a list; none when no sums are kept of such a list.
pub(super) fn of_list(entity: &str, query: &InvoiceQuery) -> Option<Statement> {
    let by_due = matches!(query.order(), InvoiceSort::Balance | InvoiceSort::Due);
    let (due, own) = (query.due_from.or(query.due_to).is_some(), query.from.or(query.to).is_some());
    if query.scenario.is_some() || query.clients.is_some() || query.numbers.is_some() {
        return None;
    }
    let mut statement = Statement::new(entity);
    let filters = (query.situation, query.segment.as_deref(), query.owner.as_deref());
    let (axis, value) = match (query.order(), filters) {
        (InvoiceSort::Promise, (None, None, None)) if !due => ("promesse", None),
        _ if !by_due || own && query.order() != InvoiceSort::Due => return None,
        (_, (None, None, None)) => ("situation", None),
        (_, (Some(situation), None, None)) => ("situation", Some(situation.word().to_owned())),
        (_, (None, Some(segment), None)) => ("segment", Some(segment.to_owned())),
        (_, (None, None, Some(owner))) => ("responsable", Some(owner.to_owned())),
        _ => return None,
    };
    let mut wanted = format!("axe = '{axis}'");
    if let Some(value) = value {
        wanted += &format!(" AND valeur = {}", statement.text(&value));
    }
    for (sign, limit) in [(">=", query.due_from), ("<=", query.due_to), (">=", query.from), ("<=", query.to)] {
        if let Some(limit) = limit {
            wanted += &format!(" AND jour {sign} {}", statement.day(limit));
        }
    }
    statement.text = format!(
        "SELECT devise, CAST(SUM(nombre) AS BIGINT), CAST(SUM(reste) AS BIGINT) FROM cumuls WHERE entite = $1 AND {wanted} \
         GROUP BY devise ORDER BY devise"
    );
    Some(statement)
}

impl Listing {
    /// All sums as of a day, months from the one of `since` on.
    pub async fn totals(&self, today: NaiveDate, since: NaiveDate) -> Result<Totals, StoreError> {
        let mut totals = Totals::default();
        let rows: Vec<Raw> = self.fetch(open(&self.entity, today)).await?;
        for (axis, value, code, count, cents, n0, c0, n1, c1, n2, c2, n3, c3) in rows {
            let mut parts =
                [(n0, c0), (n1, c1), (n2, c2), (n3, c3), (count, cents)].map(|(count, cents)| Sum { count, cents });
            // The last part is what the others leave.
            let [n0, n1, n2, n3, rest] = &mut parts;
            for part in [n0, n1, n2, n3] {
                (rest.count, rest.cents) = (rest.count - part.count, rest.cents - part.cents);
            }
            let aged = Aged { all: Sum { count, cents }, parts };
            if let Some(axis) = Axis::read(&axis).filter(|_| aged.all != Sum::default()) {
                totals.open.insert((axis, value, currency(&code)), aged);
            }
        }
        let rows: Vec<(String, String, String, i64, i64)> = self.fetch(months(&self.entity, since)).await?;
        for (axis, code, on, count, cents) in rows.into_iter().filter(|(.., count, cents)| (*count, *cents) != (0, 0)) {
            let month = Month { first: day(&on), currency: currency(&code), sum: Sum { count, cents } };
            match axis.as_str() {
                "emise" => totals.issued.push(month),
                "encaisse" => totals.received.push(month),
                _ => totals.promised.push(month),
            }
        }
        Ok(totals)
    }

    /// The sums of a list of invoices, by currency, where they are kept: of at most one situation, segment or owner, and of due days.
    pub async fn sums(&self, query: &InvoiceQuery) -> Result<Option<Vec<(Currency, Sum)>>, StoreError> {
        let Some(statement) = of_list(&self.entity, query) else { return Ok(None) };
        let rows: Vec<(String, i64, i64)> = self.fetch(statement).await?;
        let sums = rows.into_iter().map(|(code, count, cents)| (currency(&code), Sum { count, cents }));
        Ok(Some(sums.filter(|(_, sum)| *sum != Sum::default()).collect()))
    }

    /// The values that there are on an axis, with what is open of each in whatever currency; for filters.
    pub async fn values(&self, axis: Axis) -> Result<Vec<String>, StoreError> {
        let word = match axis {
            Axis::Situation => "situation",
            Axis::Segment => "segment",
            Axis::Owner => "responsable",
        };
        let mut statement = Statement::new(&self.entity);
        let word = statement.text(word);
        statement.text = format!(
            "SELECT valeur FROM cumuls WHERE entite = $1 AND axe = {word} GROUP BY valeur HAVING SUM(nombre) > 0 ORDER BY valeur"
        );
        let rows: Vec<(String,)> = self.fetch(statement).await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }
}
