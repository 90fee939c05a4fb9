//! Clients whose data cannot be read, set aside from the others.

use super::StoreError;

/// A client of whom something that the base keeps cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Unreadable {
    /// The client.
    pub client: String,
    /// What it is, in French.
    #[serde(rename = "raison")]
    pub reason: String,
}

/// Loads what can be read of these clients, by halves where something cannot, and names those of whom it cannot. Any other error of the
/// base ends it.
pub async fn readable<T>(
    clients: &[String],
    load: impl AsyncFn(&[String]) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Vec<Unreadable>), StoreError> {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    let mut rest = vec![clients];
    while let Some(part) = rest.pop() {
        match (load(part).await, part) {
            (Ok(found), _) => read.extend(found),
            (Err(error), []) => return Err(error),
            (Err(error), _) if !error.is_unreadable() => return Err(error),
            (Err(error), [client]) => unreadable.push(Unreadable { client: client.clone(), reason: error.short() }),
            (Err(_), _) => {
                let (first, second) = part.split_at(part.len() / 2);
                rest.extend([second, first]);
            }
        }
    }
    Ok((read, unreadable))
}
