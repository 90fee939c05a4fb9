//! `courriers --suivre`: what became of registered letters, asked of the service that `[suivi]` describes.

use crate::args::{CallsFormat, LettersArgs, When};
use crate::command::import::moment;
use crate::failure::Failure;
use crate::output::{self, count, tracking as shown};
use crate::project::{Project, now};
use relance_engine::store::Store;
use relance_engine::tracking::{Report, TrackingService, follow};
use std::time::Duration;

/// How often a service asks.
const EVERY: Duration = Duration::from_secs(3_600);

/// Asks once.
pub async fn run(project: &Project, base: Option<&str>, args: &LettersArgs) -> Result<(), Failure> {
    let Some(service) = service(project)? else {
        return Err(Failure::Usage(
            "relance.toml ne dit pas à qui demander ce que deviennent les lettres".to_owned(),
            "écrivez une section [suivi] (voyez docs/suivi.md)".to_owned(),
        ));
    };
    if args.format == CallsFormat::Csv {
        let help = "écrivez --format json".to_owned();
        return Err(Failure::Usage("le suivi se lit en texte ou en JSON".to_owned(), help));
    }
    let zone = project.config.creditor.zone;
    let store = project.store(base).await?;
    let at = moment(args.le.map(When::Day), zone);
    let report = follow(&*store, &service, at, zone).await;
    store.close().await;
    let report = report?;
    output::unreadable(&report.unreadable);
    if args.format == CallsFormat::Json {
        return output::json(&shown::json(&report));
    }
    output::print(&shown::text(&report))?;
    match report.trouble {
        None => Ok(()),
        Some(trouble) => Err(Failure::Outside(
            format!("service de suivi : {trouble}"),
            format!(
                "rien n’est changé ; recommencez plus tard : {} à demander",
                count(report.left, "lettre", "lettres")
            ),
        )),
    }
}

/// Asks each hour for ever, if there is somebody to ask. What goes wrong is told once.
pub async fn regularly(project: &Project, store: &dyn Store) -> Result<std::convert::Infallible, Failure> {
    let Some(service) = service(project)? else { return std::future::pending().await };
    let zone = project.config.creditor.zone;
    let mut told: Option<String> = None;
    loop {
        let trouble = match follow(store, &service, now(), zone).await {
            Ok(report) => {
                tell(&report);
                report.trouble
            }
            Err(error) => Some(error.short()),
        };
        if let Some(trouble) = trouble.as_ref().filter(|trouble| told.as_ref() != Some(trouble)) {
            tracing::error!(erreur = trouble, "le suivi des lettres n’a pas pu se faire : nouvel essai dans une heure");
        }
        told = trouble;
        tokio::time::sleep(EVERY).await;
    }
}

fn tell(report: &Report) {
    let (new, wrong) = (
        report.letters.iter().filter(|one| one.nouveau).count(),
        report.letters.iter().filter(|one| !one.problemes.is_empty()).count(),
    );
    if new > 0 || wrong > 0 {
        tracing::info!(
            lettres = report.letters.len(),
            nouveautes = new,
            problemes = wrong,
            "le suivi des lettres est relevé"
        );
    }
}

fn service(project: &Project) -> Result<Option<TrackingService>, Failure> {
    let zone = project.config.creditor.zone;
    let service = project.config.tracking.as_ref().map(|config| TrackingService::new(config, zone)).transpose();
    service.map_err(|problem| {
        Failure::Outside(problem, "définissez cette variable, ou retirez `jeton_env` de [suivi]".to_owned())
    })
}
