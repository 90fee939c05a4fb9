//! `graphe`: a scenario drawn, or exported for other programs.

use super::{simulate, worlds};
use crate::args::{GraphArgs, GraphFormat};
use crate::failure::{self, Failure, unknown};
use crate::output::{self, count};
use crate::project::{self, Project};
use relance_core::day::{civil_date, end_of_day, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::drawing::{self, Path as Way};
use relance_core::export;
use relance_core::machine::Machine;
use relance_core::program::Program;
use relance_core::schema::fold;
use relance_core::simulate::People;
use std::path::Path;

/// Draws a scenario.
pub async fn run(dir: &Path, base: Option<&str>, args: &GraphArgs) -> Result<(), Failure> {
    // The form of machines is the same in every project.
    if args.format == GraphFormat::Schema {
        return told(&pretty(&export::json_schema())?, args);
    }
    if args.facture.is_some() && args.format != GraphFormat::Svg {
        return Err(Failure::Usage(
            "le chemin d’une facture ne se montre que sur le dessin".to_owned(),
            "ôtez --format, ou écrivez --format svg".to_owned(),
        ));
    }
    let project = project::open(dir, &[])?;
    let program = project.program()?;
    let way = match &args.facture {
        Some(number) => Some(way(&project, &program, base, number).await?),
        None => None,
    };
    let machine = chosen(&program, args.scenario.as_deref(), way.as_ref().map(|(scenario, _)| scenario.as_str()))?;
    if let (Some(number), Some((scenario, _))) = (&args.facture, &way)
        && *scenario != machine.name
    {
        return Err(Failure::Usage(
            format!("la facture `{number}` suit le scénario `{scenario}`, pas `{}`", machine.name),
            format!("relance graphe {scenario} --facture {number}"),
        ));
    }
    let plan = drawing::plan(machine);
    let text = match args.format {
        GraphFormat::Svg => drawing::svg(&plan, way.as_ref().map(|(_, way)| way)),
        GraphFormat::Dot => drawing::dot(&plan),
        GraphFormat::Mermaid => drawing::mermaid(&plan),
        GraphFormat::Json => pretty(machine)?,
        GraphFormat::Xstate => pretty(&export::xstate(machine))?,
        GraphFormat::Schema => pretty(&export::json_schema())?,
    };
    told(&text, args)
}

/// The scenario of this name, or the only one there is.
fn chosen<'p>(program: &'p Program, named: Option<&str>, of_invoice: Option<&str>) -> Result<&'p Machine, Failure> {
    let machines = || program.scenarios.iter().map(|scenario| &scenario.machine);
    let names = || machines().map(|machine| format!("`{}`", machine.name)).collect::<Vec<_>>().join(", ");
    if let Some(name) = named.or(of_invoice) {
        let wanted = fold(name);
        return machines().find(|machine| fold(&machine.name) == wanted).ok_or_else(|| {
            Failure::Usage(format!("scénario inconnu : `{name}`"), format!("scénarios du projet : {}", names()))
        });
    }
    let mut all = machines();
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Failure::Usage(
            format!("le projet a {} : dites lequel dessiner", count(machines().count(), "scénario", "scénarios")),
            format!("nommez-en un, par exemple `relance graphe NOM` : {}", names()),
        )),
    }
}

/// Where an invoice is: its scenario, and its way through it. From the base as it stands, else simulated from the project's files.
async fn way(project: &Project, program: &Program, base: Option<&str>, number: &str) -> Result<(String, Way), Failure> {
    let zone = program.zone;
    let mut day = project.today();
    let dossier: Dossier = if project.has_base(base) && !project.store(base).await?.clients().await?.is_empty() {
        let store = project.store(base).await?;
        let client = store.client_of(number).await?.ok_or_else(|| unknown("facture", number))?;
        // The base stands where it last ran.
        day = store.clock().await?.map_or(day, |clock| civil_date(clock, zone));
        let loaded = store.load(std::slice::from_ref(&client), end_of_day(day, zone), &[], true).await?;
        loaded.into_iter().next().map(|l| l.world.dossier).ok_or_else(|| unknown("facture", number))?
    } else {
        let mut loaded = worlds::load(project, program, base, None, start_of_day(day, zone), None).await?;
        loaded.worlds.retain(|world| world.inbox.names(number));
        let mut world = loaded.worlds.pop().ok_or_else(|| unknown("facture", number))?;
        let span = (start_of_day(day, zone), end_of_day(day, zone));
        simulate::lines(program, std::slice::from_mut(&mut world), span, People::DILIGENT);
        world.dossier
    };
    let scenario = dossier.invoices.get(number).and_then(|file| file.scenario.as_ref()).map(|s| s.name.clone());
    let way = Way::of(program, &dossier, number, day);
    match (scenario, way) {
        (Some(scenario), Some(way)) => Ok((scenario, way)),
        (Some(scenario), None) => Err(Failure::Usage(
            format!("la facture `{number}` suit le scénario `{scenario}`, que le projet n’a plus"),
            "le prochain `relance executer` lui en donnera un autre".to_owned(),
        )),
        _ => Err(Failure::Usage(
            format!("aucun scénario n’a encore pris la facture `{number}`"),
            "elle en reçoit un au prochain `relance executer`".to_owned(),
        )),
    }
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|e| Failure::Outside(format!("le résultat ne s’écrit pas en JSON ({e})"), String::new()))
}

/// Prints the text, or writes it where the user wants it.
fn told(text: &str, args: &GraphArgs) -> Result<(), Failure> {
    let Some(path) = &args.sortie else { return output::print(text) };
    std::fs::write(path, text).map_err(|error| failure::file(path, &error))?;
    output::print(&format!("Écrit dans `{}`.\n", path.display()))
}
