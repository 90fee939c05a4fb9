//! Where an invoice stands, how it got there, why, and what comes next.

use crate::failure::{Failure, unknown};
use crate::project::Project;
use crate::simulate::lines;
use crate::worlds;
use chrono::NaiveDate;
use relance_core::day::{add_days, civil_date, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::explain::{Standing, standing};
use relance_core::journal::{Line, Places};
use relance_core::machine::Machine;
use relance_core::program::Program;
use relance_core::simulate::{People, World};
use relance_engine::store::Store;
use std::collections::BTreeMap;

/// How far ahead what comes next is looked for, in days.
const HORIZON: i64 = 400;
/// How many coming events are told.
const COMING: usize = 12;

/// Places of every version that ever ran, so that old entries show the lines they came from.
#[derive(Default)]
pub struct EveryVersion(BTreeMap<(String, String), Machine>);

impl EveryVersion {
    /// Out of machines.
    pub fn new(machines: Vec<Machine>) -> EveryVersion {
        EveryVersion(machines.into_iter().map(|m| ((m.name.clone(), m.short_hash()), m)).collect())
    }
}

impl Places for EveryVersion {
    fn machine(&self, about: &relance_core::event::About) -> Option<&Machine> {
        self.0.get(&(about.scenario.clone(), about.version.clone()))
    }
}

/// All that is told of an invoice on a day.
pub struct Explained {
    /// Where it stands, and why.
    pub standing: Standing,
    /// What happened.
    pub history: Vec<Line>,
    /// What is due by then and has not been done yet, if nothing changes.
    pub expected: Vec<Line>,
    /// What follows, if nothing changes.
    pub coming: Vec<Line>,
    /// The client's file on that day.
    pub dossier: Dossier,
}

/// Explains an invoice by what is in force, from a base that holds something with every version that it knows, or else from the project's
/// `donnees`.
pub async fn explain(
    project: &Project,
    mut program: Program,
    store: Option<(&dyn Store, &EveryVersion)>,
    number: &str,
    day: NaiveDate,
) -> Result<Explained, Failure> {
    let zone = program.zone;
    let until = end_of_day(day, zone);
    let mut history: Vec<Line> = Vec::new();
    let mut expected: Vec<Line> = Vec::new();
    let mut world = if let Some((store, places)) = store {
        let client = store.client_of(number).await?.ok_or_else(|| unknown("facture", number))?;
        let clock = store.clock().await?;
        let past = clock.is_some_and(|clock| civil_date(clock, zone) > day);
        // The past is made of all lines of the client; else those of the invoice are enough.
        let rows = store.journal(Some(&client), (!past).then_some(number), None, Some(until)).await?;
        for row in rows.iter().filter(|row| row.entry.invoice.as_deref() == Some(number)) {
            history.extend(Line::of(&row.entry, &client, row.currency, zone, places));
        }
        let loaded = store.load(std::slice::from_ref(&client), until, &[], true).await?;
        let mut world = loaded.into_iter().next().map(|l| l.world).ok_or_else(|| unknown("facture", number))?;
        if past {
            // The past is the fold of the journal up to then; what was known later stays out.
            let mut rows = rows;
            rows.sort_by_key(|row| row.position);
            let dossier = Dossier::replay(&client, rows.iter().map(|row| &row.entry), zone);
            // What came next is decided again from there: without a wake-up, nothing would be looked at before the next event.
            world = World { dossier, wake: Some(start_of_day(add_days(day, 1), zone)), inbox: world.inbox };
        } else {
            let from = clock.map_or(start_of_day(day, zone), |clock| clock.min(until));
            if worlds::republished(&program, store).await? {
                worlds::look_again(&mut world, from);
            } else {
                let last = store.publications().await?.pop();
                program.catch_up = last.as_ref().is_some_and(|last| last.catch_up);
                program.published = last.map(|last| last.at);
            }
            // On a day that the base has lived, a call is done when somebody says so, not because it was asked for.
            let lived = clock.is_some_and(|clock| civil_date(clock, zone) == day);
            let people = if lived { People::ABSENT } else { People::DILIGENT };
            expected = lines(&program, std::slice::from_mut(&mut world), (from, until), people, |_, _| {});
        }
        world
    } else {
        let mut loaded = worlds::from_folder(project, start_of_day(day, zone))?;
        loaded.worlds.retain(|w| w.inbox.names(number));
        let mut world = loaded.worlds.pop().ok_or_else(|| unknown("facture", number))?;
        let from = start_of_day(day, zone);
        expected = lines(&program, std::slice::from_mut(&mut world), (from, until), People::DILIGENT, |_, _| {});
        world
    };
    expected.retain(|l| l.facture.as_deref() == Some(number));
    let found = standing(&program, &world.dossier, number, day).ok_or_else(|| unknown("facture", number))?;
    let dossier = world.dossier.clone();
    let next_day = add_days(day, 1);
    let span = (start_of_day(next_day, zone), end_of_day(add_days(day, HORIZON), zone));
    let coming: Vec<Line> = lines(&program, std::slice::from_mut(&mut world), span, People::DILIGENT, |_, _| {})
        .into_iter()
        .filter(|l| l.facture.as_deref() == Some(number))
        .take(COMING)
        .collect();
    Ok(Explained { standing: found, history, expected, coming, dossier })
}
