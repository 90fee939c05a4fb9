//! What became of registered letters, for people and for programs.

use super::plain::line;
use super::{BOLD, DIM, GREEN, RED, YELLOW, count};
use relance_core::day::french_date;
use relance_engine::tracking::{Followed, Report};
use serde_json::{Value, json};
use std::fmt::Write;

/// For programs.
pub fn json(report: &Report) -> Value {
    json!({
        "lettres": report.letters,
        "sans_numero": report.unnumbered,
        "laissees": report.left,
        "probleme": report.trouble,
    })
}

/// What the words of a status are for people.
fn status(one: &Followed) -> String {
    let day = one.le.map(|day| format!(" le {}", french_date(day))).unwrap_or_default();
    let word = match one.etat {
        Some("presentee") => "présentée",
        Some("distribuee") => "distribuée",
        Some("refusee") => "refusée",
        Some("non_reclamee") => "non réclamée",
        Some("npai") => return format!("{RED}revenue{RED:#} (NPAI){day}"),
        _ if one.problemes.is_empty() => return format!("{DIM}en chemin{DIM:#}"),
        _ => return format!("{YELLOW}pas de réponse{YELLOW:#}"),
    };
    format!("{BOLD}{word}{BOLD:#}{day}")
}

/// For people.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    match report.letters.len() {
        0 if report.left == 0 => out.push_str("Aucune lettre recommandée n’attend de nouvelles.\n"),
        0 => {}
        asked => {
            let new = report.letters.iter().filter(|one| one.nouveau).count();
            let new = count(new, "nouveauté notée", "nouveautés notées");
            let _ = writeln!(
                out,
                "{GREEN}Suivi{GREEN:#} : {}, {new}.",
                count(asked, "lettre demandée", "lettres demandées")
            );
        }
    }
    for one in &report.letters {
        let known = if one.nouveau || one.etat.is_none() { "" } else { ", déjà connu" };
        let _ = writeln!(
            out,
            "  {} ({}), postée le {}, n° {} : {}{DIM}{known}{DIM:#}",
            line(&one.factures.join(", ")),
            line(&one.client),
            french_date(one.postee),
            line(&one.suivi),
            status(one)
        );
        for name in &one.preuves {
            let _ = writeln!(out, "    preuve : {}", line(name));
        }
        for problem in &one.problemes {
            let _ = writeln!(out, "    {YELLOW}attention{YELLOW:#} : {}", line(problem));
        }
    }
    if !report.unnumbered.is_empty() {
        let _ = writeln!(
            out,
            "{YELLOW}Sans numéro de suivi{YELLOW:#} : {}\n  aide : il s’écrit dans la colonne `suivi` de la liste donnée à --postees",
            line(&report.unnumbered.join(", "))
        );
    }
    out
}
