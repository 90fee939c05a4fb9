//! `appel`: a person says what came of a call. It goes in as an imported row does; the next run decides by it.

mod answer;
mod none;
mod told;

use super::import::moment;
use crate::args::CallArgs;
use crate::failure::Failure;
use crate::output;
use crate::project::{self, Project};
use relance_core::act;
use relance_core::day::{Instant, civil_date, french_date};
use relance_core::incoming::Incoming;
use relance_core::said::words;
use relance_desk::calls::open::open;
use relance_engine::config::nearest::nearest;
use relance_engine::store::{Intake, Store};
use serde_json::json;
use std::path::Path;

/// Notes what came of a call.
pub async fn run(dir: &Path, base: Option<&str>, args: &CallArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let told = note(&project, &*store, args).await;
    store.close().await;
    output::print(&told?)
}

async fn note(project: &Project, store: &dyn Store, args: &CallArgs) -> Result<String, Failure> {
    let zone = project.config.creditor.zone;
    let at = moment(args.moment, zone);
    let today = civil_date(at, zone);
    let number = &args.facture;
    let Some(client) = store.client_of(number).await? else { return Err(unknown(store, number).await) };
    let program = project.prepare(store.machines_in_force().await?);
    // What is noted for a later moment counts as well: all of it is looked at.
    let loaded = store.load(std::slice::from_ref(&client), Instant::MAX_UTC, &[], true).await?;
    let Some(loaded) = loaded.into_iter().next() else { return Err(unknown(store, number).await) };
    let dossier = &loaded.world.dossier;
    let Some(call) = open(&program, dossier).into_iter().find(|call| call.invoices.contains(number)) else {
        return Err(none::told(project, store, &client, number, at).await?);
    };
    if call.since > today {
        return Err(Failure::Usage(
            format!(
                "l’appel pour la facture {number} n’est demandé que depuis le {} : il ne peut pas avoir eu lieu le {}",
                french_date(call.since),
                french_date(today)
            ),
            "corrigez --moment".to_owned(),
        ));
    }
    // The invoice that the person names comes first, then the oldest.
    let parts = act::parts(dossier, &call.invoices, Some(number));
    let answer = answer::read(args, &parts, today)?;
    let incoming = answer::incoming(&answer, &client, &call, args, at, zone);
    let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
    let known: Vec<&Incoming> = loaded.world.inbox.iter().map(|(_, thing)| thing).collect();
    if known.iter().any(|thing| call.is_answered_by(thing)) {
        return again(&known, &incoming, number);
    }
    let said = told::text(&answer, name, &call, args.simulation);
    if !args.simulation {
        let report = json!({ "appel": call.key, "resultat": args.resultat.word(), "par": words(args.par.as_deref()) });
        store.take_in(&Intake { incoming: &incoming, payments: false, at, zone, report: &report }).await?;
    }
    Ok(said)
}

/// The outcome of this call is there already: the same again changes nothing, another one is refused.
fn again(known: &[&Incoming], new: &[Incoming], number: &str) -> Result<String, Failure> {
    let same = |a: &Incoming, b: &Incoming| a.id == b.id && a.what == b.what;
    let ours = known.iter().filter(|thing| new.first().is_some_and(|first| thing.id.starts_with(&first.id))).count();
    if ours == new.len() && new.iter().all(|thing| known.iter().any(|other| same(thing, other))) {
        return Ok(format!(
            "Déjà noté : rien de plus. La prochaine exécution tient compte de l’appel pour {number}.\n"
        ));
    }
    Err(Failure::Usage(
        format!(
            "cet appel pour la facture {number} a déjà un autre résultat, que la prochaine exécution prend en compte"
        ),
        "`relance executer`, puis notez ce qui a changé : un litige ou une promesse dans evenements.csv".to_owned(),
    ))
}

async fn unknown(store: &dyn Store, number: &str) -> Failure {
    let known = store.known().await.map(|known| known.invoices).unwrap_or_default();
    let help = match nearest(number, known.keys().map(String::as_str)) {
        Some(near) => format!("vouliez-vous dire `{near}` ?"),
        None => "`relance appels` donne les factures pour lesquelles un appel est à passer".to_owned(),
    };
    Failure::Usage(format!("facture inconnue : `{number}`"), help)
}
