//! Bases for tests: a file, or a database of a PostgreSQL server that the test starts itself.

use crate::postgres::Server;
use relance_engine::store::{self, Store};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// The kinds of bases; the same tests run on each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A database of a server.
    Postgres,
}

/// A base of its own for one test.
pub struct Base {
    /// Where it is, for `--base` and [`store::open`].
    pub url: String,
    /// A folder that goes with it.
    pub folder: tempfile::TempDir,
    /// Ends when the last test that uses it does.
    _server: Option<Arc<Server>>,
}

impl Base {
    /// A new, empty base; `None`, said aloud, where PostgreSQL is not installed.
    pub async fn new(kind: Kind) -> Option<Base> {
        let folder = tempfile::tempdir().unwrap();
        if kind == Kind::Sqlite {
            return Some(Base { url: "sqlite://relance.db".to_owned(), folder, _server: None });
        }
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = tokio::task::spawn_blocking(server).await.unwrap()?;
        let url = server.create(&format!("essai_{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
        Some(Base { url, folder, _server: Some(server) })
    }

    /// One that is there already.
    pub fn at(url: String, folder: tempfile::TempDir) -> Base {
        Base { url, folder, _server: None }
    }

    /// Opens it, for one creditor.
    pub async fn open(&self, entity: &str) -> Arc<dyn Store> {
        store::open(&self.url, self.folder.path(), entity).await.unwrap()
    }
}

/// The server of the tests that run at this moment.
fn server() -> Option<Arc<Server>> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut kept = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(server) = kept.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start()?);
    *kept = Arc::downgrade(&server);
    Some(server)
}
