//! `expliquer`: where an invoice stands, how it got there, why, and what comes next.

use super::{following, simulate, worlds};
use crate::args::{ExplainArgs, Format};
use crate::failure::Failure;
use crate::output::{self, BOLD, DIM, standing as shown, timeline};
use crate::project::Project;
use relance_core::day::{add_days, civil_date, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::explain::standing;
use relance_core::journal::{Line, Places};
use relance_core::machine::Machine;
use relance_core::simulate::{People, World};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// How far ahead what comes next is looked for, in days.
const HORIZON: i64 = 400;
/// How many coming events are told.
const COMING: usize = 12;

/// Places of every version that ever ran, so that old entries show the lines they came from.
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

/// Explains an invoice.
pub async fn run(dir: &Path, base: Option<&str>, args: &ExplainArgs) -> Result<(), Failure> {
    let project = Project::open(dir, &[])?;
    let kept = if project.has_base(base) { Some(project.store(base).await?) } else { None };
    let mut program = match &kept {
        Some(store) => following::current(&project, &**store).await?,
        None => project.program()?,
    };
    let zone = program.zone;
    let number = &args.facture;
    let day = args.le.unwrap_or_else(|| project.today());
    let until = end_of_day(day, zone);

    let mut history: Vec<Line> = Vec::new();
    let mut expected: Vec<Line> = Vec::new();
    let mut world = if project.has_base(base) && !project.store(base).await?.clients().await?.is_empty() {
        let store = project.store(base).await?;
        let client = store.client_of(number).await?.ok_or_else(|| simulate::unknown("facture", number))?;
        let places = EveryVersion::new(store.all_machines().await?);
        let rows = store.journal(Some(&client), None, None, Some(until)).await?;
        for row in rows.iter().filter(|row| row.entry.invoice.as_ref() == Some(number)) {
            history.extend(Line::of(&row.entry, &client, row.currency, zone, &places));
        }
        let clock = store.clock().await?;
        let past = clock.is_some_and(|clock| civil_date(clock, zone) > day);
        let loaded = store.load(std::slice::from_ref(&client), until, &[], true).await?;
        let mut world =
            loaded.into_iter().next().map(|l| l.world).ok_or_else(|| simulate::unknown("facture", number))?;
        if past {
            // The past is the fold of the journal up to then; what was known later stays out.
            let mut rows = rows;
            rows.sort_by_key(|row| row.position);
            let dossier = Dossier::replay(&client, rows.iter().map(|row| &row.entry), zone);
            // What came next is decided again from there: without a wake-up, nothing would be looked at before the next event.
            world = World { dossier, wake: Some(start_of_day(add_days(day, 1), zone)), inbox: world.inbox };
        } else {
            let from = clock.map_or(start_of_day(day, zone), |clock| clock.min(until));
            if worlds::republished(&program, &*store).await? {
                worlds::look_again(&mut world, from);
            } else {
                let last = store.publications().await?.pop();
                program.catch_up = last.as_ref().is_some_and(|last| last.catch_up);
                program.published = last.map(|last| last.at);
            }
            // On a day that the base has lived, a call is done when somebody says so, not because it was asked for.
            let lived = clock.is_some_and(|clock| civil_date(clock, zone) == day);
            let people = if lived { People::ABSENT } else { People::DILIGENT };
            expected = simulate::lines(&program, std::slice::from_mut(&mut world), (from, until), people);
        }
        world
    } else {
        let mut loaded = worlds::load(&project, &program, base, None, start_of_day(day, zone), None).await?;
        loaded.worlds.retain(|w| w.inbox.names(number));
        let mut world = loaded.worlds.pop().ok_or_else(|| simulate::unknown("facture", number))?;
        let from = start_of_day(day, zone);
        expected = simulate::lines(&program, std::slice::from_mut(&mut world), (from, until), People::DILIGENT);
        world
    };
    expected.retain(|l| l.facture.as_ref() == Some(number));
    let found = standing(&program, &world.dossier, number, day).ok_or_else(|| simulate::unknown("facture", number))?;
    let next_day = add_days(day, 1);
    let span = (start_of_day(next_day, zone), end_of_day(add_days(day, HORIZON), zone));
    let coming: Vec<Line> = simulate::lines(&program, std::slice::from_mut(&mut world), span, People::DILIGENT)
        .into_iter()
        .filter(|l| l.facture.as_ref() == Some(number))
        .take(COMING)
        .collect();
    match args.printed.format {
        Format::Texte => {
            let mut text = shown::text(&found);
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
        _ => output::json(&json!({ "situation": found, "historique": history, "prevu": expected, "suite": coming })),
    }
}
