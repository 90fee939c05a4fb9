//! The state of the base, for people.

use super::{BOLD, DIM, RED, YELLOW, count, doubts, thousands};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use relance_core::day::french_date;
use relance_core::explain::NobodyThere;
use relance_core::limitation::Limitation;
use relance_core::machine::PLAN;
use relance_core::money::{Amount, Currency};
use relance_engine::store::{NoticeCount, OutboxCounts, Unreadable};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many items of each list people see.
const SHOWN: usize = 15;

/// Something that waits for a person.
#[derive(Serialize)]
pub struct Waiting {
    /// None of a task that is about the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facture: Option<String>,
    pub client: String,
    pub nom: String,
    pub quoi: String,
    pub depuis: String,
    /// The last day, of an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jusqu_a: Option<String>,
    /// Who approves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pour: Option<String>,
    /// What is left to pay of the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub montant: Option<String>,
    /// In cents: the highest first.
    #[serde(skip)]
    pub solde: i64,
    /// None of a task that no rule asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cle: Option<String>,
}

/// An address or a number at which nobody is.
#[derive(Serialize)]
pub struct BadPlace {
    pub client: String,
    pub nom: String,
    #[serde(flatten)]
    pub place: NobodyThere,
}

/// An invoice that does not go on, and why.
#[derive(Serialize)]
pub struct Held {
    pub facture: String,
    pub client: String,
    pub nom: String,
    pub montant: String,
    /// In cents: the highest first.
    #[serde(skip)]
    pub solde: i64,
    pub raison: String,
}

/// An invoice whose limitation comes near.
#[derive(Serialize)]
pub struct Lapsing {
    pub facture: String,
    pub client: String,
    pub nom: String,
    pub montant: String,
    #[serde(flatten)]
    pub prescription: Limitation,
}

/// How many invoices are in a state of a scenario.
#[derive(Serialize)]
pub struct Stage {
    pub scenario: String,
    pub etape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub titre: Option<String>,
    pub factures: usize,
}

#[derive(Serialize, Default)]
pub struct Figures {
    pub factures_ouvertes: usize,
    pub factures_echues: usize,
    pub factures_suspendues: usize,
    pub factures_sans_scenario: usize,
    pub encours: BTreeMap<Currency, i64>,
    pub encours_echu: BTreeMap<Currency, i64>,
}

/// All that is told.
#[derive(Default)]
pub struct Report {
    pub figures: Figures,
    pub stages: Vec<Stage>,
    pub calls: Vec<Waiting>,
    pub letters: Vec<Waiting>,
    pub tasks: Vec<Waiting>,
    pub approvals: Vec<Waiting>,
    /// The entry of their state failed: a person has to decide.
    pub undecided: Vec<Held>,
    pub held: Vec<Held>,
    /// They can soon be brought before a judge no more.
    pub lapsing: Vec<Lapsing>,
    pub anomalies: Vec<(String, String)>,
    /// What keeps messages from leaving that state amounts, and how many each.
    pub blocked: BTreeMap<String, usize>,
    /// Why the base does not run by itself, and what to do.
    pub marked: Option<String>,
    /// Clients whose data cannot be read.
    pub unreadable: Vec<Unreadable>,
    pub orphans: Vec<(String, String)>,
    pub doubts: Vec<doubts::Open>,
    pub outbox: OutboxCounts,
    /// Where nobody is.
    pub bad: Vec<BadPlace>,
    /// What the company's systems and people have not taken yet, and whether the settings still describe them.
    pub notices: Vec<(bool, NoticeCount)>,
    pub in_pause: usize,
    /// Things imported that no run has taken in, and of how many clients.
    pub unread: (usize, usize),
    pub next: Option<DateTime<Tz>>,
}

/// What people read.
pub fn text(report: &Report, today: NaiveDate, zone: Tz) -> String {
    let mut out = format!("{BOLD}État au {}{BOLD:#}\n", french_date(today));
    if let Some(marked) = &report.marked {
        let _ = writeln!(out, "{YELLOW}La base est à l’arrêt{YELLOW:#} : {marked}");
    }
    if let (things @ 1.., clients) = report.unread {
        let _ = writeln!(
            out,
            "{YELLOW}Pas encore pris en compte{YELLOW:#} : {} de l’import, sur {}. Lancez `relance executer` avant d’appeler : un \
             règlement en est peut-être.",
            count(things, "ligne", "lignes"),
            count(clients, "client", "clients")
        );
    }
    figures(&mut out, report);
    let blocked: Vec<String> =
        report.blocked.iter().map(|(reason, n)| format!("{} : {reason}", count(*n, "message", "messages"))).collect();
    list(&mut out, &format!("{YELLOW}Retenus : leurs montants ne sont pas sûrs{YELLOW:#}"), &blocked);
    let lost: Vec<String> = report.unreadable.iter().map(|one| format!("{} : {}", one.client, one.reason)).collect();
    list(&mut out, &format!("{RED}Dossiers illisibles : ces clients sont laissés de côté{RED:#}"), &lost);
    if !lost.is_empty() {
        out.push_str("  Gardez la base telle quelle, et reprenez une sauvegarde (`relance restaurer`).\n");
    }
    for (number, reason) in &report.anomalies {
        let first = report.anomalies.first().is_some_and(|(first, _)| first == number);
        if first {
            let _ = writeln!(out, "\n{YELLOW}Anomalies : ces factures sont arrêtées{YELLOW:#}");
        }
        let _ = writeln!(out, "  {number} : {reason}");
    }
    let undecided: Vec<String> = report.undecided.iter().map(held).collect();
    list(&mut out, &format!("{YELLOW}À décider : elles n’avancent plus sans vous{YELLOW:#}"), &undecided);
    let approvals: Vec<String> = report.approvals.iter().map(approval).collect();
    list(&mut out, &format!("{BOLD}À valider{BOLD:#}"), &approvals);
    for (title, items) in
        [("Appels à passer", &report.calls), ("Courriers à poster", &report.letters), ("Tâches", &report.tasks)]
    {
        let whom = |item: &Waiting| item.pour.as_deref().map(|to| format!(", pour {to}")).unwrap_or_default();
        let lines: Vec<String> = items.iter().map(|item| format!("{}{}", waiting(item), whom(item))).collect();
        list(&mut out, &format!("{BOLD}{title}{BOLD:#}"), &lines);
    }
    let bad: Vec<String> = report.bad.iter().map(bad_place).collect();
    list(&mut out, &format!("{YELLOW}Adresses invalides : rien n’y part plus{YELLOW:#}"), &bad);
    if !bad.is_empty() {
        out.push_str("  Corrigez la fiche du client, ou confirmez l’adresse (événement `adresse_confirmee`).\n");
    }
    let told = |one: &Lapsing| format!("{} ({}) : {}, {}", one.facture, one.nom, one.montant, one.prescription.told());
    let lapsing: Vec<String> = report.lapsing.iter().map(told).collect();
    let title = "Prescription passée, ou dans les six mois : aucune relance ne l’interrompt, seules le font une action en justice et une reconnaissance \
                 de dette";
    list(&mut out, &format!("{YELLOW}{title}{YELLOW:#}"), &lapsing);
    let suspended: Vec<String> = report.held.iter().map(held).collect();
    list(&mut out, &format!("{BOLD}Suspendues{BOLD:#}"), &suspended);
    if !report.doubts.is_empty() {
        let _ = writeln!(
            out,
            "\n{RED}Messages en doute{RED:#} : on ne sait pas s’ils sont partis ; ils ne seront pas renvoyés. Vérifiez, puis dites-le : \
             `relance trancher CLE parti` ou `non-parti` ; `relance trancher --help` montre comment en trancher plusieurs."
        );
        for open in report.doubts.iter().take(SHOWN) {
            let _ = writeln!(out, "  {} ; qui le tranche : {}", doubts::line(&open.doubt, zone), open.settlers());
        }
        if report.doubts.len() > SHOWN {
            let _ = writeln!(
                out,
                "  {DIM}… et {} (--format json les donne tous){DIM:#}",
                count(report.doubts.len() - SHOWN, "autre", "autres")
            );
        }
    }
    let notices: Vec<String> = report.notices.iter().map(|(known, count)| notice(*known, count)).collect();
    list(&mut out, &format!("{YELLOW}Notifications non transmises{YELLOW:#}"), &notices);
    if report.notices.iter().any(|(_, count)| count.given_up > 0) {
        out.push_str("  Celles qui sont abandonnées repartent par `relance notifier --abandonnees`.\n");
    }
    if !report.orphans.is_empty() {
        let _ = writeln!(out, "\n{YELLOW}Attendent une facture qui n’est pas connue{YELLOW:#}");
        for (client, invoice) in report.orphans.iter().take(SHOWN) {
            let _ = writeln!(out, "  {invoice} (client {client})");
        }
    }
    if let Some(next) = report.next.as_ref().filter(|next| next.date_naive() >= today) {
        let _ = writeln!(out, "\n{DIM}Prochaine échéance du moteur : {}.{DIM:#}", next.format("le %d/%m/%Y à %H:%M"));
    }
    out
}

fn figures(out: &mut String, report: &Report) {
    let figures = &report.figures;
    let money = |sums: &BTreeMap<Currency, i64>| {
        let told: Vec<String> = sums.iter().map(|(c, cents)| Amount::new(*cents, *c).to_string()).collect();
        if told.is_empty() { "0".to_owned() } else { told.join(" + ") }
    };
    let _ = writeln!(
        out,
        "  {} pour {}, dont {} pour {}",
        count(figures.factures_ouvertes, "facture ouverte", "factures ouvertes"),
        money(&figures.encours),
        count(figures.factures_echues, "échue", "échues"),
        money(&figures.encours_echu),
    );
    let stages = stages(&report.stages);
    if !stages.is_empty() {
        let _ = writeln!(out, "  {}", stages.join(", "));
    }
    let _ = writeln!(out, "  {}", count(figures.factures_suspendues, "facture suspendue", "factures suspendues"));
    if figures.factures_sans_scenario > 0 {
        let told = count(
            figures.factures_sans_scenario,
            "facture qu’aucun scénario ne prend",
            "factures qu’aucun scénario ne prend",
        );
        let _ = writeln!(out, "  {YELLOW}{told}{YELLOW:#}");
    }
    let number = |n: i64| usize::try_from(n).unwrap_or(0);
    let _ = writeln!(
        out,
        "  envois : {}, {}, {}",
        count(number(report.outbox.sent), "parti", "partis"),
        count(number(report.outbox.failed), "échoué", "échoués"),
        count(number(report.outbox.pending), "en cours", "en cours"),
    );
    if report.in_pause > 0 {
        let told = count(report.in_pause, "appel ou courrier en pause", "appels ou courriers en pause");
        let _ = writeln!(out, "  {told} : promesse, litige ou arrêt en cours");
    }
}

/// « 12 dans le plan, 3 en « Mise en demeure » »: scenarios that call a state the same count together. Nothing when all are in
/// the plan.
fn stages(stages: &[Stage]) -> Vec<String> {
    let mut plan = 0;
    let mut others: Vec<(&str, usize)> = Vec::new();
    for stage in stages {
        if stage.etape == PLAN {
            plan += stage.factures;
            continue;
        }
        let title = stage.titre.as_deref().unwrap_or(&stage.etape);
        match others.iter_mut().find(|(known, _)| *known == title) {
            Some((_, n)) => *n += stage.factures,
            None => others.push((title, stage.factures)),
        }
    }
    if others.is_empty() {
        return Vec::new();
    }
    let told = others.into_iter().map(|(title, n)| format!("{} dans « {title} »", thousands(n)));
    std::iter::once(format!("{} dans le plan", thousands(plan))).chain(told).collect()
}

/// A list with its title and how many there are; nothing when it is empty.
fn list(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title} ({})", thousands(lines.len()));
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(out, "  {line}");
    }
    if lines.len() > SHOWN {
        let rest =
            count(lines.len() - SHOWN, "autre (--format json la donne)", "autres (--format json les donne tous)");
        let _ = writeln!(out, "  {DIM}… et {rest}{DIM:#}");
    }
}

fn waiting(item: &Waiting) -> String {
    let (invoice, amount) = (item.facture.as_deref().unwrap_or("—"), item.montant.as_deref().unwrap_or_default());
    format!("{invoice:<16} {amount:>14}  {} : {}", item.nom, item.quoi)
}

fn approval(item: &Waiting) -> String {
    let day = |text: &str| text.parse::<NaiveDate>().map(french_date).unwrap_or_default();
    let by = item.pour.as_deref().map(|by| format!(", par {by}")).unwrap_or_default();
    let until = item.jusqu_a.as_deref().map(|until| format!(", possible jusqu’au {}", day(until))).unwrap_or_default();
    format!("{}{by} ; demandée le {}{until}", waiting(item), day(&item.depuis))
}

fn bad_place(bad: &BadPlace) -> String {
    let NobodyThere { adresse, depuis, raison, .. } = &bad.place;
    format!("{} ({}) : {adresse}, depuis le {} : {raison}", bad.nom, bad.client, french_date(*depuis))
}

fn notice(known: bool, notices: &NoticeCount) -> String {
    let number = |n: i64| usize::try_from(n).unwrap_or(0);
    let waiting = (notices.waiting > 0).then(|| format!("{} en attente", thousands(number(notices.waiting))));
    let given_up = (notices.given_up > 0).then(|| count(number(notices.given_up), "abandonnée", "abandonnées"));
    let told: Vec<String> = waiting.into_iter().chain(given_up).chain(notices.detail.clone()).collect();
    let gone = if known { "" } else { " ; relance.toml ne décrit plus ce destinataire" };
    format!("{} : {}{gone}", notices.addressee, told.join(", "))
}

fn held(item: &Held) -> String {
    format!("{:<16} {:>14}  {} : {}", item.facture, item.montant, item.nom, item.raison)
}
