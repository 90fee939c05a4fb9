//! PostgreSQL: any number of runners on any number of machines. Many rows a statement through `UNNEST`; every statement of a run names
//! the creditor and the clients, so that a base spread over machines by them answers it where they are.

mod documents;
mod imports;
mod ledgers;
mod news;
mod notices;
mod reading;
mod versions;
mod work;
mod workbench;
mod writing;

use super::{Mark, Store, StoreError, mark};
use async_trait::async_trait;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Executor, PgConnection};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("src/migrations/postgres");

/// How many connections a program opens: a run needs one at a time, and people read meanwhile.
const CONNECTIONS: u32 = 4;
/// How long to wait for a connection before saying that the base does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Has the server notice a program that is gone without a word, and let go of what it held. A plan made for a list of a thousand clients
/// would read whole tables; the one for any list goes by the index.
const MANNERS: &str = "SET idle_in_transaction_session_timeout = '60s'; SET tcp_keepalives_idle = 30; \
                       SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
                       SET plan_cache_mode = force_generic_plan";

/// One creditor's part of a PostgreSQL base.
pub(super) struct Postgres {
    pool: PgPool,
    entity: String,
    news: news::News,
}

impl Postgres {
    /// Opens a base by its URL; the password may also come from the usual environment variable or password file.
    pub(super) async fn open(url: &str, entity: &str) -> Result<Postgres, StoreError> {
        let pool = Postgres::pool(url).await?;
        Ok(Postgres { pool, entity: entity.to_owned(), news: news::News::default() })
    }

    /// Connections to a base.
    pub(super) async fn pool(url: &str) -> Result<PgPool, StoreError> {
        let error = |source| StoreError::Open { place: without_password(url), source };
        let options = options(url)?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            // Whoever looks for old connections may count them while one is taken, find more than there can be, and look for ever.
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(sqlx::raw_sql(MANNERS)).await.map(drop) })
            })
            .connect_with(options)
            .await
            .map_err(error)?;
        MIGRATIONS.run(&pool).await?;
        Ok(pool)
    }
}

/// One connection, for what concerns all creditors.
pub(super) async fn connect(url: &str) -> Result<PgConnection, StoreError> {
    let error = |source| StoreError::Open { place: without_password(url), source };
    let silent = |_| error(sqlx::Error::PoolTimedOut);
    tokio::time::timeout(PATIENCE, options(url)?.connect()).await.map_err(silent)?.map_err(error)
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let error = |source| StoreError::Open { place: without_password(url), source };
    Ok(PgConnectOptions::from_str(url).map_err(error)?.application_name("relance"))
}

/// The URL as people may read it.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let rest = match rest.rsplit_once('@') {
        Some((user, place)) => [user.split(':').next().unwrap_or_default(), "@", place].concat(),
        None => rest.to_owned(),
    };
    let shown: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && !p.starts_with("password=")).collect();
    if shown.is_empty() { format!("{scheme}://{rest}") } else { format!("{scheme}://{rest}?{}", shown.join("&")) }
}

#[async_trait]
impl Store for Postgres {
    fn path(&self) -> Option<&Path> {
        None
    }

    async fn news(&self) {
        self.news.wait(&self.pool).await;
    }

    async fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let row = sqlx::query_as("SELECT motif, depuis, vers FROM marques WHERE entite = $1")
            .bind(&self.entity)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(mark::mark))
    }

    async fn unmark(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM marques WHERE entite = $1").bind(&self.entity).execute(&self.pool).await?;
        Ok(())
    }

    async fn close(&self) {
        self.news.end().await;
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_message_never_shows_the_password() {
        assert_eq!(without_password("postgres://relance:s3:cr@t@hote:5433/base"), "postgres://relance@hote:5433/base");
        assert_eq!(
            without_password("postgres://hote/base?user=a&password=secret&sslmode=require"),
            "postgres://hote/base?user=a&sslmode=require"
        );
        assert_eq!(without_password("postgres://relance@hote/base"), "postgres://relance@hote/base");
    }
}
