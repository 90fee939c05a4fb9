//! The day's calls: for people, for programs, for a spreadsheet.

use super::plain::{cell, inert, line};
use super::{BOLD, CYAN, DIM, YELLOW, count};
use chrono::NaiveDate;
use relance_core::day::french_date;
use relance_core::money::{Amount, decimal_comma};
use relance_desk::calls::{Call, List};
use std::fmt::Write;

/// « 12 jours de retard ».
fn delay(days: i64) -> String {
    match days {
        1.. => format!("{days} jour{} de retard", if days > 1 { "s" } else { "" }),
        0 => "échoit aujourd’hui".to_owned(),
        _ => "pas encore échue".to_owned(),
    }
}

fn sum(amounts: &[Amount]) -> String {
    amounts.iter().map(Amount::to_string).collect::<Vec<_>>().join(" + ")
}

/// What people read.
pub fn text(list: &List, today: NaiveDate) -> String {
    let mut out = format!("{BOLD}Appels du {}{BOLD:#}\n", french_date(today));
    if list.appels.is_empty() {
        out.push_str("Aucun appel à passer.\n");
    }
    if list.appels.iter().any(|call| call.du_nouveau) {
        let _ = writeln!(
            out,
            "{YELLOW}Lancez `relance executer` avant d’appeler{YELLOW:#} : ce qui a été importé sur les clients marqués (*) n’est pas encore \
             pris en compte, un règlement en est peut-être."
        );
    }
    for (rank, call) in list.appels.iter().enumerate() {
        one(&mut out, rank + 1, call);
    }
    out.push_str(&aside(list));
    out
}

fn one(out: &mut String, rank: usize, call: &Call) {
    let news = if call.du_nouveau { " (*)" } else { "" };
    let _ = writeln!(out, "\n{BOLD}{rank}. {}{BOLD:#} ({}){news}", line(&call.nom), line(&call.client));
    let phone = match call.telephone.as_deref() {
        Some(phone) => relance_engine::template::spoken_phone(&line(phone)),
        None => "numéro à chercher".to_owned(),
    };
    let who: Vec<String> = [&call.interlocuteur, &call.role].into_iter().flatten().map(|word| line(word)).collect();
    let who = if who.is_empty() { String::new() } else { format!(", {}", who.join(", ")) };
    let _ = writeln!(out, "   {CYAN}{phone}{CYAN:#}{who}");
    let broken = match call.promesses_rompues {
        0 => String::new(),
        n => format!(" ; {}", count(n as usize, "promesse rompue", "promesses rompues")),
    };
    let most = if call.enjeu_factures > 1 && call.retard > 0 { "jusqu’à " } else { "" };
    let _ = writeln!(
        out,
        "   En jeu : {} sur {} ; {most}{}{broken}",
        sum(&call.enjeu),
        count(call.enjeu_factures, "facture", "factures"),
        delay(call.retard)
    );
    for invoice in &call.factures {
        let tries = match invoice.essais {
            0 => String::new(),
            n => format!(" ; {}", count(n as usize, "essai sans réponse", "essais sans réponse")),
        };
        let number = line(&invoice.numero);
        let _ =
            writeln!(out, "     {number:<16} {:>14}  {}{tries}", invoice.exigible.to_string(), delay(invoice.retard));
    }
    for past in &call.derniers {
        let day = past.le.parse::<NaiveDate>().map(french_date).unwrap_or_default();
        let invoice = past.facture.as_deref().map(|number| format!("{} : ", line(number))).unwrap_or_default();
        let _ = writeln!(out, "   {DIM}{day}{DIM:#}  {invoice}{}", line(&past.texte));
    }
    if let Some(script) = &call.script {
        out.push('\n');
        for line in inert(script).trim_end().lines() {
            let _ = writeln!(out, "   {DIM}│{DIM:#} {}", line.trim_end());
        }
    }
}

fn aside(list: &List) -> String {
    let mut told = Vec::new();
    if list.en_pause > 0 {
        told.push(format!(
            "{} : promis, contesté ou suspendu",
            count(list.en_pause, "appel en pause", "appels en pause")
        ));
    }
    if list.deja_notes > 0 {
        let noted = count(list.deja_notes, "appel déjà noté", "appels déjà notés");
        told.push(format!("{noted} : la prochaine exécution en tient compte"));
    }
    let mut out = String::new();
    if !told.is_empty() {
        let _ = writeln!(out, "\n{DIM}{}.{DIM:#}", told.join(" ; "));
    }
    if !list.appels.is_empty() {
        let _ = writeln!(out, "\nAprès chaque appel : `relance appel FACTURE --resultat …` (`relance appel --help`).");
    }
    out
}

/// One row a client.
pub fn csv(list: &List) -> String {
    let mut out = "rang;client;nom;interlocuteur;role;telephone;enjeu;devise;retard;promesses_rompues;factures;du_nouveau;derniers;script\n"
        .to_owned();
    for (rank, call) in list.appels.iter().enumerate() {
        let first = call.enjeu.first();
        let numbers: Vec<&str> = call.factures.iter().map(|invoice| invoice.numero.as_str()).collect();
        let past: Vec<String> = call.derniers.iter().map(|past| format!("{} {}", past.le, past.texte)).collect();
        let cells = [
            (rank + 1).to_string(),
            call.client.clone(),
            call.nom.clone(),
            call.interlocuteur.clone().unwrap_or_default(),
            call.role.clone().unwrap_or_default(),
            call.telephone.as_deref().map(relance_engine::template::spoken_phone).unwrap_or_default(),
            first.map(|amount| decimal_comma(amount.cents).replace('\u{202f}', "")).unwrap_or_default(),
            first.map(|amount| amount.currency.code().to_owned()).unwrap_or_default(),
            call.retard.to_string(),
            call.promesses_rompues.to_string(),
            numbers.join(", "),
            if call.du_nouveau { "oui" } else { "non" }.to_owned(),
            past.join("\n"),
            call.script.clone().unwrap_or_default(),
        ];
        out.push_str(&cells.map(|text| cell(&text)).join(";"));
        out.push('\n');
    }
    out
}
