//! `etat`: what the base holds, what waits for people, what waits to leave.

use crate::args::{Format, StatusArgs};
use crate::failure::Failure;
use crate::output;
use crate::output::status::{BadPlace, Figures, Held, Lapsing, Report, Stage, Waiting, text};
use crate::project;
use chrono::NaiveDate;
use relance_core::day::end_of_day;
use relance_core::dossier::{Dossier, InvoiceFile, Noted, OwnTask, Status, effect_key};
use relance_core::explain::NobodyThere;
use relance_core::facts::InvoiceFacts;
use relance_core::limitation::Limitation;
use relance_core::machine::{Attempt, Channel, PLAN};
use relance_core::money::Amount;
use relance_core::program::Program;
use relance_core::step::suspension;
use relance_engine::store::{StoreError, load_readable};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

const CLIENTS: usize = 2_000;
/// Limitations are told that come within as many days.
const NEAR: i64 = 183;

/// Prints the state of the base.
pub async fn run(dir: &Path, base: Option<&str>, args: &StatusArgs) -> Result<(), Failure> {
    let project = project::open(dir, &[])?;
    let store = project.store(base).await?;
    let program = project.prepare(store.machines_in_force().await?);
    let today = args.le.unwrap_or_else(|| project.today());
    let mut reading = Reading { program: &program, today, report: Report::default(), stages: BTreeMap::new() };
    for chunk in store.clients().await?.chunks(CLIENTS) {
        let at = end_of_day(today, program.zone);
        let (loaded, unreadable) = load_readable(&*store, chunk, at, false).await?;
        reading.report.unreadable.extend(unreadable);
        for loaded in loaded {
            reading.client(&loaded.world.dossier);
        }
    }
    let mut report = reading.done();
    report.marked = store.mark().await?.map(|mark| StoreError::Marked(mark).to_string());
    report.outbox = store.outbox_counts().await?;
    let known: Vec<String> = project.config.addressees();
    report.notices = store.notice_counts().await?.into_iter().map(|n| (known.contains(&n.addressee), n)).collect();
    let (doubts, unreadable) = store.in_doubt().await?;
    report.doubts = doubts.into_iter().map(|doubt| output::doubts::open(&project.config, doubt)).collect();
    report.unreadable.extend(unreadable);
    let (things, clients) = store.unread(end_of_day(today, program.zone)).await?;
    report.unread = (usize::try_from(things).unwrap_or(0), usize::try_from(clients).unwrap_or(0));
    report.next = store.next_due().await?.map(|at| at.with_timezone(&program.zone));
    if args.printed.format == Format::Texte {
        return output::print(&text(&report, today, program.zone));
    }
    output::json(&json!({
        "le": today.to_string(), "chiffres": report.figures, "etapes": report.stages, "appels": report.calls,
        "courriers": report.letters, "taches": report.tasks, "validations": report.approvals,
        "a_decider": report.undecided, "suspendues": report.held, "prescriptions": report.lapsing, "anomalies": report.anomalies,
        "retenus": report.blocked.iter().map(|(raison, n)| json!({ "raison": raison, "messages": n })).collect::<Vec<_>>(),
        "dossiers_illisibles": report.unreadable, "base_a_l_arret": report.marked,
        "contacts_en_pause": report.in_pause, "envois": report.outbox, "en_doute": report.doubts,
        "adresses_invalides": report.bad, "notifications": report.notices.iter().map(|(_, count)| count).collect::<Vec<_>>(),
        "attendent_leur_facture": report.orphans, "non_pris_en_compte": report.unread.0, "prochain": report.next.map(|at| at.to_rfc3339()),
    }))
}

/// What is read, client by client.
struct Reading<'a> {
    program: &'a Program,
    today: NaiveDate,
    report: Report,
    stages: BTreeMap<(String, String), Stage>,
}

impl Reading<'_> {
    fn client(&mut self, dossier: &Dossier) {
        let waiting = dossier.orphans.iter().filter_map(|o| Some((dossier.client.clone(), o.invoice.clone()?)));
        self.report.orphans.extend(waiting);
        for (number, file) in dossier.invoices.iter().filter(|(_, f)| f.is_open() && f.taken_over) {
            self.invoice(dossier, number, file);
        }
        self.own_tasks(dossier);
        let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
        self.report.bad.extend(dossier.bad_addresses.iter().map(|bad| BadPlace {
            client: dossier.client.clone(),
            nom: name.clone(),
            place: NobodyThere::of(bad),
        }));
    }

    fn invoice(&mut self, dossier: &Dossier, number: &str, file: &InvoiceFile) {
        count(&mut self.report.figures, file, self.today);
        let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
        let amount = Amount::new(file.balance, file.invoice.currency());
        let held = |reason: String| {
            let (facture, client, nom) = (number.to_owned(), dossier.client.clone(), name.clone());
            Held { facture, client, nom, montant: amount.to_string(), solde: file.balance, raison: reason }
        };
        let suspended = suspension(dossier, number, file, self.today);
        if file.suspended_since.is_some() {
            let reason = suspended.clone().unwrap_or_else(|| "plus rien n’est exigible pour le moment".to_owned());
            self.report.held.push(held(reason));
        }
        for item in file.runs.iter().flat_map(|run| &run.items) {
            if let Status::Waiting { noted: Some(Noted::Amounts(gap)), .. } = item.status {
                *self.report.blocked.entry(gap.told()).or_default() += 1;
            }
        }
        let limitation = Limitation::of(dossier, file);
        if (limitation.careful - self.today).num_days() <= NEAR {
            let (facture, client, nom) = (number.to_owned(), dossier.client.clone(), name.clone());
            let lapsing = Lapsing { facture, client, nom, montant: amount.to_string(), prescription: limitation };
            self.report.lapsing.push(lapsing);
        }
        if let Some(reason) = &file.broken {
            self.report.anomalies.push((number.to_owned(), reason.clone()));
        }
        if let Some(scenario) = &file.scenario {
            let title = || {
                let state = self.program.scenario(&scenario.name)?.state(&file.state)?;
                (file.state != PLAN).then(|| state.title.clone()).flatten()
            };
            let stage = self.stages.entry((scenario.name.clone(), file.state.clone())).or_insert_with(|| Stage {
                scenario: scenario.name.clone(),
                etape: file.state.clone(),
                titre: title(),
                factures: 0,
            });
            stage.factures += 1;
            if file.entry_failed {
                let place = stage.titre.as_ref().unwrap_or(&file.state);
                self.report.undecided.push(held(format!("l’entrée dans « {place} » n’a pas abouti")));
            }
            // A publication took its state away: nothing fires there any more.
            if file.is_open() && self.program.scenario(&scenario.name).is_none_or(|s| s.state(&file.state).is_none()) {
                let reason = format!(
                    "le scénario `{1}` n’a plus d’étape « {0} » : déplacez la facture (événement `saut`)",
                    file.state, scenario.name
                );
                self.report.undecided.push(held(reason));
            }
        }
        let facts = InvoiceFacts::new(self.program, dossier, number, file, self.today);
        let paused = suspended.is_some() || facts.collectable() == 0;
        for (attempt, since, key, until) in listed(self.program, number, file, self.today) {
            let action = &attempt.action;
            // Nobody is to ring a client who has promised, or who disputes, everything.
            if paused && until.is_none() && action.contact().is_some() {
                self.report.in_pause += 1;
                continue;
            }
            let by = attempt.approval.as_ref().filter(|_| until.is_some()).and_then(|approval| approval.by.clone());
            let item = Waiting {
                facture: Some(number.to_owned()),
                client: dossier.client.clone(),
                nom: name.clone(),
                quoi: action.to_string(),
                depuis: since.to_string(),
                jusqu_a: until.map(|day| day.to_string()),
                pour: by,
                montant: Some(amount.to_string()),
                solde: file.balance,
                cle: Some(key),
            };
            let list = match action.contact().map(|c| c.channel) {
                _ if until.is_some() => &mut self.report.approvals,
                Some(Channel::Call) => &mut self.report.calls,
                Some(_) => &mut self.report.letters,
                None => &mut self.report.tasks,
            };
            list.push(item);
        }
    }

    /// What the engine asks for by itself. A settled invoice asks for nothing, but the address of its client may be wrong all the same.
    fn own_tasks(&mut self, dossier: &Dossier) {
        let name = if dossier.customer.name.is_empty() { &dossier.client } else { &dossier.customer.name };
        for task in &dossier.tasks {
            let file = task.invoice.as_ref().and_then(|number| dossier.invoices.get(number)).filter(|f| f.is_open());
            if task.invoice.is_some() && file.is_none() && !matches!(task.why, OwnTask::Mend(_) | OwnTask::Asked) {
                continue;
            }
            self.report.tasks.push(Waiting {
                facture: task.invoice.clone(),
                client: dossier.client.clone(),
                nom: name.clone(),
                quoi: task.text.clone(),
                depuis: task.on.to_string(),
                jusqu_a: None,
                pour: task.to.clone(),
                montant: file.map(|f| Amount::new(f.balance, f.invoice.currency()).to_string()),
                solde: file.map_or(0, |f| f.balance),
                cle: Some(task.key.clone()),
            });
        }
    }

    fn done(self) -> Report {
        let mut report = self.report;
        for list in [&mut report.calls, &mut report.letters, &mut report.tasks, &mut report.approvals] {
            list.sort_by(|a, b| b.solde.cmp(&a.solde).then_with(|| a.facture.cmp(&b.facture)));
        }
        for list in [&mut report.held, &mut report.undecided] {
            list.sort_by(|a, b| b.solde.cmp(&a.solde).then_with(|| a.facture.cmp(&b.facture)));
        }
        report.lapsing.sort_by(|a, b| (a.prescription.careful, &a.facture).cmp(&(b.prescription.careful, &b.facture)));
        report.stages = self.stages.into_values().collect();
        report
    }
}

fn count(figures: &mut Figures, file: &InvoiceFile, today: NaiveDate) {
    figures.factures_ouvertes += 1;
    *figures.encours.entry(file.invoice.currency()).or_default() += file.balance;
    if file.invoice.due < today {
        figures.factures_echues += 1;
        *figures.encours_echu.entry(file.invoice.currency()).or_default() += file.balance;
    }
    figures.factures_suspendues += usize::from(file.suspended_since.is_some());
    figures.factures_sans_scenario += usize::from(file.scenario.is_none());
}

/// Calls, letters, tasks and approvals that are on somebody's list, since when; an approval says until when it can be given.
fn listed<'p>(
    program: &'p Program,
    number: &str,
    file: &InvoiceFile,
    today: NaiveDate,
) -> Vec<(&'p Attempt, NaiveDate, String, Option<NaiveDate>)> {
    let Some(scenario) = file.scenario.as_ref().and_then(|s| program.scenario(&s.name)) else { return Vec::new() };
    let mut found = Vec::new();
    for run in &file.runs {
        for (i, item) in run.items.iter().enumerate() {
            let (on, until) = match &item.status {
                // One call or letter for several invoices stands once.
                Status::Listed { on, within: None, .. } => (*on, None),
                // One that has expired by then asks for nothing any more.
                Status::Approving { until, .. } if today <= *until => (run.since, Some(*until)),
                _ => continue,
            };
            if let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) {
                found.push((attempt, on, effect_key(number, run.id, run.stage, i, item.attempt), until));
            }
        }
    }
    found
}
