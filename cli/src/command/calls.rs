//! `appels`: the day's calls, what weighs most first. It only looks.

use crate::args::{CallsArgs, CallsFormat};
use crate::failure::{Failure, unknown};
use crate::output;
use crate::output::calls::{csv, text};
use crate::project;
use relance_desk::calls::list;
use std::path::Path;

/// Prints the list.
pub async fn run(dir: &Path, base: Option<&str>, args: &CallsArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let program = project.prepare(store.machines_in_force().await?);
    let today = args.le.unwrap_or_else(|| project.today());
    let mut clients = store.clients().await?;
    if let Some(wanted) = &args.client {
        clients.retain(|client| client == wanted);
        if clients.is_empty() {
            return Err(unknown("client", wanted));
        }
    }
    let sender = project.sender()?;
    let (list, unreadable) = list((&project, &sender, &program), &*store, &clients, today, !args.court).await?;
    output::unreadable(&unreadable);
    store.close().await;
    match args.format {
        CallsFormat::Texte => output::print(&text(&list, today)),
        CallsFormat::Json => output::json(&list),
        CallsFormat::Csv => output::print(&csv(&list)),
    }
}
