//! `planifier`: what would change if the files, or an earlier version, were put in force.

use super::import::moment;
use crate::args::{Format, PlanArgs, When};
use crate::failure::Failure;
use crate::output::bar::Bar;
use crate::output::{self, plan as shown};
use crate::project::{self, Project};
use relance_core::day::Instant;
use relance_core::program::Program;
use relance_desk::publication::{Plan, Wanted, machines_of, refuse_lost};
use relance_engine::store::Store;
use serde_json::json;
use std::path::Path;

/// The moment that a `--le` means.
pub fn at(project: &Project, le: Option<When>) -> Option<Instant> {
    le.map(|le| moment(Some(le), project.config.creditor.zone))
}

/// Shows how far a forecast is.
pub fn progress(bar: &mut Bar) -> impl FnMut(usize, usize) {
    |done, total| bar.at(done, total)
}

/// Shows the plan.
pub async fn run(dir: &Path, base: Option<&str>, args: &PlanArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    // What only looks creates no base.
    let store = if project.has_base(base) { Some(project.store(base).await?) } else { None };
    if args.versions {
        return versions(&project, store.as_deref(), args.printed.format).await;
    }
    let wanted = Wanted { version: args.version, catch_up: args.rattraper, at: at(&project, args.le) };
    let plan = Plan::of(&project, store.as_deref(), wanted, progress(&mut Bar::new("prévision"))).await?;
    output::unreadable(&plan.unreadable);
    match args.printed.format {
        Format::Texte => output::print(&shown::text(&plan, args.detail))?,
        _ => output::json(&plan.told())?,
    }
    refuse_lost(&plan)
}

async fn versions(project: &Project, store: Option<&dyn Store>, format: Format) -> Result<(), Failure> {
    let (publications, all) = match store {
        Some(store) => (store.publications().await?, store.all_machines().await?),
        None => (Vec::new(), Vec::new()),
    };
    let zone = project.config.creditor.zone;
    let programs: Vec<Program> = (1..=publications.len())
        .map(|number| Ok(project.prepare(machines_of(&publications, &all, number)?)))
        .collect::<Result<_, Failure>>()?;
    match format {
        Format::Texte => output::print(&shown::versions(&publications, &programs, zone)),
        _ => output::json(
            &publications
                .iter()
                .zip(&programs)
                .enumerate()
                .map(|(n, (publication, program))| {
                    json!({
                        "version": n + 1,
                        "depuis": publication.at.with_timezone(&zone).to_rfc3339(),
                        "par": if publication.planned { "publier" } else { "executer" },
                        "rattrapage": publication.catch_up,
                        "scenarios": program.scenarios.iter()
                            .map(|s| json!({ "scenario": s.machine.name, "version": s.version })).collect::<Vec<_>>(),
                    })
                })
                .collect::<Vec<_>>(),
        ),
    }
}
