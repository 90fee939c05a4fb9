//! `publier`: puts in force what a plan has shown, and nothing else.

use super::plan::{at, progress};
use crate::args::{Format, PublishArgs};
use crate::failure::Failure;
use crate::output::bar::Bar;
use crate::output::{self, DIM, GREEN, count};
use crate::project;
use relance_desk::publication::{Plan, Published, Wanted, publish};
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
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let wanted = Wanted { version: args.version, catch_up: args.rattraper, at: at(&project, args.le) };
    let plan = Plan::of(&project, Some(&*store), wanted, progress(&mut Bar::new("prévision"))).await?;
    output::unreadable(&plan.unreadable);
    let published = publish(&*store, &plan, name).await?;
    store.close().await;
    told(args.printed.format, &plan, published == Published::Now)
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
