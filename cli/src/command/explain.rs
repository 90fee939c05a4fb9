//! `expliquer`: where an invoice stands, how it got there, why, and what comes next.

pub use relance_desk::explain::EveryVersion;

use super::following;
use crate::args::{ExplainArgs, Format};
use crate::failure::Failure;
use crate::output::{self, BOLD, DIM, standing as shown, timeline};
use crate::project;
use relance_desk::explain::{Explained, explain};
use serde_json::json;
use std::path::Path;

/// Explains an invoice.
pub async fn run(dir: &Path, base: Option<&str>, args: &ExplainArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let kept = if project.has_base(base) { Some(project.store(base).await?) } else { None };
    let program = match &kept {
        Some(store) => following::current(&project, &**store).await?,
        None => project.program()?,
    };
    let filled = match kept.as_deref() {
        Some(store) if !store.clients().await?.is_empty() => {
            Some((store, EveryVersion::new(store.all_machines().await?)))
        }
        _ => None,
    };
    let filled = filled.as_ref().map(|(store, places)| (*store, places));
    let day = args.le.unwrap_or_else(|| project.today());
    let Explained { standing, history, expected, coming, .. } =
        explain(&project, program, filled, &args.facture, day).await?;
    match args.printed.format {
        Format::Texte => {
            let mut text = shown::text(&standing);
            // What is only expected is never mixed with what happened.
            for (label, lines) in
                [("Comment elle en est arrivée là", &history), ("Prévu d’ici là, si rien ne change", &expected)]
            {
                if !lines.is_empty() {
                    let told = timeline::full(lines, true);
                    text.push_str(&format!("\n{BOLD}{label}{BOLD:#}\n{}", told.trim_start_matches('\n')));
                }
            }
            text.push_str(&format!("\n{BOLD}Ce qui suit, si rien ne change{BOLD:#}\n"));
            if coming.is_empty() {
                text.push_str("Rien : le plan n’a plus rien à faire pour elle.\n");
            } else {
                text.push_str(timeline::full(&coming, true).trim_start_matches('\n'));
                text.push_str(&format!(
                    "{DIM}Prévision : paiements, litiges et réponses connus à ce jour seulement.{DIM:#}\n"
                ));
            }
            output::print(&text)
        }
        _ => output::json(&json!({ "situation": standing, "historique": history, "prevu": expected, "suite": coming })),
    }
}
