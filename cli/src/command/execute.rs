//! `executer`: everything due at a moment, or on a whole day, slot by slot; then stops.

use super::following;
use crate::args::{LinesFormat, Recover, RunArgs, When};
use crate::failure::Failure;
use crate::lock::{Worker, lock, runner_name};
use crate::output::bar::Bar;
use crate::output::{self, BOLD, DIM, GREEN, RED, YELLOW, count, timeline};
use crate::project::{self, Project, now, versions};
use relance_core::day::{Instant, civil_date, end_of_day, french_date, instant_at, start_of_day};
use relance_core::dossier::Dossier;
use relance_core::event::Entry;
use relance_core::journal::Line;
use relance_core::machine::Channel;
use relance_core::money::Currency;
use relance_core::program::Program;
use relance_core::registered::Deposit;
use relance_core::simulate::People;
use relance_engine::notify::Round;
use relance_engine::runner::{CLIENTS_PER_BATCH, Carrier, LONGEST_SENDING, Recovery, RunReport, Runner, Sender, Stop};
use relance_engine::store::{Store, StoreError, Why};
use serde_json::json;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;

/// Lines of the journal that a run shows one by one at most.
const SHOWN: usize = 40;
/// Incidents that a run tells one by one at most.
const INCIDENTS: usize = 10;

/// What a run did.
pub struct Done {
    /// Whether the scenarios are others than those of the run before.
    pub published: bool,
    /// In numbers.
    pub report: RunReport,
    /// Its journal lines, in the public order.
    pub lines: Vec<Line>,
    /// How many clients have a message that waits for its slot, and the first of these slots.
    pub waiting: (i64, Option<Instant>),
    /// Whether somebody pressed Ctrl-C.
    pub stopped: bool,
    /// What the company's systems and people were told.
    pub told: Round,
}

/// Answers Ctrl-C, for ever: what is on its way gets its outcome, the rest is given back.
async fn interrupted(stop: &Stop) -> Infallible {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            return std::future::pending().await;
        }
        if stop.ask() {
            anstream::eprintln!("{YELLOW}Arrêt demandé{YELLOW:#} : les messages en route finissent.");
        }
    }
}

/// The moments that a `--le` means: a whole day, or one moment.
pub fn span(when: Option<When>, program: &Program) -> (Instant, Instant) {
    match when {
        None => {
            let now = now();
            (now, now)
        }
        Some(When::Day(day)) => (start_of_day(day, program.zone), end_of_day(day, program.zone)),
        Some(When::Moment(at)) => {
            let at = instant_at(at.date(), at.time(), program.zone);
            (at, at)
        }
    }
}

/// Runs what is due on an open base; one that was put back, only as a person says.
pub async fn execute(
    project: &Project,
    store: &dyn Store,
    program: &Program,
    mut span: (Instant, Instant),
    recover: Option<Recover>,
) -> Result<Done, Failure> {
    let lock = lock(store, Worker::Run)?;
    let mark = store.mark().await?;
    match (&mark, recover) {
        (None, Some(_)) => {
            return Err(Failure::Usage(
                "--reprise ne concerne qu’une base restaurée ou transférée, et celle-ci ne l’est pas".to_owned(),
                "lancez `relance executer` sans cette option".to_owned(),
            ));
        }
        (Some(mark), answer) if answer.is_none() || mark.why == Why::Filling => {
            return Err(StoreError::Marked(mark.clone()).into());
        }
        (Some(_), Some(Recover::RienParti)) => store.unmark().await?,
        _ => {}
    }
    if let Some(clock) = store.clock().await?.filter(|clock| *clock > span.1) {
        let at = clock.with_timezone(&program.zone).format("%d/%m/%Y %H:%M");
        return Err(Failure::Usage(
            format!("la base a déjà vécu jusqu’au {at} : elle ne revient pas en arrière"),
            "indiquez par --le un moment qui suit, ou attendez-le".to_owned(),
        ));
    }
    if lock.is_some() {
        store.bury_runners().await?;
    }
    let (mailroom, sender) = (project.mailroom()?, project.sender()?);
    let published = store.put_in_force(&versions(program), program.digest, span.0, program.catch_up).await?;
    let (name, stop) = (runner_name(), Stop::of_one_run());
    let recovers = recover == Some(Recover::EnDoute);
    if recovers {
        // The lost time again, moment by moment, as it was lived.
        span.0 = store.clock().await?.map_or(span.0, |clock| clock.min(span.0));
    }
    let mut found: Vec<(Instant, String, Line)> = Vec::new();
    let seen = |dossier: &Dossier, entry: &Entry| {
        let file = entry.invoice.as_ref().and_then(|number| dossier.invoices.get(number));
        let currency = file.map_or(Currency::EUR, |f| f.invoice.currency());
        if let Some(line) = Line::of(entry, &dossier.client, currency, program.zone, program) {
            found.push((entry.at, dossier.client.clone(), line));
        }
    };
    let mut bar = Bar::new("exécution");
    let progress = |done, total| bar.at(done, total);
    let mut told = Round::default();
    let work = async {
        if !recovers {
            let report = runner(store, &name, program, &mailroom, &sender, &stop).run(span, seen, progress).await?;
            if !stop.is_asked() {
                told = super::notify::round(&mailroom, store, span.1).await;
            }
            return Ok::<_, StoreError>(report);
        }
        let closed = Recovery(&mailroom);
        let report = runner(store, &name, program, &closed, &sender, &stop).run(span, seen, progress).await?;
        // Whoever was left out has not been looked at: the base stays marked until they have.
        if report.unreadable.is_empty() && !stop.is_asked() {
            store.unmark().await?;
        }
        Ok(report)
    };
    let report = tokio::select! {
        report = work => report?,
        never = interrupted(&stop) => match never {},
    };
    drop(bar);
    found.sort_by(|(at, n, a), (other, m, b)| (at, n, &a.facture).cmp(&(other, m, &b.facture)));
    let waiting = store.waiting().await?;
    Ok(Done {
        published,
        report,
        lines: found.into_iter().map(|(.., line)| line).collect(),
        waiting,
        stopped: stop.is_asked(),
        told,
    })
}

fn runner<'a, C: Carrier>(
    store: &'a dyn Store,
    name: &'a str,
    program: &'a Program,
    carrier: &'a C,
    sender: &'a Sender,
    stop: &'a Stop,
) -> Runner<'a, C> {
    let (batch, people) = (CLIENTS_PER_BATCH, People::ABSENT);
    Runner { store, name, program, carrier, sender, batch, people, stop: Some(stop) }
}

/// Runs and prints.
pub async fn run(dir: &Path, base: Option<&str>, args: &RunArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let following = if project.has_base(base) {
        let from = span(args.le, &project.prepare(Vec::new())).0;
        following::choose(&project, &*project.store(base).await?, from).await?
    } else {
        following::Following { program: project.program()?, told: None }
    };
    let store = project.store(base).await?;
    let mut program = following.program;
    program.catch_up = args.rattraper;
    let span = span(args.le, &program);
    if args.printed.format == LinesFormat::Texte {
        following::print(following.told.as_ref())?;
    } else {
        following::tell(following.told.as_ref());
    }
    let done = execute(&project, &*store, &program, span, args.reprise).await?;
    if args.rattraper && !done.published {
        anstream::eprintln!("{YELLOW}--rattraper n’a servi à rien{YELLOW:#} : {}", super::worlds::NOTHING_TO_CATCH_UP);
    }
    let next = store.next_due().await?;
    match args.printed.format {
        LinesFormat::Jsonl => output::jsonl(&done.lines)?,
        LinesFormat::Json => output::json(&json!({
            "bilan": done.report, "journal": done.lines, "clients_en_attente": done.waiting.0, "notifications": done.told,
            "prochain": next.map(|at| at.with_timezone(&program.zone).to_rfc3339()),
        }))?,
        LinesFormat::Texte => output::print(&text(&done, &program, span, next))?,
    }
    // A channel that stops gives the same incident for every message.
    for incident in done.report.incidents.iter().take(INCIDENTS) {
        anstream::eprintln!("{YELLOW}incident{YELLOW:#} : {incident}");
    }
    if let Some(more) = done.report.incidents.len().checked_sub(INCIDENTS).filter(|more| *more > 0) {
        let told = count(more, "autre incident", "autres incidents");
        anstream::eprintln!("  {DIM}… et {told} (--format json les donne tous){DIM:#}");
    }
    super::notify::tell(&done.told);
    store.close().await;
    if done.stopped {
        return Err(Failure::Outside(
            "exécution arrêtée à votre demande".to_owned(),
            "rien n’est perdu : ce qui n’est pas parti est relu à la prochaine exécution".to_owned(),
        ));
    }
    if !done.report.unreadable.is_empty() {
        output::unreadable(&done.report.unreadable);
        let n = done.report.unreadable.len();
        return Err(Failure::Outside(
            count(n, "client est laissé de côté", "clients sont laissés de côté"),
            "les autres sont traités. Gardez la base telle quelle, puis reprenez une sauvegarde (`relance restaurer`) ; \
             `relance verifier-journal` dit si le journal est entier"
                .to_owned(),
        ));
    }
    if !done.report.stopped.is_empty() {
        return Err(Failure::Outside(
            format!("un canal est arrêté : {}", done.report.stopped.join(" ; ")),
            "rien n’est perdu : corrigez, puis relancez `relance executer`".to_owned(),
        ));
    }
    // What a recovery sets in doubt is what it was asked to.
    if args.reprise == Some(Recover::EnDoute) {
        anstream::eprintln!(
            "{YELLOW}Reprise faite{YELLOW:#} : rien n’a été envoyé ; ce qui est montré comme parti l’était déjà. `relance etat` donne les messages en doute : vérifiez dans la \
             messagerie, puis `relance trancher`. Les exécutions suivantes envoient comme d’habitude."
        );
        return Ok(());
    }
    // A scheduled run must not look fine when nothing could leave.
    if done.report.unsent > 0 {
        return Err(Failure::Outside(
            count(done.report.unsent, "message n’a pas pu partir, ou est en doute", "messages n’ont pas pu partir, ou sont en doute"),
            "rien n’est perdu : relancez `relance executer` quand la cause a disparu ; `relance etat` montre les doutes".to_owned(),
        ));
    }
    Ok(())
}

/// What a run did, for people.
pub fn text(done: &Done, program: &Program, (from, to): (Instant, Instant), next: Option<Instant>) -> String {
    let zone = program.zone;
    let when = if from == to {
        from.with_timezone(&zone).format("le %d/%m/%Y à %H:%M").to_string()
    } else {
        format!("journée du {}", french_date(civil_date(from, zone)))
    };
    let mut out = format!("{BOLD}Exécution, {when}{BOLD:#}\n");
    let did: Vec<Line> = done
        .lines
        .iter()
        .filter(|l| matches!(l.evenement, "envoi" | "tache" | "alerte" | "note" | "echec" | "doute" | "anomalie"))
        .cloned()
        .collect();
    let waits =
        done.waiting.0 > 0 || !done.report.unreadable.is_empty() || done.lines.iter().any(|l| l.evenement == "report");
    if did.is_empty() && waits {
        out.push_str(&format!("{YELLOW}Rien n’est parti{YELLOW:#} : ce qui est dû attend.\n"));
    } else if did.is_empty() {
        out.push_str(&format!("{GREEN}Rien n’était dû{GREEN:#} : aucun message n’est parti.\n"));
    } else {
        // What reaches clients first: that is what the reader fears.
        let (contacts, rest): (Vec<&Line>, Vec<&Line>) = did.iter().partition(|l| l.evenement == "envoi");
        for (list, most) in [(contacts, SHOWN), (rest, SHOWN / 4)] {
            for line in list.iter().take(most) {
                out.push_str(&timeline::one(line));
                out.push('\n');
            }
            if list.len() > most {
                out.push_str(&format!("  {DIM}… et {}{DIM:#}\n", count(list.len() - most, "autre", "autres")));
            }
        }
        let of = |event: &str, channel: Option<&str>| {
            let lines = did.iter().filter(|l| timeline::is_whole(l) && l.evenement == event);
            lines.filter(|l| channel.is_none_or(|c| l.canal == Some(c))).count()
        };
        let deposited = |taken: bool| {
            let letters =
                did.iter().filter(|l| timeline::is_whole(l) && l.canal == Some(Channel::RegisteredLetter.name()));
            letters.filter(|l| l.evenement == "envoi" && (l.deposit == Deposit::Taken) == taken).count()
        };
        let parts: Vec<String> = [
            (of("envoi", Some("email")), "courriel parti", "courriels partis"),
            (of("envoi", Some("sms")), "SMS parti", "SMS partis"),
            (of("envoi", Some("appel")), "appel à passer", "appels à passer"),
            (of("envoi", Some("courrier")), "courrier à poster", "courriers à poster"),
            (deposited(false), "recommandée à poster", "recommandées à poster"),
            (deposited(true), "recommandée remise au service", "recommandées remises au service"),
            (of("tache", None), "tâche", "tâches"),
            (of("alerte", None), "alerte", "alertes"),
        ]
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| count(n, one, many))
        .collect();
        let told = if parts.is_empty() { "rien n’est parti".to_owned() } else { parts.join(", ") };
        out.push_str(&format!("{GREEN}Fait{GREEN:#} : {told}.\n"));
        out.push_str(&timeline::grouped(did.iter()));
    }
    for (event, color, one, many) in [
        ("echec", RED, "échec", "échecs"),
        ("doute", RED, "message en doute", "messages en doute"),
        ("anomalie", RED, "anomalie", "anomalies"),
    ] {
        let n = done.lines.iter().filter(|l| l.evenement == event).count();
        if n > 0 {
            out.push_str(&format!("{color}{}{color:#}\n", count(n, one, many)));
        }
    }
    // What waited for a while and then left, or failed, in this very run waits no more.
    let over: BTreeSet<&str> = did.iter().filter_map(|l| l.cle.as_deref()).collect();
    let waiting: Vec<&Line> = done
        .lines
        .iter()
        .filter(|l| l.evenement == "report" && l.cle.as_deref().is_none_or(|key| !over.contains(key)))
        .collect();
    if !waiting.is_empty() {
        out.push_str(&format!(
            "{YELLOW}Attendent{YELLOW:#} : {}, par exemple\n",
            count(waiting.len(), "message", "messages")
        ));
        for line in waiting.iter().take(3) {
            out.push_str(&timeline::one(line));
            out.push('\n');
        }
    }
    if done.report.held_by_rate > 0 {
        let told = count(done.report.held_by_rate, "message", "messages");
        let minutes = LONGEST_SENDING.as_secs() / 60;
        out.push_str(&format!(
            "{YELLOW}Débit{YELLOW:#} : {told} et ce qui suit n’ont pas pu partir en {minutes} minutes ; la prochaine exécution continue.\n"
        ));
    }
    if let (n @ 1.., Some(first)) = done.waiting {
        let clients = count(usize::try_from(n).unwrap_or(0), "client a un message prêt", "clients ont un message prêt");
        let first = first.with_timezone(&zone).format("le %d/%m/%Y à %H:%M");
        out.push_str(&format!("{YELLOW}En attente{YELLOW:#} : {clients} ; le premier départ possible est {first}.\n"));
    }
    if let Some(next) = next {
        out.push_str(&format!(
            "{DIM}Prochaine échéance du moteur : {}.{DIM:#}\n",
            next.with_timezone(&zone).format("le %d/%m/%Y à %H:%M")
        ));
    }
    out
}
