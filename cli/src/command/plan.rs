//! `planifier`: what would change if the files, or an earlier version, were put in force.

use super::{execute, worlds};
use crate::args::{Format, PlanArgs, When};
use crate::failure::Failure;
use crate::output::bar::Bar;
use crate::output::{self, count, plan as shown};
use crate::project::Project;
use relance_core::day::{Instant, add_days, civil_date, end_of_day};
use relance_core::machine::Machine;
use relance_core::program::Program;
use relance_core::publication::{Changes, Forecast, Moves, changes, forecast, messages, moves, seal};
use relance_core::simulate::People;
use relance_engine::store::{Publication, Store};
use serde_json::{Value, json};
use std::path::Path;

/// How far ahead the messages are compared, in days.
const HORIZON: i64 = 30;

/// What is to be put in force.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// An earlier version by its number, from 1; else the files of the project.
    pub version: Option<usize>,
    /// The invoices that it moves catch up.
    pub catch_up: bool,
    /// When.
    pub le: Option<When>,
}

/// What would change.
pub struct Plan {
    /// What would be in force.
    pub program: Program,
    /// What is.
    pub before: Option<(usize, Publication)>,
    /// Since when it would be.
    pub at: Instant,
    /// What differs.
    pub changes: Vec<Changes>,
    /// What becomes of the invoices under way.
    pub moves: Moves,
    /// What leaves in the next thirty days.
    pub forecast: Forecast,
    /// See [`Wanted`].
    pub wanted: Wanted,
}

impl Plan {
    /// Works it out; writes nothing.
    pub async fn of(project: &Project, store: Option<&dyn Store>, wanted: Wanted) -> Result<Plan, Failure> {
        let (publications, versions) = match store {
            Some(store) => (store.publications().await?, store.all_machines().await?),
            None => (Vec::new(), Vec::new()),
        };
        let mut program = match wanted.version {
            Some(number) => project.prepare(machines_of(&publications, &versions, number)?),
            None => project.program()?,
        };
        program.remember(&versions);
        program.catch_up = wanted.catch_up;
        let before = publications.last().cloned().map(|last| (publications.len(), last));
        let (mut at, _) = execute::span(wanted.le, &program);
        let mut plan = Plan {
            changes: Vec::new(),
            moves: Moves::default(),
            forecast: Forecast::default(),
            at,
            before,
            wanted,
            program,
        };
        if plan.is_nothing() {
            return Ok(plan);
        }
        let in_force = match (store, &plan.before) {
            (Some(store), Some((_, last))) => {
                let mut in_force = project.prepare(store.machines_in_force().await?);
                in_force.remember(&versions);
                in_force.catch_up = last.catch_up;
                in_force.published = Some(last.at);
                Some(in_force)
            }
            _ => None,
        };
        plan.changes = changes(in_force.as_ref(), &plan.program);
        let Some(store) = store else { return Ok(plan) };
        if let Some(clock) = store.clock().await? {
            at = at.max(clock);
        }
        plan.at = at;
        let mut worlds =
            worlds::from_base(project, in_force.as_ref().unwrap_or(&plan.program), store, at, None).await?.worlds;
        plan.moves = moves(&plan.program, worlds.iter().map(|world| &world.dossier), at);
        let zone = plan.program.zone;
        let span = (at, end_of_day(add_days(civil_date(at, zone), HORIZON), zone));
        let mut after = worlds.clone();
        after.iter_mut().for_each(|world| worlds::look_again(world, at));
        let (total, mut bar) = (worlds.len() * 2, Bar::new("prévision"));
        let was = in_force.map_or_else(Vec::new, |program| {
            messages(&program, &mut worlds, span, People::DILIGENT, |done| bar.at(done, total))
        });
        let is = messages(&plan.program, &mut after, span, People::DILIGENT, |done| bar.at(total / 2 + done, total));
        plan.forecast = forecast(&was, &is);
        Ok(plan)
    }

    /// Whether it is in force already.
    pub fn is_nothing(&self) -> bool {
        self.before.as_ref().is_some_and(|(_, last)| last.digest == self.program.digest)
    }

    /// Its name: what is in force, what would be, and which invoices that moves, each in six digits. What time alone or a payment
    /// changes in the forecast does not make it another plan.
    pub fn name(&self) -> String {
        self.parts().join("-")
    }

    fn parts(&self) -> [String; 3] {
        let digest = |digest: u64| digest.to_string();
        [
            seal(&self.before.as_ref().map(|(number, last)| (number, digest(last.digest)))),
            seal(&(digest(self.program.digest), self.wanted.catch_up)),
            seal(&(&self.moves.moved, &self.moves.lost)),
        ]
    }

    /// What is no longer as in the plan of this name, in French; empty when it is this one.
    pub fn differs(&self, name: &str) -> Result<Vec<&'static str>, Failure> {
        let given: Vec<&str> = name.trim().split('-').collect();
        let whole =
            given.len() == 3 && given.iter().all(|part| part.len() == 6 && part.chars().all(|c| c.is_ascii_hexdigit()));
        if !whole {
            return Err(Failure::Usage(
                format!("`{name}` n’est pas le nom d’un plan"),
                "il s’écrit comme `1a2b3c-4d5e6f-708192` ; `relance planifier` le donne à la fin".to_owned(),
            ));
        }
        let why = [
            "une autre version a été mise en vigueur depuis",
            "ce qui serait mis en vigueur n’est plus le même : les fichiers, --version ou --rattraper ont changé",
            "les factures qui changent de place ne sont plus les mêmes : la base a vécu depuis",
        ];
        let pairs = self.parts().into_iter().zip(given).zip(why);
        Ok(pairs.filter(|((own, given), _)| !own.eq_ignore_ascii_case(given)).map(|(_, why)| why).collect())
    }

    /// The command that applies it.
    pub fn command(&self) -> String {
        let version = self.wanted.version.map_or_else(String::new, |number| format!(" --version {number}"));
        let catch_up = if self.wanted.catch_up { " --rattraper" } else { "" };
        format!("relance publier --plan {}{version}{catch_up}", self.name())
    }

    /// The last day that is told apart: tomorrow.
    pub fn soon(&self) -> chrono::NaiveDate {
        add_days(civil_date(self.at, self.program.zone), 1)
    }

    fn json(&self) -> Value {
        let zone = self.program.zone;
        let before = self
            .before
            .as_ref()
            .map(|(number, last)| json!({ "version": number, "depuis": last.at.with_timezone(&zone).to_rfc3339() }));
        json!({
            "plan": (!self.is_nothing()).then(|| self.name()),
            "applicable": self.moves.lost.is_empty(),
            "le": self.at.with_timezone(&zone).to_rfc3339(),
            "en_vigueur": before,
            "scenarios": self.changes,
            "factures": self.moves,
            "messages": { "demain": self.forecast.until(self.soon()), "trente_jours": self.forecast },
        })
    }
}

/// The machines of a version by its number, from 1.
fn machines_of(publications: &[Publication], all: &[Machine], number: usize) -> Result<Vec<Machine>, Failure> {
    let wanted = number.checked_sub(1).and_then(|at| publications.get(at)).ok_or_else(|| {
        Failure::Usage(
            format!("il n’y a pas de version {number}"),
            match publications.len() {
                0 => "rien n’a encore été en vigueur dans cette base".to_owned(),
                n => format!("elles vont de 1 à {n} : `relance planifier --versions` les liste"),
            },
        )
    })?;
    Ok(all.iter().filter(|machine| wanted.hashes.contains(&machine.hash())).cloned().collect())
}

/// Shows the plan.
pub async fn run(dir: &Path, base: Option<&str>, args: &PlanArgs) -> Result<(), Failure> {
    let project = Project::open(dir, &[])?;
    // What only looks creates no base.
    let store = if project.has_base(base) { Some(project.store(base).await?) } else { None };
    if args.versions {
        return versions(&project, store.as_deref(), args.printed.format).await;
    }
    let wanted = Wanted { version: args.version, catch_up: args.rattraper, le: args.le };
    let plan = Plan::of(&project, store.as_deref(), wanted).await?;
    match args.printed.format {
        Format::Texte => output::print(&shown::text(&plan, args.detail))?,
        _ => output::json(&plan.json())?,
    }
    refuse_lost(&plan)
}

/// Fails when invoices have no place.
pub fn refuse_lost(plan: &Plan) -> Result<(), Failure> {
    match plan.moves.lost.len() {
        0 => Ok(()),
        n => Err(Failure::Findings(format!(
            "{} de place : ce plan ne peut pas être appliqué.",
            count(n, "facture n’a pas", "factures n’ont pas")
        ))),
    }
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
