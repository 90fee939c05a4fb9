//! Clients whose data cannot be read, set aside from the others.

use super::{Loaded, Store, StoreError};
use relance_core::day::Instant;

/// A client of whom something that the base keeps cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Unreadable {
    /// The client.
    pub client: String,
    /// What it is, in French.
    #[serde(rename = "raison")]
    pub reason: String,
}

/// What is read by halves where something cannot be read.
struct Halves<'c, T> {
    rest: Vec<&'c [String]>,
    read: Vec<T>,
    unreadable: Vec<Unreadable>,
}

impl<'c, T> Halves<'c, T> {
    fn of(clients: &'c [String]) -> Halves<'c, T> {
        Halves { rest: vec![clients], read: Vec::new(), unreadable: Vec::new() }
    }

    /// What came of a part. Any other error of the base ends it.
    fn told(&mut self, part: &'c [String], result: Result<Vec<T>, StoreError>) -> Result<(), StoreError> {
        match (result, part) {
            (Ok(found), _) => self.read.extend(found),
            (Err(error), []) => return Err(error),
            (Err(error), _) if !error.is_unreadable() => return Err(error),
            (Err(error), [client]) => {
                self.unreadable.push(Unreadable { client: client.clone(), reason: error.short() });
            }
            (Err(_), _) => {
                let (first, second) = part.split_at(part.len() / 2);
                self.rest.extend([second, first]);
            }
        }
        Ok(())
    }
}

/// Loads what can be read of these clients, by halves where something cannot, and names those of whom it cannot. Any other error of the
/// base ends it.
pub async fn readable<T>(
    clients: &[String],
    load: impl AsyncFn(&[String]) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Vec<Unreadable>), StoreError> {
    let mut halves = Halves::of(clients);
    while let Some(part) = halves.rest.pop() {
        let result = load(part).await;
        halves.told(part, result)?;
    }
    Ok((halves.read, halves.unreadable))
}

/// The same for files, see [`Work::load`](super::Work::load). It may be awaited on any thread.
pub async fn load_readable(
    store: &dyn Store,
    clients: &[String],
    to: Instant,
    whole: bool,
) -> Result<(Vec<Loaded>, Vec<Unreadable>), StoreError> {
    let mut halves = Halves::of(clients);
    while let Some(part) = halves.rest.pop() {
        let result = store.load(part, to, &[], whole).await;
        halves.told(part, result)?;
    }
    Ok((halves.read, halves.unreadable))
}
