//! `taux`: the published rates with their sources, and those that the user adds.

use crate::args::{AddRateArgs, Format, RatesAction, RatesArgs};
use crate::failure::Failure;
use crate::output::{self, CYAN, GREEN, count, rates as shown};
use crate::project::{self, now, own_rates, settings, wrong_settings};
use chrono::Utc;
use relance_core::interest::semester_name;
use relance_engine::legal_rates::{self, FILE, OwnRate, rates};
use std::path::Path;

/// Shows the rates, or adds one.
pub async fn run(dir: &Path, base: Option<&str>, args: &RatesArgs) -> Result<(), Failure> {
    if let Some(RatesAction::Ajouter(add)) = &args.action {
        return added(dir, base, add).await;
    }
    // Rates are shown in any folder; a project's own complete them.
    let own = own_rates(dir)?;
    let day = match args.le {
        Some(day) => day,
        None => Utc::now().with_timezone(&zone(dir)).date_naive(),
    };
    match args.printed.format {
        Format::Texte => output::print(&shown::text(&rates(&own), day)),
        _ => output::json(&shown::json(&rates(&own), day)),
    }
}

fn zone(dir: &Path) -> chrono_tz::Tz {
    let config = settings(dir).ok().and_then(Result::ok);
    config.map_or(chrono_tz::Europe::Paris, |config| config.creditor.zone)
}

async fn added(dir: &Path, base: Option<&str>, args: &AddRateArgs) -> Result<(), Failure> {
    settings(dir)?.map_err(|problems| {
        problems.iter().for_each(|problem| anstream::eprintln!("{problem}"));
        wrong_settings(&problems)
    })?;
    let rate = OwnRate { table: args.table.into(), from: args.semestre, rate: args.taux, source: args.source.clone() };
    let told = format!("{} du {} : {}", rate.table.french(), semester_name(rate.from), rate.rate);
    let before = legal_rates::add(dir, rate).map_err(|problem| {
        Failure::Usage(
            format!("ce taux n’est pas ajouté : {problem}"),
            "`relance taux` montre ceux qui sont connus".to_owned(),
        )
    })?;
    let before = before.map(|before| format!(" (auparavant {}, {})", before.rate, before.source)).unwrap_or_default();
    let mut text = format!("{GREEN}Ajouté{GREEN:#} à `{FILE}` : {told}{before}.\n");
    let project = project::open(dir, &[])?;
    if project.has_base(base) {
        let store = project.store(base).await?;
        let at = store.clock().await?.unwrap_or_else(now);
        let woken = usize::try_from(store.rate_added(at).await?).unwrap_or(usize::MAX);
        if woken > 0 {
            text.push_str(&format!(
                "Ce qui attendait un taux est revu à la prochaine exécution ({}) : {CYAN}relance executer{CYAN:#}. Un service en marche le \
                 prend quand il relit le projet (SIGHUP).\n",
                count(woken, "client", "clients")
            ));
        }
        store.close().await;
    }
    output::print(&text)
}
