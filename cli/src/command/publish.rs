//! `publier`: puts in force what a plan has shown, and nothing else.

use super::plan::{Plan, Wanted, refuse_lost};
use crate::args::{Format, PublishArgs};
use crate::failure::Failure;
use crate::output::{self, DIM, GREEN, count, plan as shown};
use crate::project::{Project, versions};
use relance_engine::store::Publishing;
use serde_json::json;
use std::path::Path;

/// Applies a plan.
pub async fn run(dir: &Path, base: Option<&str>, args: &PublishArgs) -> Result<(), Failure> {
    let Some(name) = &args.plan else {
        return Err(Failure::Usage(
            "rien ne se publie sans un plan que l’on a lu".to_owned(),
            "lancez `relance planifier` : il montre ce qui changerait, et donne la commande à la fin".to_owned(),
        ));
    };
    let project = Project::open(dir, &[])?;
    let store = project.store(base).await?;
    let wanted = Wanted { version: args.version, catch_up: args.rattraper, le: args.le };
    let plan = Plan::of(&project, Some(&*store), wanted).await?;
    if plan.is_nothing() {
        return told(args.printed.format, &plan, false);
    }
    let differs = plan.differs(name)?;
    if !differs.is_empty() {
        for why in differs {
            anstream::eprintln!("  {why}");
        }
        return Err(Failure::Findings(
            "Ce n’est plus le plan que vous avez lu : rien n’a été publié. Relisez-le : `relance planifier`."
                .to_owned(),
        ));
    }
    if !plan.moves.lost.is_empty() {
        anstream::eprint!("{}", shown::lost(&plan.moves, &plan.program));
    }
    refuse_lost(&plan)?;
    let new = Publishing {
        machines: &versions(&plan.program),
        digest: plan.program.digest,
        at: plan.at,
        catch_up: args.rattraper,
        planned: true,
        replaces: Some(plan.before.as_ref().map(|(_, last)| last.digest)),
    };
    if !store.publish(&new).await? && store.digest_in_force().await? != Some(plan.program.digest) {
        return Err(Failure::Findings(
            "Une autre version vient d’être mise en vigueur : rien n’a été publié. Relisez le plan : `relance planifier`."
                .to_owned(),
        ));
    }
    store.close().await;
    told(args.printed.format, &plan, true)
}

fn told(format: Format, plan: &Plan, published: bool) -> Result<(), Failure> {
    let number = plan.before.as_ref().map_or(0, |(number, _)| *number) + usize::from(published);
    if format != Format::Texte {
        return output::json(
            &json!({ "publie": published, "version": number, "plan": published.then(|| plan.name()) }),
        );
    }
    if !published {
        return output::print("Rien à publier : c’est déjà en vigueur.\n");
    }
    let moved = match plan.moves.moved.len() {
        0 => "Les factures en cours restent où elles sont.".to_owned(),
        n => format!("La prochaine exécution changera de place {}.", count(n, "facture", "factures")),
    };
    output::print(&format!(
        "{GREEN}Publié{GREEN:#} : la version {number} est en vigueur. {moved}\n{DIM}Rien n’est parti : c’est `relance executer`, ou le service, \
         qui envoie.{DIM:#}\n"
    ))
}
