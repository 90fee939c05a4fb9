//! What a sequence that runs waits for, in French.

use crate::day::french_date;
use crate::dossier::{InvoiceFile, Noted, Run, Status};
use crate::machine::{Action, Attempt};
use crate::program::Scenario;
use crate::step::suspension;
use crate::{dossier::Dossier, facts::InvoiceFacts};
use chrono::NaiveDate;

/// What the run waits for; `None` when it waits for nothing in particular.
pub(super) fn pending(scenario: &Scenario, run: &Run, facts: &InvoiceFacts<'_>) -> Option<String> {
    let file = facts.file;
    if let Some(reason) = held(facts.dossier, facts.number, file, facts.today) {
        return Some(reason);
    }
    if file.awaits_fallback(run) {
        return Some("attend le repli d’un message revenu".to_owned());
    }
    match run.ready {
        Some(NaiveDate::MAX) => return Some("attend : la durée de l’attente est inconnue".to_owned()),
        Some(ready) if ready > facts.today => return Some(format!("la suite attend le {}", french_date(ready))),
        _ => {}
    }
    let mut told: Vec<String> = Vec::new();
    for (i, item) in run.items.iter().enumerate() {
        let Some(attempt) = scenario.attempt(run.rule, run.stage, i, item.attempt) else { continue };
        if let Some(wait) = item_waits(attempt, &item.status) {
            told.push(wait);
        }
    }
    (!told.is_empty()).then(|| told.join(" ; "))
}

fn held(dossier: &Dossier, number: &str, file: &InvoiceFile, today: NaiveDate) -> Option<String> {
    suspension(dossier, number, file, today).map(|reason| format!("attend la fin de la suspension ({reason})"))
}

fn item_waits(attempt: &Attempt, status: &Status) -> Option<String> {
    let what = &attempt.action;
    Some(match status {
        Status::Approving { until, .. } => {
            let by = attempt.approval.as_ref().and_then(|approval| approval.by.as_ref());
            let by = by.map(|by| format!(" de {by}")).unwrap_or_default();
            format!("`{what}` attend la validation{by}, jusqu’au {}", french_date(*until))
        }
        Status::Listed { on, .. } => match what {
            Action::Task { .. } => format!("`{what}` est à faire depuis le {}", french_date(*on)),
            _ => format!("`{what}` est sur la liste depuis le {}", french_date(*on)),
        },
        Status::Waiting { noted: Some(Noted::Cap), .. } => format!("`{what}` attend le plafond de contacts"),
        Status::Waiting { noted: Some(Noted::Payments), .. } => format!("`{what}` attend des règlements à jour"),
        Status::Waiting { noted: Some(Noted::Amounts(gap)), .. } => format!("`{what}` attend : {}", gap.told()),
        Status::Waiting { tries, .. } if *tries > 0 => format!("`{what}` sera retenté"),
        Status::Waiting { .. } if what.contact().is_some() => format!("`{what}` attend son créneau d’envoi"),
        Status::Departed { .. } => format!("`{what}` est remis au transporteur"),
        Status::InDoubt => format!("`{what}` est en doute : on ne sait pas s’il est parti"),
        Status::Waiting { .. } | Status::Done | Status::Failed => return None,
    })
}
