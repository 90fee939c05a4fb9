//! `etat`: what the base holds, what waits for people, what waits to leave.

use crate::args::{Format, StatusArgs};
use crate::failure::Failure;
use crate::output::{self, BOLD, DIM, RED, YELLOW, count};
use crate::project::Project;
use relance_core::day::french_date;
use relance_core::dossier::{Status, effect_key};
use relance_core::facts::InvoiceFacts;
use relance_core::machine::{Action, Channel};
use relance_core::money::{Amount, Currency};
use relance_core::program::Program;
use relance_core::step::suspension;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// How many items of each list people see.
const SHOWN: usize = 15;
const CLIENTS: usize = 2_000;

/// Something that waits for a person.
#[derive(Serialize)]
struct Waiting {
    facture: String,
    client: String,
    nom: String,
    quoi: String,
    depuis: String,
    montant: String,
    cle: String,
}

#[derive(Serialize, Default)]
struct Figures {
    factures_ouvertes: usize,
    factures_echues: usize,
    factures_suspendues: usize,
    factures_sans_scenario: usize,
    encours: BTreeMap<Currency, i64>,
    encours_echu: BTreeMap<Currency, i64>,
}

/// Prints the state of the base.
pub async fn run(dir: &Path, base: Option<&str>, args: &StatusArgs) -> Result<(), Failure> {
    let project = Project::open(dir, &[])?;
    let store = project.store(base).await?;
    let program = project.prepare(store.machines_in_force().await?);
    let today = args.le.unwrap_or_else(|| project.today());
    let (mut figures, mut calls, mut letters, mut tasks) = (Figures::default(), Vec::new(), Vec::new(), Vec::new());
    let mut approvals = Vec::new();
    let mut orphans: Vec<(String, String)> = Vec::new();
    let mut anomalies: Vec<(String, String)> = Vec::new();
    let mut in_pause = 0;
    for chunk in store.clients().await?.chunks(CLIENTS) {
        let far = relance_core::day::end_of_day(today, program.zone);
        for loaded in store.load(chunk, far, &[], false).await? {
            let dossier = &loaded.world.dossier;
            orphans.extend(dossier.orphans.iter().filter_map(|o| Some((dossier.client.clone(), o.invoice.clone()?))));
            for (number, file) in dossier.invoices.iter().filter(|(_, f)| f.is_open() && f.taken_over) {
                figures.factures_ouvertes += 1;
                *figures.encours.entry(file.invoice.currency()).or_default() += file.balance;
                if file.invoice.due < today {
                    figures.factures_echues += 1;
                    *figures.encours_echu.entry(file.invoice.currency()).or_default() += file.balance;
                }
                figures.factures_suspendues += usize::from(file.suspended_since.is_some());
                figures.factures_sans_scenario += usize::from(file.scenario.is_none());
                let facts = InvoiceFacts::new(&program, dossier, number, file, today);
                let paused = suspension(dossier, number, file, today).is_some() || facts.collectable() == 0;
                if let Some(reason) = &file.broken {
                    anomalies.push((number.clone(), reason.clone()));
                }
                for (action, since, key, approval) in listed(&program, number, file) {
                    // Nobody is to ring a client who has promised, or who disputes, everything.
                    if paused && !approval && action.contact().is_some() {
                        in_pause += 1;
                        continue;
                    }
                    let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
                    let item = Waiting {
                        facture: number.clone(),
                        client: dossier.client.clone(),
                        nom: name.clone(),
                        quoi: action.to_string(),
                        depuis: since.to_string(),
                        montant: Amount::new(file.balance, file.invoice.currency()).to_string(),
                        cle: key,
                    };
                    match action.contact().map(|c| c.channel) {
                        _ if approval => approvals.push((file.balance, item)),
                        Some(Channel::Call) => calls.push((file.balance, item)),
                        Some(_) => letters.push((file.balance, item)),
                        None => tasks.push((file.balance, item)),
                    }
                }
            }
        }
    }
    let sorted = |mut list: Vec<(i64, Waiting)>| -> Vec<Waiting> {
        list.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.facture.cmp(&b.1.facture)));
        list.into_iter().map(|(_, item)| item).collect()
    };
    let (calls, letters, tasks, approvals) = (sorted(calls), sorted(letters), sorted(tasks), sorted(approvals));
    let outbox = store.outbox_counts().await?;
    let doubts = store.in_doubt().await?;
    let next = store.next_due().await?;
    if args.format != Format::Texte {
        return output::json(&serde_json::json!({
            "le": today.to_string(), "chiffres": figures, "appels": calls, "courriers": letters, "taches": tasks, "validations": approvals, "anomalies": anomalies, "contacts_en_pause": in_pause,
            "envois": outbox, "en_doute": doubts, "attendent_leur_facture": orphans,
            "prochain": next.map(|at| at.with_timezone(&program.zone).to_rfc3339()),
        }));
    }
    let money = |sums: &BTreeMap<Currency, i64>| {
        let told: Vec<String> = sums.iter().map(|(c, cents)| Amount::new(*cents, *c).to_string()).collect();
        if told.is_empty() { "0".to_owned() } else { told.join(" + ") }
    };
    let mut out = format!("{BOLD}État au {}{BOLD:#}\n", french_date(today));
    out.push_str(&format!(
        "  {} pour {}, dont {} pour {}\n",
        count(figures.factures_ouvertes, "facture ouverte", "factures ouvertes"),
        money(&figures.encours),
        count(figures.factures_echues, "échue", "échues"),
        money(&figures.encours_echu),
    ));
    out.push_str(&format!("  {}\n", count(figures.factures_suspendues, "facture suspendue", "factures suspendues")));
    if figures.factures_sans_scenario > 0 {
        let told = count(
            figures.factures_sans_scenario,
            "facture qu’aucun scénario ne prend",
            "factures qu’aucun scénario ne prend",
        );
        out.push_str(&format!("  {YELLOW}{told}{YELLOW:#}\n"));
    }
    out.push_str(&format!(
        "  envois : {}, {}, {}\n",
        count(usize::try_from(outbox.sent).unwrap_or(0), "parti", "partis"),
        count(usize::try_from(outbox.failed).unwrap_or(0), "échoué", "échoués"),
        count(usize::try_from(outbox.pending).unwrap_or(0), "en cours", "en cours"),
    ));
    if in_pause > 0 {
        let told = count(in_pause, "appel ou courrier en pause", "appels ou courriers en pause");
        out.push_str(&format!("  {told} : promesse, litige ou arrêt en cours\n"));
    }
    if !anomalies.is_empty() {
        out.push_str(&format!("\n{YELLOW}Anomalies : ces factures sont arrêtées{YELLOW:#}\n"));
        for (number, reason) in &anomalies {
            out.push_str(&format!("  {number} : {reason}\n"));
        }
    }
    let lists =
        [("À valider", &approvals), ("Appels à passer", &calls), ("Courriers à poster", &letters), ("Tâches", &tasks)];
    for (title, list) in lists {
        if list.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{BOLD}{title}{BOLD:#} ({})\n", output::thousands(list.len())));
        for item in list.iter().take(SHOWN) {
            out.push_str(&format!("  {:<16} {:>14}  {} : {}\n", item.facture, item.montant, item.nom, item.quoi));
        }
        if list.len() > SHOWN {
            out.push_str(&format!(
                "  {DIM}… et {} autres (--format json les donne tous){DIM:#}\n",
                output::thousands(list.len() - SHOWN)
            ));
        }
    }
    if !doubts.is_empty() {
        out.push_str(&format!(
            "\n{RED}Messages en doute{RED:#} : on ne sait pas s’ils sont partis ; ils ne seront pas renvoyés.\n"
        ));
        for (client, key, invoice, channel, _) in doubts.iter().take(SHOWN) {
            out.push_str(&format!("  {invoice} ({client}) : {channel}, clé {key}\n"));
        }
    }
    if !orphans.is_empty() {
        out.push_str(&format!("\n{YELLOW}Attendent une facture qui n’est pas connue{YELLOW:#}\n"));
        for (client, invoice) in orphans.iter().take(SHOWN) {
            out.push_str(&format!("  {invoice} (client {client})\n"));
        }
    }
    if let Some(next) = next {
        out.push_str(&format!(
            "\n{DIM}Prochaine échéance du moteur : {}.{DIM:#}\n",
            next.with_timezone(&program.zone).format("le %d/%m/%Y à %H:%M")
        ));
    }
    output::print(&out)
}

/// Calls, letters, tasks and approvals that are on somebody's list; the last says whether it is an approval.
fn listed<'p>(
    program: &'p Program,
    number: &str,
    file: &relance_core::dossier::InvoiceFile,
) -> Vec<(&'p Action, chrono::NaiveDate, String, bool)> {
    let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { return Vec::new() };
    let mut found = Vec::new();
    for run in &file.runs {
        for (i, item) in run.items.iter().enumerate() {
            let (on, approval) = match &item.status {
                // One call or letter for several invoices stands once.
                Status::Listed { on, within: None, .. } => (*on, false),
                Status::Approving { .. } => (run.since, true),
                _ => continue,
            };
            if let Some(action) = scenario.action(run.rule, run.stage, i, item.attempt) {
                found.push((action, on, effect_key(number, run.id, run.stage, i, item.attempt), approval));
            }
        }
    }
    found
}
