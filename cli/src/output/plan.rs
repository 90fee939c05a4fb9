//! A plan as people read it.

use super::{BOLD, CYAN, DIM, GREEN, RED, YELLOW, count, short_date};
use chrono_tz::Tz;
use relance_core::machine::PLAN;
use relance_core::program::Program;
use relance_core::publication::{Changes, Difference, Forecast, Message, Move, Moves, Place, RuleChange};
use relance_desk::following::summary;
use relance_desk::publication::{Plan, lost, some, spot};
use relance_engine::store::Publication;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many messages, invoices and rules of a kind are told one by one.
const SHOWN: usize = 8;

/// The whole plan.
pub fn text(plan: &Plan, detail: bool) -> String {
    let zone = plan.program.zone;
    if let (true, Some((number, last))) = (plan.is_nothing(), &plan.before) {
        let since = last.at.with_timezone(&zone).format("%d/%m/%Y");
        return format!("{GREEN}Rien à publier{GREEN:#} : c’est la version {number}, en vigueur depuis le {since}.\n");
    }
    let most = if detail { usize::MAX } else { SHOWN };
    let what = match plan.wanted.version {
        Some(number) => format!("la version {number} revenait"),
        None => "les fichiers du projet entraient".to_owned(),
    };
    let day = plan.at.with_timezone(&zone).format("%d/%m/%Y");
    let mut out = format!("{BOLD}Si {what} en vigueur le {day}{BOLD:#} : rien n’est écrit ni envoyé.\n");
    out.push_str(&scenarios(&plan.changes, plan.before.is_none(), most));
    if plan.before.is_none() {
        let _ = writeln!(out, "\n{BOLD}Factures en cours{BOLD:#} : aucune, rien n’a encore été en vigueur.");
    } else {
        out.push_str(&invoices(&plan.moves, &plan.program, plan.wanted.catch_up, most));
    }
    out.push_str(&forecast(plan, most));
    if plan.moves.lost.is_empty() {
        let _ = writeln!(out, "\nPour l’appliquer : {CYAN}{}{CYAN:#}", plan.command());
    }
    out
}

fn scenarios(changes: &[Changes], first: bool, most: usize) -> String {
    let mut out = format!("\n{BOLD}Scénarios{BOLD:#}\n");
    if changes.is_empty() {
        out.push_str("  leur ordre seul change\n");
    }
    for change in changes {
        let rules = count(change.rules.len(), "règle", "règles");
        let _ = match change.difference {
            Difference::Added => writeln!(out, "  {GREEN}+ {}{GREEN:#} : nouveau, {rules}", change.name),
            Difference::Removed => writeln!(out, "  {RED}- {}{RED:#} : retiré, {rules}", change.name),
            Difference::Changed => writeln!(out, "  {YELLOW}~ {}{YELLOW:#} : modifié", change.name),
        };
        if change.difference == Difference::Changed && !first {
            inside(&mut out, change, most);
        }
    }
    out
}

fn inside(out: &mut String, change: &Changes, most: usize) {
    for setting in &change.settings {
        let shown = |text: &String| if text.is_empty() { "rien".to_owned() } else { text.clone() };
        let _ = writeln!(out, "      {YELLOW}~{YELLOW:#} {} : {}", setting.what, shown(&setting.after));
        let _ = writeln!(out, "        {DIM}avant : {}{DIM:#}", shown(&setting.before));
    }
    for state in &change.added_states {
        let _ = writeln!(out, "      {GREEN}+{GREEN:#} étape {state}");
    }
    for relance_core::publication::Gone { state, to } in &change.removed_states {
        let then = to.as_ref().map_or(String::new(), |to| format!(", ses factures vont à {to}"));
        let _ = writeln!(out, "      {RED}-{RED:#} étape {state}{then}");
    }
    for rule in change.rules.iter().take(most) {
        one_rule(out, rule);
    }
    more(out, "      ", change.rules.len(), most, "autre règle", "autres règles");
}

fn one_rule(out: &mut String, rule: &RuleChange) {
    let place = |place: &relance_core::machine::Place| {
        let state = rule.state.as_deref().filter(|state| *state != PLAN);
        let state = state.map_or_else(String::new, |state| format!(", étape {state}"));
        format!("{DIM}{}:{}{state}{DIM:#}", place.file, place.line)
    };
    let _ = match (&rule.before, &rule.after) {
        (None, Some(after)) => writeln!(out, "      {GREEN}+{GREEN:#} {}  {}", after.text, place(after)),
        (Some(before), None) => writeln!(out, "      {RED}-{RED:#} {}  {}", before.text, place(before)),
        (Some(before), Some(after)) if before.text == after.text => writeln!(
            out,
            "      {YELLOW}~{YELLOW:#} {}  {}\n        {DIM}mêmes mots, autre sens : ce qu’ils nomment a changé (modèle, constante, étape){DIM:#}",
            after.text,
            place(after)
        ),
        (Some(before), Some(after)) => writeln!(
            out,
            "      {YELLOW}~{YELLOW:#} {}  {}\n        {DIM}avant : {}{DIM:#}",
            after.text,
            place(after),
            before.text
        ),
        (None, None) => Ok(()),
    };
}

fn more(out: &mut String, indent: &str, all: usize, most: usize, one: &str, many: &str) {
    if let Some(rest) = all.checked_sub(most).filter(|rest| *rest > 0) {
        let _ = writeln!(out, "{indent}{DIM}… et {} (--detail){DIM:#}", count(rest, one, many));
    }
}

fn invoices(moves: &Moves, program: &Program, catch_up: bool, most: usize) -> String {
    let all = moves.staying + moves.moved.len() + moves.lost.len();
    let mut out = format!("\n{BOLD}Factures en cours{BOLD:#} : {}\n", super::thousands(all));
    if moves.staying > 0 {
        let stay = count(moves.staying, "reste où elle est", "restent où elles sont");
        let _ = writeln!(out, "  {stay}");
    }
    let mut groups: BTreeMap<(&Place, &Option<Place>), Vec<&Move>> = BTreeMap::new();
    for one in &moves.moved {
        groups.entry((&one.from, &one.to)).or_default().push(one);
    }
    for ((from, to), ones) in groups {
        let to = to.as_ref().map_or_else(String::new, spot);
        let change = count(ones.len(), "change de place", "changent de place");
        let _ =
            writeln!(out, "  {YELLOW}{change}{YELLOW:#} : {} → {to}  {DIM}{}{DIM:#}", spot(from), some(&ones, most));
    }
    out.push_str(&lost(moves, program));
    if moves.skipped > 0 {
        let skipped = count(moves.skipped, "palier déjà échu ne partira pas", "paliers déjà échus ne partiront pas");
        let _ = writeln!(out, "  {skipped} {DIM}(--rattraper : le plus haut de chaque facture part){DIM:#}");
    } else if catch_up && !moves.moved.is_empty() {
        let _ = writeln!(out, "  {DIM}--rattraper : le palier le plus haut déjà échu part{DIM:#}");
    }
    if moves.cancelled > 0 {
        let ended = count(
            moves.cancelled,
            "suite en cours est annulée : sa règle n’est plus là",
            "suites en cours sont annulées : leurs règles ne sont plus là",
        );
        let _ = writeln!(out, "  {ended}");
    }
    out
}

fn forecast(plan: &Plan, most: usize) -> String {
    let (whole, soon) = (&plan.forecast, plan.forecast.until(plan.soon()));
    let mut out = format!("\n{BOLD}Messages, appels et courriers{BOLD:#}, si rien d’autre ne change\n");
    if whole.is_empty() {
        out.push_str("  les mêmes pendant trente jours\n");
        return out;
    }
    let _ = writeln!(out, "                      d’ici demain   en 30 jours");
    let figures = |forecast: &Forecast| [forecast.gained.len(), forecast.lost.len(), forecast.shifted.len()];
    for ((what, soon), all) in ["de plus", "de moins", "un autre jour"].iter().zip(figures(&soon)).zip(figures(whole)) {
        let _ = writeln!(out, "  {what:<18}{:>14}{:>14}", super::thousands(soon), super::thousands(all));
    }
    let shifted: Vec<Message> = whole.shifted.iter().map(|one| one.message.clone()).collect();
    let days: BTreeMap<&Message, chrono::NaiveDate> = whole.shifted.iter().map(|one| (&one.message, one.was)).collect();
    for (sign, style, messages) in [("+", GREEN, &whole.gained), ("-", RED, &whole.lost), ("~", YELLOW, &shifted)] {
        let mut groups: BTreeMap<(String, Option<&String>), Vec<&Message>> = BTreeMap::new();
        for message in messages {
            groups.entry((message.channel.to_string(), message.template.as_ref())).or_default().push(message);
        }
        for ((channel, template), ones) in groups {
            let template = template.map_or_else(String::new, |template| format!(" {template}"));
            let _ = writeln!(out, "  {style}{sign} {channel}{template}{style:#} : {}", super::thousands(ones.len()));
            for message in ones.iter().take(most) {
                let was = days.get(*message).filter(|_| sign == "~");
                let was =
                    was.map_or_else(String::new, |day| format!(", au lieu de {}", short_date(*day, Some(message.on))));
                let when = short_date(message.on, Some(plan.soon()));
                let _ =
                    writeln!(out, "      {when}{was}  {DIM}{}  {}{DIM:#}", message.client, message.invoices.join(", "));
            }
            more(&mut out, "      ", ones.len(), most, "autre", "autres");
        }
    }
    out
}

/// The versions that have been in force.
pub fn versions(publications: &[Publication], programs: &[Program], zone: Tz) -> String {
    if publications.is_empty() {
        return "Aucune version n’a encore été en vigueur.\n".to_owned();
    }
    let mut out = String::new();
    for (n, (publication, program)) in publications.iter().zip(programs).enumerate() {
        let at = publication.at.with_timezone(&zone).format("%d/%m/%Y %H:%M");
        let by = if publication.planned { "publier" } else { "executer" };
        let now = if n + 1 == publications.len() { format!("  {GREEN}en vigueur{GREEN:#}") } else { String::new() };
        let _ = writeln!(out, "{BOLD}version {}{BOLD:#}  {at}  {DIM}par {by}{DIM:#}{now}", n + 1);
        let before = n.checked_sub(1).and_then(|before| programs.get(before));
        let told = match before {
            Some(before) => summary(&relance_core::publication::changes(Some(before), program)),
            None => count(program.scenarios.len(), "scénario", "scénarios"),
        };
        let _ = writeln!(out, "  {told}");
    }
    let _ = writeln!(out, "{DIM}Pour en remettre une : relance planifier --version N{DIM:#}");
    out
}
