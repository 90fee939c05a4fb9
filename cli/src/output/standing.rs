//! Where an invoice stands and why, for people.

use super::{BOLD, CYAN, DIM, GREEN, RED, YELLOW};
use relance_core::day::french_date;
use relance_core::eval::Trace;
use relance_core::explain::Standing;
use std::fmt::Write;

/// The limitation is told when it comes within as many days.
const NEAR: i64 = 365;

/// The state of an invoice, and every rule with the value of each part of its condition.
pub fn text(standing: &Standing) -> String {
    let mut out = String::new();
    let late = match standing.retard {
        0 => "échoit aujourd’hui".to_owned(),
        n if n > 0 => format!("{n} jour{} de retard", if n > 1 { "s" } else { "" }),
        n => format!("échoit dans {} jour{}", -n, if n < -1 { "s" } else { "" }),
    };
    let name = if standing.nom.is_empty() { &standing.client } else { &standing.nom };
    let _ = writeln!(
        out,
        "{BOLD}Facture {}{BOLD:#} de {name} ({}), au {}",
        standing.facture,
        standing.client,
        french_date(standing.le)
    );
    let _ = writeln!(
        out,
        "  {} TTC, échéance le {} : {late} ; reste dû {}, exigible {}",
        standing.montant,
        french_date(standing.echeance),
        standing.reste_du,
        standing.exigible
    );
    let scenario = match (&standing.scenario, &standing.titre) {
        (Some(name), Some(title)) => format!("{name} (« {title} »)"),
        (Some(name), None) => name.clone(),
        (None, _) => "aucun".to_owned(),
    };
    let palier = standing.palier.as_deref().unwrap_or("aucun palier atteint");
    let stage = match &standing.titre_etape {
        _ if standing.etape == "plan" => String::new(),
        Some(title) => format!(" ; étape : {} (« {title} »)", standing.etape),
        None => format!(" ; étape : {}", standing.etape),
    };
    let _ = writeln!(out, "  Scénario : {scenario}{stage} ; palier : {palier}");
    if standing.etape != "plan" {
        let clock = match standing.horloge {
            Some(day) => format!("courent depuis le {}", french_date(day)),
            None => "ne courent pas : les actions de l’entrée ne sont pas toutes faites".to_owned(),
        };
        let _ = writeln!(out, "  Délais de l’étape : {clock}");
    }
    if let Some(segment) = &standing.segment_choisi {
        let _ = writeln!(out, "  Segment : {segment}");
    }
    let _ = writeln!(out, "  État : {}", standing.etat);
    for bad in &standing.adresses_invalides {
        let (since, what) = (french_date(bad.depuis), if bad.canal == "email" { "courriel" } else { "SMS" });
        let _ = writeln!(
            out,
            "  {YELLOW}Aucun {what} ne part{YELLOW:#} vers {} depuis le {since} : {}",
            bad.adresse, bad.raison
        );
    }
    if let Some(limitation) = standing.prescription.filter(|found| (found.careful - standing.le).num_days() <= NEAR) {
        let _ = writeln!(out, "  {YELLOW}Prescription{YELLOW:#} : {}", limitation.told());
    }
    let told = standing.selection.iter().filter_map(|s| Some((s, s.condition.as_ref()?)));
    for (selection, condition) in told {
        let _ = writeln!(out, "  {DIM}sélection de {} :{DIM:#}", selection.scenario);
        trace(&mut out, condition, 2);
    }
    if !standing.regles.is_empty() {
        let _ = writeln!(out, "\n{BOLD}Règles{BOLD:#}");
    }
    for rule in &standing.regles {
        let label = rule.quand.as_deref().or(rule.palier.as_deref()).unwrap_or("libre");
        let day = rule.jour.map(|d| format!(" ({})", french_date(d))).unwrap_or_default();
        let place = rule.place.as_ref().map(|p| format!("  {DIM}{}:{}{DIM:#}", p.file, p.line)).unwrap_or_default();
        let _ = writeln!(out, "  {CYAN}{label}{CYAN:#}{day} {}{place}", rule.actions);
        if let Some(place) = &rule.place {
            let _ = writeln!(out, "      {DIM}« {} »{DIM:#}", place.text);
        }
        let _ = writeln!(out, "      {}", rule.verdict);
        for condition in &rule.conditions {
            if condition.text != "toujours" {
                trace(&mut out, condition, 3);
            }
        }
    }
    out
}

/// A condition and its parts, one a line, each with its result and the values that it read.
pub fn trace(out: &mut String, node: &Trace, depth: usize) {
    let (style, mark) = match node.holds {
        Some(true) => (GREEN, "vrai"),
        Some(false) => (RED, "faux"),
        None => (YELLOW, "inconnu"),
    };
    let values: Vec<String> =
        node.values.iter().map(|(name, value)| format!("{name} = {}", value.as_deref().unwrap_or("inconnu"))).collect();
    let values = if values.is_empty() { String::new() } else { format!("  {DIM}({}){DIM:#}", values.join(", ")) };
    let indent = "  ".repeat(depth);
    let _ = writeln!(out, "{indent}{style}{mark:<7}{style:#} {}{values}", node.text);
    for part in &node.parts {
        trace(out, part, depth + 1);
    }
}
