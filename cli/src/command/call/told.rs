//! What noting a call means, for the person who notes it.

use crate::args::CallResult;
use crate::output::plain::line;
use crate::output::{GREEN, YELLOW};
use relance_core::act::{Answer, Share};
use relance_core::day::french_date;
use relance_core::dispute::DisputeCode;
use relance_core::step::CALL_ATTEMPTS;
use relance_desk::calls::open::OpenCall;

/// What is noted, and what follows.
pub fn text(answer: &Answer, name: &str, call: &OpenCall<'_>, only_shown: bool) -> String {
    let (what, then) = meaning(answer, call);
    let about = format!("appel à {} ({}) : {what}.", line(name), call.invoices.join(", "));
    if only_shown {
        return format!(
            "Serait noté : {about}\n{then}\n{YELLOW}Rien n’est écrit{YELLOW:#} : la même commande sans --simulation le note.\n"
        );
    }
    format!("{GREEN}Noté{GREEN:#} : {about}\n{then} La prochaine exécution en tient compte.\n")
}

fn meaning(answer: &Answer, call: &OpenCall<'_>) -> (String, String) {
    let parts: Vec<String> =
        answer.parts.iter().map(|Share { invoice, told, .. }| format!("{told} sur {invoice}")).collect();
    let parts = parts.join(", ");
    match answer.outcome {
        CallResult::Reached => ("joint".to_owned(), "L’appel est fait, et la suite prévue reprend.".to_owned()),
        CallResult::NoAnswer | CallResult::MessageLeft => {
            let what = if answer.outcome == CallResult::NoAnswer { "sans réponse" } else { "message laissé" };
            let this = call.tries + 1;
            let then = if this >= CALL_ATTEMPTS {
                "C’était le dernier essai : l’appel est clos, et la suite prévue reprend.".to_owned()
            } else {
                format!("Essai {this} sur {CALL_ATTEMPTS} : l’appel reste sur la liste.")
            };
            (what.to_owned(), then)
        }
        CallResult::Promise => {
            let by = answer.by.map(french_date).unwrap_or_default();
            let then =
                "L’appel est fait. Ce montant n’est plus réclamé jusqu’à cette date et deux jours ouvrés de plus.";
            (format!("promesse pour le {by}, {parts}"), then.to_owned())
        }
        CallResult::Dispute => {
            let code = answer.code.map_or("autre", DisputeCode::name).replace('_', " ");
            let then = "L’appel est fait. Ce montant n’est plus réclamé jusqu’à ce que le litige soit clos.";
            (format!("litige, {parts}, motif : {code}"), then.to_owned())
        }
        CallResult::Refused => {
            let then = "L’appel est fait, la suite prévue reprend, et une tâche demande de décider de la suite.";
            ("refus de payer".to_owned(), then.to_owned())
        }
        CallResult::WrongNumber => {
            let then = if call.fallback {
                "L’appel a échoué : ce que le scénario prévoit à défaut part."
            } else {
                "L’appel a échoué : une tâche demande de corriger le numéro, et la suite prévue reprend."
            };
            ("mauvais numéro".to_owned(), then.to_owned())
        }
    }
}
