//! The journal for people: by day, by hour, one line an event.

use super::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, count, long_date};
use chrono::NaiveDate;
use relance_core::journal::Line;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What a summary counts, with the heading of its column.
const COUNTED: [(&str, Option<&str>, &str); 7] = [
    ("envoi", Some("email"), "courriels"),
    ("envoi", Some("sms"), "SMS"),
    ("envoi", Some("appel"), "appels"),
    ("envoi", Some("courrier"), "courriers"),
    ("tache", None, "tâches"),
    ("alerte", None, "alertes"),
    ("soldee", None, "soldées"),
];

/// Events that only the machinery needs, left out of a summary timeline.
const QUIET: [&str; 5] = ["client", "facture", "prise_en_charge", "scenario", "facture_modifiee"];

/// The day of a line.
pub fn day(line: &Line) -> Option<NaiveDate> {
    line.le.get(..10)?.parse().ok()
}

/// Lines by day and hour. Take-overs are left out unless `all`.
pub fn full(lines: &[Line], all: bool) -> String {
    let mut out = String::new();
    let mut last = None;
    let shown = lines.iter().filter(|l| all || (!QUIET.contains(&l.evenement) && !l.historique));
    for line in shown {
        let today = day(line);
        if today != last {
            last = today;
            let title = today.map(long_date).unwrap_or_default();
            let _ = writeln!(out, "\n{BOLD}{title}{BOLD:#}");
        }
        let _ = writeln!(out, "{}", one(line));
    }
    if out.is_empty() {
        out.push_str("\nRien.\n");
    }
    out
}

/// One line, without its date.
pub fn one(line: &Line) -> String {
    let hour = line.le.get(11..16).unwrap_or("");
    let who = line.facture.as_deref().unwrap_or(&line.client);
    let palier = line.palier.as_deref().unwrap_or("");
    let place = line.regle.as_ref().map(|r| format!("{DIM}{}:{}{DIM:#}", r.fichier, r.ligne)).unwrap_or_default();
    let mut text = format!("  {hour}  {who:<16} {palier:<6} {}", sentence(line));
    if !place.is_empty() {
        let _ = write!(text, "  {place}");
    }
    text
}

/// What a line says, in French.
pub fn sentence(line: &Line) -> String {
    let amount = line.amount().map(|a| format!(" de {a}")).unwrap_or_default();
    let detail = line.detail.as_deref().map(|d| format!(" : {d}")).unwrap_or_default();
    let until = line
        .jusqu_a
        .as_deref()
        .and_then(|text| Some((text.get(..10)?.parse::<NaiveDate>().ok()?, text.get(11..16))))
        .map(|(day, hour)| {
            let day = relance_core::day::french_date(day);
            hour.map_or(day.clone(), |hour| format!("{day} {hour}"))
        });
    let until = |word: &str| until.as_ref().map(|u| format!(" {word} {u}")).unwrap_or_default();
    let date = line.date.as_deref().and_then(|d| d.parse::<NaiveDate>().ok()).map(relance_core::day::french_date);
    let dated = |word: &str| date.as_ref().map(|d| format!(" {word} {d}")).unwrap_or_default();
    let channel = line.canal.unwrap_or("");
    let template = line.modele.as_deref().map(|m| format!(" {m}")).unwrap_or_default();
    let for_whom = line.pour.as_deref().map(|p| format!(" ({p})")).unwrap_or_default();
    match line.evenement {
        "envoi" => {
            let leader = line.message.as_deref().and_then(|key| key.rsplit_once('#'));
            let within = leader.map(|(invoice, _)| format!(", dans le message de {invoice}")).unwrap_or_default();
            format!("{GREEN}{channel}{template}{GREEN:#}{within}")
        }
        "fait" => format!("{}{detail}", if channel.is_empty() { "tâche" } else { channel }),
        "echec" => format!("{RED}échec{RED:#} {channel}{template}{detail}"),
        "doute" => format!("{RED}en doute{RED:#} {channel}{detail}"),
        "anomalie" => format!("{RED}anomalie{RED:#}{detail}"),
        "tache" => format!("{CYAN}tâche{CYAN:#}{detail}{for_whom}"),
        "alerte" => format!("{CYAN}alerte{CYAN:#}{for_whom}"),
        "note" => format!("note{detail}"),
        "palier" => "palier atteint".to_owned(),
        "regle" => "règle déclenchée".to_owned(),
        "reaction" => "réaction".to_owned(),
        "palier_saute" => format!("{DIM}palier sauté{DIM:#}"),
        "suite" => format!("{DIM}la suite commence{DIM:#}{}", until("le")),
        "report" => format!("{YELLOW}attend{YELLOW:#}{}{detail}", until("jusqu’au")),
        "annulation" => format!("{YELLOW}annulé{YELLOW:#}{detail}"),
        "suspension" => format!("{YELLOW}suspendue{YELLOW:#}{detail}"),
        "fin_suspension" => "fin de la suspension".to_owned(),
        "retenue" => format!("{YELLOW}retenue{YELLOW:#}{detail}"),
        "paiement" => format!("paiement{amount}{}", dated("du")),
        "rejet" => format!("{RED}paiement rejeté{RED:#}{amount}{}", dated("du")),
        "avoir" => format!("avoir{amount}{}", dated("du")),
        "credit_client" => format!("crédit non affecté{amount}"),
        "soldee" => format!("{GREEN}soldée{GREEN:#}{}", dated("le")),
        "reouverture" => format!("rouverte, pause{}", until("jusqu’au")),
        "litige" => format!("{YELLOW}litige ouvert{YELLOW:#}{amount}{detail}"),
        "litige_clos" => "litige clos".to_owned(),
        "promesse" => format!("promesse de paiement{amount}{}", dated("pour le")),
        "promesse_tenue" => "promesse tenue".to_owned(),
        "promesse_rompue" => format!("{RED}promesse rompue{RED:#}"),
        "paiement_annonce" => format!("paiement annoncé{amount}, pause{}", until("jusqu’au")),
        "reponse" => format!("réponse reçue, pause{}", until("jusqu’au")),
        "arret" => format!("relances arrêtées{detail}"),
        "reprise" => "relances reprises".to_owned(),
        "echeance" => line.detail.clone().unwrap_or_default(),
        "relance_passee" => format!("relance déjà faite{}", dated("le")),
        "facture" => format!("facture connue{amount}{}", dated("échéance")),
        "prise_en_charge" => "prise en charge".to_owned(),
        "scenario" => format!("suit le scénario {}", line.scenario.as_deref().unwrap_or_default()),
        "sans_scenario" => format!("{YELLOW}aucun scénario ne la prend{YELLOW:#}"),
        "remise_en_route" => "ce qui était prévu reprend".to_owned(),
        "en_attente" => format!("{YELLOW}en attente{YELLOW:#}{detail}"),
        "client" => format!("client{detail}"),
        other => format!("{other}{detail}"),
    }
}

/// How many of what, by day, in a table; with a line of totals.
pub fn summary(lines: &[Line]) -> String {
    let mut days: BTreeMap<NaiveDate, [usize; COUNTED.len()]> = BTreeMap::new();
    for line in lines.iter().filter(|l| !l.historique) {
        let Some(day) = day(line) else { continue };
        for (i, (event, channel, _)) in COUNTED.iter().enumerate() {
            let counted = is_whole(line) && line.evenement == *event && channel.is_none_or(|c| line.canal == Some(c));
            if counted && let Some(cell) = days.entry(day).or_default().get_mut(i) {
                *cell += 1;
            }
        }
    }
    let mut out = String::new();
    let _ = write!(out, "{BOLD}{:<30}", "jour");
    for (.., heading) in COUNTED {
        let _ = write!(out, "{heading:>11}");
    }
    let _ = writeln!(out, "{BOLD:#}");
    let mut totals = [0usize; COUNTED.len()];
    for (day, cells) in &days {
        let _ = write!(out, "{:<30}", long_date(*day));
        for (cell, total) in cells.iter().zip(totals.iter_mut()) {
            *total += cell;
            let shown = if *cell == 0 { "·".to_owned() } else { super::thousands(*cell) };
            let _ = write!(out, "{shown:>11}");
        }
        out.push('\n');
    }
    let _ = write!(out, "{BOLD}{:<30}", count(days.len(), "jour", "jours"));
    for total in totals {
        let _ = write!(out, "{:>11}", super::thousands(total));
    }
    let _ = writeln!(out, "{BOLD:#}");
    out.push_str(&grouped(lines.iter().filter(|l| !l.historique)));
    out
}

/// Whether a line stands for itself: of the invoices that are grouped in one message, the first one does.
pub fn is_whole(line: &Line) -> bool {
    line.message.is_none()
}

/// How many messages speak of several invoices, and of how many in all; empty without any.
pub fn grouped<'l>(lines: impl Iterator<Item = &'l Line>) -> String {
    let (mut messages, mut others) = (BTreeSet::new(), 0);
    for line in lines.filter(|l| l.evenement == "envoi") {
        if let Some(key) = &line.message {
            messages.insert((&line.client, key));
            others += 1;
        }
    }
    if messages.is_empty() {
        return String::new();
    }
    let told = count(messages.len(), "message groupé parle", "messages groupés parlent");
    format!("{DIM}{told} de {}.{DIM:#}\n", count(messages.len() + others, "facture", "factures"))
}
