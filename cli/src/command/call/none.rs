//! No call waits on an invoice: why, and what waits instead.

use crate::command::{explain::EveryVersion, simulate, worlds};
use crate::failure::Failure;
use crate::output::phrase;
use crate::project::Project;
use relance_core::day::{Instant, add_days, civil_date, end_of_day, french_date};
use relance_core::journal::{Kind, Line};
use relance_core::machine::Channel;
use relance_core::simulate::People;
use relance_core::step::suspension;
use relance_engine::store::Store;

/// How far ahead the next call is looked for, in days.
const HORIZON: i64 = 200;

/// The refusal: what became of the last call, and when the next one comes.
pub async fn told(
    project: &Project,
    store: &dyn Store,
    client: &str,
    number: &str,
    at: Instant,
) -> Result<Failure, Failure> {
    let mut program = project.prepare(store.machines_in_force().await?);
    let zone = program.zone;
    let today = civil_date(at, zone);
    let message = |why: &str| format!("aucun appel n’attend pour la facture {number}{why}");
    let help = |text: &str| format!("{text} ; `relance appels` donne les appels à passer");
    let Some(mut loaded) =
        store.load(&[client.to_owned()], end_of_day(today, zone), &[], true).await?.into_iter().next()
    else {
        return Ok(Failure::Usage(message(""), help("rien n’est connu de ce client")));
    };
    let Some(file) = loaded.world.dossier.invoices.get(number) else {
        let why = " : aucune exécution ne l’a encore prise en charge";
        return Ok(Failure::Usage(message(why), help("lancez `relance executer`")));
    };
    if !file.is_open() {
        return Ok(Failure::Usage(message(", qui est soldée"), help("il n’y a plus rien à réclamer")));
    }
    let places = EveryVersion::new(store.all_machines().await?);
    let rows = store.journal(Some(client), Some(number), None, None).await?;
    let mut lines = rows.iter().filter_map(|row| Line::of(&row.entry, client, row.currency, zone, &places));
    let is_call = |line: &Line| line.canal == Some(Channel::Call.name());
    let last = lines.rfind(|line| is_call(line) && matches!(line.kind, Kind::Completed | Kind::Failed));
    let why = match last {
        Some(line) => {
            let day = line.le.get(..10).and_then(|day| day.parse().ok()).map(french_date).unwrap_or_default();
            format!(" : le dernier a été noté le {day} ({})", anstream::adapter::strip_str(&phrase::sentence(&line)))
        }
        None => String::new(),
    };
    let held = suspension(&loaded.world.dossier, number, file, today);
    let clock = store.clock().await?.unwrap_or(at).max(at);
    if worlds::republished(&program, store).await? {
        worlds::look_again(&mut loaded.world, clock);
    } else {
        program.published = store.publications().await?.pop().map(|last| last.at);
    }
    let span = (clock, end_of_day(add_days(today, HORIZON), zone));
    let coming = simulate::lines(&program, std::slice::from_mut(&mut loaded.world), span, People::DILIGENT);
    let next =
        coming.iter().find(|line| line.kind == Kind::Sent && is_call(line) && line.facture.as_deref() == Some(number));
    let next = match next.and_then(|line| line.le.get(..10)?.parse().ok()) {
        Some(day) => format!("si rien ne change, un appel est prévu le {}", french_date(day)),
        None => "le plan ne lui en prévoit pas d’autre".to_owned(),
    };
    let next = held.map_or(next.clone(), |held| format!("elle est suspendue ({held}) ; {next}"));
    Ok(Failure::Usage(message(&why), help(&next)))
}
