//! `notifier`: tells the company's own systems and people what waits for them.

use crate::args::{Format, NotifyArgs};
use crate::failure::Failure;
use crate::output::{self, GREEN, YELLOW, count};
use crate::project::{self, now};
use relance_core::day::Instant;
use relance_engine::notify::Round;
use relance_engine::runner::Mailroom;
use relance_engine::service::Plan;
use relance_engine::store::Store;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often a service looks whether something waits to be told.
const LOOK: Duration = Duration::from_secs(2);

/// Tells once; with `--abandonnees`, what was given up as well, and without a pause.
pub async fn run(dir: &Path, base: Option<&str>, args: &NotifyArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    if project.config.notifications.is_empty() && project.config.alerts.is_empty() {
        return Err(Failure::Usage(
            "relance.toml ne dit pas qui prévenir".to_owned(),
            "écrivez-y [[notifications]] ou [[alertes]] (voyez docs/notifications.md)".to_owned(),
        ));
    }
    let (mailroom, store) = (project.mailroom()?, project.store(base).await?);
    // What a run at another moment wrote down is not before its time.
    let at = store.clock().await?.map_or(now(), |clock| clock.max(now()));
    if args.abandonnees {
        store.revive_notices(at).await?;
    }
    let round = mailroom.herald().round(&*store, at, now).await?;
    store.close().await;
    match args.printed.format {
        Format::Texte => {
            let told = count(round.told, "notification transmise", "notifications transmises");
            output::print(&format!("{GREEN}Fait{GREEN:#} : {told}.\n"))?;
        }
        Format::Json => output::json(&round)?,
    }
    tell(&round);
    if round.troubles.is_empty() {
        return Ok(());
    }
    Err(Failure::Outside(
        "des notifications n’ont pas pu partir".to_owned(),
        "rien n’est perdu : elles repartent d’elles-mêmes, ou par `relance notifier --abandonnees` ; `relance etat` les compte"
            .to_owned(),
    ))
}

/// Tells what is due, after a run. What fails here is none of the run's business.
pub async fn round(mailroom: &Mailroom, store: &dyn Store, at: Instant) -> Round {
    match mailroom.herald().round(store, at, now).await {
        Ok(round) => round,
        Err(error) => {
            let troubles = [("notifications".to_owned(), error.short())].into();
            Round { troubles, ..Round::default() }
        }
    }
}

/// Tells a person who did not take what they were given.
pub fn tell(round: &Round) {
    for (addressee, detail) in &round.troubles {
        anstream::eprintln!("{YELLOW}incident{YELLOW:#} : {addressee} : {detail} ; nouvel essai plus tard");
    }
    if round.given_up > 0 {
        let told = count(round.given_up, "notification abandonnée", "notifications abandonnées");
        anstream::eprintln!("{YELLOW}incident{YELLOW:#} : {told} ; `relance notifier --abandonnees` les renvoie");
    }
}

/// Tells what is due for as long as a service runs, beside its passes.
pub async fn regularly(plans: watch::Receiver<Arc<Plan<Mailroom>>>, store: &dyn Store) -> std::convert::Infallible {
    let mut troubles = std::collections::BTreeMap::new();
    loop {
        let plan = Arc::clone(&plans.borrow());
        let told = round(&plan.carrier, store, now()).await;
        if told.told > 0 {
            tracing::info!(notifications = told.told, "notifications transmises");
        }
        if told.given_up > 0 {
            tracing::error!(
                notifications = told.given_up,
                "notifications abandonnées : `relance notifier --abandonnees` les renvoie"
            );
        }
        for (destinataire, raison) in &told.troubles {
            if troubles.get(destinataire) != Some(raison) {
                tracing::warn!(
                    raison,
                    "un destinataire de notifications ne répond pas comme il faut : nouvel essai plus tard"
                );
            }
        }
        if told.told > 0 {
            // Whoever falls silent again is told again.
            troubles.clear();
        }
        troubles.extend(told.troubles);
        tokio::time::sleep(LOOK).await;
    }
}
