//! What pages and programs ask over all clients: lists of invoices, clients, work and payments, page by page; sums; search. It reads what
//! `store/views/` keeps beside the files, by an index each, and opens no file: how long an answer takes does not depend on how many
//! there are. It has connections of its own, so that nobody who reads waits for a run.
//!
//! Pages are cut by the place in the order of the last row shown ([`Cursor`]), never by counting rows. All of it is as of each file's last
//! step (see [`relance_core::view`]): calls stand in the order of that day, days late are counted from due days on the day of the question.
//! A filter beside another one, and a scenario in any order but that of due days, is looked up in the rows of the first: several rare
//! ones together may take longer.

mod customers;
mod departures;
mod invoices;
mod payments;
mod search;
mod totals;
mod work;

pub use customers::{CustomerQuery, CustomerRow, CustomerSort};
pub use departures::DepartureRow;
pub use invoices::{InvoiceQuery, InvoiceRow, InvoiceSort};
pub use payments::PaymentRow;
pub use search::{CustomerHit, Found, InvoiceHit};
pub use totals::{Aged, Axis, Month, Sum, Totals};
pub use work::WorkRow;

use super::accounts::{Pool, either};
use super::{StoreError, file_of, micros, postgres, sqlite};
use chrono::NaiveDate;
use relance_core::day::Instant;
use relance_core::money::Currency;
use relance_core::view::VERSION;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};
use std::path::Path;

/// How many questions are answered at once on a file.
const CONNECTIONS: u32 = 4;

/// The lists of one creditor.
#[derive(Clone, Debug)]
pub struct Listing {
    base: Pool,
    entity: String,
}

/// Rows of a list, and where others are.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// In the order asked for.
    pub rows: Vec<T>,
    /// Those before.
    pub previous: Option<Cursor>,
    /// Those after.
    pub next: Option<Cursor>,
}

/// A place in a list: after a row, or before one. As a text, it is for addresses; whoever changes it finds another place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cursor {
    before: bool,
    place: Vec<String>,
}

impl Cursor {
    /// Reads one; none when it is no place at all.
    pub fn read(text: &str) -> Option<Cursor> {
        let (before, place) = match text.split_at_checked(1)? {
            ("a", place) => (false, place),
            ("b", place) => (true, place),
            _ => return None,
        };
        Some(Cursor { before, place: serde_json::from_str(place).ok()? })
    }

    /// Its place, if it is one of so many parts.
    fn parts<const N: usize>(&self) -> Option<[String; N]> {
        self.place.clone().try_into().ok()
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = serde_json::to_string(&self.place).map_err(|_| std::fmt::Error)?;
        write!(f, "{}{place}", if self.before { "b" } else { "a" })
    }
}

/// What is put into a statement.
#[derive(Clone, PartialEq, Debug)]
enum Given {
    Text(String),
    Number(i64),
}

/// A statement in the making: `$1` is the creditor.
#[derive(Clone, PartialEq, Debug)]
struct Statement {
    text: String,
    given: Vec<Given>,
}

impl Statement {
    fn new(entity: &str) -> Statement {
        Statement { text: String::new(), given: vec![Given::Text(entity.to_owned())] }
    }

    /// Its place in the text.
    fn give(&mut self, given: Given) -> String {
        self.given.push(given);
        format!("${}", self.given.len())
    }

    fn text(&mut self, text: &str) -> String {
        self.give(Given::Text(text.to_owned()))
    }

    fn day(&mut self, day: NaiveDate) -> String {
        self.give(Given::Text(day.to_string()))
    }

    /// One of some texts.
    fn among(&mut self, texts: &[String]) -> String {
        let places: Vec<String> = texts.iter().map(|text| self.text(text)).collect();
        places.join(", ")
    }
}

/// The order of a list: the columns that make it, the last of which tell all rows apart, and whether it begins with the largest.
struct Order {
    columns: &'static [&'static str],
    /// Whether the first column is a number.
    number: bool,
    down: bool,
    /// Whether the rows are few, found by something else than the order: an index of the order would be walked to its end for them.
    few: bool,
}

impl Order {
    /// The condition that begins at a cursor.
    fn after(&self, statement: &mut Statement, from: Option<&Cursor>) -> String {
        let Some(from) = from.filter(|from| from.place.len() == self.columns.len()) else { return String::new() };
        let mut places = Vec::new();
        for (i, part) in from.place.iter().enumerate() {
            let given = match part.parse() {
                Ok(number) if i == 0 && self.number => Given::Number(number),
                _ if i == 0 && self.number => return String::new(),
                _ => Given::Text(part.clone()),
            };
            places.push(statement.give(given));
        }
        let sign = if self.down != from.before { "<" } else { ">" };
        format!(" AND ({}) {sign} ({})", self.columns.join(", "), places.join(", "))
    }

    /// The order itself, from a cursor on, and one row more than wanted: it says that there are others.
    fn by(&self, from: Option<&Cursor>, limit: usize) -> String {
        let down = if self.down != from.is_some_and(|from| from.before) { " DESC" } else { "" };
        let written = |(i, column): (usize, &&str)| match (self.few && i == 0, self.number) {
            (true, true) => format!("{column} + 0{down}"),
            (true, false) => format!("{column} || ''{down}"),
            (false, _) => format!("{column}{down}"),
        };
        let columns: Vec<String> = self.columns.iter().enumerate().map(written).collect();
        format!(" ORDER BY {} LIMIT {}", columns.join(", "), limit.saturating_add(1))
    }
}

/// The page out of rows that were asked for from a cursor on, one more than wanted.
fn page<T>(mut rows: Vec<T>, from: Option<&Cursor>, limit: usize, place: impl Fn(&T) -> Vec<String>) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let back = from.is_some_and(|from| from.before);
    if back {
        rows.reverse();
    }
    let at = |before: bool, row: Option<&T>| row.map(|row| Cursor { before, place: place(row) });
    let previous = at(true, rows.first().filter(|_| if back { more } else { from.is_some() }));
    let next = at(false, rows.last().filter(|_| back || more));
    Page { rows, previous, next }
}

/// A day as a base keeps it.
fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap_or(Currency::EUR)
}

impl Listing {
    /// Opens the lists of a creditor; `url` as for [`open`](super::open). What an older version of this program made is made anew by the
    /// next run, which `at` is due for.
    pub async fn open(url: &str, project: &Path, entity: &str, at: Instant) -> Result<Listing, StoreError> {
        let base = match file_of(url)? {
            // What is in memory is in one connection's.
            Some(":memory:") => Pool::Sqlite(sqlite::Sqlite::pool(":memory:", project, 1).await?.0),
            Some(path) => Pool::Sqlite(sqlite::Sqlite::pool(path, project, CONNECTIONS).await?.0),
            None => Pool::Postgres(postgres::Postgres::pool(url).await?),
        };
        let listing = Listing { base, entity: entity.to_owned() };
        let version: Option<(i64,)> = {
            let mut statement = Statement::new(entity);
            "SELECT vues FROM horloges WHERE entite = $1".clone_into(&mut statement.text);
            listing.fetch(statement).await?.into_iter().next()
        };
        if version.is_some_and(|(version,)| version != VERSION) {
            listing.make_anew(at).await?;
        }
        Ok(listing)
    }

    /// Closes it, so that a file is whole without its companions.
    pub async fn close(&self) {
        either!(self.base, pool => pool.close().await);
    }

    /// Has all that lists read made anew from the files: each at its next step, for which it is woken. Until then it is not shown.
    pub async fn make_anew(&self, at: Instant) -> Result<(), StoreError> {
        let wake = "UPDATE dossiers SET vue = 0, vue_travail = 0, vue_mots = 0, reveil = CASE WHEN reveil < $2 THEN reveil ELSE $2 END, \
             a_voir = CASE WHEN a_voir < $2 THEN a_voir ELSE $2 END WHERE entite = $1 AND etat IS NOT NULL AND efface_le IS NULL";
        let steps = [
            "UPDATE instances SET vue = 0, ouverte = FALSE WHERE entite = $1",
            "DELETE FROM a_faire WHERE entite = $1",
            "DELETE FROM mots WHERE entite = $1",
            "DELETE FROM cumuls WHERE entite = $1 AND axe <> 'encaisse'",
        ];
        macro_rules! all {
            ($tx:expr) => {{
                let mut tx = $tx;
                sqlx::query(wake).bind(&self.entity).bind(micros(at)).execute(&mut *tx).await?;
                for step in steps {
                    sqlx::query(step).bind(&self.entity).execute(&mut *tx).await?;
                }
                sqlx::query("UPDATE horloges SET vues = $2 WHERE entite = $1")
                    .bind(&self.entity)
                    .bind(VERSION)
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await?;
            }};
        }
        match &self.base {
            Pool::Sqlite(pool) => all!(pool.begin_with("BEGIN IMMEDIATE").await?),
            Pool::Postgres(pool) => all!(pool.begin().await?),
        }
        Ok(())
    }

    /// An index for SQLite to go by; a server finds it by itself.
    fn by(&self, index: &str) -> String {
        match self.base {
            Pool::Sqlite(_) => format!(" INDEXED BY {index}"),
            Pool::Postgres(_) => String::new(),
        }
    }

    async fn fetch<T>(&self, statement: Statement) -> Result<Vec<T>, StoreError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let Statement { text, given } = statement;
        Ok(either!(self.base, pool => {
            let mut query = sqlx::query_as(AssertSqlSafe(text));
            for one in given {
                query = match one {
                    Given::Text(text) => query.bind(text),
                    Given::Number(number) => query.bind(number),
                };
            }
            query.fetch_all(pool).await
        })?)
    }
}

#[cfg(test)]
mod tests;
