//! Who did what. Written once, read often, never changed: the base refuses.

use super::{Accounts, either};
use crate::store::{StoreError, instant, micros};
use relance_core::day::Instant;
use sqlx::AssertSqlSafe;

/// A line to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted<'a> {
    /// The account; none when it is not known who it was.
    pub account: Option<&'a str>,
    /// How that account, or the key that acts for it, is called now.
    pub who: Option<&'a str>,
    /// The network address.
    pub address: Option<&'a str>,
    /// What was done, as a word.
    pub what: &'a str,
    /// On what: codes and numbers. Never words about a client, since nothing takes them out again.
    pub on: Option<&'a str>,
    /// For which creditor, if for one.
    pub entity: Option<&'a str>,
    /// What came of it, as a word.
    pub outcome: &'a str,
}

/// A line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    /// Its number, which goes up.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// The account; none when it is not known who it was.
    pub account: Option<String>,
    /// How that account, or the key that acted for it, was called then.
    pub who: Option<String>,
    /// The network address.
    pub address: Option<String>,
    /// What was done, as a word.
    pub what: String,
    /// On what.
    pub on: Option<String>,
    /// For which creditor, if for one.
    pub entity: Option<String>,
    /// What came of it.
    pub outcome: String,
}

/// Which lines are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditFilter<'a> {
    /// Of this account only.
    pub account: Option<&'a str>,
    /// About this creditor only.
    pub entity: Option<&'a str>,
    /// What is about no creditor besides: logins of the accounts that have a role for this one, and of nobody who is known.
    pub with_logins: bool,
    /// Of this kind only.
    pub what: Option<&'a str>,
    /// Not before this moment.
    pub from: Option<Instant>,
    /// Before this moment.
    pub until: Option<Instant>,
    /// Older than the line of this number: where the page before ended.
    pub before: Option<i64>,
}

type Raw = (i64, i64, Option<String>, Option<String>, Option<String>, String, Option<String>, Option<String>, String);

fn line((number, at, account, who, address, what, on, entity, outcome): Raw) -> AuditRow {
    AuditRow { number, at: instant(at), account, who, address, what, on, entity, outcome }
}

impl Accounts {
    /// Writes a line.
    pub async fn note(&self, noted: &Noted<'_>, at: Instant) -> Result<(), StoreError> {
        let text = "INSERT INTO audit(le, compte, qui, adresse, quoi, objet, entite, issue) \
                    VALUES($1, $2, $3, $4, $5, $6, $7, $8)";
        either!(self.base, pool => {
            let row = sqlx::query(text).bind(micros(at)).bind(noted.account).bind(noted.who).bind(noted.address);
            let row = row.bind(noted.what).bind(noted.on).bind(noted.entity).bind(noted.outcome);
            row.execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// A page of lines, the newest first.
    pub async fn audit(&self, filter: &AuditFilter<'_>, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        // What is not asked for is not compared, so that an index serves what is.
        let wanted = |column: &str, at: usize, asked: bool| match asked {
            true => format!("{column} = ${at}"),
            false => format!("CAST(${at} AS TEXT) IS NULL"),
        };
        let about = match filter.with_logins {
            true => "(entite = $2 OR entite IS NULL AND (compte IS NULL OR compte IN (SELECT compte FROM droits WHERE entite = $2)))".to_owned(),
            false => wanted("entite", 2, filter.entity.is_some()),
        };
        let text = format!(
            "SELECT numero, le, compte, qui, adresse, quoi, objet, entite, issue FROM audit \
             WHERE {} AND {about} AND {} AND numero < $4 AND le >= $6 AND le < $7 ORDER BY numero DESC LIMIT $5",
            wanted("compte", 1, filter.account.is_some()),
            wanted("quoi", 3, filter.what.is_some()),
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<Raw> = either!(self.base, pool => {
            let query = sqlx::query_as(AssertSqlSafe(text)).bind(filter.account).bind(filter.entity).bind(filter.what);
            let query = query.bind(filter.before.unwrap_or(i64::MAX)).bind(limit);
            let query = query.bind(filter.from.map_or(i64::MIN, micros)).bind(filter.until.map_or(i64::MAX, micros));
            query.fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(line).collect())
    }
}
