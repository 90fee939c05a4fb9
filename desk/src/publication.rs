//! What would change if the files, or an earlier version, were put in force; and putting them in force.

use crate::failure::Failure;
use crate::project::{Project, now, versions};
use crate::words::{CYAN, DIM, RED, count};
use crate::worlds;
use relance_core::day::{Instant, add_days, civil_date, end_of_day};
use relance_core::machine::{Machine, PLAN};
use relance_core::program::Program;
use relance_core::publication::{Changes, Forecast, Move, Moves, Place, changes, forecast, messages, moves, seal};
use relance_core::simulate::People;
use relance_engine::store::{Publication, Publishing, Store, Unreadable};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How far ahead the messages are compared, in days.
const HORIZON: i64 = 30;

/// What is to be put in force.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// An earlier version by its number, from 1; else the files of the project.
    pub version: Option<usize>,
    /// The invoices that it moves catch up.
    pub catch_up: bool,
    /// When; `None` is now.
    pub at: Option<Instant>,
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
    /// Clients that are left out because their data cannot be read.
    pub unreadable: Vec<Unreadable>,
}

impl Plan {
    /// Works it out; writes nothing. `progress` hears how far the forecast is, of how much.
    pub async fn of(
        project: &Project,
        store: Option<&dyn Store>,
        wanted: Wanted,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Plan, Failure> {
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
        let mut at = wanted.at.unwrap_or_else(now);
        let mut plan = Plan {
            changes: Vec::new(),
            moves: Moves::default(),
            forecast: Forecast::default(),
            at,
            before,
            wanted,
            program,
            unreadable: Vec::new(),
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
        let loaded = worlds::from_base(project, in_force.as_ref().unwrap_or(&plan.program), store, at, None).await?;
        let mut worlds = loaded.worlds;
        plan.unreadable = loaded.unreadable;
        plan.moves = moves(&plan.program, worlds.iter().map(|world| &world.dossier), at);
        let zone = plan.program.zone;
        let span = (at, end_of_day(add_days(civil_date(at, zone), HORIZON), zone));
        let mut after = worlds.clone();
        after.iter_mut().for_each(|world| worlds::look_again(world, at));
        let total = worlds.len() * 2;
        let was = in_force.map_or_else(Vec::new, |program| {
            messages(&program, &mut worlds, span, People::DILIGENT, |done| progress(done, total))
        });
        let is = messages(&plan.program, &mut after, span, People::DILIGENT, |done| progress(total / 2 + done, total));
        plan.forecast = forecast(&was, &is);
        Ok(plan)
    }

    /// All of it for programs.
    pub fn told(&self) -> serde_json::Value {
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
}

/// The machines of a version by its number, from 1.
pub fn machines_of(publications: &[Publication], all: &[Machine], number: usize) -> Result<Vec<Machine>, Failure> {
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

/// How a publication went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Published {
    /// The plan is in force since now.
    Now,
    /// It was already.
    Already,
}

/// Puts in force what a plan of this name has shown, and nothing else.
pub async fn publish(store: &dyn Store, plan: &Plan, name: &str) -> Result<Published, Failure> {
    if plan.is_nothing() {
        return Ok(Published::Already);
    }
    let differs = plan.differs(name)?;
    if !differs.is_empty() {
        let why: String = differs.iter().map(|why| format!("  {why}\n")).collect();
        return Err(Failure::Findings(format!(
            "{why}Ce n’est plus le plan que vous avez lu : rien n’a été publié. Relisez-le : `relance planifier`."
        )));
    }
    refuse_lost(plan).map_err(|failure| match failure {
        Failure::Findings(told) => Failure::Findings(format!("{}{told}", lost(&plan.moves, &plan.program))),
        other => other,
    })?;
    let new = Publishing {
        machines: &versions(&plan.program),
        digest: plan.program.digest,
        at: plan.at,
        catch_up: plan.wanted.catch_up,
        planned: true,
        replaces: Some(plan.before.as_ref().map(|(_, last)| last.digest)),
    };
    if !store.publish(&new).await? && store.digest_in_force().await? != Some(plan.program.digest) {
        return Err(Failure::Findings(
            "Une autre version vient d’être mise en vigueur : rien n’a été publié. Relisez le plan : `relance planifier`."
                .to_owned(),
        ));
    }
    Ok(Published::Now)
}

/// How many invoices of a kind are named.
const SHOWN: usize = 8;

/// The invoices without a place, and what to write for them.
pub fn lost(moves: &Moves, program: &Program) -> String {
    let mut groups: BTreeMap<&Place, Vec<&Move>> = BTreeMap::new();
    for one in &moves.lost {
        groups.entry(&one.from).or_default().push(one);
    }
    let mut out = String::new();
    for (from, ones) in groups {
        let none = count(ones.len(), "n’a pas de place", "n’ont pas de place");
        let _ = writeln!(out, "  {RED}{none}{RED:#} : {}  {DIM}{}{DIM:#}", spot(from), some(&ones, SHOWN));
        let scenario = from.scenario.as_deref().and_then(|name| program.scenario(name));
        let _ = match scenario {
            Some(scenario) => {
                let names: Vec<String> = scenario.states.iter().map(|state| format!("`{}`", state.name)).collect();
                writeln!(
                    out,
                    "    aide : dites où elles vont, sous l’en-tête de `{}` : {CYAN}reprise étape {} → …{CYAN:#}, vers l’une de ses étapes : {}",
                    scenario.machine.name,
                    from.state,
                    names.join(", ")
                )
            }
            None => writeln!(
                out,
                "    aide : le scénario `{}` n’est plus là ; gardez-le pour elles, ou écrivez dans celui qui prend ses factures : \
                 {CYAN}reprise étape {} → …{CYAN:#}",
                from.scenario.as_deref().unwrap_or_default(),
                from.state
            ),
        };
    }
    out
}

/// A place of an invoice, in French.
pub fn spot(place: &Place) -> String {
    match (&place.scenario, place.state.as_str()) {
        (None, _) => "sans scénario".to_owned(),
        (Some(scenario), PLAN) => scenario.clone(),
        (Some(scenario), state) => format!("{scenario}, étape {state}"),
    }
}

/// The first invoices of several.
pub fn some(moves: &[&Move], most: usize) -> String {
    let names: Vec<&str> = moves.iter().take(most.min(moves.len())).map(|one| one.invoice.as_str()).collect();
    let rest = if moves.len() > most { " …" } else { "" };
    format!("{}{rest}", names.join(", "))
}
