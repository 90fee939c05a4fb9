//! `demo`: a project with a generated portfolio, checked, simulated and run.

use super::{execute, generate, init, simulate, worlds};
use crate::args::DemoArgs;
use crate::failure::{Failure, file};
use crate::output::{self, BOLD, CYAN, DIM, GREEN, count, long_date, standing, timeline};
use crate::project::{self, Project, now};
use chrono::NaiveDate;
use relance_core::day::{add_days, end_of_day, french_date, start_of_day};
use relance_core::journal::Line;
use relance_core::program::Program;
use relance_core::simulate::People;
use relance_desk::import::{batch, options};
use relance_dsl::Severity;
use relance_engine::import::reconcile;
use relance_engine::portfolio::Params;
use relance_engine::store::{Intake, Store};
use std::path::Path;

/// The day on which the demo's portfolio was generated, so that a later run goes on with the same one.
const DAY_FILE: &str = "donnees/.jour";

/// Makes the demo project, or goes on with it, and runs it.
pub async fn run(args: &DemoArgs) -> Result<(), Failure> {
    let dir = &args.dossier;
    let fresh = !dir.join("relance.toml").exists();
    if fresh && dir.read_dir().is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Failure::Usage(
            format!("le dossier `{}` n’est pas vide et n’est pas une démonstration", dir.display()),
            "indiquez un autre dossier : `relance demo autre-dossier`".to_owned(),
        ));
    }
    let day = args.le.unwrap_or_else(|| Project::business_day_before(chrono_tz::Europe::Paris));
    if fresh {
        make(dir, day)?;
    }
    let project = project::open(dir, &[])?;
    step(1, "Le projet")?;
    let made = if fresh { "créé" } else { "déjà là, repris tel quel" };
    let scenarios: Vec<&str> = project.sources.iter().map(|s| s.path.as_str()).collect();
    output::print(&format!(
        "  {} {made} : relance.toml, {}, {}, donnees/*.csv.\n  {DIM}{}{DIM:#}\n",
        dir.display(),
        count(scenarios.len(), "scénario", "scénarios"),
        count(project.library.catalog().len(), "modèle de message", "modèles de messages"),
        scenarios.join(", "),
    ))?;

    step(2, "Vérification des scénarios")?;
    let compilation = project.compile();
    output::print(&relance_dsl::render_full(&compilation.diagnostics, &project.sources, true))?;
    let warnings = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Warning).count();
    let program = project.program()?;
    let told =
        if warnings > 0 { format!(", {}", count(warnings, "avertissement", "avertissements")) } else { String::new() };
    output::print(&format!(
        "  {GREEN}Tout est en ordre{GREEN:#} : {}{told}.\n",
        count(program.scenarios.len(), "scénario", "scénarios")
    ))?;

    step(3, "Import du portefeuille")?;
    let store = project.store(None).await?;
    import(&project, &*store, day).await?;

    let start = store.clock().await?.map_or(day, |clock| relance_core::day::civil_date(clock, program.zone)).max(day);
    step(4, "Simulation des trente prochains jours")?;
    let span = (start_of_day(start, program.zone), end_of_day(add_days(start, 30), program.zone));
    let mut loaded = worlds::from_base(&project, &program, &*store, span.0, None).await?;
    let lines = simulate::lines(&program, &mut loaded.worlds, span, People::DILIGENT);
    output::print(&format!(
        "  {DIM}du {} au {}, rien n’est écrit ni envoyé{DIM:#}\n",
        french_date(start),
        french_date(add_days(start, 30))
    ))?;
    output::print(&timeline::summary(&lines))?;

    step(5, &format!("Exécution réelle, journée du {}", long_date(day)))?;
    if day != now().with_timezone(&program.zone).date_naive() && args.le.is_none() {
        output::print(&format!(
            "  {DIM}La démonstration vit la dernière journée ouvrée entière ; `relance serveur` continue aujourd’hui.{DIM:#}\n"
        ))?;
    }
    if start > day {
        output::print("  La base est déjà plus loin : rien à faire ce jour-là.\n")?;
        return closing(dir, &lines, &lines, day);
    }
    let span = (start_of_day(day, program.zone), end_of_day(day, program.zone));
    let done = execute::execute(&project, &*store, &program, span, None).await?;
    let sent: Vec<&Line> = done.lines.iter().filter(|l| l.evenement == "envoi").collect();
    if sent.is_empty() {
        output::print(&format!(
            "  {GREEN}Rien n’était dû{GREEN:#} : tout ce qui devait partir ce jour-là est déjà parti.\n"
        ))?;
    } else {
        output::print(&execute::text(&done, &program, span, store.next_due().await?))?;
        let folder = dir.join(&project.config.email.folder);
        output::print(&format!("  Les messages sont dans {CYAN}{}{CYAN:#} : ouvrez-en un.\n", folder.display()))?;
        step(6, "Pourquoi ?")?;
        why(&program, &*store, &sent, day).await?;
    }
    // When everything had already left, the examples are taken from what is to come.
    store.close().await;
    closing(dir, if sent.is_empty() { &lines } else { &done.lines }, &lines, day)
}

fn step(n: usize, title: &str) -> Result<(), Failure> {
    output::print(&format!("\n{BOLD}{n}. {title}{BOLD:#}\n"))
}

fn make(dir: &Path, day: NaiveDate) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| file(dir, &error))?;
    init::scenarios(dir)?;
    if let Some(settings) = init::PACK.get_file("relance.toml") {
        init::write(&dir.join("relance.toml"), settings.contents())?;
    }
    init::templates(dir)?;
    generate::write(&dir.join("donnees"), Params::demo(day))?;
    init::write(&dir.join(DAY_FILE), day.to_string().as_bytes())
}

async fn import(project: &Project, store: &dyn Store, day: NaiveDate) -> Result<(), Failure> {
    let zone = project.config.creditor.zone;
    let rows = batch(&[project.dir.join("donnees")], &options(project, false))?;
    let at = start_of_day(day, zone);
    let found = reconcile(&store.known().await?, &rows, day, zone);
    for problem in &found.problems {
        anstream::eprintln!("{problem}");
    }
    let report = serde_json::json!({ "demo": true, "comptes": found.counts });
    store.take_in(&Intake { incoming: &found.incoming, payments: found.payments, at, zone, report: &report }).await?;
    let c = &found.counts;
    let told = if found.incoming.is_empty() {
        "rien de nouveau : importer deux fois est sans effet".to_owned()
    } else {
        format!(
            "{}, {}, {}, {}",
            count(c.customers_new, "client", "clients"),
            count(c.invoices_new, "facture", "factures"),
            count(c.payments, "règlement", "règlements"),
            count(
                c.events + c.credits + c.reversals,
                "autre événement (litiges, promesses, avoirs, rejets)",
                "autres événements (litiges, promesses, avoirs, rejets)"
            )
        )
    };
    output::print(&format!("  {told}.\n"))
}

/// The reasons of three messages, each of another rule.
async fn why(program: &Program, store: &dyn Store, sent: &[&Line], day: NaiveDate) -> Result<(), Failure> {
    let mut told: Vec<(String, u32)> = Vec::new();
    for line in sent {
        let (Some(number), Some(place)) = (&line.facture, &line.regle) else { continue };
        let key = (place.fichier.clone(), place.ligne);
        if told.contains(&key) || told.iter().any(|(f, _)| *f == key.0) {
            continue;
        }
        let clients = vec![line.client.clone()];
        let to = end_of_day(day, program.zone);
        let Some(loaded) = store.load(&clients, to, &[], true).await?.into_iter().next() else {
            continue;
        };
        let Some(found) = relance_core::explain::standing(program, &loaded.world.dossier, number, day) else {
            continue;
        };
        let Some(rule) =
            found.regles.iter().find(|r| r.place.as_ref().is_some_and(|p| p.file == key.0 && p.line == key.1))
        else {
            continue;
        };
        told.push(key);
        let text = rule.place.as_ref().map(|p| p.text.clone()).unwrap_or_default();
        let mut out = format!(
            "  {GREEN}{} {}{GREEN:#} pour {} ({}, {} jours de retard, reste dû {})\n    {DIM}{}:{}{DIM:#} « {text} »\n",
            line.canal.unwrap_or(""),
            line.modele.as_deref().unwrap_or(""),
            found.facture,
            found.nom,
            found.retard,
            found.reste_du,
            place.fichier,
            place.ligne,
        );
        for condition in &rule.conditions {
            if condition.text != "toujours" {
                standing::trace(&mut out, condition, 2);
            }
        }
        output::print(&out)?;
        if told.len() == 3 {
            break;
        }
    }
    Ok(())
}

/// What to try: on what has left, and on a formal notice to come.
fn closing(dir: &Path, lines: &[Line], coming: &[Line], day: NaiveDate) -> Result<(), Failure> {
    let notice = coming.iter().find(|l| l.evenement == "envoi" && l.modele.as_deref() == Some("mise_en_demeure"));
    let example = lines.iter().find(|l| l.evenement == "envoi").and_then(|l| l.facture.clone());
    let project = dir.display();
    let le = day.to_string();
    let client = lines
        .iter()
        .find(|l| l.facture == example && l.facture.is_some())
        .map_or("CODE", |l| l.client.as_str())
        .to_owned();
    let explain = example.unwrap_or_else(|| "NUMERO".to_owned());
    let letter = notice.and_then(|l| l.facture.clone()).unwrap_or_else(|| explain.clone());
    output::print(&format!(
        "\n{BOLD}À essayer maintenant{BOLD:#}\n  {CYAN}cargo run --release -- --projet {project} serveur{CYAN:#}   {DIM}les pages où l’on travaille : appels, validations, scénarios, imports{DIM:#}\n  \
         {CYAN}cargo run --release -- --projet {project} expliquer {explain} --le {le}{CYAN:#}   {DIM}pourquoi, et la suite{DIM:#}\n  \
         {CYAN}cargo run --release -- --projet {project} etat --le {le}{CYAN:#}   {DIM}encours, appels à passer, tâches{DIM:#}\n  \
         {CYAN}cargo run --release -- --projet {project} simuler --client {client}{CYAN:#}   {DIM}la suite pour un client ; modifiez un scénario et recommencez{DIM:#}\n  \
         {CYAN}cargo run --release --features lettres -- --projet {project} apercu courrier/mise_en_demeure --facture {letter} --le {le} --format pdf --sortie mise_en_demeure.pdf{CYAN:#}   {DIM}une mise en demeure à signer ; ses lettres demandent quelques minutes de compilation, une fois{DIM:#}\n"
    ))
}
