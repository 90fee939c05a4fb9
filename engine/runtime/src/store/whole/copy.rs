//! Rows from one base into another, a thousand at a time, or fewer heavy ones.

use super::base::Base;
use super::tables::{Kind, TABLES, Table};
use crate::store::chain::hex;
use crate::store::document::BYTES_PER_STATEMENT;
use crate::store::{ROWS_PER_STATEMENT, StoreError, write};
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;
use sqlx::{AssertSqlSafe, ColumnIndex, Database, Decode, Row, Type};

/// The values of one column of some rows.
enum Column {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// Copies every table. What is read is of one moment, what is written in one transaction: both are begun already.
pub(super) async fn everything(from: &mut Base, to: &mut Base) -> Result<(), StoreError> {
    for table in &TABLES {
        let expected = from.count(table.name).await?;
        let text = select(table, matches!(from, Base::Postgres(_)));
        match from {
            Base::Sqlite(from) => drain(sqlx::query(AssertSqlSafe(text)).fetch(&mut *from), to, table).await?,
            Base::Postgres(from) => drain(sqlx::query(AssertSqlSafe(text)).fetch(&mut *from), to, table).await?,
        }
        if to.count(table.name).await? != expected {
            return Err(StoreError::Copy(format!("table `{}`", table.name)));
        }
    }
    Ok(())
}

/// The statement that reads a table.
fn select(table: &Table, postgres: bool) -> String {
    let columns = table.columns.iter().map(|(name, kind)| match kind {
        Kind::Lease if postgres => "0::bigint".to_owned(),
        Kind::Lease => "0".to_owned(),
        Kind::Flag if postgres => format!("{name}::int::bigint"),
        Kind::List if postgres => format!("array_to_json({name})::text"),
        _ => (*name).to_owned(),
    });
    format!("SELECT {} FROM {} ORDER BY {}", columns.collect::<Vec<_>>().join(", "), table.name, table.order)
}

/// Writes what a table gives.
async fn drain<R: Row>(
    mut rows: BoxStream<'_, Result<R, sqlx::Error>>,
    to: &mut Base,
    table: &Table,
) -> Result<(), StoreError>
where
    usize: ColumnIndex<R>,
    Option<String>: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    Option<i64>: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    loop {
        let mut columns: Vec<Column> = table
            .columns
            .iter()
            .map(|(_, kind)| match kind {
                Kind::Text | Kind::List => Column::Texts(Vec::new()),
                Kind::Number | Kind::Flag | Kind::Lease => Column::Numbers(Vec::new()),
                Kind::Bytes => Column::Bytes(Vec::new()),
            })
            .collect();
        let (mut taken, mut bytes) = (0, 0_usize);
        while taken < ROWS_PER_STATEMENT
            && bytes < BYTES_PER_STATEMENT
            && let Some(row) = rows.try_next().await?
        {
            for (at, column) in columns.iter_mut().enumerate() {
                match column {
                    Column::Texts(values) => values.push(row.try_get(at)?),
                    Column::Numbers(values) => values.push(row.try_get(at)?),
                    Column::Bytes(values) => {
                        let value: Option<Vec<u8>> = row.try_get(at)?;
                        bytes = bytes.saturating_add(value.as_ref().map_or(0, Vec::len));
                        values.push(value);
                    }
                }
            }
            taken += 1;
        }
        if taken == 0 {
            return Ok(());
        }
        put(to, table, columns, taken).await?;
    }
}

/// Writes rows into a table.
async fn put(to: &mut Base, table: &Table, columns: Vec<Column>, rows: usize) -> Result<(), StoreError> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let (name, list) = (table.name, names.join(", "));
    match to {
        Base::Sqlite(to) => {
            let values = table.columns.iter().enumerate().map(|(at, (_, kind))| match kind {
                Kind::Bytes => format!("unhex(value->>{at})"),
                _ => format!("value->>{at}"),
            });
            let values = values.collect::<Vec<_>>().join(", ");
            let text = format!("INSERT INTO {name}({list}) SELECT {values} FROM json_each($1)");
            let data = write("lignes", &across(columns, rows))?;
            sqlx::query(AssertSqlSafe(text)).bind(data).execute(to).await?;
        }
        Base::Postgres(to) => {
            let (mut values, mut arrays) = (Vec::new(), Vec::new());
            for (at, (name, kind)) in table.columns.iter().enumerate() {
                let array = match kind {
                    Kind::Text | Kind::List => "text",
                    Kind::Number | Kind::Flag | Kind::Lease => "bigint",
                    Kind::Bytes => "bytea",
                };
                arrays.push(format!("${}::{array}[]", at + 1));
                values.push(match kind {
                    Kind::Flag => format!("t.{name} <> 0"),
                    Kind::List => format!("ARRAY(SELECT json_array_elements_text(t.{name}::json))"),
                    _ => format!("t.{name}"),
                });
            }
            // Rows that are numbered as they come keep their order.
            let text = format!(
                "INSERT INTO {name}({list}) SELECT {} FROM UNNEST({}) WITH ORDINALITY AS t({list}, rang) ORDER BY t.rang",
                values.join(", "),
                arrays.join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(text));
            for column in columns {
                query = match column {
                    Column::Texts(values) => query.bind(values),
                    Column::Numbers(values) => query.bind(values),
                    Column::Bytes(values) => query.bind(values),
                };
            }
            query.execute(to).await?;
        }
    }
    Ok(())
}

/// Columns as rows of JSON, bytes as hexadecimal digits.
fn across(columns: Vec<Column>, rows: usize) -> Vec<Vec<Value>> {
    let mut across: Vec<Vec<Value>> = (0..rows).map(|_| Vec::with_capacity(columns.len())).collect();
    for column in columns {
        let values: Vec<Value> = match column {
            Column::Texts(values) => values.into_iter().map(Value::from).collect(),
            Column::Numbers(values) => values.into_iter().map(Value::from).collect(),
            Column::Bytes(values) => values.into_iter().map(|bytes| bytes.map(|bytes| hex(&bytes)).into()).collect(),
        };
        for (row, value) in across.iter_mut().zip(values) {
            row.push(value);
        }
    }
    across
}
