//! `journal`: what happened, in order.

use super::explain::EveryVersion;
use crate::args::{LinesFormat, LogArgs};
use crate::failure::{Failure, unknown};
use crate::output::{self, timeline};
use crate::project;
use relance_core::day::{end_of_day, start_of_day};
use relance_core::journal::Line;
use std::path::Path;

/// Prints the journal, or a part of it.
pub async fn run(dir: &Path, base: Option<&str>, args: &LogArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let zone = project.config.creditor.zone;
    let store = project.store(base).await?;
    if let Some(invoice) = &args.facture
        && store.client_of(invoice).await?.is_none()
    {
        return Err(unknown("facture", invoice));
    }
    if let Some(client) = &args.client
        && !store.clients().await?.contains(client)
    {
        return Err(unknown("client", client));
    }
    let from = args.du.map(|day| start_of_day(day, zone));
    let to = args.au.map(|day| end_of_day(day, zone));
    let rows = store.journal(args.client.as_deref(), args.facture.as_deref(), from, to).await?;
    let places = EveryVersion::new(store.all_machines().await?);
    let lines: Vec<Line> =
        rows.iter().filter_map(|row| Line::of(&row.entry, &row.client, row.currency, zone, &places)).collect();
    match args.printed.format {
        LinesFormat::Jsonl => output::jsonl(&lines),
        LinesFormat::Json => output::json(&lines),
        LinesFormat::Texte => output::print(timeline::full(&lines, true).trim_start_matches('\n')),
    }
}
