//! What the commands about telephone calls take: the day's list, and what came of a call.

use super::{ARGUMENTS, OPTIONS, When, day, when};
use chrono::NaiveDate;
use clap::ValueEnum;
pub use relance_core::act::CallOutcome as CallResult;
use relance_core::dispute::DisputeCode;

/// `appels`.
#[derive(clap::Args, Debug)]
pub struct CallsArgs {
    /// Jour de la liste [défaut : aujourd’hui]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Seulement ce client
    #[arg(long, value_name = "CODE", help_heading = OPTIONS)]
    pub client: Option<String>,
    /// Sans l’historique ni le script des appels
    #[arg(long, help_heading = OPTIONS)]
    pub court: bool,
    /// Présentation : texte, json ou csv
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "texte",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = OPTIONS
    )]
    pub format: CallsFormat,
}

/// How the list of calls is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum CallsFormat {
    /// Pour une personne
    Texte,
    /// Un document JSON
    Json,
    /// Un tableau pour un tableur
    Csv,
}

/// `appel`.
#[derive(clap::Args, Debug)]
pub struct CallArgs {
    /// Numéro d’une facture de l’appel
    #[arg(value_name = "FACTURE", help_heading = ARGUMENTS)]
    pub facture: String,
    /// joint, sans_réponse, message_laissé, promesse, litige, refus ou mauvais_numéro
    #[arg(long, value_name = "QUOI", value_parser = result, required = true, help_heading = OPTIONS)]
    pub resultat: CallResult,
    /// D’une promesse : le jour promis
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = OPTIONS)]
    pub le: Option<NaiveDate>,
    /// Montant promis ou contesté [défaut : tout ce qui reste dû]
    #[arg(long, value_name = "MONTANT", help_heading = OPTIONS)]
    pub montant: Option<String>,
    /// D’un litige : marchandise, prix, quantité, délai, doublon, déjà_payé, pas_reçue, pièce_manquante ou autre
    #[arg(long, value_name = "CODE", value_parser = code, help_heading = OPTIONS)]
    pub motif: Option<DisputeCode>,
    /// Ce qui a été dit, pour le journal
    #[arg(long, value_name = "TEXTE", help_heading = OPTIONS)]
    pub note: Option<String>,
    /// Qui a appelé, pour le journal
    #[arg(long, value_name = "NOM", help_heading = OPTIONS)]
    pub par: Option<String>,
    /// Moment de l’appel [défaut : maintenant]
    #[arg(long, value_name = "DATE", value_parser = when, help_heading = OPTIONS)]
    pub moment: Option<When>,
    /// N’écrit rien : montre ce qui serait noté
    #[arg(long, help_heading = OPTIONS)]
    pub simulation: bool,
}

/// Accents, case, blanks and dashes do not count.
fn result(text: &str) -> Result<CallResult, String> {
    CallResult::parse(text).ok_or_else(|| {
        let words: Vec<&str> = CallResult::all().map(|(_, word)| word).collect();
        format!("un appel finit par {}", listed(&words))
    })
}

fn code(text: &str) -> Result<DisputeCode, String> {
    DisputeCode::parse(text).ok_or_else(|| {
        let words: Vec<&str> = DisputeCode::all().map(|(_, name)| name).collect();
        format!("le motif d’un litige est {} ; le reste se dit par --note", listed(&words))
    })
}

/// « a, b ou c ».
fn listed(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} ou {last}", rest.join(", ")),
        _ => words.join(", "),
    }
}
