//! `simuler`: what would leave, with a virtual clock, writing nothing.

use super::{following, snapshot, worlds};
use crate::args::{LinesFormat, Personnes, SimulateArgs};
use crate::failure::{Failure, unknown};
use crate::output::bar::Bar;
use crate::output::{self, BOLD, DIM, YELLOW, count, timeline};
use crate::project;
use relance_core::day::{Instant, add_days, end_of_day, french_date, start_of_day};
use relance_core::journal::Line;
use relance_core::program::Program;
use relance_core::simulate::{People, World};
use serde_json::json;
use std::path::Path;

/// Up to so many lines are shown one by one without being asked.
const SHOWN_IN_FULL: usize = 80;

/// See [`relance_desk::simulate::lines`]; shows how far it is.
pub fn lines(program: &Program, worlds: &mut [World], span: (Instant, Instant), people: People) -> Vec<Line> {
    let mut bar = Bar::new("simulation");
    relance_desk::simulate::lines(program, worlds, span, people, |done, total| bar.at(done, total))
}

/// Simulates and prints.
pub async fn run(dir: &Path, base: Option<&str>, args: &SimulateArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let mut program = project.program()?;
    program.catch_up = args.rattraper;
    if project.has_base(base) && args.donnees.is_none() {
        let store = project.store(base).await?;
        program.remember(&store.all_machines().await?);
        following::tell(following::unpublished(&project, &*store, &program).await?.as_ref());
    }
    let before = snapshot::read(args)?;
    let kept = before.as_ref().map(|before| (before.header.du, before.header.au));
    let from = args.du.or(kept.map(|kept| kept.0)).unwrap_or_else(|| project.today());
    let to = args.au.or(kept.map(|kept| kept.1)).unwrap_or_else(|| add_days(from, 30));
    if to < from {
        return Err(Failure::Usage(
            format!("la simulation finirait le {} avant de commencer le {}", french_date(to), french_date(from)),
            "donnez à --au une date qui suit celle de --du".to_owned(),
        ));
    }
    let span = (start_of_day(from, program.zone), end_of_day(to, program.zone));
    let mut loaded =
        worlds::load(&project, &program, base, args.donnees.as_deref(), span.0, args.client.as_deref()).await?;
    if args.rattraper && !loaded.republished {
        anstream::eprintln!("{YELLOW}--rattraper ne sert à rien{YELLOW:#} : {}", worlds::NOTHING_TO_CATCH_UP);
    }
    program.catch_up = loaded.catch_up;
    program.published = loaded.published;
    if let Some(client) = &args.client {
        loaded.worlds.retain(|w| w.dossier.client == *client);
        if loaded.worlds.is_empty() {
            return Err(unknown("client", client));
        }
    }
    let asked = snapshot::people(args, before.as_ref());
    let people = match asked {
        Personnes::Presentes => People::DILIGENT,
        Personnes::SansReponse => People::NO_ANSWER,
        Personnes::Absentes => People::ABSENT,
    };
    let mut lines = lines(&program, &mut loaded.worlds, span, people);
    if let Some(invoice) = &args.facture {
        let known = loaded.worlds.iter().any(|w| w.dossier.invoices.contains_key(invoice));
        if !known {
            return Err(unknown("facture", invoice));
        }
        lines.retain(|l| l.facture.as_ref() == Some(invoice));
    }
    if let Some(path) = &args.instantane {
        return snapshot::write(path, &program, (from, to), asked, &lines);
    }
    if let Some(before) = &before {
        return snapshot::check(before, &program, (from, to), asked, &lines);
    }
    match args.printed.format {
        LinesFormat::Jsonl => output::jsonl(&lines),
        LinesFormat::Json => output::json(&json!({ "du": from.to_string(), "au": to.to_string(), "journal": lines })),
        LinesFormat::Texte => {
            let mut text = format!(
                "{BOLD}Simulation du {} au {}{BOLD:#}, {} : rien n’est écrit ni envoyé.\n",
                french_date(from),
                french_date(to),
                loaded.origin
            );
            let filtered = args.facture.is_some() || args.client.is_some();
            let moving = lines.iter().filter(|l| !l.historique).count();
            if filtered || args.detail || moving <= SHOWN_IN_FULL {
                text.push_str(&timeline::full(&lines, filtered));
            } else {
                text.push('\n');
                text.push_str(&timeline::summary(&lines));
                text.push_str(&format!(
                    "{DIM}{} en tout ; --detail les montre un à un, --facture NUMERO ou --client CODE les choisit.{DIM:#}\n",
                    count(moving, "événement", "événements")
                ));
            }
            output::print(&text)
        }
    }
}
